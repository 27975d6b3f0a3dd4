//! What the token service tells a device while it is connected.

use serde::{Deserialize, Serialize};

use crate::{DeviceId, PairingId, Timestamp};

/// One event of `GET /auth/v1/events` (server-sent; the event name is the tag).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum AuthEvent {
    /// This device was revoked: stop at once.
    Revoked,
    /// Names, spaces or rights changed: ask again.
    PolicyChanged,
    /// Devices of the account changed: ask again.
    DevicesChanged,
    /// A code that this device made was used, burnt or ended: ask how it stands.
    PairingChanged {
        /// Which.
        pairing_id: PairingId,
    },
    /// A device has had no successful sync for days; for those who manage, and whose it is.
    DeviceSilent {
        /// Which.
        device_id: DeviceId,
        /// Since when.
        since: Timestamp,
    },
}
