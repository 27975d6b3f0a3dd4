//! The token service as a device sees it. Owns signing with nonces and the list of calls; decides
//! nothing about when to ask.

mod administration;
mod audit;
mod enrolling;
pub(crate) mod event_stream;
mod events;
mod openid;
mod pairing;
mod people;
mod revocation;
mod second_factor;

pub(crate) use audit::hex;

use std::fmt;

use albumen_model::{
    AccountId, DeviceId, ErrorCode, LibraryId, ServiceId, Timestamp,
    auth::{
        AccountRecord, ApiRange, CreateLibrary, CreateSpace, DeviceList, DeviceTokenReply,
        DeviceTokenRequest, LibrariesReply, LibraryView, ServiceInfo, SpaceView, TIME_HEADER,
    },
};
use reqwest::{Method, Response, Url, header::CONTENT_TYPE};
use serde::{Serialize, de::DeserializeOwned};
use tokio::{sync::watch, time::Instant};

use crate::{
    DeviceKey, Error, HttpClient, Standing, WallClock,
    clock_check::{self, Reading},
    error::Origin,
    http::{parse_base, send},
    nonce::NoncePool,
    reply,
    signing::Signer,
    standing::trouble_of,
};

pub use openid::{BroughtBack, Newcomer};
pub use pairing::pairing_check;

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
    clock: Option<WallClock>,
    standing: watch::Sender<Standing>,
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
        let (nonces, standing) = (NoncePool::default(), watch::Sender::default());
        Ok(Self { http, base, enrolment: None, nonces, clock: None, standing })
    }

    /// A service that knows this device.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn enrolled(http: HttpClient, base_url: &str, enrolment: Enrolment) -> Result<Self, Error> {
        Ok(Self { enrolment: Some(enrolment), ..Self::new(http, base_url)? })
    }

    /// The same, holding this clock against the service's.
    #[must_use]
    pub fn with_clock(self, clock: WallClock) -> Self {
        Self { clock: Some(clock), ..self }
    }

    /// How this device stands with the service, by the last answer; the receiver hears of changes.
    pub fn standing(&self) -> watch::Receiver<Standing> {
        self.standing.subscribe()
    }

    /// The base URL, without a slash at its end.
    pub fn base_url(&self) -> &str {
        &self.base
    }

    /// What the service is: unsigned, for an onboarding screen.
    ///
    /// # Errors
    /// [`Error::Version`] when the two do not understand each other; else see [`crate::ErrorKind`];
    /// true of every call below.
    pub async fn service_info(&self) -> Result<ServiceInfo, Error> {
        let outcome = self.ask_service_info().await;
        self.note(outcome.as_ref());
        outcome
    }

    async fn ask_service_info(&self) -> Result<ServiceInfo, Error> {
        let doing = "asking the token service for its name";
        let request = self.http.control(Method::GET, self.url("/service")?);
        let response = self.send(request, doing).await?;
        let response = reply::accepted(response, Origin::Service).await?;
        let info: ServiceInfo = reply::json(response, doing).await?;
        ApiRange::agree(ApiRange::OURS, info.api).map_err(Error::Version)?;
        Ok(info)
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

    /// Sends, keeps the nonce of the reply and holds the two clocks against each other.
    async fn send(
        &self,
        request: reqwest::RequestBuilder,
        doing: &'static str,
    ) -> Result<Response, Error> {
        let sent = self.clock.as_ref().map(|clock| (clock, clock.now(), Instant::now()));
        let response = send(request, doing).await?;
        self.nonces.keep(response.headers());
        let told = response.headers().get(TIME_HEADER).and_then(|v| v.to_str().ok()?.parse().ok());
        if let (Some((clock, sent, since)), Some(ms)) = (sent, told) {
            let service = Timestamp::from_millis(ms);
            let reading = Reading { sent, received: clock.now(), took: since.elapsed(), service };
            self.change(|now| Standing {
                clock_ahead_ms: clock_check::judged(now.clock_ahead_ms, reading),
                ..now
            });
        }
        Ok(response)
    }

    /// Notes what an outcome says of how this device stands.
    fn note<T>(&self, outcome: Result<&T, &Error>) {
        self.change(|now| Standing { trouble: trouble_of(outcome, now.clock_ahead_ms), ..now });
    }

    fn change(&self, made: impl FnOnce(Standing) -> Standing) {
        self.standing.send_if_modified(|standing| {
            let before = std::mem::replace(standing, made(*standing));
            before != *standing
        });
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
        let outcome = match self.try_exchange(signer, method, path, body, doing).await {
            // A service that does not know our routes may be of another time: it says so.
            Err(error) if error.code() == Some(ErrorCode::RouteNotFound) => {
                self.service_info().await.and(Err(error))
            }
            outcome => outcome,
        };
        self.note(outcome.as_ref());
        outcome
    }

    async fn try_exchange(
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
            let response = self.send(request, doing).await?;
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
