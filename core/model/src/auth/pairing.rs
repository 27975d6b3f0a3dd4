//! Pairing: a signed-in device lets a new one into its account. Owns what goes over the wire; the
//! order of things is the service's.
//!
//! A code makes a *pending* device only. Who made the code sees which device used it and says yes
//! or no; both screens show the same digits, made from the new device's key.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{account::SignInReply, device::DeviceDescription, pairing_code::PairingCode};
use crate::{PairingId, ServiceId};

/// How a code stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

impl PairingState {
    /// Every state.
    pub const ALL: &[Self] =
        &[Self::Open, Self::Pending, Self::Approved, Self::Refused, Self::Burnt, Self::Expired];

    /// The stored and wire word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Burnt => "burnt",
            Self::Expired => "expired",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.as_str() == word)
    }

    /// Whether something may still become of it.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Open | Self::Pending)
    }
}

/// Reply to `POST /auth/v1/pairings`, by a signed-in device. The only time the code is told; a new
/// one of the same device takes the place of the one before.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PairingOffer {
    /// Names it from now on.
    pub pairing_id: PairingId,
    /// The code.
    pub code: PairingCode,
    /// Seconds until it ends.
    pub expires_in: u64,
}

/// `GET /auth/v1/pairings/{PairingId}` and the reply to `.../approve` and `.../refuse`, by the
/// device that made it: how it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairingRecord {
    /// Which.
    pub pairing_id: PairingId,
    /// How it stands.
    pub state: PairingState,
    /// Seconds until it ends; 0 when it has.
    pub expires_in: u64,
    /// The device that used the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<PendingDevice>,
}

/// A device that used a code, as it describes itself; only address and key are what the service
/// itself saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingDevice {
    /// Its name.
    pub name: String,
    /// Its operating system.
    pub os: String,
    /// Its program's version.
    pub app_version: String,
    /// The key that its request was signed by, base64url without padding.
    pub public_key: String,
    /// From which network address it came.
    pub address: String,
}

/// Body of `POST /auth/v1/pair`, signed by the key that the device brings (its key id is `new`).
#[derive(Clone, Serialize, Deserialize)]
pub struct PairRequest {
    /// The code.
    pub code: PairingCode,
    /// The device that wants in.
    pub device: DeviceDescription,
}

impl fmt::Debug for PairRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PairRequest").field("device", &self.device).finish_non_exhaustive()
    }
}

/// Reply to a code that was right: whose account the device will be in, to be shown before anything
/// is sent there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairReply {
    /// What to ask with: the key id of the signatures that wait.
    pub pairing_id: PairingId,
    /// The name of the account.
    pub account_name: String,
    /// The service.
    pub service_id: ServiceId,
    /// The service's name.
    pub service_name: String,
    /// Seconds until the request ends by itself.
    pub expires_in: u64,
}

/// `GET /auth/v1/pair/{PairingId}`, signed by the new key with the pairing id as key id: answers
/// when something changed, or after some seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairOutcome {
    /// How it stands.
    pub state: PairingState,
    /// Seconds until it ends; 0 when it has.
    pub expires_in: u64,
    /// The enrolment, once approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enrolled: Option<SignInReply>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_and_its_word_are_the_same() {
        for state in PairingState::ALL {
            assert_eq!(PairingState::parse(state.as_str()), Some(*state));
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
        assert_eq!(PairingState::parse("newer"), None);
    }
}
