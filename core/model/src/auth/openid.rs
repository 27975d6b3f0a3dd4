//! Signing in by an OpenID Connect provider. The token service is the relying party: it keeps the
//! client secret, the PKCE verifier and the nonce, and checks the ID token. A device only carries a
//! person's browser to the provider and brings back what the provider sent to this computer.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::device::DeviceDescription;
use crate::{AuthorizationCode, FlowState, OneTimeCode, Password, Timestamp};

/// The path at which a device waits for the browser: `http://127.0.0.1:{port}/callback`.
pub const CALLBACK_PATH: &str = "/callback";

/// What a service tells of its provider, in [`super::ServiceInfo`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenIdOffer {
    /// The provider's name for people, 1 to 80 characters.
    pub name: String,
}

/// Body of `POST /auth/v1/openid/begin`, signed by the key that the device brings, as a sign-in is.
/// The reply is an [`OpenIdBegun`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OpenIdBegin {
    /// The key: what is begun can be finished by it alone.
    pub public_key: String,
    /// The port of 127.0.0.1 at which the device waits for the browser.
    pub port: u16,
}

/// Body of `POST /auth/v1/me/identity/begin`, of an enrolled device.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IdentityBegin {
    /// The person's password: an unlocked device alone binds nothing.
    pub password: Password,
    /// As in [`OpenIdBegin`].
    pub port: u16,
}

/// Where the browser goes.
#[derive(Clone, Serialize, Deserialize)]
pub struct OpenIdBegun {
    /// The provider's page, with all that it has to be told. Good for one sign-in.
    pub url: String,
    /// What the provider sends back with the code; anything else that arrives is not ours.
    pub state: FlowState,
    /// Seconds until it is over.
    pub expires_in: u64,
}

impl fmt::Debug for OpenIdBegun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenIdBegun").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

/// Body of `POST /auth/v1/openid/finish`, signed by the key that began. The reply is a
/// [`super::SignInReply`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OpenIdFinish {
    /// What came back.
    pub state: FlowState,
    /// The provider's code.
    pub code: AuthorizationCode,
    /// The code of an invitation that is taken up by this identity, in the place of a password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation: Option<OneTimeCode>,
    /// What a new account is to be called; absent: what the invitation or the provider says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The device that is enrolled.
    pub device: DeviceDescription,
}

/// Body of `POST /auth/v1/me/identity`, of the device that began; the reply is an
/// [`IdentityState`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IdentityBind {
    /// What came back.
    pub state: FlowState,
    /// The provider's code.
    pub code: AuthorizationCode,
}

/// Body of `POST /auth/v1/me/identity/unbind`; the reply is an [`IdentityState`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IdentityUnbind {
    /// The person's password, which is then the way in that is left.
    pub password: Password,
}

/// Body of `POST /auth/v1/me/password/begin`, of an enrolled device whose account has an identity
/// and no password. The reply is an [`OpenIdBegun`], good for a first password and nothing else.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FirstPasswordBegin {
    /// The password: looked at, so that nobody goes to the browser for one that is refused
    /// afterwards, and not kept.
    pub new: Password,
    /// As in [`OpenIdBegin`].
    pub port: u16,
}

/// Body of `POST /auth/v1/me/password/first`, of the device that began; the reply is an
/// [`IdentityState`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FirstPassword {
    /// What came back.
    pub state: FlowState,
    /// The provider's code.
    pub code: AuthorizationCode,
    /// The password.
    pub new: Password,
}

/// `GET /auth/v1/me/identity`: how a person comes in beside what they have now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityState {
    /// The account's identity at a provider; absent where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<BoundIdentity>,
    /// The service's provider; absent where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<KnownProvider>,
    /// Whether the account has a password.
    pub has_password: bool,
}

/// The provider of a service, as its people are told of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownProvider {
    /// Who it is; an identity of another issuer opens nothing here any more.
    pub issuer: String,
    /// Its name for people.
    pub name: String,
}

/// An identity at a provider that is bound to an account: nothing else of it counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoundIdentity {
    /// The provider.
    pub issuer: String,
    /// Whom the provider means, by an id that it never gives to another.
    pub subject: String,
    /// Since when.
    pub bound_at: Timestamp,
}
