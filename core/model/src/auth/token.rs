//! Asking the token service for an access token.

use serde::{Deserialize, Serialize};

use super::{openid::OpenIdOffer, version::ApiRange};
use crate::{
    AccessToken, ClientId, Fingerprint, GrantSet, LibraryId, ServiceId, SpaceId, Timestamp, UserId,
};

/// What the token is for; the service gives the least grants that do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenPurpose {
    /// Look.
    Browse,
    /// Add-only backup of a folder.
    Backup,
    /// Delete into the bin and restore.
    Organise,
    /// A mapping that follows the cloud and changes it: upload, move, delete into the bin, restore.
    Sync,
    /// Manage a space.
    Manage,
}

impl TokenPurpose {
    /// Every purpose.
    pub const ALL: &[Self] =
        &[Self::Browse, Self::Backup, Self::Organise, Self::Sync, Self::Manage];

    /// The stored and wire word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Browse => "browse",
            Self::Backup => "backup",
            Self::Organise => "organise",
            Self::Sync => "sync",
            Self::Manage => "manage",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|purpose| purpose.as_str() == word)
    }
}

/// Body of `POST /auth/v1/token`, signed by the device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceTokenRequest {
    /// The library.
    pub library_id: LibraryId,
    /// The space.
    pub space_id: SpaceId,
    /// What for.
    pub purpose: TokenPurpose,
}

/// All that a client needs to go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceTokenReply {
    /// The token.
    pub access_token: AccessToken,
    /// Seconds until it ends unless used before.
    pub expires_in: u64,
    /// When the token service deletes it however often it is used: at most 12 h after it was made.
    pub hard_limit_in: u64,
    /// Base URL of the library service, without a slash at the end.
    pub hosting_url: String,
    /// `http` or `https`, for the domain in upload parameters.
    pub data_scheme: String,
    /// The certificate authority to trust for these addresses; absent where the system's own do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_fingerprint: Option<Fingerprint>,
    /// That authority's certificate (Base64 of its DER form), where the library is hosted elsewhere
    /// and has one of its own: the device trusts it for this library alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    /// Who the token acts for.
    pub user_id: UserId,
    /// The device it was given to.
    pub client_id: ClientId,
    /// What it may do.
    pub grants: GrantSet,
}

/// `GET /auth/v1/service`, unsigned: what an onboarding screen shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceInfo {
    /// Part of every request signature.
    pub service_id: ServiceId,
    /// The name its owner gave it.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its clock, for people to compare; no rule depends on it.
    pub time: Timestamp,
    /// Versions of this API that it speaks.
    #[serde(default)]
    pub api: ApiRange,
    /// The provider that people may sign in by; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub openid: Option<OpenIdOffer>,
}
