//! Libraries, their policies and the guards of their spaces, as those who manage see them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::Role;

/// A library with its spaces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LibraryView {
    /// Its id.
    pub library_id: String,
    /// Its name.
    pub name: String,
    /// A file library, not a media library.
    pub file_library: bool,
    /// Where it is hosted, when that is elsewhere and the account manages.
    pub hosting_url: Option<String>,
    /// The authority that is trusted there beside the system's own, by its SHA-256.
    pub ca_sha256: Option<String>,
    /// Its spaces.
    pub spaces: Vec<NamedSpace>,
}

/// A space of a library.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct NamedSpace {
    /// Its id.
    pub space_id: String,
    /// Its name.
    pub name: String,
    /// Whether the account may look into it.
    pub can_read: bool,
    /// Whether it may upload.
    pub can_upload: bool,
    /// Whether it may delete into the bin and restore.
    pub can_delete: bool,
}

/// What removing a library left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LibraryRemoval {
    /// The library.
    pub library_id: String,
    /// Tokens that are still to be deleted where it is hosted.
    pub tokens_left: u64,
}

/// Who may do one thing in a space.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WhoView {
    /// Accounts of this role and above; absent: none by their role.
    pub least_role: Option<Role>,
    /// The names of accounts that may as well.
    pub accounts: Vec<String>,
}

/// The policy of a space.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyView {
    /// The library.
    pub library_id: String,
    /// The space.
    pub space_id: String,
    /// Who may look.
    pub read: WhoView,
    /// Who may add and replace.
    pub upload: WhoView,
    /// Who may delete into the bin and restore.
    pub delete: WhoView,
    /// Bytes that the space may hold.
    pub quota_bytes: Option<u64>,
    /// Pictures may be uploaded.
    pub photos: bool,
    /// Films may be uploaded.
    pub videos: bool,
    /// Only these extensions, in lower case with the dot; empty: every one.
    pub extensions: Vec<String>,
    /// Deletions are held above this many files...
    pub guard_files: u32,
    /// ... or this many percent of all, whichever is more.
    pub guard_percent: u8,
    /// Nobody may choose another guard on their device.
    pub guard_locked: bool,
    /// Whether the library service has taken quota and kinds.
    pub applied: bool,
}

/// When deletions in a space are held until a person agrees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DeleteGuardView {
    /// Above this many files; absent together with `percent` when nothing is held.
    pub files: Option<u32>,
    /// Or this many percent of all, whichever is more.
    pub percent: Option<u8>,
    /// An administrator has settled it.
    pub locked: bool,
    /// It was chosen on this device.
    pub own: bool,
}
