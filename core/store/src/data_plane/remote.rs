//! What the planes over foreign buckets share: keys under a prefix that is theirs alone, finishing
//! parts, and check values.

use std::sync::Arc;

use albumen_model::Crc64;
use bytes::Bytes;

use super::{UploadRequest, read_back::ReadBack};
use crate::{
    BucketName, ByteRange, Error, MultipartId, ObjectAddress, ObjectContent, ObjectKey, ObjectMeta,
    ObjectStore, PartMeta, PutOptions, WriteMode, all_parts, digest::check_crc64,
};

/// Where finished content lies, below the prefix.
const CONTENT: &str = "content/";
/// Where clients put whole objects that are not finished yet, below the prefix. What lies here for
/// more than a day was never confirmed: give the bucket a lifecycle rule that expires it.
const INCOMING: &str = "incoming/";

/// A share of a foreign bucket: nothing outside its prefix is ever named.
pub(super) struct Remote {
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) bucket: BucketName,
    prefix: String,
    read_back: ReadBack,
}

impl Remote {
    /// Of this bucket what is below `prefix`. [`Error::Configuration`] for a prefix that is not
    /// made of plain names ending in a slash each, as `albumen/photos/`; empty is the whole bucket.
    pub(super) fn new(
        store: Arc<dyn ObjectStore>,
        bucket: BucketName,
        prefix: String,
    ) -> Result<Self, Error> {
        let is_plain = |name: &str| {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            !name.is_empty() && name != "." && name != ".." && name.bytes().all(plain)
        };
        let names = prefix.strip_suffix('/');
        if !(prefix.is_empty() || names.is_some_and(|names| names.split('/').all(is_plain))) {
            return Err(Error::Configuration("the prefix is not of the form name/name/"));
        }
        let read_back = ReadBack::new(Arc::clone(&store));
        Ok(Self { store, bucket, prefix, read_back })
    }

    /// The key of finished content in the bucket.
    pub(super) fn content_key(&self, key: &ObjectKey) -> Result<ObjectKey, Error> {
        format!("{}{CONTENT}{key}", self.prefix).parse()
    }

    /// The key that a client may put a whole object to.
    pub(super) fn incoming_key(&self, key: &ObjectKey) -> Result<ObjectKey, Error> {
        format!("{}{INCOMING}{key}", self.prefix).parse()
    }

    fn address(&self, key: ObjectKey) -> ObjectAddress {
        ObjectAddress::new(self.bucket.clone(), key)
    }

    pub(super) fn content(&self, key: &ObjectKey) -> Result<ObjectAddress, Error> {
        Ok(self.address(self.content_key(key)?))
    }

    pub(super) fn incoming(&self, key: &ObjectKey) -> Result<ObjectAddress, Error> {
        Ok(self.address(self.incoming_key(key)?))
    }

    /// Bytes read back so far to compute check values.
    pub(super) fn bytes_read_back(&self) -> u64 {
        self.read_back.bytes()
    }

    /// Completes a multipart upload from its contiguous parts; the answer of before if it is
    /// completed already.
    pub(super) async fn complete(
        &self,
        request: &UploadRequest,
        id: &MultipartId,
        expected: Option<Crc64>,
    ) -> Result<ObjectMeta, Error> {
        let at = self.content(&request.key)?;
        match self.store.parts(&at, id).await {
            Ok(parts) => {
                within(request, parts.iter().map(|part| part.size).sum())?;
                let list = all_parts(parts)?;
                // The key is fresh, and not every store knows conditional writes.
                self.store.complete_multipart(&at, id, &list, WriteMode::Replace).await?;
            }
            // Perhaps it was completed before and the answer was lost.
            Err(Error::NoSuchUpload(id)) => {
                self.store.head(&at).await.map_err(|_| Error::NoSuchUpload(id))?;
            }
            Err(error) => return Err(error),
        }
        self.verified(request, &at, expected).await
    }

    /// What is known of finished content, its CRC-64 in any case. Content with another check value
    /// than expected is refused and stays where it is, for whoever gives the upload up to remove: a
    /// second question about content that was confirmed meanwhile must not take it away.
    pub(super) async fn verified(
        &self,
        request: &UploadRequest,
        at: &ObjectAddress,
        expected: Option<Crc64>,
    ) -> Result<ObjectMeta, Error> {
        let mut meta = self.store.head(at).await?;
        within(request, meta.size)?;
        if meta.crc64.is_none() {
            meta.crc64 = Some(self.read_back.crc64(at, meta.etag.as_str()).await?);
        }
        check_crc64(expected, meta.crc64)?;
        Ok(meta)
    }

    pub(super) async fn parts(
        &self,
        key: &ObjectKey,
        id: &MultipartId,
    ) -> Result<Vec<PartMeta>, Error> {
        self.store.parts(&self.content(key)?, id).await
    }

    /// Gives an upload up. What was signed for it may still bring bytes; they lie where the
    /// lifecycle rule finds them, or belong to an upload that is gone.
    pub(super) async fn abort(
        &self,
        key: &ObjectKey,
        id: Option<&MultipartId>,
    ) -> Result<(), Error> {
        let content = self.content(key)?;
        match id {
            Some(id) => match self.store.abort_multipart(&content, id).await {
                Ok(()) | Err(Error::NoSuchUpload(_)) => {}
                Err(error) => return Err(error),
            },
            None => self.store.delete(&self.incoming(key)?).await?,
        }
        // It may have been finished by a confirm that came to nothing.
        self.store.delete(&content).await
    }

    pub(super) async fn open(
        &self,
        key: &ObjectKey,
        range: Option<ByteRange>,
    ) -> Result<ObjectContent, Error> {
        self.store.get(&self.content(key)?, range).await
    }

    pub(super) async fn head(&self, key: &ObjectKey) -> Result<ObjectMeta, Error> {
        self.store.head(&self.content(key)?).await
    }

    pub(super) async fn put(
        &self,
        key: &ObjectKey,
        content_type: &str,
        bytes: Bytes,
    ) -> Result<ObjectMeta, Error> {
        let options = PutOptions::of_type(content_type);
        self.store.put(&self.content(key)?, bytes.into(), options).await
    }

    pub(super) async fn delete(&self, key: &ObjectKey) -> Result<(), Error> {
        self.store.delete(&self.content(key)?).await
    }
}

/// Refuses more bytes than were agreed on.
pub(super) fn within(request: &UploadRequest, size: u64) -> Result<(), Error> {
    let limit = request.size_cap;
    if size > limit { Err(Error::TooLarge { limit }) } else { Ok(()) }
}
