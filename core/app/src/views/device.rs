//! Devices of the account and what revoking one did.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// An enrolled device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DeviceView {
    /// Its id.
    pub device_id: String,
    /// The client id its tokens carry.
    pub client_id: String,
    /// Its name.
    pub name: String,
    /// Its operating system.
    pub os: String,
    /// Version of its program.
    pub app_version: String,
    /// Whose it is.
    pub account_name: String,
    /// Whether it is this one.
    pub this_device: bool,
    /// When it was enrolled.
    pub enrolled_at: String,
    /// When it last asked the service for something.
    pub last_seen_at: Option<String>,
    /// From which network address that was.
    pub last_address: Option<String>,
    /// Folders it keeps, by its last report.
    pub mappings: Option<u32>,
    /// Files that wait on it, by its last report.
    pub pending: Option<u64>,
    /// When it last reported that.
    pub reported_at: Option<String>,
    /// When it was revoked.
    pub revoked_at: Option<String>,
}

/// How far a revocation is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RevocationReceipt {
    /// The device.
    pub device_id: String,
    /// When it was written down: from then on it gets no token.
    pub requested_at: String,
    /// When its tokens were deleted and its uploads fenced.
    pub executed_at: Option<String>,
    /// When the library service had said so for every library.
    pub confirmed_at: Option<String>,
    /// Tokens deleted, where the service tells.
    pub tokens_deleted: Option<u64>,
    /// Upload sessions fenced, where it tells.
    pub uploads_fenced: Option<u64>,
    /// Until when bytes may still arrive at a foreign store; they can never be confirmed.
    pub writable_until: Option<String>,
}
