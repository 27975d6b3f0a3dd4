//! A folder bound to a place in the cloud. Owns the mapping's values and the state it is shown in;
//! does not know how files travel.

use std::{fmt, path::PathBuf, str::FromStr};

use albumen_model::{LibraryId, NodeName, SpaceId};
use serde::{Deserialize, Serialize};

use crate::{env::Chance, plan::Mode};

/// Names a mapping in the journal, in the folder's own mark and in the user interface: 32 hex
/// digits.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MappingId(String);

/// The text is not 32 lower-case hex digits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Not a mapping id")]
pub struct MappingIdError;

impl MappingId {
    /// A new one.
    pub fn new(chance: &dyn Chance) -> Self {
        let half = || chance.below(u64::MAX);
        Self(format!("{:016x}{:016x}", half(), half()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for MappingId {
    type Err = MappingIdError;

    fn from_str(text: &str) -> Result<Self, MappingIdError> {
        let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if text.len() == 32 && text.bytes().all(hex) {
            Ok(Self(text.to_owned()))
        } else {
            Err(MappingIdError)
        }
    }
}

impl TryFrom<String> for MappingId {
    type Error = MappingIdError;

    fn try_from(text: String) -> Result<Self, MappingIdError> {
        text.parse()
    }
}

impl From<MappingId> for String {
    fn from(id: MappingId) -> Self {
        id.0
    }
}

impl fmt::Display for MappingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for MappingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where the files of a mapping go.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// Into the root of the space.
    Root,
    /// Into one album.
    Album(NodeName),
    /// Each sub-folder into an album of its own; loose files into one named after the folder.
    PerFolder,
}

/// What a mapping is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMapping {
    /// The local folder, by its whole path.
    pub folder: PathBuf,
    /// The library.
    pub library: LibraryId,
    /// The space.
    pub space: SpaceId,
    /// What the space is called.
    pub space_name: String,
    /// Where in the space.
    pub target: Target,
    /// Whether the space may hold directories in directories, as file libraries may.
    pub nested: bool,
}

/// A folder bound to a place in the cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// The journal's number for it.
    pub row: i64,
    /// Its name everywhere else.
    pub id: MappingId,
    /// What it does.
    pub mode: Mode,
    /// What it binds.
    pub bound: NewMapping,
    /// The inode and birth of the folder when it was bound, nanoseconds; 0 where unknown.
    pub root: (u64, i64),
    /// Whether the user has paused it.
    pub paused: bool,
    /// When it was made, ms since 1970.
    pub added_at: i64,
    /// When the last full scan ended, ms since 1970.
    pub last_scan_at: Option<i64>,
    /// When everything was last verified, ms since 1970.
    pub last_success_at: Option<i64>,
    /// When the cloud was last listed whole, ms since 1970.
    pub listed_at: Option<i64>,
}

/// What a mapping is doing, as people are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MappingState {
    /// Everything is verified: empty queue, no problem, a healthy watcher, a full scan.
    UpToDate,
    /// Looking through the folder or the cloud.
    Scanning,
    /// Reading files before they travel.
    Hashing,
    /// Sending.
    Transferring,
    /// The user said so.
    Paused,
    /// No way to the service.
    WaitingOffline,
    /// The service is there but does not do its work.
    WaitingService,
    /// This device's access was withdrawn.
    BlockedRevoked,
    /// The folder is missing, or another is mounted in its place.
    BlockedFolderMissing,
    /// The space takes no more.
    BlockedQuota,
    /// Something needs a person.
    Attention,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::SystemChance;

    #[test]
    fn ids_are_what_they_say() {
        let id = MappingId::new(&SystemChance);
        assert_eq!(id.as_str().parse(), Ok(id.clone()));
        for text in
            ["", "x", "0123456789ABCDEF0123456789abcdef", "../../../../../../etc/passwd0000"]
        {
            assert_eq!(text.parse::<MappingId>(), Err(MappingIdError), "{text}");
        }
    }
}
