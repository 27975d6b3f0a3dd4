//! Mappings: a local folder bound to a space, or to albums in it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::sync::TransferView;

/// Where the files of a folder go in a space.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AlbumTarget {
    /// To the root, for spaces without albums; folders below keep their places.
    Root,
    /// All into one album.
    Album {
        /// Its name.
        name: String,
    },
    /// Into one album for each folder of the first level; loose files into one named like the
    /// folder.
    PerFolder,
}

/// What a mapping would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct MappingPreview {
    /// The albums it would use.
    pub albums: Vec<AlbumPreview>,
    /// Files it would upload.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// How many folders had to be given another album name.
    pub clashes: u64,
    /// Files that cannot be uploaded, at most 100.
    pub rejected: Vec<RejectedFile>,
}

/// One album of a preview.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AlbumPreview {
    /// The name the folder asks for.
    pub album: String,
    /// Folders that go into it, below the mapped one.
    pub folders: Vec<String>,
    /// How many files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Whether the album is there already.
    pub exists: bool,
    /// Whether several folders ask for the same name.
    pub clash: bool,
    /// The name it gets instead.
    pub proposed: Option<String>,
}

/// A file that cannot be uploaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RejectedFile {
    /// Its place below the folder, with `/`.
    pub relative_path: String,
    /// An error code.
    pub reason: String,
}

/// What a mapping is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum MappingState {
    /// Every file is verified or skipped by rule, seen by a fresh full scan under a healthy
    /// watcher.
    UpToDate,
    /// Looking for changes.
    Scanning,
    /// Reading what is new.
    Hashing,
    /// Uploading.
    Transferring,
    /// Stopped by the user.
    Paused,
    /// The network or the server does not answer.
    WaitingOffline,
    /// The service answers, but cannot do it now.
    WaitingService,
    /// This device was revoked.
    BlockedRevoked,
    /// The folder is not there.
    BlockedFolderMissing,
    /// The space has no room.
    BlockedQuota,
    /// Some files failed; all others are fine.
    Attention,
}

/// One mapping as a card shows it. Each of its files is in exactly one of verified, pending,
/// skipped, failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct MappingView {
    /// Its id.
    pub id: String,
    /// The folder, absolute.
    pub folder: String,
    /// The library.
    pub library_id: String,
    /// The space.
    pub space_id: String,
    /// The space's name.
    pub space_name: String,
    /// Where files go in it.
    pub target: AlbumTarget,
    /// The same for people.
    pub target_label: String,
    /// What it is doing.
    pub state: MappingState,
    /// All its files; absent until a scan has finished.
    pub files_total: Option<u64>,
    /// Uploaded and verified.
    pub files_verified: u64,
    /// Still to upload.
    pub files_pending: u64,
    /// Left alone by rule.
    pub files_skipped: u64,
    /// Failed with a reason.
    pub files_failed: u64,
    /// Bytes of all its files; absent until a scan has finished.
    pub bytes_total: Option<u64>,
    /// Bytes verified.
    pub bytes_verified: u64,
    /// A guess; absent where there is nothing to base one on.
    pub eta_seconds: Option<u64>,
    /// What is being uploaded now, at most 3.
    pub current: Vec<TransferView>,
    /// When a file last arrived.
    pub last_success_at: Option<String>,
    /// When the last full scan ended.
    pub last_scan_at: Option<String>,
    /// Whether the system reports changes in the folder.
    pub watcher_healthy: bool,
    /// Whether the user stopped it.
    pub paused: bool,
}
