//! The three services while they run: started in the order in which they need each other, stopped
//! in the other.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
};

use albumen_client::{Certificate, HttpClientConfig, ProxyChoice};
use albumen_hosting::{HostingConfig, HostingHandle};
use albumen_model::{ConsoleKey, LibraryId, LibrarySecret, SpaceId};
use albumen_store::{
    BucketName, Clock, Credential, DiskStore, ObjectStore, SystemClock, UploadKeys,
    data_plane::{DataPlane, EmbeddedConfig, EmbeddedDataPlane, back_ends},
    tls::Secured,
    wire::{self, DEFAULT_MAX_CONNECTIONS, ServeConfig, StoreServer},
};
use albumen_tokens::{AdoptLibrary, SealKey, SetUpCode, TokensConfig, TokensHandle};

use tokio::net::TcpListener;

use super::{
    Operating, TOKENS, Watched, failed, hex,
    ports::{Addresses, Listeners, PublicUrls},
};
use crate::{
    AppError, Code,
    keys::Keys,
    moving::Databases,
    places::private_folder,
    tls::{self, Secure, Site, TlsOptions},
};

/// The bucket that the library service keeps content in.
pub(crate) const BUCKET: &str = "albumen";

/// The keys of the services, kept with the other keys and never in their folder.
pub(crate) struct ServiceKeys {
    console: ConsoleKey,
    seal: SealKey,
    store: Credential,
}

impl ServiceKeys {
    /// Those of a home, made at the first start.
    ///
    /// # Errors
    /// [`crate::Code::KeychainUnavailable`].
    pub(crate) async fn of(keys: &Keys) -> Result<Self, AppError> {
        let console = keys.get_or_make("services/console").await?;
        let seal = keys.get_or_make("services/seal").await?;
        let store = keys.get_or_make("services/store").await?;
        Ok(Self {
            console: ConsoleKey::new(hex(console.as_slice())),
            seal: SealKey::from_bytes(*seal),
            store: store_credential(&store),
        })
    }
}

/// The object store's access key, from the bytes that are kept.
pub(crate) fn store_credential(kept: &[u8; 32]) -> Credential {
    let (id, secret) = kept.split_at(8);
    Credential::new(format!("ALBUMEN{}", hex(id).to_uppercase()), hex(secret))
}

impl ServiceKeys {
    /// What the token service is told in any case: enough to open its files.
    pub(crate) fn tokens_config(&self, dir: PathBuf) -> TokensConfig {
        let nowhere = "http://127.0.0.1";
        TokensConfig { seal_key: Some(self.seal.clone()), ..TokensConfig::new(dir, nowhere) }
    }
}

/// By what addresses, and how, the services are reached.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reach {
    /// What clients are told instead of their own addresses.
    pub(crate) public: PublicUrls,
    /// TLS on all three; plain HTTP without.
    pub(crate) tls: Option<TlsOptions>,
    /// What an operator decides.
    pub(crate) operating: Operating,
}

impl Reach {
    /// Every host under which the services may be asked for, as far as the store or a certificate
    /// must know it.
    fn hosts(&self) -> Vec<String> {
        match &self.tls {
            Some(options) => tls::hosts(options, &self.public),
            None => vec!["localhost".to_owned()],
        }
    }
}

/// Three services.
pub(crate) struct Running {
    tokens: TokensHandle,
    hosting: HostingHandle,
    store: StoreServer,
    console: ConsoleKey,
    store_key: Credential,
    addresses: Addresses,
    http: HttpClientConfig,
    secure: Option<Secure>,
    watched: Watched,
}

impl Running {
    /// Starts them over the files in a folder. `back_ends`: a file that names object stores of
    /// others, which libraries may be made on.
    ///
    /// # Errors
    /// [`crate::Code::ServiceFailed`]; then none of them runs.
    pub(crate) async fn start(
        dir: &Path,
        keys: ServiceKeys,
        name: &str,
        reach: Reach,
        back_ends: Option<&Path>,
    ) -> Result<Self, AppError> {
        let operating = &reach.operating;
        let watched = Watched::open(operating).await?;
        let site = match &reach.tls {
            Some(options) => Site::of(options),
            None => Site::plain(operating.bind)?,
        };
        let Listeners { hosting, tokens, store, addresses } = Listeners::open(dir, &site).await?;
        let hosts = reach.hosts();
        let secure = reach.tls.as_ref();
        let secure =
            secure.map(|options| Secure::start(dir, options, &hosts, BUCKET)).transpose()?;
        let http = near_http(&addresses, &site, secure.as_ref());
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let back_ends = named_back_ends(back_ends, &clock)?;
        let store_url = reach.public.store.as_deref().unwrap_or(&addresses.store);
        let bytes = Bytes { keys: &keys, url: store_url, hosts, secure: secure.as_ref() };
        let (store, data_plane) = serve_bytes(dir, store, bytes, &clock).await?;
        private(dir, "hosting")?;
        let databases = Databases::of(dir)?;
        let config = HostingConfig {
            database: databases.hosting(),
            console_key: keys.console.clone(),
            data_scheme: scheme_of(store_url).to_owned(),
            data_plane,
            back_ends,
            clock,
            collect_after: albumen_hosting::COLLECT_AFTER,
            tls: secure.as_ref().map(|secure| secure.tls.clone()),
            limits: operating.limits,
            trusted_proxies: operating.trusted_proxies.clone(),
        };
        let hosting = match albumen_hosting::serve(hosting, config).await {
            Ok(hosting) => hosting,
            Err(error) => {
                store.shutdown().await;
                return Err(failed(&error));
            }
        };
        let mut config = operating.of_tokens(keys.tokens_config(private(dir, TOKENS)?));
        config.hosting_url.clone_from(&addresses.hosting);
        config.console_key = Some(keys.console.clone());
        config.server = databases.tokens();
        config.hosting_http = Some(http.clone());
        config.data_scheme = Some(scheme_of(store_url).to_owned());
        config.public_hosting_url = reach.public.hosting;
        config.service_name = name.to_owned();
        let tokens = match serve_tokens(tokens, config, secure.as_ref()).await {
            Ok(tokens) => tokens,
            Err(error) => {
                hosting.shutdown().await;
                store.shutdown().await;
                return Err(error);
            }
        };
        let ServiceKeys { console, store: store_key, .. } = keys;
        watched.show(vec![hosting.metrics(), tokens.metrics()]);
        Ok(Self { tokens, hosting, store, console, store_key, addresses, http, secure, watched })
    }

    /// Where metrics are shown, if they are.
    pub(crate) fn metrics_url(&self) -> Option<String> {
        self.watched.metrics_url()
    }

    /// How a program on this computer reaches them.
    pub(crate) const fn http(&self) -> &HttpClientConfig {
        &self.http
    }

    /// The authority that has made their certificate, if it is their own.
    pub(crate) fn authority(&self) -> Option<&Certificate> {
        self.secure.as_ref()?.authority.as_ref()
    }

    /// Makes the owner's account, unless it is there.
    ///
    /// # Errors
    /// [`crate::Code::ServiceFailed`].
    pub(crate) async fn ensure_owner(&self, name: &str, password: &str) -> Result<(), AppError> {
        let made = self.tokens.service().ensure_owner(name, password).await;
        made.map(drop).map_err(|error| failed(&error))
    }

    /// Sees to it that there is a code to become the owner with, unless there is one.
    ///
    /// # Errors
    /// [`crate::Code::ServiceFailed`].
    pub(crate) async fn offer_set_up(&self) -> Result<Option<SetUpCode>, AppError> {
        let offered = self.tokens.service().offer_set_up().await;
        offered.map_err(|error| failed(&error))
    }

    /// Makes a library that exists known to the token service, and gives its space a name.
    ///
    /// # Errors
    /// [`crate::Code::ServiceFailed`].
    pub(crate) async fn adopt(
        &self,
        library: &LibraryId,
        secret: &LibrarySecret,
        space: &SpaceId,
        name: &str,
    ) -> Result<(), AppError> {
        let adopted = AdoptLibrary {
            library_id: library.clone(),
            secret: secret.clone(),
            name: name.to_owned(),
            is_file_library: false,
            hosting_url: None,
            data_scheme: None,
            authority: None,
        };
        let service = self.tokens.service();
        service.adopt_library(adopted).await.map_err(|error| failed(&error))?;
        let named = service.name_space(library.clone(), space.clone(), name).await;
        named.map(drop).map_err(|error| failed(&error))
    }

    /// The key of the library service's console.
    pub(crate) const fn console_key(&self) -> &ConsoleKey {
        &self.console
    }

    /// Where they answer.
    pub(crate) const fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// The object store's access key and its secret.
    pub(crate) fn store_key(&self) -> (String, String) {
        let Credential { access_key_id, secret_key } = &self.store_key;
        (access_key_id.clone(), secret_key.expose().to_owned())
    }

    /// The bucket of content.
    pub(crate) const fn bucket(&self) -> &'static str {
        BUCKET
    }

    /// Stops them: who asks before who is asked. A balancer that looks whether they are ready is
    /// told some time before, so that it sends nothing more.
    pub(crate) async fn stop(self) {
        self.tokens.announce_stop();
        self.hosting.announce_stop();
        self.watched.notice().await;
        self.tokens.shutdown().await;
        self.hosting.shutdown().await;
        self.store.shutdown().await;
    }
}

/// The object stores of others that a file names.
pub(crate) fn named_back_ends(
    file: Option<&Path>,
    clock: &Arc<dyn Clock>,
) -> Result<BTreeMap<String, Arc<dyn DataPlane>>, AppError> {
    let Some(file) = file else { return Ok(BTreeMap::new()) };
    let text = std::fs::read_to_string(file).map_err(|error| failed(&error))?;
    let variable = |name: &str| std::env::var(name).ok();
    back_ends(&text, &variable, clock).map_err(|error| failed(&error))
}

/// What the object store is served with.
struct Bytes<'a> {
    keys: &'a ServiceKeys,
    /// The base URL that clients are told.
    url: &'a str,
    /// The hosts under which a bucket's name may stand.
    hosts: Vec<String>,
    secure: Option<&'a Secure>,
}

/// Serves the object store, and what signs for it.
async fn serve_bytes(
    dir: &Path,
    listener: TcpListener,
    bytes: Bytes<'_>,
    clock: &Arc<dyn Clock>,
) -> Result<(StoreServer, Arc<dyn DataPlane>), AppError> {
    let objects = open_store(&dir.join("store")).await?;
    let keys = Arc::new(UploadKeys::new(Arc::clone(clock)));
    let root = bytes.keys.store.clone();
    let embedded = EmbeddedConfig {
        bucket: bucket(),
        public_scheme: scheme_of(bytes.url).to_owned(),
        public_data_host: host_of(bytes.url).to_owned(),
        root: root.clone(),
    };
    let (own, at) = (Arc::clone(&objects), Arc::clone(clock));
    let plane = EmbeddedDataPlane::new(own, Arc::clone(&keys), at, embedded);
    let plane = plane.await.map_err(|error| failed(&error))?;
    let config = ServeConfig {
        store: objects,
        keys,
        clock: Arc::clone(clock),
        root,
        base_domains: bytes.hosts.into_iter().filter(|host| is_name(host)).collect(),
        max_connections: DEFAULT_MAX_CONNECTIONS,
        tls: bytes.secure.map(|secure| secure.tls.clone()),
    };
    let store = wire::serve(listener, config).map_err(|error| failed(&error))?;
    Ok((store, Arc::new(plane)))
}

/// Serves the token service, with TLS if there is any.
///
/// # Errors
/// [`Code::SealKeyWrong`], [`Code::ServiceFailed`].
pub(crate) async fn serve_tokens(
    listener: TcpListener,
    mut config: TokensConfig,
    secure: Option<&Secure>,
) -> Result<TokensHandle, AppError> {
    let authority = secure.and_then(|secure| secure.authority.as_ref());
    config.ca_fingerprint = authority.map(Certificate::fingerprint);
    let tls = secure.map(|secure| secure.tls.clone());
    let wrap = Box::new(move |socket| Secured::around(tls.as_ref(), socket));
    let serving = albumen_tokens::serve_within(listener, wrap, config).await;
    serving.map_err(|error| match &error {
        albumen_tokens::Error::Unsealable => AppError::new(Code::SealKeyWrong).because(&error),
        _ => failed(&error),
    })
}

/// How this process reaches its own services: by no proxy, trusting their authority, and without
/// asking anybody where their name is.
fn near_http(addresses: &Addresses, site: &Site, secure: Option<&Secure>) -> HttpClientConfig {
    HttpClientConfig {
        authorities: secure.map(|secure| secure.near.clone()).unwrap_or_default(),
        resolved: site.name().map(|name| (name.to_owned(), SocketAddr::new(site.near(), 0))),
        proxy: ProxyChoice::Direct,
        ..HttpClientConfig::suited_to(&addresses.hosting)
    }
}

/// Whether a host is a name that other names can stand below.
fn is_name(host: &str) -> bool {
    host.parse::<IpAddr>().is_err() && !host.starts_with("*.")
}

async fn open_store(dir: &Path) -> Result<Arc<dyn ObjectStore>, AppError> {
    private_folder(dir).map_err(|error| failed(&error))?;
    let store = DiskStore::open(dir).await.map_err(|error| failed(&error))?;
    Ok(Arc::new(store))
}

/// A folder in that of the services, for us alone.
///
/// # Errors
/// [`Code::ServiceFailed`].
pub(crate) fn private(dir: &Path, name: &str) -> Result<PathBuf, AppError> {
    let folder = dir.join(name);
    private_folder(&folder).map_err(|error| failed(&error))?;
    Ok(folder)
}

/// The bucket that the library service keeps content in.
pub(crate) fn bucket() -> BucketName {
    BUCKET.parse().expect("the name is a constant that buckets may have")
}

/// `http` or `https`, of a base URL.
fn scheme_of(url: &str) -> &'static str {
    if url.starts_with("https://") { "https" } else { "http" }
}

/// Host and port of a base URL.
fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.trim_end_matches('/')
}
