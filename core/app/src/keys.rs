//! The keys of one home, fetched off the async threads. Owns when the store of keys is opened (when
//! the first key is needed: asking a keychain may take seconds), that the choice of store is
//! written down, and that one which unlocks late is waited for.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use tokio::sync::OnceCell;
use zeroize::Zeroizing;

use crate::{
    App, AppError, Surroundings,
    app::Inner,
    blocking::off_thread,
    places::Places,
    profile::Profile,
    secrets::{SecretOptions, Secrets},
    settings::SettingsFile,
    views::SecretStore,
};

/// How often a keychain is asked again that was locked when the program began: some are unlocked
/// only when the desktop is there.
const AGAIN_EVERY: Duration = Duration::from_secs(3);

/// Whether keys that cannot be fetched now may be later, without anything being changed here.
pub(crate) fn may_unlock(error: &AppError) -> bool {
    error.code == crate::Code::KeychainUnavailable && error.retry
}

/// Asks for the key of a profile until there is an answer, for as long as the app is there.
pub(crate) async fn wait(app: Weak<Inner>, profile: Profile) {
    loop {
        tokio::time::sleep(AGAIN_EVERY).await;
        let Some(inner) = app.upgrade() else { return };
        if !App(inner).resume_again(&profile).await {
            return;
        }
    }
}

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
