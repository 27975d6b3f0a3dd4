//! The data plane of the embedded store: COS-form headers with a key of their own for each upload
//! session, SigV4 URLs for downloads.

use std::{collections::BTreeMap, sync::Arc};

use albumen_media::digest::Crc64Digest;
use albumen_model::{Crc64, Timestamp};
use async_trait::async_trait;
use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::{DataPlane, GetOptions, SIGNED_SECONDS, UploadRequest, UploadTarget};
use crate::{
    Attributes, BucketName, ByteRange, Clock, Credential, Error, MultipartId, ObjectAddress,
    ObjectContent, ObjectKey, ObjectMeta, ObjectStore, PartMeta, PutOptions, UploadCredential,
    UploadKeys, UploadScope, WriteMode, all_parts,
    digest::check_crc64,
    sign::{CosSigner, FormGrant, KeyTime, S3Endpoint, S3Presigner, Validity, sign_form},
    wire::TRAFFIC_LIMIT,
};

/// MIME type of what came without one.
const UNKNOWN_TYPE: &str = "application/octet-stream";
/// What a URL path may carry unescaped in a key: `/` parts it, the rest is unreserved.
const PATH: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');

/// How clients reach the embedded store.
#[derive(Clone, Debug)]
pub struct EmbeddedConfig {
    /// The bucket that hosting's objects live in; made if it is not there.
    pub bucket: BucketName,
    /// `http` or `https`: what download URLs begin with.
    pub public_scheme: String,
    /// Host and port under which clients reach the store's socket.
    pub public_data_host: String,
    /// The store's root key: signs downloads (each URL allows that one GET only).
    pub root: Credential,
}

/// See the module.
pub struct EmbeddedDataPlane {
    store: Arc<dyn ObjectStore>,
    keys: Arc<UploadKeys>,
    clock: Arc<dyn Clock>,
    presigner: S3Presigner,
    bucket: BucketName,
    scheme: String,
    domain: String,
}

impl EmbeddedDataPlane {
    /// Joins a store and the keys that its wire accepts ([`crate::wire::serve`] must be given the
    /// same).
    pub async fn new(
        store: Arc<dyn ObjectStore>,
        keys: Arc<UploadKeys>,
        clock: Arc<dyn Clock>,
        config: EmbeddedConfig,
    ) -> Result<Self, Error> {
        let EmbeddedConfig { bucket, public_scheme, public_data_host, root } = config;
        let url = Url::parse(&format!("{public_scheme}://{public_data_host}"))
            .ok()
            .filter(|url| url.path() == "/" && matches!(url.scheme(), "http" | "https"))
            .ok_or(Error::Configuration("the public data host is not host:port"))?;
        let presigner = S3Presigner::new(&S3Endpoint::path_style(url), &bucket, &root)?;
        store.create_bucket(&bucket).await?;
        let (scheme, domain) = (public_scheme, public_data_host);
        Ok(Self { store, keys, clock, presigner, bucket, scheme, domain })
    }

    fn at(&self, key: &ObjectKey) -> ObjectAddress {
        ObjectAddress::new(self.bucket.clone(), key.clone())
    }

    /// A new key for the session, what it is good for, and from when until when.
    fn granted(
        &self,
        request: &UploadRequest,
        id: Option<MultipartId>,
    ) -> (UploadCredential, KeyTime) {
        let granted = self.keys.grant(UploadScope {
            at: self.at(&request.key),
            multipart_id: id,
            max_bytes: request.size_cap,
            content_type: Some(type_of(request)),
            valid_seconds: SIGNED_SECONDS,
        });
        let end = granted.expires_at.millis() / 1000;
        (granted, KeyTime { start: end - SIGNED_SECONDS, end })
    }

    /// A target with the headers that its key signs.
    fn target(&self, request: &UploadRequest, id: Option<MultipartId>) -> UploadTarget {
        let path = self.at(&request.key).decoded_path();
        let (granted, time) = self.granted(request, id.clone());
        let signer = CosSigner::new(granted.credential);
        let signed = limit_field(request);
        let authorization = signer.sign_headers("put", &self.domain, &path, &signed, time);
        let mut headers = signed;
        headers.insert("Authorization".to_owned(), authorization);
        headers.insert("Content-Type".to_owned(), type_of(request));
        UploadTarget {
            scheme: self.scheme.clone(),
            domain: self.domain.clone(),
            path: url_path(&path),
            headers,
            parts: None,
            form: BTreeMap::new(),
            multipart_id: id,
            expires_at: granted.expires_at,
        }
    }

    /// A target with the form that its key signs. The policy names the bucket, the path need not
    /// (SMH section 7.1: `/`).
    fn form_target(&self, request: &UploadRequest) -> UploadTarget {
        let (granted, time) = self.granted(request, None);
        let mut fields = limit_field(request);
        fields.insert("content-type".to_owned(), type_of(request));
        let grant = FormGrant {
            bucket: self.bucket.as_str(),
            key: request.key.as_str(),
            max_bytes: request.size_cap,
            fields,
        };
        UploadTarget {
            scheme: self.scheme.clone(),
            domain: self.domain.clone(),
            path: "/".to_owned(),
            headers: BTreeMap::new(),
            parts: None,
            form: sign_form(&granted.credential, &grant, time),
            multipart_id: None,
            expires_at: granted.expires_at,
        }
    }

    async fn complete(
        &self,
        at: &ObjectAddress,
        id: &MultipartId,
        expected: Option<Crc64>,
    ) -> Result<ObjectMeta, Error> {
        let stored = match self.store.parts(at, id).await {
            // Perhaps it was completed before and the answer was lost.
            Err(Error::NoSuchUpload(id)) => {
                let done = self.store.head(at).await;
                return done.map_err(|_| Error::NoSuchUpload(id));
            }
            other => other?,
        };
        let whole = whole_crc64(&stored);
        let list = all_parts(stored)?;
        check_crc64(expected, whole)?;
        self.store.complete_multipart(at, id, &list, WriteMode::IfAbsent).await
    }
}

/// The type an object gets.
pub(super) fn type_of(request: &UploadRequest) -> String {
    request.content_type.clone().unwrap_or_else(|| UNKNOWN_TYPE.to_owned())
}

/// The traffic limit as a header or a form field: bits per second on this wire.
pub(super) fn limit_field(request: &UploadRequest) -> BTreeMap<String, String> {
    let limit = request.bytes_per_second.map(|bytes| bytes.saturating_mul(8).to_string());
    limit.map(|limit| (TRAFFIC_LIMIT.to_owned(), limit)).into_iter().collect()
}

/// A decoded path as URLs carry it.
pub(super) fn url_path(path: &str) -> String {
    utf8_percent_encode(path, PATH).to_string()
}

/// CRC-64 of parts put together, if it is known of each.
fn whole_crc64(parts: &[PartMeta]) -> Option<Crc64> {
    parts.iter().try_fold(Crc64::new(0), |whole, part| {
        Some(Crc64Digest::combine(whole, part.crc64?, part.size))
    })
}

#[async_trait]
impl DataPlane for EmbeddedDataPlane {
    fn scheme(&self) -> &str {
        &self.scheme
    }

    async fn begin_simple(&self, request: &UploadRequest) -> Result<UploadTarget, Error> {
        Ok(self.target(request, None))
    }

    async fn begin_multipart(&self, request: &UploadRequest) -> Result<UploadTarget, Error> {
        let attributes = Attributes::of_type(type_of(request));
        let id = self.store.create_multipart(&self.at(&request.key), attributes).await?;
        Ok(self.target(request, Some(id)))
    }

    async fn begin_form(&self, request: &UploadRequest) -> Result<UploadTarget, Error> {
        Ok(self.form_target(request))
    }

    async fn renew(
        &self,
        request: &UploadRequest,
        id: Option<&MultipartId>,
    ) -> Result<UploadTarget, Error> {
        if let Some(id) = id {
            self.store.parts(&self.at(&request.key), id).await?;
        }
        Ok(self.target(request, id.cloned()))
    }

    async fn fence(&self, key: &ObjectKey) -> Result<Option<Timestamp>, Error> {
        self.keys.revoke_object(&self.at(key));
        self.store.settle().await?;
        Ok(None)
    }

    async fn finish(
        &self,
        request: &UploadRequest,
        id: Option<&MultipartId>,
        expected: Option<Crc64>,
    ) -> Result<ObjectMeta, Error> {
        let at = self.at(&request.key);
        let finished = match id {
            Some(id) => self.complete(&at, id, expected).await?,
            None => self.store.seal(&at, expected).await?,
        };
        self.keys.revoke_object(&at);
        Ok(finished)
    }

    async fn abort(&self, key: &ObjectKey, id: Option<&MultipartId>) -> Result<(), Error> {
        self.fence(key).await?;
        let at = self.at(key);
        if let Some(id) = id {
            match self.store.abort_multipart(&at, id).await {
                Ok(()) | Err(Error::NoSuchUpload(_)) => {}
                Err(error) => return Err(error),
            }
        }
        // Also what was finished already, when confirm did not get further than that.
        self.store.delete(&at).await
    }

    async fn parts(&self, key: &ObjectKey, id: &MultipartId) -> Result<Vec<PartMeta>, Error> {
        self.store.parts(&self.at(key), id).await
    }

    fn signed_get(&self, key: &ObjectKey, options: &GetOptions) -> Result<String, Error> {
        let seconds = u32::try_from(SIGNED_SECONDS).expect("twenty minutes");
        let valid = Validity { from: self.clock.now(), seconds };
        Ok(self.presigner.get(key, options, valid).into())
    }

    async fn open(
        &self,
        key: &ObjectKey,
        range: Option<ByteRange>,
    ) -> Result<ObjectContent, Error> {
        self.store.get(&self.at(key), range).await
    }

    async fn head(&self, key: &ObjectKey) -> Result<ObjectMeta, Error> {
        self.store.head(&self.at(key)).await
    }

    async fn put(
        &self,
        key: &ObjectKey,
        content_type: &str,
        bytes: Bytes,
    ) -> Result<ObjectMeta, Error> {
        self.store.put(&self.at(key), bytes.into(), PutOptions::of_type(content_type)).await
    }

    async fn delete(&self, key: &ObjectKey) -> Result<(), Error> {
        self.store.delete(&self.at(key)).await
    }
}
