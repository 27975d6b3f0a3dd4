//! The key of a device: made here, kept by the host program, never sent. Owns its text forms; does
//! not know where it is kept.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use zeroize::Zeroizing;

use crate::Error;

/// The Ed25519 signing key of a device. Wiped when dropped; cannot be printed.
#[derive(Clone)]
pub struct DeviceKey(SigningKey);

impl DeviceKey {
    /// Makes a new key from the operating system's randomness.
    ///
    /// # Errors
    /// [`Error::Key`] when the operating system gives none.
    pub fn generate() -> Result<Self, Error> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(seed.as_mut()).map_err(|_| Error::Key)?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    /// Takes back what [`Self::to_secret`] gave: exactly 32 bytes.
    ///
    /// # Errors
    /// [`Error::Key`] for any other length.
    pub fn from_secret(secret: &[u8]) -> Result<Self, Error> {
        let seed = Zeroizing::new(<[u8; 32]>::try_from(secret).map_err(|_| Error::Key)?);
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    /// The secret, to be put into a keychain and nowhere else.
    pub fn to_secret(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceKey(hidden)")
    }
}

/// The public half of a [`DeviceKey`]: base64url without padding when written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Reads base64url without padding.
    ///
    /// # Errors
    /// [`Error::Key`] when it is no point of the curve, or a weak one.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| Error::Key)?;
        let bytes = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| Error::Key)?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| Error::Key)?;
        if key.is_weak() { Err(Error::Key) } else { Ok(Self(key)) }
    }

    /// Whether `signature` was made over `message` with the secret half.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature)
            .is_ok_and(|signature| self.0.verify_strict(message, &signature).is_ok())
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_its_text_forms_and_hides_itself() {
        let key = DeviceKey::generate().unwrap();
        let again = DeviceKey::from_secret(&key.to_secret()[..]).unwrap();
        let public = PublicKey::parse(&again.public().to_string()).unwrap();
        assert_eq!(public, key.public());
        assert!(public.verifies(b"m", &key.sign(b"m")));
        assert!(!public.verifies(b"n", &key.sign(b"m")));
        assert_eq!(format!("{key:?}"), "DeviceKey(hidden)");
    }

    #[test]
    fn what_is_no_key_is_refused() {
        assert!(DeviceKey::from_secret(&[0; 31]).is_err());
        for text in ["", "AAAA", "####", &URL_SAFE_NO_PAD.encode([0u8; 32])] {
            assert!(PublicKey::parse(text).is_err(), "{text}");
        }
    }
}
