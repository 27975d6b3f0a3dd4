//! How hosting lets clients move bytes without touching them: signed targets for uploads, signed
//! URLs for downloads. Owns the trait that the embedded store, COS and S3 differ behind.

mod embedded;

use std::collections::BTreeMap;

use albumen_model::{Crc64, Timestamp};
use async_trait::async_trait;

use crate::{ByteRange, Error, MultipartId, ObjectContent, ObjectKey, ObjectMeta, PartMeta};

pub use embedded::{EmbeddedConfig, EmbeddedDataPlane};

/// Seconds that a signed upload target or download URL lives.
pub const SIGNED_SECONDS: i64 = 20 * 60;

/// What an upload session is about to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadRequest {
    /// A key that no other session was or will be given.
    pub key: ObjectKey,
    /// Most bytes of the whole object.
    pub size_cap: u64,
    /// MIME type it will have, whatever the client sends.
    pub content_type: Option<String>,
}

/// Where and how to send bytes: the data-plane half of a begin reply (SMH section 7.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadTarget {
    /// Host, with port if needed; no scheme.
    pub domain: String,
    /// Percent-encoded path, `/<bucket>/<key>`.
    pub path: String,
    /// To be sent with the object or with every part, as they are.
    pub headers: BTreeMap<String, String>,
    /// For multipart uploads.
    pub multipart_id: Option<MultipartId>,
    /// Until when the headers are accepted.
    pub expires_at: Timestamp,
}

/// How a download should present itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GetOptions {
    /// Replaces `Content-Disposition` in the answer.
    pub content_disposition: Option<String>,
    /// Replaces `Content-Type` in the answer.
    pub content_type: Option<String>,
}

/// Object storage as hosting sees it. Keys live in one bucket that the plane was made with.
#[async_trait]
pub trait DataPlane: Send + Sync {
    /// Signs a put of one whole object.
    async fn begin_simple(&self, request: &UploadRequest) -> Result<UploadTarget, Error>;

    /// Opens a multipart upload and signs the putting of its parts.
    async fn begin_multipart(&self, request: &UploadRequest) -> Result<UploadTarget, Error>;

    /// Signs again, for a session that goes on. Older headers are good until they expire (parts may
    /// be under way with them); `fence` first to end them. [`Error::NoSuchUpload`] if the multipart
    /// upload is gone, [`Error::PreconditionFailed`] if the object is finished.
    async fn renew(
        &self,
        request: &UploadRequest,
        id: Option<&MultipartId>,
    ) -> Result<UploadTarget, Error>;

    /// Takes every credential for this key away. When it returns, nothing more can be stored under
    /// the key by a client, not even by a request that was under way. A later `renew` opens it
    /// again.
    async fn fence(&self, key: &ObjectKey) -> Result<(), Error>;

    /// Ends the client's part: completes the multipart upload from its contiguous parts, or seals
    /// the simple object; then every credential for the key is dead. With `expected`, only if the
    /// bytes have this CRC-64 ([`Error::BadCrc64`]). [`Error::NotFound`], [`Error::MissingPart`],
    /// [`Error::PartTooSmall`] if bytes are missing. After an error the session goes on as before.
    /// Repeating it after success gives the same answer.
    async fn finish(
        &self,
        key: &ObjectKey,
        id: Option<&MultipartId>,
        expected: Option<Crc64>,
    ) -> Result<ObjectMeta, Error>;

    /// Gives an upload up: fences, forgets parts and draft, and the object where it was finished
    /// already. Nothing happens if it is gone.
    async fn abort(&self, key: &ObjectKey, id: Option<&MultipartId>) -> Result<(), Error>;

    /// Parts that are stored, by number.
    async fn parts(&self, key: &ObjectKey, id: &MultipartId) -> Result<Vec<PartMeta>, Error>;

    /// A URL that reads the object for [`SIGNED_SECONDS`].
    fn signed_get(&self, key: &ObjectKey, options: &GetOptions) -> Result<String, Error>;

    /// Opens a finished object for the service's own background work (previews, digests); clients
    /// read by signed URL.
    async fn open(&self, key: &ObjectKey, range: Option<ByteRange>)
    -> Result<ObjectContent, Error>;

    /// What is known about a finished object.
    async fn head(&self, key: &ObjectKey) -> Result<ObjectMeta, Error>;

    /// Stores what the service made itself, replacing what is there.
    async fn put(
        &self,
        key: &ObjectKey,
        content_type: &str,
        bytes: bytes::Bytes,
    ) -> Result<ObjectMeta, Error>;

    /// Removes a finished object; nothing happens if it is gone.
    async fn delete(&self, key: &ObjectKey) -> Result<(), Error>;
}
