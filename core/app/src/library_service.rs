//! The library service alone: one of several over one database and one object store, as they stand
//! behind a balancer. Accounts and devices are the matter of a token service elsewhere, which is
//! told the balancer's address and the same console key.

use std::{
    fs,
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
use zeroize::Zeroizing;

use crate::{
    AppError, Code,
    places::is_open_to_others,
    services::{Operating, Watched, failed, named_back_ends},
    tls::{CertificateFiles, Secure},
};

/// The PostgreSQL schema of the library service.
const SCHEMA: &str = "albumen_hosting";
/// What a secret's file may hold at most, in bytes.
const SECRET_MAX: u64 = 4096;

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
    /// [`Code::ServiceFailed`], with what could not be read, reached or bound.
    pub async fn start(options: LibraryServiceOptions) -> Result<Self, AppError> {
        let operating = options.operating;
        let watched = Watched::open(&operating).await?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let back_ends = named_back_ends(Some(&options.back_ends), &clock)?;
        let missing = || wrong("the file of object stores names no", &options.back_end);
        // It stays among them: a library may name it as well.
        let data_plane = Arc::clone(back_ends.get(&options.back_end).ok_or_else(missing)?);
        let listener = TcpListener::bind(options.listen).await.map_err(|error| failed(&error))?;
        let address = listener.local_addr().map_err(|error| failed(&error))?;
        let secure = options.certificate.map(Secure::by_files).transpose()?;
        let scheme = if secure.is_some() { "https" } else { "http" };
        let config = HostingConfig {
            database: database(&options.database_file)?,
            console_key: ConsoleKey::new(secret(&options.console_key_file)?.to_string()),
            // Each upload tells how its own store is reached, where that differs.
            data_scheme: "https".to_owned(),
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
    let url = secret(file)?.parse().map_err(|error| failed(&error))?;
    Ok(Place::Server(Server::new(url, SCHEMA)))
}

/// The one line of a file that belongs to us alone.
fn secret(file: &Path) -> Result<Zeroizing<String>, AppError> {
    let known = fs::metadata(file).map_err(|error| failed(&error).with("path", file.display()))?;
    if is_open_to_others(&known) {
        return Err(wrong("others may read the file; run chmod 600 on", file.display()));
    }
    if known.len() > SECRET_MAX {
        return Err(wrong("the file is too large to hold a secret:", file.display()));
    }
    let text = fs::read_to_string(file).map_err(|error| failed(&error))?;
    let text = Zeroizing::new(text);
    let line = text.trim();
    if line.is_empty() {
        return Err(wrong("the file is empty:", file.display()));
    }
    Ok(Zeroizing::new(line.to_owned()))
}

fn wrong(what: &str, which: impl std::fmt::Display) -> AppError {
    let told = std::io::Error::new(std::io::ErrorKind::InvalidInput, format!("{what} {which}"));
    AppError::new(Code::ServiceFailed).because(&told)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_secret_comes_from_a_file_of_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        let write = |text: &str, mode: u32| {
            fs::write(&file, text).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        };
        assert!(secret(&file).is_err(), "there is none");
        write("key of the console\n", 0o644);
        let refused = format!("{:?}", secret(&file).unwrap_err());
        assert!(refused.contains("chmod 600") && !refused.contains("key of"), "{refused}");
        write("key of the console\n", 0o600);
        assert_eq!(secret(&file).unwrap().as_str(), "key of the console");
        write(" \n", 0o600);
        assert!(secret(&file).is_err());
        write(&"x".repeat(5000), 0o600);
        assert!(secret(&file).is_err());
    }
}
