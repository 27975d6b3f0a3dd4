//! What a token may do. Owns the words of SMH section 3.7 and how they cover one another.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! grants {
    ($($(#[$doc:meta])* $variant:ident = $word:literal,)*) => {
        /// One permission in a token. A token without any may only read.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Grant {
            $($(#[$doc])* $variant,)*
        }

        impl Grant {
            /// Every grant there is, in the order of their bits.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The wire word.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }

        impl FromStr for Grant {
            type Err = ();
            fn from_str(word: &str) -> Result<Self, ()> {
                match word { $($word => Ok(Self::$variant),)* _ => Err(()) }
            }
        }
    };
}

grants! {
    /// Everything in the library.
    Admin = "admin",
    /// Everything in the token's spaces, except making and removing spaces.
    SpaceAdmin = "space_admin",
    /// Create spaces and list own ones.
    CreateSpace = "create_space",
    /// Delete spaces.
    DeleteSpace = "delete_space",
    /// Create directories and albums.
    CreateDirectory = "create_directory",
    /// Delete directories, or move them to the bin.
    DeleteDirectory = "delete_directory",
    /// Delete directories past the bin.
    DeleteDirectoryPermanent = "delete_directory_permanent",
    /// Move and rename directories.
    MoveDirectory = "move_directory",
    /// Copy directories.
    CopyDirectory = "copy_directory",
    /// Begin and confirm uploads without overwriting.
    UploadFile = "upload_file",
    /// Begin and confirm uploads with overwriting.
    UploadFileForce = "upload_file_force",
    /// Only begin uploads, without overwriting.
    BeginUpload = "begin_upload",
    /// Only begin uploads, with overwriting.
    BeginUploadForce = "begin_upload_force",
    /// Only confirm uploads.
    ConfirmUpload = "confirm_upload",
    /// Create links without overwriting.
    CreateSymlink = "create_symlink",
    /// Create links with overwriting.
    CreateSymlinkForce = "create_symlink_force",
    /// Delete files, or move them to the bin.
    DeleteFile = "delete_file",
    /// Delete files past the bin.
    DeleteFilePermanent = "delete_file_permanent",
    /// Move and rename files without overwriting.
    MoveFile = "move_file",
    /// Move and rename files with overwriting.
    MoveFileForce = "move_file_force",
    /// Copy files without overwriting.
    CopyFile = "copy_file",
    /// Copy files with overwriting.
    CopyFileForce = "copy_file_force",
    /// Purge and empty the bin.
    DeleteRecycled = "delete_recycled",
    /// Restore from the bin.
    RestoreRecycled = "restore_recycled",
    /// Named by single endpoints only: read everything flatly.
    ReadOnly = "read_only",
    /// Named by one endpoint only: delete history versions.
    DeleteHistory = "delete_history",
    /// Named by one endpoint only: make a history version the latest.
    SetHistoryLatest = "set_history_latest",
    /// Named by one endpoint only: create a file without content.
    CreateVirtual = "create_virtual",
}

/// A set of grants. On the wire a comma-separated list; empty means read only.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct GrantSet(u32);

impl GrantSet {
    /// No grants: reads only.
    pub const READ_ONLY: Self = Self(0);

    /// A set of these.
    pub fn of(grants: &[Grant]) -> Self {
        Self(grants.iter().fold(0, |bits, g| bits | 1 << (*g as u32)))
    }

    /// Reads a comma-separated list. Unknown words grant nothing and are passed over, so that a
    /// newer caller gets the part we know (SMH section 27 leaves it open).
    pub fn parse(list: &str) -> Self {
        let known: Vec<Grant> =
            list.split(',').filter_map(|word| word.trim().parse().ok()).collect();
        Self::of(&known)
    }

    /// Whether exactly this grant is in the set, `admin` implying nothing.
    pub const fn contains(self, grant: Grant) -> bool {
        self.0 & 1 << (grant as u32) != 0
    }

    /// Whether any of these is allowed: `admin` covers all, `space_admin` all but what concerns
    /// spaces as such (SMH section 3.7).
    pub fn allows_any(self, wanted: &[Grant]) -> bool {
        self.contains(Grant::Admin)
            || wanted.iter().any(|grant| self.contains(*grant))
            || (self.contains(Grant::SpaceAdmin)
                && wanted
                    .iter()
                    .any(|g| !matches!(g, Grant::Admin | Grant::CreateSpace | Grant::DeleteSpace)))
    }

    /// The grants in it, in order.
    pub fn iter(self) -> impl Iterator<Item = Grant> {
        Grant::ALL.iter().copied().filter(move |grant| self.contains(*grant))
    }

    /// Whether every grant of `self` is also in `other`.
    pub const fn is_subset_of(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }
}

impl fmt::Display for GrantSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, grant) in self.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            f.write_str(grant.as_str())?;
        }
        Ok(())
    }
}

impl fmt::Debug for GrantSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GrantSet({self})")
    }
}

impl Serialize for GrantSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for GrantSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::parse(&String::deserialize(deserializer)?))
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for GrantSet {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "GrantSet".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "Grants, separated by commas; none of them is for reading only.",
            "examples": ["create_directory,upload_file"]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_and_a_set_are_the_same() {
        let set = GrantSet::parse("upload_file, create_directory,unknown,");
        assert!(set.contains(Grant::UploadFile) && set.contains(Grant::CreateDirectory));
        assert_eq!(set.to_string(), "create_directory,upload_file");
        assert_eq!(GrantSet::parse(""), GrantSet::READ_ONLY);
        for grant in Grant::ALL {
            assert_eq!(grant.as_str().parse(), Ok(*grant));
        }
    }

    #[test]
    fn who_covers_what() {
        use Grant::{Admin, CreateSpace, DeleteFile, SpaceAdmin, UploadFile};
        for (held, wanted, allowed) in [
            (Admin, DeleteFile, true),
            (Admin, CreateSpace, true),
            (SpaceAdmin, DeleteFile, true),
            (SpaceAdmin, CreateSpace, false),
            (SpaceAdmin, Admin, false),
            (UploadFile, UploadFile, true),
            (UploadFile, DeleteFile, false),
        ] {
            let set = GrantSet::of(&[held]);
            assert_eq!(set.allows_any(&[wanted]), allowed, "{held:?} for {wanted:?}");
        }
        assert!(!GrantSet::READ_ONLY.allows_any(&[UploadFile]));
    }
}
