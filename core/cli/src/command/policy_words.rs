//! A policy in the words of the command line: read from arguments, shown to people. Knows what the
//! words mean and nothing of what they do.

use albumen_app::{
    text::Catalogue,
    views::{PolicyView, Role, WhoView},
};
use clap::Args;

use crate::output::size;

/// What is to be different in a policy.
#[derive(Debug, Args)]
pub(super) struct Change {
    /// Who may look
    #[arg(long, value_name = "WHO", value_parser = who)]
    read: Option<WhoView>,
    /// Who may add and replace files
    #[arg(long, value_name = "WHO", value_parser = who)]
    upload: Option<WhoView>,
    /// Who may delete into the bin and restore
    #[arg(long, value_name = "WHO", value_parser = who)]
    delete: Option<WhoView>,
    /// Bytes that the space may hold, as in 500GB, or none
    #[arg(long, value_name = "SIZE", value_parser = quota)]
    quota: Option<Quota>,
    /// What may be uploaded into a space of a media library
    #[arg(long, value_name = "KINDS")]
    kinds: Option<Kinds>,
    /// Only files with these extensions, as in .jpg,.heic, or any
    #[arg(long, value_name = "LIST", value_parser = extensions)]
    extensions: Option<Extensions>,
    /// Hold deletions above so many files or percent of all, whichever is more, as in 20,2%
    #[arg(long, value_name = "FILES,PERCENT%", value_parser = guard)]
    guard: Option<(u32, u8)>,
    /// Nobody may choose another guard on their device
    #[arg(long, conflicts_with = "unlock_guard")]
    lock_guard: bool,
    /// People may choose a guard of their own again
    #[arg(long)]
    unlock_guard: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Quota(Option<u64>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Extensions(Vec<String>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Kinds {
    /// Photos and videos
    Any,
    /// Photos alone
    Photos,
    /// Videos alone
    Videos,
}

impl Change {
    /// The policy with the change.
    pub(super) fn applied_to(self, before: PolicyView) -> PolicyView {
        let (photos, videos) = match self.kinds {
            None => (before.photos, before.videos),
            Some(Kinds::Any) => (true, true),
            Some(Kinds::Photos) => (true, false),
            Some(Kinds::Videos) => (false, true),
        };
        let guard = self.guard.unwrap_or((before.guard_files, before.guard_percent));
        PolicyView {
            read: self.read.unwrap_or(before.read),
            upload: self.upload.unwrap_or(before.upload),
            delete: self.delete.unwrap_or(before.delete),
            quota_bytes: self.quota.map_or(before.quota_bytes, |Quota(bytes)| bytes),
            photos,
            videos,
            extensions: self.extensions.map_or(before.extensions, |Extensions(list)| list),
            guard_files: guard.0,
            guard_percent: guard.1,
            guard_locked: self.lock_guard || (before.guard_locked && !self.unlock_guard),
            ..before
        }
    }
}

const ROLES: [(&str, Role); 4] = [
    ("viewer", Role::Viewer),
    ("member", Role::Member),
    ("admin", Role::Admin),
    ("owner", Role::Owner),
];
/// A role that nobody has.
const NOBODY: &str = "nobody";

fn who(text: &str) -> Result<WhoView, String> {
    let mut parts = text.split(',').map(str::trim);
    let first = parts.next().unwrap_or_default();
    let least_role = match ROLES.iter().find(|(word, _)| *word == first) {
        Some((_, role)) => Some(*role),
        None if first == NOBODY => None,
        None => return Err("begins with viewer, member, admin, owner or nobody".to_owned()),
    };
    let named = parts.map(|part| match part.strip_prefix('@') {
        Some(name) if !name.is_empty() => Ok(name.to_owned()),
        _ => Err("accounts have an @ before their name".to_owned()),
    });
    Ok(WhoView { least_role, accounts: named.collect::<Result<_, _>>()? })
}

fn quota(text: &str) -> Result<Quota, String> {
    const UNITS: [(&str, u64); 5] = [
        ("TB", 1_000_000_000_000),
        ("GB", 1_000_000_000),
        ("MB", 1_000_000),
        ("KB", 1_000),
        ("B", 1),
    ];
    if text == "none" {
        return Ok(Quota(None));
    }
    let upper = text.trim().to_ascii_uppercase();
    let found = UNITS.iter().find_map(|(unit, bytes)| Some((upper.strip_suffix(unit)?, bytes)));
    let (number, unit) = found.unwrap_or((&upper, &1));
    let number = number.trim().parse::<u64>().ok();
    let bytes = number.and_then(|number| number.checked_mul(*unit));
    bytes.map(|bytes| Quota(Some(bytes))).ok_or_else(|| "a size as in 500GB, or none".to_owned())
}

fn extensions(text: &str) -> Result<Extensions, String> {
    if text == "any" {
        return Ok(Extensions(Vec::new()));
    }
    let list = text.split(',').map(|part| part.trim().to_ascii_lowercase());
    let list: Vec<String> =
        list.map(|part| if part.starts_with('.') { part } else { format!(".{part}") }).collect();
    let plain = |part: &String| {
        part.len() > 1 && part[1..].bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    if list.iter().all(plain) {
        Ok(Extensions(list))
    } else {
        Err("extensions as in .jpg,.heic, or any".to_owned())
    }
}

/// A guard, as in `20,2%`.
pub(super) fn guard(text: &str) -> Result<(u32, u8), String> {
    let parts = text.split_once(',').and_then(|(files, percent)| {
        let percent = percent.trim().trim_end_matches('%').parse::<u8>().ok()?;
        Some((files.trim().parse::<u32>().ok()?, percent))
    });
    parts.filter(|(_, percent)| *percent <= 100).ok_or_else(|| "a guard as in 20,2%".to_owned())
}

/// The lines of a policy: the key of what it is, and what it says.
pub(super) fn rows(policy: &PolicyView, catalogue: &Catalogue) -> [(&'static str, String); 6] {
    let kinds = match (policy.photos, policy.videos) {
        (true, true) => "cli.policy.kinds.any",
        (true, false) => "cli.policy.kinds.photos",
        (false, true) => "cli.policy.kinds.videos",
        (false, false) => "cli.policy.kinds.none",
    };
    let mut kinds = catalogue.text(kinds).to_owned();
    if !policy.extensions.is_empty() {
        kinds.push_str(": ");
        kinds.push_str(&policy.extensions.join(", "));
    }
    let none = || catalogue.text("cli.policy.no_quota").to_owned();
    let mut guard = format!("{},{}%", policy.guard_files, policy.guard_percent);
    if policy.guard_locked {
        guard.push(' ');
        guard.push_str(catalogue.text("cli.policy.locked"));
    }
    [
        ("cli.policy.read", shown(&policy.read)),
        ("cli.policy.upload", shown(&policy.upload)),
        ("cli.policy.delete", shown(&policy.delete)),
        ("cli.policy.quota", policy.quota_bytes.map_or_else(none, size)),
        ("cli.policy.kinds", kinds),
        ("cli.policy.guard", guard),
    ]
}

/// As it is typed.
fn shown(who: &WhoView) -> String {
    let word = ROLES.iter().find(|(_, role)| Some(*role) == who.least_role);
    let mut text = word.map_or(NOBODY, |(word, _)| word).to_owned();
    for name in &who.accounts {
        text.push_str(",@");
        text.push_str(name);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_typed_as_it_is_shown() {
        for text in ["viewer", "member", "nobody", "admin,@mia,@王小明", "nobody,@mia"] {
            assert_eq!(shown(&who(text).unwrap()), text);
        }
        for text in ["", "mia", "@mia", "admin,mia", "admin,@", "everybody"] {
            assert!(who(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_lists_and_guards() {
        for (text, bytes) in [("500GB", 500_000_000_000), ("2 tb", 2_000_000_000_000), ("7", 7)] {
            assert_eq!(quota(text), Ok(Quota(Some(bytes))), "{text}");
        }
        assert_eq!(quota("none"), Ok(Quota(None)));
        for text in ["", "GB", "-1", "1.5GB", "99999999999999TB"] {
            assert!(quota(text).is_err(), "{text}");
        }
        let list = vec![".jpg".to_owned(), ".heic".to_owned()];
        assert_eq!(extensions("JPG, .heic"), Ok(Extensions(list)));
        assert_eq!(extensions("any"), Ok(Extensions(Vec::new())));
        assert!(extensions(".j/g").is_err() && extensions("").is_err());
        assert_eq!(guard("20, 2%"), Ok((20, 2)));
        assert!(guard("20").is_err() && guard("20,101%").is_err());
    }

    #[test]
    fn what_is_not_named_stays() {
        use clap::Parser;
        #[derive(Parser)]
        struct Just {
            #[command(flatten)]
            change: Change,
        }
        let who = |role| WhoView { least_role: Some(role), accounts: Vec::new() };
        let before = PolicyView {
            library_id: "l".into(),
            space_id: "s".into(),
            read: who(Role::Viewer),
            upload: who(Role::Member),
            delete: who(Role::Member),
            quota_bytes: Some(5),
            photos: true,
            videos: true,
            extensions: vec![".jpg".into()],
            guard_files: 20,
            guard_percent: 2,
            guard_locked: true,
            applied: true,
        };
        let changed = |args: &[&str]| {
            let all = ["x"].iter().chain(args);
            Just::try_parse_from(all).unwrap().change.applied_to(before.clone())
        };
        assert_eq!(changed(&[]), before);
        let other = changed(&["--upload", "admin", "--quota", "none", "--kinds", "photos"]);
        assert_eq!(
            other,
            PolicyView {
                upload: who(Role::Admin),
                quota_bytes: None,
                videos: false,
                ..before.clone()
            }
        );
        assert!(!changed(&["--unlock-guard"]).guard_locked);
    }
}
