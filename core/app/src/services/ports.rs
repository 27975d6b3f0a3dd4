//! Where the services answer: ports, the same from start to start as far as nobody else takes them,
//! and the host that clients are told.

use std::{fs, io, net::IpAddr, path::Path};

use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

use super::failed;
use crate::{AppError, places, tls::Site};

/// Base URLs of the services, without a slash at the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addresses {
    /// The library service.
    pub hosting: String,
    /// The token service.
    pub tokens: String,
    /// The object store, for any S3 tool.
    pub store: String,
}

/// Addresses that clients are told instead, where a proxy is in front of a service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublicUrls {
    /// Of the library service.
    pub hosting: Option<String>,
    /// Of the object store.
    pub store: Option<String>,
}

/// What is written down; 0 before the first start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Known {
    hosting: u16,
    tokens: u16,
    store: u16,
    /// Scheme and host of base URLs.
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<String>,
}

/// Sockets that are open, one for each service.
pub(super) struct Listeners {
    pub(super) hosting: TcpListener,
    pub(super) tokens: TcpListener,
    pub(super) store: TcpListener,
    pub(super) addresses: Addresses,
}

/// Where the addresses are written down.
pub(crate) const FILE: &str = "services.json";

impl Addresses {
    /// Those written down by the process that runs the services.
    pub(crate) fn read(dir: &Path) -> Result<Self, AppError> {
        Ok(Self::of(&read(dir)?))
    }

    fn of(known: &Known) -> Self {
        let base = known.base.as_deref().unwrap_or("http://127.0.0.1");
        let url = |port| format!("{base}:{port}");
        Self { hosting: url(known.hosting), tokens: url(known.tokens), store: url(known.store) }
    }

    /// Whether they are encrypted.
    pub(crate) fn are_secure(&self) -> bool {
        self.tokens.starts_with("https://")
    }
}

impl Listeners {
    /// Opens the ports written down in this folder, others where those are taken, and writes down
    /// which.
    ///
    /// # Errors
    /// [`crate::Code::ServiceFailed`] when no port can be had at all.
    pub(super) async fn open(dir: &Path, site: &Site) -> Result<Self, AppError> {
        let known = read(dir)?;
        let hosting = listen(site.bind, known.hosting).await?;
        let tokens = listen(site.bind, known.tokens).await?;
        let store = listen(site.bind, known.store).await?;
        let port = |listener: &TcpListener| listener.local_addr().map(|address| address.port());
        let found = (|| {
            Ok::<_, io::Error>(Known {
                hosting: port(&hosting)?,
                tokens: port(&tokens)?,
                store: port(&store)?,
                base: Some(site.base.clone()),
            })
        })();
        let now = found.map_err(|error| failed(&error))?;
        write(dir, &known, &now)?;
        Ok(Self { hosting, tokens, store, addresses: Addresses::of(&now) })
    }
}

/// Opens the port of the token service alone, the one written down in this folder if nobody else
/// has it; and its base URL. What is written down of the other services stays.
///
/// # Errors
/// As [`Listeners::open`].
pub(crate) async fn open_tokens(
    dir: &Path,
    site: &Site,
) -> Result<(TcpListener, String), AppError> {
    let known = read(dir)?;
    let listener = listen(site.bind, known.tokens).await?;
    let port = listener.local_addr().map_err(|error| failed(&error))?.port();
    let now = Known { tokens: port, base: Some(site.base.clone()), ..known.clone() };
    write(dir, &known, &now)?;
    Ok((listener, Addresses::of(&now).tokens))
}

fn write(dir: &Path, known: &Known, now: &Known) -> Result<(), AppError> {
    if now == known {
        return Ok(());
    }
    let text = serde_json::to_vec_pretty(now).map_err(|error| failed(&error))?;
    places::replace_file(&dir.join(FILE), &text).map_err(|error| failed(&error))
}

fn read(dir: &Path) -> Result<Known, AppError> {
    match fs::read(dir.join(FILE)) {
        // A damaged file costs the addresses, nothing else.
        Ok(text) => Ok(serde_json::from_slice(&text).unwrap_or_default()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Known::default()),
        Err(error) => Err(failed(&error)),
    }
}

async fn listen(bind: IpAddr, port: u16) -> Result<TcpListener, AppError> {
    match TcpListener::bind((bind, port)).await {
        Ok(listener) => Ok(listener),
        Err(error) if port == 0 => Err(failed(&error)),
        Err(error) => {
            tracing::warn!(port, %error, "A port is taken; another is used");
            let any = TcpListener::bind((bind, 0)).await;
            any.map_err(|error| failed(&error))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn addresses_stay_unless_somebody_else_takes_a_port() {
        let folder = tempfile::tempdir().unwrap();
        let site = Site::plain(None).unwrap();
        let first = Listeners::open(folder.path(), &site).await.unwrap();
        let addresses = first.addresses.clone();
        assert_eq!(Addresses::read(folder.path()).unwrap(), addresses);
        // Two of the ports become free again, the third stays taken.
        let taken = first.tokens;
        drop((first.hosting, first.store));
        let second = Listeners::open(folder.path(), &site).await.unwrap();
        assert_eq!(second.addresses.hosting, addresses.hosting);
        assert_eq!(second.addresses.store, addresses.store);
        assert_ne!(second.addresses.tokens, addresses.tokens);
        assert_eq!(Addresses::read(folder.path()).unwrap(), second.addresses);
        drop((taken, second.tokens));
        let (_tokens, url) = open_tokens(folder.path(), &site).await.unwrap();
        assert_eq!(url, second.addresses.tokens, "alone it answers where it did");
        assert_eq!(Addresses::read(folder.path()).unwrap(), second.addresses);
    }
}
