//! What must be kept so that it can be shown again, and yet not be readable in the database: the
//! extraction codes of shares. XChaCha20-Poly1305 under a key made from the console key, which is
//! in the service's configuration and nowhere in the database.
//!
//! After the console key was changed, sealed codes can be neither read nor guessed right: their
//! owners set new ones.

use chacha20poly1305::{
    Key, KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use sha2::{Digest, Sha256};

use crate::error::Error;

const NONCE_BYTES: usize = 24;
/// Names the purpose, so that the key is of no use for another.
const PURPOSE: &[u8] = b"albumen hosting: extraction codes of shares\0";

/// Seals and opens.
#[derive(Clone)]
pub(crate) struct Sealer(XChaCha20Poly1305);

impl Sealer {
    /// With a key of its own, made from the console key.
    pub(crate) fn new(console_key: &str) -> Self {
        // The console key is random and long: no slow derivation is needed.
        let key: [u8; 32] =
            Sha256::new().chain_update(PURPOSE).chain_update(console_key).finalize().into();
        Self(XChaCha20Poly1305::new(&Key::from(key)))
    }

    /// Seals a text to be opened for the same `owner` only.
    ///
    /// # Errors
    /// Without randomness.
    pub(crate) fn seal(&self, text: &str, owner: &str) -> Result<Vec<u8>, Error> {
        let mut nonce = [0_u8; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(Error::NoRandomness)?;
        let payload = Payload { msg: text.as_bytes(), aad: owner.as_bytes() };
        let sealed = self.0.encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| Error::Damaged("text to be sealed"))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens it; `None` when it is of another owner or key.
    pub(crate) fn open(&self, sealed: &[u8], owner: &str) -> Option<String> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>()?;
        let payload = Payload { msg: sealed, aad: owner.as_bytes() };
        let text = self.0.decrypt(&XNonce::from(*nonce), payload).ok()?;
        String::from_utf8(text).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_for_its_owner_and_key_only() {
        let sealer = Sealer::new("key");
        let sealed = sealer.seal("a1b2", "share").unwrap();
        assert_eq!(sealer.open(&sealed, "share").as_deref(), Some("a1b2"));
        assert_eq!(sealer.open(&sealed, "other"), None);
        assert_eq!(Sealer::new("other").open(&sealed, "share"), None);
        assert_eq!(sealer.open(&sealed[..20], "share"), None);
        assert_ne!(sealer.seal("a1b2", "share").unwrap(), sealed);
        assert!(!sealed.windows(4).any(|part| part == b"a1b2"));
    }
}
