//! Signing in by a server's provider, and the identity that is bound to an account.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::AppState;

/// The provider's page for one sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OpenIdPage {
    /// Its address, for a person whose browser did not open.
    pub url: String,
    /// Whether a browser was started with it.
    pub opened: bool,
    /// Seconds until it is over.
    pub seconds_left: u64,
}

/// How it stands while the browser is away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OpenIdStep {
    /// Whether it came back and all is done.
    pub done: bool,
    /// Seconds until it is over.
    pub seconds_left: u64,
    /// The state as a whole, once it is done.
    pub app: Option<AppState>,
}

/// An identity at a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct IdentityView {
    /// The provider's address.
    pub issuer: String,
    /// Its id for the person.
    pub subject: String,
    /// When it was bound to the account.
    pub bound_at: String,
}

/// The ways into one's account beside the devices that are signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct WaysIn {
    /// The identity that is bound to it.
    pub identity: Option<IdentityView>,
    /// Whether somebody comes in by that identity: not where the server has gone over to another
    /// provider, or to none.
    pub identity_opens: bool,
    /// The name of the server's identity provider, if it has one.
    pub provider: Option<String>,
    /// Whether the account has a password.
    pub has_password: bool,
}
