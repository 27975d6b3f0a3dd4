//! Letting a device in, and coming in: what the two screens show.

use std::fmt;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::state::AppState;

/// How a code stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PairingState {
    /// Nobody used it yet.
    Open,
    /// A device used it and waits for a yes or no.
    Pending,
    /// That device was let in.
    Approved,
    /// The device was sent away, or the code was taken back.
    Refused,
    /// Too many wrong tries at it.
    Burnt,
    /// Its time was over before a device was let in.
    Expired,
}

/// A code that was just made: the only time it is shown. Holds a secret: cannot be printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PairingOffer {
    /// Names it.
    pub pairing_id: String,
    /// Its eight digits.
    pub code: String,
    /// Seconds until it ends.
    pub seconds_left: u64,
    /// The server's address, for who types the code.
    pub server: String,
    /// The same as a link; absent where other devices could not use it safely.
    pub link: Option<String>,
    /// The link as a picture.
    pub qr: Option<QrView>,
}

impl fmt::Debug for PairingOffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PairingOffer").field("pairing_id", &self.pairing_id).finish_non_exhaustive()
    }
}

/// A picture for cameras, as secret as what it shows.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct QrView {
    /// Squares along one side, margin included.
    pub side: u64,
    /// The dark squares as a path of SVG.
    pub path: String,
    /// The same for a terminal, light squares drawn.
    pub lines: Vec<String>,
}

impl fmt::Debug for QrView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QrView").field("side", &self.side).finish_non_exhaustive()
    }
}

/// How a code of this device stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PairingView {
    /// Which.
    pub pairing_id: String,
    /// How it stands.
    pub state: PairingState,
    /// Seconds until it ends; 0 when it has.
    pub seconds_left: u64,
    /// The device that used it.
    pub device: Option<PendingDevice>,
}

/// A device that wants in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PendingDevice {
    /// Its name, by its own word.
    pub name: String,
    /// Its operating system, by its own word.
    pub os: String,
    /// Version of its program, by its own word.
    pub app_version: String,
    /// From which network address it came.
    pub address: String,
    /// Digits of its key, to be compared with those on its screen.
    pub check: String,
}

/// A pairing link as it was read: for a screen that asks. Holds a secret: cannot be printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LinkView {
    /// Base URL of the server.
    pub url: String,
    /// Its host and port.
    pub host: String,
    /// The certificate authority it is to be trusted by, where that is one of its own.
    pub ca_sha256: Option<String>,
    /// The code.
    pub code: String,
}

impl fmt::Debug for LinkView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkView").field("url", &self.url).finish_non_exhaustive()
    }
}

/// This device brought a code and waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct JoinView {
    /// The account it will be in.
    pub account_name: String,
    /// The name the service has for people.
    pub server_name: String,
    /// Base URL of the server.
    pub url: String,
    /// Whether the connection is encrypted.
    pub secure: bool,
    /// Digits of this device's key, which the other screen shows too.
    pub check: String,
    /// Seconds until it ends by itself.
    pub seconds_left: u64,
}

/// How it stands while this device waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct JoinStep {
    /// How the code stands.
    pub state: PairingState,
    /// Seconds until it ends; 0 when it has.
    pub seconds_left: u64,
    /// The state as a whole, once this device is in.
    pub app: Option<AppState>,
}
