//! Calls for people's accounts and for names. Owns no rule: the service says who may.

use albumen_model::{
    AccountId, LibraryId, SpaceId,
    auth::{
        AccountList, AccountRecord, AdoptForeignLibrary, ChangePassword, CreateAccount,
        LibraryAuthority, LibraryRemoval, LibraryView, PolicyReply, Rename, Role, RoleChange,
        SpacePolicy, SpaceView,
    },
};
use reqwest::Method;

use super::{TokenService, account_path, json_body};
use crate::{Error, http::keeps_secrets};

impl TokenService {
    /// Everybody's accounts; for administrators.
    ///
    /// # Errors
    /// See [`Self::service_info`]; true of every call here.
    pub async fn accounts(&self) -> Result<AccountList, Error> {
        self.get("/accounts", "listing accounts").await
    }

    /// Makes an account; for administrators.
    ///
    /// # Errors
    /// Code `AccountExists`; `ParamInvalid` for a password that is too weak.
    pub async fn create_account(&self, account: &CreateAccount) -> Result<AccountRecord, Error> {
        self.post("/accounts", account, "making an account").await
    }

    /// Changes what an account may do; for administrators. Its tokens are deleted.
    ///
    /// # Errors
    /// See [`Self::accounts`].
    pub async fn change_role(
        &self,
        account: &AccountId,
        role: Role,
    ) -> Result<AccountRecord, Error> {
        let doing = "changing a role";
        let body = json_body(&RoleChange { role }, doing)?;
        self.call(Method::PATCH, &account_path(account), &body, doing).await
    }

    /// Changes one's own password.
    ///
    /// # Errors
    /// Code `WrongCredentials` when the old one is wrong.
    pub async fn change_password(&self, change: &ChangePassword) -> Result<AccountRecord, Error> {
        self.post("/me/password", change, "changing the password").await
    }

    /// Takes a library in that is hosted elsewhere; for administrators. The one call that carries a
    /// library's secret, so it goes over TLS only, or stays on this computer.
    ///
    /// # Errors
    /// [`Error::Insecure`] before anything is sent; codes `WrongLibraryIdOrSecret`,
    /// `LibraryServiceUnreachable`, `LibraryServiceUntrusted`, `LibraryServiceInsecure`,
    /// `LibraryExists`.
    pub async fn adopt_library(&self, library: &AdoptForeignLibrary) -> Result<LibraryView, Error> {
        let doing = "adding a library";
        if !keeps_secrets(self.base_url()) {
            return Err(Error::Insecure { doing });
        }
        self.post("/libraries/adopt", library, doing).await
    }

    /// Says by which authority a library's service elsewhere is trusted from now on; for
    /// administrators. It is tried there first.
    ///
    /// # Errors
    /// Codes `LibraryServiceUntrusted`, `LibraryServiceUnreachable`, `ParamInvalid`.
    pub async fn set_library_authority(
        &self,
        library: &LibraryId,
        authority: &LibraryAuthority,
    ) -> Result<LibraryView, Error> {
        let doing = "changing whom to trust for a library";
        let body = json_body(authority, doing)?;
        self.call(Method::PUT, &format!("/libraries/{library}/authority"), &body, doing).await
    }

    /// Lets go of a library that is hosted elsewhere; for administrators.
    ///
    /// # Errors
    /// Code `NoPermission` for one that is hosted here.
    pub async fn remove_library(&self, library: &LibraryId) -> Result<LibraryRemoval, Error> {
        let path = format!("/libraries/{library}");
        self.call(Method::DELETE, &path, &[], "removing a library").await
    }

    /// The policy of a space; for administrators.
    ///
    /// # Errors
    /// See [`Self::accounts`].
    pub async fn policy(&self, library: &LibraryId, space: &SpaceId) -> Result<PolicyReply, Error> {
        self.get(&policy_path(library, space), "looking at a policy").await
    }

    /// Sets the policy of a space; for administrators. Tokens that had more are deleted.
    ///
    /// # Errors
    /// Code `ParamInvalid` for one that makes no sense, `AccountNotFound`.
    pub async fn set_policy(
        &self,
        library: &LibraryId,
        space: &SpaceId,
        policy: &SpacePolicy,
    ) -> Result<PolicyReply, Error> {
        let doing = "setting a policy";
        let body = json_body(policy, doing)?;
        self.call(Method::PUT, &policy_path(library, space), &body, doing).await
    }

    /// Renames a library; for administrators.
    ///
    /// # Errors
    /// See [`Self::accounts`].
    pub async fn rename_library(
        &self,
        library: &LibraryId,
        name: &str,
    ) -> Result<LibraryView, Error> {
        let doing = "renaming a library";
        let body = json_body(&Rename { name: name.to_owned() }, doing)?;
        self.call(Method::PATCH, &format!("/libraries/{library}"), &body, doing).await
    }

    /// Renames a space; for administrators.
    ///
    /// # Errors
    /// See [`Self::accounts`].
    pub async fn rename_space(
        &self,
        library: &LibraryId,
        space: &SpaceId,
        name: &str,
    ) -> Result<SpaceView, Error> {
        let doing = "renaming a space";
        let body = json_body(&Rename { name: name.to_owned() }, doing)?;
        self.call(Method::PATCH, &format!("/libraries/{library}/spaces/{space}"), &body, doing)
            .await
    }
}

fn policy_path(library: &LibraryId, space: &SpaceId) -> String {
    format!("/libraries/{library}/spaces/{space}/policy")
}
