//! What a demonstration needs around the app: a folder of its own with development services,
//! photographs and a home. Nothing of the user's is touched: their photographs are copied.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    AppError, Code, Surroundings,
    blocking::off_thread,
    samples,
    serve::{Development, DevelopmentLine, claim},
    services::{self, PublicUrls},
};

/// Photographs copied at most: a demonstration, not a backup.
const FILES_MAX: usize = 2_000;
/// Bytes copied at most.
const BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;

/// How the stage is to be.
#[derive(Clone, Debug)]
pub struct StageOptions {
    /// Where; a new folder among the system's temporary ones where absent.
    pub dir: Option<PathBuf>,
    /// Photographs to copy; generated ones where absent.
    pub photos: Option<PathBuf>,
    /// How many to generate.
    pub count: u32,
    /// Whether everything stays there afterwards.
    pub keep: bool,
}

/// A folder with all that a demonstration needs, services running.
pub struct Stage {
    dir: PathBuf,
    development: Development,
    keep: bool,
}

impl Stage {
    /// Makes the folder and starts the services.
    ///
    /// # Errors
    /// [`Code::FolderNotEmpty`] when the folder holds something else; [`Code::FolderMissing`] when
    /// the photographs are not there; [`Code::ServiceFailed`].
    pub async fn set(options: StageOptions) -> Result<Self, AppError> {
        let dir = options.dir.unwrap_or_else(|| {
            std::env::temp_dir().join(format!("albumen-demo-{:08x}", rand::random::<u32>()))
        });
        let dir = std::path::absolute(&dir).map_err(|error| services::failed(&error))?;
        claim(&dir)?;
        let development = Development::start(&dir.join("services"), PublicUrls::default()).await?;
        let stage = Self { dir, development, keep: options.keep };
        let (photos, count, to) = (options.photos, options.count, stage.photos());
        off_thread(move || hang(photos.as_deref(), count, &to)).await??;
        Ok(stage)
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The folder of photographs.
    pub fn photos(&self) -> PathBuf {
        self.dir.join("photos")
    }

    /// Addresses and keys of the services.
    pub const fn line(&self) -> &DevelopmentLine {
        self.development.line()
    }

    /// What to open the app with: a home of the stage's own, no keychain, synced on request.
    pub fn surroundings(&self, of: &Surroundings) -> Surroundings {
        Surroundings {
            home: Some(self.dir.join("home")),
            no_keychain: true,
            idle: true,
            locale: of.locale,
            clock: of.clock.clone(),
            ..Surroundings::default()
        }
    }

    /// Stops the services and, unless it is to stay, takes everything away.
    pub async fn strike(self) {
        self.development.stop().await;
        if !self.keep {
            let dir = self.dir;
            let removed = off_thread(move || fs::remove_dir_all(dir)).await;
            if let Ok(Err(error)) = removed {
                tracing::warn!(%error, "The demonstration's folder could not be removed");
            }
        }
    }
}

/// Puts photographs there, unless an earlier demonstration has.
fn hang(photos: Option<&Path>, count: u32, to: &Path) -> Result<(), AppError> {
    if to.exists() {
        return Ok(());
    }
    // Under another name first: a demonstration that was interrupted here begins anew.
    let staged = to.with_extension("new");
    drop(fs::remove_dir_all(&staged));
    let put = match photos {
        Some(from) => copy(from, &staged).map_err(|error| {
            AppError::new(Code::FolderMissing).with("path", from.display()).because(&error)
        }),
        None => samples::write(&staged, count).map(drop).map_err(|e| services::failed(&e)),
    };
    put?;
    fs::rename(&staged, to).map_err(|error| services::failed(&error))
}

/// Copies files with the folders they are in; links and what lies beyond the bounds stay behind.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let (mut files, mut bytes) = (0, 0);
    let mut waiting = vec![PathBuf::new()];
    while let Some(below) = waiting.pop() {
        let mut entries: Vec<_> = fs::read_dir(from.join(&below))?.collect::<io::Result<_>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        fs::create_dir_all(to.join(&below))?;
        for entry in entries {
            let place = below.join(entry.file_name());
            let kind = entry.file_type()?;
            if kind.is_dir() {
                waiting.push(place);
            } else if kind.is_file() {
                files += 1;
                bytes += entry.metadata()?.len();
                if files > FILES_MAX || bytes > BYTES_MAX {
                    return Ok(());
                }
                fs::copy(entry.path(), to.join(&place))?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn photographs_are_copied_once_with_their_folders() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::create_dir_all(from.join("a/b")).unwrap();
        fs::write(from.join("a/b/one.jpg"), "1").unwrap();
        fs::write(from.join("two.jpg"), "2").unwrap();
        hang(Some(&from), 0, &to).unwrap();
        assert_eq!(fs::read(to.join("a/b/one.jpg")).unwrap(), b"1");
        assert_eq!(fs::read(to.join("two.jpg")).unwrap(), b"2");
        fs::write(from.join("three.jpg"), "3").unwrap();
        hang(Some(&from), 0, &to).unwrap();
        assert!(!to.join("three.jpg").exists(), "an earlier stage is left as it is");
        let gone = hang(Some(&folder.path().join("gone")), 0, &folder.path().join("other"));
        assert_eq!(gone.unwrap_err().code, Code::FolderMissing);
    }

    #[test]
    fn without_any_they_are_made() {
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("photos");
        hang(None, 2, &to).unwrap();
        assert_eq!(fs::read_dir(&to).unwrap().count(), 2, "two folders");
    }
}
