//! What this installation remembers outside of any profile: language, who is signed in, where keys
//! are. One small file, replaced as a whole. Holds no secret.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{
    AppError, places,
    views::{Locale, SecretStore},
};

/// The values. Whatever a newer version wrote beside them is dropped when an older one writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Settings {
    /// Tells this home's keychain entries from those of another home.
    pub(crate) installation: String,
    /// The language somebody chose; absent as long as the system's is followed.
    pub(crate) locale: Option<Locale>,
    /// The profile that is signed in.
    pub(crate) active_profile: Option<String>,
    /// Whether somebody signed out, so that the pages can say so.
    pub(crate) signed_out: bool,
    /// Where keys are kept; fixed by the first that was, so that none is looked for in the wrong
    /// place.
    pub(crate) secret_store: SecretStore,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            installation: format!("{:016x}", rand::random::<u64>()),
            locale: None,
            active_profile: None,
            signed_out: false,
            secret_store: SecretStore::None,
        }
    }
}

/// The values with their file.
#[derive(Debug)]
pub(crate) struct SettingsFile {
    path: PathBuf,
    values: Settings,
}

impl SettingsFile {
    /// Reads the file; what is not there yet is created.
    ///
    /// # Errors
    /// [`crate::Code::Internal`] when it cannot be read, written or understood: better than to
    /// forget where the keys are.
    pub(crate) fn open(path: &Path) -> Result<Self, AppError> {
        match fs::read(path) {
            Ok(text) => {
                let values = serde_json::from_slice(&text).map_err(|error| failed(path, &error))?;
                Ok(Self { path: path.to_owned(), values })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let file = Self { path: path.to_owned(), values: Settings::default() };
                file.write(&file.values)?;
                Ok(file)
            }
            Err(error) => Err(failed(path, &error)),
        }
    }

    pub(crate) fn get(&self) -> &Settings {
        &self.values
    }

    /// Changes values, in memory only once they are on disk.
    ///
    /// # Errors
    /// [`crate::Code::Internal`] when the file cannot be written.
    pub(crate) fn change(&mut self, change: impl FnOnce(&mut Settings)) -> Result<(), AppError> {
        let mut values = self.values.clone();
        change(&mut values);
        self.write(&values)?;
        self.values = values;
        Ok(())
    }

    fn write(&self, values: &Settings) -> Result<(), AppError> {
        let text = serde_json::to_vec_pretty(values).map_err(|error| failed(&self.path, &error))?;
        places::replace_file(&self.path, &text).map_err(|error| failed(&self.path, &error))
    }
}

fn failed(path: &Path, error: &dyn std::error::Error) -> AppError {
    AppError::internal("Settings").with("path", path.display()).because(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_changed_is_there_next_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        let mut first = SettingsFile::open(&path).unwrap();
        first.change(|values| values.locale = Some(Locale::Chinese)).unwrap();
        let second = SettingsFile::open(&path).unwrap();
        assert_eq!(second.get(), first.get());
        assert_eq!(second.get().locale, Some(Locale::Chinese));
        assert_eq!(second.get().installation.len(), 16);
    }

    #[test]
    fn a_damaged_file_is_an_error_not_a_fresh_start() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        fs::write(&path, b"{\"installation\":").unwrap();
        assert!(SettingsFile::open(&path).is_err());
        assert_eq!(fs::read(&path).unwrap(), b"{\"installation\":");
    }
}
