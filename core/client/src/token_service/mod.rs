//! The token service as a device sees it. Owns signing with nonces and the list of calls; decides
//! nothing about when to ask.

mod administration;
mod enrolling;
mod event_stream;
mod events;
mod people;
mod second_factor;

use std::fmt;

use albumen_model::{
    AccountId, DeviceId, ErrorCode, LibraryId, ServiceId,
    auth::{
        AccountRecord, CreateLibrary, CreateSpace, DeviceList, DeviceTokenReply,
        DeviceTokenRequest, LibrariesReply, LibraryView, RevocationReceipt, ServiceInfo, SpaceView,
    },
};
use reqwest::{Method, Response, Url, header::CONTENT_TYPE};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    DeviceKey, Error, HttpClient,
    error::Origin,
    http::{parse_base, send},
    nonce::NoncePool,
    reply,
    signing::Signer,
};

/// What a device needs to sign: its key and the ids that sign-in gave.
#[derive(Clone, Debug)]
pub struct Enrolment {
    /// The key whose public half the service keeps.
    pub key: DeviceKey,
    /// The id the service gave.
    pub device_id: DeviceId,
    /// The service itself; a request is good at this one only.
    pub service_id: ServiceId,
}

/// One token service.
pub struct TokenService {
    http: HttpClient,
    base: String,
    enrolment: Option<Enrolment>,
    nonces: NoncePool,
}

impl fmt::Debug for TokenService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let device = self.enrolment.as_ref().map(|e| &e.device_id);
        f.debug_struct("TokenService").field("base", &self.base).field("device", &device).finish()
    }
}

impl TokenService {
    /// A service at which this device is not enrolled: it can be looked at and signed in to.
    ///
    /// # Errors
    /// [`Error::Protocol`] when `base_url` is no plain http or https URL.
    pub fn new(http: HttpClient, base_url: &str) -> Result<Self, Error> {
        let base = parse_base(base_url)?;
        Ok(Self { http, base, enrolment: None, nonces: NoncePool::default() })
    }

    /// A service that knows this device.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn enrolled(http: HttpClient, base_url: &str, enrolment: Enrolment) -> Result<Self, Error> {
        Ok(Self { enrolment: Some(enrolment), ..Self::new(http, base_url)? })
    }

    /// The base URL, without a slash at its end.
    pub fn base_url(&self) -> &str {
        &self.base
    }

    /// What the service is: unsigned, for an onboarding screen.
    ///
    /// # Errors
    /// See [`crate::ErrorKind`]; true of every call below.
    pub async fn service_info(&self) -> Result<ServiceInfo, Error> {
        let doing = "asking the token service for its name";
        let request = self.http.control(Method::GET, self.url("/service")?);
        let response = send(request, doing).await?;
        self.nonces.keep(response.headers());
        reply::json(reply::accepted(response, Origin::Service).await?, doing).await
    }

    /// The account this device belongs to.
    ///
    /// # Errors
    /// See [`Self::service_info`].
    pub async fn me(&self) -> Result<AccountRecord, Error> {
        self.get("/me", "asking for the account").await
    }

    /// The libraries and spaces the account may see.
    ///
    /// # Errors
    /// See [`Self::service_info`].
    pub async fn libraries(&self) -> Result<LibrariesReply, Error> {
        self.get("/libraries", "listing libraries").await
    }

    /// Creates a library; for administrators.
    ///
    /// # Errors
    /// See [`Self::service_info`].
    pub async fn create_library(&self, library: &CreateLibrary) -> Result<LibraryView, Error> {
        self.post("/libraries", library, "creating a library").await
    }

    /// Creates a space in a library; for administrators.
    ///
    /// # Errors
    /// See [`Self::service_info`].
    pub async fn create_space(
        &self,
        library: &LibraryId,
        space: &CreateSpace,
    ) -> Result<SpaceView, Error> {
        self.post(&format!("/libraries/{library}/spaces"), space, "creating a space").await
    }

    /// Asks for an access token.
    ///
    /// # Errors
    /// Kind `Revoked` once the device is.
    pub async fn token(&self, request: &DeviceTokenRequest) -> Result<DeviceTokenReply, Error> {
        self.post("/token", request, "asking for an access token").await
    }

    /// The account's devices; everybody's for administrators.
    ///
    /// # Errors
    /// See [`Self::service_info`].
    pub async fn devices(&self) -> Result<DeviceList, Error> {
        self.get("/devices", "listing devices").await
    }

    /// Revokes a device. The receipt may still be open: ask [`Self::receipt`] later.
    ///
    /// # Errors
    /// See [`Self::service_info`].
    pub async fn revoke(&self, device: &DeviceId) -> Result<RevocationReceipt, Error> {
        let path = format!("/devices/{device}/revoke");
        self.call(Method::POST, &path, &[], "revoking a device").await
    }

    /// How far the revocation of a device is.
    ///
    /// # Errors
    /// `NotFound` when it was never asked for.
    pub async fn receipt(&self, device: &DeviceId) -> Result<RevocationReceipt, Error> {
        self.get(&format!("/devices/{device}/receipt"), "asking for a receipt").await
    }

    /// Signs this device out: revokes it.
    ///
    /// # Errors
    /// See [`Self::service_info`].
    pub async fn sign_out(&self) -> Result<RevocationReceipt, Error> {
        let device = &self.enrolment.as_ref().ok_or(Error::NotEnrolled)?.device_id;
        self.revoke(device).await
    }

    async fn get<T: DeserializeOwned>(&self, path: &str, doing: &'static str) -> Result<T, Error> {
        self.call(Method::GET, path, &[], doing).await
    }

    async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
        doing: &'static str,
    ) -> Result<T, Error> {
        self.call(Method::POST, path, &json_body(body, doing)?, doing).await
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &[u8],
        doing: &'static str,
    ) -> Result<T, Error> {
        let signer = self.signer()?;
        reply::json(self.exchange(&signer, method, path, body, doing).await?, doing).await
    }

    fn signer(&self) -> Result<Signer<'_>, Error> {
        let enrolment = self.enrolment.as_ref().ok_or(Error::NotEnrolled)?;
        Ok(Signer {
            key: &enrolment.key,
            key_id: enrolment.device_id.as_str(),
            service: &enrolment.service_id,
        })
    }

    /// Sends one signed request; once more when the service finds its nonce too old.
    async fn exchange(
        &self,
        signer: &Signer<'_>,
        method: Method,
        path: &str,
        body: &[u8],
        doing: &'static str,
    ) -> Result<Response, Error> {
        let url = self.url(path)?;
        let mut second = false;
        loop {
            let nonce = self.nonce().await?;
            let mut request = self.http.control(method.clone(), url.clone());
            request = signer.sign(request, &method, &url, body, &nonce);
            if !body.is_empty() {
                request = request.header(CONTENT_TYPE, "application/json").body(body.to_vec());
            }
            let response = send(request, doing).await?;
            self.nonces.keep(response.headers());
            match reply::accepted(response, Origin::Service).await {
                Err(e) if e.code() == Some(ErrorCode::StaleNonce) && !second => second = true,
                outcome => return outcome,
            }
        }
    }

    /// A nonce: one we hold, or one that comes with a fresh answer.
    async fn nonce(&self) -> Result<String, Error> {
        if let Some(nonce) = self.nonces.take() {
            return Ok(nonce);
        }
        self.service_info().await?;
        let none = || Error::protocol("asking the token service for a nonce", "it gave none");
        self.nonces.take().ok_or_else(none)
    }

    fn url(&self, path: &str) -> Result<Url, Error> {
        Url::parse(&format!("{}/auth/v1{path}", self.base))
            .map_err(|_| Error::protocol("making a URL", "the base URL does not fit"))
    }
}

fn json_body(body: &impl Serialize, doing: &'static str) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(body).map_err(|_| Error::protocol(doing, "the request is no JSON"))
}

/// The path of one account.
fn account_path(account: &AccountId) -> String {
    format!("/accounts/{account}")
}
