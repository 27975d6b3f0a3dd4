//! The content of a backup: copied object by object from the store, put back object by object. Each
//! is read once and its CRC-64 held against the one that the library service knows.

use std::{
    fs, io,
    io::{Read, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use albumen_hosting::{CopiedDatabase, KeptObject};
use albumen_media::digest::Crc64Digest;
use albumen_model::Crc64;
use albumen_store::{
    Attributes, Body, ByteStream, DiskStore, Expected, ObjectAddress, ObjectStore, PutOptions,
    SystemClock, WriteMode, s3::S3Store, sign::S3Endpoint,
};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};

use super::{
    copies::{Folder, HOSTING, OBJECT_LIST, damaged},
    key_of,
    kit::Kit,
};
use crate::{
    AppError,
    blocking::off_thread,
    places::{private_file, private_folder, replace_file},
    services::{Addresses, bucket, failed, store_credential},
    tls,
};

/// Objects that travel at the same time.
const AT_ONCE: usize = 4;
/// Rows read in one go.
const PAGE: u32 = 1000;
/// Bytes read from a file in one go.
const PIECE: usize = 512 * 1024;

/// One line of a copy's list of objects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Listed {
    pub(super) key: String,
    pub(super) size: u64,
    pub(super) crc64: Crc64,
}

/// What was copied.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Done {
    pub(super) objects: u64,
    pub(super) bytes: u64,
    pub(super) new: u64,
    pub(super) elsewhere: u64,
}

/// The store of the services: opened here when nobody has it, else asked over its wire.
///
/// # Errors
/// [`crate::Code::ServiceFailed`].
pub(super) async fn source(
    services: &Path,
    kit: &Kit,
    is_free: bool,
) -> Result<Box<dyn ObjectStore>, AppError> {
    if is_free {
        let store = DiskStore::open(&services.join("store")).await;
        return Ok(Box::new(store.map_err(|error| failed(&error))?));
    }
    let addresses = Addresses::read(services)?;
    let authority = if addresses.are_secure() { tls::authority_in(services)? } else { None };
    let url = addresses.store.parse().map_err(|error: url::ParseError| failed(&error))?;
    let credential = store_credential(&*key_of(kit, "services/store")?);
    let der = authority.as_ref().map(|authority| authority.der());
    let endpoint = S3Endpoint::path_style(url);
    let store = S3Store::trusting(endpoint, &credential, Arc::new(SystemClock), der);
    Ok(Box::new(store.map_err(|error| failed(&error))?))
}

/// Copies every object that the copied database refers to and the backup does not have, and lists
/// them all in the copy.
///
/// # Errors
/// [`crate::Code::BackupDamaged`] when one is missing or not what the database says.
pub(super) async fn copy_all(
    store: &dyn ObjectStore,
    backup: &Folder,
    copy: &Path,
) -> Result<Done, AppError> {
    let database = CopiedDatabase::open(&copy.join(HOSTING)).await.map_err(|e| failed(&e))?;
    let mut list = private_file(&copy.join(OBJECT_LIST)).map_err(|error| failed(&error))?;
    let (mut done, mut row) = (Done::default(), 0);
    loop {
        let page = database.objects(row, PAGE).await.map_err(|error| failed(&error))?;
        let Some((last, _)) = page.last() else { break };
        row = *last;
        let (ours, others): (Vec<_>, Vec<_>) =
            page.into_iter().map(|(_, object)| object).partition(|o| !o.key.contains(':'));
        done.elsewhere += others.len() as u64;
        for object in &ours {
            let KeptObject { key, size, crc64 } = object.clone();
            let line = serde_json::to_string(&Listed { key, size, crc64 });
            let line = line.map_err(|error| failed(&error))?;
            writeln!(list, "{line}").map_err(|error| failed(&error))?;
            done.objects += 1;
            done.bytes += object.size;
        }
        let copied = stream::iter(ours).map(|object| copy_one(store, backup, object));
        let mut copied = std::pin::pin!(copied.buffer_unordered(AT_ONCE));
        while let Some(is_new) = copied.try_next().await? {
            done.new += u64::from(is_new);
        }
    }
    list.sync_all().map_err(|error| failed(&error))?;
    database.close().await;
    Ok(done)
}

/// Copies one object; whether it was not there before.
async fn copy_one(
    store: &dyn ObjectStore,
    backup: &Folder,
    object: KeptObject,
) -> Result<bool, AppError> {
    let path = backup.object(&object.key);
    let path = path.ok_or_else(|| damaged(Path::new(&object.key), "a key that nobody made"))?;
    if is_there(&path, object.size) {
        return Ok(false);
    }
    let missing = |what: &str| damaged(&path, what);
    let address = address(&object.key)?;
    let content = store.get(&address, None).await;
    let content = content.map_err(|error| missing("").because(&error))?;
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    private_folder(&folder).map_err(|error| failed(&error))?;
    // Not the name that a replaced file is staged under: what is said of it goes there.
    let staged = path.with_extension("part");
    let (file, found) =
        write(private_file(&staged).map_err(|e| failed(&e))?, content.stream).await?;
    off_thread(move || file.sync_all()).await?.map_err(|error| failed(&error))?;
    if found != (object.size, object.crc64) {
        fs::remove_file(&staged).map_err(|error| failed(&error))?;
        return Err(missing("its bytes are not what the library service knows"));
    }
    // What is said of it before it is there: an object in a backup has both.
    let said = serde_json::to_vec(&content.meta.attributes).map_err(|error| failed(&error))?;
    replace_file(&said_of(&path), &said).map_err(|error| failed(&error))?;
    fs::rename(&staged, &path).map_err(|error| failed(&error))?;
    #[cfg(unix)]
    off_thread(move || fs::File::open(folder)?.sync_all()).await?.map_err(|e| failed(&e))?;
    Ok(true)
}

async fn write(
    mut file: fs::File,
    mut bytes: ByteStream,
) -> Result<(fs::File, (u64, Crc64)), AppError> {
    let mut digest = Crc64Digest::new();
    while let Some(piece) = bytes.next().await {
        let piece = piece.map_err(|error| failed(&error))?;
        digest.update(&piece);
        file = off_thread(move || file.write_all(&piece).map(|()| file))
            .await?
            .map_err(|error| failed(&error))?;
    }
    let length = digest.len();
    Ok((file, (length, digest.finish())))
}

/// Puts one object of a backup into a store.
///
/// # Errors
/// [`crate::Code::BackupDamaged`] when it is missing or was changed.
pub(super) async fn put_back(
    store: &dyn ObjectStore,
    backup: &Folder,
    object: Listed,
) -> Result<u64, AppError> {
    let path = backup.object(&object.key);
    let path = path.ok_or_else(|| damaged(Path::new(&object.key), "a key that nobody made"))?;
    let broken = |error: &dyn std::error::Error| damaged(&path, "").because(error);
    let said = fs::read(said_of(&path)).map_err(|error| broken(&error))?;
    let attributes: Attributes = serde_json::from_slice(&said).map_err(|error| broken(&error))?;
    let file = fs::File::open(&path).map_err(|error| broken(&error))?;
    let options = PutOptions {
        attributes,
        mode: WriteMode::IfAbsent,
        expected: Expected { crc64: Some(object.crc64), md5: None },
        gate: None,
    };
    let body = Body::new(pieces(file), object.size);
    let put = store.put(&address(&object.key)?, body, options).await;
    put.map_err(|error| broken(&error))?;
    Ok(object.size)
}

fn pieces(file: fs::File) -> ByteStream {
    let read = |mut file: fs::File| async move {
        let read = tokio::task::spawn_blocking(move || {
            let mut piece = vec![0; PIECE];
            let count = file.read(&mut piece)?;
            piece.truncate(count);
            Ok::<_, io::Error>((piece, file))
        });
        let (piece, file) = read.await.map_err(io::Error::other)??;
        Ok((!piece.is_empty()).then(|| (Bytes::from(piece), file)))
    };
    stream::try_unfold(file, read).boxed()
}

fn address(key: &str) -> Result<ObjectAddress, AppError> {
    let key = key.parse().map_err(|error: albumen_store::Error| failed(&error))?;
    Ok(ObjectAddress::new(bucket(), key))
}

fn is_there(path: &Path, size: u64) -> bool {
    fs::metadata(path).is_ok_and(|known| known.is_file() && known.len() == size)
        && said_of(path).is_file()
}

/// Where the attributes of an object are.
fn said_of(path: &Path) -> PathBuf {
    path.with_extension("json")
}
