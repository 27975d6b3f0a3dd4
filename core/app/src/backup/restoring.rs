//! Putting a backup back, into a home that is empty, and its databases onto a server where that is
//! asked for. Everything is verified before it counts; what fails leaves a home that says so and
//! can be deleted.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
};

use albumen_store::{DiskStore, ObjectStore};
use albumen_tokens::{SealKey, examine_copy};
use futures::{StreamExt, TryStreamExt, stream};
use serde::Serialize;
use zeroize::Zeroizing;

use super::{
    CA_KEY, KEYS, copies,
    copies::{Folder, HOSTING, Manifest, OBJECT_LIST, TOKENS, damaged},
    home_of,
    kit::{KIT_MAX, Kit},
    objects::{self, Listed},
    refused, seal_key, small_files,
};
use crate::{
    AppError, Code, Surroundings,
    app::places,
    blocking::off_thread,
    keys::Keys,
    lock::Lock,
    moving::{MovedDatabases, Target},
    places::{Places, private_folder, replace_file},
    services::{self, bucket, failed},
    tls,
};

/// Objects that are put back at the same time.
const AT_ONCE: usize = 4;

/// What to restore.
#[derive(Clone, Debug)]
pub struct RestoreOptions {
    /// The backup's folder.
    pub folder: PathBuf,
    /// The recovery kit; the one in the folder where absent.
    pub kit: Option<PathBuf>,
    /// Which copy; the newest where absent.
    pub copy: Option<String>,
    /// File with the address of a PostgreSQL server that gets the databases; they are files in the
    /// home where absent.
    pub database_file: Option<PathBuf>,
}

/// What was restored.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Restored {
    /// When the copy was made.
    pub made_at: String,
    /// Whether it is a token service alone.
    pub tokens_only: bool,
    /// Objects that were put back, each verified.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Objects at object stores of others: they were not in the backup.
    pub elsewhere: u64,
    /// The number of the last entry of the audit log, which was verified.
    pub audit_entry: i64,
    /// The home.
    pub home: String,
    /// What went to a server, if anything did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved: Option<MovedDatabases>,
}

/// Restores the services of a home that is empty or not there.
///
/// # Errors
/// [`Code::FolderNotEmpty`] for any other home, [`Code::DatabaseNotEmpty`] for a server with rows
/// in our schemas; [`Code::RecoveryKitWrong`]; [`Code::BackupDamaged`] for the first thing that is
/// not as the backup says; [`Code::ServiceFailed`].
pub async fn restore(
    surroundings: &Surroundings,
    options: RestoreOptions,
    passphrase: impl FnOnce() -> Result<Zeroizing<String>, AppError>,
) -> Result<Restored, AppError> {
    let places = places(surroundings)?;
    must_be_empty(&places)?;
    let backup = Folder::there(&options.folder)?;
    let copy = backup.copy(options.copy.as_deref())?;
    let kit = open_kit(&options.kit.unwrap_or_else(|| backup.kit()), passphrase)?;
    let seal = seal_key(&kit)?;
    let (of, key) = (copy.clone(), copies::check_key(seal.as_slice()));
    let manifest = off_thread(move || Manifest::verified(&of, &key)).await??;

    let server = options.database_file.as_deref().map(Target::read).transpose()?;
    if let Some(server) = &server {
        server.must_be_vacant().await?;
    }
    let dir = places.services();
    let tokens_only = !manifest.has(HOSTING);
    let folders: &[&str] = if tokens_only { &["tokens"] } else { &["tokens", "hosting", "store"] };
    private_folder(&dir).map_err(|error| failed(&error))?;
    for folder in folders {
        private_folder(&dir.join(folder)).map_err(|error| failed(&error))?;
    }
    let lock = Lock::take(&services::lock(&places))?;
    put_files(&copy, &manifest, &dir, &kit)?;
    let head =
        examine_copy(&dir.join("tokens").join(TOKENS), &SealKey::from_bytes(*seal), None).await;
    let head = head.map_err(|error| refused(&error))?.head;
    if (head.entry, &head.mac) != (manifest.audit_entry, &manifest.audit_mac) {
        return Err(damaged(&copy, "the audit log is another one"));
    }
    let (objects, bytes) = match tokens_only {
        true => (0, 0),
        false => put_objects(&backup, &copy, &dir.join("store")).await?,
    };
    if (objects, bytes) != (manifest.objects, manifest.object_bytes) {
        return Err(damaged(&copy, "objects are missing"));
    }
    let moved = match server {
        Some(server) => Some(server.take_in(&dir).await?),
        None => None,
    };
    keep_keys(&Keys::open(&places, surroundings)?, &kit).await?;
    drop(lock);
    Ok(Restored {
        made_at: manifest.made_at,
        tokens_only,
        objects,
        bytes,
        elsewhere: manifest.elsewhere,
        audit_entry: head.entry,
        home: home_of(&places),
        moved,
    })
}

/// Comes last, so that nothing starts over what is only half there.
async fn keep_keys(keys: &Keys, kit: &Kit) -> Result<(), AppError> {
    for name in KEYS {
        if let Some(key) = kit.0.get(name) {
            keys.keep(name, key).await?;
        }
    }
    Ok(())
}

fn must_be_empty(places: &Places) -> Result<(), AppError> {
    let found = fs::read_dir(places.home()).is_ok_and(|mut entries| entries.next().is_some());
    if found {
        return Err(AppError::new(Code::FolderNotEmpty).with("path", home_of(places)));
    }
    Ok(())
}

fn open_kit(
    file: &Path,
    passphrase: impl FnOnce() -> Result<Zeroizing<String>, AppError>,
) -> Result<Kit, AppError> {
    let unreadable = |error: std::io::Error| {
        AppError::new(Code::FileUnreadable).with("path", file.display()).because(&error)
    };
    if fs::metadata(file).map_err(unreadable)?.len() > KIT_MAX {
        return Err(AppError::new(Code::RecoveryKitWrong).with("path", file.display()));
    }
    let text = fs::read_to_string(file).map_err(unreadable)?;
    Kit::open(&text, &passphrase()?).map_err(|error| error.with("path", file.display()))
}

/// Databases, addresses and the authority: what the manifest names and nothing that lies beside.
fn put_files(copy: &Path, manifest: &Manifest, dir: &Path, kit: &Kit) -> Result<(), AppError> {
    for (name, folder) in [(TOKENS, "tokens"), (HOSTING, "hosting")] {
        let (from, to) = (copy.join(name), dir.join(folder).join(name));
        if !manifest.has(name) {
            continue;
        }
        fs::copy(&from, &to).map_err(|error| failed(&error))?;
        fs::File::open(&to).and_then(|file| file.sync_all()).map_err(|error| failed(&error))?;
    }
    if let Some(key) = kit.0.get(CA_KEY) {
        let folder = dir.join(tls::FOLDER);
        private_folder(&folder).map_err(|error| failed(&error))?;
        replace_file(&folder.join(tls::KEY), key).map_err(|error| failed(&error))?;
    }
    for (to, from) in small_files(dir, copy) {
        if from.file_name().and_then(|name| name.to_str()).is_some_and(|name| manifest.has(name)) {
            let text = fs::read(&from).map_err(|error| failed(&error))?;
            if let Some(folder) = to.parent() {
                private_folder(folder).map_err(|error| failed(&error))?;
            }
            replace_file(&to, &text).map_err(|error| failed(&error))?;
        }
    }
    Ok(())
}

/// Puts every object of the copy's list into a fresh store; how many and how many bytes.
async fn put_objects(backup: &Folder, copy: &Path, store: &Path) -> Result<(u64, u64), AppError> {
    let store = DiskStore::open(store).await.map_err(|error| failed(&error))?;
    store.create_bucket(&bucket()).await.map_err(|error| failed(&error))?;
    let list = fs::File::open(copy.join(OBJECT_LIST)).map_err(|error| failed(&error))?;
    let lines = BufReader::new(list).lines().map(|line| {
        let line = line.map_err(|error| failed(&error))?;
        serde_json::from_str::<Listed>(&line).map_err(|error| failed(&error))
    });
    let store = &store;
    let put = stream::iter(lines)
        .map(|object| async move { objects::put_back(store, backup, object?).await });
    let mut put = std::pin::pin!(put.buffer_unordered(AT_ONCE));
    let (mut count, mut bytes) = (0, 0);
    while let Some(size) = put.try_next().await? {
        count += 1;
        bytes += size;
    }
    Ok((count, bytes))
}
