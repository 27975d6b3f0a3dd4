//! Calls for people: inviting, disabling, enabling, removing. Owns no rule: the service says who
//! may.

use albumen_model::{
    AccountId, InvitationId,
    auth::{InvitationList, Invite, Invited, Person, Registration, Role},
};
use reqwest::Method;

use super::{TokenService, account_path, json_body};
use crate::Error;

impl TokenService {
    /// Invites a person; for administrators. The code in the answer is told this once.
    ///
    /// # Errors
    /// Code `NoPermission` for a role above one's own; `ParamInvalid`; `AccountExists`.
    pub async fn invite(&self, invite: &Invite) -> Result<Invited, Error> {
        self.post("/invitations", invite, "inviting somebody").await
    }

    /// Invitations that still admit somebody; for administrators.
    ///
    /// # Errors
    /// See [`Self::accounts`]; true of every call below.
    pub async fn invitations(&self) -> Result<InvitationList, Error> {
        self.get("/invitations", "listing invitations").await
    }

    /// Withdraws an invitation; for administrators. Answers with those that are left.
    ///
    /// # Errors
    /// Code `InvitationNotFound` for one that was used, withdrawn or has ended.
    pub async fn withdraw(&self, invitation: &InvitationId) -> Result<InvitationList, Error> {
        let path = format!("/invitations/{invitation}/withdraw");
        self.call(Method::POST, &path, &[], "withdrawing an invitation").await
    }

    /// Disables an account until it is enabled again; for administrators.
    ///
    /// # Errors
    /// Code `NoPermission` for the owner and for oneself; `AccountNotFound`.
    pub async fn disable(&self, account: &AccountId) -> Result<Person, Error> {
        self.change_person(account, "disable", "disabling an account").await
    }

    /// Enables an account that was disabled; for administrators.
    ///
    /// # Errors
    /// As [`Self::disable`].
    pub async fn enable(&self, account: &AccountId) -> Result<Person, Error> {
        self.change_person(account, "enable", "enabling an account").await
    }

    /// Removes an account for good and revokes its devices; for administrators.
    ///
    /// # Errors
    /// As [`Self::disable`].
    pub async fn remove(&self, account: &AccountId) -> Result<Person, Error> {
        self.change_person(account, "remove", "removing an account").await
    }

    /// Takes somebody's second factor; for administrators.
    ///
    /// # Errors
    /// As [`Self::disable`]; `SecondFactorOff` where there is none.
    pub async fn reset_second_factor(&self, account: &AccountId) -> Result<Person, Error> {
        self.change_person(account, "second-factor/reset", "resetting a second factor").await
    }

    /// Whether people may make accounts without an invitation; for administrators.
    ///
    /// # Errors
    /// See [`Self::invitations`].
    pub async fn registration(&self) -> Result<Registration, Error> {
        self.get("/registration", "asking who may join").await
    }

    /// Lets anybody make an account of that role, or nobody; for administrators.
    ///
    /// # Errors
    /// Code `ParamInvalid` for a role above a member's.
    pub async fn set_registration(&self, open_as: Option<Role>) -> Result<Registration, Error> {
        let doing = "saying who may join";
        let body = json_body(&Registration { open_as }, doing)?;
        self.call(Method::PUT, "/registration", &body, doing).await
    }

    async fn change_person(
        &self,
        account: &AccountId,
        how: &str,
        doing: &'static str,
    ) -> Result<Person, Error> {
        let path = format!("{}/{how}", account_path(account));
        self.call(Method::POST, &path, &[], doing).await
    }
}
