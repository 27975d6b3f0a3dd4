//! A second factor beside the password: codes by time (RFC 6238) and recovery codes.

use serde::{Deserialize, Serialize};

use crate::{OneTimeCode, OtpauthUri, Password};

/// Body of `POST /auth/v1/me/second-factor`: makes a secret, which counts for nothing until it is
/// confirmed. The reply is a [`SecondFactorBegun`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SecondFactorBegin {
    /// The account's password: an unlocked device alone must not be enough.
    pub password: Password,
}

/// Reply to [`SecondFactorBegin`]: the only time that the secret is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondFactorBegun {
    /// For an authenticator, mostly as a QR code.
    pub uri: OtpauthUri,
}

/// Body of `POST /auth/v1/me/second-factor/confirm`; the reply is a [`SecondFactorOn`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SecondFactorConfirm {
    /// What the authenticator shows.
    pub code: Password,
}

/// Reply to [`SecondFactorConfirm`]: from now on signing in needs a code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondFactorOn {
    /// Codes for the day the authenticator is lost, each good once; told this once.
    pub recovery_codes: Vec<OneTimeCode>,
}

/// Body of `POST /auth/v1/me/second-factor/off`; the reply is a [`SecondFactorState`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SecondFactorEnd {
    /// The account's password.
    pub password: Password,
    /// What the authenticator shows, or a recovery code.
    pub code: Password,
}

/// `GET /auth/v1/me/second-factor`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondFactorState {
    /// Whether signing in needs a code.
    pub on: bool,
    /// Recovery codes that were not used yet.
    pub recovery_codes_left: u32,
}
