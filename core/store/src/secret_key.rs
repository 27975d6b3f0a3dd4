//! Access keys: an id that may be seen and a secret that may not.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

/// The secret half of an access key. Wiped when dropped, never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SecretKey(String);

impl SecretKey {
    /// Takes over the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The bare text, to sign with. Never log it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(hidden)")
    }
}

/// An access key: what S3 calls a credential.
#[derive(Clone, Debug)]
pub struct Credential {
    /// The public half (`AccessKeyId`, `SecretId`, `q-ak`).
    pub access_key_id: String,
    /// The secret half.
    pub secret_key: SecretKey,
}

impl Credential {
    /// Puts the halves together.
    pub fn new(access_key_id: impl Into<String>, secret_key: impl Into<String>) -> Self {
        Self { access_key_id: access_key_id.into(), secret_key: SecretKey::new(secret_key) }
    }

    /// A new random one: 80 bits of id, 256 bits of secret.
    pub fn random() -> Self {
        let id = format!("AK{}", crate::random::random_hex::<10>());
        Self::new(id, crate::random::random_hex::<32>())
    }
}
