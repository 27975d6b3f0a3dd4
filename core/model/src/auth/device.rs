//! Devices: enrolled and listed.

use serde::{Deserialize, Serialize};

use super::revocation::RevocationKind;
use crate::{AccountId, ClientId, DeviceId, Timestamp};

/// What a device says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceDescription {
    /// A name for people, 1 to 80 characters.
    pub name: String,
    /// Operating system, for people.
    pub os: String,
    /// Version of the program.
    pub app_version: String,
    /// Ed25519 public key, base64url without padding.
    pub public_key: String,
}

/// One device, as lists show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRecord {
    /// Its id.
    pub device_id: DeviceId,
    /// The client id its tokens carry.
    pub client_id: ClientId,
    /// Whose it is.
    pub account_id: AccountId,
    /// The name of that account.
    pub account_name: String,
    /// Its name.
    pub name: String,
    /// Its operating system.
    pub os: String,
    /// Its program's version.
    pub app_version: String,
    /// When it was enrolled.
    pub enrolled_at: Timestamp,
    /// When it last signed a request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen_at: Option<Timestamp>,
    /// From which network address that was; an address of a proxy where one stands in front.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_address: Option<String>,
    /// How many folders it keeps, by its last report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mappings: Option<u32>,
    /// How many files wait on it, by its last report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<u64>,
    /// When it last reported that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported_at: Option<Timestamp>,
    /// When it last had a sync that went well, by its reports and the service's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_synced_at: Option<Timestamp>,
    /// When it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
    /// In which way it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revocation: Option<RevocationKind>,
    /// Since when there was no successful sync, or nothing was heard of it, if that is too long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silent_since: Option<Timestamp>,
}

/// Body of `POST /auth/v1/devices/self/report`, signed by the device: what lists show of it. Counts
/// only, never a name of a file or folder. Sent when something changed, at most every few minutes;
/// the service drops what comes faster. The reply is the [`DeviceRecord`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceReport {
    /// Operating system, for people.
    pub os: String,
    /// Version of the program.
    pub app_version: String,
    /// Folders it keeps.
    pub mappings: u32,
    /// Files that wait to be uploaded.
    pub pending: u64,
    /// How long ago, in seconds, the last sync went well of the folder whose is longest ago; absent
    /// as long as one has had none. An age: no clocks of two computers are compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub synced_seconds_ago: Option<u64>,
}

/// `GET /auth/v1/devices`: one's own; everybody's for administrators.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceList {
    /// Newest enrolment first.
    pub devices: Vec<DeviceRecord>,
}
