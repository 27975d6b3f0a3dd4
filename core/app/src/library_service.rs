//! The library service alone: one of several over one database and one object store, as they stand
//! behind a balancer. Accounts and devices are the matter of a token service elsewhere, which is
//! told the balancer's address and the same console key.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use albumen_db::{Place, Server};
use albumen_hosting::{HostingConfig, HostingHandle};
use albumen_model::ConsoleKey;
use albumen_store::{Clock, SystemClock};
use serde::Serialize;
use tokio::net::TcpListener;

use crate::{
    AppError,
    secret_file::{secret_of_file, unusable},
    services::{Operating, Watched, failed, named_back_ends},
    tls::{CertificateFiles, Secure},
};

/// The PostgreSQL schema of the library service.
const SCHEMA: &str = "albumen_hosting";

/// What the service is told at its start. Secrets come in files that nobody else can read.
#[derive(Clone, Debug)]
pub struct LibraryServiceOptions {
    /// Where it listens.
    pub listen: SocketAddr,
    /// File with the address of a PostgreSQL server, its password included.
    pub database_file: PathBuf,
    /// File with the console key, the same for all instances.
    pub console_key_file: PathBuf,
    /// File that names object stores.
    pub back_ends: PathBuf,
    /// Which of them keeps the content of libraries that name none.
    pub back_end: String,
    /// TLS by this certificate; plain HTTP without, as behind a balancer that ends TLS itself.
    pub certificate: Option<CertificateFiles>,
    /// What an operator decides.
    pub operating: Operating,
}

/// The running service.
pub struct LibraryService {
    hosting: HostingHandle,
    told: LibraryServiceLine,
    watched: Watched,
    /// Keeps the certificate fresh.
    _secure: Option<Secure>,
}

/// What is told of it.
#[derive(Clone, Debug, Serialize)]
pub struct LibraryServiceLine {
    /// Base URL of this instance.
    pub hosting: String,
    /// Page of metrics, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metrics: Option<String>,
}

impl LibraryService {
    /// Starts it.
    ///
    /// # Errors
    /// [`crate::Code::ServiceFailed`], with what could not be read, reached or bound.
    pub async fn start(options: LibraryServiceOptions) -> Result<Self, AppError> {
        let operating = options.operating;
        let watched = Watched::open(&operating).await?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let back_ends = named_back_ends(Some(&options.back_ends), &clock)?;
        let missing = || unusable("the file of object stores names no", &options.back_end);
        // It stays among them: a library may name it as well.
        let data_plane = Arc::clone(back_ends.get(&options.back_end).ok_or_else(missing)?);
        let listener = TcpListener::bind(options.listen).await.map_err(|error| failed(&error))?;
        let address = listener.local_addr().map_err(|error| failed(&error))?;
        let secure = options.certificate.map(Secure::by_files).transpose()?;
        let scheme = if secure.is_some() { "https" } else { "http" };
        let config = HostingConfig {
            database: database(&options.database_file)?,
            console_key: ConsoleKey::new(secret_of_file(&options.console_key_file)?.to_string()),
            // A client takes no less than what the service says, so a store over plain HTTP, as on
            // a net of one's own, has to be said. Each upload tells where its own store differs.
            data_scheme: data_plane.scheme().to_owned(),
            data_plane,
            back_ends,
            clock,
            collect_after: albumen_hosting::COLLECT_AFTER,
            tls: secure.as_ref().map(|secure| secure.tls.clone()),
            limits: operating.limits,
            trusted_proxies: operating.trusted_proxies.clone(),
        };
        let hosting = albumen_hosting::serve(listener, config).await;
        let hosting = hosting.map_err(|error| failed(&error))?;
        watched.show(vec![hosting.metrics()]);
        let metrics = watched.metrics_url();
        let told = LibraryServiceLine { hosting: format!("{scheme}://{address}"), metrics };
        Ok(Self { hosting, told, watched, _secure: secure })
    }

    /// Where it answers.
    pub const fn line(&self) -> &LibraryServiceLine {
        &self.told
    }

    /// Stops it: a balancer hears of it, then requests under way end.
    pub async fn stop(self) {
        self.hosting.announce_stop();
        self.watched.notice().await;
        self.hosting.shutdown().await;
    }
}

fn database(file: &Path) -> Result<Place, AppError> {
    let url = secret_of_file(file)?.parse().map_err(|error| failed(&error))?;
    Ok(Place::Server(Server::new(url, SCHEMA)))
}
