//! A store behind somebody else's S3 wire: a foreign bucket, Ceph, MinIO, or our own store over
//! HTTP. Owns the calls; signing is a library's, what answers mean is in `reply`, what is checked
//! on the way out in `outgoing`.

mod call;
mod outgoing;
mod reply;

use std::{fmt, sync::Arc, time::Duration};

use albumen_model::Timestamp;
use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt};
use http::header;
use reqwest::Client;
use rusty_s3::{
    Credentials, S3Action,
    actions::{CreateMultipartUpload, ListObjectsV2, ListParts},
};

use self::{
    call::{condition, copy_source, sign_attributes, start_after},
    outgoing::Outgoing,
    reply::{About, crc64, etag, found, meta, unreachable},
};
use crate::{
    Attributes, Body, Bucket, BucketName, ByteRange, Clock, Credential, ETag, Error, ListPage,
    ListQuery, ListedObject, ListedPart, MAX_PAGE, MultipartId, ObjectAddress, ObjectContent,
    ObjectMeta, ObjectStore, OpenUpload, PartMeta, PartNumber, PartOptions, PutOptions, WriteMode,
    sign::S3Endpoint,
};

/// Silence after which a call is given up.
const SILENCE: Duration = Duration::from_secs(60);
/// Time for a connection to be made.
const CONNECT: Duration = Duration::from_secs(15);

/// Foreign S3 storage, reached with one key. Calls are not repeated here: the caller knows whether
/// it can give a body again. Drafts are not told apart ([`WriteMode::Draft`] is `IfAbsent`), and a
/// service that knows no CRC-64 tells none.
pub struct S3Store {
    http: Client,
    endpoint: S3Endpoint,
    credentials: Credentials,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for S3Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Store").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

impl S3Store {
    /// Connects to nothing yet. Proxies of the system apply to all but loopback addresses.
    pub fn new(
        endpoint: S3Endpoint,
        credential: &Credential,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        Self::trusting(endpoint, credential, clock, None)
    }

    /// The same, and trusts this certificate authority (DER) beside the system's own.
    pub fn trusting(
        endpoint: S3Endpoint,
        credential: &Credential,
        clock: Arc<dyn Clock>,
        authority: Option<&[u8]>,
    ) -> Result<Self, Error> {
        // Whoever came first has chosen; any choice will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let is_loopback = endpoint.url.host_str().is_some_and(|host| {
            let host = host.trim_start_matches('[').trim_end_matches(']');
            host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
        });
        let builder = Client::builder().connect_timeout(CONNECT).read_timeout(SILENCE);
        let builder = builder.redirect(reqwest::redirect::Policy::none());
        let builder = if is_loopback { builder.no_proxy() } else { builder };
        let builder = match authority {
            None => builder,
            Some(der) => {
                let certificate = reqwest::Certificate::from_der(der).map_err(unreachable)?;
                builder.add_root_certificate(certificate)
            }
        };
        let http = builder.build().map_err(unreachable)?;
        let Credential { access_key_id, secret_key } = credential;
        let credentials = Credentials::new(access_key_id.clone(), secret_key.expose().to_owned());
        Ok(Self { http, endpoint, credentials, clock })
    }
}

#[async_trait]
impl ObjectStore for S3Store {
    async fn create_bucket(&self, bucket: &BucketName) -> Result<(), Error> {
        let remote = self.remote(bucket)?;
        let action = remote.create_bucket(&self.credentials);
        let body = Outgoing::xml(action.body());
        match self.call(action, About::Bucket(bucket), &[], Some(body)).await {
            Ok(_) => Ok(()),
            Err(Error::Remote { code, .. }) if code == "BucketAlreadyOwnedByYou" => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn has_bucket(&self, bucket: &BucketName) -> Result<bool, Error> {
        let remote = self.remote(bucket)?;
        let action = remote.head_bucket(Some(&self.credentials));
        match self.call(action, About::Bucket(bucket), &[], None).await {
            Ok(_) => Ok(true),
            Err(Error::NoSuchBucket(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn buckets(&self) -> Result<Vec<Bucket>, Error> {
        let xml = self.ask(self.endpoint.url.clone(), &[], About::Service).await?;
        let (names, dates) = (found(&xml, "Name"), found(&xml, "CreationDate"));
        let created = dates.chain(std::iter::repeat("")).map(Timestamp::parse);
        let buckets = names.zip(created);
        buckets.map(|(name, created)| Ok(Bucket { name: name.parse()?, created })).collect()
    }

    async fn delete_bucket(&self, bucket: &BucketName) -> Result<(), Error> {
        let remote = self.remote(bucket)?;
        let action = remote.delete_bucket(&self.credentials);
        self.call(action, About::Bucket(bucket), &[], None).await.map(drop)
    }

    async fn put(
        &self,
        at: &ObjectAddress,
        body: Body,
        options: PutOptions,
    ) -> Result<ObjectMeta, Error> {
        let remote = self.remote(&at.bucket)?;
        let mut action = remote.put_object(Some(&self.credentials), at.key.as_str());
        sign_attributes(action.headers_mut(), &options.attributes);
        let body = Outgoing::new(body, options.expected, options.gate);
        let sent = body.digest();
        let extra: Vec<_> = condition(options.mode).into_iter().collect();
        let response = self.call(action, About::Object(at), &extra, Some(body)).await?;
        let (size, crc) = sent.get(crc64(&response))?;
        let (etag, modified) = (etag(&response)?, self.clock.now());
        let attributes = options.attributes;
        Ok(ObjectMeta { size, crc64: Some(crc), etag, modified, attributes })
    }

    async fn get(
        &self,
        at: &ObjectAddress,
        range: Option<ByteRange>,
    ) -> Result<ObjectContent, Error> {
        let remote = self.remote(&at.bucket)?;
        let action = remote.get_object(Some(&self.credentials), at.key.as_str());
        let wanted = range.map(|range| match range {
            ByteRange::From(first) => format!("bytes={first}-"),
            ByteRange::Inclusive(first, last) => format!("bytes={first}-{last}"),
            ByteRange::Last(count) => format!("bytes=-{count}"),
        });
        let extra: Vec<_> = wanted.map(|wanted| (header::RANGE, wanted)).into_iter().collect();
        let response = self.call(action, About::Object(at), &extra, None).await?;
        let (meta, range) = reply::content(&response)?;
        let stream = response.bytes_stream().map_err(std::io::Error::other).boxed();
        Ok(ObjectContent { meta, range, stream })
    }

    async fn head(&self, at: &ObjectAddress) -> Result<ObjectMeta, Error> {
        let remote = self.remote(&at.bucket)?;
        let action = remote.head_object(Some(&self.credentials), at.key.as_str());
        let response = self.call(action, About::Object(at), &[], None).await?;
        meta(&response)
    }

    async fn delete(&self, at: &ObjectAddress) -> Result<(), Error> {
        let remote = self.remote(&at.bucket)?;
        let action = remote.delete_object(Some(&self.credentials), at.key.as_str());
        match self.call(action, About::Object(at), &[], None).await {
            Ok(_) | Err(Error::NotFound(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn list(&self, bucket: &BucketName, query: &ListQuery) -> Result<ListPage, Error> {
        let remote = self.remote(bucket)?;
        let mut action = ListObjectsV2::new(&remote, Some(&self.credentials));
        action.with_max_keys(query.limit.min(MAX_PAGE));
        if !query.prefix.is_empty() {
            action.with_prefix(query.prefix.as_str());
        }
        if !query.delimiter.is_empty() {
            action.with_delimiter(query.delimiter.as_str());
        }
        if let Some(after) = start_after(query) {
            action.with_start_after(after);
        }
        let response = self.call(action, About::Bucket(bucket), &[], None).await?;
        let listed = ListObjectsV2::parse_response(&Self::text(response).await?)
            .map_err(|_| Error::Damaged("a listing of the remote store"))?;
        let objects = listed.contents.into_iter().map(|entry| ListedObject {
            size: entry.size.unwrap_or(0),
            etag: ETag::new(entry.etag.as_deref().unwrap_or_default()),
            crc64: None,
            modified: reply::moment(entry.last_modified.as_deref()),
            key: entry.key,
        });
        let objects: Vec<_> = objects.collect();
        let prefixes: Vec<_> = listed.common_prefixes.into_iter().map(|one| one.prefix).collect();
        let last_key = objects.last().map(|object| object.key.clone());
        let last = last_key.max(prefixes.last().cloned());
        let next = listed.next_continuation_token.and(last);
        Ok(ListPage { objects, prefixes, next })
    }

    async fn create_multipart(
        &self,
        at: &ObjectAddress,
        attributes: Attributes,
    ) -> Result<MultipartId, Error> {
        let remote = self.remote(&at.bucket)?;
        let mut action = remote.create_multipart_upload(Some(&self.credentials), at.key.as_str());
        sign_attributes(action.headers_mut(), &attributes);
        let response = self.call(action, About::Object(at), &[], None).await?;
        let created = CreateMultipartUpload::parse_response(&Self::text(response).await?);
        let created = created.map_err(|_| Error::Damaged("a reply of the remote store"))?;
        created.upload_id().parse()
    }

    async fn put_part(
        &self,
        at: &ObjectAddress,
        id: &MultipartId,
        number: PartNumber,
        body: Body,
        options: PartOptions,
    ) -> Result<PartMeta, Error> {
        let remote = self.remote(&at.bucket)?;
        let action =
            remote.upload_part(Some(&self.credentials), at.key.as_str(), number.get(), id.as_str());
        if let Some(limit) = options.total_limit.filter(|limit| body.length > *limit) {
            return Err(Error::TooLarge { limit });
        }
        let body = Outgoing::new(body, options.expected, options.gate);
        let sent = body.digest();
        let response = self.call(action, About::Upload(at, id), &[], Some(body)).await?;
        let (size, crc) = sent.get(crc64(&response))?;
        let (etag, modified) = (etag(&response)?, self.clock.now());
        Ok(PartMeta { number, size, etag, crc64: Some(crc), modified })
    }

    async fn uploads(&self, bucket: &BucketName, prefix: &str) -> Result<Vec<OpenUpload>, Error> {
        let remote = self.remote(bucket)?;
        let mut uploads = Vec::new();
        let mut after: Option<(String, String)> = None;
        loop {
            let (key, id) = after.take().unwrap_or_default();
            let query = [
                ("encoding-type", "url"),
                ("key-marker", key.as_str()),
                ("prefix", prefix),
                ("upload-id-marker", id.as_str()),
                ("uploads", ""),
            ];
            let xml = self.ask(remote.base_url().clone(), &query, About::Bucket(bucket)).await?;
            let before = uploads.len();
            uploads.append(&mut reply::uploads(&xml)?);
            let last = uploads.last().filter(|_| uploads.len() > before);
            match last.filter(|_| found(&xml, "IsTruncated").next() == Some("true")) {
                Some(last) => after = Some((last.key.to_string(), last.id.to_string())),
                None => break,
            }
        }
        uploads.sort_unstable();
        Ok(uploads)
    }

    async fn parts(&self, at: &ObjectAddress, id: &MultipartId) -> Result<Vec<PartMeta>, Error> {
        let remote = self.remote(&at.bucket)?;
        let (mut parts, mut after) = (Vec::new(), None);
        loop {
            let credentials = Some(&self.credentials);
            let mut action = ListParts::new(&remote, credentials, at.key.as_str(), id.as_str());
            if let Some(after) = after {
                action.set_part_number_marker(after);
            }
            let response = self.call(action, About::Upload(at, id), &[], None).await?;
            let page = ListParts::parse_response(&Self::text(response).await?)
                .map_err(|_| Error::Damaged("a list of parts of the remote store"))?;
            for part in page.parts {
                parts.push(PartMeta {
                    number: PartNumber::try_from(part.number)?,
                    size: part.size,
                    etag: ETag::new(&part.etag),
                    crc64: None,
                    modified: reply::moment(Some(&part.last_modified)),
                });
            }
            after = page.next_part_number_marker;
            if after.is_none() {
                return Ok(parts);
            }
        }
    }

    async fn complete_multipart(
        &self,
        at: &ObjectAddress,
        id: &MultipartId,
        parts: &[ListedPart],
        mode: WriteMode,
    ) -> Result<ObjectMeta, Error> {
        let remote = self.remote(&at.bucket)?;
        let (credentials, key) = (Some(&self.credentials), at.key.as_str());
        let none = std::iter::empty::<&str>();
        let action = remote.complete_multipart_upload(credentials, key, id.as_str(), none);
        let body = Outgoing::xml(reply::completion(parts));
        let extra: Vec<_> = condition(mode).into_iter().collect();
        let response = self.call(action, About::Upload(at, id), &extra, Some(body)).await?;
        // Success may be said before it is known: then the body holds an error.
        let told = crc64(&response);
        reply::refuse_late_error(&Self::text(response).await?, About::Upload(at, id))?;
        let stored = self.head(at).await?;
        Ok(ObjectMeta { crc64: stored.crc64.or(told), ..stored })
    }

    async fn copy(
        &self,
        from: &ObjectAddress,
        to: &ObjectAddress,
        etag: &ETag,
    ) -> Result<(), Error> {
        let remote = self.remote(&to.bucket)?;
        let mut action = remote.put_object(Some(&self.credentials), to.key.as_str());
        let source = copy_source(from);
        action.headers_mut().insert("x-amz-copy-source", source);
        action.headers_mut().insert("x-amz-copy-source-if-match", etag.quoted());
        let response = self.call(action, About::Object(from), &[], None).await?;
        // Success may be said before it is known: then the body holds an error.
        reply::refuse_late_error(&Self::text(response).await?, About::Object(from))?;
        // Not every store knows the condition.
        let copied = self.head(to).await?;
        match copied.etag == *etag {
            true => Ok(()),
            false => Err(Error::PreconditionFailed(from.clone())),
        }
    }

    async fn abort_multipart(&self, at: &ObjectAddress, id: &MultipartId) -> Result<(), Error> {
        let remote = self.remote(&at.bucket)?;
        let (credentials, key) = (Some(&self.credentials), at.key.as_str());
        let action = remote.abort_multipart_upload(credentials, key, id.as_str());
        self.call(action, About::Upload(at, id), &[], None).await.map(drop)
    }
}
