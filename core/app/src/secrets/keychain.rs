//! The system's keychain, with a time limit: a locked one may ask the user and wait for ever.

use std::{
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use keyring_core::{CredentialStore, Entry, Error};
use zeroize::Zeroizing;

use super::SecretError;

/// How long an answer may take. A working keychain answers in a fifth of a second.
pub(super) const TIME_LIMIT: Duration = Duration::from_secs(3);
/// Name of our entries, as the system's own tool shows them.
const SERVICE: &str = "Albumen";
/// Written and read back before a keychain is trusted with anything.
const PROBE: &str = "probe";

/// An open keychain.
pub(super) struct Keychain {
    /// There until dropped.
    store: Option<Arc<CredentialStore>>,
    installation: String,
}

impl Keychain {
    /// Connects.
    pub(super) fn open(installation: &str) -> Result<Self, SecretError> {
        let store = timed(open_store)?;
        Ok(Self { store: Some(store), installation: installation.to_owned() })
    }

    /// Connects and makes sure that what is written can be read and deleted.
    pub(super) fn proven(installation: &str) -> Result<Self, SecretError> {
        let keychain = Self::open(installation)?;
        let probe = rand::random::<[u8; 16]>();
        keychain.set(PROBE, &probe)?;
        let read = keychain.get(PROBE)?;
        keychain.delete(PROBE)?;
        if read.is_some_and(|bytes| bytes.as_slice() == probe) {
            Ok(keychain)
        } else {
            Err(SecretError::Keychain(Error::NoEntry))
        }
    }

    pub(super) fn get(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, SecretError> {
        match self.with(name, |entry| entry.get_secret()) {
            Ok(secret) => Ok(Some(Zeroizing::new(secret))),
            Err(SecretError::Keychain(Error::NoEntry)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) fn set(&self, name: &str, secret: &[u8]) -> Result<(), SecretError> {
        let secret = Zeroizing::new(secret.to_vec());
        self.with(name, move |entry| entry.set_secret(&secret))
    }

    pub(super) fn delete(&self, name: &str) -> Result<(), SecretError> {
        match self.with(name, |entry| entry.delete_credential()) {
            Ok(()) | Err(SecretError::Keychain(Error::NoEntry)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn with<T: Send + 'static>(
        &self,
        name: &str,
        act: impl FnOnce(&Entry) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, SecretError> {
        let store = self.store.clone().ok_or(SecretError::NoAnswer)?;
        let user = format!("{}/{name}", self.installation);
        timed(move || act(&store.build(SERVICE, &user, None)?))
    }
}

impl Drop for Keychain {
    /// Closing the connection waits for the bus, which panics on a thread of an async runtime.
    fn drop(&mut self) {
        let store = self.store.take();
        let closing = thread::Builder::new().name("keychain".to_owned());
        if let Err(error) = closing.spawn(move || drop(store)) {
            tracing::debug!(%error, "The keychain could not be closed");
        }
    }
}

#[cfg(target_os = "linux")]
fn open_store() -> Result<Arc<CredentialStore>, Error> {
    let store = zbus_secret_service_keyring_store::Store::new()?;
    Ok(store)
}

#[cfg(not(target_os = "linux"))]
fn open_store() -> Result<Arc<CredentialStore>, Error> {
    Err(Error::NotSupportedByStore("No keychain is built in for this system yet".to_owned()))
}

/// Runs on a thread of its own; one that never answers is left behind with its question.
fn timed<T: Send + 'static>(
    act: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, SecretError> {
    let (send, receive) = mpsc::sync_channel(1);
    thread::Builder::new()
        .name("keychain".to_owned())
        .spawn(move || drop(send.send(act())))
        .map_err(|_| SecretError::NoAnswer)?;
    match receive.recv_timeout(TIME_LIMIT) {
        Ok(answer) => answer.map_err(SecretError::Keychain),
        Err(_) => Err(SecretError::NoAnswer),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_keychain_that_never_answers_holds_nobody_up() {
        let began = Instant::now();
        let answer = timed(|| {
            thread::sleep(TIME_LIMIT * 3);
            Ok(())
        });
        assert!(matches!(answer, Err(SecretError::NoAnswer)));
        assert!(began.elapsed() < TIME_LIMIT * 2);
    }

    #[test]
    fn keys_are_kept_by_name() {
        let store: Arc<CredentialStore> = keyring_core::mock::Store::new().unwrap();
        let keychain = Keychain { store: Some(store), installation: "i".into() };
        assert!(keychain.get("a").unwrap().is_none());
        keychain.set("a", b"\0\xff").unwrap();
        assert_eq!(keychain.get("a").unwrap().unwrap().as_slice(), b"\0\xff");
        keychain.delete("a").unwrap();
        keychain.delete("a").unwrap();
        assert!(keychain.get("a").unwrap().is_none());
    }
}
