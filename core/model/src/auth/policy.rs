//! Policies of spaces: who may do what there, what it takes, and how careful clients are. Owns the
//! rule from role and policy to least grants; storing, applying and showing them is done elsewhere.
//!
//! A role is the upper bound: a policy narrows what roles allow and never gives more. Who may not
//! read may do nothing, for every token reads.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{role::Role, token::TokenPurpose};
use crate::{AccountId, GrantSet, LibraryId, SpaceId};

/// Accounts that one line of a policy may name.
pub const NAMED_MAX: usize = 100;
/// Extensions that a policy may list.
pub const EXTENSIONS_MAX: usize = 100;
/// The longest extension, in bytes, without its dot.
const EXTENSION_MAX: usize = 15;
/// The largest quota: what a database keeps as a signed number, in bytes.
pub const QUOTA_MAX: u64 = i64::MAX as u64;
/// The largest number of deletions that a guard lets through unasked.
pub const GUARD_FILES_MAX: u32 = 1_000_000;

/// Who may do one thing: everybody from a role up, and those who are named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// Accounts of this role and above; absent: none by their role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub least_role: Option<Role>,
    /// These accounts as well, as far as their own role goes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<AccountId>,
}

impl Who {
    /// Everybody from a role up.
    pub const fn from_role(least: Role) -> Self {
        Self { least_role: Some(least), accounts: Vec::new() }
    }

    /// Whether an account is among them.
    pub fn includes(&self, role: Role, account: &AccountId) -> bool {
        self.least_role.is_some_and(|least| role >= least) || self.accounts.contains(account)
    }
}

/// What a space takes. The library service enforces it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllowedKinds {
    /// Pictures; counts in media libraries only.
    pub photos: bool,
    /// Films; counts in media libraries only.
    pub videos: bool,
    /// Extensions in lower case, with the dot; empty: every one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extensions: Vec<String>,
}

impl AllowedKinds {
    /// Whatever the library takes.
    pub const fn any() -> Self {
        Self { photos: true, videos: true, extensions: Vec::new() }
    }
}

/// When deletions are held until a person agrees: more of them in one go than the larger of a
/// number and a share of all files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteGuard {
    /// Files, 0 to [`GUARD_FILES_MAX`].
    pub files: u32,
    /// Percent of the files of a mapping, 0 to 100.
    pub percent: u8,
}

impl DeleteGuard {
    /// As long as nobody said otherwise.
    pub const USUAL: Self = Self { files: 20, percent: 2 };
}

impl fmt::Display for DeleteGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{}%", self.files, self.percent)
    }
}

/// What a person chose for this device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnGuard {
    /// A guard of their own.
    At(DeleteGuard),
    /// None at all.
    Off,
}

/// The guard of a space, and whether people may choose another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MassDelete {
    /// The guard.
    pub guard: DeleteGuard,
    /// Whatever a person chose, this guard holds.
    #[serde(default)]
    pub locked: bool,
}

impl MassDelete {
    /// As long as nobody said otherwise.
    pub const USUAL: Self = Self { guard: DeleteGuard::USUAL, locked: false };

    /// The guard that holds for a person with a choice of their own; `None`: none does.
    pub const fn holding(self, own: Option<OwnGuard>) -> Option<DeleteGuard> {
        match own {
            Some(OwnGuard::At(guard)) if !self.locked => Some(guard),
            Some(OwnGuard::Off) if !self.locked => None,
            _ => Some(self.guard),
        }
    }
}

/// What a client keeps to in a space.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpaceLimits {
    /// Bytes that the space may hold; absent: no limit by policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota_bytes: Option<u64>,
    /// What it takes.
    pub kinds: AllowedKinds,
    /// When deletions are held.
    pub mass_delete: MassDelete,
}

impl Default for SpaceLimits {
    fn default() -> Self {
        let (kinds, mass_delete) = (AllowedKinds::any(), MassDelete::USUAL);
        Self { quota_bytes: None, kinds, mass_delete }
    }
}

/// The policy of a space. Body of `PUT /auth/v1/libraries/{LibraryId}/spaces/{SpaceId}/policy`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpacePolicy {
    /// Who may look. Who may not does not learn that the space is there.
    pub read: Who,
    /// Who may add and replace files.
    pub upload: Who,
    /// Who may delete into the bin and restore.
    pub delete: Who,
    /// What clients keep to.
    pub limits: SpaceLimits,
}

/// As roles are: viewers look, members add and delete.
impl Default for SpacePolicy {
    fn default() -> Self {
        Self {
            read: Who::from_role(Role::Viewer),
            upload: Who::from_role(Role::Member),
            delete: Who::from_role(Role::Member),
            limits: SpaceLimits::default(),
        }
    }
}

/// Reply to `GET` and `PUT .../policy`, for those who manage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyReply {
    /// The library.
    pub library_id: LibraryId,
    /// The space.
    pub space_id: SpaceId,
    /// What holds. Who may do what holds from the reply on.
    pub policy: SpacePolicy,
    /// Whether the library service has taken quota and kinds; until then it is told again.
    pub is_applied: bool,
}

impl SpacePolicy {
    /// Whether an account may look.
    pub fn may_read(&self, role: Role, account: &AccountId) -> bool {
        self.read.includes(role, account)
    }

    /// The least grants that an account gets for a purpose: what its role allows, if the policy
    /// allows it too. `None`: no token.
    pub fn grants(
        &self,
        role: Role,
        account: &AccountId,
        purpose: TokenPurpose,
    ) -> Option<GrantSet> {
        let may = |who: &Who| who.includes(role, account);
        let allowed = may(&self.read)
            && match purpose {
                TokenPurpose::Browse => true,
                TokenPurpose::Backup => may(&self.upload),
                TokenPurpose::Organise => may(&self.delete),
                // The one token may do both, and a move is both.
                TokenPurpose::Sync => may(&self.upload) && may(&self.delete),
                // Such a token may do everything, so its holder must be allowed to.
                TokenPurpose::Manage => may(&self.upload) && may(&self.delete),
            };
        if allowed { role.grants_for(purpose) } else { None }
    }

    /// What is wrong with it, for people; `None`: nothing.
    pub fn fault(&self) -> Option<&'static str> {
        let limits = &self.limits;
        if [&self.read, &self.upload, &self.delete].iter().any(|w| w.accounts.len() > NAMED_MAX) {
            return Some("A policy names at most 100 accounts for one right");
        }
        if limits.quota_bytes.is_some_and(|bytes| bytes > QUOTA_MAX) {
            return Some("The quota is too large a number");
        }
        let guard = limits.mass_delete.guard;
        if guard.files > GUARD_FILES_MAX || guard.percent > 100 {
            return Some("The guard has 0 to 1000000 files and 0 to 100 percent");
        }
        let extensions = &limits.kinds.extensions;
        if extensions.len() > EXTENSIONS_MAX || !extensions.iter().all(|text| is_extension(text)) {
            return Some("Extensions are a dot and up to 15 letters or digits in lower case");
        }
        None
    }
}

fn is_extension(text: &str) -> bool {
    let is_part = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    text.strip_prefix('.')
        .is_some_and(|name| (1..=EXTENSION_MAX).contains(&name.len()) && name.bytes().all(is_part))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLES: [Role; 4] = [Role::Viewer, Role::Member, Role::Admin, Role::Owner];

    fn account(text: &str) -> AccountId {
        AccountId::parse(text).unwrap()
    }

    /// Every sort of line: nobody, somebody named, everybody from each role up, both.
    fn lines() -> Vec<Who> {
        let named = vec![account("anna")];
        let roles = ROLES.map(Some).into_iter().chain([None]);
        roles
            .flat_map(|least_role| {
                [Vec::new(), named.clone()].map(|accounts| Who { least_role, accounts })
            })
            .collect()
    }

    #[test]
    fn a_token_is_given_exactly_where_role_and_policy_both_allow() {
        let mut looked_at = 0;
        for (read, upload, delete) in lines().into_iter().flat_map(|read| {
            lines().into_iter().flat_map(move |upload| {
                let read = read.clone();
                lines().into_iter().map(move |delete| (read.clone(), upload.clone(), delete))
            })
        }) {
            let policy = SpacePolicy { read, upload, delete, ..SpacePolicy::default() };
            for (role, who) in ROLES.iter().flat_map(|r| ["anna", "ben"].map(|who| (*r, who))) {
                let id = account(who);
                // Said once more, by hand: the table.
                let may = |line: &Who| {
                    let named = who == "anna" && !line.accounts.is_empty();
                    named || line.least_role.is_some_and(|least| role as u8 >= least as u8)
                };
                let (read, upload, delete) =
                    (may(&policy.read), may(&policy.upload), may(&policy.delete));
                for (purpose, allowed) in [
                    (TokenPurpose::Browse, read),
                    (TokenPurpose::Backup, read && upload),
                    (TokenPurpose::Organise, read && delete),
                    (TokenPurpose::Sync, read && upload && delete),
                    (TokenPurpose::Manage, read && upload && delete),
                ] {
                    let wanted = role.grants_for(purpose).filter(|_| allowed);
                    let got = policy.grants(role, &id, purpose);
                    assert_eq!(got, wanted, "{role:?} {who} {purpose:?} {policy:?}");
                    looked_at += 1;
                }
            }
        }
        assert_eq!(looked_at, 10 * 10 * 10 * 4 * 2 * 5);
    }

    #[test]
    fn without_a_policy_roles_are_what_they_were() {
        let (policy, anybody) = (SpacePolicy::default(), account("anybody"));
        for role in ROLES {
            for purpose in TokenPurpose::ALL {
                assert_eq!(policy.grants(role, &anybody, *purpose), role.grants_for(*purpose));
            }
        }
    }

    #[test]
    fn a_locked_guard_holds_whatever_a_person_chose() {
        let (guard, other) = (DeleteGuard::USUAL, DeleteGuard { files: 5000, percent: 90 });
        for (locked, own, holds) in [
            (false, None, Some(guard)),
            (false, Some(OwnGuard::At(other)), Some(other)),
            (false, Some(OwnGuard::Off), None),
            (true, None, Some(guard)),
            (true, Some(OwnGuard::At(other)), Some(guard)),
            (true, Some(OwnGuard::Off), Some(guard)),
        ] {
            assert_eq!(MassDelete { guard, locked }.holding(own), holds, "{locked} {own:?}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        let with = |change: fn(&mut SpacePolicy)| {
            let mut policy = SpacePolicy::default();
            change(&mut policy);
            policy.fault().is_some()
        };
        assert!(!with(|_| ()));
        assert!(!with(|p| p.limits.kinds.extensions = vec![".jpg".into(), ".mp4".into()]));
        for text in ["jpg", ".", ".JPG", "..jpg", ".j/g", ".abcdefghijklmnop", ""] {
            let mut policy = SpacePolicy::default();
            policy.limits.kinds.extensions = vec![text.to_owned()];
            assert!(policy.fault().is_some(), "{text}");
        }
        assert!(with(|p| p.limits.quota_bytes = Some(u64::MAX)));
        assert!(with(|p| p.limits.mass_delete.guard.percent = 101));
        assert!(with(|p| p.read.accounts = vec![account("x"); NAMED_MAX + 1]));
    }

    #[test]
    fn a_policy_reads_what_it_wrote() {
        let upload = Who { least_role: None, accounts: vec![account("anna")] };
        let mut policy = SpacePolicy { upload, ..SpacePolicy::default() };
        policy.limits.quota_bytes = Some(1 << 40);
        let text = serde_json::to_string(&policy).unwrap();
        assert_eq!(serde_json::from_str::<SpacePolicy>(&text).unwrap(), policy);
        assert!(!text.contains("\"accounts\":[]"), "{text}");
    }
}
