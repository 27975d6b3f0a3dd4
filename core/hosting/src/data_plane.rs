//! What the service asks of the object store, in its own values. The bytes of files go past the
//! service, between client and store.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use albumen_model::{Crc64, ErrorCode, Timestamp, smh::UploadedPart};
use albumen_store::{
    Error as StoreError, MultipartId, ObjectKey, ObjectMeta,
    data_plane::{DataPlane as Plane, GetOptions, UploadRequest, UploadTarget},
};
use axum::body::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{
    error::{Error, refuse},
    repository::{node::Content, upload::Upload},
};

/// The most bytes of an object put in one piece (COS: 5 GiB).
const SIMPLE_MAX: u64 = 5 << 30;
/// The most bytes of an object put in parts (10,000 parts of 5 GiB).
const MULTIPART_MAX: u64 = 10_000 * SIMPLE_MAX;

/// What stays as it is in an extended header value (RFC 5987).
const EXTENDED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// What the store holds once an upload is finished.
#[derive(Clone, Debug)]
pub(crate) struct Finished {
    pub(crate) size: u64,
    pub(crate) crc64: Crc64,
    pub(crate) e_tag: String,
}

/// The object store behind the service.
pub(crate) struct DataPlane {
    plane: Arc<dyn Plane>,
    /// Bytes that the service put there itself.
    stored: AtomicU64,
}

fn key(text: &str) -> Result<ObjectKey, Error> {
    text.parse().map_err(|_| Error::Damaged("object key"))
}

fn finished(meta: &ObjectMeta) -> Result<Finished, Error> {
    let crc64 = meta.crc64.ok_or(Error::Damaged("object without a CRC-64"))?;
    Ok(Finished { size: meta.size, crc64, e_tag: meta.etag.as_str().to_owned() })
}

fn multipart(text: Option<&str>) -> Result<Option<MultipartId>, Error> {
    text.map(|text| text.parse().map_err(|_| Error::Damaged("multipart id"))).transpose()
}

fn request(
    object_key: &str,
    content_type: &str,
    declared: Option<u64>,
    is_multipart: bool,
) -> Result<UploadRequest, Error> {
    let most = if is_multipart { MULTIPART_MAX } else { SIMPLE_MAX };
    Ok(UploadRequest {
        key: key(object_key)?,
        // What was declared is what may come: a target is no free storage.
        size_cap: declared.unwrap_or(most).min(most),
        content_type: Some(content_type.to_owned()),
    })
}

impl DataPlane {
    /// Over this store.
    pub(crate) fn new(plane: Arc<dyn Plane>) -> Self {
        Self { plane, stored: AtomicU64::new(0) }
    }

    /// Stores a few bytes of the service's own under a fresh key.
    pub(crate) async fn store(
        &self,
        object_key: &str,
        content_type: &str,
        bytes: &'static [u8],
    ) -> Result<Finished, Error> {
        let bytes = Bytes::from_static(bytes);
        let meta = self.plane.put(&key(object_key)?, content_type, bytes).await?;
        self.stored.fetch_add(meta.size, Ordering::Relaxed);
        finished(&meta)
    }

    /// Bytes that went by [`DataPlane::store`].
    pub(crate) fn bytes_stored(&self) -> u64 {
        self.stored.load(Ordering::Relaxed)
    }

    /// Opens a target for a fresh key.
    pub(crate) async fn begin(
        &self,
        object_key: &str,
        content_type: &str,
        declared: Option<u64>,
        is_multipart: bool,
    ) -> Result<UploadTarget, Error> {
        let request = request(object_key, content_type, declared, is_multipart)?;
        let target = if is_multipart {
            self.plane.begin_multipart(&request).await
        } else {
            self.plane.begin_simple(&request).await
        };
        target.map_err(refused)
    }

    /// Signs again for a session that goes on.
    pub(crate) async fn renew(&self, upload: &Upload) -> Result<UploadTarget, Error> {
        let id = multipart(upload.multipart_id.as_deref())?;
        let (content_type, size) = (&upload.content_type, upload.size);
        let request = request(&upload.object_key, content_type, size, id.is_some())?;
        self.plane.renew(&request, id.as_ref()).await.map_err(refused)
    }

    /// Parts that are stored.
    pub(crate) async fn parts(&self, upload: &Upload) -> Result<Vec<UploadedPart>, Error> {
        let Some(id) = multipart(upload.multipart_id.as_deref())? else { return Ok(Vec::new()) };
        let parts = self.plane.parts(&key(&upload.object_key)?, &id).await.map_err(refused)?;
        let row = |part: albumen_store::PartMeta| UploadedPart {
            part_number: u32::from(part.number.get()),
            last_modified: part.modified,
            e_tag: part.etag.quoted(),
            size: part.size,
        };
        Ok(parts.into_iter().map(row).collect())
    }

    /// Ends the client's part and makes the object, if its bytes are the expected ones; the same
    /// answer when repeated. After an error the session goes on as before.
    ///
    /// # Errors
    /// `UploadIncomplete`, `MultipartUploadIncomplete`, `MultipartUploadPartTooSmall`, `BadCrc64`.
    pub(crate) async fn finish(
        &self,
        upload: &Upload,
        expected: Option<Crc64>,
    ) -> Result<Finished, Error> {
        let id = multipart(upload.multipart_id.as_deref())?;
        let object_key = key(&upload.object_key)?;
        let done = self.plane.finish(&object_key, id.as_ref(), expected).await;
        finished(&done.map_err(refused)?)
    }

    /// Gives an upload up.
    pub(crate) async fn abort(&self, object_key: &str, id: Option<&str>) -> Result<(), Error> {
        let id = multipart(id)?;
        Ok(self.plane.abort(&key(object_key)?, id.as_ref()).await?)
    }

    /// Takes no more bytes for this key. `None`: none can arrive from now on.
    pub(crate) async fn fence(&self, object_key: &str) -> Result<Option<Timestamp>, Error> {
        self.plane.fence(&key(object_key)?).await?;
        Ok(None)
    }

    /// A signed address of the bytes that presents them as this file.
    pub(crate) fn signed_get(
        &self,
        content: &Content,
        file_name: &str,
        as_attachment: bool,
    ) -> Result<String, Error> {
        let disposition = if as_attachment { "attachment" } else { "inline" };
        let name = utf8_percent_encode(file_name, EXTENDED);
        let options = GetOptions {
            content_disposition: Some(format!("{disposition}; filename*=UTF-8''{name}")),
            content_type: Some(content.content_type.clone()),
        };
        Ok(self.plane.signed_get(&key(&content.object_key)?, &options)?)
    }

    /// Deletes an object; nothing happens if it is gone.
    pub(crate) async fn delete(&self, object_key: &str) -> Result<(), Error> {
        Ok(self.plane.delete(&key(object_key)?).await?)
    }
}

/// What the store says about an upload, in the contract's codes (SMH sections 7.4 and 7.5).
fn refused(error: StoreError) -> Error {
    match error {
        StoreError::NotFound(_) => {
            refuse(ErrorCode::UploadIncomplete, "The bytes have not arrived")
        }
        StoreError::MissingPart(part) => {
            refuse(ErrorCode::MultipartUploadIncomplete, format!("A part is missing: {part}"))
        }
        StoreError::PartTooSmall { number, size } => refuse(
            ErrorCode::MultipartUploadPartTooSmall,
            format!("A part is too small: {number} has {size} bytes"),
        ),
        StoreError::BadCrc64 { computed, .. } => refuse(
            ErrorCode::BadCrc64,
            format!("The store has other bytes: their crc64 is {computed}"),
        ),
        StoreError::PreconditionFailed(_) => ErrorCode::UploadComplete.into(),
        StoreError::NoSuchUpload(_) => ErrorCode::UploadNotFound.into(),
        error => error.into(),
    }
}
