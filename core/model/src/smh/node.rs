//! Directories, albums and files as lists and infos show them (SMH sections 6 and 8).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

#[cfg(feature = "schema")]
use super::text_number::TextNumber;
use super::text_number::maybe_decimal;
use crate::{Crc64, Inode, NodeName, RemotePath, Timestamp, UserId};

/// What a node is. File libraries hold `file`, media libraries `image` and `video`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum NodeType {
    /// A directory or an album.
    Dir,
    /// A leaf of a file library.
    File,
    /// A picture in a media library.
    Image,
    /// A film in a media library.
    Video,
    /// A link to another node.
    Symlink,
    /// A file without content.
    Virtual,
}

impl NodeType {
    /// Whether it holds other nodes.
    pub const fn is_dir(self) -> bool {
        matches!(self, Self::Dir)
    }

    /// Whether it leads to another node.
    pub const fn is_symlink(self) -> bool {
        matches!(self, Self::Symlink)
    }
}

/// One row of a directory list (SMH section 6.3). Which optional fields are there depends on the
/// kind and on the flags of the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct NodeItem {
    /// Its name.
    pub name: NodeName,
    /// Its full place.
    pub path: RemotePath,
    /// With `with_inode=1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inode: Option<Inode>,
    /// Grows with each overwrite of a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_id: Option<u64>,
    /// What it is.
    #[serde(rename = "type")]
    pub node_type: NodeType,
    /// Creation of a directory, first upload of a file.
    pub creation_time: Timestamp,
    /// Last overwrite of a file, last change of a directory's own list.
    pub modification_time: Timestamp,
    /// Leaves only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Bytes; leaves only.
    #[serde(default, with = "maybe_decimal", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<TextNumber>"))]
    pub size: Option<u64>,
    /// Leaves only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crc64: Option<Crc64>,
    /// Of the content, or of a directory's own list.
    #[serde(default, rename = "eTag", skip_serializing_if = "Option::is_none")]
    pub e_tag: Option<String>,
    /// Whether the caller has marked it, with `with_favorite_status=1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_favorite: Option<bool>,
    /// Custom metadata, keys with `x-smh-meta-`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meta_data: Option<BTreeMap<String, String>>,
    /// Word for the kind: `image`, `video`, `pdf` ... (SMH section 6.3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_type: Option<String>,
    /// Office preview is there; leaves only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview_by_doc: Option<bool>,
    /// A small picture of it can be had; leaves only.
    #[serde(default, rename = "previewByCI", skip_serializing_if = "Option::is_none")]
    pub preview_by_ci: Option<bool>,
    /// Usable as an icon; leaves only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview_as_icon: Option<bool>,
    /// Free labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<Vec<String>>,
    /// A free word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// As the client gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local_creation_time: Option<String>,
    /// As the client gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local_modification_time: Option<String>,
    /// Opaque stamp of the content, with `with_content_cas=1` (SMH section 9.9).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_cas: Option<String>,
    /// Whether a quota took its content: it is not there to be fetched, and nobody deleted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed_by_quota: Option<bool>,
    /// Who created it; in infos.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// Of a link: the inode that it leads to next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link_to: Option<Inode>,
}

/// A page of a directory (SMH sections 6.2, 6.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DirectoryList {
    /// The directory.
    pub path: RemotePath,
    /// Its rows.
    pub contents: Vec<NodeItem>,
    /// Where the next page begins; absent at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_marker: Option<String>,
    /// Files directly in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_count: Option<u64>,
    /// Directories directly in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_dir_count: Option<u64>,
    /// Both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_num: Option<u64>,
    /// The directory's own tag.
    #[serde(default, rename = "eTag", skip_serializing_if = "Option::is_none")]
    pub e_tag: Option<String>,
}

/// Reply to a created directory (SMH section 6.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CreatedDirectory {
    /// Where it is now: the strategy may have changed the name.
    pub path: RemotePath,
    /// With `with_inode=1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inode: Option<Inode>,
    /// When.
    pub creation_time: Timestamp,
}

/// `GET /api/v1/file/...?info=1` (SMH section 8.3): the item and a signed address of the bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct FileInfo {
    /// Signed; absent with `pre_check=1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cos_url: Option<String>,
    /// The rest is that of a list row.
    #[serde(flatten)]
    pub item: NodeItem,
}

/// Where an operation left the node; `null` when its directory is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FinalPath {
    /// The place.
    pub path: Option<RemotePath>,
}

/// Reply to a delete that went to the bin (SMH sections 6.9, 9.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DeletedToBin {
    /// Its number in the bin.
    pub recycled_item_id: u64,
}
