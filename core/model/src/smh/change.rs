//! What happened in a space, in the order it happened: the change feed (SMH section 17). Events
//! name inodes, not paths; whoever follows the feed keeps the tree.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[cfg(feature = "schema")]
use super::text_number::{SignedTextNumber, TextNumber};
use super::{
    NodeType,
    text_number::{maybe_decimal, signed_decimal},
};
use crate::{Crc64, Inode, NodeName, Timestamp, UserId};

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $word:literal,)*) => {
        /// What an event is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub enum ChangeKind {
            $($(#[$doc])* #[serde(rename = $word)] $variant,)*
        }

        impl ChangeKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The wire word.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }
    };
}

kinds! {
    /// A file, directory, link or virtual file was made.
    Create = "FILE.CREATE",
    /// Its content was replaced by an upload.
    Modify = "FILE.MODIFY",
    /// Gone for good, past the bin.
    Delete = "FILE.DELETE",
    /// A copy was made.
    Copy = "FILE.COPY",
    /// Moved or renamed.
    Move = "FILE.MOVE",
    /// Into the bin.
    Trash = "FILE.TRASH",
    /// Out of the bin.
    Restore = "FILE.RESTORE",
    /// Something made replaced another file.
    CreateOverwrite = "FILE.CREATE_OVERWRITE",
    /// Something moved replaced another file.
    MoveOverwrite = "FILE.MOVE_OVERWRITE",
    /// A copy replaced another file.
    CopyOverwrite = "FILE.COPY_OVERWRITE",
    /// Something restored replaced another file.
    RestoreOverwrite = "FILE.RESTORE_OVERWRITE",
    /// Deleted for good by the service itself.
    TaskDelete = "TASK.FILE.DELETE",
    /// Put into the bin by the service itself.
    TaskTrash = "TASK.FILE.TRASH",
    /// Taken out of the bin by the service itself.
    TaskRestore = "TASK.FILE.RESTORE",
    /// Purged from the bin.
    RecycleDelete = "RECYCLE.DELETE",
    /// Changed in the bin.
    RecycleModify = "RECYCLE.MODIFY",
    /// Earlier content was kept.
    HistoryCreate = "HISTORY.CREATE",
    /// Earlier content was deleted.
    HistoryDelete = "HISTORY.DELETE",
    /// Earlier content was changed.
    HistoryModify = "HISTORY.MODIFY",
    /// Earlier content became the latest.
    HistoryLatest = "HISTORY.LATEST",
}

/// Where a node is: in the tree, in the bin, in the history, or gone.
pub mod location {
    /// In the tree.
    pub const TREE: u8 = 0;
    /// In the bin.
    pub const BIN: u8 = 1;
    /// Earlier content.
    pub const HISTORY: u8 = 2;
    /// Gone.
    pub const GONE: u8 = 3;
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ChangeEvent {
    /// What happened.
    pub event_type: ChangeKind,
    /// When, milliseconds since 1970, a text on the wire; events are in commit order, which need
    /// not be this one.
    #[serde(with = "signed_decimal")]
    #[cfg_attr(feature = "schema", schemars(with = "SignedTextNumber"))]
    pub event_time: i64,
    /// What it happened to.
    pub inode: Inode,
    /// The directory it is in, or was in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_inode: Option<Inode>,
    /// Its name.
    pub name: NodeName,
    /// What it is.
    #[serde(rename = "type")]
    pub node_type: NodeType,
    /// Bytes; leaves only.
    #[serde(default, with = "maybe_decimal", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<TextNumber>"))]
    pub size: Option<u64>,
    /// Of the content, or of a directory's own list.
    #[serde(default, rename = "eTag", skip_serializing_if = "Option::is_none")]
    pub e_tag: Option<String>,
    /// Leaves with content only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crc64: Option<Crc64>,
    /// Leaves with content only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// A free word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Word for the kind of a leaf (SMH section 6.3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_type: Option<String>,
    /// Creation of a directory, first upload of a file.
    pub creation_time: Timestamp,
    /// Last overwrite of a file, last change of a directory's own list.
    pub modification_time: Timestamp,
    /// As the client gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local_creation_time: Option<String>,
    /// As the client gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local_modification_time: Option<String>,
    /// Who did it; empty for the service itself.
    pub user_id: UserId,
    /// Grows with each overwrite of a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_id: Option<u64>,
    /// See [`location`].
    pub location: u8,
    /// Whether a quota took it.
    #[serde(default)]
    pub removed_by_quota: bool,
    /// What a link leads to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link_to: Option<Inode>,
    /// What only this kind of event has.
    #[serde(default)]
    pub extra_info: Map<String, Value>,
}

/// `GET .../cursor`: where the feed ends now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeltaCursor {
    /// Opaque; good for 180 days.
    pub cursor: String,
}

/// `GET .../delta`: what came after a cursor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DeltaPage {
    /// Where to go on.
    pub cursor: String,
    /// Whether there is more at once.
    pub has_more: bool,
    /// In commit order.
    pub contents: Vec<ChangeEvent>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_contracts_and_each_its_own() {
        for kind in ChangeKind::ALL {
            let word = serde_json::to_value(kind).unwrap();
            assert_eq!(word, kind.as_str());
            assert_eq!(serde_json::from_value::<ChangeKind>(word).unwrap(), *kind);
        }
        let words: std::collections::BTreeSet<_> =
            ChangeKind::ALL.iter().map(|kind| kind.as_str()).collect();
        assert_eq!(words.len(), ChangeKind::ALL.len());
    }
}
