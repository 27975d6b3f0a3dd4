//! The data plane of a COS bucket: one set of signed headers serves the object or every part, with
//! a key that is good for that one object only where such keys can be had. Owns what clients are
//! given; the service's own calls go by COS's S3 form.

use std::{collections::BTreeMap, sync::Arc};

use albumen_model::{Crc64, Timestamp};
use async_trait::async_trait;
use bytes::Bytes;
use serde_json::{Value, json};
use url::Url;

use super::{
    DataPlane, GetOptions, SIGNED_SECONDS, UploadRequest, UploadTarget,
    embedded::{limit_field, type_of, url_path},
    remote::Remote,
};
use crate::{
    Attributes, BucketName, ByteRange, Clock, Credential, Error, MultipartId, ObjectContent,
    ObjectKey, ObjectMeta, ObjectStore, PartMeta,
    digest::check_crc64,
    s3::S3Store,
    sign::{CosSigner, FormGrant, KeyTime, S3Endpoint, sign_form},
    wire::TRAFFIC_LIMIT,
};

/// Header and form field of a temporary key's token.
const TOKEN: &str = "x-cos-security-token";
/// Header that makes a put write-once.
const FORBID_OVERWRITE: &str = "x-cos-forbid-overwrite";

/// A COS bucket.
#[derive(Clone, Debug)]
pub struct CosConfig {
    /// `ap-guangzhou`.
    pub region: String,
    /// Name with the account's number: `photos-1250000000`.
    pub bucket: BucketName,
    /// What of it is ours: `name/name/`, or empty.
    pub prefix: String,
    /// Where clients reach the bucket, if not at COS's own domain: a domain or a server of your
    /// own.
    pub public_url: Option<Url>,
    /// The service's own key: may read, write, delete and list there.
    pub credential: Credential,
}

impl CosConfig {
    /// Where the service reaches COS in its S3 form.
    fn endpoint(&self) -> Result<S3Endpoint, Error> {
        let url = format!("https://cos.{}.myqcloud.com", self.region).parse();
        let url = url.map_err(|_| Error::Configuration("the region is none"))?;
        Ok(S3Endpoint { url, region: self.region.clone(), is_path_style: false })
    }

    /// Where clients reach the bucket.
    fn public(&self) -> Result<Url, Error> {
        let own = || {
            let url = format!("https://{}.cos.{}.myqcloud.com", self.bucket, self.region);
            url.parse().map_err(|_| Error::Configuration("the region is none"))
        };
        self.public_url.clone().map_or_else(own, Ok)
    }
}

/// What a temporary key is to be good for: putting one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CosGrant {
    /// Region of the bucket.
    pub region: String,
    /// The bucket.
    pub bucket: BucketName,
    /// The one key.
    pub key: ObjectKey,
    /// Whether its parts are put, not the whole.
    pub is_multipart: bool,
    /// Most bytes of one put.
    pub max_bytes: u64,
    /// Seconds until it ends.
    pub seconds: i64,
}

impl CosGrant {
    /// The policy that a temporary key must be asked for with (`GetFederationToken` of STS): these
    /// actions on this key, nothing else.
    ///
    /// ```json
    /// {"version": "2.0", "statement": [{"effect": "allow",
    ///   "action": ["name/cos:PutObject", "name/cos:PostObject"],
    ///   "resource": ["qcs::cos:ap-guangzhou:uid/125:photos-125/albumen/content/L/1f"],
    ///   "condition": {"numeric_less_than_equal": {"cos:content-length": 9}}}]}
    /// ```
    pub fn policy(&self) -> Value {
        let Self { region, bucket, key, .. } = self;
        let account = bucket.as_str().rsplit_once('-').map_or("", |(_, account)| account);
        let actions = match self.is_multipart {
            true => json!(["name/cos:UploadPart"]),
            false => json!(["name/cos:PutObject", "name/cos:PostObject"]),
        };
        json!({
            "version": "2.0",
            "statement": [{
                "effect": "allow",
                "action": actions,
                "resource": [format!("qcs::cos:{region}:uid/{account}:{bucket}/{key}")],
                "condition": {"numeric_less_than_equal": {"cos:content-length": self.max_bytes}},
            }],
        })
    }
}

/// A key to sign one upload with.
#[derive(Clone, Debug)]
pub struct CosKey {
    /// Id and secret.
    pub credential: Credential,
    /// The token that travels with a temporary key; `None` for one that is not.
    pub token: Option<String>,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Gives out keys that are good for one upload. Whoever reaches STS implements this with
/// [`CosGrant::policy`].
#[async_trait]
pub trait CosKeyIssuer: Send + Sync {
    /// A key that is good for this and nothing else.
    async fn issue(&self, grant: &CosGrant, now: Timestamp) -> Result<CosKey, Error>;
}

/// One key for everything, so that a target is limited by its signature alone: method, host, path,
/// type and the headers that are in it. A holder can add headers that nobody signed (`x-cos-acl`
/// ...); where that matters, temporary keys are needed.
#[derive(Clone, Debug)]
pub struct StaticCosKey(pub Credential);

#[async_trait]
impl CosKeyIssuer for StaticCosKey {
    async fn issue(&self, grant: &CosGrant, now: Timestamp) -> Result<CosKey, Error> {
        let expires_at = now.plus_seconds(grant.seconds);
        Ok(CosKey { credential: self.0.clone(), token: None, expires_at })
    }
}

/// See the module.
pub struct CosDataPlane {
    remote: Remote,
    issuer: Arc<dyn CosKeyIssuer>,
    own: CosSigner,
    region: String,
    public: Url,
    clock: Arc<dyn Clock>,
}

impl CosDataPlane {
    /// Connects to nothing yet.
    pub fn new(
        config: CosConfig,
        issuer: Arc<dyn CosKeyIssuer>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let store = S3Store::new(config.endpoint()?, &config.credential, Arc::clone(&clock))?;
        Self::over(Arc::new(store), config, issuer, clock)
    }

    /// Over a store that is given: the bucket of the config is looked for in it.
    pub fn over(
        store: Arc<dyn ObjectStore>,
        config: CosConfig,
        issuer: Arc<dyn CosKeyIssuer>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let public = config.public()?;
        let CosConfig { region, bucket, prefix, credential, .. } = config;
        let remote = Remote::new(store, bucket, prefix)?;
        Ok(Self { remote, issuer, own: CosSigner::new(credential), region, public, clock })
    }

    fn host(&self) -> String {
        let port = self.public.port().map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}{port}", self.public.host_str().unwrap_or_default())
    }

    /// Decoded path of an object at the public address.
    fn path(&self, key: &ObjectKey) -> Result<String, Error> {
        let base = self.public.path().trim_end_matches('/');
        Ok(format!("{base}/{}", self.remote.content_key(key)?))
    }

    async fn key(&self, request: &UploadRequest, is_multipart: bool) -> Result<Key, Error> {
        let now = self.clock.now();
        let grant = CosGrant {
            region: self.region.clone(),
            bucket: self.remote.bucket.clone(),
            key: self.remote.content_key(&request.key)?,
            is_multipart,
            max_bytes: request.size_cap,
            seconds: SIGNED_SECONDS,
        };
        let key = self.issuer.issue(&grant, now).await?;
        let end = key.expires_at.min(now.plus_seconds(SIGNED_SECONDS));
        let time = KeyTime { start: now.millis() / 1000, end: end.millis() / 1000 };
        Ok(Key { key, time, end })
    }

    /// A target with the headers that its key signs.
    async fn headers(
        &self,
        request: &UploadRequest,
        id: Option<MultipartId>,
    ) -> Result<UploadTarget, Error> {
        let Key { key, time, end } = self.key(request, id.is_some()).await?;
        let mut headers = limit_field(request);
        headers.insert("content-type".to_owned(), type_of(request));
        if id.is_none() {
            headers.insert(FORBID_OVERWRITE.to_owned(), "true".to_owned());
        }
        headers.extend(key.token.map(|token| (TOKEN.to_owned(), token)));
        let path = self.path(&request.key)?;
        let signer = CosSigner::new(key.credential);
        let signature = signer.sign_headers("put", &self.host(), &path, &headers, time);
        headers.insert("Authorization".to_owned(), signature);
        if let Some(kind) = headers.remove("content-type") {
            headers.insert("Content-Type".to_owned(), kind);
        }
        Ok(UploadTarget {
            scheme: self.public.scheme().to_owned(),
            domain: self.host(),
            path: url_path(&path),
            headers,
            parts: None,
            form: BTreeMap::new(),
            multipart_id: id,
            expires_at: end,
        })
    }

    async fn form(&self, request: &UploadRequest) -> Result<UploadTarget, Error> {
        let Key { key, time, end } = self.key(request, false).await?;
        let object_key = self.remote.content_key(&request.key)?;
        let mut fields = limit_field(request);
        fields.insert("content-type".to_owned(), type_of(request));
        fields.insert(FORBID_OVERWRITE.to_owned(), "true".to_owned());
        fields.extend(key.token.map(|token| (TOKEN.to_owned(), token)));
        let grant = FormGrant {
            bucket: self.remote.bucket.as_str(),
            key: object_key.as_str(),
            max_bytes: request.size_cap,
            fields,
        };
        Ok(UploadTarget {
            scheme: self.public.scheme().to_owned(),
            domain: self.host(),
            path: self.public.path().to_owned(),
            headers: BTreeMap::new(),
            parts: None,
            form: sign_form(&key.credential, &grant, time),
            multipart_id: None,
            expires_at: end,
        })
    }
}

/// A key with the time it signs for.
struct Key {
    key: CosKey,
    time: KeyTime,
    end: Timestamp,
}

#[async_trait]
impl DataPlane for CosDataPlane {
    fn scheme(&self) -> &str {
        self.public.scheme()
    }

    async fn begin_simple(&self, request: &UploadRequest) -> Result<UploadTarget, Error> {
        self.headers(request, None).await
    }

    async fn begin_multipart(&self, request: &UploadRequest) -> Result<UploadTarget, Error> {
        let at = self.remote.content(&request.key)?;
        let attributes = Attributes::of_type(type_of(request));
        let id = self.remote.store.create_multipart(&at, attributes).await?;
        self.headers(request, Some(id)).await
    }

    async fn begin_form(&self, request: &UploadRequest) -> Result<UploadTarget, Error> {
        self.form(request).await
    }

    async fn renew(
        &self,
        request: &UploadRequest,
        id: Option<&MultipartId>,
    ) -> Result<UploadTarget, Error> {
        if let Some(id) = id {
            self.remote.parts(&request.key, id).await?;
        }
        self.headers(request, id.cloned()).await
    }

    async fn fence(&self, _: &ObjectKey) -> Result<Option<Timestamp>, Error> {
        Ok(Some(self.clock.now().plus_seconds(SIGNED_SECONDS)))
    }

    async fn finish(
        &self,
        request: &UploadRequest,
        id: Option<&MultipartId>,
        expected: Option<Crc64>,
    ) -> Result<ObjectMeta, Error> {
        if let Some(id) = id {
            return self.remote.complete(request, id, expected).await;
        }
        // It was put to its place, write-once.
        let at = self.remote.content(&request.key)?;
        check_crc64(expected, self.remote.store.head(&at).await?.crc64)?;
        self.remote.verified(request, &at, expected).await
    }

    async fn abort(&self, key: &ObjectKey, id: Option<&MultipartId>) -> Result<(), Error> {
        self.remote.abort(key, id).await
    }

    async fn parts(&self, key: &ObjectKey, id: &MultipartId) -> Result<Vec<PartMeta>, Error> {
        self.remote.parts(key, id).await
    }

    fn signed_get(&self, key: &ObjectKey, options: &GetOptions) -> Result<String, Error> {
        let limit = options.bytes_per_second.map(|bytes| bytes.saturating_mul(8).to_string());
        let params = [
            ("response-content-disposition", options.content_disposition.clone()),
            ("response-content-type", options.content_type.clone()),
            (TRAFFIC_LIMIT, limit),
        ];
        let params = params.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let now = self.clock.now().millis() / 1000;
        let time = KeyTime { start: now, end: now + SIGNED_SECONDS };
        let path = self.path(key)?;
        let query = self.own.presign_query("get", &self.host(), &path, &params.collect(), time);
        Ok(format!("{}://{}{}?{query}", self.public.scheme(), self.host(), url_path(&path)))
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
