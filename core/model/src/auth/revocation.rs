//! Taking access away: of one device or of many, in one of three ways, with a receipt for each; and
//! giving a library another secret.

use serde::{Deserialize, Serialize};

use crate::{DeviceId, LibraryId, Timestamp};

/// What a revocation means beyond the end of all access, which every kind is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevocationKind {
    /// The person may sign in again on that device at once.
    #[default]
    SignOut,
    /// No new device of the account is enrolled by its password until somebody who manages allows
    /// it.
    Block,
    /// The device is asked to put its local copies away: files that it knows to be in the library.
    RemoveCopies,
}

impl RevocationKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::SignOut, Self::Block, Self::RemoveCopies];

    /// The stored and wire word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignOut => "sign_out",
            Self::Block => "block",
            Self::RemoveCopies => "remove_copies",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// Body of `POST /auth/v1/devices/{id}/revoke`, `/auth/v1/devices/revoke-others` and
/// `/auth/v1/accounts/{id}/revoke-devices`; an empty body signs out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokeRequest {
    /// In which way.
    #[serde(default)]
    pub kind: RevocationKind,
}

/// What a device did with its local copies when it was asked to put them away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopiesRemoved {
    /// Files moved into the folder's trash.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Files that stayed: not uploaded, changed since, or refused by the disk.
    pub kept: u64,
}

/// Reply to `POST /auth/v1/devices/{id}/revoke` and `GET /auth/v1/devices/{id}/receipt`: how far a
/// revocation is. Durable from `requested_at` on: no token is minted for the device any more,
/// whatever fails later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevocationReceipt {
    /// The device.
    pub device_id: DeviceId,
    /// In which way.
    #[serde(default)]
    pub kind: RevocationKind,
    /// When the revocation was written down.
    pub requested_at: Timestamp,
    /// When its tokens were deleted and its uploads fenced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub executed_at: Option<Timestamp>,
    /// When the library service had said so for every library.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_at: Option<Timestamp>,
    /// Tokens deleted, where the library service tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens_deleted: Option<u64>,
    /// Upload sessions fenced, where it tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uploads_fenced: Option<u64>,
    /// Until when bytes may still arrive at a foreign store; they can never be confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writable_until: Option<Timestamp>,
    /// What the device said it did with its local copies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copies: Option<CopiesRemoved>,
}

/// Reply to a revocation of several devices, in the order of the device list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevocationReceipts {
    /// One for each device that this request revoked.
    pub receipts: Vec<RevocationReceipt>,
}

/// `GET /auth/v1/devices/self/revocation`, the one question that a revoked device may still ask;
/// absent for a device that is not revoked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnRevocation {
    /// What happened.
    #[serde(default)]
    pub revocation: Option<RevocationNotice>,
}

/// What a revoked device is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevocationNotice {
    /// In which way.
    pub kind: RevocationKind,
    /// When, by the service's clock.
    pub requested_at: Timestamp,
}

/// Reply to `POST /auth/v1/libraries/{id}/rotate-secret` and `GET .../rotation`: how far a library
/// is on its way to another secret. The secret itself is told to nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RotationReceipt {
    /// The library.
    pub library_id: LibraryId,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// When the new secret was sealed here; from then on the old one opens nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub executed_at: Option<Timestamp>,
    /// When every token given out before was deleted; devices ask for new ones by themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_at: Option<Timestamp>,
    /// Tokens deleted.
    pub tokens_deleted: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_kinds_are_the_same_and_silence_signs_out() {
        for kind in RevocationKind::ALL {
            assert_eq!(RevocationKind::parse(kind.as_str()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        assert_eq!(RevocationKind::parse("erase"), None);
        let silent: RevokeRequest = serde_json::from_str("{}").unwrap();
        assert_eq!(silent.kind, RevocationKind::SignOut);
    }
}
