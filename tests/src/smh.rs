//! The library service as a program of somebody else sees it: plain HTTP and JSON, none of our
//! client code.

use std::collections::BTreeMap;
use std::path::Path;

use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::world::Services;

/// Somebody who may do everything in the development space.
#[derive(Clone, Debug)]
pub struct Smh {
    http: Client,
    base: String,
    /// `{LibraryId}/{SpaceId}`.
    place: String,
    token: String,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Where it redirects to.
    pub location: Option<String>,
    /// The body; null when it is no JSON.
    pub json: Value,
}

impl Reply {
    /// The error code, empty without one.
    pub fn code(&self) -> &str {
        self.json["code"].as_str().unwrap_or_default()
    }

    /// Itself, if the status is this one.
    ///
    /// # Panics
    /// When it is another.
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }
}

/// A file in the cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudFile {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Grows with each overwrite.
    pub version: u64,
}

/// A client that goes straight to this machine and follows nothing by itself.
///
/// # Panics
/// When TLS cannot be set up.
pub fn http() -> Client {
    http_trusting(None)
}

/// The same, trusting the authority in a file.
fn http_trusting(ca_file: Option<&Path>) -> Client {
    // Only the first call installs it; a second one says that it is there.
    drop(rustls::crypto::ring::default_provider().install_default());
    let mut builder = Client::builder().no_proxy().redirect(Policy::none());
    if let Some(file) = ca_file {
        let pem = std::fs::read(file).expect("the services say where their authority is");
        builder = builder.add_root_certificate(Certificate::from_pem(&pem).expect("it is PEM"));
    }
    builder.build().expect("a plain client can be made")
}

/// Sends a request and reads the whole answer.
///
/// # Panics
/// When nobody answers.
pub async fn send(request: RequestBuilder) -> Reply {
    try_send(request).await.expect("the service answers")
}

/// The same; `None` when no whole answer comes.
pub async fn try_send(request: RequestBuilder) -> Option<Reply> {
    let response = request.send().await.ok()?;
    let status = response.status().as_u16();
    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let location = location.map(str::to_owned);
    let body = response.bytes().await.ok()?;
    Some(Reply { status, location, json: serde_json::from_slice(&body).unwrap_or(Value::Null) })
}

/// Puts bytes where a begin said, whatever comes of it.
///
/// # Panics
/// When nobody answers.
pub async fn put(http: &Client, begun: &Value, bytes: &[u8]) -> Response {
    let text = |name: &str| begun[name].as_str().expect("begin says where").to_owned();
    let mut request = http.put(format!("http://{}{}", text("domain"), text("path")));
    // What is signed in the address needs no headers.
    for (name, value) in begun["headers"].as_object().into_iter().flatten() {
        request = request.header(name, value.as_str().expect("headers are text"));
    }
    request.body(bytes.to_vec()).send().await.expect("the store answers")
}

/// Fetches the bytes that a reply redirects to.
///
/// # Panics
/// When it does not redirect, or the store refuses.
pub async fn follow(http: &Client, reply: Reply, place: &str) -> Vec<u8> {
    let location = reply.is(302).location.expect("a redirect says where to");
    let response = http.get(location).send().await.expect("the store answers");
    assert_eq!(response.status(), 200, "{place}");
    response.bytes().await.expect("the content comes whole").to_vec()
}

impl Smh {
    /// With a token of `space_admin`, asked for with the library's secret.
    ///
    /// # Panics
    /// When that is refused.
    pub async fn admin(services: &Services) -> Self {
        Self::with_grant(services, "space_admin").await
    }

    /// With a token of these grants; without any it may read.
    ///
    /// # Panics
    /// When that is refused.
    pub async fn with_grant(services: &Services, grant: &str) -> Self {
        let http = http_trusting(services.ca_file.as_deref());
        let token = mint(&http, services, grant).await;
        Self {
            http,
            base: services.hosting.clone(),
            place: format!("{}/{}", services.library_id, services.space_id),
            token,
        }
    }

    /// The address of a noun at a place in the space; the place may have a query.
    pub fn url(&self, noun: &str, place: &str) -> String {
        format!("{}/api/v1/{noun}/{}/{place}", self.base, self.place)
    }

    /// A request with the token.
    pub fn request(&self, method: Method, noun: &str, place: &str) -> RequestBuilder {
        self.http.request(method, self.url(noun, place)).bearer_auth(&self.token)
    }

    /// Asks without a body.
    pub async fn ask(&self, method: Method, noun: &str, place: &str) -> Reply {
        send(self.request(method, noun, place)).await
    }

    /// Asks with a JSON body.
    pub async fn ask_with(&self, method: Method, noun: &str, place: &str, body: &Value) -> Reply {
        send(self.request(method, noun, place).json(body)).await
    }

    /// The names in an album or, for an empty place, of the albums; sorted.
    ///
    /// # Panics
    /// When the list is refused.
    pub async fn names(&self, album: &str) -> Vec<String> {
        let mut names: Vec<String> = self.rows(album).await.into_iter().map(|row| row.0).collect();
        names.sort();
        names
    }

    async fn rows(&self, album: &str) -> Vec<(String, u64)> {
        let row = |row: &Value| {
            let name = row["name"].as_str().expect("each row has a name");
            (name.to_owned(), row["versionId"].as_u64().unwrap_or_default())
        };
        let (mut rows, mut marker) = (Vec::new(), String::new());
        loop {
            let query = [("by-marker", "1"), ("limit", "1000"), ("marker", &marker)];
            let page = send(self.request(Method::GET, "directory", album).query(&query)).await;
            let page = page.is(200).json;
            rows.extend(page["contents"].as_array().expect("a list has contents").iter().map(row));
            match page["nextMarker"].as_str() {
                Some(next) => marker = next.to_owned(),
                None => return rows,
            }
        }
    }

    /// Everything in an album, downloaded.
    pub async fn album(&self, album: &str) -> BTreeMap<String, CloudFile> {
        let mut files = BTreeMap::new();
        for (name, version) in self.rows(album).await {
            let bytes = self.download(&format!("{album}/{name}")).await;
            files.insert(name, CloudFile { bytes, version });
        }
        files
    }

    /// A file's bytes, from where the service redirects to.
    ///
    /// # Panics
    /// When either refuses.
    pub async fn download(&self, place: &str) -> Vec<u8> {
        follow(&self.http, self.ask(Method::GET, "file", place).await, place).await
    }

    /// Uploads a small file the way the contract says.
    ///
    /// # Panics
    /// When any step is refused.
    pub async fn upload(&self, place: &str, bytes: &[u8]) -> Reply {
        let begin = self.begin(place).await;
        self.put(&begin, bytes).await;
        let key = begin["confirmKey"].as_str().expect("a confirm key");
        self.ask(Method::POST, "file", &format!("{key}?confirm=1")).await.is(200)
    }

    /// Begins an upload of a new file.
    ///
    /// # Panics
    /// When that is refused.
    pub async fn begin(&self, place: &str) -> Value {
        let query = "conflict_resolution_strategy=ask";
        self.ask(Method::PUT, "file", &format!("{place}?{query}")).await.is(201).json
    }

    /// Puts the bytes where begin said.
    ///
    /// # Panics
    /// When the store refuses them.
    pub async fn put(&self, begin: &Value, bytes: &[u8]) {
        let response = self.try_put(begin, bytes).await;
        assert_eq!(response.status(), 200, "{:?}", response.text().await);
    }

    /// Puts the bytes where begin said, whatever comes of it.
    ///
    /// # Panics
    /// When nobody answers.
    pub async fn try_put(&self, begin: &Value, bytes: &[u8]) -> Response {
        assert!(begin["headers"].is_object(), "begin says with which headers");
        put(&self.http, begin, bytes).await
    }

    /// Deletes a file into the bin.
    ///
    /// # Panics
    /// When that is refused.
    pub async fn delete(&self, place: &str) {
        let reply = self.ask(Method::DELETE, "file", place).await;
        assert!(reply.status == 200 || reply.status == 204, "{reply:?}");
    }

    /// Deletes every token of a user, as an administrator would who has the secret.
    ///
    /// # Panics
    /// When that is refused.
    pub async fn delete_tokens(&self, services: &Services, user_id: &str) {
        let url = format!("{}/api/v1/token/{}", self.base, services.library_id);
        let secret = [("library_secret", services.library_secret.as_str()), ("user_id", user_id)];
        let reply = send(self.http.delete(url).query(&secret)).await;
        assert!(reply.status == 200 || reply.status == 204, "{reply:?}");
    }
}

async fn mint(http: &Client, services: &Services, grant: &str) -> String {
    let ask = json!({
        "library_id": services.library_id,
        "library_secret": services.library_secret,
        "space_id": services.space_id,
        "user_id": "tester",
        "grant": grant,
    });
    let request = http.post(format!("{}/api/v1/token", services.hosting));
    let reply = send(request.header(CONTENT_TYPE, "application/json").body(ask.to_string())).await;
    let token = reply.is(200).json["accessToken"].as_str().map(str::to_owned);
    token.expect("the reply has a token")
}
