//! Objects on a local disk, laid out as FORMAT.md says. Owns the order in which file, index and
//! rename happen; each step lives in a file of its own.

mod change;
mod committer;
mod index;
mod read;
mod recovery;
mod rows;
mod staged;
mod volume;

use std::{path::Path, sync::Arc};

use albumen_model::{Crc64, Timestamp};
use async_trait::async_trait;
use futures::{StreamExt, stream};
use tokio::task::spawn_blocking;

use self::{
    committer::Committer,
    index::Index,
    read::Reader,
    rows::{BlobId, BucketRow, Content, ObjectRow, PartRow, UploadRow},
    volume::{Disk, RealDisk, Volume},
};
use crate::{
    Attributes, Body, Bucket, BucketName, ByteRange, Clock, Error, ListPage, ListQuery, ListedPart,
    MultipartId, ObjectAddress, ObjectContent, ObjectMeta, ObjectStore, OpenUpload, PartMeta,
    PartNumber, PartOptions, PutOptions, SystemClock, WriteMode,
    assemble::{Assembled, assemble},
    digest::check_crc64,
};

pub(crate) use change::may_replace;

/// The embedded object store. One per folder, also across processes.
pub struct DiskStore {
    index: Arc<Index>,
    volume: Arc<Volume>,
    committer: Committer,
    clock: Arc<dyn Clock>,
}

impl DiskStore {
    /// Opens or makes a store in a folder and sorts out what an unclean end left behind.
    /// [`Error::WrongFormat`] if the folder holds something else; [`Error::Index`] if another
    /// process has it open.
    pub async fn open(root: &Path) -> Result<Self, Error> {
        Self::open_at(root, Arc::new(SystemClock)).await
    }

    /// As [`DiskStore::open`], with a clock of the caller's.
    pub async fn open_at(root: &Path, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        Self::open_on(root, clock, Box::new(RealDisk)).await
    }

    async fn open_on(
        root: &Path,
        clock: Arc<dyn Clock>,
        disk: Box<dyn Disk>,
    ) -> Result<Self, Error> {
        let root = root.to_owned();
        let (index, volume, unlinked) = blocking(move || {
            let volume = Volume::open(&root, disk)?;
            let index = Index::open(&volume.index_path())?;
            let unlinked = recovery::recover(&volume, &index)?;
            Ok((Arc::new(index), Arc::new(volume), unlinked))
        })
        .await?;
        let committer = Committer::start(Arc::clone(&index), Arc::clone(&volume), unlinked)?;
        let store = Self { index, volume, committer, clock };
        let aborted = recovery::abort_idle(&store, store.clock.now()).await?;
        if aborted > 0 {
            tracing::info!(aborted, "Gave up multipart uploads that nobody continued");
        }
        Ok(store)
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Runs a reading of the index on a blocking thread.
    async fn read<T: Send + 'static>(
        &self,
        reading: impl FnOnce(&Index) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let index = Arc::clone(&self.index);
        blocking(move || reading(&index)).await
    }

    async fn forget_upload(&self, upload: BlobId) -> Result<(), Error> {
        let forget = move |change: &mut change::Change<'_>| {
            let parts = change.parts(upload)?;
            change.delete_upload(upload, parts.iter().map(|(number, _)| *number))?;
            change.discard(parts.into_iter().map(|(_, row)| row.blob))
        };
        self.committer.commit(forget).await
    }
}

/// Runs what blocks on a thread that may.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    spawn_blocking(work).await.map_err(|_| Error::Damaged("a worker was stopped"))?
}

#[async_trait]
impl ObjectStore for DiskStore {
    async fn create_bucket(&self, bucket: &BucketName) -> Result<(), Error> {
        let (bucket, row) = (bucket.clone(), BucketRow { created: self.now() });
        self.committer.commit(move |change| change.create_bucket(&bucket, &row)).await
    }

    async fn has_bucket(&self, bucket: &BucketName) -> Result<bool, Error> {
        let bucket = bucket.clone();
        self.read(move |index| index.has_bucket(&bucket)).await
    }

    async fn buckets(&self) -> Result<Vec<Bucket>, Error> {
        self.read(Index::buckets).await
    }

    async fn delete_bucket(&self, bucket: &BucketName) -> Result<(), Error> {
        let bucket = bucket.clone();
        self.committer.commit(move |change| change.delete_bucket(&bucket)).await
    }

    async fn put(
        &self,
        at: &ObjectAddress,
        body: Body,
        options: PutOptions,
    ) -> Result<ObjectMeta, Error> {
        let PutOptions { attributes, mode, expected, gate } = options;
        let place = at.clone();
        self.read(move |index| index.check_free(&place, mode)).await?;
        let staged = staged::receive(&self.volume, body).await?;
        let digests = *staged.digests();
        digests.check(&expected)?;
        let row = ObjectRow {
            size: digests.size,
            crc64: digests.crc64,
            etag: digests.etag(),
            modified: self.now(),
            content: Content::Blob(staged.id()),
            attributes,
            draft: mode == WriteMode::Draft,
        };
        let at = at.clone();
        let put = move |change: &mut change::Change<'_>| {
            let old = change.replaced(&at, mode)?;
            gate.map_or(Ok(()), |gate| gate.check())?;
            change.keep(staged);
            change.write_object(&at, &row, old)?;
            Ok(row.meta())
        };
        self.committer.commit(put).await
    }

    async fn get(
        &self,
        at: &ObjectAddress,
        range: Option<ByteRange>,
    ) -> Result<ObjectContent, Error> {
        let (index, volume, at) = (Arc::clone(&self.index), Arc::clone(&self.volume), at.clone());
        let opened = blocking(move || {
            let found = index.found(&at)?;
            let size = found.row.size;
            let range = range.map_or(Ok(0..size), |range| range.resolve(size))?;
            let mut reader = Reader::new(volume, &found.pieces, range.clone());
            let first = reader.step().map_err(Error::io("read a blob"))?;
            Ok((found.row.meta(), range, first, reader))
        });
        let (meta, range, first, reader) = opened.await?;
        let stream = stream::iter([Ok(first)]).chain(reader.stream()).boxed();
        Ok(ObjectContent { meta, range, stream })
    }

    async fn head(&self, at: &ObjectAddress) -> Result<ObjectMeta, Error> {
        let at = at.clone();
        self.read(move |index| index.object(&at)).await.map(|row| row.meta())
    }

    async fn delete(&self, at: &ObjectAddress) -> Result<(), Error> {
        let at = at.clone();
        self.committer.commit(move |change| change.delete_object(&at)).await
    }

    async fn list(&self, bucket: &BucketName, query: &ListQuery) -> Result<ListPage, Error> {
        let (bucket, query) = (bucket.clone(), query.clone());
        self.read(move |index| index.list(&bucket, &query)).await
    }

    async fn create_multipart(
        &self,
        at: &ObjectAddress,
        attributes: Attributes,
    ) -> Result<MultipartId, Error> {
        let (created, touched) = (self.now(), self.now());
        let row = UploadRow { at: at.clone(), attributes, created, touched, stored: 0 };
        let create = move |change: &mut change::Change<'_>| {
            change.need_bucket(&row.at.bucket)?;
            let id = BlobId::random();
            change.write_upload(id, &row)?;
            id.hex().parse()
        };
        self.committer.commit(create).await
    }

    async fn put_part(
        &self,
        at: &ObjectAddress,
        id: &MultipartId,
        number: PartNumber,
        body: Body,
        options: PartOptions,
    ) -> Result<PartMeta, Error> {
        let (place, upload) = (at.clone(), id.clone());
        self.read(move |index| index.upload(&place, &upload)).await?;
        let staged = staged::receive(&self.volume, body).await?;
        let digests = *staged.digests();
        digests.check(&options.expected)?;
        let row = PartRow {
            blob: staged.id(),
            size: digests.size,
            crc64: digests.crc64,
            md5: hex::encode(digests.md5),
            modified: self.now(),
        };
        let (at, id) = (at.clone(), id.clone());
        let put = move |change: &mut change::Change<'_>| {
            let (upload, mut around) = change.upload(&at, &id)?;
            let old = change.part(upload, number)?;
            around.stored += row.size;
            around.stored -= old.as_ref().map_or(0, |old| old.size).min(around.stored);
            around.touched = row.modified;
            if let Some(limit) = options.total_limit.filter(|limit| around.stored > *limit) {
                return Err(Error::TooLarge { limit });
            }
            options.gate.map_or(Ok(()), |gate| gate.check())?;
            change.keep(staged);
            change.write_part(upload, number, &row, old)?;
            change.write_upload(upload, &around)?;
            Ok(row.meta(number))
        };
        self.committer.commit(put).await
    }

    async fn uploads(&self, bucket: &BucketName, prefix: &str) -> Result<Vec<OpenUpload>, Error> {
        let (bucket, prefix) = (bucket.clone(), prefix.to_owned());
        self.read(move |index| index.open_uploads(&bucket, &prefix)).await
    }

    async fn parts(&self, at: &ObjectAddress, id: &MultipartId) -> Result<Vec<PartMeta>, Error> {
        let (at, id) = (at.clone(), id.clone());
        let rows = self.read(move |index| index.parts(&at, &id)).await?;
        Ok(rows.iter().map(|(number, row)| row.meta(*number)).collect())
    }

    async fn complete_multipart(
        &self,
        at: &ObjectAddress,
        id: &MultipartId,
        parts: &[ListedPart],
        mode: WriteMode,
    ) -> Result<ObjectMeta, Error> {
        let (at, id, listed, modified) = (at.clone(), id.clone(), parts.to_vec(), self.now());
        let complete = move |change: &mut change::Change<'_>| {
            let (upload, around) = change.upload(&at, &id)?;
            let old = change.replaced(&at, mode)?;
            let rows = change.parts(upload)?;
            let numbers: Vec<_> = rows.iter().map(|(number, _)| *number).collect();
            let stored = rows.iter().map(|(number, row)| row.stored(*number));
            let made = assemble(stored.collect::<Result<Vec<_>, _>>()?, &listed)?;
            let Assembled { pieces, left_over, size, crc64, etag } = made;
            let content = match pieces.as_slice() {
                [(only, _)] => Content::Blob(*only),
                several => change.write_manifest(several)?,
            };
            let attributes = around.attributes;
            let draft = mode == WriteMode::Draft;
            let row = ObjectRow { size, crc64, etag, modified, content, attributes, draft };
            change.write_object(&at, &row, old)?;
            change.delete_upload(upload, numbers)?;
            change.discard(left_over)?;
            Ok(row.meta())
        };
        self.committer.commit(complete).await
    }

    async fn abort_multipart(&self, at: &ObjectAddress, id: &MultipartId) -> Result<(), Error> {
        let (place, upload) = (at.clone(), id.clone());
        let upload = self.read(move |index| index.upload(&place, &upload)).await?;
        self.forget_upload(upload).await
    }

    async fn seal(&self, at: &ObjectAddress, expected: Option<Crc64>) -> Result<ObjectMeta, Error> {
        let at = at.clone();
        let seal = move |change: &mut change::Change<'_>| {
            let mut row = change.object(&at)?.ok_or_else(|| Error::NotFound(at.clone()))?;
            check_crc64(expected, Some(row.crc64))?;
            if row.draft {
                row.draft = false;
                change.amend_object(&at, &row)?;
            }
            Ok(row.meta())
        };
        self.committer.commit(seal).await
    }

    async fn settle(&self) -> Result<(), Error> {
        self.committer.commit(|_| Ok(())).await
    }
}

#[cfg(test)]
mod tests;
