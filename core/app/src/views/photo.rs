//! One photo or video in detail. The grid's index is not here: it travels as bytes, see `photos`.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Where a capture time comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum TakenAtSource {
    /// The camera wrote it.
    Exif,
    /// The file's own date.
    File,
}

/// Whether a photo is in the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum SyncState {
    /// Uploaded and verified.
    Verified,
    /// Still to upload.
    Pending,
    /// Failed with a reason.
    Failed,
    /// Left alone by rule.
    Skipped,
}

/// What the viewer shows beside a photo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PhotoView {
    /// Its row in the photo index.
    pub row: u32,
    /// The file, absolute.
    pub path: String,
    /// Its name.
    pub name: String,
    /// When it was taken, with the camera's offset where it recorded one.
    pub taken_at: Option<String>,
    /// Where that comes from.
    pub taken_at_source: TakenAtSource,
    /// Pixels, after orientation; 0 when unknown.
    pub width: u32,
    /// Pixels, after orientation; 0 when unknown.
    pub height: u32,
    /// Its bytes.
    pub bytes: u64,
    /// Maker and model.
    pub camera: Option<String>,
    /// What it is.
    #[ts(type = "'image' | 'video'")]
    pub kind: PhotoKind,
    /// Whether it is in the library.
    pub sync_state: SyncState,
    /// The album it goes to.
    pub album: Option<String>,
    /// The space it goes to.
    pub space_name: String,
    /// Changes when the content does: part of the thumbnail's address.
    pub version: String,
}

/// What a photo is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PhotoKind {
    /// A picture.
    Image,
    /// A film.
    Video,
}
