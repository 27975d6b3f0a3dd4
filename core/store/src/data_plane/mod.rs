//! How hosting lets clients move bytes without touching them: signed targets for uploads, signed
//! URLs for downloads. Owns the trait that the embedded store, COS and S3 differ behind.

mod back_end;
mod cos;
mod embedded;
mod read_back;
mod remote;
mod s3;

use std::{collections::BTreeMap, ops::RangeInclusive};

use albumen_model::{Crc64, Timestamp, smh::SignedPart};
use async_trait::async_trait;

use crate::{ByteRange, Error, MultipartId, ObjectContent, ObjectKey, ObjectMeta, PartMeta};

pub use back_end::{BackEndConfig, BackEndKind, back_ends};
pub use cos::{CosConfig, CosDataPlane, CosGrant, CosKey, CosKeyIssuer, StaticCosKey};
pub use embedded::{EmbeddedConfig, EmbeddedDataPlane};
pub use s3::{S3Config, S3DataPlane};

/// Seconds that a signed upload target or download URL lives.
pub const SIGNED_SECONDS: i64 = 20 * 60;

/// Parts that are signed when nobody says which; also the most that are signed at once (SMH section
/// 7.1).
pub const PARTS_AT_ONCE: u16 = 100;

/// What an upload session is about to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadRequest {
    /// A key that no other session was or will be given.
    pub key: ObjectKey,
    /// Most bytes of the whole object.
    pub size_cap: u64,
    /// MIME type it will have, whatever the client sends.
    pub content_type: Option<String>,
    /// How fast the client may send; `None`: as fast as it can.
    pub bytes_per_second: Option<u64>,
    /// Which parts to sign, where each part needs a signature of its own: at most
    /// [`PARTS_AT_ONCE`].
    pub parts: RangeInclusive<u16>,
}

impl UploadRequest {
    /// For a key and so many bytes, of no special type, as fast as can be.
    pub const fn new(key: ObjectKey, size_cap: u64) -> Self {
        let parts = 1..=PARTS_AT_ONCE;
        Self { key, size_cap, content_type: None, bytes_per_second: None, parts }
    }
}

/// Where and how to send bytes: the data-plane half of a begin reply (SMH section 7.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadTarget {
    /// `http` or `https`.
    pub scheme: String,
    /// Host, with port if needed; no scheme.
    pub domain: String,
    /// Percent-encoded path, `/<bucket>/<key>`; it may have a query.
    pub path: String,
    /// To be sent with the object or with every part, as they are.
    pub headers: BTreeMap<String, String>,
    /// Where every part is signed by itself: its number to what is sent with it.
    pub parts: Option<BTreeMap<u16, SignedPart>>,
    /// For form uploads: the fields before the file.
    pub form: BTreeMap<String, String>,
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
    /// How fast the answer may flow, where the store can hold it back.
    pub bytes_per_second: Option<u64>,
}

/// Object storage as hosting sees it. Keys live in one bucket that the plane was made with.
#[async_trait]
pub trait DataPlane: Send + Sync {
    /// How clients reach the store: `https` or `http`, as every [`UploadTarget`] says.
    fn scheme(&self) -> &str;

    /// Signs a put of one whole object.
    async fn begin_simple(&self, request: &UploadRequest) -> Result<UploadTarget, Error>;

    /// Opens a multipart upload and signs the putting of its parts.
    async fn begin_multipart(&self, request: &UploadRequest) -> Result<UploadTarget, Error>;

    /// Signs a form that posts one whole object. [`Error::NotOffered`] where the store takes no
    /// forms.
    async fn begin_form(&self, request: &UploadRequest) -> Result<UploadTarget, Error>;

    /// Signs again, for a session that goes on. Older headers are good until they expire (parts may
    /// be under way with them); `fence` first to end them. [`Error::NoSuchUpload`] if the multipart
    /// upload is gone, [`Error::PreconditionFailed`] if the object is finished.
    async fn renew(
        &self,
        request: &UploadRequest,
        id: Option<&MultipartId>,
    ) -> Result<UploadTarget, Error>;

    /// Takes every credential for this key away. `None`: when it returns, nothing more can be
    /// stored under the key by a client, not even by a request that was under way. A foreign store
    /// cannot take back what was signed: then the moment is told until which bytes may still come,
    /// and whoever asked must not finish the upload any more. A later `renew` opens it again.
    async fn fence(&self, key: &ObjectKey) -> Result<Option<Timestamp>, Error>;

    /// Ends the client's part: completes the multipart upload from its contiguous parts, or seals
    /// the simple object; from then on no client can change it. With `expected`, only if the bytes
    /// have this CRC-64 ([`Error::BadCrc64`]). [`Error::NotFound`], [`Error::MissingPart`],
    /// [`Error::PartTooSmall`] if bytes are missing, [`Error::TooLarge`] if there are more than the
    /// request's cap. After an error the session goes on as before; but a store that tells check
    /// values only of what is finished has taken the bytes for good by then, and after a
    /// [`Error::BadCrc64`] a new upload is needed. Repeating it after success gives the same
    /// answer. The CRC-64 is always told.
    async fn finish(
        &self,
        request: &UploadRequest,
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
