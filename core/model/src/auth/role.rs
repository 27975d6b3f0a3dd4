//! What a person may do. Owns the rule from role and purpose to least grants.

use serde::{Deserialize, Serialize};

use super::token::TokenPurpose;
use crate::{Grant, GrantSet};

/// The role of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees.
    Viewer,
    /// Sees, uploads, deletes into the bin, restores.
    Member,
    /// Manages libraries, spaces, people and devices.
    Admin,
    /// The first account; like an administrator, and cannot be removed.
    Owner,
}

impl Role {
    /// Whether libraries, spaces, people and every device are theirs to manage.
    pub const fn manages(self) -> bool {
        matches!(self, Self::Admin | Self::Owner)
    }

    /// The least grants for a purpose; `None` when the role does not allow it.
    pub fn grants_for(self, purpose: TokenPurpose) -> Option<GrantSet> {
        use Grant::{
            CreateDirectory, DeleteDirectory, DeleteFile, MoveDirectory, MoveFile, RestoreRecycled,
            SpaceAdmin, UploadFile, UploadFileForce,
        };
        let (least, grants) = match purpose {
            TokenPurpose::Browse => (Self::Viewer, GrantSet::READ_ONLY),
            // Force, because an edited photo replaces our own earlier version, guarded by
            // contentCas.
            TokenPurpose::Backup => {
                (Self::Member, GrantSet::of(&[CreateDirectory, UploadFile, UploadFileForce]))
            }
            TokenPurpose::Organise => (
                Self::Member,
                GrantSet::of(&[CreateDirectory, DeleteDirectory, DeleteFile, RestoreRecycled]),
            ),
            // Moves ask and never replace: no force for them.
            TokenPurpose::Sync => (
                Self::Member,
                GrantSet::of(&[
                    CreateDirectory,
                    DeleteDirectory,
                    DeleteFile,
                    MoveDirectory,
                    MoveFile,
                    RestoreRecycled,
                    UploadFile,
                    UploadFileForce,
                ]),
            ),
            TokenPurpose::Manage => (Self::Admin, GrantSet::of(&[SpaceAdmin])),
        };
        (self >= least).then_some(grants)
    }

    /// The stored and wire word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Viewer, Self::Member, Self::Admin, Self::Owner]
            .into_iter()
            .find(|role| role.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_gets_what() {
        use TokenPurpose::{Backup, Browse, Manage, Organise, Sync};
        for (role, purpose, grants) in [
            (Role::Viewer, Browse, Some("")),
            (Role::Viewer, Backup, None),
            (Role::Viewer, Organise, None),
            (Role::Viewer, Sync, None),
            (Role::Member, Backup, Some("create_directory,upload_file,upload_file_force")),
            (
                Role::Member,
                Organise,
                Some("create_directory,delete_directory,delete_file,restore_recycled"),
            ),
            (
                Role::Member,
                Sync,
                Some(
                    "create_directory,delete_directory,move_directory,upload_file,\
                     upload_file_force,delete_file,move_file,restore_recycled",
                ),
            ),
            (Role::Member, Manage, None),
            (Role::Admin, Manage, Some("space_admin")),
            (Role::Owner, Manage, Some("space_admin")),
        ] {
            let got = role.grants_for(purpose).map(|g| g.to_string());
            assert_eq!(got.as_deref(), grants, "{role:?} {purpose:?}");
        }
    }

    #[test]
    fn no_purpose_ever_gets_a_permanent_delete() {
        for role in [Role::Viewer, Role::Member] {
            for purpose in TokenPurpose::ALL {
                if let Some(grants) = role.grants_for(*purpose) {
                    assert!(!grants.allows_any(&[Grant::DeleteFilePermanent]));
                    assert!(!grants.allows_any(&[Grant::DeleteRecycled]));
                }
            }
        }
    }
}
