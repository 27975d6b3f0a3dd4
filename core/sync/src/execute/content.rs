//! The content of a local file, as much of it as a decision needs. Owns how much is read and when:
//! small files once into a buffer, large ones only if their check value matters, known ones not at
//! all.

use std::sync::Arc;

use albumen_model::Crc64;
use bytes::Bytes;
use tokio::sync::OwnedSemaphorePermit;

use super::Executor;
use crate::{
    journal::Node,
    retry::Failure,
    stable::{ReadFailure, Source},
};

/// A small file in memory: read in one go, unchanged whatever happens on disk.
pub(super) struct Whole {
    pub(super) source: Arc<Source>,
    pub(super) bytes: Bytes,
    pub(super) crc64: Crc64,
    read_at: i64,
    _room: OwnedSemaphorePermit,
}

/// A large file, open.
pub(super) struct Large {
    pub(super) source: Arc<Source>,
    /// If it had to be known before sending.
    pub(super) crc64: Option<Crc64>,
    read_at: i64,
}

/// What is at hand of a local file.
pub(super) enum Content {
    /// In the state last agreed on: its check value is the one agreed on.
    Known(Crc64),
    Whole(Whole),
    Large(Large),
}

impl Content {
    pub(super) fn crc64(&self) -> Option<Crc64> {
        match self {
            Self::Known(crc64) => Some(*crc64),
            Self::Whole(whole) => Some(whole.crc64),
            Self::Large(large) => large.crc64,
        }
    }

    /// When reading began, ms since 1970; `None`: it was not read.
    pub(super) fn read_at(&self) -> Option<i64> {
        match self {
            Self::Known(_) => None,
            Self::Whole(whole) => Some(whole.read_at),
            Self::Large(large) => Some(large.read_at),
        }
    }
}

impl Executor {
    pub(super) async fn content(&self, node: &Node) -> Result<Content, Failure> {
        let stat = node.file.stat;
        if let Some(synced) = &node.synced
            && synced.stat == stat
            && !node.file.racy
        {
            return Ok(Content::Known(synced.crc64));
        }
        let read_at = self.clock.now_ms();
        let path = self.on_disk(node);
        if stat.size > self.limits.simple_max {
            let digest = self.needs_digest(node)?;
            let (source, crc64) = blocking(move || {
                let source = Source::open(&path, &stat)?;
                let crc64 = if digest { Some(source.digest(0, stat.size)?) } else { None };
                Ok((Arc::new(source), crc64))
            })
            .await?;
            return Ok(Content::Large(Large { source, crc64, read_at }));
        }
        let room = self.room(stat.size).await?;
        let pool = self.pool.clone();
        let (source, (bytes, crc64)) = blocking(move || {
            let source = Source::open(&path, &stat)?;
            let read = source.read(0, stat.size, &pool)?;
            Ok((Arc::new(source), read))
        })
        .await?;
        Ok(Content::Whole(Whole { source, bytes, crc64, read_at, _room: room }))
    }

    /// Waits until so many bytes may be held in memory.
    pub(super) async fn room(&self, bytes: u64) -> Result<OwnedSemaphorePermit, Failure> {
        let most = self.limits.buffer_bytes / 1024;
        let wanted = bytes.div_ceil(1024).clamp(1, most);
        let permits = u32::try_from(wanted).map_err(|_| Failure::TooLarge)?;
        let room = Arc::clone(&self.buffers).acquire_many_owned(permits).await;
        room.map_err(|_| Failure::Stopped)
    }

    /// Reading a large file twice is only worth it when its check value can save sending it.
    fn needs_digest(&self, node: &Node) -> Result<bool, Failure> {
        let size = node.file.stat.size;
        let same_size = |other: Option<u64>| other == Some(size);
        let known = same_size(node.synced.as_ref().map(|synced| synced.remote.size))
            || same_size(node.remote.as_ref().map(|remote| remote.size));
        Ok(known || self.journal.is_buried(self.mapping.row, &node.file.stat, None)?)
    }
}

/// Runs file work on a thread that may block.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ReadFailure> + Send + 'static,
) -> Result<T, Failure> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => Ok(outcome?),
        Err(_) => Err(Failure::Stopped),
    }
}
