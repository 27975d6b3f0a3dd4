//! Where everything lies on this computer. The only place that decides it: the home folder, one
//! folder a profile, the services' files, what may be thrown away. Knows the layout, not the
//! contents.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// The folders below one home folder (`$ALBUMEN_HOME`, or `albumen` in the platform's data folder).
#[derive(Clone, Debug)]
pub(crate) struct Places {
    home: PathBuf,
}

impl Places {
    /// Below this home; nothing is created yet.
    pub(crate) fn new(home: impl Into<PathBuf>) -> Self {
        Self { home: home.into() }
    }

    /// The platform's own home for us; `None` where the platform names no data folder.
    pub(crate) fn platform_home() -> Option<PathBuf> {
        dirs::data_dir().map(|data| data.join("albumen"))
    }

    /// The home folder.
    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    /// Language, who is signed in, where keys are kept.
    pub(crate) fn settings(&self) -> PathBuf {
        self.home.join("settings.json")
    }

    /// The keys, where no keychain holds them.
    pub(crate) fn vault(&self) -> PathBuf {
        self.home.join("keys.vault")
    }

    /// The key of the vault, where no passphrase makes it.
    pub(crate) fn vault_key(&self) -> PathBuf {
        self.home.join("keys.key")
    }

    /// All profiles.
    pub(crate) fn profiles(&self) -> PathBuf {
        self.home.join("profiles")
    }

    /// Held by the one process that uses the profiles.
    pub(crate) fn profiles_lock(&self) -> PathBuf {
        self.profiles().join("lock")
    }

    /// One profile: `profile.json`, `journal.db`.
    pub(crate) fn profile(&self, id: &str) -> PathBuf {
        self.profiles().join(id)
    }

    /// The files of the hosted services, for nobody else to read.
    pub(crate) fn services(&self) -> PathBuf {
        self.home.join("services")
    }

    /// What can be made again.
    pub(crate) fn cache(&self) -> PathBuf {
        self.home.join("cache")
    }

    /// Thumbnails.
    pub(crate) fn thumbs(&self) -> PathBuf {
        self.cache().join("thumbs")
    }

    /// Makes the folders that are always there, each for this user only.
    ///
    /// # Errors
    /// When one cannot be created.
    pub(crate) fn prepare(&self) -> io::Result<()> {
        for folder in [self.home.clone(), self.profiles(), self.cache()] {
            private_folder(&folder)?;
        }
        Ok(())
    }
}

/// Creates a folder, and those above, that only this user may enter.
pub(crate) fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Replaces a file as a whole: whoever reads it sees the old or the new text, also after a power
/// cut. Only this user may read it.
pub(crate) fn replace_file(path: &Path, text: &[u8]) -> io::Result<()> {
    use io::Write;
    let staged = path.with_extension("new");
    let mut file = private_file(&staged)?;
    file.write_all(text)?;
    file.sync_all()?;
    fs::rename(&staged, path)?;
    sync_folder(path)
}

/// Opens a file for writing that only this user may read; what was in it is gone.
pub(crate) fn private_file(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Whether others than its owner may do anything with a file.
#[cfg(unix)]
pub(crate) fn is_open_to_others(file: &fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::mode(file) & 0o077 != 0
}

/// Elsewhere who may read a file is told by the folder it is in.
#[cfg(not(unix))]
pub(crate) fn is_open_to_others(_: &fs::Metadata) -> bool {
    false
}

/// Makes a rename durable; systems that cannot sync a folder do it by themselves.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) => fs::File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    fn mode(path: &Path) -> u32 {
        use std::os::unix::fs::PermissionsExt;
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_look() {
        let folder = tempfile::tempdir().unwrap();
        let places = Places::new(folder.path().join("a/home"));
        places.prepare().unwrap();
        places.prepare().unwrap();
        for made in [places.home(), &places.profiles(), &places.cache()] {
            assert_eq!(mode(made), 0o700, "{made:?}");
        }
        replace_file(&places.settings(), b"{}").unwrap();
        assert_eq!(mode(&places.settings()), 0o600);
    }

    #[test]
    fn a_replaced_file_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        replace_file(&path, b"one").unwrap();
        replace_file(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
