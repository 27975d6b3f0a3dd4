//! Calls that enrol a device: signing in, setting a service up, joining. Each is signed by the key
//! that the device brings along.

use albumen_model::{
    OneTimeCode, Password,
    auth::{DeviceDescription, JoinRequest, SetUpRequest, SignInReply, SignInRequest},
};
use reqwest::Method;
use serde::Serialize;

use super::{TokenService, json_body};
use crate::{DeviceKey, Error, reply, signing::Signer};

/// The key id of a request that brings a new key along.
pub(super) const ENROLLING: &str = "new";

/// What a device says of itself: a name, the operating system, the program's version.
pub(super) type About<'a> = (&'a str, &'a str, &'a str);

impl TokenService {
    /// Signs in with a password, which enrols the device that holds `key`. `device` is what lists
    /// show of it: its name, the operating system, the program's version.
    ///
    /// # Errors
    /// Code `WrongCredentials`, also for an account that does not exist; `SecondFactorRequired`
    /// where the account has one, see [`Self::sign_in_with`].
    pub async fn sign_in(
        &self,
        key: &DeviceKey,
        account: &str,
        password: &str,
        device: About<'_>,
    ) -> Result<SignInReply, Error> {
        self.sign_in_with(key, account, password, None, device).await
    }

    /// The same with a code of the account's second factor, or a recovery code.
    ///
    /// # Errors
    /// As [`Self::sign_in`]; `SecondFactorWrong`; `AccountDisabled`.
    pub async fn sign_in_with(
        &self,
        key: &DeviceKey,
        account: &str,
        password: &str,
        second_factor: Option<&str>,
        device: About<'_>,
    ) -> Result<SignInReply, Error> {
        let request = SignInRequest {
            account: account.to_owned(),
            password: password.to_owned(),
            second_factor: second_factor.map(Password::new),
            device: described(key, device),
        };
        self.enrol(key, "/sign-in", &request, "signing in").await
    }

    /// Sets a service up by its one-time code: makes the owner, or gives the owner a new password
    /// after a reset, and enrols the device that holds `key`. `account` names a new owner.
    ///
    /// # Errors
    /// Code `CodeInvalid` for a code that is wrong, was used or has ended; `ParamInvalid` for a
    /// name or password that is not good enough.
    pub async fn set_up(
        &self,
        key: &DeviceKey,
        code: &OneTimeCode,
        account: Option<&str>,
        password: &str,
        device: About<'_>,
    ) -> Result<SignInReply, Error> {
        let request = SetUpRequest {
            code: code.clone(),
            account: account.map(str::to_owned),
            password: Password::new(password),
            device: described(key, device),
        };
        self.enrol(key, "/set-up", &request, "setting the service up").await
    }

    /// Makes an account by an invitation, or without a code where registration is open, and enrols
    /// the device that holds `key`. `account` may be absent where the invitation has a name.
    ///
    /// # Errors
    /// As [`Self::set_up`]; `RegistrationClosed` without a code; `AccountExists`.
    pub async fn join(
        &self,
        key: &DeviceKey,
        code: Option<&OneTimeCode>,
        account: Option<&str>,
        password: &str,
        device: About<'_>,
    ) -> Result<SignInReply, Error> {
        let request = JoinRequest {
            code: code.cloned(),
            account: account.map(str::to_owned),
            password: Password::new(password),
            device: described(key, device),
        };
        self.enrol(key, "/join", &request, "joining").await
    }

    pub(super) async fn enrol(
        &self,
        key: &DeviceKey,
        path: &str,
        request: &impl Serialize,
        doing: &'static str,
    ) -> Result<SignInReply, Error> {
        let service = self.service_info().await?.service_id;
        let signer = Signer { key, key_id: ENROLLING, service: &service };
        let body = json_body(request, doing)?;
        let response = self.exchange(&signer, Method::POST, path, &body, doing).await?;
        let reply: SignInReply = reply::json(response, doing).await?;
        if reply.service_id != service {
            return Err(Error::protocol(doing, "the service changed its id"));
        }
        Ok(reply)
    }
}

pub(super) fn described(key: &DeviceKey, (name, os, app_version): About<'_>) -> DeviceDescription {
    DeviceDescription {
        name: name.to_owned(),
        os: os.to_owned(),
        app_version: app_version.to_owned(),
        public_key: key.public().to_string(),
    }
}
