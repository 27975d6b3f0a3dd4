//! The trait every back end implements, and what its calls take and give. One contract suite
//! (`tests/contract`) says what each call means; a back end that passes it can be exchanged.

use std::{fmt, ops::Range, sync::Arc};

use albumen_model::{Crc64, Timestamp};
use async_trait::async_trait;

use crate::{
    Attributes, Body, BucketName, ByteRange, ByteStream, ETag, Error, ListPage, ListQuery,
    ListedPart, MultipartId, ObjectAddress, ObjectMeta, OpenUpload, PartMeta, PartNumber,
    digest::check_crc64,
};

/// What a put may replace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WriteMode {
    /// Whatever is there.
    #[default]
    Replace,
    /// Nothing: the key must be free.
    IfAbsent,
    /// Nothing but a draft, and what is stored is a draft itself until it is sealed. A store that
    /// cannot tell drafts from objects treats this as [`WriteMode::IfAbsent`].
    Draft,
}

/// Digests that the bytes must have. A wrong one stores nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// CRC-64 of all bytes.
    pub crc64: Option<Crc64>,
    /// MD5 of all bytes (`Content-MD5`).
    pub md5: Option<[u8; 16]>,
}

/// The last question before a write is committed, asked by the store when nothing else can fail
/// any more: may it still be done? (Revocation of a key while its body was on the way.)
#[derive(Clone)]
pub struct CommitGate(Arc<dyn Fn() -> Result<(), Error> + Send + Sync>);

impl CommitGate {
    /// A gate that asks `check`.
    pub fn new(check: impl Fn() -> Result<(), Error> + Send + Sync + 'static) -> Self {
        Self(Arc::new(check))
    }

    /// Asks.
    pub fn check(&self) -> Result<(), Error> {
        (self.0)()
    }
}

impl fmt::Debug for CommitGate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CommitGate")
    }
}

/// How to put an object.
#[derive(Clone, Debug, Default)]
pub struct PutOptions {
    /// Kept with the object.
    pub attributes: Attributes,
    /// What may be replaced.
    pub mode: WriteMode,
    /// Checked before commit.
    pub expected: Expected,
    /// Asked at commit.
    pub gate: Option<CommitGate>,
}

impl PutOptions {
    /// Replaces what is there, expects nothing.
    pub fn of_type(content_type: impl Into<String>) -> Self {
        Self { attributes: Attributes::of_type(content_type), ..Self::default() }
    }
}

/// How to put a part.
#[derive(Clone, Debug, Default)]
pub struct PartOptions {
    /// Checked before commit.
    pub expected: Expected,
    /// Most bytes that all parts of the upload may have together with this one.
    pub total_limit: Option<u64>,
    /// Asked at commit.
    pub gate: Option<CommitGate>,
}

/// An object being read.
pub struct ObjectContent {
    /// What is known about it.
    pub meta: ObjectMeta,
    /// Which of its bytes come: `0..size` if no range was asked for.
    pub range: Range<u64>,
    /// Those bytes.
    pub stream: ByteStream,
}

impl fmt::Debug for ObjectContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectContent").field("meta", &self.meta).finish_non_exhaustive()
    }
}

/// A bucket and when it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Its name.
    pub name: BucketName,
    /// When it was made; absent where a foreign store does not tell.
    pub created: Option<Timestamp>,
}

/// Keeps objects by bucket and key. Every call is whole or has no effect; an acknowledged write is
/// durable and seen by every later call.
#[async_trait]
pub trait ObjectStore: Send + Sync {
    /// Makes a bucket; nothing happens if it is there.
    async fn create_bucket(&self, bucket: &BucketName) -> Result<(), Error>;

    /// Whether a bucket is there.
    async fn has_bucket(&self, bucket: &BucketName) -> Result<bool, Error>;

    /// All buckets by name.
    async fn buckets(&self) -> Result<Vec<Bucket>, Error>;

    /// Removes an empty bucket: [`Error::BucketNotEmpty`], [`Error::NoSuchBucket`].
    async fn delete_bucket(&self, bucket: &BucketName) -> Result<(), Error>;

    /// Stores an object whole. [`Error::Incomplete`] or [`Error::TooLarge`] if the stream does not
    /// have the declared length, [`Error::PreconditionFailed`] if the mode forbids it.
    async fn put(
        &self,
        at: &ObjectAddress,
        body: Body,
        options: PutOptions,
    ) -> Result<ObjectMeta, Error>;

    /// Opens an object, all of it or a range: [`Error::NotFound`], [`Error::InvalidRange`].
    async fn get(
        &self,
        at: &ObjectAddress,
        range: Option<ByteRange>,
    ) -> Result<ObjectContent, Error>;

    /// What is known about an object: [`Error::NotFound`].
    async fn head(&self, at: &ObjectAddress) -> Result<ObjectMeta, Error>;

    /// Removes an object; nothing happens if it is not there.
    async fn delete(&self, at: &ObjectAddress) -> Result<(), Error>;

    /// One page of keys in byte order.
    async fn list(&self, bucket: &BucketName, query: &ListQuery) -> Result<ListPage, Error>;

    /// Opens a multipart upload for a key.
    async fn create_multipart(
        &self,
        at: &ObjectAddress,
        attributes: Attributes,
    ) -> Result<MultipartId, Error>;

    /// Stores one part whole, replacing one of the same number: [`Error::NoSuchUpload`].
    async fn put_part(
        &self,
        at: &ObjectAddress,
        id: &MultipartId,
        number: PartNumber,
        body: Body,
        options: PartOptions,
    ) -> Result<PartMeta, Error>;

    /// Open uploads of a bucket whose keys begin with `prefix`: by key, and by age within one key.
    async fn uploads(&self, bucket: &BucketName, prefix: &str) -> Result<Vec<OpenUpload>, Error>;

    /// All stored parts by number (at most 10000).
    async fn parts(&self, at: &ObjectAddress, id: &MultipartId) -> Result<Vec<PartMeta>, Error>;

    /// Makes the listed parts one object and ends the upload. [`Error::InvalidPart`],
    /// [`Error::InvalidPartOrder`], [`Error::PartTooSmall`], [`Error::PreconditionFailed`]: the
    /// upload stays open.
    async fn complete_multipart(
        &self,
        at: &ObjectAddress,
        id: &MultipartId,
        parts: &[ListedPart],
        mode: WriteMode,
    ) -> Result<ObjectMeta, Error>;

    /// Ends an upload and forgets its parts: [`Error::NoSuchUpload`].
    async fn abort_multipart(&self, at: &ObjectAddress, id: &MultipartId) -> Result<(), Error>;

    /// Copies an object to another key, attributes included, if it still has this tag:
    /// [`Error::PreconditionFailed`] if not. What is at the other key is replaced.
    async fn copy(
        &self,
        from: &ObjectAddress,
        to: &ObjectAddress,
        etag: &ETag,
    ) -> Result<(), Error> {
        let content = self.get(from, None).await?;
        if content.meta.etag != *etag {
            return Err(Error::PreconditionFailed(from.clone()));
        }
        let options = PutOptions {
            expected: Expected { crc64: content.meta.crc64, md5: None },
            attributes: content.meta.attributes,
            ..PutOptions::default()
        };
        self.put(to, Body::new(content.stream, content.meta.size), options).await.map(drop)
    }

    /// Makes a draft an object that no upload session can replace any more, if its bytes are the
    /// expected ones as far as the store knows: else [`Error::BadCrc64`], and it stays a draft.
    /// Harmless on any object.
    async fn seal(&self, at: &ObjectAddress, expected: Option<Crc64>) -> Result<ObjectMeta, Error> {
        let meta = self.head(at).await?;
        check_crc64(expected, meta.crc64)?;
        Ok(meta)
    }

    /// Returns when every commit that began before this call has ended: after closing a gate and
    /// awaiting this, nothing behind that gate can appear any more.
    async fn settle(&self) -> Result<(), Error> {
        Ok(())
    }
}
