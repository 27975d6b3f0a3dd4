//! The recycle bin (SMH section 12).

use serde::{Deserialize, Serialize};

#[cfg(feature = "schema")]
use super::text_number::TextNumber;
use super::{node::NodeType, text_number::maybe_decimal};
use crate::{Crc64, NodeName, RemotePath, SpaceId, Timestamp};

/// One deletion: the deleted root, not its descendants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RecycledItem {
    /// Its number, for restore and purge.
    pub recycled_item_id: u64,
    /// Where it was.
    pub original_path: RemotePath,
    /// The space it is in.
    pub space_id: SpaceId,
    /// Its name.
    pub name: NodeName,
    /// What it is.
    #[serde(rename = "type")]
    pub node_type: NodeType,
    /// Bytes; of a directory, of everything below.
    #[serde(default, with = "maybe_decimal", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<TextNumber>"))]
    pub size: Option<u64>,
    /// Word for the kind of a leaf (SMH section 6.3).
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
    /// Leaves only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crc64: Option<Crc64>,
    /// First upload.
    pub creation_time: Timestamp,
    /// Last overwrite.
    pub modification_time: Timestamp,
    /// When it was deleted.
    pub removal_time: Timestamp,
    /// Whole days until it is purged by itself; 0 when that never happens.
    pub remaining_time: u64,
}

/// A page of the bin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RecycledList {
    /// Its rows.
    pub contents: Vec<RecycledItem>,
    /// Where the next page begins; absent at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_marker: Option<String>,
    /// How many in all; in page mode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_num: Option<u64>,
}
