//! The three services while they run: started in the order in which they need each other, stopped
//! in the other.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use albumen_db::Place;
use albumen_hosting::{HostingConfig, HostingHandle};
use albumen_model::{ConsoleKey, LibraryId, LibrarySecret, SpaceId};
use albumen_store::{
    BucketName, Clock, Credential, DiskStore, ObjectStore, SystemClock, UploadKeys,
    data_plane::{DataPlane, EmbeddedConfig, EmbeddedDataPlane, back_ends},
    wire::{self, DEFAULT_MAX_CONNECTIONS, ServeConfig, StoreServer},
};
use albumen_tokens::{AdoptLibrary, SealKey, TokensConfig, TokensHandle};

use super::{
    failed, hex,
    ports::{Addresses, Listeners, PublicUrls},
};
use crate::{AppError, keys::Keys, places::private_folder};

/// The bucket that the library service keeps content in.
const BUCKET: &str = "albumen";
/// How clients reach the object store: on this computer nothing needs encryption on the way.
const DATA_SCHEME: &str = "http";

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
        let (id, secret) = store.split_at(8);
        Ok(Self {
            console: ConsoleKey::new(hex(console.as_slice())),
            seal: SealKey::from_bytes(*seal),
            store: Credential::new(format!("ALBUMEN{}", hex(id).to_uppercase()), hex(secret)),
        })
    }
}

/// Three services on loopback.
pub(crate) struct Running {
    tokens: TokensHandle,
    hosting: HostingHandle,
    store: StoreServer,
    console: ConsoleKey,
    store_key: Credential,
    addresses: Addresses,
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
        public: PublicUrls,
        back_ends: Option<&Path>,
    ) -> Result<Self, AppError> {
        let listeners = Listeners::open(dir).await?;
        let Listeners { hosting, tokens, store, addresses } = listeners;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let back_ends = named_back_ends(back_ends, &clock)?;
        let objects = open_store(&dir.join("store")).await?;
        let upload_keys = Arc::new(UploadKeys::new(Arc::clone(&clock)));
        let store_url = public.store.as_deref().unwrap_or(&addresses.store);
        let embedded = EmbeddedConfig {
            bucket: bucket(),
            public_scheme: DATA_SCHEME.to_owned(),
            public_data_host: host_of(store_url).to_owned(),
            root: keys.store.clone(),
        };
        let (own, at) = (Arc::clone(&objects), Arc::clone(&clock));
        let plane = EmbeddedDataPlane::new(own, Arc::clone(&upload_keys), at, embedded);
        let plane = plane.await.map_err(|error| failed(&error))?;
        let config = ServeConfig {
            store: objects,
            keys: upload_keys,
            clock: Arc::clone(&clock),
            root: keys.store.clone(),
            base_domains: vec!["localhost".to_owned()],
            max_connections: DEFAULT_MAX_CONNECTIONS,
        };
        let store = wire::serve(store, config).map_err(|error| failed(&error))?;
        let config = HostingConfig {
            database: Place::File(private(dir, "hosting")?.join("hosting.db")),
            console_key: keys.console.clone(),
            data_scheme: DATA_SCHEME.to_owned(),
            data_plane: Arc::new(plane),
            back_ends,
            clock,
            collect_after: albumen_hosting::COLLECT_AFTER,
        };
        let hosting = match albumen_hosting::serve(hosting, config).await {
            Ok(hosting) => hosting,
            Err(error) => {
                store.shutdown().await;
                return Err(failed(&error));
            }
        };
        let mut config = TokensConfig::new(private(dir, "tokens")?, addresses.hosting.clone());
        config.public_hosting_url = public.hosting;
        config.console_key = Some(keys.console.clone());
        config.service_name = name.to_owned();
        config.seal_key = Some(keys.seal);
        let tokens = match albumen_tokens::serve(tokens, config).await {
            Ok(tokens) => tokens,
            Err(error) => {
                hosting.shutdown().await;
                store.shutdown().await;
                return Err(failed(&error));
            }
        };
        let (console, store_key) = (keys.console, keys.store);
        Ok(Self { tokens, hosting, store, console, store_key, addresses })
    }

    /// Makes the owner's account, unless it is there.
    ///
    /// # Errors
    /// [`crate::Code::ServiceFailed`].
    pub(crate) async fn ensure_owner(&self, name: &str, password: &str) -> Result<(), AppError> {
        let made = self.tokens.service().ensure_owner(name, password).await;
        made.map(drop).map_err(|error| failed(&error))
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

    /// Stops them: who asks before who is asked.
    pub(crate) async fn stop(self) {
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

async fn open_store(dir: &Path) -> Result<Arc<dyn ObjectStore>, AppError> {
    private_folder(dir).map_err(|error| failed(&error))?;
    let store = DiskStore::open(dir).await.map_err(|error| failed(&error))?;
    Ok(Arc::new(store))
}

fn private(dir: &Path, name: &str) -> Result<std::path::PathBuf, AppError> {
    let folder = dir.join(name);
    private_folder(&folder).map_err(|error| failed(&error))?;
    Ok(folder)
}

fn bucket() -> BucketName {
    BUCKET.parse().expect("the name is a constant that buckets may have")
}

/// Host and port of a base URL.
fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.trim_end_matches('/')
}
