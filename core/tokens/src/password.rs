//! Hashing passwords with argon2id, few at a time: each costs 19 MiB and tens of milliseconds.

use std::sync::Arc;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::Error;

/// Passwords hashed at the same time.
const AT_ONCE: usize = 2;

/// The hasher of one service.
pub(crate) struct Passwords {
    permits: Arc<Semaphore>,
    /// Compared with when there is no such account, so that the answer takes as long.
    decoy: String,
}

impl Passwords {
    pub(crate) fn new() -> Result<Self, Error> {
        let decoy = hashed("a password that nobody has")?;
        Ok(Self { permits: Arc::new(Semaphore::new(AT_ONCE)), decoy })
    }

    pub(crate) async fn hash(&self, password: &str) -> Result<String, Error> {
        let password = Zeroizing::new(password.to_owned());
        self.blocking(move || hashed(&password)).await
    }

    /// Whether the password fits; with no hash, or an empty one, it never does, but takes as long.
    pub(crate) async fn fits(&self, password: &str, hash: Option<&str>) -> Result<bool, Error> {
        let hash = hash.filter(|hash| !hash.is_empty());
        let known = hash.is_some();
        let hash = hash.unwrap_or(&self.decoy).to_owned();
        let password = Zeroizing::new(password.to_owned());
        let fits = move || {
            let hash = PasswordHash::new(&hash).map_err(|_| Error::Cryptography)?;
            Ok(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
        };
        Ok(self.blocking(fits).await? && known)
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let _permit = self.permits.acquire().await.map_err(|_| Error::Cryptography)?;
        tokio::task::spawn_blocking(work).await.map_err(|_| Error::Cryptography)?
    }
}

fn hashed(password: &str) -> Result<String, Error> {
    let hash =
        Argon2::default().hash_password(password.as_bytes()).map_err(|_| Error::Cryptography)?;
    Ok(hash.to_string())
}
