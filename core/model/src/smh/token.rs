//! Access tokens (SMH section 3).

use serde::{Deserialize, Serialize};

use crate::{
    AccessToken, ClientId, GrantSet, LibraryId, LibrarySecret, SessionId, SpaceId, UserId,
};

/// What the token service asks for: `POST /api/v1/token` (SMH section 3.1). The SMH takes these as
/// query parameters or as a body; we send a body, so that the secret stays out of URLs.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TokenRequest {
    /// The library.
    pub library_id: LibraryId,
    /// Its secret.
    pub library_secret: LibrarySecret,
    /// One or more spaces, comma separated; empty for a token that manages spaces.
    #[serde(default)]
    pub space_id: String,
    /// The user the token acts for.
    #[serde(default = "empty_user")]
    pub user_id: UserId,
    /// The installation it is for.
    #[serde(default = "empty_client")]
    pub client_id: ClientId,
    /// The sign-in it belongs to.
    #[serde(default = "empty_session")]
    pub session_id: SessionId,
    /// Lifetime and sliding extension in seconds; `None` takes the service's 86400.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<u64>,
    /// What it may do; empty reads only.
    #[serde(default)]
    pub grant: GrantSet,
}

impl TokenRequest {
    /// A request that names the library only; fill in what is wanted.
    pub fn new(library_id: LibraryId, library_secret: LibrarySecret) -> Self {
        Self {
            library_id,
            library_secret,
            space_id: String::new(),
            user_id: empty_user(),
            client_id: empty_client(),
            session_id: empty_session(),
            period: None,
            grant: GrantSet::READ_ONLY,
        }
    }

    /// The spaces named, in order; `None` when one of them is no space id.
    pub fn spaces(&self) -> Option<Vec<SpaceId>> {
        self.space_id
            .split(',')
            .filter(|text| !text.is_empty())
            .map(|text| SpaceId::parse(text).ok())
            .collect()
    }
}

fn empty_user() -> UserId {
    UserId::parse("").expect("an empty user id is allowed")
}

fn empty_client() -> ClientId {
    ClientId::parse("").expect("an empty client id is allowed")
}

fn empty_session() -> SessionId {
    SessionId::parse("").expect("an empty session id is allowed")
}

/// The reply to create and renew (SMH sections 3.1, 3.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct TokenReply {
    /// The token.
    pub access_token: AccessToken,
    /// Seconds until it ends unless used before.
    pub expires_in: u64,
}
