//! The data plane of a plain S3 bucket: pre-signed addresses, one for the object or one for each
//! part. Signatures cannot be taken back there, so what a client puts whole lands beside the
//! content and is copied to its place, inside the store, when it is confirmed; a completed
//! multipart upload takes no more parts anyway.

use std::{collections::BTreeMap, sync::Arc};

use albumen_model::{Crc64, Timestamp, smh::SignedPart};
use async_trait::async_trait;
use bytes::Bytes;
use url::Url;

use super::{
    DataPlane, GetOptions, PARTS_AT_ONCE, SIGNED_SECONDS, UploadRequest, UploadTarget,
    embedded::type_of,
    remote::{Remote, within},
};
use crate::{
    Attributes, BucketName, ByteRange, Clock, Credential, Error, MultipartId, ObjectContent,
    ObjectKey, ObjectMeta, ObjectStore, PartMeta, PartNumber,
    digest::check_crc64,
    s3::S3Store,
    sign::{S3Endpoint, S3Presigner, Validity},
};

/// A bucket of somebody else's S3.
#[derive(Clone, Debug)]
pub struct S3Config {
    /// Where this service reaches it.
    pub endpoint: S3Endpoint,
    /// Where clients reach it, if that is another address.
    pub public_url: Option<Url>,
    /// The bucket; it must be there.
    pub bucket: BucketName,
    /// What of it is ours: `name/name/`, or empty.
    pub prefix: String,
    /// A key that may read, write, delete and list there.
    pub credential: Credential,
}

/// See the module.
pub struct S3DataPlane {
    remote: Remote,
    presigner: S3Presigner,
    /// Of the address that clients use.
    scheme: String,
    clock: Arc<dyn Clock>,
}

impl S3DataPlane {
    /// Connects to nothing yet.
    pub fn new(config: S3Config, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        let endpoint = config.endpoint.clone();
        let store = S3Store::new(endpoint, &config.credential, Arc::clone(&clock))?;
        Self::over(Arc::new(store), config, clock)
    }

    /// Over a store that is given: the bucket of the config is looked for in it.
    pub fn over(
        store: Arc<dyn ObjectStore>,
        config: S3Config,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let S3Config { endpoint, public_url, bucket, prefix, credential } = config;
        let url = public_url.unwrap_or_else(|| endpoint.url.clone());
        let scheme = url.scheme().to_owned();
        let public = S3Endpoint { url, ..endpoint };
        let presigner = S3Presigner::new(&public, &bucket, &credential)?;
        Ok(Self { remote: Remote::new(store, bucket, prefix)?, presigner, scheme, clock })
    }

    /// Bytes that were read back from the store, because it tells no CRC-64.
    pub fn bytes_read_back(&self) -> u64 {
        self.remote.bytes_read_back()
    }

    fn valid(&self) -> Validity {
        let seconds = u32::try_from(SIGNED_SECONDS).expect("twenty minutes");
        Validity { from: self.clock.now(), seconds }
    }

    fn until(&self) -> Timestamp {
        self.clock.now().plus_seconds(SIGNED_SECONDS)
    }

    /// A target of one address that is good for one PUT.
    fn whole(&self, request: &UploadRequest) -> Result<UploadTarget, Error> {
        let content_type = type_of(request);
        let key = self.remote.incoming_key(&request.key)?;
        let url = self.presigner.put(&key, Some(&content_type), self.valid());
        let headers = BTreeMap::from([("Content-Type".to_owned(), content_type)]);
        let path = format!("{}?{}", url.path(), url.query().unwrap_or_default());
        self.target(&url, path, headers)
    }

    /// A target whose parts have a signature each.
    fn in_parts(&self, request: &UploadRequest, id: MultipartId) -> Result<UploadTarget, Error> {
        let key = self.remote.content_key(&request.key)?;
        let most = usize::from(PARTS_AT_ONCE);
        let signed = request.parts.clone().take(most).map(|number| {
            let part = PartNumber::try_from(number)?;
            let url = self.presigner.part(&key, &id, part, self.valid());
            Ok((number, url))
        });
        let signed: Vec<(u16, Url)> = signed.collect::<Result<_, Error>>()?;
        let (_, url) = signed.first().ok_or(Error::BadPartNumber)?;
        let mut target = self.target(url, url.path().to_owned(), BTreeMap::new())?;
        let part = |(number, url): (u16, Url)| {
            let query = url.query().map(str::to_owned);
            (number, SignedPart { headers: BTreeMap::new(), query })
        };
        target.parts = Some(signed.into_iter().map(part).collect());
        target.multipart_id = Some(id);
        Ok(target)
    }

    fn target(
        &self,
        url: &Url,
        path: String,
        headers: BTreeMap<String, String>,
    ) -> Result<UploadTarget, Error> {
        let host = url.host_str().ok_or(Error::Configuration("the endpoint has no host"))?;
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        Ok(UploadTarget {
            scheme: self.scheme.clone(),
            domain: format!("{host}{port}"),
            path,
            headers,
            parts: None,
            form: BTreeMap::new(),
            multipart_id: None,
            expires_at: self.until(),
        })
    }

    /// Takes what a client put and makes it content that no client can reach.
    async fn take_in(
        &self,
        request: &UploadRequest,
        expected: Option<Crc64>,
    ) -> Result<ObjectMeta, Error> {
        let (incoming, content) =
            (self.remote.incoming(&request.key)?, self.remote.content(&request.key)?);
        let store = &self.remote.store;
        match store.head(&content).await {
            // It was finished before and the answer was lost.
            Ok(_) => {}
            Err(Error::NotFound(_)) => {
                let draft = store.head(&incoming).await?;
                within(request, draft.size)?;
                check_crc64(expected, draft.crc64)?;
                store.copy(&incoming, &content, &draft.etag).await?;
            }
            Err(error) => return Err(error),
        }
        let finished = self.remote.verified(request, &content, expected).await?;
        if let Err(error) = store.delete(&incoming).await {
            tracing::warn!(%error, "A draft stays until its lifecycle ends");
        }
        Ok(finished)
    }
}

#[async_trait]
impl DataPlane for S3DataPlane {
    fn scheme(&self) -> &str {
        &self.scheme
    }

    async fn begin_simple(&self, request: &UploadRequest) -> Result<UploadTarget, Error> {
        self.whole(request)
    }

    async fn begin_multipart(&self, request: &UploadRequest) -> Result<UploadTarget, Error> {
        let at = self.remote.content(&request.key)?;
        let attributes = Attributes::of_type(type_of(request));
        let id = self.remote.store.create_multipart(&at, attributes).await?;
        self.in_parts(request, id)
    }

    async fn begin_form(&self, _: &UploadRequest) -> Result<UploadTarget, Error> {
        Err(Error::NotOffered("form uploads"))
    }

    async fn renew(
        &self,
        request: &UploadRequest,
        id: Option<&MultipartId>,
    ) -> Result<UploadTarget, Error> {
        match id {
            Some(id) => {
                self.remote.parts(&request.key, id).await?;
                self.in_parts(request, id.clone())
            }
            None => self.whole(request),
        }
    }

    async fn fence(&self, _: &ObjectKey) -> Result<Option<Timestamp>, Error> {
        Ok(Some(self.until()))
    }

    async fn finish(
        &self,
        request: &UploadRequest,
        id: Option<&MultipartId>,
        expected: Option<Crc64>,
    ) -> Result<ObjectMeta, Error> {
        match id {
            Some(id) => self.remote.complete(request, id, expected).await,
            None => self.take_in(request, expected).await,
        }
    }

    async fn abort(&self, key: &ObjectKey, id: Option<&MultipartId>) -> Result<(), Error> {
        self.remote.abort(key, id).await
    }

    async fn parts(&self, key: &ObjectKey, id: &MultipartId) -> Result<Vec<PartMeta>, Error> {
        self.remote.parts(key, id).await
    }

    fn signed_get(&self, key: &ObjectKey, options: &GetOptions) -> Result<String, Error> {
        // A foreign store may refuse a parameter that it does not know.
        let options = GetOptions { bytes_per_second: None, ..options.clone() };
        Ok(self.presigner.get(&self.remote.content_key(key)?, &options, self.valid()).into())
    }

    async fn open(
        &self,
        key: &ObjectKey,
        range: Option<ByteRange>,
    ) -> Result<ObjectContent, Error> {
        self.remote.open(key, range).await
    }

    async fn head(&self, key: &ObjectKey) -> Result<ObjectMeta, Error> {
        self.remote.head(key).await
    }

    async fn put(
        &self,
        key: &ObjectKey,
        content_type: &str,
        bytes: Bytes,
    ) -> Result<ObjectMeta, Error> {
        self.remote.put(key, content_type, bytes).await
    }

    async fn delete(&self, key: &ObjectKey) -> Result<(), Error> {
        self.remote.delete(key).await
    }
}
