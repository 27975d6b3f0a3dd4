//! Walks a folder in the order of paths. Owns the order and what is said of each entry; does not
//! know the journal. Holds the names of one directory a level, never the whole tree.

use std::{
    cmp::Ordering,
    io,
    path::{Path, PathBuf},
};

use walkdir::{DirEntry, WalkDir};

use super::{
    ignoring::Decider,
    rules::{OWN_FOLDER, SkipRule},
    stat::stat_of,
};
use crate::{ignore::IgnoreRules, local_path::LocalPath, trees::LocalStat};

/// What a walk says of one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// A file that may travel.
    File { path: LocalPath, stat: LocalStat },
    /// Something that does not, and why.
    Skipped { path: LocalPath, stat: LocalStat, rule: SkipRule },
    /// A file whose state cannot be read.
    Unreadable { path: LocalPath },
    /// A folder that could not be read whole: nothing may be concluded below it.
    Incomplete { folder: LocalPath },
}

impl Entry {
    pub(crate) fn path(&self) -> &LocalPath {
        match self {
            Self::File { path, .. }
            | Self::Skipped { path, .. }
            | Self::Unreadable { path }
            | Self::Incomplete { folder: path } => path,
        }
    }
}

/// Walks `under` in `folder`, paths in byte order. Not following links; our own folder left out
/// whole. What the rules leave out is told file by file, whole folders too: each file of a mapping
/// is counted somewhere, and one that is known must not seem to have gone.
pub(crate) fn walk<'a>(
    folder: &Path,
    under: &LocalPath,
    rules: &'a IgnoreRules,
) -> impl Iterator<Item = Entry> + use<'a> {
    let root = folder.to_owned();
    let mut decider = Decider::new(rules);
    let start = under.on_disk(folder).unwrap_or_else(|| root.clone());
    let below = root.clone();
    WalkDir::new(start)
        .min_depth(1)
        .sort_by(order)
        .into_iter()
        .filter_entry(move |entry| !is_own(&below, entry))
        .filter_map(move |entry| describe(&root, entry, &mut decider))
}

/// A directory sorts as if its name ended in `/`, so that whole paths come in byte order: `a-b`
/// before `a/c`, as the journal has them.
fn order(a: &DirEntry, b: &DirEntry) -> Ordering {
    let key = |entry: &DirEntry| {
        let end: &[u8] = if entry.file_type().is_dir() { b"/" } else { b"" };
        [entry.file_name().as_encoded_bytes(), end].concat()
    };
    key(a).cmp(&key(b))
}

fn is_own(root: &Path, entry: &DirEntry) -> bool {
    entry.file_name() == OWN_FOLDER && entry.path().parent() == Some(root)
}

fn relative(root: &Path, path: &Path) -> LocalPath {
    LocalPath::from_relative(path.strip_prefix(root).unwrap_or(path))
}

fn describe(
    root: &Path,
    entry: walkdir::Result<DirEntry>,
    decider: &mut Decider<'_>,
) -> Option<Entry> {
    let entry = match entry {
        Ok(entry) => entry,
        Err(error) => return failed(root, &error),
    };
    let path = relative(root, entry.path());
    let kind = entry.file_type();
    if kind.is_dir() {
        return None;
    }
    let stat = match entry.metadata() {
        Ok(metadata) => stat_of(&metadata),
        // Gone between its listing and this look: the next scan will tell.
        Err(error) if is_missing(&error) => return None,
        Err(_) => return Some(Entry::Unreadable { path }),
    };
    Some(classify(path, kind, stat, decider))
}

/// What is at one place.
pub(crate) enum Look {
    Entry(Entry),
    Folder,
    Missing,
}

/// Looks at one place without following links.
pub(crate) fn look(on_disk: &Path, path: &LocalPath, rules: &IgnoreRules) -> Look {
    let metadata = match std::fs::symlink_metadata(on_disk) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Look::Missing,
        Err(_) => return Look::Entry(Entry::Unreadable { path: path.clone() }),
    };
    if metadata.is_dir() {
        return Look::Folder;
    }
    let (kind, stat) = (metadata.file_type(), stat_of(&metadata));
    Look::Entry(classify(path.clone(), kind, stat, &mut Decider::new(rules)))
}

fn classify(
    path: LocalPath,
    kind: std::fs::FileType,
    stat: LocalStat,
    decider: &mut Decider<'_>,
) -> Entry {
    let rule = if kind.is_symlink() {
        Some(SkipRule::Link)
    } else if kind.is_file() {
        decider.rule_for(&path)
    } else {
        Some(SkipRule::Special)
    };
    match rule {
        Some(rule) => Entry::Skipped { path, stat, rule },
        None => Entry::File { path, stat },
    }
}

fn is_missing(error: &walkdir::Error) -> bool {
    error.io_error().is_some_and(|error| error.kind() == io::ErrorKind::NotFound)
}

/// A folder that vanished whole is as good as listed empty; every other failure leaves it unknown.
fn failed(root: &Path, error: &walkdir::Error) -> Option<Entry> {
    let path: PathBuf = error.path().map_or_else(|| root.to_owned(), Path::to_owned);
    if is_missing(error) && path != *root {
        return None;
    }
    Some(Entry::Incomplete { folder: relative(root, &path) })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::ignore::Letters;

    fn entries(folder: &Path) -> Vec<Entry> {
        walk(folder, &LocalPath::default(), &IgnoreRules::new(Letters::Exact)).collect()
    }

    fn names(folder: &Path) -> Vec<String> {
        entries(folder).iter().map(|entry| entry.path().to_string()).collect()
    }

    #[test]
    fn paths_come_in_byte_order_whatever_is_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["a/c", "a-b", "a/b/x", "a.txt", "b", ".albumen/root.json", "z/.albumen/y"] {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        let seen = names(folder.path());
        assert_eq!(seen, ["a-b", "a.txt", "a/b/x", "a/c", "b", "z/.albumen/y"]);
        let mut sorted = seen.clone();
        sorted.sort();
        assert_eq!(seen, sorted);
    }

    #[cfg(unix)]
    #[test]
    fn links_and_pipes_are_seen_but_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("secret"), "x").unwrap();
        std::os::unix::fs::symlink(outside.path(), folder.path().join("link")).unwrap();
        let socket = folder.path().join("socket");
        let _held = std::os::unix::net::UnixListener::bind(socket).unwrap();
        let seen = entries(folder.path());
        let rule = |entry: &Entry| match entry {
            Entry::Skipped { rule, .. } => *rule,
            other => panic!("{other:?}"),
        };
        assert_eq!(seen.iter().map(rule).collect::<Vec<_>>(), [SkipRule::Link, SkipRule::Special]);
    }

    #[test]
    fn a_folder_that_is_not_there_is_unknown_not_empty() {
        let folder = tempfile::tempdir().unwrap();
        let gone = folder.path().join("gone");
        let seen = entries(&gone);
        assert_eq!(seen, [Entry::Incomplete { folder: LocalPath::default() }]);
    }
}
