//! The keys of one home, fetched off the async threads. Owns when the store of keys is opened (when
//! the first key is needed: asking a keychain may take seconds) and that the choice of store is
//! written down.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OnceCell;
use zeroize::Zeroizing;

use crate::{
    AppError, Surroundings,
    blocking::off_thread,
    places::Places,
    secrets::{SecretOptions, Secrets},
    settings::SettingsFile,
    views::SecretStore,
};

/// Settings and keys of a home.
pub(crate) struct Keys {
    places: Places,
    surroundings: Surroundings,
    settings: Mutex<SettingsFile>,
    secrets: OnceCell<Arc<Secrets>>,
}

impl Keys {
    /// Reads the settings; no key yet.
    ///
    /// # Errors
    /// [`crate::Code::Internal`] when the settings cannot be read.
    pub(crate) fn open(places: &Places, surroundings: &Surroundings) -> Result<Self, AppError> {
        Ok(Self {
            settings: Mutex::new(SettingsFile::open(&places.settings())?),
            places: places.clone(),
            surroundings: surroundings.clone(),
            secrets: OnceCell::new(),
        })
    }

    /// The settings.
    pub(crate) fn settings(&self) -> MutexGuard<'_, SettingsFile> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where keys are, and codes of what the user should know about it.
    pub(crate) fn kind(&self) -> (SecretStore, Vec<String>) {
        match self.secrets.get() {
            Some(secrets) => {
                let warnings = secrets.warnings().iter().map(|&code| code.to_owned());
                (secrets.kind(), warnings.collect())
            }
            None => (self.settings().get().secret_store, Vec::new()),
        }
    }

    /// Fetches a key.
    ///
    /// # Errors
    /// [`crate::Code::KeychainUnavailable`]; true of every call here.
    pub(crate) async fn get(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, AppError> {
        let (secrets, name) = (self.secrets().await?, name.to_owned());
        Ok(off_thread(move || secrets.get(&name)).await??)
    }

    /// Keeps a key.
    ///
    /// # Errors
    /// See [`Keys::get`].
    pub(crate) async fn keep(&self, name: &str, secret: &[u8]) -> Result<(), AppError> {
        let secret = Zeroizing::new(secret.to_vec());
        let (secrets, name) = (self.secrets().await?, name.to_owned());
        Ok(off_thread(move || secrets.set(&name, &secret)).await??)
    }

    /// Forgets a key.
    ///
    /// # Errors
    /// See [`Keys::get`].
    pub(crate) async fn forget(&self, name: &str) -> Result<(), AppError> {
        let (secrets, name) = (self.secrets().await?, name.to_owned());
        Ok(off_thread(move || secrets.delete(&name)).await??)
    }

    /// Fetches a key of 32 random bytes, made when it is not there yet.
    ///
    /// # Errors
    /// See [`Keys::get`].
    pub(crate) async fn get_or_make(&self, name: &str) -> Result<Zeroizing<[u8; 32]>, AppError> {
        if let Some(known) = self.get(name).await? {
            let key = known
                .as_slice()
                .try_into()
                .map_err(|_| AppError::new(crate::Code::KeychainUnavailable).with("name", name))?;
            return Ok(Zeroizing::new(key));
        }
        let fresh = Zeroizing::new(rand::random::<[u8; 32]>());
        self.keep(name, fresh.as_slice()).await?;
        Ok(fresh)
    }

    async fn secrets(&self) -> Result<Arc<Secrets>, AppError> {
        let opened = self.secrets.get_or_try_init(|| async {
            let settings = self.settings().get().clone();
            let options = SecretOptions {
                passphrase_file: self.surroundings.passphrase_file.clone(),
                no_keychain: self.surroundings.no_keychain,
                chosen: settings.secret_store,
                installation: settings.installation,
            };
            let places = self.places.clone();
            let secrets = off_thread(move || Secrets::open(&places, &options)).await??;
            if settings.secret_store == SecretStore::None {
                let kind = secrets.kind();
                self.settings().change(|values| values.secret_store = kind)?;
            }
            Ok::<_, AppError>(Arc::new(secrets))
        });
        opened.await.cloned()
    }
}
