//! People and invitations, as those who manage see them; one's own second factor.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{IdentityView, Role};

/// Whether an account may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum PersonState {
    /// It may.
    Active,
    /// Not until it is enabled again.
    Disabled,
    /// Never again.
    Removed,
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PersonView {
    /// The account.
    pub account_id: String,
    /// Its name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Whether it may be used.
    pub state: PersonState,
    /// When it was made.
    pub created_at: String,
    /// Whether signing in needs a second factor.
    pub second_factor: bool,
    /// The identity at a provider that the account may be signed in to by.
    pub identity: Option<IdentityView>,
}

/// What is done to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PersonChange {
    /// Refuse the account and its devices until it is enabled again.
    Disable,
    /// Let them in again.
    Enable,
    /// End the account for good and revoke its devices.
    Remove,
    /// Take the second factor: the authenticator is lost.
    ResetSecondFactor,
}

/// An invitation that still admits somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct InvitationView {
    /// Its id.
    pub id: String,
    /// What the account will be called; absent: the person chooses.
    pub name: Option<String>,
    /// What the person may do.
    pub role: Role,
    /// When it ends by itself.
    pub expires_at: String,
}

/// An invitation that was just made. Its code is told this once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct InvitedView {
    /// The invitation.
    pub invitation: InvitationView,
    /// Its code.
    pub code: String,
    /// Where to use it: the address of the server.
    pub url: String,
}

/// Whether people may make accounts without an invitation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RegistrationView {
    /// The role of such accounts; absent: nobody may.
    pub open_as: Option<Role>,
}

/// One's own second factor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SecondFactorView {
    /// Whether signing in needs a code.
    pub on: bool,
    /// Recovery codes that were not used yet.
    pub recovery_codes_left: u32,
}

/// The secret of a second factor that was just begun, told this once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SecondFactorSecret {
    /// For an authenticator: an `otpauth:` URI.
    pub uri: String,
}

/// Recovery codes, told this once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RecoveryCodes {
    /// Each is good once.
    pub codes: Vec<String>,
}
