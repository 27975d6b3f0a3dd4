//! The service's own reading of what it stores, for quick upload: one object at a time in each
//! instance, each object taken for a while by one instance alone, every byte counted. What cannot
//! be read is tried again later, and given up at last.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use albumen_media::digest::{ContentDigest, ContentDigests, DigestChoice};
use albumen_model::Timestamp;
use bytes::Bytes;
use futures::StreamExt;
use tokio::{
    sync::{Mutex, Notify, watch},
    task::spawn_blocking,
};

use crate::{
    error::Error,
    operations::Work,
    repository::hash::{self, Due},
    service::Service,
};

/// Time between two looks when nobody wakes us.
const EVERY: Duration = Duration::from_secs(60);
/// How long an object is taken at least, and how much longer for its size: even a slow store gives
/// a mebibyte in a second.
const TAKEN_MS: i64 = 15 * 60_000;
const TAKEN_MS_PER_MIB: i64 = 1000;
/// First pause after a failure; it doubles with each.
const PAUSE_MS: i64 = 60_000;
/// Tries before an object counts as one that cannot be hashed.
const TRIES_MAX: u64 = 10;
/// Bytes gathered before a thread digests them.
const STEP: usize = 1 << 20;

/// What the rest of the service shares with this work.
#[derive(Default)]
pub(crate) struct Hashing {
    wake: Notify,
    bytes: AtomicU64,
    one_at_a_time: Mutex<()>,
}

impl Hashing {
    /// Tells that there is something to hash.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    /// Counts bytes that the service read for itself.
    pub(crate) fn count(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Bytes read since the start.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

/// Hashes until told to stop.
pub(crate) async fn run(service: Arc<Service>, mut stop: watch::Receiver<bool>) {
    loop {
        let work = async {
            if let Err(error) = all_due(&service).await {
                tracing::warn!(%error, "Hashing not finished; it goes on later");
            }
            tokio::select! {
                () = service.hashing.wake.notified() => {}
                () = tokio::time::sleep(EVERY) => {}
            }
        };
        tokio::select! {
            () = work => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// Hashes everything that is due; how much that was.
pub(crate) async fn all_due(service: &Service) -> Result<u64, Error> {
    service.noted(Work::Hashing, hash_due(service).await)
}

async fn hash_due(service: &Service) -> Result<u64, Error> {
    let _one = service.hashing.one_at_a_time.lock().await;
    let mut done = 0;
    while let Some(due) = claim(service).await? {
        let digests = digest(service, &due).await;
        let now = service.now();
        service.db.write(move |tx| settle(tx, &due, digests, now)).await?;
        done += 1;
    }
    Ok(done)
}

async fn claim(service: &Service) -> Result<Option<Due>, Error> {
    let now = service.now();
    // The size is not known yet, so the longest an object can take is what the first look assumes.
    let claimed = service
        .db
        .write(move |tx| -> Result<_, Error> {
            let Some(due) = hash::claim(tx, now, now.plus_millis(TAKEN_MS))? else {
                return Ok(None);
            };
            let mib = i64::try_from(due.size >> 20).unwrap_or(i64::MAX / TAKEN_MS_PER_MIB);
            let more = mib.saturating_mul(TAKEN_MS_PER_MIB);
            hash::put_off(tx, due.object, now.plus_millis(TAKEN_MS.saturating_add(more)))?;
            Ok(Some(due))
        })
        .await?;
    Ok(claimed)
}

/// Notes how it went. Bytes that are not those of the confirm are never matched.
fn settle(
    tx: &albumen_db::Tx<'_>,
    due: &Due,
    digests: Result<ContentDigests, Error>,
    now: Timestamp,
) -> Result<(), Error> {
    match digests {
        Ok(digests) if digests.size == due.size && digests.crc64 == due.crc64 => {
            hash::end(tx, due.object, digests.chained.as_ref())
        }
        Ok(_) => {
            tracing::error!(key = due.key, "Stored content is not what was confirmed");
            hash::end(tx, due.object, None)
        }
        Err(error) if due.tries >= TRIES_MAX => {
            tracing::warn!(%error, key = due.key, "Content could not be hashed; given up");
            hash::end(tx, due.object, None)
        }
        Err(error) => {
            tracing::warn!(%error, key = due.key, "Content could not be hashed yet");
            let pause = PAUSE_MS.saturating_mul(1 << due.tries.min(TRIES_MAX));
            hash::put_off(tx, due.object, now.plus_millis(pause))
        }
    }
}

async fn digest(service: &Service, due: &Due) -> Result<ContentDigests, Error> {
    let content = service.data_plane.open(&due.key).await?;
    let choice = DigestChoice { chained_sha256: true, blake3: false };
    // Asked again after its end: the last step may have met it.
    let (mut stream, mut digest) = (content.stream.fuse(), ContentDigest::new(choice));
    loop {
        let (mut pieces, mut gathered): (Vec<Bytes>, usize) = (Vec::new(), 0);
        while gathered < STEP {
            let Some(piece) = stream.next().await else { break };
            let piece = piece.map_err(albumen_store::Error::Body)?;
            gathered += piece.len();
            pieces.push(piece);
        }
        if pieces.is_empty() {
            return Ok(digest.finish());
        }
        service.hashing.count(gathered as u64);
        let step = spawn_blocking(move || {
            pieces.iter().for_each(|piece| digest.update(piece));
            digest
        });
        digest = step.await.map_err(|_| Error::Panicked)?;
    }
}
