//! Making and hashing what must not be guessed: ids, tokens, secrets.
//!
//! Secrets and tokens carry 256 random bits, so a plain SHA-256 of them is as safe to store as they
//! are to guess. A slow hash such as argon2 protects what people choose; here it would only make
//! every request dear.

use albumen_model::{AccessToken, ConfirmKey, LibraryId, LibrarySecret, SpaceId};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::error::Error;

/// SHA-256 of a secret or a token.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SecretHash(pub(crate) [u8; 32]);

impl SecretHash {
    /// Hashes the text.
    pub(crate) fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }

    /// Compares without telling by time how much is equal.
    pub(crate) fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

fn random_hex<const N: usize>() -> Result<String, Error> {
    let mut bytes = [0_u8; N];
    getrandom::fill(&mut bytes).map_err(Error::NoRandomness)?;
    Ok(hex::encode(bytes))
}

/// A new token; the prefix is how the contract's examples look.
pub(crate) fn access_token() -> Result<AccessToken, Error> {
    Ok(AccessToken::new(format!("acctk{}", random_hex::<32>()?)))
}

/// A new library secret.
pub(crate) fn library_secret() -> Result<LibrarySecret, Error> {
    Ok(LibrarySecret::new(random_hex::<32>()?))
}

/// A new library id; real ones begin with `smh` (SMH section 1.2).
pub(crate) fn library_id() -> Result<LibraryId, Error> {
    let text = format!("smh{}", random_hex::<8>()?);
    LibraryId::parse(text).map_err(|_| Error::Damaged("library id"))
}

/// A new space id.
pub(crate) fn space_id() -> Result<SpaceId, Error> {
    let text = format!("space{}", random_hex::<8>()?);
    SpaceId::parse(text).map_err(|_| Error::Damaged("space id"))
}

/// A new name of an upload session.
pub(crate) fn confirm_key() -> Result<ConfirmKey, Error> {
    ConfirmKey::parse(random_hex::<16>()?).map_err(|_| Error::Damaged("confirm key"))
}

/// A new name of a search that goes on.
pub(crate) fn search_id() -> Result<String, Error> {
    random_hex::<16>()
}

/// A new name of a share, for its owner.
pub(crate) fn share_id() -> Result<String, Error> {
    Ok(format!("shr{}", random_hex::<12>()?))
}

/// A new code of a share's link: who has it may ask, so it cannot be guessed.
pub(crate) fn share_code() -> Result<String, Error> {
    random_hex::<16>()
}

/// A new token that opens a share.
pub(crate) fn share_token() -> Result<AccessToken, Error> {
    Ok(AccessToken::new(format!("shrtk{}", random_hex::<32>()?)))
}

/// A fresh object key: never used before, so that what is confirmed is never written again. It
/// begins with the name of the back end, if there is one (see [`crate::data_plane`]).
pub(crate) fn object_key(library: &LibraryId, back_end: &str) -> Result<String, Error> {
    let at = if back_end.is_empty() { String::new() } else { format!("{back_end}:") };
    Ok(format!("{at}{library}/{}", random_hex::<16>()?))
}

/// A name for this running service.
pub(crate) fn instance() -> Result<String, Error> {
    random_hex::<12>()
}

/// A new request id.
pub(crate) fn request_id() -> String {
    // Without randomness nothing else works either; the request itself will say so.
    random_hex::<12>().unwrap_or_default()
}

/// The opaque stamp of content (SMH section 9.9): one per object, and an object never changes.
pub(crate) fn content_cas(object_key: &str) -> String {
    hex::encode(&SecretHash::of(object_key).0[..12])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_repeats_and_every_id_is_one() {
        assert_ne!(access_token().unwrap().expose(), access_token().unwrap().expose());
        assert!(library_id().unwrap().as_str().starts_with("smh"));
        assert!(SpaceId::may_be_chosen(space_id().unwrap().as_str()));
        assert!(SecretHash::of("a").matches(&SecretHash::of("a")));
        assert!(!SecretHash::of("a").matches(&SecretHash::of("b")));
    }
}
