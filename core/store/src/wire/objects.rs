//! Whole objects over the wire: put, get, head, delete, copy.

use std::sync::Arc;

use futures::{StreamExt, stream};
use s3s::{
    S3Request, S3Response, S3Result,
    dto::{
        CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopySource, DeleteObjectInput,
        DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, DeletedObject, ETagCondition,
        Error as ErrorEntry, GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput,
        MetadataDirective, PutObjectInput, PutObjectOutput,
    },
    s3_error,
};

use super::{
    admission::Caller,
    body::{incoming, outgoing},
    checksums::{Checksums, content_md5},
    conditions::Conditions,
    fields::{address, attributes, crc_header, date, etag, range, signed},
    pace::{Pace, paced},
};
use crate::{
    Attributes, Body, Expected, ObjectAddress, ObjectMeta, ObjectStore, PutOptions, WriteMode,
    upload_keys::Grant,
};

/// Objects of one bulk delete that are removed at once; the store commits them together.
const DELETES_AT_ONCE: usize = 64;

/// The grant of an upload session's request.
pub(super) fn grant<T>(request: &S3Request<T>) -> Option<Arc<Grant>> {
    match request.extensions.get::<Caller>() {
        Some(Caller::Upload(grant)) => Some(Arc::clone(grant)),
        _ => None,
    }
}

pub(super) async fn put(
    store: &dyn ObjectStore,
    request: S3Request<PutObjectInput>,
) -> S3Result<S3Response<PutObjectOutput>> {
    let (grant, checksums) = (grant(&request), Checksums::of(&request));
    let pace = request.extensions.get::<Pace>().copied();
    let S3Request { input, headers, .. } = request;
    refuse_what_is_not_offered(&input)?;
    let at = address(&input.bucket, &input.key)?;
    let md5 = content_md5(input.content_md5.as_deref())?;
    let body = incoming(input.body, input.content_length, grant.clone(), checksums, pace)?;
    let mut options = PutOptions {
        mode: write_mode(input.if_none_match.as_ref())?,
        expected: Expected { crc64: None, md5 },
        ..PutOptions::default()
    };
    match grant {
        Some(grant) => {
            options.mode = WriteMode::Draft;
            options.gate = Some(grant.gate());
            options.attributes.content_type = grant.scope.content_type.clone();
        }
        None => {
            options.attributes = attributes(&headers, input.content_type, input.metadata)?;
        }
    }
    let stored = store.put(&at, body, options).await?;
    let output = PutObjectOutput { e_tag: Some(etag(&stored.etag)), ..Default::default() };
    Ok(S3Response::with_headers(output, crc_header(stored.crc64)))
}

/// Encryption, locks and tags would be ignored silently, which is worse than refusing them.
fn refuse_what_is_not_offered(input: &PutObjectInput) -> S3Result<()> {
    let asked = input.sse_customer_algorithm.is_some()
        || input.server_side_encryption.is_some()
        || input.object_lock_mode.is_some()
        || input.tagging.is_some()
        || input.website_redirect_location.is_some()
        || input.write_offset_bytes.is_some()
        || input.if_match.is_some();
    if asked {
        return Err(s3_error!(NotImplemented, "The store does not offer this for an object"));
    }
    Ok(())
}

/// `If-None-Match: *` means write-once.
pub(super) fn write_mode(condition: Option<&ETagCondition>) -> S3Result<WriteMode> {
    match condition {
        None => Ok(WriteMode::Replace),
        Some(ETagCondition::Any) => Ok(WriteMode::IfAbsent),
        Some(ETagCondition::ETag(_)) => {
            Err(s3_error!(NotImplemented, "If-None-Match of a put takes * only"))
        }
    }
}

pub(super) async fn get(
    store: &dyn ObjectStore,
    request: S3Request<GetObjectInput>,
) -> S3Result<S3Response<GetObjectOutput>> {
    let pace = request.extensions.get::<Pace>().copied();
    let input = request.input;
    if input.part_number.is_some() {
        return Err(s3_error!(NotImplemented, "Objects are read whole or by range"));
    }
    let at = address(&input.bucket, &input.key)?;
    let conditions = Conditions {
        matches: input.if_match.as_ref(),
        matches_none: input.if_none_match.as_ref(),
        modified_since: input.if_modified_since.as_ref(),
        unmodified_since: input.if_unmodified_since.as_ref(),
    };
    let content = store.get(&at, input.range.map(range)).await?;
    conditions.check(&content.meta)?;
    let wanted = content.range;
    let size = content.meta.size;
    let content_range = input
        .range
        .map(|_| format!("bytes {}-{}/{size}", wanted.start, wanted.end.saturating_sub(1)));
    let crc64 = crc_header(content.meta.crc64);
    let known = Known::from(content.meta);
    let output = GetObjectOutput {
        accept_ranges: Some("bytes".into()),
        body: Some(outgoing(paced(content.stream, pace))),
        cache_control: known.header("cache-control"),
        content_disposition: known.header("content-disposition"),
        content_encoding: known.header("content-encoding"),
        content_language: known.header("content-language"),
        content_length: Some(signed(wanted.end - wanted.start)),
        content_range,
        e_tag: Some(etag(&known.0.etag)),
        last_modified: Some(date(known.0.modified)),
        metadata: known.metadata(),
        content_type: known.0.attributes.content_type,
        ..Default::default()
    };
    Ok(S3Response::with_headers(output, crc64))
}

pub(super) async fn head(
    store: &dyn ObjectStore,
    request: S3Request<HeadObjectInput>,
) -> S3Result<S3Response<HeadObjectOutput>> {
    let input = request.input;
    let meta = store.head(&address(&input.bucket, &input.key)?).await?;
    let conditions = Conditions {
        matches: input.if_match.as_ref(),
        matches_none: input.if_none_match.as_ref(),
        modified_since: input.if_modified_since.as_ref(),
        unmodified_since: input.if_unmodified_since.as_ref(),
    };
    conditions.check(&meta)?;
    let crc64 = crc_header(meta.crc64);
    let known = Known::from(meta);
    let output = HeadObjectOutput {
        accept_ranges: Some("bytes".into()),
        cache_control: known.header("cache-control"),
        content_disposition: known.header("content-disposition"),
        content_encoding: known.header("content-encoding"),
        content_language: known.header("content-language"),
        content_length: Some(signed(known.0.size)),
        e_tag: Some(etag(&known.0.etag)),
        last_modified: Some(date(known.0.modified)),
        metadata: known.metadata(),
        content_type: known.0.attributes.content_type,
        ..Default::default()
    };
    Ok(S3Response::with_headers(output, crc64))
}

/// What is known about an object, in the forms that answers want.
struct Known(ObjectMeta);

impl From<ObjectMeta> for Known {
    fn from(meta: ObjectMeta) -> Self {
        Self(meta)
    }
}

impl Known {
    fn header(&self, name: &str) -> Option<String> {
        self.0.attributes.headers.get(name).cloned()
    }

    fn metadata(&self) -> Option<s3s::dto::Metadata> {
        let user = &self.0.attributes.user;
        (!user.is_empty()).then(|| user.clone().into_iter().collect())
    }
}

pub(super) async fn delete(
    store: &dyn ObjectStore,
    request: S3Request<DeleteObjectInput>,
) -> S3Result<S3Response<DeleteObjectOutput>> {
    let at = address(&request.input.bucket, &request.input.key)?;
    need_bucket(store, &at.bucket).await?;
    store.delete(&at).await?;
    Ok(S3Response::new(DeleteObjectOutput::default()))
}

/// Deletes are harmless on keys that are not there, but not on buckets.
async fn need_bucket(store: &dyn ObjectStore, bucket: &crate::BucketName) -> S3Result<()> {
    if store.has_bucket(bucket).await? {
        return Ok(());
    }
    Err(crate::Error::NoSuchBucket(bucket.clone()).into())
}

pub(super) async fn delete_many(
    store: &dyn ObjectStore,
    request: S3Request<DeleteObjectsInput>,
) -> S3Result<S3Response<DeleteObjectsOutput>> {
    let DeleteObjectsInput { bucket, delete, .. } = request.input;
    need_bucket(store, &bucket.parse()?).await?;
    let keys = delete.objects.into_iter().map(|object| object.key);
    let outcomes = stream::iter(keys).map(|key| delete_one(store, &bucket, key));
    let outcomes: Vec<(String, S3Result<()>)> = outcomes.buffered(DELETES_AT_ONCE).collect().await;
    let (mut deleted, mut errors) = (Vec::new(), Vec::new());
    for (key, outcome) in outcomes {
        match outcome {
            Ok(()) => deleted.push(DeletedObject { key: Some(key), ..Default::default() }),
            Err(error) => errors.push(ErrorEntry {
                code: Some(error.code().as_str().to_owned()),
                key: Some(key),
                message: error.message().map(str::to_owned),
                ..Default::default()
            }),
        }
    }
    let is_quiet = delete.quiet.unwrap_or(false);
    Ok(S3Response::new(DeleteObjectsOutput {
        deleted: (!is_quiet).then_some(deleted),
        errors: (!errors.is_empty()).then_some(errors),
        ..Default::default()
    }))
}

async fn delete_one(store: &dyn ObjectStore, bucket: &str, key: String) -> (String, S3Result<()>) {
    let deleted = async { Ok(store.delete(&address(bucket, &key)?).await?) }.await;
    (key, deleted)
}

/// Where a copy takes its bytes from.
pub(super) fn source(source: &CopySource) -> S3Result<ObjectAddress> {
    match source {
        CopySource::Bucket { bucket, key, version_id: None } => address(bucket, key),
        _ => Err(s3_error!(NotImplemented, "A copy's source is a bucket and a key")),
    }
}

/// Copies inside the store; only the root key gets here.
pub(super) async fn copy(
    store: &dyn ObjectStore,
    request: S3Request<CopyObjectInput>,
) -> S3Result<S3Response<CopyObjectOutput>> {
    let S3Request { input, headers, .. } = request;
    let (from, to) = (source(&input.copy_source)?, address(&input.bucket, &input.key)?);
    let content = store.get(&from, None).await?;
    let replaces = input
        .metadata_directive
        .is_some_and(|directive| directive.as_str() == MetadataDirective::REPLACE);
    let attributes: Attributes = if replaces {
        attributes(&headers, input.content_type, input.metadata)?
    } else {
        content.meta.attributes
    };
    let expected = Expected { crc64: content.meta.crc64, md5: None };
    let options = PutOptions { attributes, expected, ..PutOptions::default() };
    let body = Body::new(content.stream, content.meta.size);
    let stored = store.put(&to, body, options).await?;
    let result = CopyObjectResult {
        e_tag: Some(etag(&stored.etag)),
        last_modified: Some(date(stored.modified)),
        ..Default::default()
    };
    let output =
        CopyObjectOutput { copy_object_result: Some(result), ..CopyObjectOutput::default() };
    Ok(S3Response::with_headers(output, crc_header(stored.crc64)))
}
