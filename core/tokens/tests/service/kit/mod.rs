//! A token service on a real socket, a small SMH of the test's own, and devices that sign in.

#[path = "../../../../../tests/src/provider.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "it is shared with the tests of the whole"
)]
pub(crate) mod provider;
pub(crate) mod raw;
#[path = "../../../../../tests/src/secrets.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "it is shared with the tests of the whole"
)]
pub(crate) mod secrets;
pub(crate) mod secure;
mod service;
pub(crate) mod smh;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use albumen_client::{DeviceKey, Enrolment, HttpClient, HttpClientConfig, TokenService};
use albumen_db::{Place, Server, testing};
use albumen_model::{
    ConsoleKey, LibraryId, SpaceId, Timestamp,
    auth::{CreateLibrary, CreateSpace, DeviceTokenRequest, Role, SignInReply, TokenPurpose},
};
use albumen_tokens::{Clock, OpenIdConfig, TokensConfig, TokensHandle, TrustedProxies, serve};
use secrets::{Exempt, Known, Searched};
use service::Service;
use smh::FakeSmh;
use tokio::net::TcpListener;

pub(crate) const OWNER: &str = "olga";
pub(crate) const PASSWORD: &str = "a long enough password";
pub(crate) const CONSOLE_KEY: &str = "console-key-that-stays-on-the-server";

/// What may lie in the service's folder in the clear.
const EXEMPT: &[Exempt] = &[
    Exempt::of_ours("set-up-code", "who can read the service's files may become its owner"),
    Exempt::of_ours("seal.key", "seals the rest where nobody gives a key"),
];

/// A clock that moves when the test says so.
pub(crate) struct ManualClock(AtomicI64);

impl ManualClock {
    pub(crate) fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

pub(crate) struct World {
    pub(crate) dir: Searched,
    pub(crate) known: Known,
    pub(crate) database: Place,
    pub(crate) smh: FakeSmh,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) handle: TokensHandle,
    pub(crate) http: HttpClient,
}

/// A signed-in device.
pub(crate) struct Device {
    pub(crate) key: DeviceKey,
    pub(crate) reply: SignInReply,
    pub(crate) service: Service,
}

impl World {
    /// A fresh service with an owner, and an SMH that can fence.
    pub(crate) async fn start() -> Self {
        let world = Self::start_without_owner().await;
        assert!(world.handle.service().ensure_owner(OWNER, PASSWORD).await.unwrap());
        world
    }

    /// The same before anybody is there.
    pub(crate) async fn start_without_owner() -> Self {
        let (known, smh) = (Known::default(), FakeSmh::start().await);
        for (what, secret) in [
            ("a password", PASSWORD),
            ("a console's key", CONSOLE_KEY),
            ("a library's secret", smh::LIBRARY_SECRET),
        ] {
            known.learn(what, secret);
        }
        let dir = Searched::for_its_own(tempfile::tempdir().unwrap(), known.clone(), EXEMPT);
        let clock = Arc::new(ManualClock(AtomicI64::new(1_800_000_000_000)));
        let database = database(dir.path());
        let handle = Self::serve(dir.path(), &database, &smh, &clock).await;
        let http = HttpClient::new(&HttpClientConfig::loopback()).unwrap();
        Self { dir, known, database, smh, clock, handle, http }
    }

    async fn serve(
        dir: &Path,
        database: &Place,
        smh: &FakeSmh,
        clock: &Arc<ManualClock>,
    ) -> TokensHandle {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        serve(listener, Self::config(dir, database, smh, clock)).await.unwrap()
    }

    /// What the service here is started with, for a program that looks at its files.
    pub(crate) fn own_config(&self) -> TokensConfig {
        Self::config(self.dir.path(), &self.database, &self.smh, &self.clock)
    }

    fn config(
        dir: &Path,
        database: &Place,
        smh: &FakeSmh,
        clock: &Arc<ManualClock>,
    ) -> TokensConfig {
        TokensConfig {
            console_key: Some(ConsoleKey::new(CONSOLE_KEY)),
            service_name: "Test".to_owned(),
            clock: Arc::clone(clock) as Arc<dyn Clock>,
            tick: Duration::from_millis(50),
            mint_within: Duration::from_secs(8),
            server: server(database),
            ..TokensConfig::new(dir.join("services"), smh.url())
        }
    }

    /// Stops the service and starts it again over the same files, at another port.
    pub(crate) async fn restart(self) -> Self {
        self.handle.shutdown().await;
        let handle = Self::serve(self.dir.path(), &self.database, &self.smh, &self.clock).await;
        Self { handle, ..self }
    }

    /// Another instance over the same data.
    pub(crate) async fn second(&self) -> TokensHandle {
        Self::serve(self.dir.path(), &self.database, &self.smh, &self.clock).await
    }

    /// One that people may sign in to by this provider.
    pub(crate) async fn second_with(&self, openid: OpenIdConfig) -> TokensHandle {
        let config = self.own_config();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        serve(listener, TokensConfig { openid: Some(openid), ..config }).await.unwrap()
    }

    /// Another one that believes these proxies.
    pub(crate) async fn second_behind(&self, proxies: &[&str]) -> TokensHandle {
        let config = Self::config(self.dir.path(), &self.database, &self.smh, &self.clock);
        let trusted_proxies = TrustedProxies::parse(proxies).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        serve(listener, TokensConfig { trusted_proxies, ..config }).await.unwrap()
    }

    pub(crate) fn base(&self) -> String {
        format!("http://{}", self.handle.local_addr())
    }

    pub(crate) fn stranger(&self) -> TokenService {
        TokenService::new(self.http.clone(), &self.base()).unwrap()
    }

    /// Signs a new device in.
    pub(crate) async fn sign_in(&self, account: &str, password: &str, name: &str) -> Device {
        let key = DeviceKey::generate().unwrap();
        let about = (name, "TestOS 1", "0.0.0");
        let reply = self.stranger().sign_in(&key, account, password, about).await.unwrap();
        self.device(key, reply)
    }

    /// A device that signed in before, at the address the service has now.
    pub(crate) fn device(&self, key: DeviceKey, reply: SignInReply) -> Device {
        self.device_at(&self.base(), key, reply)
    }

    /// The same device, at this instance.
    pub(crate) fn device_at(&self, base: &str, key: DeviceKey, reply: SignInReply) -> Device {
        let enrolment = Enrolment {
            key: key.clone(),
            device_id: reply.device_id.clone(),
            service_id: reply.service_id.clone(),
        };
        self.known.learn_key("a device's key", &key.to_secret()[..]);
        let service = TokenService::enrolled(self.http.clone(), base, enrolment).unwrap();
        let service = Service::new(Arc::new(service), self.known.clone());
        Device { key, reply, service }
    }

    pub(crate) async fn owner(&self) -> Device {
        self.sign_in(OWNER, PASSWORD, "the owner's laptop").await
    }

    /// Makes an account and signs a device of it in.
    pub(crate) async fn someone(&self, owner: &Device, name: &str, role: Role) -> Device {
        let account = albumen_model::auth::CreateAccount {
            name: name.to_owned(),
            password: PASSWORD.to_owned(),
            role,
        };
        owner.service.create_account(&account).await.unwrap();
        self.sign_in(name, PASSWORD, &format!("{name}'s phone")).await
    }

    /// What was done so far, as the audit log names it.
    pub(crate) async fn acts(&self) -> Vec<String> {
        let service = self.handle.service();
        service.verify_audit(None).await.unwrap();
        let entries = service.audit_entries(0, 1000).await.unwrap();
        entries.into_iter().map(|entry| entry.act).collect()
    }

    /// A library with one space.
    pub(crate) async fn library(&self, owner: &Device) -> (LibraryId, SpaceId) {
        let library = CreateLibrary {
            name: "Photos".to_owned(),
            is_file_library: false,
            is_multi_space: true,
            is_multi_album: false,
        };
        let library = owner.service.create_library(&library).await.unwrap().library_id;
        let space = CreateSpace { name: "Family".to_owned(), is_multi_album: true };
        let space = owner.service.create_space(&library, &space).await.unwrap().space_id;
        (library, space)
    }
}

/// Where the service will have its data: its own file, or a schema on the server under test.
fn database(dir: &Path) -> Place {
    match testing::place(dir) {
        Place::File(_) => Place::File(dir.join("services/tokens.db")),
        server => server,
    }
}

/// The server of a place, as the service is told.
pub(crate) fn server(place: &Place) -> Option<Server> {
    match place {
        Place::File(_) => None,
        Place::Server(server) => Some(server.clone()),
    }
}

/// What to ask for a token with.
pub(crate) fn wanting(place: &(LibraryId, SpaceId), purpose: TokenPurpose) -> DeviceTokenRequest {
    DeviceTokenRequest { library_id: place.0.clone(), space_id: place.1.clone(), purpose }
}

/// Waits until something is so; fails after five seconds.
pub(crate) async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..250 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("It never came about: {what}");
}
