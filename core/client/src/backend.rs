//! What a token service asks of an SMH: minting and deleting tokens, spaces, libraries, fences. The
//! only calls that carry a library's secret or the console key; no program of an end user makes
//! them.

use albumen_model::{
    AccessToken, ClientId, ConsoleKey, LibraryId, LibrarySecret, SpaceId, UserId,
    smh::{
        Capabilities, CreateLibraryRequest, CreateSpaceRequest, FenceReceipt, FenceRequest,
        LibraryList, NewLibrary, NewSecret, NewSpace, SpaceExtension, SpaceExtensionChange,
        SpaceList, TokenReply, TokenRequest,
    },
};
use reqwest::{Method, RequestBuilder, Response, StatusCode, Url};
use serde::Serialize;

use crate::{
    Error, HttpClient,
    error::Origin,
    http::{parse_base, send},
    reply,
};

/// An SMH as the token service sees it. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct HostingBackend {
    http: HttpClient,
    base: String,
}

/// Body of a call for a quota (SMH section 14). Numbers above 2^53 are told as texts.
#[derive(Serialize)]
struct QuotaRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    spaces: Option<Vec<SpaceId>>,
    #[serde(serialize_with = "as_text")]
    capacity: u64,
}

fn as_text<S: serde::Serializer>(number: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(number)
}

impl HostingBackend {
    /// The SMH at `base_url`.
    ///
    /// # Errors
    /// [`Error::Protocol`] when it is no plain http or https URL.
    pub fn new(http: HttpClient, base_url: &str) -> Result<Self, Error> {
        Ok(Self { http, base: parse_base(base_url)? })
    }

    /// The base URL, without a slash at its end.
    pub fn base_url(&self) -> &str {
        &self.base
    }

    /// What it offers beyond the contract.
    ///
    /// # Errors
    /// See [`crate::ErrorKind`]; true of every call here.
    pub async fn capabilities(&self) -> Result<Capabilities, Error> {
        capabilities(&self.http, &self.base).await
    }

    /// Creates a library. Its secret is in the reply and shown this once.
    ///
    /// # Errors
    /// Code `ConsoleKeyInvalid`.
    pub async fn create_library(
        &self,
        key: &ConsoleKey,
        library: &CreateLibraryRequest,
    ) -> Result<NewLibrary, Error> {
        let doing = "creating a library";
        let request = self.request(Method::POST, "/console/v1/libraries", doing)?;
        let request = request.bearer_auth(key.expose()).json(library);
        reply::json(self.send(request, doing).await?, doing).await
    }

    /// Gives a library another secret, told this once; the old one opens nothing any more.
    ///
    /// # Errors
    /// Code `ConsoleKeyInvalid`, `LibraryNotFound`.
    pub async fn rotate_secret(
        &self,
        key: &ConsoleKey,
        library: &LibraryId,
    ) -> Result<NewSecret, Error> {
        let doing = "rotating a library's secret";
        let path = format!("/console/v1/libraries/{library}/secret");
        let request = self.request(Method::POST, &path, doing)?.bearer_auth(key.expose());
        reply::json(self.send(request, doing).await?, doing).await
    }

    /// Lists the libraries.
    ///
    /// # Errors
    /// Code `ConsoleKeyInvalid`.
    pub async fn list_libraries(&self, key: &ConsoleKey) -> Result<LibraryList, Error> {
        let doing = "listing libraries";
        let request = self.request(Method::GET, "/console/v1/libraries", doing)?;
        reply::json(self.send(request.bearer_auth(key.expose()), doing).await?, doing).await
    }

    /// Asks for a token (SMH section 3.1); the secret travels in the body.
    ///
    /// # Errors
    /// Code `WrongLibraryIdOrSecret`.
    pub async fn mint(&self, token: &TokenRequest) -> Result<TokenReply, Error> {
        let doing = "asking for a token";
        let request = self.request(Method::POST, "/api/v1/token", doing)?.json(token);
        reply::json(self.send(request, doing).await?, doing).await
    }

    /// Deletes one token; one that is gone already is a success.
    ///
    /// # Errors
    /// See [`Self::capabilities`].
    pub async fn delete_token(
        &self,
        library: &LibraryId,
        token: &AccessToken,
    ) -> Result<(), Error> {
        let doing = "deleting a token";
        let mut url = self.url(&format!("/api/v1/token/{library}"), doing)?;
        url.path_segments_mut()
            .map_err(|()| Error::protocol(doing, "the base URL does not fit"))?
            .push(token.expose());
        match self.send(self.http.control(Method::DELETE, url), doing).await {
            Err(Error::Refused(refusal)) if matches!(refusal.status, 403 | 404) => Ok(()),
            other => other.map(drop),
        }
    }

    /// Deletes every token of one installation of a user (SMH section 3.5). The contract wants the
    /// secret in the query.
    ///
    /// # Errors
    /// Code `WrongLibraryIdOrSecret`.
    pub async fn delete_tokens_of(
        &self,
        library: &LibraryId,
        secret: &LibrarySecret,
        user: &UserId,
        client: &ClientId,
    ) -> Result<(), Error> {
        let doing = "deleting the tokens of a device";
        let mut url = self.url(&format!("/api/v1/token/{library}"), doing)?;
        url.query_pairs_mut()
            .append_pair("library_secret", secret.expose())
            .append_pair("user_id", user.as_str())
            .append_pair("client_id", client.as_str());
        self.send(self.http.control(Method::DELETE, url), doing).await.map(drop)
    }

    /// Ends every token and open upload of one installation; for services that say they can
    /// ([`Capabilities::fence`]).
    ///
    /// # Errors
    /// Code `WrongLibraryIdOrSecret`.
    pub async fn fence(&self, fence: &FenceRequest) -> Result<FenceReceipt, Error> {
        let doing = "fencing the uploads of a device";
        let request = self.request(Method::POST, "/albumen/v1/uploads/fence", doing)?.json(fence);
        reply::json(self.send(request, doing).await?, doing).await
    }

    /// Creates a space with a token that may.
    ///
    /// # Errors
    /// Code `NotMultiSpaceLibrary`.
    pub async fn create_space(
        &self,
        library: &LibraryId,
        token: &AccessToken,
        space: &CreateSpaceRequest,
    ) -> Result<NewSpace, Error> {
        let doing = "creating a space";
        let request = self.request(Method::POST, &format!("/api/v1/space/{library}"), doing)?;
        let request = request.bearer_auth(token.expose()).json(space);
        reply::json(self.send(request, doing).await?, doing).await
    }

    /// One page of the spaces of a library.
    ///
    /// # Errors
    /// Code `NotMultiSpaceLibrary`.
    pub async fn list_spaces(
        &self,
        library: &LibraryId,
        token: &AccessToken,
        marker: Option<&str>,
    ) -> Result<SpaceList, Error> {
        let doing = "listing spaces";
        let mut url = self.url(&format!("/api/v1/space/{library}/list"), doing)?;
        if let Some(marker) = marker {
            url.query_pairs_mut().append_pair("marker", marker);
        }
        let request = self.http.control(Method::GET, url).bearer_auth(token.expose());
        reply::json(self.send(request, doing).await?, doing).await
    }

    /// The attributes of a space.
    ///
    /// # Errors
    /// Code `SpaceNotFound`.
    pub async fn space_extension(
        &self,
        library: &LibraryId,
        space: &SpaceId,
        token: &AccessToken,
    ) -> Result<SpaceExtension, Error> {
        let doing = "looking at a space";
        let path = format!("/api/v1/space/{library}/{space}/extension");
        let request = self.request(Method::GET, &path, doing)?.bearer_auth(token.expose());
        reply::json(self.send(request, doing).await?, doing).await
    }

    /// Changes attributes of a space.
    ///
    /// # Errors
    /// Code `SpaceNotFound`.
    pub async fn change_space(
        &self,
        library: &LibraryId,
        space: &SpaceId,
        token: &AccessToken,
        change: &SpaceExtensionChange,
    ) -> Result<(), Error> {
        let doing = "changing a space";
        let path = format!("/api/v1/space/{library}/{space}/extension");
        let request = self.request(Method::POST, &path, doing)?.bearer_auth(token.expose());
        self.send(request.json(change), doing).await.map(drop)
    }

    /// Puts a space under a quota of its own, in bytes; `None`: the only space of its library.
    ///
    /// # Errors
    /// Code `DuplicateQuota` when it is under one already.
    pub async fn create_quota(
        &self,
        library: &LibraryId,
        space: Option<&SpaceId>,
        token: &AccessToken,
        capacity: u64,
    ) -> Result<(), Error> {
        let doing = "setting a quota";
        let path = format!("/api/v1/quota/{library}");
        let request = self.request(Method::POST, &path, doing)?.bearer_auth(token.expose());
        let quota = QuotaRequest { spaces: space.map(|space| vec![space.clone()]), capacity };
        self.send(request.json(&quota), doing).await.map(drop)
    }

    /// Changes the quota of a space, in bytes.
    ///
    /// # Errors
    /// Code `NoQuota` when it is under none.
    pub async fn change_quota(
        &self,
        library: &LibraryId,
        space: &SpaceId,
        token: &AccessToken,
        capacity: u64,
    ) -> Result<(), Error> {
        let doing = "changing a quota";
        let path = format!("/api/v1/quota/{library}/{space}");
        let request = self.request(Method::PUT, &path, doing)?.bearer_auth(token.expose());
        let quota = QuotaRequest { spaces: None, capacity };
        self.send(request.json(&quota), doing).await.map(drop)
    }

    fn url(&self, path: &str, doing: &'static str) -> Result<Url, Error> {
        Url::parse(&format!("{}{path}", self.base))
            .map_err(|_| Error::protocol(doing, "the base URL does not fit"))
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        doing: &'static str,
    ) -> Result<RequestBuilder, Error> {
        Ok(self.http.control(method, self.url(path, doing)?))
    }

    async fn send(&self, request: RequestBuilder, doing: &'static str) -> Result<Response, Error> {
        let response = reply::accepted(send(request, doing).await?, Origin::Service).await?;
        if response.status().is_redirection() {
            // A secret must not be led elsewhere.
            return Err(Error::protocol(doing, "a redirection came"));
        }
        Ok(response)
    }
}

/// Asks what an SMH offers; one that does not know the question offers nothing.
pub(crate) async fn capabilities(http: &HttpClient, base: &str) -> Result<Capabilities, Error> {
    let doing = "asking what the service offers";
    let url = Url::parse(&format!("{base}/albumen/v1/capabilities"))
        .map_err(|_| Error::protocol(doing, "the base URL does not fit"))?;
    let response = send(http.control(Method::GET, url), doing).await?;
    if matches!(response.status(), StatusCode::NOT_FOUND | StatusCode::FORBIDDEN) {
        return Ok(Capabilities::default());
    }
    reply::json(reply::accepted(response, Origin::Service).await?, doing).await
}
