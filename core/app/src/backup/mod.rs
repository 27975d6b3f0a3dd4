//! Backup and restore of the services of a home: the databases as each was at one moment, the
//! content that they refer to, and the keys in a recovery kit. A home with the token service alone
//! has one database and no content.
//!
//! The databases are copied first, that of the token service before that of the library service:
//! what the one knows the other has. The content follows; what the library service lets go of
//! meanwhile stays in the store for a day ([`albumen_hosting::COLLECT_AFTER`]), so nothing that the
//! copies refer to is missing. Works beside running services. A copy of a database is a SQLite file
//! also where the database is on a server, so that either may be restored to the other.

mod copies;
mod kit;
mod objects;
mod restoring;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use albumen_model::Timestamp;
use albumen_tokens::{Clock, SealKey, SystemClock, examine_copy};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::{
    AppError, Code, Surroundings,
    app::places,
    keys::Keys,
    lock::Lock,
    moving::{Databases, has_library_service},
    places::{Places, replace_file},
    services::{self, ADDRESSES, BACK_ENDS, failed},
    tls,
};
use copies::{FileEntry, Folder, HOSTING, Manifest, OBJECT_LIST, TOKENS};
use kit::{KIT_MAX, Kit};
use objects::Done;

pub use restoring::{RestoreOptions, Restored, restore};

/// The keys of the services, by their names among the other keys.
const KEYS: [&str; 4] = ["services/console", "services/seal", "services/store", "services/owner"];
/// The private key of the services' own certificate authority, in the kit.
const CA_KEY: &str = "tls/ca.key";
/// Its certificate, in a copy.
const CA: &str = "ca.pem";

/// What was backed up.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BackedUp {
    /// Names the copy.
    pub copy: String,
    /// Whether it is of a token service alone.
    pub tokens_only: bool,
    /// Objects of the library.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Of these, objects that were not in the backup before.
    pub new_objects: u64,
    /// Objects at object stores of others, which are not in the backup.
    pub elsewhere: u64,
    /// The recovery kit.
    pub kit: PathBuf,
    /// Whether the kit was written just now.
    pub kit_is_new: bool,
}

/// Backs up the services of a home into a folder. The passphrase is asked for when there is no kit
/// yet that fits the keys.
///
/// # Errors
/// [`Code::NoServices`] in a home without any; [`Code::FolderNotEmpty`] for a folder that is no
/// backup; [`Code::BadRequest`] for a passphrase that is too short; [`Code::BackupDamaged`] when
/// content is missing.
pub async fn back_up(
    surroundings: &Surroundings,
    folder: &Path,
    passphrase: impl FnOnce() -> Result<Zeroizing<String>, AppError>,
) -> Result<BackedUp, AppError> {
    let places = places(surroundings)?;
    let dir = places.services();
    let databases = Databases::there(&dir)?;
    let keys = Keys::open(&places, surroundings)?;
    let kit = keys_of(&keys, &dir).await?;
    let backup = Folder::claim(folder)?;
    let kit_is_new = keep_kit(&backup, &kit, passphrase)?;
    let moment = SystemClock.now();
    let name = name_of(moment);
    let partial = backup.begin(&name).map_err(|error| failed(&error))?;
    let tokens_only = !has_library_service(&dir);
    databases.copy_tokens(partial.join(TOKENS)).await?;
    if !tokens_only {
        databases.copy_hosting(partial.join(HOSTING)).await?;
    }
    copy_small_files(&dir, &partial).map_err(|error| failed(&error))?;
    let seal = seal_key(&kit)?;
    let head = examine_copy(&partial.join(TOKENS), &SealKey::from_bytes(*seal), None).await;
    let head = head.map_err(|error| refused(&error))?.head;
    let done = match tokens_only {
        true => Done::default(),
        false => copy_content(&places, &kit, &backup, &partial).await?,
    };
    let manifest = Manifest {
        program: env!("CARGO_PKG_VERSION").to_owned(),
        made_at: moment.to_string(),
        files: files_of(&partial).map_err(|error| failed(&error))?,
        objects: done.objects,
        object_bytes: done.bytes,
        elsewhere: done.elsewhere,
        audit_entry: head.entry,
        audit_mac: head.mac,
    };
    let key = copies::check_key(seal.as_slice());
    manifest.write(&partial, &key).map_err(|error| failed(&error))?;
    backup.finish(&partial, &name).map_err(|error| failed(&error))?;
    Ok(BackedUp {
        copy: name,
        tokens_only,
        objects: done.objects,
        bytes: done.bytes,
        new_objects: done.new,
        elsewhere: done.elsewhere,
        kit: backup.kit(),
        kit_is_new,
    })
}

/// Copies what the copied database of the library service refers to.
async fn copy_content(
    places: &Places,
    kit: &Kit,
    backup: &Folder,
    partial: &Path,
) -> Result<Done, AppError> {
    // Held while the store is open here; without it the services run and are asked.
    let lock = Lock::try_take(&services::lock(places)).map_err(|error| failed(&error))?;
    let store = objects::source(&places.services(), kit, lock.is_some()).await?;
    let done = objects::copy_all(&*store, backup, partial).await?;
    drop((store, lock));
    Ok(done)
}

/// The keys that a restored service needs.
async fn keys_of(keys: &Keys, services: &Path) -> Result<Kit, AppError> {
    let mut kit = Kit::default();
    for name in KEYS {
        if let Some(key) = keys.get(name).await? {
            kit.0.insert(name.to_owned(), key);
        }
    }
    match fs::read(services.join(tls::FOLDER).join(tls::KEY)) {
        Ok(key) => drop(kit.0.insert(CA_KEY.to_owned(), Zeroizing::new(key))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(&error)),
    }
    Ok(kit)
}

fn seal_key(kit: &Kit) -> Result<Zeroizing<[u8; 32]>, AppError> {
    key_of(kit, "services/seal")
}

fn key_of(kit: &Kit, name: &str) -> Result<Zeroizing<[u8; 32]>, AppError> {
    let key = kit.0.get(name).and_then(|key| <[u8; 32]>::try_from(key.as_slice()).ok());
    let missing = || AppError::new(Code::KeychainUnavailable).with("name", name);
    key.map(Zeroizing::new).ok_or_else(missing)
}

/// Writes the kit, unless the one that is there holds the same keys; whether it did.
fn keep_kit(
    backup: &Folder,
    kit: &Kit,
    passphrase: impl FnOnce() -> Result<Zeroizing<String>, AppError>,
) -> Result<bool, AppError> {
    let file = backup.kit();
    let known = fs::metadata(&file).is_ok_and(|known| known.len() <= KIT_MAX);
    let text = if known { fs::read_to_string(&file).unwrap_or_default() } else { String::new() };
    if kit::told_fingerprint(&text) == Some(kit.fingerprint().as_str()) {
        return Ok(false);
    }
    let sealed = kit.seal(&passphrase()?)?;
    replace_file(&file, sealed.as_bytes()).map_err(|error| failed(&error))?;
    Ok(true)
}

/// Addresses, back ends and the authority's certificate, as far as they are there.
fn copy_small_files(services: &Path, copy: &Path) -> io::Result<()> {
    for (from, to) in small_files(services, copy) {
        match fs::read(from) {
            Ok(text) => replace_file(&to, &text)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Where they lie in a services' folder, and where in a copy.
fn small_files(services: &Path, copy: &Path) -> [(PathBuf, PathBuf); 3] {
    [
        (services.join(ADDRESSES), copy.join(ADDRESSES)),
        (services.join(BACK_ENDS), copy.join(BACK_ENDS)),
        (services.join(tls::FOLDER).join(tls::CERTIFICATE), copy.join(CA)),
    ]
}

fn files_of(copy: &Path) -> io::Result<Vec<FileEntry>> {
    let mut files = Vec::new();
    for name in [TOKENS, HOSTING, OBJECT_LIST, ADDRESSES, BACK_ENDS, CA] {
        let path = copy.join(name);
        if path.is_file() {
            files.push(FileEntry::of(&path, name)?);
        }
    }
    Ok(files)
}

/// A moment as the name of a folder; names go by time.
fn name_of(moment: Timestamp) -> String {
    moment.to_string().replace(':', "-")
}

/// What looking at a copy of the token service's database says.
fn refused(error: &albumen_tokens::Error) -> AppError {
    match error {
        albumen_tokens::Error::Unsealable => AppError::new(Code::SealKeyWrong).because(error),
        albumen_tokens::Error::Tampered { .. } => AppError::new(Code::BackupDamaged).because(error),
        _ => failed(error),
    }
}

/// The home that is worked on, for a message.
fn home_of(places: &Places) -> String {
    places.home().display().to_string()
}
