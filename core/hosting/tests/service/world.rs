//! A running service with its object store, and short words for talking to both.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

use albumen_db::{Place, testing};
use albumen_hosting::{COLLECT_AFTER, HostingConfig, HostingHandle, Limits, TrustedProxies, serve};
use albumen_media::digest::Crc64Digest;
use albumen_model::{ConsoleKey, Timestamp};
use albumen_store::{
    Credential, DiskStore, ManualClock, MemoryStore, ObjectStore, SystemClock, UploadKeys,
    data_plane::{DataPlane, EmbeddedConfig, EmbeddedDataPlane},
    wire::{self, DEFAULT_MAX_CONNECTIONS, ServeConfig, StoreServer},
};
use reqwest::{Client, Method, redirect::Policy};
use secrets::{Known, Searched};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;

#[path = "world/described.rs"]
pub(crate) mod described;
#[path = "world/libraries.rs"]
mod libraries;
#[path = "world/operating.rs"]
mod operating;
#[path = "world/raw.rs"]
mod raw;
#[path = "../../../../tests/src/secrets.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "it is shared with the tests of the whole"
)]
mod secrets;
#[path = "world/sending.rs"]
mod sending;

pub(crate) const CONSOLE_KEY: &str = "console-key-of-the-test";

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) json: Value,
}

impl Reply {
    /// The error code, or nothing.
    pub(crate) fn code(&self) -> &str {
        self.json["code"].as_str().unwrap_or("")
    }

    /// Status and error code.
    pub(crate) fn is(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.code()), (status, code), "{self:?}");
    }

    /// A header's text, or nothing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("ASCII"))
    }

    /// A field's text.
    pub(crate) fn text(&self, field: &str) -> String {
        self.json[field].as_str().unwrap_or_else(|| panic!("no {field} in {self:?}")).to_owned()
    }

    /// The names in `contents`.
    pub(crate) fn names(&self) -> Vec<String> {
        let rows = self.json["contents"].as_array().unwrap_or_else(|| panic!("{self:?}"));
        rows.iter().map(|row| row["name"].as_str().expect("a name").to_owned()).collect()
    }
}

pub(crate) struct World {
    pub(crate) database: Place,
    dir: Searched,
    known: Known,
    pub(crate) clock: ManualClock,
    store: Storage,
    pub(crate) service: HostingHandle,
    client: Client,
}

/// A library and its secret.
#[derive(Clone)]
pub(crate) struct Library {
    pub(crate) id: String,
    pub(crate) secret: String,
}

/// A space with a token for it.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) library: Library,
    pub(crate) space: String,
    pub(crate) token: String,
}

/// The embedded object store on a socket of its own.
struct Storage {
    objects: Arc<dyn ObjectStore>,
    plane: Arc<EmbeddedDataPlane>,
    back_ends: BTreeMap<String, Arc<dyn DataPlane>>,
    _server: StoreServer,
}

async fn socket() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.expect("a free port")
}

/// On the system's clock, whatever the service's shows: signed addresses are held against it.
async fn storage(store: Arc<dyn ObjectStore>) -> Storage {
    let clock = Arc::new(SystemClock);
    let (keys, root) = (Arc::new(UploadKeys::new(clock.clone())), Credential::random());
    let listener = socket().await;
    let host = listener.local_addr().expect("bound").to_string();
    let served = ServeConfig {
        store: store.clone(),
        keys: keys.clone(),
        clock: clock.clone(),
        root: root.clone(),
        base_domains: Vec::new(),
        max_connections: DEFAULT_MAX_CONNECTIONS,
        tls: None,
    };
    let config = EmbeddedConfig {
        bucket: "albumen".parse().expect("a bucket"),
        public_scheme: "http".to_owned(),
        public_data_host: host,
        root,
    };
    let server = wire::serve(listener, served).expect("the store is served");
    let objects = store.clone();
    let plane = EmbeddedDataPlane::new(store, keys, clock, config).await.expect("a data plane");
    Storage { objects, plane: Arc::new(plane), back_ends: BTreeMap::new(), _server: server }
}

fn config(database: &Place, clock: &ManualClock, store: &Storage) -> HostingConfig {
    HostingConfig {
        database: database.clone(),
        console_key: ConsoleKey::new(CONSOLE_KEY),
        data_scheme: "http".to_owned(),
        data_plane: store.plane.clone(),
        back_ends: store.back_ends.clone(),
        clock: Arc::new(clock.clone()),
        collect_after: COLLECT_AFTER,
        tls: None,
        // A test searches more often than anybody.
        limits: Limits { searches: None, ..Limits::default() },
        trusted_proxies: TrustedProxies::default(),
    }
}

async fn run(database: &Place, clock: &ManualClock, store: &Storage) -> HostingHandle {
    serve(socket().await, config(database, clock, store)).await.expect("the service starts")
}

impl World {
    /// With the store's objects in memory: the service cannot tell, and the disk has rest.
    pub(crate) async fn start() -> Self {
        let dir = TempDir::new().expect("a folder");
        Self::over(dir, Arc::new(MemoryStore::new(Arc::new(SystemClock)))).await
    }

    /// With the store's objects on disk.
    pub(crate) async fn start_on_disk() -> Self {
        let dir = TempDir::new().expect("a folder");
        let disk = DiskStore::open(&dir.path().join("store")).await.expect("the store opens");
        Self::over(dir, Arc::new(disk)).await
    }

    async fn over(dir: TempDir, store: Arc<dyn ObjectStore>) -> Self {
        let clock = ManualClock::at(Timestamp::from_millis(1_790_000_000_000));
        let store = storage(store).await;
        Self::of(dir, clock, store).await
    }

    /// With object stores that libraries can name.
    pub(crate) async fn start_with(back_ends: BTreeMap<String, Arc<dyn DataPlane>>) -> Self {
        let dir = TempDir::new().expect("a folder");
        let clock = ManualClock::at(Timestamp::from_millis(1_790_000_000_000));
        let own = storage(Arc::new(MemoryStore::new(Arc::new(SystemClock)))).await;
        Self::of(dir, clock, Storage { back_ends, ..own }).await
    }

    async fn of(dir: TempDir, clock: ManualClock, store: Storage) -> Self {
        let database = testing::place(dir.path());
        let service = run(&database, &clock, &store).await;
        // May have been installed by another test of this program.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().redirect(Policy::none()).build().expect("a client");
        let known = Known::default();
        known.learn("a console's key", CONSOLE_KEY);
        let dir = Searched::for_its_own(dir, known.clone(), &[]);
        Self { database, dir, known, clock, store, service, client }
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.request_at(self.service.local_addr(), method, path)
    }

    /// A request to this instance.
    pub(crate) fn request_at(
        &self,
        instance: SocketAddr,
        method: &str,
        path: &str,
    ) -> reqwest::RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        self.client.request(method, format!("http://{instance}{path}"))
    }

    /// Asks, and holds what comes back against what the service says of itself.
    pub(crate) async fn send(&self, request: reqwest::RequestBuilder) -> Reply {
        let request = request.build().expect("a request");
        let asked = described::Asked::of(&request);
        let response = self.client.execute(request).await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await.expect("a body");
        let json = serde_json::from_slice(&body).unwrap_or(Value::Null);
        let reply = Reply { status, headers, json };
        described::check(&asked, &reply);
        reply
    }

    pub(crate) async fn call(&self, method: &str, path: &str) -> Reply {
        self.send(self.request(method, path)).await
    }

    pub(crate) async fn call_with(&self, method: &str, path: &str, body: Value) -> Reply {
        self.send(self.request(method, path).json(&body)).await
    }

    /// A token, by the query.
    pub(crate) async fn token(&self, library: &Library, rest: &str) -> String {
        let Library { id, secret } = library;
        let path = format!("/api/v1/token?library_id={id}&library_secret={secret}&{rest}");
        let reply = self.call("GET", &path).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.text("accessToken")
    }

    /// `/api/v1/{noun}/{lib}{rest}` with a token; `rest` may have a query.
    pub(crate) async fn in_library(
        &self,
        (library, token): (&Library, &str),
        method: &str,
        noun: &str,
        rest: &str,
        body: Value,
    ) -> Reply {
        let join = if rest.contains('?') { '&' } else { '?' };
        let path = format!("/api/v1/{noun}/{}{rest}{join}access_token={token}", library.id);
        let request = self.request(method, &path);
        self.send(if body.is_null() { request } else { request.json(&body) }).await
    }

    pub(crate) async fn space(&self, library: &Library, body: Value) -> String {
        let admin = self.token(library, "grant=admin").await;
        let path = format!("/api/v1/space/{}?access_token={admin}", library.id);
        let reply = self.call_with("POST", &path, body).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        reply.text("spaceId")
    }

    /// A space administrator's desk in a fresh space of a fresh library.
    pub(crate) async fn desk(&self, settings: Value, space: Value) -> Desk {
        let library = self.library(settings).await;
        let space = self.space(&library, space).await;
        let rest = format!("space_id={space}&user_id=ann&client_id=mac&grant=space_admin");
        let token = self.token(&library, &rest).await;
        Desk { library, space, token }
    }

    /// A desk in a file library.
    pub(crate) async fn file_desk(&self) -> Desk {
        self.desk(json!({"isFileLibrary": true}), json!({})).await
    }

    /// A desk in a media library with albums.
    pub(crate) async fn album_desk(&self) -> Desk {
        let space = json!({"isMultiAlbum": true, "allowPhoto": true, "allowVideo": true});
        self.desk(json!({}), space).await
    }

    /// `/api/v1/{noun}/{lib}/{space}/{rest}` with the desk's token; `rest` may have a query.
    pub(crate) async fn at(&self, desk: &Desk, method: &str, noun: &str, rest: &str) -> Reply {
        self.at_with(desk, method, noun, rest, Value::Null).await
    }

    pub(crate) async fn at_with(
        &self,
        desk: &Desk,
        method: &str,
        noun: &str,
        rest: &str,
        body: Value,
    ) -> Reply {
        let path = desk.path(noun, rest);
        let request = self.request(method, &path);
        self.send(if body.is_null() { request } else { request.json(&body) }).await
    }

    /// Sends bytes to where a begin reply says.
    pub(crate) async fn put(&self, begun: &Reply, bytes: &[u8]) {
        let status = self.put_status(begun, "", bytes).await;
        assert_eq!(status, 200);
    }

    /// As [`World::put`], with a query, whatever comes of it.
    pub(crate) async fn put_status(&self, begun: &Reply, query: &str, bytes: &[u8]) -> u16 {
        let url = format!("http://{}{}{query}", begun.text("domain"), begun.text("path"));
        let mut request = self.client.put(url).body(bytes.to_vec());
        for (name, value) in begun.json["headers"].as_object().into_iter().flatten() {
            request = request.header(name, value.as_str().expect("a header"));
        }
        request.send().await.expect("the store answers").status().as_u16()
    }

    /// Whether the store has an object where begin said to put one.
    pub(crate) async fn holds(&self, begun: &Reply) -> bool {
        let path = begun.text("path");
        let (_, key) = path.trim_start_matches('/').split_once('/').expect("a bucket and a key");
        self.store.plane.head(&key.parse().expect("a key")).await.is_ok()
    }

    /// Uploads in one piece; the reply of the confirm.
    pub(crate) async fn upload(&self, desk: &Desk, path: &str, query: &str, bytes: &[u8]) -> Reply {
        let begun = self.at(desk, "PUT", "file", &format!("{path}?{query}")).await;
        assert_eq!(begun.status, 201, "{begun:?}");
        self.put(&begun, bytes).await;
        self.confirm(desk, &begun, query, bytes).await
    }

    /// Confirms a begun upload with the check value of these bytes.
    pub(crate) async fn confirm(
        &self,
        desk: &Desk,
        begun: &Reply,
        query: &str,
        bytes: &[u8],
    ) -> Reply {
        let rest = format!("{}?confirm=1&{query}", begun.text("confirmKey"));
        let crc64 = json!({"crc64": Crc64Digest::of(bytes).to_string()});
        self.at_with(desk, "POST", "file", &rest, crc64).await
    }

    /// Makes directories.
    pub(crate) async fn directories(&self, desk: &Desk, paths: &[&str]) {
        for path in paths {
            let reply = self.at(desk, "PUT", "directory", path).await;
            assert_eq!(reply.status, 201, "{reply:?}");
        }
    }

    /// Desks in two spaces of a fresh library, with one token for both.
    pub(crate) async fn two_desks(&self, settings: Value, spaces: [Value; 2]) -> [Desk; 2] {
        let library = self.library(settings).await;
        let [one, two] = spaces;
        let (one, two) = (self.space(&library, one).await, self.space(&library, two).await);
        let rest = format!("space_id={one},{two}&user_id=ann&grant=space_admin");
        let token = self.token(&library, &rest).await;
        [one, two].map(|space| Desk { library: library.clone(), space, token: token.clone() })
    }

    /// What became of the task of a 202 reply, as the older list tells it, once it has ended.
    pub(crate) async fn task_end(&self, desk: &Desk, accepted: &Reply) -> Value {
        assert_eq!(accepted.status, 202, "{accepted:?}");
        let id = accepted.json["taskId"].as_u64().expect("a number").to_string();
        for _ in 0..1000 {
            let reply = self.at(desk, "GET", "task", &id).await;
            assert_eq!(reply.status, 200, "{reply:?}");
            if reply.json[0]["status"] != json!(202) {
                return reply.json[0].clone();
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("a task without an end: {id}");
    }
}

impl Desk {
    pub(crate) fn path(&self, noun: &str, rest: &str) -> String {
        let join = if rest.contains('?') { '&' } else { '?' };
        let Self { library, space, token } = self;
        format!("/api/v1/{noun}/{}/{space}/{rest}{join}access_token={token}", library.id)
    }

    /// The same space with another token.
    pub(crate) async fn with(&self, world: &World, rest: &str) -> Self {
        let token = world.token(&self.library, &format!("space_id={}&{rest}", self.space)).await;
        Self { token, ..self.clone() }
    }
}
