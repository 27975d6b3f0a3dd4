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
    /// When it last had a sync that went well, by its reports.
    pub last_synced_at: Option<String>,
    /// When it was revoked.
    pub revoked_at: Option<String>,
    /// In which way it was revoked.
    pub revocation: Option<RevocationKind>,
    /// Since when there was no successful sync, or nothing was heard of it, if that is too long.
    pub silent_since: Option<String>,
}

/// In which way a device is revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RevocationKind {
    /// The person may sign in again on that device at once.
    SignOut,
    /// No new device of the account is enrolled until somebody who manages allows it.
    Block,
    /// The device is asked to put its local copies away.
    RemoveCopies,
}

/// What a device did with its local copies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CopiesView {
    /// Files put away.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Files that stayed: not uploaded, changed since, or held by the disk.
    pub kept: u64,
    /// Where those that were put away lie; empty when another device tells.
    pub trash: Vec<String>,
}

/// What happened to this device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RevocationView {
    /// In which way; absent as long as the service has not told.
    pub kind: Option<RevocationKind>,
    /// When, by the service's clock.
    pub requested_at: Option<String>,
    /// What was done with local copies, once it was.
    pub copies: Option<CopiesView>,
}

impl From<albumen_model::auth::RevocationKind> for RevocationKind {
    fn from(kind: albumen_model::auth::RevocationKind) -> Self {
        use albumen_model::auth::RevocationKind as Wire;
        match kind {
            Wire::SignOut => Self::SignOut,
            Wire::Block => Self::Block,
            Wire::RemoveCopies => Self::RemoveCopies,
        }
    }
}

impl From<RevocationKind> for albumen_model::auth::RevocationKind {
    fn from(kind: RevocationKind) -> Self {
        match kind {
            RevocationKind::SignOut => Self::SignOut,
            RevocationKind::Block => Self::Block,
            RevocationKind::RemoveCopies => Self::RemoveCopies,
        }
    }
}

/// How far a revocation is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RevocationReceipt {
    /// The device.
    pub device_id: String,
    /// In which way.
    pub kind: RevocationKind,
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
    /// What the device said it did with its local copies.
    pub copies: Option<CopiesView>,
}

/// How far a library is on its way to another secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RotationView {
    /// The library.
    pub library_id: String,
    /// When it was asked for.
    pub requested_at: String,
    /// When the new secret was sealed; the old one opens nothing any more.
    pub executed_at: Option<String>,
    /// When every token given out before was deleted.
    pub confirmed_at: Option<String>,
    /// Tokens deleted.
    pub tokens_deleted: u64,
}
