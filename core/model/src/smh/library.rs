//! Libraries as the console API shows them: our own replacement of the cloud's service-level API
//! (SMH section 23), `/console/v1/libraries`.

use serde::{Deserialize, Serialize};

use crate::{LibraryId, LibrarySecret, Timestamp};

/// Settings of a library (SMH section 2.1). The first four and the last
/// are fixed at creation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of the contract")]
pub struct LibrarySettings {
    /// `true` a file library, `false` a media library. Fixed.
    pub is_file_library: bool,
    /// Whether it holds tenant spaces; otherwise its only space is `-`. Fixed.
    pub is_multi_space: bool,
    /// Whether files live in albums; media libraries with one space only, else each space says.
    /// Fixed.
    pub is_multi_album: bool,
    /// Whether quotas may be set. Fixed.
    pub enable_quota: bool,
    /// Bytes that all spaces together may hold; none is no limit.
    pub library_quota: Option<u64>,
    /// Refuses a quota that is smaller than what its spaces hold already.
    pub deny_on_quota_less_than_usage: bool,
    /// Deletes go to the bin.
    pub use_recycle_bin: bool,
    /// Days until the bin purges by itself, 0 to 1095; 0 never.
    pub auto_remove_recycled_days: u32,
    /// Overwritten content is kept.
    pub enable_file_history: bool,
    /// How many versions are kept, 1 to 999.
    pub file_history_count: u32,
    /// How many days versions are kept, 0 to 999; 0 for ever.
    pub file_history_expire_day: u32,
    /// Seconds, 0 or 5 to 600: overwrites within them make one version.
    pub file_history_merge_interval: u32,
    /// Reads without a token; libraries with one space only.
    pub is_public_read: bool,
    /// Pictures are allowed; media libraries.
    pub allow_photo: bool,
    /// Films are allowed; media libraries.
    pub allow_video: bool,
    /// Extensions for pictures, with the dot; empty is no limit.
    pub allow_photo_ext_name: Vec<String>,
    /// Extensions for films, with the dot; empty is no limit.
    pub allow_video_ext_name: Vec<String>,
    /// Extensions in a file library, with the dot; empty is no limit.
    pub allow_file_ext_name: Vec<String>,
    /// Names may be searched.
    pub enable_search: bool,
    /// The longest name in characters, 1 to 255.
    pub max_dir_file_name_length: u32,
    /// Where content is kept: a back end that the service's configuration names; empty: its own
    /// store. Fixed.
    pub back_end: String,
}

impl Default for LibrarySettings {
    /// What we create: a media library of many spaces, with a bin, version history and search on.
    fn default() -> Self {
        Self {
            is_file_library: false,
            is_multi_space: true,
            is_multi_album: false,
            enable_quota: true,
            library_quota: None,
            deny_on_quota_less_than_usage: false,
            use_recycle_bin: true,
            auto_remove_recycled_days: 30,
            enable_file_history: true,
            file_history_count: 20,
            file_history_expire_day: 0,
            file_history_merge_interval: 0,
            is_public_read: false,
            allow_photo: true,
            allow_video: true,
            allow_photo_ext_name: Vec::new(),
            allow_video_ext_name: Vec::new(),
            allow_file_ext_name: Vec::new(),
            enable_search: true,
            max_dir_file_name_length: 255,
            back_end: String::new(),
        }
    }
}

/// Body of `POST /console/v1/libraries`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct CreateLibraryRequest {
    /// A remark for administrators, at most 200 characters.
    pub remark: String,
    /// The settings; what is left out takes its default.
    pub settings: LibrarySettings,
}

/// Reply to a created library: the only time that the secret is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct NewLibrary {
    /// The library.
    pub library: LibraryRecord,
    /// Its secret, shown once.
    pub library_secret: LibrarySecret,
}

/// Reply to a rotated secret: the only time that the new one is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct NewSecret {
    /// The new secret.
    pub library_secret: LibrarySecret,
}

/// A library as the console lists it. Never its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LibraryRecord {
    /// Its id.
    pub library_id: LibraryId,
    /// The remark given at creation.
    pub remark: String,
    /// When it was created.
    pub creation_time: Timestamp,
    /// Its settings.
    pub settings: LibrarySettings,
}

/// `GET /console/v1/libraries`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LibraryList {
    /// All libraries, oldest first.
    pub libraries: Vec<LibraryRecord>,
}
