//! The keys of the computers of a test: opened as their own program does, so that nothing of them
//! may stand anywhere else. Knows the form of the file and of nothing in it; a file that opens by
//! a passphrase stays closed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use base64::{Engine, prelude::BASE64_STANDARD};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{Key, KeyInit, XChaCha20Poly1305, XNonce};

use crate::secrets;

/// The file of keys, and the one that opens it.
const VAULT: &str = "keys.vault";
const KEY: &str = "keys.key";
/// Before the nonce: what it is, and a salt.
const NONCE_AT: usize = 24;
/// Before what is sealed.
const SEALED_AT: usize = NONCE_AT + 24;

/// Learns every key that lies in a file of keys below a folder and that the key beside it opens;
/// how many.
pub fn learn_all(folder: &Path) -> usize {
    let all = secrets::files(folder).into_iter();
    let vaults = all.filter(|path| path.file_name().is_some_and(|name| name == VAULT));
    let mut learned = 0;
    for vault in vaults {
        let both = (fs::read(vault.with_file_name(KEY)), fs::read(&vault));
        let (Ok(key), Ok(vault)) = both else { continue };
        secrets::learn_key("what opens a file of keys", &key);
        for (name, key) in open(&key, &vault).unwrap_or_default() {
            learned += 1;
            secrets::learn_key(&format!("a key: {name}"), &key);
        }
    }
    learned
}

fn open(key: &[u8], vault: &[u8]) -> Option<BTreeMap<String, Vec<u8>>> {
    let key: [u8; 32] = key.try_into().ok()?;
    let (head, sealed) = vault.split_at_checked(SEALED_AT)?;
    let nonce: [u8; 24] = head[NONCE_AT..].try_into().ok()?;
    let cipher = XChaCha20Poly1305::new(&Key::from(key));
    let plain = cipher.decrypt(&XNonce::from(nonce), Payload { msg: sealed, aad: head }).ok()?;
    let texts: BTreeMap<String, String> = serde_json::from_slice(&plain).ok()?;
    let decoded = |(name, text): (String, String)| Some((name, BASE64_STANDARD.decode(text).ok()?));
    texts.into_iter().map(decoded).collect()
}
