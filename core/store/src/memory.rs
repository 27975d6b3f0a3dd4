//! Objects in memory: the contract in its shortest form, for tests and for comparing other back
//! ends with. Nothing survives the process.

use std::{
    collections::BTreeMap,
    ops::Bound,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use albumen_model::{Crc64, Timestamp};
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures::{StreamExt, stream};

use crate::{
    Attributes, Body, Bucket, BucketName, ByteRange, Clock, ETag, Error, ListPage, ListQuery,
    ListedObject, ListedPart, MultipartId, ObjectAddress, ObjectContent, ObjectMeta, ObjectStore,
    OpenUpload, PartMeta, PartNumber, PartOptions, PutOptions, SystemClock, WriteMode,
    assemble::{StoredPart, assemble},
    digest::{Digests, ObjectDigest, check_crc64},
    disk::may_replace,
    listing,
    random::random_hex,
};

/// Objects in memory.
pub struct MemoryStore {
    state: Mutex<State>,
    clock: Arc<dyn Clock>,
}

#[derive(Default)]
struct State {
    buckets: BTreeMap<BucketName, Bucket>,
    objects: BTreeMap<BucketName, BTreeMap<Vec<u8>, Object>>,
    uploads: BTreeMap<MultipartId, Upload>,
}

struct Object {
    meta: ObjectMeta,
    bytes: Bytes,
    draft: bool,
}

struct Upload {
    at: ObjectAddress,
    attributes: Attributes,
    created: Timestamp,
    parts: BTreeMap<PartNumber, (PartMeta, StoredPart<Bytes>)>,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new(Arc::new(SystemClock))
    }
}

impl MemoryStore {
    /// An empty store.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { state: Mutex::default(), clock }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn meta(&self, digests: &Digests, attributes: Attributes) -> ObjectMeta {
        ObjectMeta {
            size: digests.size,
            crc64: Some(digests.crc64),
            etag: digests.etag(),
            modified: self.clock.now(),
            attributes,
        }
    }
}

impl State {
    fn keys(&mut self, bucket: &BucketName) -> Result<&mut BTreeMap<Vec<u8>, Object>, Error> {
        self.objects.get_mut(bucket).ok_or_else(|| Error::NoSuchBucket(bucket.clone()))
    }

    fn object(&mut self, at: &ObjectAddress) -> Result<&mut Object, Error> {
        self.objects
            .get_mut(&at.bucket)
            .and_then(|keys| keys.get_mut(at.key.as_str().as_bytes()))
            .ok_or_else(|| Error::NotFound(at.clone()))
    }

    fn upload(&mut self, at: &ObjectAddress, id: &MultipartId) -> Result<&mut Upload, Error> {
        let found = self.uploads.get_mut(id).filter(|upload| upload.at == *at);
        found.ok_or_else(|| Error::NoSuchUpload(id.clone()))
    }

    fn write(&mut self, at: &ObjectAddress, object: Object, mode: WriteMode) -> Result<(), Error> {
        self.check_free(at, mode)?;
        self.keys(&at.bucket)?.insert(at.key.as_str().into(), object);
        Ok(())
    }

    fn check_free(&mut self, at: &ObjectAddress, mode: WriteMode) -> Result<(), Error> {
        let old = self.keys(&at.bucket)?.get(at.key.as_str().as_bytes());
        if old.is_some_and(|old| !may_replace(mode, old.draft)) {
            return Err(Error::PreconditionFailed(at.clone()));
        }
        Ok(())
    }
}

/// The whole body and its digests.
async fn collect(body: Body) -> Result<(Bytes, Digests), Error> {
    let Body { mut stream, length, is_exact } = body;
    let (mut bytes, mut digest) = (BytesMut::new(), ObjectDigest::new());
    while let Some(piece) = stream.next().await.transpose().map_err(Error::Body)? {
        if (bytes.len() + piece.len()) as u64 > length {
            return Err(Error::TooLarge { limit: length });
        }
        digest.update(&piece);
        bytes.extend_from_slice(&piece);
    }
    let received = bytes.len() as u64;
    if Body::is_cut_short(length, is_exact, received) {
        return Err(Error::Incomplete { declared: length, received });
    }
    Ok((bytes.freeze(), digest.finish()))
}

#[async_trait]
impl ObjectStore for MemoryStore {
    async fn create_bucket(&self, bucket: &BucketName) -> Result<(), Error> {
        let made = Bucket { name: bucket.clone(), created: Some(self.clock.now()) };
        let mut state = self.state();
        state.buckets.entry(bucket.clone()).or_insert(made);
        state.objects.entry(bucket.clone()).or_default();
        Ok(())
    }

    async fn has_bucket(&self, bucket: &BucketName) -> Result<bool, Error> {
        Ok(self.state().buckets.contains_key(bucket))
    }

    async fn buckets(&self) -> Result<Vec<Bucket>, Error> {
        Ok(self.state().buckets.values().cloned().collect())
    }

    async fn delete_bucket(&self, bucket: &BucketName) -> Result<(), Error> {
        let mut state = self.state();
        let has_uploads = state.uploads.values().any(|upload| upload.at.bucket == *bucket);
        if has_uploads || !state.keys(bucket)?.is_empty() {
            return Err(Error::BucketNotEmpty(bucket.clone()));
        }
        state.objects.remove(bucket);
        state.buckets.remove(bucket);
        Ok(())
    }

    async fn put(
        &self,
        at: &ObjectAddress,
        body: Body,
        options: PutOptions,
    ) -> Result<ObjectMeta, Error> {
        self.state().check_free(at, options.mode)?;
        let (bytes, digests) = collect(body).await?;
        digests.check(&options.expected)?;
        let meta = self.meta(&digests, options.attributes);
        let draft = options.mode == WriteMode::Draft;
        let mut state = self.state();
        options.gate.map_or(Ok(()), |gate| gate.check())?;
        state.write(at, Object { meta: meta.clone(), bytes, draft }, options.mode)?;
        Ok(meta)
    }

    async fn get(
        &self,
        at: &ObjectAddress,
        range: Option<ByteRange>,
    ) -> Result<ObjectContent, Error> {
        let mut state = self.state();
        let object = state.object(at)?;
        let size = object.meta.size;
        let range = range.map_or(Ok(0..size), |range| range.resolve(size))?;
        let cut = |offset| usize::try_from(offset).expect("it is in memory");
        let bytes = object.bytes.slice(cut(range.start)..cut(range.end));
        let stream = stream::iter([Ok(bytes)]).boxed();
        Ok(ObjectContent { meta: object.meta.clone(), range, stream })
    }

    async fn head(&self, at: &ObjectAddress) -> Result<ObjectMeta, Error> {
        self.state().object(at).map(|object| object.meta.clone())
    }

    async fn delete(&self, at: &ObjectAddress) -> Result<(), Error> {
        if let Ok(keys) = self.state().keys(&at.bucket) {
            keys.remove(at.key.as_str().as_bytes());
        }
        Ok(())
    }

    async fn list(&self, bucket: &BucketName, query: &ListQuery) -> Result<ListPage, Error> {
        let mut state = self.state();
        let keys = &*state.keys(bucket)?;
        listing::page(query, |place| {
            let run = keys.range((place, Bound::Unbounded)).map(|(key, object)| {
                let key = String::from_utf8_lossy(key).into_owned();
                let ObjectMeta { size, etag, crc64, modified, .. } = object.meta.clone();
                Ok(ListedObject { key, size, etag, crc64, modified })
            });
            Ok(run)
        })
    }

    async fn create_multipart(
        &self,
        at: &ObjectAddress,
        attributes: Attributes,
    ) -> Result<MultipartId, Error> {
        let id: MultipartId = random_hex::<16>().parse()?;
        let mut state = self.state();
        state.keys(&at.bucket)?;
        let (at, created) = (at.clone(), self.clock.now());
        let upload = Upload { at, attributes, created, parts: BTreeMap::new() };
        state.uploads.insert(id.clone(), upload);
        Ok(id)
    }

    async fn put_part(
        &self,
        at: &ObjectAddress,
        id: &MultipartId,
        number: PartNumber,
        body: Body,
        options: PartOptions,
    ) -> Result<PartMeta, Error> {
        self.state().upload(at, id)?;
        let (bytes, digests) = collect(body).await?;
        digests.check(&options.expected)?;
        let ObjectMeta { size, crc64, etag, modified, .. } =
            self.meta(&digests, Attributes::default());
        let meta = PartMeta { number, size, etag, crc64, modified };
        let mut state = self.state();
        let upload = state.upload(at, id)?;
        let others = upload.parts.iter().filter(|(other, _)| **other != number);
        let total = others.map(|(_, (part, _))| part.size).sum::<u64>() + size;
        if let Some(limit) = options.total_limit.filter(|limit| total > *limit) {
            return Err(Error::TooLarge { limit });
        }
        options.gate.map_or(Ok(()), |gate| gate.check())?;
        upload.parts.insert(number, (meta.clone(), StoredPart { number, digests, bytes }));
        Ok(meta)
    }

    async fn uploads(&self, bucket: &BucketName, prefix: &str) -> Result<Vec<OpenUpload>, Error> {
        let mut state = self.state();
        state.keys(bucket)?;
        let is_meant =
            |at: &ObjectAddress| at.bucket == *bucket && at.key.as_str().starts_with(prefix);
        let uploads = state.uploads.iter().filter(|(_, upload)| is_meant(&upload.at));
        let mut found: Vec<_> = uploads
            .map(|(id, upload)| OpenUpload {
                key: upload.at.key.clone(),
                created: upload.created,
                id: id.clone(),
            })
            .collect();
        found.sort_unstable();
        Ok(found)
    }

    async fn parts(&self, at: &ObjectAddress, id: &MultipartId) -> Result<Vec<PartMeta>, Error> {
        let mut state = self.state();
        Ok(state.upload(at, id)?.parts.values().map(|(meta, _)| meta.clone()).collect())
    }

    async fn complete_multipart(
        &self,
        at: &ObjectAddress,
        id: &MultipartId,
        parts: &[ListedPart],
        mode: WriteMode,
    ) -> Result<ObjectMeta, Error> {
        let mut state = self.state();
        let upload = state.upload(at, id)?;
        let stored = upload.parts.values().map(|(_, stored)| stored.clone()).collect();
        let made = assemble(stored, parts)?;
        let (modified, attributes) = (self.clock.now(), upload.attributes.clone());
        let (size, crc64, etag): (_, _, ETag) = (made.size, Some(made.crc64), made.etag);
        let meta = ObjectMeta { size, crc64, etag, modified, attributes };
        let bytes: Vec<u8> = made.pieces.iter().flat_map(|(bytes, _)| bytes.to_vec()).collect();
        let draft = mode == WriteMode::Draft;
        state.write(at, Object { meta: meta.clone(), bytes: bytes.into(), draft }, mode)?;
        state.uploads.remove(id);
        Ok(meta)
    }

    async fn abort_multipart(&self, at: &ObjectAddress, id: &MultipartId) -> Result<(), Error> {
        let mut state = self.state();
        state.upload(at, id)?;
        state.uploads.remove(id);
        Ok(())
    }

    async fn seal(&self, at: &ObjectAddress, expected: Option<Crc64>) -> Result<ObjectMeta, Error> {
        let mut state = self.state();
        let object = state.object(at)?;
        check_crc64(expected, object.meta.crc64)?;
        object.draft = false;
        Ok(object.meta.clone())
    }
}
