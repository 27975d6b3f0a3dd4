//! Where keys are kept: the system's keychain, else one encrypted file. Owns the choice and that a
//! choice once made is kept; never writes a secret into a plain file. Every call may take up to the
//! time limit of the keychain, so callers are off the async threads.

mod keychain;
mod vault;

use std::path::PathBuf;

use thiserror::Error;
use zeroize::Zeroizing;

use crate::{places::Places, views::SecretStore};

use keychain::Keychain;
use vault::{Unlock, Vault};

/// Why a key can be neither kept nor fetched.
#[derive(Debug, Error)]
pub(crate) enum SecretError {
    /// The keychain says no.
    #[error("The keychain refused")]
    Keychain(#[source] keyring_core::Error),
    /// The keychain says nothing.
    #[error("The keychain did not answer in {} seconds", keychain::TIME_LIMIT.as_secs())]
    NoAnswer,
    /// A file cannot be read or written.
    #[error("Key file: {path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It is no vault, or was changed, or the passphrase is another.
    #[error("Wrong passphrase, or the file is damaged: {0}")]
    Damaged(PathBuf),
    /// The vault was made with a passphrase, and none is given.
    #[error("ALBUMEN_PASSPHRASE_FILE is not set, but the keys are encrypted by it")]
    NoPassphrase,
    /// The passphrase file is empty.
    #[error("The passphrase file is empty: {0}")]
    EmptyPassphrase(PathBuf),
    /// Others may read the file.
    #[error("Others may read the file: {0}")]
    Exposed(PathBuf),
    /// Key derivation failed.
    #[error("No key could be made from the passphrase")]
    Derive,
}

/// What the surroundings allow.
#[derive(Clone, Debug, Default)]
pub(crate) struct SecretOptions {
    /// Holds the passphrase, `ALBUMEN_PASSPHRASE_FILE`.
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Keep away from the keychain: for what is thrown away soon.
    pub(crate) no_keychain: bool,
    /// The choice made earlier; [`SecretStore::None`] before the first.
    pub(crate) chosen: SecretStore,
    /// Tells this home's keychain entries from those of another.
    pub(crate) installation: String,
}

enum Store {
    Keychain(Keychain),
    Vault(Vault),
}

/// The keys of one home.
pub(crate) struct Secrets {
    store: Store,
    kind: SecretStore,
    warnings: Vec<&'static str>,
}

impl Secrets {
    /// Opens the store chosen earlier, or chooses one: the passphrase's file when there is a
    /// passphrase, else the keychain, else a file with its key beside it and a warning.
    ///
    /// # Errors
    /// [`SecretError`] when the store chosen earlier cannot be opened; another is never put in its
    /// place.
    pub(crate) fn open(places: &Places, options: &SecretOptions) -> Result<Self, SecretError> {
        match options.chosen {
            SecretStore::Keychain => Ok(Self::keychain(Keychain::open(&options.installation)?)),
            SecretStore::EncryptedFile => Self::encrypted(places, options),
            SecretStore::KeyFile => Self::key_file(places, Vec::new()),
            SecretStore::None if options.passphrase_file.is_some() => {
                Self::encrypted(places, options)
            }
            SecretStore::None if options.no_keychain => Self::key_file(places, Vec::new()),
            SecretStore::None => match Keychain::proven(&options.installation) {
                Ok(keychain) => Ok(Self::keychain(keychain)),
                Err(error) => {
                    tracing::info!(%error, "No keychain: keys go into a file");
                    Self::key_file(places, vec!["keychain_unavailable"])
                }
            },
        }
    }

    fn keychain(keychain: Keychain) -> Self {
        let (store, kind) = (Store::Keychain(keychain), SecretStore::Keychain);
        Self { store, kind, warnings: Vec::new() }
    }

    fn encrypted(places: &Places, options: &SecretOptions) -> Result<Self, SecretError> {
        let file = options.passphrase_file.clone().ok_or(SecretError::NoPassphrase)?;
        let vault = Vault::open(&places.vault(), &Unlock::PassphraseFile(file))?;
        let (store, kind) = (Store::Vault(vault), SecretStore::EncryptedFile);
        Ok(Self { store, kind, warnings: Vec::new() })
    }

    fn key_file(places: &Places, mut warnings: Vec<&'static str>) -> Result<Self, SecretError> {
        let vault = Vault::open(&places.vault(), &Unlock::KeyFile(places.vault_key()))?;
        warnings.push("key_file");
        Ok(Self { store: Store::Vault(vault), kind: SecretStore::KeyFile, warnings })
    }

    /// Where they are.
    pub(crate) fn kind(&self) -> SecretStore {
        self.kind
    }

    /// Codes of what the user should know about that.
    pub(crate) fn warnings(&self) -> &[&'static str] {
        &self.warnings
    }

    /// Fetches a key.
    pub(crate) fn get(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, SecretError> {
        match &self.store {
            Store::Keychain(keychain) => keychain.get(name),
            Store::Vault(vault) => vault.get(name),
        }
    }

    /// Keeps a key; durable when this returns.
    pub(crate) fn set(&self, name: &str, secret: &[u8]) -> Result<(), SecretError> {
        match &self.store {
            Store::Keychain(keychain) => keychain.set(name, secret),
            Store::Vault(vault) => vault.set(name, Some(secret)),
        }
    }

    /// Forgets a key; one that is not there is forgotten already.
    pub(crate) fn delete(&self, name: &str) -> Result<(), SecretError> {
        match &self.store {
            Store::Keychain(keychain) => keychain.delete(name),
            Store::Vault(vault) => vault.set(name, None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(passphrase_file: Option<PathBuf>, chosen: SecretStore) -> SecretOptions {
        SecretOptions { passphrase_file, no_keychain: true, chosen, installation: "t".into() }
    }

    #[test]
    fn without_a_keychain_the_user_is_warned() {
        let folder = tempfile::tempdir().unwrap();
        let places = Places::new(folder.path());
        let secrets = Secrets::open(&places, &options(None, SecretStore::None)).unwrap();
        assert_eq!(secrets.kind(), SecretStore::KeyFile);
        assert_eq!(secrets.warnings(), ["key_file"]);
        secrets.set("device", b"seed").unwrap();
        let again = Secrets::open(&places, &options(None, SecretStore::KeyFile)).unwrap();
        assert_eq!(again.get("device").unwrap().unwrap().as_slice(), b"seed");
        again.delete("device").unwrap();
        assert!(again.get("device").unwrap().is_none());
    }

    #[test]
    fn a_choice_once_made_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let places = Places::new(folder.path());
        let passphrase = folder.path().join("passphrase");
        std::fs::write(&passphrase, "correct horse\n").unwrap();
        let first = Secrets::open(&places, &options(Some(passphrase), SecretStore::None)).unwrap();
        assert_eq!(first.kind(), SecretStore::EncryptedFile);
        assert!(first.warnings().is_empty());
        first.set("device", b"seed").unwrap();
        let without = Secrets::open(&places, &options(None, SecretStore::EncryptedFile));
        assert!(matches!(without, Err(SecretError::NoPassphrase)));
    }
}
