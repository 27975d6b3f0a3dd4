//! Progress, problems and what happened.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::mapping::{MappingState, MappingView};

/// How far one file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TransferPhase {
    /// Being read.
    Hashing,
    /// Being sent.
    Uploading,
    /// Sent; the service is asked to take it.
    Confirming,
    /// Waiting for its turn.
    Waiting,
}

/// One file on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TransferView {
    /// Its place below the folder, with `/`.
    pub path: String,
    /// Its bytes.
    pub bytes: u64,
    /// Bytes sent.
    pub sent_bytes: u64,
    /// How far it is.
    pub phase: TransferPhase,
}

/// Everything the Sync page shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SyncOverview {
    /// The most urgent of the mappings' states.
    pub state: MappingState,
    /// Upload speed now.
    pub bytes_per_second: u64,
    /// Upload speed of each of the last 60 seconds, oldest first.
    pub speed_history: Vec<u64>,
    /// Files still to upload.
    pub files_left: u64,
    /// Their bytes.
    pub bytes_left: u64,
    /// A guess; absent where there is nothing to base one on.
    pub eta_seconds: Option<u64>,
    /// Open problems.
    pub problems: u64,
    /// The mappings, oldest first.
    pub mappings: Vec<MappingView>,
}

/// Something that needs a look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ProblemView {
    /// Its id, for a retry.
    pub id: String,
    /// The mapping.
    pub mapping_id: String,
    /// The file's place below the folder; the folder itself where the problem is with it.
    pub path: String,
    /// An error code.
    pub code: String,
    /// What its text mentions.
    pub params: BTreeMap<String, String>,
    /// When it first came up.
    pub since: String,
    /// When it is tried again by itself; absent when never.
    pub next_try_at: Option<String>,
}

/// What happened to a file or a mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ActivityKind {
    /// Uploaded and verified.
    Uploaded,
    /// The same bytes were there already.
    Adopted,
    /// A new version was uploaded in its place.
    Replaced,
    /// Failed with a reason.
    Failed,
    /// Left alone by rule.
    Skipped,
    /// A mapping was added.
    MappingAdded,
    /// A mapping was removed.
    MappingRemoved,
    /// It was deleted in the cloud; it is not uploaded again by itself.
    DeletedInCloud,
}

/// One line of the activity list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ActivityView {
    /// Grows with time; where the next page begins.
    pub id: u64,
    /// When.
    pub at: String,
    /// What.
    pub kind: ActivityKind,
    /// The file or folder.
    pub path: Option<String>,
    /// Its bytes.
    pub bytes: Option<u64>,
    /// An error code, an album: whatever explains it.
    pub detail: Option<String>,
}
