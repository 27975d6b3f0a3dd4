//! Calls for people's accounts and for names. Owns no rule: the service says who may.

use albumen_model::{
    AccountId, LibraryId, SpaceId,
    auth::{
        AccountList, AccountRecord, ChangePassword, CreateAccount, LibraryView, Rename, Role,
        RoleChange, SpaceView,
    },
};
use reqwest::Method;

use super::{TokenService, account_path, json_body};
use crate::Error;

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
