//! CRC-64 of objects on stores that tell none: the service reads them back once. Bounded (so many
//! at once), counted, and shared: whoever asks again while an object is read waits for the same
//! reading, also when the first asker went away.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use albumen_media::digest::Crc64Digest;
use albumen_model::Crc64;
use futures::{
    FutureExt, StreamExt,
    future::{BoxFuture, Shared},
};
use tokio::sync::Semaphore;

use crate::{Error, ObjectAddress, ObjectStore};

/// Objects read back at once.
const AT_ONCE: usize = 2;
/// Results remembered: a confirm whose answer was lost need not read again.
const REMEMBERED: usize = 1024;

type Reading = Shared<BoxFuture<'static, Option<Crc64>>>;

/// See the module.
pub(super) struct ReadBack {
    store: Arc<dyn ObjectStore>,
    bytes: Arc<AtomicU64>,
    room: Arc<Semaphore>,
    readings: Mutex<HashMap<(ObjectAddress, String), Reading>>,
}

impl ReadBack {
    pub(super) fn new(store: Arc<dyn ObjectStore>) -> Self {
        let room = Arc::new(Semaphore::new(AT_ONCE));
        Self { store, bytes: Arc::default(), room, readings: Mutex::default() }
    }

    /// Bytes read so far.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// The CRC-64 of an object that no client can change any more; `etag` is its tag now.
    pub(super) async fn crc64(&self, at: &ObjectAddress, etag: &str) -> Result<Crc64, Error> {
        let reading = self.reading(at, etag);
        let crc64 = reading.clone().await;
        if crc64.is_none() {
            // What failed is not remembered; what somebody began meanwhile stays.
            let mut readings = self.readings.lock().unwrap_or_else(PoisonError::into_inner);
            let name = (at.clone(), etag.to_owned());
            if readings.get(&name).is_some_and(|known| known.ptr_eq(&reading)) {
                readings.remove(&name);
            }
        }
        crc64.ok_or(Error::Damaged("an object could not be read back"))
    }

    fn reading(&self, at: &ObjectAddress, etag: &str) -> Reading {
        let mut readings = self.readings.lock().unwrap_or_else(PoisonError::into_inner);
        if readings.len() >= REMEMBERED {
            readings.retain(|_, reading| reading.peek().is_none());
        }
        let name = (at.clone(), etag.to_owned());
        let start = || {
            let (store, at) = (Arc::clone(&self.store), at.clone());
            let (bytes, room) = (Arc::clone(&self.bytes), Arc::clone(&self.room));
            let task = tokio::spawn(async move {
                let _permit = room.acquire_owned().await.ok()?;
                let read = read(&*store, &at, &bytes).await;
                read.inspect_err(|error| tracing::warn!(%error, "Could not read an object back"))
                    .ok()
            });
            task.map(|outcome| outcome.ok().flatten()).boxed().shared()
        };
        readings.entry(name).or_insert_with(start).clone()
    }
}

async fn read(
    store: &dyn ObjectStore,
    at: &ObjectAddress,
    bytes: &AtomicU64,
) -> Result<Crc64, Error> {
    let content = store.get(at, None).await?;
    let (size, mut stream, mut digest) = (content.meta.size, content.stream, Crc64Digest::new());
    while let Some(piece) = stream.next().await.transpose().map_err(Error::Body)? {
        digest.update(&piece);
        bytes.fetch_add(piece.len() as u64, Ordering::Relaxed);
    }
    match digest.len() == size {
        true => Ok(digest.finish()),
        false => Err(Error::Incomplete { declared: size, received: digest.len() }),
    }
}
