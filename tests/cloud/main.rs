//! The contract of a cloud, on the real services: the library service and its object store in this
//! process, spoken to over their sockets with the very rights that a member's mapping gets.

#![allow(clippy::unwrap_used, reason = "a story that goes wrong in its telling is to end at once")]

use std::{collections::BTreeMap, sync::Arc};

use albumen_client::{
    Access, DataPlane, HostingBackend, HttpClient, HttpClientConfig, SpaceClient, TokenSource,
};
use albumen_db::testing;
use albumen_hosting::{COLLECT_AFTER, HostingConfig, HostingHandle, Limits, TrustedProxies, serve};
use albumen_model::{
    AccessToken, ConsoleKey, Grant, GrantSet, LibraryId, LibrarySecret, RemotePath, SpaceId,
    Timestamp, UserId,
    auth::{Role, TokenPurpose},
    smh::{CreateLibraryRequest, CreateSpaceRequest, LibrarySettings, TokenRequest},
};
use albumen_store::{
    Credential, ManualClock, MemoryStore, SystemClock, UploadKeys,
    data_plane::{EmbeddedConfig, EmbeddedDataPlane},
    wire::{self, DEFAULT_MAX_CONNECTIONS, ServeConfig, StoreServer},
};
use albumen_sync::{
    SpaceCloud, SpaceClouds,
    cloud::{
        CloudErrorKind, CloudTree, NodeKind,
        contract::ground::{Elsewhere, Ground, kind, new_file, number, path},
    },
};
use async_trait::async_trait;
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;

albumen_sync::contract_of!(crate::ground);

/// Longer than any story, half years included.
const TOKEN_SECONDS: u64 = 10 * 365 * 86_400;

/// The services with a library of two spaces.
struct World {
    clock: ManualClock,
    service: HostingHandle,
    _store: StoreServer,
    _dir: TempDir,
    library: LibraryId,
    space: SpaceId,
    other_space: SpaceId,
    /// May do everything in the library.
    admin: AccessToken,
    /// What the token service would give a member's device for a mapping.
    device: AccessToken,
    /// What it would give a viewer's.
    viewer: AccessToken,
}

async fn socket() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

/// On the system's clock, whatever the service's shows: signed addresses are held against it.
async fn storage() -> (StoreServer, Arc<EmbeddedDataPlane>) {
    let clock = Arc::new(SystemClock);
    let store = Arc::new(MemoryStore::new(clock.clone()));
    let (keys, root) = (Arc::new(UploadKeys::new(clock.clone())), Credential::random());
    let listener = socket().await;
    let public_data_host = listener.local_addr().unwrap().to_string();
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
        bucket: "albumen".parse().unwrap(),
        public_scheme: "http".to_owned(),
        public_data_host,
        root,
    };
    let server = wire::serve(listener, served).unwrap();
    let plane = EmbeddedDataPlane::new(store, keys, clock, config).await.unwrap();
    (server, Arc::new(plane))
}

fn http() -> HttpClient {
    HttpClient::new(&HttpClientConfig::loopback()).unwrap()
}

/// Makes the library, and gives tokens.
struct Console {
    backend: HostingBackend,
    library: LibraryId,
    secret: LibrarySecret,
}

impl Console {
    async fn open(service: &HostingHandle, key: &ConsoleKey) -> Self {
        let url = format!("http://{}", service.local_addr());
        let backend = HostingBackend::new(http(), &url).unwrap();
        let settings = LibrarySettings { is_file_library: true, ..LibrarySettings::default() };
        let request = CreateLibraryRequest { settings, ..CreateLibraryRequest::default() };
        let made = backend.create_library(key, &request).await.unwrap();
        Self { backend, library: made.library.library_id, secret: made.library_secret }
    }

    async fn token(&self, spaces: &[&SpaceId], grant: GrantSet) -> AccessToken {
        let names: Vec<&str> = spaces.iter().map(|space| space.as_str()).collect();
        let request = TokenRequest {
            space_id: names.join(","),
            user_id: UserId::parse("mia").unwrap(),
            period: Some(TOKEN_SECONDS),
            grant,
            ..TokenRequest::new(self.library.clone(), self.secret.clone())
        };
        self.backend.mint(&request).await.unwrap().access_token
    }

    async fn space(&self) -> SpaceId {
        let token = self.token(&[], GrantSet::of(&[Grant::Admin])).await;
        let wish = CreateSpaceRequest::default();
        self.backend.create_space(&self.library, &token, &wish).await.unwrap().space_id
    }
}

impl World {
    async fn start() -> Self {
        let dir = TempDir::new().unwrap();
        let clock = ManualClock::at(Timestamp::from_millis(1_790_000_000_000));
        let (store, data_plane) = storage().await;
        let config = HostingConfig {
            database: testing::place(dir.path()),
            console_key: ConsoleKey::new("console-key-of-the-test"),
            data_scheme: "http".to_owned(),
            data_plane,
            back_ends: BTreeMap::new(),
            clock: Arc::new(clock.clone()),
            collect_after: COLLECT_AFTER,
            tls: None,
            limits: Limits::default(),
            trusted_proxies: TrustedProxies::default(),
        };
        let service = serve(socket().await, config).await.unwrap();
        let console = Console::open(&service, &ConsoleKey::new("console-key-of-the-test")).await;
        let (space, other_space) = (console.space().await, console.space().await);
        let both = [&space, &other_space];
        let admin = console.token(&both, GrantSet::of(&[Grant::Admin])).await;
        let grants = |role: Role, purpose| role.grants_for(purpose).unwrap();
        let member = grants(Role::Member, TokenPurpose::Sync);
        let device = console.token(&[&space], member).await;
        let viewer = grants(Role::Viewer, TokenPurpose::Browse);
        let viewer = console.token(&[&space], viewer).await;
        let library = console.library;
        Self {
            clock,
            service,
            _store: store,
            _dir: dir,
            library,
            space,
            other_space,
            admin,
            device,
            viewer,
        }
    }

    fn tokens(&self, token: &AccessToken) -> Arc<TokenSource> {
        let url = format!("http://{}", self.service.local_addr());
        let access = Access::given(token.clone(), &url, "http").unwrap();
        Arc::new(TokenSource::given(access))
    }

    /// As the engine opens it.
    fn tree(&self, token: &AccessToken, purpose: TokenPurpose) -> Arc<dyn CloudTree> {
        let clouds = SpaceClouds::new(http(), self.tokens(token));
        clouds.tree(&self.library, &self.space, purpose)
    }

    /// An administrator asks; refused is nothing.
    async fn ask(&self, method: Method, place: &str, query: &str, body: Option<Value>) {
        let address = self.service.local_addr();
        let url = format!("http://{address}/api/v1/{place}?{query}");
        let request = reqwest::Client::new().request(method, url);
        let request = request.bearer_auth(self.admin.expose());
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        let reply = request.send().await.unwrap();
        let status = reply.status();
        assert!(status.is_success(), "{place}: {status} {}", reply.text().await.unwrap());
    }

    fn in_space(&self, kind: &str, place: &str) -> String {
        format!("{kind}/{}/{}/{place}", self.library, self.space)
    }
}

/// The real services over an empty space.
async fn ground() -> Ground {
    let world = World::start().await;
    Ground { tree: world.tree(&world.device, TokenPurpose::Sync), elsewhere: Box::new(world) }
}

#[tokio::test]
async fn a_viewer_follows_and_changes_nothing() {
    let world = World::start().await;
    let viewer = world.tree(&world.viewer, TokenPurpose::Browse);
    let member = world.tree(&world.device, TokenPurpose::Sync);
    let ground = Ground { tree: member, elsewhere: Box::new(world) };
    let cursor = viewer.cursor().await.unwrap();
    let file = ground.upload("x", b"12345").await;
    let item = ground.trash(NodeKind::File, "x").await;
    ground.upload("y", b"12345").await;
    let viewing = Ground { tree: viewer, ..ground };
    assert_eq!(viewing.since(&cursor).await.len(), 3);
    assert_eq!(viewing.names("").await, ["y"]);
    assert_eq!(viewing.place(&number(&file)).await, None);
    assert_eq!(viewing.read("y", 3).await.unwrap(), b"45");
    let tree = &viewing.tree;
    let (x, y) = (path("x"), path("y"));
    for (what, refused) in [
        ("makes", kind(tree.create_directory(&x).await)),
        ("uploads", kind(viewing.send(&new_file("x", b"1"), b"1").await)),
        ("moves", kind(viewing.rename(NodeKind::File, "y", "z").await)),
        ("deletes", kind(tree.trash(NodeKind::File, &y, None).await)),
        ("restores", kind(tree.restore(item).await)),
    ] {
        assert_eq!(refused, Some(CloudErrorKind::NoPermission), "a viewer {what} nothing");
    }
}

#[async_trait]
impl Elsewhere for World {
    fn with_events_at_once(&self, count: u32) -> Arc<dyn CloudTree> {
        let (library, space) = (self.library.clone(), self.space.clone());
        let tokens = self.tokens(&self.device);
        let space = SpaceClient::new(http(), tokens, library, space, TokenPurpose::Sync);
        let cloud = SpaceCloud::new(space, DataPlane::new(http()));
        Arc::new(cloud.with_events_at_once(count))
    }

    async fn purge(&self, item: u64) {
        let place = self.in_space("recycled", &item.to_string());
        self.ask(Method::DELETE, &place, "", None).await;
    }

    async fn delete_for_good(&self, path: &RemotePath) {
        let place = self.in_space("file", &path.encode());
        self.ask(Method::DELETE, &place, "permanent=1", None).await;
    }

    async fn move_onto(&self, from: &RemotePath, to: &RemotePath) {
        let (place, body) =
            (self.in_space("file", &to.encode()), json!({ "from": from.to_string() }));
        let query = "conflict_resolution_strategy=overwrite";
        self.ask(Method::PUT, &place, query, Some(body)).await;
    }

    async fn move_away(&self, path: &RemotePath) {
        let place = format!("batch/{}/{}", self.library, self.other_space);
        let name = path.to_string();
        let wish = json!({ "from": name, "to": name, "fromSpaceId": self.space });
        self.ask(Method::POST, &place, "move", Some(json!([wish]))).await;
    }

    async fn quota_takes_all(&self) {
        let place = format!("quota/{}", self.library);
        let body = json!({
            "spaces": [self.space], "capacity": 0, "removeWhenExceed": true, "removeAfterDays": 0,
        });
        self.ask(Method::POST, &place, "", Some(body)).await;
        self.service.sweep().await.unwrap();
    }

    async fn half_a_year_passes(&self) {
        self.clock.advance_seconds(181 * 86_400);
    }
}
