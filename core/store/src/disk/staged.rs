//! Bytes being received into `staging/`. Owns the way from a stream to a synced file with its
//! digests; whether the file stays is decided by who commits it.

use std::{fs::File, mem, sync::Arc};

use bytes::Bytes;
use futures::StreamExt;
use tokio::task::{JoinHandle, spawn_blocking};

use super::{rows::BlobId, volume::Volume};
use crate::{
    Body, ByteStream, Error,
    digest::{Digests, ObjectDigest},
};

/// Bytes collected before a blocking thread is asked to write and digest them: large enough that
/// the hop costs nothing beside the MD5, small enough that hundreds of connections fit into memory.
const STEP_BYTES: usize = 512 * 1024;

/// A file in `staging/`. It is removed when this is dropped, unless it was released.
pub(crate) struct StagedBlob {
    id: BlobId,
    volume: Arc<Volume>,
    digests: Digests,
    is_released: bool,
}

impl StagedBlob {
    pub(crate) fn id(&self) -> BlobId {
        self.id
    }

    pub(crate) fn digests(&self) -> &Digests {
        &self.digests
    }

    /// The file stays; it is somebody else's now.
    pub(crate) fn release(mut self) -> BlobId {
        self.is_released = true;
        self.id
    }
}

impl Drop for StagedBlob {
    fn drop(&mut self) {
        if !self.is_released {
            self.volume.unlink_staged(self.id);
        }
    }
}

/// A staged file that is still being written.
struct Receiving {
    file: File,
    blob: StagedBlob,
    digest: ObjectDigest,
}

impl Receiving {
    fn create(volume: Arc<Volume>, length: u64) -> Result<Self, Error> {
        let id = BlobId::random();
        let file = volume.create_staged(id, length)?;
        let digest = ObjectDigest::new();
        let digests = ObjectDigest::new().finish();
        Ok(Self { file, blob: StagedBlob { id, volume, digests, is_released: false }, digest })
    }

    fn write(&mut self, pieces: &[Bytes]) -> Result<(), Error> {
        self.blob.volume.write(&mut self.file, pieces)?;
        pieces.iter().for_each(|piece| self.digest.update(piece));
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Error> {
        self.blob.volume.sync(&self.file)?;
        self.blob.digests = mem::replace(&mut self.digest, ObjectDigest::new()).finish();
        Ok(())
    }
}

/// Receives a whole body into a synced file. Writing one step and receiving the next go on
/// together.
pub(crate) async fn receive(volume: &Arc<Volume>, body: Body) -> Result<StagedBlob, Error> {
    let Body { mut stream, length, is_exact } = body;
    let mut writing: Option<JoinHandle<Result<Receiving, Error>>> = None;
    let mut received = 0;
    loop {
        let step = gather(&mut stream, length, &mut received).await?;
        let before = match writing.take() {
            Some(task) => Some(joined(task).await?),
            None => None,
        };
        if step.is_last && Body::is_cut_short(length, is_exact, received) {
            return Err(Error::Incomplete { declared: length, received });
        }
        let (volume, is_last) = (Arc::clone(volume), step.is_last);
        let task = spawn_blocking(move || {
            let mut receiving = before.map_or_else(|| Receiving::create(volume, length), Ok)?;
            receiving.write(&step.pieces)?;
            if step.is_last {
                receiving.finish()?;
            }
            Ok(receiving)
        });
        if is_last {
            return joined(task).await.map(|receiving| receiving.blob);
        }
        writing = Some(task);
    }
}

struct Step {
    pieces: Vec<Bytes>,
    is_last: bool,
}

/// The next bytes of the stream, up to about [`STEP_BYTES`].
async fn gather(stream: &mut ByteStream, length: u64, received: &mut u64) -> Result<Step, Error> {
    let (mut pieces, mut gathered) = (Vec::new(), 0);
    while gathered < STEP_BYTES {
        let Some(piece) = stream.next().await.transpose().map_err(Error::Body)? else {
            return Ok(Step { pieces, is_last: true });
        };
        gathered += piece.len();
        *received += piece.len() as u64;
        if *received > length {
            return Err(Error::TooLarge { limit: length });
        }
        pieces.push(piece);
    }
    Ok(Step { pieces, is_last: false })
}

async fn joined(task: JoinHandle<Result<Receiving, Error>>) -> Result<Receiving, Error> {
    task.await.map_err(|_| Error::Damaged("a writer was stopped"))?
}
