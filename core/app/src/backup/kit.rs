//! The recovery kit: the keys of the services, sealed with a passphrase, in a text that says what
//! to do with it. The only place outside of the key store that a sealing key is ever written to;
//! can be kept in a drawer, for it is plain text.
//!
//! Sealed part: 8 bytes of magic, 12 of Argon2id's costs, 16 of salt, 24 of nonce, then JSON sealed
//! with XChaCha20-Poly1305; what comes before the seal is authenticated by it.

use std::collections::BTreeMap;

use argon2::{Algorithm, Argon2, Params, Version};
use base64::{Engine, prelude::BASE64_STANDARD};
use chacha20poly1305::{
    Key, KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use zeroize::Zeroizing;

use crate::{AppError, Code};

const MAGIC: &[u8; 8] = b"ALBMKIT1";
const SALT: usize = 16;
const NONCE: usize = 24;
const HEAD: usize = MAGIC.len() + 12 + SALT + NONCE;
/// Costs of guessing: 64 MiB, three passes.
const COSTS: [u32; 3] = [64 * 1024, 3, 1];
/// The most that a kit may ask for: a strange one must not use up the computer.
const COSTS_MAX: [u32; 3] = [1024 * 1024, 16, 16];
/// The shortest passphrase, in characters: whoever finds the kit may guess at leisure.
const PASSPHRASE_MIN: usize = 12;
const BEGIN: &str = "-----BEGIN ALBUMEN RECOVERY KIT-----";
const END: &str = "-----END ALBUMEN RECOVERY KIT-----";
/// Before the fingerprint of the keys inside.
const KEYS: &str = "Keys: ";
const COLUMNS: usize = 64;
/// What a kit may hold at most, in bytes.
pub(super) const KIT_MAX: u64 = 256 * 1024;

/// Keys by their names.
#[derive(Clone, Default)]
pub(super) struct Kit(pub(super) BTreeMap<String, Zeroizing<Vec<u8>>>);

impl Kit {
    /// Names the keys inside without telling them: 128 bits of a one-way function.
    pub(super) fn fingerprint(&self) -> String {
        let mut hasher = blake3::Hasher::new_derive_key("albumen recovery kit fingerprint v1");
        for (name, key) in &self.0 {
            for part in [name.as_bytes(), key.as_slice()] {
                hasher.update(&(part.len() as u64).to_be_bytes());
                hasher.update(part);
            }
        }
        hasher.finalize().to_hex()[..32].to_owned()
    }

    /// The text of the kit.
    ///
    /// # Errors
    /// [`Code::BadRequest`] for a passphrase that is too short.
    pub(super) fn seal(&self, passphrase: &str) -> Result<String, AppError> {
        if passphrase.chars().count() < PASSPHRASE_MIN {
            let detail = "The passphrase of a recovery kit has at least 12 characters";
            return Err(AppError::new(Code::BadRequest).with("detail", detail));
        }
        let texts: BTreeMap<&str, Zeroizing<String>> = self
            .0
            .iter()
            .map(|(name, key)| (name.as_str(), Zeroizing::new(BASE64_STANDARD.encode(key))))
            .collect();
        let texts: BTreeMap<&str, &str> = texts.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let plain = Zeroizing::new(serde_json::to_vec(&texts).map_err(|_| damaged())?);
        let mut sealed = Vec::with_capacity(HEAD + plain.len() + 16);
        sealed.extend_from_slice(MAGIC);
        COSTS.iter().for_each(|cost| sealed.extend_from_slice(&cost.to_be_bytes()));
        let (salt, nonce): ([u8; SALT], [u8; NONCE]) = (rand::random(), rand::random());
        sealed.extend_from_slice(&salt);
        sealed.extend_from_slice(&nonce);
        let cipher = cipher(passphrase, &salt, COSTS)?;
        let payload = Payload { msg: &plain, aad: &sealed };
        let rest = cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| damaged())?;
        sealed.extend_from_slice(&rest);
        Ok(self.text(&sealed))
    }

    fn text(&self, sealed: &[u8]) -> String {
        let armour = BASE64_STANDARD.encode(sealed);
        let lines = armour.as_bytes().chunks(COLUMNS);
        let lines: Vec<&str> = lines.filter_map(|line| std::str::from_utf8(line).ok()).collect();
        format!(
            "{}\n{KEYS}{}\n\n{BEGIN}\n{}\n{END}\n",
            include_str!("kit.txt").trim_end(),
            self.fingerprint(),
            lines.join("\n")
        )
    }

    /// Opens a kit.
    ///
    /// # Errors
    /// [`Code::RecoveryKitWrong`] for another passphrase or a damaged kit.
    pub(super) fn open(text: &str, passphrase: &str) -> Result<Self, AppError> {
        let (_, rest) = text.split_once(BEGIN).ok_or_else(damaged)?;
        let (armour, _) = rest.split_once(END).ok_or_else(damaged)?;
        let armour: String = armour.split_whitespace().collect();
        let sealed = BASE64_STANDARD.decode(armour).map_err(|_| damaged())?;
        let (head, rest) = sealed.split_at_checked(HEAD).ok_or_else(damaged)?;
        let fields = head.strip_prefix(MAGIC.as_slice()).ok_or_else(damaged)?;
        let (costs, fields) = fields.split_at(12);
        let (salt, nonce) = fields.split_at(SALT);
        let mut asked = [0; 3];
        for (cost, bytes) in asked.iter_mut().zip(costs.chunks_exact(4)) {
            *cost = u32::from_be_bytes(bytes.try_into().map_err(|_| damaged())?);
        }
        if asked.iter().zip(COSTS_MAX).any(|(asked, most)| *asked > most) {
            return Err(damaged());
        }
        let cipher = cipher(passphrase, salt, asked)?;
        let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| damaged())?;
        let payload = Payload { msg: rest, aad: head };
        let plain = cipher.decrypt(&XNonce::from(nonce), payload).map_err(|_| damaged())?;
        let plain = Zeroizing::new(plain);
        let texts: BTreeMap<String, &str> =
            serde_json::from_slice(&plain).map_err(|_| damaged())?;
        let decoded = texts.into_iter().map(|(name, text)| {
            let key = BASE64_STANDARD.decode(text).map_err(|_| damaged())?;
            Ok::<_, AppError>((name, Zeroizing::new(key)))
        });
        decoded.collect::<Result<_, _>>().map(Self)
    }
}

/// The fingerprint that a kit's text tells.
pub(super) fn told_fingerprint(text: &str) -> Option<&str> {
    text.lines().find_map(|line| line.strip_prefix(KEYS)).map(str::trim)
}

fn cipher(passphrase: &str, salt: &[u8], costs: [u32; 3]) -> Result<XChaCha20Poly1305, AppError> {
    let [memory, passes, lanes] = costs;
    let params = Params::new(memory, passes, lanes, Some(32)).map_err(|_| damaged())?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, key.as_mut_slice())
        .map_err(|_| damaged())?;
    Ok(XChaCha20Poly1305::new(&Key::from(*key)))
}

fn damaged() -> AppError {
    AppError::new(Code::RecoveryKitWrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kit() -> Kit {
        let key = |byte| Zeroizing::new(vec![byte; 32]);
        Kit([("services/seal".to_owned(), key(7)), ("services/store".to_owned(), key(9))].into())
    }

    #[test]
    fn a_kit_opens_with_its_passphrase_alone_and_tells_nothing_without() {
        let kit = kit();
        let text = kit.seal("correct horse battery").unwrap();
        assert_eq!(told_fingerprint(&text), Some(kit.fingerprint().as_str()));
        assert!(!text.contains(&BASE64_STANDARD.encode([7; 32])[..40]));
        let opened = Kit::open(&text, "correct horse battery").unwrap();
        assert!(opened.0 == kit.0);
        let wrong = Kit::open(&text, "correct horse batterz").err().unwrap();
        assert_eq!(wrong.code, Code::RecoveryKitWrong);
        // As somebody types it off paper: other line ends, spaces.
        let typed = text.replace('\n', "\r\n   ");
        assert!(Kit::open(&typed, "correct horse battery").is_ok());
        assert_eq!(kit.seal("short").unwrap_err().code, Code::BadRequest);
    }

    #[test]
    fn no_changed_kit_opens() {
        let text = kit().seal("correct horse battery").unwrap();
        let begin = text.find(BEGIN).unwrap() + BEGIN.len();
        let armour: String = text[begin..text.find(END).unwrap()].split_whitespace().collect();
        let sealed = BASE64_STANDARD.decode(armour).unwrap();
        // Costs beyond the limit are refused before anything is computed.
        let mut dear = sealed.clone();
        dear[8] = 0xff;
        for changed in [dear, sealed[..HEAD].to_vec(), sealed[..HEAD - 1].to_vec(), Vec::new()] {
            let text = format!("{BEGIN}\n{}\n{END}", BASE64_STANDARD.encode(changed));
            assert!(Kit::open(&text, "correct horse battery").is_err());
        }
        for at in [0, MAGIC.len() + 12, HEAD - 1, HEAD, sealed.len() - 1] {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            let text = format!("{BEGIN}\n{}\n{END}", BASE64_STANDARD.encode(changed));
            assert!(Kit::open(&text, "correct horse battery").is_err(), "{at}");
        }
        assert!(Kit::open("", "x").is_err() && Kit::open(BEGIN, "x").is_err());
    }
}
