//! The index file: its tables and how they are read. Changing them belongs to `change`.

use std::{ops::Bound, path::Path};

use redb::{Database, ReadableDatabase, ReadableTable, ReadableTableMetadata, TableDefinition};

use super::{
    change::may_replace,
    rows::{
        BlobId, BucketRow, Content, ListedRow, ObjectRow, PartRow, UploadRow, decode,
        decode_manifest, object_key, part_key, part_number,
    },
};
use crate::{
    Bucket, BucketName, Error, ListPage, ListQuery, MultipartId, ObjectAddress, OpenUpload,
    PartNumber, WriteMode, listing,
};

type Table = TableDefinition<'static, &'static [u8], &'static [u8]>;

pub(super) const BUCKETS: Table = TableDefinition::new("buckets");
pub(super) const OBJECTS: Table = TableDefinition::new("objects");
pub(super) const MANIFESTS: Table = TableDefinition::new("manifests");
pub(super) const UPLOADS: Table = TableDefinition::new("uploads");
pub(super) const PARTS: Table = TableDefinition::new("parts");
pub(super) const GARBAGE: Table = TableDefinition::new("garbage");

/// Memory for pages of the index: enough for the upper levels of a tree of millions of objects.
const CACHE_BYTES: usize = 32 * 1024 * 1024;

/// What is needed to read an object.
pub(crate) struct FoundObject {
    pub(crate) row: ObjectRow,
    /// Blobs and their lengths, in order.
    pub(crate) pieces: Vec<(BlobId, u64)>,
}

/// The open index.
pub(crate) struct Index {
    pub(super) db: Database,
}

impl Index {
    /// Opens or makes the file; a second opening of the same file fails.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let db = Database::builder().set_cache_size(CACHE_BYTES).create(path)?;
        let transaction = db.begin_write()?;
        for table in [BUCKETS, OBJECTS, MANIFESTS, UPLOADS, PARTS, GARBAGE] {
            transaction.open_table(table)?;
        }
        transaction.commit()?;
        Ok(Self { db })
    }

    pub(crate) fn buckets(&self) -> Result<Vec<Bucket>, Error> {
        let table = self.db.begin_read()?.open_table(BUCKETS)?;
        let mut buckets = Vec::new();
        for entry in table.iter()? {
            let (name, row) = entry?;
            let name = text(name.value())?.parse()?;
            let row: BucketRow = decode(row.value())?;
            buckets.push(Bucket { name, created: Some(row.created) });
        }
        Ok(buckets)
    }

    pub(crate) fn has_bucket(&self, bucket: &BucketName) -> Result<bool, Error> {
        let table = self.db.begin_read()?.open_table(BUCKETS)?;
        Ok(table.get(bucket.as_str().as_bytes())?.is_some())
    }

    /// Refuses a write that the commit would refuse, before a byte of it is received.
    pub(crate) fn check_free(&self, at: &ObjectAddress, mode: WriteMode) -> Result<(), Error> {
        if !self.has_bucket(&at.bucket)? {
            return Err(Error::NoSuchBucket(at.bucket.clone()));
        }
        match self.object(at) {
            Ok(old) if !may_replace(mode, old.draft) => Err(Error::PreconditionFailed(at.clone())),
            Ok(_) | Err(Error::NotFound(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn object(&self, at: &ObjectAddress) -> Result<ObjectRow, Error> {
        let table = self.db.begin_read()?.open_table(OBJECTS)?;
        let row = table.get(object_key(at).as_slice())?;
        decode(row.ok_or_else(|| Error::NotFound(at.clone()))?.value())
    }

    /// An object and where its bytes are, both as of one moment.
    pub(crate) fn found(&self, at: &ObjectAddress) -> Result<FoundObject, Error> {
        let snapshot = self.db.begin_read()?;
        let objects = snapshot.open_table(OBJECTS)?;
        let row = objects.get(object_key(at).as_slice())?;
        let row: ObjectRow = decode(row.ok_or_else(|| Error::NotFound(at.clone()))?.value())?;
        let pieces = match row.content {
            Content::Blob(id) => vec![(id, row.size)],
            Content::Manifest(id) => {
                let manifest = snapshot.open_table(MANIFESTS)?.get(id.0.as_slice())?;
                decode_manifest(manifest.ok_or(Error::Damaged("a manifest is gone"))?.value())?
            }
        };
        Ok(FoundObject { row, pieces })
    }

    pub(crate) fn list(&self, bucket: &BucketName, query: &ListQuery) -> Result<ListPage, Error> {
        let snapshot = self.db.begin_read()?;
        let buckets = snapshot.open_table(BUCKETS)?;
        if buckets.get(bucket.as_str().as_bytes())?.is_none() {
            return Err(Error::NoSuchBucket(bucket.clone()));
        }
        let table = snapshot.open_table(OBJECTS)?;
        let lead = [bucket.as_str().as_bytes(), &[0]].concat();
        let end = [bucket.as_str().as_bytes(), &[1]].concat();
        listing::page(query, |place| {
            let place = place.map(|place| [lead.as_slice(), &place].concat());
            let range = (place.as_ref().map(Vec::as_slice), Bound::Excluded(end.as_slice()));
            let skip = lead.len();
            let run = table.range::<&[u8]>(range)?.map(move |entry| {
                let (key, row) = entry?;
                let key = text(&key.value()[skip..])?.to_owned();
                Ok(decode::<ListedRow>(row.value())?.listed(key))
            });
            Ok(run)
        })
    }

    pub(crate) fn upload(&self, at: &ObjectAddress, id: &MultipartId) -> Result<BlobId, Error> {
        let upload = BlobId::of_upload(id)?;
        let table = self.db.begin_read()?.open_table(UPLOADS)?;
        let row = table.get(upload.0.as_slice())?;
        let row: Option<UploadRow> = row.map(|row| decode(row.value())).transpose()?;
        match row {
            Some(row) if row.at == *at => Ok(upload),
            _ => Err(Error::NoSuchUpload(id.clone())),
        }
    }

    pub(crate) fn parts(
        &self,
        at: &ObjectAddress,
        id: &MultipartId,
    ) -> Result<Vec<(PartNumber, PartRow)>, Error> {
        let upload = self.upload(at, id)?;
        let table = self.db.begin_read()?.open_table(PARTS)?;
        parts_of(&table, upload)
    }

    /// Calls `visit` for every blob that anything refers to.
    pub(crate) fn each_blob(&self, mut visit: impl FnMut(BlobId)) -> Result<(), Error> {
        let snapshot = self.db.begin_read()?;
        for entry in snapshot.open_table(OBJECTS)?.iter()? {
            let row: ObjectRow = decode(entry?.1.value())?;
            if let Content::Blob(id) = row.content {
                visit(id);
            }
        }
        for entry in snapshot.open_table(MANIFESTS)?.iter()? {
            for (id, _) in decode_manifest(entry?.1.value())? {
                visit(id);
            }
        }
        for entry in snapshot.open_table(PARTS)?.iter()? {
            visit(decode::<PartRow>(entry?.1.value())?.blob);
        }
        Ok(())
    }

    /// Blobs whose files may still exist although nothing refers to them.
    pub(crate) fn garbage(&self) -> Result<Vec<BlobId>, Error> {
        let table = self.db.begin_read()?.open_table(GARBAGE)?;
        let mut found = Vec::with_capacity(usize::try_from(table.len()?).unwrap_or(0));
        for entry in table.iter()? {
            found.push(blob_id(entry?.0.value())?);
        }
        Ok(found)
    }

    /// Open uploads of a bucket whose keys begin with `prefix`, sorted.
    pub(crate) fn open_uploads(
        &self,
        bucket: &BucketName,
        prefix: &str,
    ) -> Result<Vec<OpenUpload>, Error> {
        if !self.has_bucket(bucket)? {
            return Err(Error::NoSuchBucket(bucket.clone()));
        }
        let mut found = Vec::new();
        for (id, row) in self.uploads()? {
            let UploadRow { at, created, .. } = row;
            if at.bucket == *bucket && at.key.as_str().starts_with(prefix) {
                found.push(OpenUpload { key: at.key, created, id: id.hex().parse()? });
            }
        }
        found.sort_unstable();
        Ok(found)
    }

    /// Every open upload, in no useful order.
    pub(crate) fn uploads(&self) -> Result<Vec<(BlobId, UploadRow)>, Error> {
        let table = self.db.begin_read()?.open_table(UPLOADS)?;
        let mut found = Vec::new();
        for entry in table.iter()? {
            let (id, row) = entry?;
            found.push((blob_id(id.value())?, decode(row.value())?));
        }
        Ok(found)
    }
}

/// All parts of an upload by number.
pub(super) fn parts_of(
    table: &impl ReadableTable<&'static [u8], &'static [u8]>,
    upload: BlobId,
) -> Result<Vec<(PartNumber, PartRow)>, Error> {
    let (first, last) = (part_key(upload, 0), part_key(upload, u16::MAX));
    let mut parts = Vec::new();
    for entry in table.range(first.as_slice()..=last.as_slice())? {
        let (key, row) = entry?;
        parts.push((part_number(key.value())?, decode(row.value())?));
    }
    Ok(parts)
}

pub(super) fn blob_id(bytes: &[u8]) -> Result<BlobId, Error> {
    bytes.try_into().map(BlobId).map_err(|_| Error::Damaged("an id of the index"))
}

fn text(bytes: &[u8]) -> Result<&str, Error> {
    std::str::from_utf8(bytes).map_err(|_| Error::Damaged("a key of the index"))
}
