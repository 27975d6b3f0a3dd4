//! Calls for signing in by an OpenID Connect provider, and for the identity that is bound to an
//! account. Opens no browser and listens nowhere: that is its caller's.

use albumen_model::{
    AuthorizationCode, FlowState, OneTimeCode, Password,
    auth::{
        FirstPassword, FirstPasswordBegin, IdentityBegin, IdentityBind, IdentityState,
        IdentityUnbind, OpenIdBegin, OpenIdBegun, OpenIdFinish, SignInReply,
    },
};
use reqwest::Method;

use super::{
    TokenService,
    enrolling::{About, ENROLLING, described},
    json_body,
};
use crate::{DeviceKey, Error, reply, signing::Signer};

/// What a browser brought back.
#[derive(Clone, Debug)]
pub struct BroughtBack {
    /// By what it is known that it is ours.
    pub state: FlowState,
    /// The provider's code.
    pub code: AuthorizationCode,
}

/// What a person without an account comes by.
#[derive(Clone, Debug, Default)]
pub struct Newcomer<'a> {
    /// The code of an invitation; absent where registration is open.
    pub invitation: Option<&'a OneTimeCode>,
    /// What the account is to be called.
    pub account: Option<&'a str>,
}

impl TokenService {
    /// Begins a sign-in by the service's provider, for the device that holds `key`. The browser
    /// will come back to `port` of 127.0.0.1.
    ///
    /// # Errors
    /// Code `OpenIdNotOffered`; `IdentityProviderUnreachable`.
    pub async fn begin_openid(&self, key: &DeviceKey, port: u16) -> Result<OpenIdBegun, Error> {
        let doing = "beginning a sign-in by the identity provider";
        let service = self.service_info().await?.service_id;
        let signer = Signer { key, key_id: ENROLLING, service: &service };
        let body = json_body(&OpenIdBegin { public_key: key.public().to_string(), port }, doing)?;
        let path = "/openid/begin";
        reply::json(self.exchange(&signer, Method::POST, path, &body, doing).await?, doing).await
    }

    /// Ends it: enrols the device as a sign-in by password does.
    ///
    /// # Errors
    /// Code `IdentityUnknown` for somebody without an account; `IdentityRefused` when the provider
    /// vouches for nobody; `IdentityFlowOver`; `IdentityProviderUnreachable`; `AccountDisabled`;
    /// for newcomers as [`Self::join`].
    pub async fn finish_openid(
        &self,
        key: &DeviceKey,
        brought: BroughtBack,
        newcomer: Newcomer<'_>,
        device: About<'_>,
    ) -> Result<SignInReply, Error> {
        let request = OpenIdFinish {
            state: brought.state,
            code: brought.code,
            invitation: newcomer.invitation.cloned(),
            account: newcomer.account.map(str::to_owned),
            device: described(key, device),
        };
        self.enrol(key, "/openid/finish", &request, "signing in by the identity provider").await
    }

    /// The identity that the account may be signed in to by.
    ///
    /// # Errors
    /// See [`Self::service_info`].
    pub async fn identity(&self) -> Result<IdentityState, Error> {
        self.get("/me/identity", "asking for the account's identity").await
    }

    /// Begins to bind an identity to the account.
    ///
    /// # Errors
    /// As [`Self::begin_openid`]; code `WrongCredentials`; `IdentityBound`.
    pub async fn begin_identity(&self, password: &str, port: u16) -> Result<OpenIdBegun, Error> {
        let request = IdentityBegin { password: Password::new(password), port };
        self.post("/me/identity/begin", &request, "beginning to bind an identity").await
    }

    /// Binds it.
    ///
    /// # Errors
    /// As [`Self::finish_openid`]; code `IdentityBound` also for one that is another account's.
    pub async fn bind_identity(&self, brought: BroughtBack) -> Result<IdentityState, Error> {
        let request = IdentityBind { state: brought.state, code: brought.code };
        self.post("/me/identity", &request, "binding an identity").await
    }

    /// Takes the identity from the account.
    ///
    /// # Errors
    /// Code `WrongCredentials`; `LastWayIn` where the account has no password; `IdentityNotBound`.
    pub async fn unbind_identity(&self, password: &str) -> Result<IdentityState, Error> {
        let request = IdentityUnbind { password: Password::new(password) };
        self.post("/me/identity/unbind", &request, "unbinding an identity").await
    }

    /// Begins to give the account its first password: its person has to sign in at the provider
    /// anew.
    ///
    /// # Errors
    /// As [`Self::begin_openid`]; code `PasswordSet` for an account that has one;
    /// `IdentityNotBound`; `ParamInvalid` for a password that is not good enough.
    pub async fn begin_first_password(&self, new: &str, port: u16) -> Result<OpenIdBegun, Error> {
        let request = FirstPasswordBegin { new: Password::new(new), port };
        self.post("/me/password/begin", &request, "beginning to set a first password").await
    }

    /// Sets it.
    ///
    /// # Errors
    /// As [`Self::begin_first_password`] and [`Self::finish_openid`]; code `IdentityOther` when
    /// somebody else signed in there; `IdentityNotFresh` when nobody did so anew.
    pub async fn set_first_password(
        &self,
        brought: BroughtBack,
        new: &str,
    ) -> Result<IdentityState, Error> {
        let BroughtBack { state, code } = brought;
        let request = FirstPassword { state, code, new: Password::new(new) };
        self.post("/me/password/first", &request, "setting a first password").await
    }
}
