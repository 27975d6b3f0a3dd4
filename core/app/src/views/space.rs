//! Spaces and albums by the names people gave them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A space that the account may see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SpaceView {
    /// Its library.
    pub library_id: String,
    /// The name of that library.
    pub library_name: String,
    /// Its id.
    pub space_id: String,
    /// Its name.
    pub name: String,
    /// Files live in albums.
    pub multi_album: bool,
    /// It belongs to a file library, not a media library.
    pub file_library: bool,
    /// Whether the account may upload into it.
    pub can_upload: bool,
}

/// An album.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AlbumView {
    /// Its name.
    pub name: String,
    /// How many files are in it; absent where the service does not tell.
    pub files: Option<u64>,
}
