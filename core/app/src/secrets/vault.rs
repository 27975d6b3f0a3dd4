//! Keys in one encrypted file: XChaCha20-Poly1305, its key made from a passphrase (Argon2id) or
//! kept in a file of its own. The second only keeps the keys out of backups and exports of the
//! first file; it is never chosen without a warning.
//!
//! Layout: 8 bytes of magic, 16 of salt, 24 of nonce, then the sealed JSON object of base64 texts;
//! what comes before the seal is authenticated by it.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use argon2::Argon2;
use base64::{Engine, prelude::BASE64_STANDARD};
use chacha20poly1305::{
    Key, KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use zeroize::{Zeroize, Zeroizing};

use super::SecretError;
use crate::places;

const MAGIC: &[u8; 8] = b"ALBMKEY1";
const SALT_BYTES: usize = 16;
const NONCE_BYTES: usize = 24;
const KEY_BYTES: usize = 32;
/// Where the sealed part begins.
const HEAD_BYTES: usize = MAGIC.len() + SALT_BYTES + NONCE_BYTES;

/// Where the key of the vault comes from.
pub(super) enum Unlock {
    /// The first line of this file is a passphrase.
    PassphraseFile(PathBuf),
    /// This file is the key; made when it is not there.
    KeyFile(PathBuf),
}

/// The open file.
pub(super) struct Vault {
    path: PathBuf,
    salt: [u8; SALT_BYTES],
    cipher: XChaCha20Poly1305,
}

type Entries = BTreeMap<String, Zeroizing<Vec<u8>>>;

impl Vault {
    /// Opens the file; one that is not there yet is an empty vault, written with the first key.
    pub(super) fn open(path: &Path, unlock: &Unlock) -> Result<Self, SecretError> {
        let old = read_if_there(path)?;
        let salt = match &old {
            None => rand::random(),
            Some(bytes) => head_salt(bytes).ok_or_else(|| SecretError::Damaged(path.to_owned()))?,
        };
        let mut key = match unlock {
            Unlock::PassphraseFile(file) => derive(file, &salt)?,
            Unlock::KeyFile(file) if old.is_some() => read_key(file)?,
            Unlock::KeyFile(file) => read_or_make_key(file)?,
        };
        let cipher = XChaCha20Poly1305::new(&Key::from(*key));
        key.zeroize();
        let vault = Self { path: path.to_owned(), salt, cipher };
        vault.read()?;
        Ok(vault)
    }

    /// Fetches one entry, as the file has it now: another process may have changed it.
    pub(super) fn get(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, SecretError> {
        Ok(self.read()?.remove(name))
    }

    /// Changes one entry (`None` forgets it), one process at a time.
    pub(super) fn set(&self, name: &str, secret: Option<&[u8]>) -> Result<(), SecretError> {
        let turn = self.path.with_extension("lock");
        let turn_file = places::private_file(&turn).map_err(|source| at(&turn, source))?;
        turn_file.lock().map_err(|source| at(&turn, source))?;
        let mut entries = self.read()?;
        match secret {
            Some(secret) => drop(entries.insert(name.to_owned(), Zeroizing::new(secret.to_vec()))),
            None => drop(entries.remove(name)),
        }
        let sealed = self.seal(&entries);
        places::replace_file(&self.path, &sealed).map_err(|source| at(&self.path, source))
    }

    fn read(&self) -> Result<Entries, SecretError> {
        match read_if_there(&self.path)? {
            None => Ok(Entries::new()),
            Some(bytes) => {
                unseal(&self.cipher, &bytes).ok_or_else(|| SecretError::Damaged(self.path.clone()))
            }
        }
    }

    fn seal(&self, entries: &Entries) -> Vec<u8> {
        let texts: BTreeMap<&str, String> = entries
            .iter()
            .map(|(name, secret)| (name.as_str(), BASE64_STANDARD.encode(secret.as_slice())))
            .collect();
        let plain =
            Zeroizing::new(serde_json::to_vec(&texts).expect("texts by name are always JSON"));
        let nonce: [u8; NONCE_BYTES] = rand::random();
        let mut file = Vec::with_capacity(HEAD_BYTES + plain.len() + 16);
        file.extend_from_slice(MAGIC);
        file.extend_from_slice(&self.salt);
        file.extend_from_slice(&nonce);
        let payload = Payload { msg: &plain, aad: &file };
        let sealed = self
            .cipher
            .encrypt(&XNonce::from(nonce), payload)
            .expect("a few kilobytes are far below the cipher's limit");
        file.extend_from_slice(&sealed);
        file
    }
}

fn head_salt(bytes: &[u8]) -> Option<[u8; SALT_BYTES]> {
    let salt = bytes.strip_prefix(MAGIC)?.get(..SALT_BYTES)?;
    (bytes.len() > HEAD_BYTES).then(|| salt.try_into().ok()).flatten()
}

fn unseal(cipher: &XChaCha20Poly1305, bytes: &[u8]) -> Option<Entries> {
    let (head, sealed) = bytes.split_at_checked(HEAD_BYTES)?;
    let nonce: [u8; NONCE_BYTES] = head[MAGIC.len() + SALT_BYTES..].try_into().ok()?;
    let payload = Payload { msg: sealed, aad: head };
    let plain = Zeroizing::new(cipher.decrypt(&XNonce::from(nonce), payload).ok()?);
    let texts: BTreeMap<String, &str> = serde_json::from_slice(&plain).ok()?;
    let decode = |text: &str| BASE64_STANDARD.decode(text).map(Zeroizing::new).ok();
    texts.into_iter().map(|(name, text)| Some((name, decode(text)?))).collect()
}

fn derive(file: &Path, salt: &[u8]) -> Result<Zeroizing<[u8; KEY_BYTES]>, SecretError> {
    let text = Zeroizing::new(fs::read_to_string(file).map_err(|source| at(file, source))?);
    let passphrase = text.lines().next().unwrap_or_default();
    if passphrase.is_empty() {
        return Err(SecretError::EmptyPassphrase(file.to_owned()));
    }
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    Argon2::default()
        .hash_password_into(passphrase.as_bytes(), salt, key.as_mut_slice())
        .map_err(|_| SecretError::Derive)?;
    Ok(key)
}

fn read_or_make_key(file: &Path) -> Result<Zeroizing<[u8; KEY_BYTES]>, SecretError> {
    if !file.exists() {
        let key = Zeroizing::new(rand::random::<[u8; KEY_BYTES]>());
        places::replace_file(file, key.as_slice()).map_err(|source| at(file, source))?;
    }
    read_key(file)
}

fn read_key(file: &Path) -> Result<Zeroizing<[u8; KEY_BYTES]>, SecretError> {
    let metadata = fs::metadata(file).map_err(|source| at(file, source))?;
    if places::is_open_to_others(&metadata) {
        return Err(SecretError::Exposed(file.to_owned()));
    }
    let bytes = Zeroizing::new(fs::read(file).map_err(|source| at(file, source))?);
    let key = bytes.as_slice().try_into().map_err(|_| SecretError::Damaged(file.to_owned()))?;
    Ok(Zeroizing::new(key))
}

fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, SecretError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(at(path, source)),
    }
}

fn at(path: &Path, source: io::Error) -> SecretError {
    SecretError::File { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests;
