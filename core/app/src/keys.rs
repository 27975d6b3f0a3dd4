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
    App, AppError, Code, Surroundings,
    app::Inner,
    blocking::off_thread,
    places::Places,
    profile::Profile,
    secret_file::secret_of_file,
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

/// The key that seals the services' secrets.
pub(crate) const SEAL: &str = "services/seal";
/// Its length in bytes.
const SEAL_BYTES: usize = 32;

/// The seal key that the surroundings give instead of one that is kept here.
fn given_seal_key(surroundings: &Surroundings) -> Result<Option<Zeroizing<Vec<u8>>>, AppError> {
    let text = match (&surroundings.seal_key, &surroundings.seal_key_file) {
        (Some(text), _) => Zeroizing::new(text.expose().to_owned()),
        (None, Some(file)) => secret_of_file(file)?,
        (None, None) => return Ok(None),
    };
    let digits = text.trim().as_bytes();
    let key = digits.chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?;
        u8::from_str_radix(pair, 16).ok()
    });
    let key: Option<Vec<u8>> = key.collect();
    let key = key.map(Zeroizing::new).filter(|key| key.len() == SEAL_BYTES);
    let wrong = "The seal key that is given is not 64 hex digits";
    key.map(Some).ok_or_else(|| AppError::new(Code::SealKeyWrong).with("detail", wrong))
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
        if name == SEAL
            && let Some(given) = given_seal_key(&self.surroundings)?
        {
            return Ok(Some(given));
        }
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

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;

    fn given(variables: &[(&str, &str)]) -> Result<Option<Vec<u8>>, Code> {
        let here = Surroundings::read(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        });
        let key = given_seal_key(&here).map_err(|error| error.code)?;
        Ok(key.map(|key| key.to_vec()))
    }

    #[test]
    fn a_seal_key_comes_from_a_variable_or_a_file_of_its_owner_or_is_our_own() {
        let text = "0f".repeat(32);
        assert_eq!(given(&[]), Ok(None));
        assert_eq!(given(&[("ALBUMEN_SEAL_KEY", &text)]), Ok(Some(vec![15; 32])));
        for wrong in ["0f", "zz".repeat(32).as_str(), "0f".repeat(33).as_str(), "key"] {
            assert_eq!(given(&[("ALBUMEN_SEAL_KEY", wrong)]), Err(Code::SealKeyWrong), "{wrong}");
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("seal");
        std::fs::write(&file, format!("{text}\n")).unwrap();
        let at = [("ALBUMEN_SEAL_KEY_FILE", file.to_str().unwrap())];
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
            assert_eq!(given(&at), Err(Code::ServiceFailed), "others can read it");
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        assert_eq!(given(&at), Ok(Some(vec![15; 32])));
    }

    #[tokio::test]
    async fn the_given_key_is_the_one_that_counts_and_is_written_nowhere() {
        let folder = tempfile::tempdir().unwrap();
        let places = Places::new(folder.path());
        let text = "0f".repeat(32);
        let given = Surroundings {
            no_keychain: true,
            ..Surroundings::read(|name| {
                (name == "ALBUMEN_SEAL_KEY").then(|| OsString::from(text.as_str()))
            })
        };
        let keys = Keys::open(&places, &given).unwrap();
        assert_eq!(*keys.get_or_make(SEAL).await.unwrap(), [15; 32]);
        keys.get_or_make("services/console").await.unwrap();
        let without = Surroundings { no_keychain: true, ..Surroundings::default() };
        let later = Keys::open(&places, &without).unwrap();
        assert!(later.get(SEAL).await.unwrap().is_none());
        assert!(later.get("services/console").await.unwrap().is_some());
    }
}
