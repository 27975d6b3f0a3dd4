//! One token service: its files, keys, names and the work behind every route. Routes and background
//! work both go through here.

pub(crate) mod account;
mod attempts;
pub(crate) mod audit;
mod authority;
pub(crate) mod device;
mod enrolment;
mod first_password;
mod identity;
mod invitation;
mod join;
pub(crate) mod library;
pub(crate) mod library_view;
mod openid;
mod pair;
mod pairing;
mod people;
pub(crate) mod policy;
pub(crate) mod relay;
mod second_factor;
mod set_up;
mod sign_in;

pub use relay::AdoptLibrary;
pub use set_up::{SetUpCode, begin_owner_reset, waiting_set_up_code};

use std::{fmt, fs, path::Path, sync::Arc};

use albumen_client::{Certificate, HostingBackend, HttpClient, HttpClientConfig, is_loopback};
use albumen_db::{Database, Place, Tx};
use albumen_model::{
    ClientId, DeviceId, LibrarySecret, ServiceId, Timestamp,
    auth::{AccountRecord, ApiRange, OpenIdOffer, ServiceInfo},
};
use albumen_ops::{Health, Probe, Traffic};
use futures::future::BoxFuture;
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::{
    Error, SealKey, TokensConfig,
    listening::Listening,
    lock,
    locks::DeviceLocks,
    nonce::Nonces,
    notice::NoticeBoard,
    password::Passwords,
    provider::Provider,
    repository::{audit::Actor, library::KnownLibrary, mint, schema::SCHEMA, setting},
    rules,
    sealing::{Sealer, new_id},
};

/// The database in the service's folder, where it is a file.
pub const DATABASE_FILE: &str = "tokens.db";
const SERVICE_ID_SETTING: &str = "service_id";
pub(crate) const SEAL_PROBE_SETTING: &str = "seal_probe";
/// Devices that may listen for events at the same time.
const LISTENERS_MAX: usize = 1024;

/// Who makes a request: a device with a good signature that is not revoked.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) account: AccountRecord,
    pub(crate) device_id: DeviceId,
    pub(crate) client_id: ClientId,
}

/// A token service. Requests come by HTTP (see [`crate::serve`]); the methods here are for the
/// program that hosts it.
pub struct Service {
    pub(crate) db: Database,
    pub(crate) sealer: Arc<Sealer>,
    pub(crate) config: TokensConfig,
    pub(crate) service_id: ServiceId,
    pub(crate) nonces: Nonces,
    pub(crate) passwords: Passwords,
    pub(crate) locks: DeviceLocks,
    /// Held while a library service is told a policy.
    pub(crate) policies: tokio::sync::Mutex<()>,
    pub(crate) notices: NoticeBoard,
    pub(crate) listeners: Arc<Semaphore>,
    /// Which devices listen here.
    pub(crate) listening: Arc<Listening>,
    /// Held while a library gets another secret.
    pub(crate) rotating: tokio::sync::Mutex<()>,
    /// Wakes the background work before its time.
    pub(crate) wake: Notify,
    pub(crate) stopping: CancellationToken,
    pub(crate) traffic: Traffic,
    pub(crate) health: Arc<Health>,
    /// Who people may sign in by.
    provider: Option<Arc<Provider>>,
    http: HttpClient,
    /// For libraries that are hosted elsewhere.
    foreign_http: HttpClient,
    /// For those of them that are on this computer.
    near_http: HttpClient,
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("id", &self.service_id).finish_non_exhaustive()
    }
}

impl Service {
    /// Opens or makes the service's files. Blocks shortly.
    pub(crate) async fn open(config: TokensConfig, traffic: Traffic) -> Result<Arc<Self>, Error> {
        rules::name::checked(&config.service_name)?;
        if !matches!(config.data_scheme.as_deref(), None | Some("http" | "https")) {
            return Err(Error::Setting { what: "the data scheme is neither http nor https" });
        }
        let reached = config.hosting_http.clone();
        let mut reached =
            reached.unwrap_or_else(|| HttpClientConfig::suited_to(&config.hosting_url));
        reached.authorities.extend(config.hosting_authority.clone());
        let http = HttpClient::new(&reached)?;
        HostingBackend::new(http.clone(), &config.hosting_url)?;
        let provider = config.openid.clone().map(Provider::new).transpose()?.map(Arc::new);
        let foreign_http = HttpClient::new(&HttpClientConfig::default())?;
        let near_http = HttpClient::new(&HttpClientConfig::loopback())?;
        make_private_dir(&config.dir)?;
        let key = match &config.seal_key {
            Some(key) => key.clone(),
            None => SealKey::in_dir(&config.dir)?,
        };
        let sealer = Arc::new(Sealer::new(&key));
        let file = || Place::File(config.dir.join(DATABASE_FILE));
        let place = config.server.clone().map_or_else(file, Place::Server);
        let db = Database::start(place, SCHEMA).await?;
        let service_id = first_start(&db, &sealer).await?;
        if config.server.is_none() {
            // Nobody else has this file: what was under way ended with the last run.
            let end = Timestamp::from_millis(i64::MAX);
            db.write(move |tx| mint::give_up_before(tx, end)).await?;
        }
        let health = Arc::new(health(&db));
        Ok(Arc::new(Self {
            traffic,
            health,
            db,
            sealer,
            service_id,
            nonces: Nonces::new()?,
            passwords: Passwords::new()?,
            locks: DeviceLocks::default(),
            policies: tokio::sync::Mutex::default(),
            notices: NoticeBoard::new(),
            listeners: Arc::new(Semaphore::new(LISTENERS_MAX)),
            listening: Arc::default(),
            rotating: tokio::sync::Mutex::default(),
            wake: Notify::new(),
            stopping: CancellationToken::new(),
            provider,
            http,
            foreign_http,
            near_http,
            config,
        }))
    }

    /// The id that is part of every request signature.
    pub const fn service_id(&self) -> &ServiceId {
        &self.service_id
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.config.clock.now()
    }

    pub(crate) fn info(&self) -> ServiceInfo {
        ServiceInfo {
            service_id: self.service_id.clone(),
            name: self.config.service_name.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            time: self.now(),
            api: ApiRange::OURS,
            openid: self.provider.as_ref().map(|of| OpenIdOffer { name: of.name().to_owned() }),
        }
    }

    /// The library service that hosts a library.
    pub(crate) fn hosting_of(&self, library: &KnownLibrary) -> Result<HostingBackend, Error> {
        match &library.hosting_url {
            Some(url) => self.hosting_elsewhere(url, library.authority.as_ref()),
            None => self.own_hosting(),
        }
    }

    /// The library service that the service's own libraries are at.
    pub(crate) fn own_hosting(&self) -> Result<HostingBackend, Error> {
        Ok(HostingBackend::new(self.http.clone(), &self.config.hosting_url)?)
    }

    /// One elsewhere, and the authority to trust there beside the system's own.
    pub(crate) fn hosting_elsewhere(
        &self,
        url: &str,
        authority: Option<&Certificate>,
    ) -> Result<HostingBackend, Error> {
        let http = if is_loopback(url) { &self.near_http } else { &self.foreign_http };
        Ok(HostingBackend::new(http.trusting(authority)?, url)?)
    }

    pub(crate) fn secret_of(&self, library: &KnownLibrary) -> Result<LibrarySecret, Error> {
        let place = secret_place(library.library_id.as_str());
        let plain = self.sealer.open(&place, &library.sealed)?;
        Ok(LibrarySecret::new(plain.as_str()))
    }

    pub(crate) async fn read<T: Send + 'static>(
        &self,
        closure: impl FnOnce(&Tx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.db.read(closure).await
    }

    pub(crate) async fn write<T: Send + 'static>(
        &self,
        closure: impl FnOnce(&Tx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.db.write(closure).await
    }
}

impl Caller {
    pub(crate) fn actor(&self) -> Actor<'_> {
        Actor { account: self.account.account_id.as_str(), device: self.device_id.as_str() }
    }

    /// The account, as one that looks at libraries.
    pub(crate) fn looker(&self) -> library_view::Looker {
        library_view::Looker::Account(self.account.clone())
    }
}

/// What has to answer for the service to be of use. A library service that is away is told by those
/// calls that need it.
fn health(db: &Database) -> Health {
    let db = db.clone();
    let ask = move || -> BoxFuture<'static, bool> {
        let db = db.clone();
        Box::pin(async move {
            let read = db.read(|tx| setting::get(tx, SERVICE_ID_SETTING)).await;
            read.inspect_err(|error| tracing::warn!(%error, "The database does not answer")).is_ok()
        })
    };
    Health::new(vec![Probe { part: "database", ask: Box::new(ask) }])
}

/// Where a library's secret is sealed for.
pub(crate) fn secret_place(library: &str) -> String {
    format!("library:{library}")
}

/// Runs something to its end although the client may go away meanwhile: what was begun at the
/// library service must be written down here.
pub(crate) async fn uncancelled<T: Send + 'static>(
    work: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, Error> {
    tokio::spawn(work).await.map_err(|_| Error::Setting { what: "the service is stopping" })?
}

/// The service's id, made on first start; a key that does not fit the data is found here.
async fn first_start(db: &Database, sealer: &Sealer) -> Result<ServiceId, Error> {
    let fresh = new_id("svc")?;
    let sealed = sealer.seal(SEAL_PROBE_SETTING, fresh.as_bytes())?;
    let (id, probe) = db
        .write(move |tx| {
            tx.lock(&[lock::first_start()])?;
            if setting::get(tx, SERVICE_ID_SETTING)?.is_none() {
                setting::set(tx, SERVICE_ID_SETTING, fresh.as_bytes())?;
                setting::set(tx, SEAL_PROBE_SETTING, &sealed)?;
            }
            let stored = |name| setting::get(tx, name).map(Option::unwrap_or_default);
            Ok::<_, Error>((stored(SERVICE_ID_SETTING)?, stored(SEAL_PROBE_SETTING)?))
        })
        .await?;
    let opened = sealer.open(SEAL_PROBE_SETTING, &probe)?;
    if opened.as_bytes() != id {
        return Err(Error::Unsealable);
    }
    ServiceId::parse(opened.as_str()).map_err(|_| Error::Unsealable)
}

fn make_private_dir(dir: &Path) -> Result<(), Error> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(|source| Error::file(dir, source))
}
