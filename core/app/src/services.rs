//! The three services in this process, for "this computer" and for development. Owns their folder,
//! their ports, their keys and the owner's account; what each service does is its own business.
//!
//! They listen on loopback only, unless they speak TLS and are told otherwise. Their ports are
//! written down, so that addresses stay the same from start to start; a port that somebody else has
//! taken meanwhile is replaced.

mod operating;
mod ports;
mod running;

use std::path::PathBuf;

use albumen_client::Certificate;
use albumen_tokens::{SetUpCode, TrustedProxies};
use zeroize::Zeroizing;

use crate::{
    AppError, Code, Surroundings,
    keys::Keys,
    lock::Lock,
    moving::Databases,
    places::{self, Places},
    tls::{self, TlsOptions},
};

pub use operating::Operating;
pub(crate) use operating::Watched;
pub use ports::{Addresses, PublicUrls};
pub(crate) use ports::{FILE as ADDRESSES, open_tokens};
pub(crate) use running::{
    BUCKET, Reach, Running, ServiceKeys, bucket, named_back_ends, private, serve_tokens,
    store_credential,
};

/// The name of the account that is made at the first start.
pub(crate) const OWNER: &str = "owner";
/// Where its password is among the keys.
const OWNER_KEY: &str = "services/owner";
/// The name people see.
const THIS_COMPUTER: &str = "This computer";

/// The token service's folder in that of the services.
pub(crate) const TOKENS: &str = "tokens";
/// A file in the services' folder that names object stores of others; there if somebody put it
/// there (its form is [`albumen_store::data_plane::BackEndConfig`] by name).
pub(crate) const BACK_ENDS: &str = "back-ends.json";

/// The services of a home: run by this process, or by another one that came first.
pub(crate) enum Services {
    /// Here, by the lock that says so.
    Ours(Box<(Running, Lock, Option<SetUpCode>)>),
    /// By `albumen serve` or another shell on the same home.
    Elsewhere {
        /// Where they answer.
        addresses: Addresses,
        /// The authority to trust there, where they have one.
        authority: Option<Certificate>,
    },
}

impl Services {
    /// Starts them, unless another process of the same home already has.
    ///
    /// # Errors
    /// [`Code::ServiceFailed`]; [`Code::KeychainUnavailable`].
    pub(crate) async fn start(
        places: &Places,
        keys: &Keys,
        tls: Option<&TlsOptions>,
        operating: &Operating,
    ) -> Result<Self, AppError> {
        let dir = places.services();
        places::private_folder(&dir).map_err(|error| failed(&error))?;
        let lock = Lock::try_take(&lock(places)).map_err(|error| failed(&error))?;
        let Some(lock) = lock else {
            let addresses = Addresses::read(&dir)?;
            let authority = if addresses.are_secure() { tls::authority_in(&dir)? } else { None };
            return Ok(Self::Elsewhere { addresses, authority });
        };
        let service_keys = ServiceKeys::of(keys).await?;
        let back_ends = Some(dir.join(BACK_ENDS)).filter(|file| file.is_file());
        let public = PublicUrls::default();
        let reach = Reach { public, tls: tls.cloned(), operating: operating.clone() };
        let starting =
            Running::start(&dir, service_keys, THIS_COMPUTER, reach, back_ends.as_deref());
        let running = starting.await?;
        let set_up = if is_reached_by_others(tls, operating) {
            running.offer_set_up().await?
        } else {
            let password = owner_password(keys).await?;
            running.ensure_owner(OWNER, &password).await?;
            None
        };
        Ok(Self::Ours(Box::new((running, lock, set_up))))
    }

    /// Where they answer.
    pub(crate) fn addresses(&self) -> &Addresses {
        match self {
            Self::Ours(ours) => ours.0.addresses(),
            Self::Elsewhere { addresses, .. } => addresses,
        }
    }

    /// The code that waits for somebody to become the owner, if they run here and have none.
    pub(crate) fn set_up(&self) -> Option<&SetUpCode> {
        match self {
            Self::Ours(ours) => ours.2.as_ref(),
            Self::Elsewhere { .. } => None,
        }
    }

    /// Where their metrics are shown, if they run here and are.
    pub(crate) fn metrics_url(&self) -> Option<String> {
        match self {
            Self::Ours(ours) => ours.0.metrics_url(),
            Self::Elsewhere { .. } => None,
        }
    }

    /// The authority to trust there, where the services have one of their own.
    pub(crate) fn authority(&self) -> Option<&Certificate> {
        match self {
            Self::Ours(ours) => ours.0.authority(),
            Self::Elsewhere { authority, .. } => authority.as_ref(),
        }
    }

    /// Base URL of the token service.
    pub(crate) fn tokens_url(&self) -> &str {
        &self.addresses().tokens
    }

    /// Stops those that run here.
    pub(crate) async fn stop(self) {
        if let Self::Ours(ours) = self {
            let (running, lock, _) = *ours;
            running.stop().await;
            drop(lock);
        }
    }
}

/// Held by the process that runs the services of a home.
pub(crate) fn lock(places: &Places) -> PathBuf {
    places.services().join("lock")
}

/// Whether others than this computer's own user come to the services: then no password but one of
/// the owner's own choosing is good enough.
fn is_reached_by_others(tls: Option<&TlsOptions>, operating: &Operating) -> bool {
    let bound = tls.and_then(|tls| tls.bind).is_some_and(|address| !address.is_loopback());
    bound || operating.trusted_proxies != TrustedProxies::default()
}

/// The code in the services' folder by which they are set up, or their owner reset.
///
/// # Errors
/// [`Code::ServiceFailed`] when it cannot be read.
pub(crate) fn waiting_code(places: &Places) -> Result<Option<Zeroizing<String>>, AppError> {
    let dir = places.services().join(TOKENS);
    albumen_tokens::waiting_set_up_code(&dir).map_err(|error| failed(&error))
}

/// Makes such a code for the owner, whether the services run or not.
///
/// # Errors
/// [`Code::FolderMissing`] where they never ran; [`Code::ServiceFailed`].
pub(crate) async fn begin_owner_reset(
    places: &Places,
    surroundings: &Surroundings,
) -> Result<SetUpCode, AppError> {
    let services = places.services();
    let dir = services.join(TOKENS);
    if !dir.is_dir() {
        return Err(AppError::new(Code::FolderMissing).with("path", dir.display()));
    }
    let keys = Keys::open(places, surroundings)?;
    let mut config = ServiceKeys::of(&keys).await?.tokens_config(dir);
    config.server = Databases::of(&services)?.tokens();
    let made = albumen_tokens::begin_owner_reset(config).await;
    made.map_err(|error| failed(&error))
}

/// The owner's password: random, never typed by anybody, kept with the other keys.
///
/// # Errors
/// [`Code::KeychainUnavailable`].
pub(crate) async fn owner_password(keys: &Keys) -> Result<Zeroizing<String>, AppError> {
    Ok(Zeroizing::new(hex(keys.get_or_make(OWNER_KEY).await?.as_slice())))
}

/// Bytes as text.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes all that is written to it");
        text
    })
}

/// A service that cannot be started.
pub(crate) fn failed(error: &dyn std::error::Error) -> AppError {
    AppError::new(Code::ServiceFailed).because(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_reaches_the_services() {
        let bound = |address: &str| TlsOptions {
            names: Vec::new(),
            own: None,
            bind: Some(address.parse().unwrap()),
        };
        let alone = Operating::default();
        assert!(!is_reached_by_others(None, &alone));
        for (address, reached) in [("127.0.0.1", false), ("::1", false), ("0.0.0.0", true)] {
            assert_eq!(is_reached_by_others(Some(&bound(address)), &alone), reached, "{address}");
        }
        let trusted_proxies = TrustedProxies::parse(&["127.0.0.1"]).unwrap();
        let behind = Operating { trusted_proxies, ..alone };
        assert!(is_reached_by_others(None, &behind));
    }
}
