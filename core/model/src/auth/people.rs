//! How people come and go: setting a service up, invitations, joining, disabling, removing.

use serde::{Deserialize, Serialize};

use super::{account::AccountRecord, device::DeviceDescription, openid::BoundIdentity, role::Role};
use crate::{AccountId, InvitationId, OneTimeCode, Password, Timestamp};

/// Body of `POST /auth/v1/set-up`, signed by the key that the device brings, as a sign-in is. The
/// code comes from whoever can read the service's files. Where there is no owner it makes one;
/// after an owner reset it gives the owner a new password. The reply is a [`super::SignInReply`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SetUpRequest {
    /// The one-time code.
    pub code: OneTimeCode,
    /// What the owner is to be called, 1 to 80 characters; not looked at where there is an owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The owner's password from now on.
    pub password: Password,
    /// The device that is enrolled.
    pub device: DeviceDescription,
}

/// Body of `POST /auth/v1/join`, signed as a sign-in is. The reply is a [`super::SignInReply`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct JoinRequest {
    /// The code of an invitation; absent where registration is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<OneTimeCode>,
    /// What the account is to be called, 1 to 80 characters. May be absent when the invitation says
    /// so itself, and must not differ from that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The password of the person's own choosing.
    pub password: Password,
    /// The device that is enrolled.
    pub device: DeviceDescription,
}

/// Body of `POST /auth/v1/invitations`, for administrators; the reply is an [`Invited`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invite {
    /// What the person may do: no more than who invites, and never the owner.
    pub role: Role,
    /// What the account will be called; absent: the person chooses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How long the invitation holds, in seconds, 1 minute to 90 days; absent: 7 days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u64>,
}

/// An invitation, as `GET /auth/v1/invitations` lists it. The code is not in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Its id.
    pub invitation_id: InvitationId,
    /// What the account will be called; absent: the person chooses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What the person may do.
    pub role: Role,
    /// Who made it.
    pub made_by: AccountId,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

/// `GET /auth/v1/invitations`, for administrators.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationList {
    /// Those that still admit somebody, oldest first.
    pub invitations: Vec<Invitation>,
}

/// Reply to [`Invite`]: the only time that the code is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invited {
    /// The invitation.
    pub invitation: Invitation,
    /// Its code.
    pub code: OneTimeCode,
}

/// A person as administrators see them: `GET /auth/v1/accounts`, and the reply to disabling,
/// enabling and removing (`POST /auth/v1/accounts/{AccountId}/disable` and so on).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The account.
    #[serde(flatten)]
    pub account: AccountRecord,
    /// Whether it may be used.
    pub state: AccountState,
    /// When it was made.
    pub created_at: Timestamp,
    /// Whether signing in needs a second factor.
    pub second_factor: bool,
    /// The identity at a provider that the account may be signed in to by; absent without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<BoundIdentity>,
}

/// Whether an account may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountState {
    /// It may.
    Active,
    /// Not until somebody who manages enables it again; its devices are refused meanwhile.
    Disabled,
    /// Never again; only its id and its name are left.
    Removed,
}

/// `GET` and `PUT /auth/v1/registration`, for administrators: whether people may make accounts
/// without an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// The role of such accounts, a viewer's or a member's; absent: nobody may, which is how every
    /// service begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_as: Option<Role>,
}
