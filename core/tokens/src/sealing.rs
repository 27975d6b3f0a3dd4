//! Secrets at rest: sealed with a key that is not in the database. Owns the key, its file and the
//! keys derived from it.

use std::{
    fmt, fs,
    io::{self, Write},
    path::Path,
};

use albumen_model::{PairingId, auth::PairingCode};
use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

use crate::Error;

/// The file of a key that the service keeps by itself.
const KEY_FILE: &str = "seal.key";
/// Bytes of the random part in front of what is sealed.
const NONCE: usize = 24;

/// The key that all others come from. Wiped when dropped; cannot be printed.
#[derive(Clone)]
pub struct SealKey(Zeroizing<[u8; 32]>);

impl SealKey {
    /// A key that the host program keeps: 32 random bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The key in the service's own directory, made on first use with mode 0600.
    pub(crate) fn in_dir(dir: &Path) -> Result<Self, Error> {
        let path = dir.join(KEY_FILE);
        match fs::read(&path) {
            Ok(mut bytes) => {
                let key = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| Error::Unsealable);
                bytes.zeroize();
                Ok(Self::from_bytes(key?))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let key = Self::from_bytes(random()?);
                write_private(dir, KEY_FILE, &key.0[..]).map_err(|e| Error::file(path, e))?;
                Ok(key)
            }
            Err(source) => Err(Error::file(path, source)),
        }
    }

    /// A key for one use only.
    fn derived(&self, label: &str) -> Zeroizing<[u8; 32]> {
        let mut mac = keyed(&self.0);
        mac.update(label.as_bytes());
        Zeroizing::new(mac.finalize().into_bytes().into())
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey(hidden)")
    }
}

/// Writes a file for its owner alone, whole or not at all: a torn key would make every secret
/// unreadable.
pub(crate) fn write_private(dir: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let fresh = dir.join(format!("{name}.new"));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&fresh)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&fresh, dir.join(name))?;
    #[cfg(unix)]
    fs::File::open(dir)?.sync_all()?;
    Ok(())
}

/// Seals and opens values; holds the derived keys.
#[derive(Clone)]
pub(crate) struct Sealer {
    cipher: XChaCha20Poly1305,
    audit: Zeroizing<[u8; 32]>,
    attempt: Zeroizing<[u8; 32]>,
    pairing: Zeroizing<[u8; 32]>,
    signing: SigningKey,
    code: Zeroizing<[u8; 32]>,
}

impl Sealer {
    pub(crate) fn new(key: &SealKey) -> Self {
        let cipher = XChaCha20Poly1305::new_from_slice(&key.derived("albumen seal v1")[..])
            .expect("the key has the cipher's length");
        Self {
            cipher,
            audit: key.derived("albumen audit v1"),
            attempt: key.derived("albumen attempt v1"),
            pairing: key.derived("albumen pairing v1"),
            signing: SigningKey::from_bytes(&key.derived("albumen audit signature v1")),
            code: key.derived("albumen code v1"),
        }
    }

    /// Seals a value for one place: it opens nowhere else.
    pub(crate) fn seal(&self, place: &str, plain: &[u8]) -> Result<Vec<u8>, Error> {
        let nonce: [u8; NONCE] = random()?;
        let payload = Payload { msg: plain, aad: place.as_bytes() };
        let sealed =
            self.cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| Error::Cryptography)?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// Opens a value that was sealed for this place.
    pub(crate) fn open(&self, place: &str, sealed: &[u8]) -> Result<Zeroizing<String>, Error> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE).ok_or(Error::Unsealable)?;
        let nonce = <[u8; NONCE]>::try_from(nonce).map_err(|_| Error::Unsealable)?;
        let payload = Payload { msg: sealed, aad: place.as_bytes() };
        let plain =
            self.cipher.decrypt(&XNonce::from(nonce), payload).map_err(|_| Error::Unsealable)?;
        String::from_utf8(plain).map(Zeroizing::new).map_err(|_| Error::Unsealable)
    }

    /// The key of the audit chain.
    pub(crate) fn audit_key(&self) -> [u8; 32] {
        *self.audit
    }

    /// Signs the end of the audit log, for whoever does not have the chain's key.
    pub(crate) fn sign_audit(&self, text: &str) -> [u8; 64] {
        self.signing.sign(text.as_bytes()).to_bytes()
    }

    /// The public half of that key.
    pub(crate) fn audit_public(&self) -> [u8; 32] {
        self.signing.verifying_key().to_bytes()
    }

    /// What is kept of a pairing code: without the key nobody can find eight digits again by trying
    /// all of them, and equal codes of different pairings look different.
    pub(crate) fn pairing_hash(&self, pairing: &PairingId, code: &PairingCode) -> [u8; 32] {
        tagged(&self.pairing, pairing.as_str(), code.expose())
    }

    /// Names who tries and where without telling it: both may be typed passwords or worse.
    pub(crate) fn attempt_name(&self, who: &str, place: &str) -> Vec<u8> {
        tagged(&self.attempt, who, place).to_vec()
    }

    /// What is kept of a code: `of` says what it is for, so that it is good for nothing else.
    pub(crate) fn code_hash(&self, of: &str, code: &str) -> Vec<u8> {
        tagged(&self.code, of, code).to_vec()
    }
}

fn tagged(key: &[u8; 32], tag: &str, text: &str) -> [u8; 32] {
    let mut mac = keyed(key);
    mac.update(&(tag.len() as u64).to_be_bytes());
    mac.update(tag.as_bytes());
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().into()
}

/// An HMAC-SHA-256 under a key.
pub(crate) fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
    Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length")
}

/// Random bytes of the operating system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| Error::Cryptography)?;
    Ok(bytes)
}

/// A new opaque id with a prefix that tells people what it names.
pub(crate) fn new_id(prefix: &str) -> Result<String, Error> {
    Ok(format!("{prefix}{}", hex::encode(random::<12>()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_at_its_own_place_with_its_own_key_only() {
        let sealer = Sealer::new(&SealKey::from_bytes([1; 32]));
        let sealed = sealer.seal("library:a", b"hunter2").unwrap();
        assert_eq!(sealer.open("library:a", &sealed).unwrap().as_str(), "hunter2");
        assert!(!sealed.windows(7).any(|w| w == b"hunter2"));
        assert!(sealer.open("library:b", &sealed).is_err());
        assert!(Sealer::new(&SealKey::from_bytes([2; 32])).open("library:a", &sealed).is_err());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(sealer.open("library:a", &changed).is_err(), "{at}");
        }
        assert!(sealer.open("library:a", &[]).is_err());
    }

    #[test]
    fn the_key_file_is_the_owners_alone_and_stays_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let key = SealKey::in_dir(dir.path()).unwrap();
        assert_eq!(*SealKey::in_dir(dir.path()).unwrap().0, *key.0);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(dir.path().join(KEY_FILE)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        fs::write(dir.path().join(KEY_FILE), b"short").unwrap();
        assert!(SealKey::in_dir(dir.path()).is_err(), "a torn key is never replaced");
    }
}
