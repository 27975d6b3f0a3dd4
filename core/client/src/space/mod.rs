//! One space of one library, for one purpose. Owns how a call is put together, authorised and made
//! again with a new token; what to do with the answers is the caller's business.

mod bin;
mod directory;
mod download;
mod feed;
mod moving;
mod node;
mod together;
mod upload;

pub use bin::RestorePlace;
pub use directory::{DirectoryOutcome, FileHead};
pub use download::{ByteRange, Download, Located, SignedUrl};
pub use feed::EVENTS_AT_ONCE_MAX;
pub use together::Uploads;
pub use upload::{BeginMode, Begun};

pub(crate) use download::fetch;

use std::sync::Arc;

use albumen_model::{
    ErrorCode, LibraryId, RemotePath, SpaceId, auth::TokenPurpose, smh::Capabilities,
};
use bytes::Bytes;
use reqwest::{
    Method, Response, Url,
    header::{CONTENT_TYPE, HeaderName, HeaderValue},
};
use serde::Serialize;

use crate::{
    Access, Error, HttpClient, TokenSource, backend,
    error::Origin,
    http::{parse_base, send},
    reply,
};

/// A space as its client sees it. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct SpaceClient {
    http: HttpClient,
    tokens: Arc<TokenSource>,
    library: LibraryId,
    space: SpaceId,
    purpose: TokenPurpose,
}

/// One call, before it has a token.
struct Call {
    doing: &'static str,
    method: Method,
    /// What every path of the interface begins with.
    prefix: &'static str,
    /// `file`, `directory` or `recycled`.
    kind: &'static str,
    /// What follows the space in the path, encoded.
    place: String,
    /// Library and space are told in the body and not in the path.
    bare: bool,
    query: Vec<(&'static str, String)>,
    header: Option<(HeaderName, HeaderValue)>,
    body: Option<Bytes>,
}

impl Call {
    fn new(doing: &'static str, method: Method, kind: &'static str, place: String) -> Self {
        let (query, header, body) = (Vec::new(), None, None);
        Self { doing, method, prefix: "api/v1", kind, place, bare: false, query, header, body }
    }

    /// Goes to what our service offers beyond the contract.
    fn of_ours(self) -> Self {
        Self { prefix: "albumen/v1", ..self }
    }

    fn at(doing: &'static str, method: Method, kind: &'static str, path: &RemotePath) -> Self {
        Self::new(doing, method, kind, path.encode())
    }

    /// A selector flag, or any other parameter that is just switched on (SMH section 1.4).
    fn flag(self, name: &'static str) -> Self {
        self.with(name, "1")
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    fn maybe(self, name: &'static str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    fn json(mut self, body: &impl Serialize) -> Result<Self, Error> {
        let bytes = serde_json::to_vec(body)
            .map_err(|_| Error::protocol(self.doing, "the request is no JSON"))?;
        self.body = Some(bytes.into());
        Ok(self)
    }

    fn url(&self, base: &str, library: &LibraryId, space: &SpaceId) -> Result<Url, Error> {
        let slash = if self.place.is_empty() { "" } else { "/" };
        let Self { prefix, kind, place, .. } = self;
        let of_space = if self.bare { String::new() } else { format!("/{library}/{space}") };
        let text = format!("{base}/{prefix}/{kind}{of_space}{slash}{place}");
        let mut url = Url::parse(&text)
            .map_err(|_| Error::protocol(self.doing, "the base URL does not fit"))?;
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        Ok(url)
    }
}

impl SpaceClient {
    /// A space that takes its tokens from `tokens`.
    pub fn new(
        http: HttpClient,
        tokens: Arc<TokenSource>,
        library: LibraryId,
        space: SpaceId,
        purpose: TokenPurpose,
    ) -> Self {
        Self { http, tokens, library, space, purpose }
    }

    /// The library.
    pub const fn library(&self) -> &LibraryId {
        &self.library
    }

    /// The space.
    pub const fn space(&self) -> &SpaceId {
        &self.space
    }

    /// The same space for another purpose.
    #[must_use]
    pub fn for_purpose(&self, purpose: TokenPurpose) -> Self {
        Self { purpose, ..self.clone() }
    }

    /// The token that calls are made with, asked for if there is none: tells the data scheme.
    ///
    /// # Errors
    /// See [`crate::ErrorKind`]; true of every call below.
    pub async fn access(&self) -> Result<Arc<Access>, Error> {
        self.tokens.access(&self.library, &self.space, self.purpose).await
    }

    /// What the library service offers beyond the contract; another SMH than ours offers nothing.
    ///
    /// # Errors
    /// See [`Self::access`].
    pub async fn capabilities(&self) -> Result<Capabilities, Error> {
        let access = self.access().await?;
        let http = self.http.trusting(access.authority.as_ref())?;
        backend::capabilities(&http, &access.hosting_url).await
    }

    /// Makes a call; once more with a new token when the service does not take the one we had.
    async fn call(&self, call: &Call) -> Result<Response, Error> {
        let access = self.access().await?;
        match self.call_with(call, &access).await {
            // The authority comes with the token: a library's may have been renewed.
            Err(error)
                if error.code() == Some(ErrorCode::InvalidAccessToken)
                    || error.certificate_trouble().is_some() =>
            {
                self.tokens.forget(&self.library, &self.space, self.purpose, &access);
                let fresh = self.access().await?;
                if Arc::ptr_eq(&fresh, &access) {
                    return Err(error);
                }
                self.call_with(call, &fresh).await
            }
            outcome => outcome,
        }
    }

    async fn call_with(&self, call: &Call, access: &Access) -> Result<Response, Error> {
        let base = parse_base(&access.hosting_url)?;
        let url = call.url(&base, &self.library, &self.space)?;
        let http = self.http.trusting(access.authority.as_ref())?;
        let mut request = http.control(call.method.clone(), url).bearer_auth(access.token.expose());
        if let Some((name, value)) = &call.header {
            request = request.header(name, value);
        }
        if let Some(body) = &call.body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.clone());
        }
        reply::accepted(send(request, call.doing).await?, Origin::Service).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_segment_is_encoded_by_itself() {
        let path = RemotePath::parse("旅行/a b#1.jpg").unwrap();
        let call = Call::at("testing", Method::GET, "file", &path).flag("info");
        let library = LibraryId::parse("smh1").unwrap();
        let url = call.url("http://h", &library, &SpaceId::single()).unwrap();
        assert_eq!(
            url.as_str(),
            "http://h/api/v1/file/smh1/-/%E6%97%85%E8%A1%8C/a%20b%231.jpg?info=1"
        );
        let root = Call::at("testing", Method::GET, "directory", &RemotePath::root());
        let url = root.url("http://h", &library, &SpaceId::single()).unwrap();
        assert_eq!(url.as_str(), "http://h/api/v1/directory/smh1/-");
    }
}
