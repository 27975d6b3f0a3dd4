//! What is in a folder before it is chosen.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What a look into a folder found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FolderPreview {
    /// The folder, absolute.
    pub path: String,
    /// Photos and videos together.
    pub files: u64,
    /// Photos.
    pub photos: u64,
    /// Videos.
    pub videos: u64,
    /// Files of other kinds, which stay where they are.
    pub skipped: u64,
    /// Bytes of photos and videos.
    pub bytes: u64,
    /// Photos and videos directly in the folder.
    pub loose_files: u64,
    /// Folders below, first level only, each with all that is in it.
    pub subfolders: Vec<SubfolderPreview>,
    /// Codes of what the user should know, `notice.<code>` in the catalogue.
    pub warnings: Vec<String>,
}

/// One folder of the first level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SubfolderPreview {
    /// Its place below the folder, with `/`.
    pub relative_path: String,
    /// Photos and videos in it and below.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}
