//! What the service asks of the object store, in its own values. The bytes of files go past the
//! service, between client and store.

use std::{
    collections::BTreeMap,
    ops::RangeInclusive,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use albumen_model::{Crc64, ErrorCode, Timestamp, smh::UploadedPart};
use albumen_store::{
    Error as StoreError, MultipartId, ObjectContent, ObjectKey, ObjectMeta,
    data_plane::{DataPlane as Plane, GetOptions, PARTS_AT_ONCE, UploadRequest, UploadTarget},
};
use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{
    error::{Error, refuse},
    repository::{node::Content, upload::Upload},
};

/// The most bytes of an object put in one piece (COS: 5 GiB).
const SIMPLE_MAX: u64 = 5 << 30;
/// The most bytes of an object put in parts (10,000 parts of 5 GiB).
const MULTIPART_MAX: u64 = 10_000 * SIMPLE_MAX;

/// No object of ours has such a key.
const NO_OBJECT: &str = "albumen-readiness-probe";

/// What stays as it is in an extended header value (RFC 5987).
const EXTENDED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// What the store holds once an upload is finished.
#[derive(Clone, Debug)]
pub(crate) struct Finished {
    pub(crate) size: u64,
    pub(crate) crc64: Crc64,
    pub(crate) e_tag: String,
}

/// How the bytes of an upload come (SMH section 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// In one piece.
    Simple,
    /// In parts.
    Multipart,
    /// In a form of a page.
    Page,
}

/// What a client asks for beside a place to send to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    /// How fast it wants to be at most.
    pub(crate) bytes_per_second: Option<u64>,
    /// Which parts are to be signed, where each needs a signature of its own.
    pub(crate) parts: RangeInclusive<u16>,
}

impl Default for Terms {
    fn default() -> Self {
        Self { bytes_per_second: None, parts: 1..=PARTS_AT_ONCE }
    }
}

/// The object stores behind the service. Where an object lies is told by its key, so that every
/// reference finds it also when its library is gone: `name:key` is at the back end of that name, a
/// key without a colon in the service's own store (library ids hold none).
pub(crate) struct DataPlane {
    own: Arc<dyn Plane>,
    named: BTreeMap<String, Arc<dyn Plane>>,
    /// Bytes that the service put there itself.
    stored: AtomicU64,
}

fn finished(meta: &ObjectMeta) -> Result<Finished, Error> {
    let crc64 = meta.crc64.ok_or(Error::Damaged("object without a CRC-64"))?;
    Ok(Finished { size: meta.size, crc64, e_tag: meta.etag.as_str().to_owned() })
}

fn multipart(text: Option<&str>) -> Result<Option<MultipartId>, Error> {
    text.map(|text| text.parse().map_err(|_| Error::Damaged("multipart id"))).transpose()
}

fn request(
    key: ObjectKey,
    content_type: &str,
    declared: Option<u64>,
    is_multipart: bool,
    terms: &Terms,
) -> UploadRequest {
    let most = if is_multipart { MULTIPART_MAX } else { SIMPLE_MAX };
    UploadRequest {
        key,
        // What was declared is what may come: a target is no free storage.
        size_cap: declared.unwrap_or(most).min(most),
        content_type: Some(content_type.to_owned()),
        bytes_per_second: terms.bytes_per_second,
        parts: terms.parts.clone(),
    }
}

impl DataPlane {
    /// Over these stores.
    pub(crate) fn new(own: Arc<dyn Plane>, named: BTreeMap<String, Arc<dyn Plane>>) -> Self {
        Self { own, named, stored: AtomicU64::new(0) }
    }

    /// Whether a library may name this back end.
    pub(crate) fn has_back_end(&self, name: &str) -> bool {
        let is_plain =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        name.is_empty() || (name.bytes().all(is_plain) && self.named.contains_key(name))
    }

    /// The store that a key leads to, and the key there.
    fn at(&self, object_key: &str) -> Result<(&dyn Plane, ObjectKey), Error> {
        let (plane, key) = match object_key.split_once(':') {
            None => (&self.own, object_key),
            Some((name, key)) => {
                let plane = self.named.get(name);
                (plane.ok_or_else(|| Error::BackEndMissing(name.to_owned()))?, key)
            }
        };
        let key = key.parse().map_err(|_| Error::Damaged("object key"))?;
        Ok((&**plane, key))
    }

    /// Stores what the service made itself.
    pub(crate) async fn store(
        &self,
        object_key: &str,
        content_type: &str,
        bytes: Bytes,
    ) -> Result<Finished, Error> {
        let (plane, key) = self.at(object_key)?;
        let meta = plane.put(&key, content_type, bytes).await?;
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
        form: Form,
        terms: &Terms,
    ) -> Result<UploadTarget, Error> {
        let (plane, key) = self.at(object_key)?;
        let request = request(key, content_type, declared, form == Form::Multipart, terms);
        let target = match form {
            Form::Simple => plane.begin_simple(&request).await,
            Form::Multipart => plane.begin_multipart(&request).await,
            Form::Page => plane.begin_form(&request).await,
        };
        target.map_err(refused)
    }

    fn session<'a>(
        &'a self,
        upload: &Upload,
        terms: &Terms,
    ) -> Result<(&'a dyn Plane, UploadRequest, Option<MultipartId>), Error> {
        let id = multipart(upload.multipart_id.as_deref())?;
        let (plane, key) = self.at(&upload.object_key)?;
        let request = request(key, &upload.content_type, upload.size, id.is_some(), terms);
        Ok((plane, request, id))
    }

    /// Signs again for a session that goes on.
    pub(crate) async fn renew(
        &self,
        upload: &Upload,
        terms: &Terms,
    ) -> Result<UploadTarget, Error> {
        let (plane, request, id) = self.session(upload, terms)?;
        plane.renew(&request, id.as_ref()).await.map_err(refused)
    }

    /// Parts that are stored.
    pub(crate) async fn parts(&self, upload: &Upload) -> Result<Vec<UploadedPart>, Error> {
        let Some(id) = multipart(upload.multipart_id.as_deref())? else { return Ok(Vec::new()) };
        let (plane, key) = self.at(&upload.object_key)?;
        let parts = plane.parts(&key, &id).await.map_err(refused)?;
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
    /// `UploadIncomplete`, `MultipartUploadIncomplete`, `MultipartUploadPartTooSmall`, `BadCrc64`,
    /// `QuotaLimitReached` for more bytes than were declared.
    pub(crate) async fn finish(
        &self,
        upload: &Upload,
        expected: Option<Crc64>,
    ) -> Result<Finished, Error> {
        let (plane, request, id) = self.session(upload, &Terms::default())?;
        let done = plane.finish(&request, id.as_ref(), expected).await;
        finished(&done.map_err(refused)?)
    }

    /// Gives an upload up.
    pub(crate) async fn abort(&self, object_key: &str, id: Option<&str>) -> Result<(), Error> {
        let id = multipart(id)?;
        let (plane, key) = self.at(object_key)?;
        Ok(plane.abort(&key, id.as_ref()).await?)
    }

    /// Takes no more bytes for this key. `None`: none can arrive from now on; else until when.
    pub(crate) async fn fence(&self, object_key: &str) -> Result<Option<Timestamp>, Error> {
        let (plane, key) = self.at(object_key)?;
        Ok(plane.fence(&key).await?)
    }

    /// A signed address of the bytes that presents them as this file.
    pub(crate) fn signed_get(
        &self,
        content: &Content,
        file_name: &str,
        as_attachment: bool,
        bytes_per_second: Option<u64>,
    ) -> Result<String, Error> {
        let disposition = if as_attachment { "attachment" } else { "inline" };
        let name = utf8_percent_encode(file_name, EXTENDED);
        let options = GetOptions {
            content_disposition: Some(format!("{disposition}; filename*=UTF-8''{name}")),
            content_type: Some(content.content_type.clone()),
            bytes_per_second,
        };
        let (plane, key) = self.at(&content.object_key)?;
        Ok(plane.signed_get(&key, &options)?)
    }

    /// A signed address of a picture that the service made.
    pub(crate) fn signed_picture(
        &self,
        object_key: &str,
        content_type: &str,
    ) -> Result<String, Error> {
        let options = GetOptions {
            content_disposition: Some("inline".to_owned()),
            content_type: Some(content_type.to_owned()),
            bytes_per_second: None,
        };
        let (plane, key) = self.at(object_key)?;
        Ok(plane.signed_get(&key, &options)?)
    }

    /// Opens content for the service's own work.
    pub(crate) async fn open(&self, object_key: &str) -> Result<ObjectContent, Error> {
        let (plane, key) = self.at(object_key)?;
        Ok(plane.open(&key, None).await?)
    }

    /// Asks the service's own store for what is not there.
    ///
    /// # Errors
    /// When it does not answer. A refusal is an answer: without the right to list, S3 refuses a key
    /// that does not exist.
    pub(crate) async fn ping(&self) -> Result<(), Error> {
        let (plane, key) = self.at(NO_OBJECT)?;
        match plane.head(&key).await {
            Ok(_) | Err(StoreError::NotFound(_) | StoreError::Remote { status: 403, .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Deletes an object; nothing happens if it is gone.
    pub(crate) async fn delete(&self, object_key: &str) -> Result<(), Error> {
        let (plane, key) = self.at(object_key)?;
        Ok(plane.delete(&key).await?)
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
        StoreError::TooLarge { limit } => refuse(
            ErrorCode::QuotaLimitReached,
            format!("More bytes arrived than the {limit} that were declared"),
        ),
        StoreError::NotOffered(what) => refuse(
            ErrorCode::FunctionNotEnabled,
            format!("The library's object store does not offer this: {what}"),
        ),
        StoreError::PreconditionFailed(_) => ErrorCode::UploadComplete.into(),
        StoreError::NoSuchUpload(_) => ErrorCode::UploadNotFound.into(),
        error => error.into(),
    }
}
