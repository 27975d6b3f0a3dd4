//! Small pictures on demand: from the cache, else decoded on a thread of its own, a few at a time.

use std::{fs::File, num::NonZero, path::PathBuf, sync::Arc, thread};

use albumen_media::{ThumbnailSize, digest::Crc64Digest, thumbnail};
use albumen_sync::PhotoDetail;
use tokio::sync::Semaphore;

use super::cache::ThumbCache;
use crate::{AppError, Code, blocking::off_thread, session::Session};

/// Bytes of thumbnails kept on disk: small ones of a hundred thousand photos.
const CACHE_BYTES: u64 = 2 * 1024 * 1024 * 1024;

/// A small picture, encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhotoThumbnail {
    /// What to serve it as.
    pub content_type: &'static str,
    /// The picture.
    pub bytes: Vec<u8>,
}

/// Makes and keeps them.
pub(crate) struct Thumbs {
    cache: Arc<ThumbCache>,
    decoding: Arc<Semaphore>,
}

impl Thumbs {
    /// Kept in this folder.
    pub(crate) fn new(folder: PathBuf) -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        Self {
            cache: Arc::new(ThumbCache::new(folder, CACHE_BYTES)),
            decoding: Arc::new(Semaphore::new(cores)),
        }
    }

    /// The picture of a photo, `size` pixels at its long edge.
    pub(crate) async fn of(
        &self,
        session: &Session,
        row: u32,
        size: u32,
    ) -> Result<PhotoThumbnail, AppError> {
        let size = [ThumbnailSize::Small, ThumbnailSize::Large]
            .into_iter()
            .find(|known| known.long_edge() == size)
            .ok_or_else(|| AppError::new(Code::BadRequest).with("size", size))?;
        let photo = session.photo(row).await?;
        let key = key(&photo, size);
        let cache = Arc::clone(&self.cache);
        let wanted = key.clone();
        if let Some(bytes) = off_thread(move || cache.get(&wanted)).await? {
            return Ok(as_thumbnail(bytes));
        }
        let permit = Arc::clone(&self.decoding).acquire_owned().await;
        let cache = Arc::clone(&self.cache);
        off_thread(move || {
            let _permit = permit;
            // Another call may have made it while this one waited for its turn.
            let bytes = match cache.get(&key) {
                Some(bytes) => bytes,
                None => make(&photo, size, &key, &cache)?,
            };
            Ok(as_thumbnail(bytes))
        })
        .await?
    }
}

fn make(
    photo: &PhotoDetail,
    size: ThumbnailSize,
    key: &str,
    cache: &ThumbCache,
) -> Result<Vec<u8>, AppError> {
    let path = photo.path.on_disk(&photo.folder);
    let path = path.ok_or_else(|| AppError::new(Code::FileMissing).with("path", &photo.path))?;
    let mut file = File::open(&path).map_err(|error| {
        AppError::new(Code::FileMissing).with("path", path.display()).because(&error)
    })?;
    let name = String::from_utf8_lossy(photo.path.name()).into_owned();
    let made = thumbnail(&mut file, &name, size).map_err(|error| {
        AppError::new(Code::FileUnreadable).with("path", path.display()).because(&error)
    })?;
    if let Err(error) = cache.put(key, &made.bytes) {
        tracing::warn!(%error, "A thumbnail could not be kept");
    }
    Ok(made.bytes)
}

/// What changes when the content of a photo does.
pub(crate) fn version(photo: &PhotoDetail) -> String {
    format!("{:x}-{:x}", photo.mtime_ns, photo.bytes)
}

/// Names a thumbnail in the cache: the file, its state, the size.
fn key(photo: &PhotoDetail, size: ThumbnailSize) -> String {
    let mut digest = Crc64Digest::new();
    digest.update(photo.folder.as_os_str().as_encoded_bytes());
    digest.update(&[0]);
    digest.update(photo.path.as_bytes());
    format!("{:016x}-{}-{}", digest.finish().get(), version(photo), size.long_edge())
}

fn as_thumbnail(bytes: Vec<u8>) -> PhotoThumbnail {
    let content_type = if bytes.starts_with(b"RIFF") { "image/webp" } else { "image/jpeg" };
    PhotoThumbnail { content_type, bytes }
}
