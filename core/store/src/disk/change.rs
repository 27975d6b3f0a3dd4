//! One transaction on the index, shared by every change of a batch. Owns what each change may touch
//! and the rule that a change looks first and touches after; committing belongs to `committer`.

use redb::{ReadableTable, WriteTransaction};

use super::{
    index::{BUCKETS, GARBAGE, MANIFESTS, OBJECTS, PARTS, UPLOADS, parts_of},
    rows::{
        BlobId, BucketRow, Content, ObjectRow, PartRow, UploadRow, decode, decode_manifest, encode,
        encode_manifest, object_key, part_key,
    },
    staged::StagedBlob,
};
use crate::{BucketName, Error, MultipartId, ObjectAddress, PartNumber, WriteMode};

/// The changes of one batch.
pub(crate) struct Change<'t> {
    transaction: &'t WriteTransaction,
    /// Blobs that the transaction refers to and that lie in `staging/`.
    pub(super) staged: Vec<StagedBlob>,
    /// Blobs that it no longer refers to.
    pub(super) garbage: Vec<BlobId>,
    /// How often something was changed.
    pub(super) touched: usize,
    /// A change failed after it had touched something: nothing of the batch may be committed.
    pub(super) is_torn: bool,
}

impl<'t> Change<'t> {
    pub(super) fn new(transaction: &'t WriteTransaction) -> Self {
        Self { transaction, staged: Vec::new(), garbage: Vec::new(), touched: 0, is_torn: false }
    }

    pub(crate) fn create_bucket(
        &mut self,
        name: &BucketName,
        row: &BucketRow,
    ) -> Result<(), Error> {
        let mut table = self.transaction.open_table(BUCKETS)?;
        if table.get(name.as_str().as_bytes())?.is_none() {
            self.touched += 1;
            table.insert(name.as_str().as_bytes(), encode(row).as_slice())?;
        }
        Ok(())
    }

    pub(crate) fn delete_bucket(&mut self, name: &BucketName) -> Result<(), Error> {
        self.need_bucket(name)?;
        let (lead, end) =
            ([name.as_str().as_bytes(), &[0]].concat(), [name.as_str().as_bytes(), &[1]].concat());
        let objects = self.transaction.open_table(OBJECTS)?;
        let in_use = objects.range(lead.as_slice()..end.as_slice())?.next().is_some();
        let uploads = self.transaction.open_table(UPLOADS)?;
        let mut rows = uploads.iter()?.map(|entry| decode::<UploadRow>(entry?.1.value()));
        let has_uploads = rows.any(|row| row.is_ok_and(|row| row.at.bucket == *name));
        if in_use || has_uploads {
            return Err(Error::BucketNotEmpty(name.clone()));
        }
        self.touched += 1;
        self.transaction.open_table(BUCKETS)?.remove(name.as_str().as_bytes())?;
        Ok(())
    }

    pub(crate) fn need_bucket(&self, name: &BucketName) -> Result<(), Error> {
        let table = self.transaction.open_table(BUCKETS)?;
        match table.get(name.as_str().as_bytes())? {
            Some(_) => Ok(()),
            None => Err(Error::NoSuchBucket(name.clone())),
        }
    }

    pub(crate) fn object(&self, at: &ObjectAddress) -> Result<Option<ObjectRow>, Error> {
        let table = self.transaction.open_table(OBJECTS)?;
        table.get(object_key(at).as_slice())?.map(|row| decode(row.value())).transpose()
    }

    /// The object that a write would replace, if the mode allows it.
    pub(crate) fn replaced(
        &self,
        at: &ObjectAddress,
        mode: WriteMode,
    ) -> Result<Option<ObjectRow>, Error> {
        self.need_bucket(&at.bucket)?;
        let old = self.object(at)?;
        if old.as_ref().is_some_and(|old| !may_replace(mode, old.draft)) {
            return Err(Error::PreconditionFailed(at.clone()));
        }
        Ok(old)
    }

    pub(crate) fn write_object(
        &mut self,
        at: &ObjectAddress,
        row: &ObjectRow,
        old: Option<ObjectRow>,
    ) -> Result<(), Error> {
        self.touched += 1;
        let mut table = self.transaction.open_table(OBJECTS)?;
        table.insert(object_key(at).as_slice(), encode(row).as_slice())?;
        drop(table);
        old.map_or(Ok(()), |old| self.discard_content(old.content))
    }

    /// Writes a row again whose content stays.
    pub(crate) fn amend_object(
        &mut self,
        at: &ObjectAddress,
        row: &ObjectRow,
    ) -> Result<(), Error> {
        self.write_object(at, row, None)
    }

    pub(crate) fn delete_object(&mut self, at: &ObjectAddress) -> Result<(), Error> {
        let Some(old) = self.object(at)? else { return Ok(()) };
        self.touched += 1;
        self.transaction.open_table(OBJECTS)?.remove(object_key(at).as_slice())?;
        self.discard_content(old.content)
    }

    pub(crate) fn write_manifest(&mut self, pieces: &[(BlobId, u64)]) -> Result<Content, Error> {
        let id = BlobId::random();
        self.touched += 1;
        let mut table = self.transaction.open_table(MANIFESTS)?;
        table.insert(id.0.as_slice(), encode_manifest(pieces).as_slice())?;
        Ok(Content::Manifest(id))
    }

    pub(crate) fn upload(
        &self,
        at: &ObjectAddress,
        id: &MultipartId,
    ) -> Result<(BlobId, UploadRow), Error> {
        let upload = BlobId::of_upload(id)?;
        let table = self.transaction.open_table(UPLOADS)?;
        let row = table.get(upload.0.as_slice())?;
        let row: Option<UploadRow> = row.map(|row| decode(row.value())).transpose()?;
        row.filter(|row| row.at == *at)
            .map(|row| (upload, row))
            .ok_or_else(|| Error::NoSuchUpload(id.clone()))
    }

    pub(crate) fn write_upload(&mut self, id: BlobId, row: &UploadRow) -> Result<(), Error> {
        self.touched += 1;
        let mut table = self.transaction.open_table(UPLOADS)?;
        table.insert(id.0.as_slice(), encode(row).as_slice())?;
        Ok(())
    }

    pub(crate) fn part(
        &self,
        upload: BlobId,
        number: PartNumber,
    ) -> Result<Option<PartRow>, Error> {
        let table = self.transaction.open_table(PARTS)?;
        let row = table.get(part_key(upload, number.get()).as_slice())?;
        row.map(|row| decode(row.value())).transpose()
    }

    pub(crate) fn write_part(
        &mut self,
        upload: BlobId,
        number: PartNumber,
        row: &PartRow,
        old: Option<PartRow>,
    ) -> Result<(), Error> {
        self.touched += 1;
        let mut table = self.transaction.open_table(PARTS)?;
        table.insert(part_key(upload, number.get()).as_slice(), encode(row).as_slice())?;
        drop(table);
        old.map_or(Ok(()), |old| self.discard([old.blob]))
    }

    pub(crate) fn parts(&self, upload: BlobId) -> Result<Vec<(PartNumber, PartRow)>, Error> {
        parts_of(&self.transaction.open_table(PARTS)?, upload)
    }

    /// Removes an upload and the rows of its parts; what becomes of their blobs is the caller's.
    pub(crate) fn delete_upload(
        &mut self,
        upload: BlobId,
        parts: impl IntoIterator<Item = PartNumber>,
    ) -> Result<(), Error> {
        self.touched += 1;
        self.transaction.open_table(UPLOADS)?.remove(upload.0.as_slice())?;
        let mut table = self.transaction.open_table(PARTS)?;
        for number in parts {
            table.remove(part_key(upload, number.get()).as_slice())?;
        }
        Ok(())
    }

    /// The transaction refers to this blob from now on: it stays if the commit succeeds.
    pub(crate) fn keep(&mut self, staged: StagedBlob) {
        self.touched += 1;
        self.staged.push(staged);
    }

    /// Nothing refers to these blobs any more.
    pub(crate) fn discard(&mut self, blobs: impl IntoIterator<Item = BlobId>) -> Result<(), Error> {
        let mut table = self.transaction.open_table(GARBAGE)?;
        for blob in blobs {
            self.touched += 1;
            table.insert(blob.0.as_slice(), [].as_slice())?;
            self.garbage.push(blob);
        }
        Ok(())
    }

    fn discard_content(&mut self, content: Content) -> Result<(), Error> {
        let pieces = match content {
            Content::Blob(id) => vec![(id, 0)],
            Content::Manifest(id) => {
                let mut table = self.transaction.open_table(MANIFESTS)?;
                let manifest = table.remove(id.0.as_slice())?;
                manifest
                    .map(|bytes| decode_manifest(bytes.value()))
                    .transpose()?
                    .unwrap_or_default()
            }
        };
        self.discard(pieces.into_iter().map(|(id, _)| id))
    }

    /// The files of these blobs are gone.
    pub(super) fn forget(&mut self, blobs: &[BlobId]) -> Result<(), Error> {
        let mut table = self.transaction.open_table(GARBAGE)?;
        for blob in blobs {
            table.remove(blob.0.as_slice())?;
        }
        Ok(())
    }
}

/// Whether a write may replace an object that is there (a draft or sealed).
pub(crate) fn may_replace(mode: WriteMode, is_draft: bool) -> bool {
    match mode {
        WriteMode::Replace => true,
        WriteMode::IfAbsent => false,
        WriteMode::Draft => is_draft,
    }
}
