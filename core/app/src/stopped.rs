//! The audit log of this computer's services while they do not run: looked at in a copy that is
//! thrown away, so that nothing of theirs is changed. Owns what is copied, and who may look when.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use albumen_client::check_export;
use albumen_tokens::{AuditHead, DATABASE_FILE as FILE, Error, Examined, SealKey, examine_copy};

use crate::{
    AppError, Code, Surroundings,
    app::places,
    blocking::off_thread,
    keys::{Keys, SEAL},
    lock::{self, Lock},
    moving::Databases,
    places::{Places, private_folder},
    services::{self, TOKENS, failed},
    views::AuditVerdict,
};

/// What was committed and is not yet in the file itself.
const LOG: &str = "tokens.db-wal";
/// Where the copy is, in the cache.
const COPY: &str = "audit-check";

/// Checks the log of the services in this home, which must not run. With the export of an earlier
/// day, also that the log still goes through its end.
///
/// # Errors
/// [`Code::NoServices`]; [`Code::ProfileInUse`] while they run; [`Code::SealKeyWrong`];
/// [`Code::AuditTampered`] for an export that is none; [`Code::ServiceFailed`].
pub async fn check_stopped_audit(
    surroundings: &Surroundings,
    export: Option<&Path>,
) -> Result<AuditVerdict, AppError> {
    let places = places(surroundings)?;
    let older = export.map(end_of).transpose()?;
    // Before anything is opened: where no services are, there may be no home either.
    Databases::there(&places.services())?;
    let keys = Keys::open(&places, surroundings)?;
    verdict(look(&places, &keys, older).await?)
}

/// The same where there is something to look at and nobody runs it; else nothing.
pub(crate) async fn check_if_stopped(
    places: &Places,
    keys: &Keys,
) -> Option<Result<AuditVerdict, AppError>> {
    match look(places, keys, None).await {
        Err(error) if matches!(error.code, Code::NoServices | Code::ProfileInUse) => None,
        looked => Some(looked.and_then(verdict)),
    }
}

/// Whether the walk found a hand is an answer; that it could not be walked is none.
async fn look(
    places: &Places,
    keys: &Keys,
    older: Option<AuditHead>,
) -> Result<Result<Examined, Error>, AppError> {
    let databases = Databases::there(&places.services())?;
    let at = services::lock(places);
    let held = Lock::try_take(&at).map_err(|error| failed(&error))?;
    let held = held.ok_or_else(|| lock::in_use(&at))?;
    let key = keys.get(SEAL).await?;
    let key = key.and_then(|key| <[u8; 32]>::try_from(key.as_slice()).ok());
    let key =
        key.ok_or_else(|| AppError::new(Code::SealKeyWrong).with("detail", "none is here"))?;
    let to = places.cache().join(COPY);
    let looked = match copy(&databases, &to).await {
        Ok(file) => Ok(examine_copy(&file, &SealKey::from_bytes(key), older).await),
        Err(error) => Err(error),
    };
    drop(held);
    off_thread(move || fs::remove_dir_all(&to)).await?.map_err(|error| failed(&error))?;
    looked
}

/// Copies the database into a folder: a file as it lies there, as opening it would change it.
async fn copy(databases: &Databases, to: &Path) -> Result<PathBuf, AppError> {
    let (made, folder) = (to.join(FILE), to.to_owned());
    off_thread(move || cleared(&folder)).await?.map_err(|error| failed(&error))?;
    match databases {
        Databases::Files(dir) => {
            let (from, to) = (dir.join(TOKENS), to.to_owned());
            off_thread(move || copy_files(&from, &to)).await?.map_err(|error| failed(&error))?;
        }
        Databases::Server(_) => databases.copy_tokens(made.clone()).await?,
    }
    Ok(made)
}

/// An empty folder, for us alone.
fn cleared(folder: &Path) -> io::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    private_folder(folder)
}

fn copy_files(from: &Path, to: &Path) -> io::Result<()> {
    fs::copy(from.join(FILE), to.join(FILE))?;
    if from.join(LOG).is_file() {
        fs::copy(from.join(LOG), to.join(LOG))?;
    }
    Ok(())
}

fn verdict(looked: Result<Examined, Error>) -> Result<AuditVerdict, AppError> {
    let none = AuditVerdict { tampered_at: None, first: None, last: None, public_key: None };
    let number = |entry: i64| Some(u64::try_from(entry).unwrap_or_default());
    match looked {
        Ok(Examined { head, public_key }) => {
            Ok(AuditVerdict { last: number(head.entry), public_key: Some(public_key), ..none })
        }
        Err(Error::Tampered { entry }) => Ok(AuditVerdict { tampered_at: number(entry), ..none }),
        Err(error @ Error::Unsealable) => Err(AppError::new(Code::SealKeyWrong).because(&error)),
        Err(error) => Err(failed(&error)),
    }
}

fn end_of(path: &Path) -> Result<AuditHead, AppError> {
    let wrong = |code, error: &dyn std::error::Error| {
        AppError::new(code).with("path", path.display()).because(error)
    };
    let text = fs::read_to_string(path).map_err(|error| wrong(Code::FileUnreadable, &error))?;
    let end = check_export(&text, None).map_err(|error| wrong(Code::AuditTampered, &error))?;
    Ok(AuditHead { entry: end.head.entry, mac: end.head.mac })
}
