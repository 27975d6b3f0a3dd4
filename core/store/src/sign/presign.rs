//! Pre-signed URLs with AWS SigV4: for downloads from the embedded store, and for everything on
//! plain S3, where each part needs a URL of its own.

use std::time::Duration;

use albumen_model::Timestamp;
use rusty_s3::{Bucket, Credentials, S3Action, UrlStyle};
use url::Url;

use crate::{
    BucketName, Credential, Error, MultipartId, ObjectKey, PartNumber, data_plane::GetOptions,
    wire::TRAFFIC_LIMIT,
};

/// Where a bucket is served.
#[derive(Clone, Debug)]
pub struct S3Endpoint {
    /// Scheme, host, port: `https://s3.eu-central-1.amazonaws.com`.
    pub url: Url,
    /// Region as the service calls it; the embedded store takes any.
    pub region: String,
    /// `/<bucket>/<key>` if true, `<bucket>.host/<key>` otherwise.
    pub is_path_style: bool,
}

impl S3Endpoint {
    /// An endpoint addressed by path, region `us-east-1`: what the embedded store is.
    pub fn path_style(url: Url) -> Self {
        Self { url, region: "us-east-1".into(), is_path_style: true }
    }

    pub(crate) fn bucket(&self, name: &BucketName) -> Result<Bucket, Error> {
        let style = if self.is_path_style { UrlStyle::Path } else { UrlStyle::VirtualHost };
        Bucket::new(self.url.clone(), style, name.as_str().to_owned(), self.region.clone())
            .map_err(|_| Error::Configuration("the endpoint is not the URL of a server"))
    }
}

/// Makes pre-signed URLs for one bucket.
#[derive(Clone)]
pub struct S3Presigner {
    bucket: Bucket,
    credentials: Credentials,
}

impl std::fmt::Debug for S3Presigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("S3Presigner").field("bucket", &self.bucket.name()).finish_non_exhaustive()
    }
}

impl S3Presigner {
    /// For this bucket, with this key.
    pub fn new(
        endpoint: &S3Endpoint,
        bucket: &BucketName,
        credential: &Credential,
    ) -> Result<Self, Error> {
        let Credential { access_key_id, secret_key } = credential;
        let credentials = Credentials::new(access_key_id.clone(), secret_key.expose().to_owned());
        Ok(Self { bucket: endpoint.bucket(bucket)?, credentials })
    }

    /// A URL that reads an object.
    pub fn get(&self, key: &ObjectKey, options: &GetOptions, valid: Validity) -> Url {
        let mut action = self.bucket.get_object(Some(&self.credentials), key.as_str());
        if let Some(disposition) = &options.content_disposition {
            action.query_mut().insert("response-content-disposition", disposition.as_str());
        }
        if let Some(content_type) = &options.content_type {
            action.query_mut().insert("response-content-type", content_type.as_str());
        }
        if let Some(bytes) = options.bytes_per_second {
            let bits = bytes.saturating_mul(8).to_string();
            action.query_mut().insert(TRAFFIC_LIMIT, bits);
        }
        valid.sign(&action)
    }

    /// A URL that takes one PUT of an object. With `content_type`, the request must carry exactly
    /// it.
    pub fn put(&self, key: &ObjectKey, content_type: Option<&str>, valid: Validity) -> Url {
        let mut action = self.bucket.put_object(Some(&self.credentials), key.as_str());
        if let Some(content_type) = content_type {
            action.headers_mut().insert("content-type", content_type.to_owned());
        }
        valid.sign(&action)
    }

    /// A URL that takes one PUT of a part.
    pub fn part(
        &self,
        key: &ObjectKey,
        id: &MultipartId,
        number: PartNumber,
        valid: Validity,
    ) -> Url {
        let credentials = Some(&self.credentials);
        let action = self.bucket.upload_part(credentials, key.as_str(), number.get(), id.as_str());
        valid.sign(&action)
    }
}

/// From when and how long a URL is good.
#[derive(Clone, Copy, Debug)]
pub struct Validity {
    /// The moment of signing.
    pub from: Timestamp,
    /// Seconds from then on.
    pub seconds: u32,
}

impl Validity {
    pub(crate) fn sign<'a>(self, action: &impl S3Action<'a>) -> Url {
        let from = jiff::Timestamp::from_millisecond(self.from.millis()).unwrap_or_default();
        action.sign_with_time(Duration::from_secs(self.seconds.into()), &from)
    }
}
