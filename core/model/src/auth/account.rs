//! Signing in, which enrols a device.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{device::DeviceDescription, role::Role};
use crate::{AccountId, ClientId, DeviceId, Password, ServiceId};

/// Body of `POST /auth/v1/sign-in`, signed by the key that the device brings (see
/// [`super::SignedRequest`]; its key id is `new`).
#[derive(Clone, Serialize, Deserialize)]
pub struct SignInRequest {
    /// The name of the account.
    pub account: String,
    /// The password.
    pub password: String,
    /// A code of the account's second factor, or one of its recovery codes; absent where there is
    /// none, or where nobody asked for it yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_factor: Option<Password>,
    /// The device that is signing in.
    pub device: DeviceDescription,
}

impl fmt::Debug for SignInRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInRequest")
            .field("account", &self.account)
            .field("device", &self.device)
            .finish_non_exhaustive()
    }
}

/// Reply to a sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInReply {
    /// The enrolled device: the key id of later signatures.
    pub device_id: DeviceId,
    /// The client id its tokens carry.
    pub client_id: ClientId,
    /// The account.
    pub account: AccountRecord,
    /// The service.
    pub service_id: ServiceId,
    /// The service's name.
    pub service_name: String,
}

/// A person's account, as `GET /auth/v1/me` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRecord {
    /// Its id; also the user id of its tokens.
    pub account_id: AccountId,
    /// Its name.
    pub name: String,
    /// What it may do.
    pub role: Role,
}
