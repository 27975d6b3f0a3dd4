//! Buckets and listings over the wire.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::{
    S3Request, S3Response, S3Result,
    dto::{
        Bucket, CommonPrefix, CreateBucketInput, CreateBucketOutput, EncodingType,
        ListBucketsOutput, ListObjectsInput, ListObjectsOutput, ListObjectsV2Input,
        ListObjectsV2Output, Object, ObjectStorageClass,
    },
    s3_error,
};

use super::fields::{date, etag, signed};
use crate::{BucketName, ListPage, ListQuery, ListedObject, MAX_PAGE, ObjectStore};

/// What stays readable in keys of an `encoding-type=url` listing.
const KEY: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');

pub(super) async fn buckets(store: &dyn ObjectStore) -> S3Result<S3Response<ListBucketsOutput>> {
    let entries = store.buckets().await?.into_iter().map(|bucket| Bucket {
        name: Some(bucket.name.into()),
        creation_date: bucket.created.map(date),
        ..Default::default()
    });
    let buckets = Some(entries.collect());
    Ok(S3Response::new(ListBucketsOutput { buckets, ..Default::default() }))
}

pub(super) async fn create_bucket(
    store: &dyn ObjectStore,
    request: S3Request<CreateBucketInput>,
) -> S3Result<S3Response<CreateBucketOutput>> {
    let bucket: BucketName = request.input.bucket.parse()?;
    if store.has_bucket(&bucket).await? {
        return Err(s3_error!(BucketAlreadyOwnedByYou, "The bucket is there already"));
    }
    store.create_bucket(&bucket).await?;
    let location = Some(format!("/{bucket}"));
    Ok(S3Response::new(CreateBucketOutput { location }))
}

/// The bucket, if it is there.
pub(super) async fn existing(store: &dyn ObjectStore, bucket: &str) -> S3Result<BucketName> {
    let bucket: BucketName = bucket.parse()?;
    if !store.has_bucket(&bucket).await? {
        return Err(crate::Error::NoSuchBucket(bucket).into());
    }
    Ok(bucket)
}

pub(super) async fn list(
    store: &dyn ObjectStore,
    request: S3Request<ListObjectsInput>,
) -> S3Result<S3Response<ListObjectsOutput>> {
    let input = request.input;
    let text = Encoding::of(input.encoding_type.as_ref());
    let query = query(input.prefix.as_ref(), input.delimiter.as_ref(), input.max_keys);
    let query = ListQuery { after: input.marker.clone().filter(|m| !m.is_empty()), ..query };
    let page = store.list(&input.bucket.parse()?, &query).await?;
    let entries = Entries::of(page, text);
    Ok(S3Response::new(ListObjectsOutput {
        name: Some(input.bucket),
        prefix: Some(text.write(&query.prefix)),
        marker: Some(text.write(input.marker.as_deref().unwrap_or_default())),
        delimiter: input.delimiter.as_deref().map(|delimiter| text.write(delimiter)),
        max_keys: i32::try_from(query.limit).ok(),
        is_truncated: Some(entries.next.is_some()),
        next_marker: entries.next.as_deref().map(|next| text.write(next)),
        contents: Some(entries.objects),
        common_prefixes: Some(entries.prefixes),
        encoding_type: input.encoding_type,
        ..Default::default()
    }))
}

pub(super) async fn list_v2(
    store: &dyn ObjectStore,
    request: S3Request<ListObjectsV2Input>,
) -> S3Result<S3Response<ListObjectsV2Output>> {
    let input = request.input;
    let text = Encoding::of(input.encoding_type.as_ref());
    let query = query(input.prefix.as_ref(), input.delimiter.as_ref(), input.max_keys);
    let after = match &input.continuation_token {
        Some(token) => Some(from_token(token)?),
        None => input.start_after.clone(),
    };
    let query = ListQuery { after, ..query };
    let page = store.list(&input.bucket.parse()?, &query).await?;
    let entries = Entries::of(page, text);
    let count = entries.objects.len() + entries.prefixes.len();
    Ok(S3Response::new(ListObjectsV2Output {
        name: Some(input.bucket),
        prefix: Some(text.write(&query.prefix)),
        start_after: input.start_after.as_deref().map(|after| text.write(after)),
        delimiter: input.delimiter.as_deref().map(|delimiter| text.write(delimiter)),
        max_keys: i32::try_from(query.limit).ok(),
        key_count: i32::try_from(count).ok(),
        is_truncated: Some(entries.next.is_some()),
        continuation_token: input.continuation_token,
        next_continuation_token: entries.next.map(|next| URL_SAFE_NO_PAD.encode(next)),
        contents: Some(entries.objects),
        common_prefixes: Some(entries.prefixes),
        encoding_type: input.encoding_type,
        ..Default::default()
    }))
}

fn query(prefix: Option<&String>, delimiter: Option<&String>, max: Option<i32>) -> ListQuery {
    let limit = max.map_or(MAX_PAGE, |max| usize::try_from(max).unwrap_or(0)).min(MAX_PAGE);
    let [prefix, delimiter] = [prefix, delimiter].map(|text| text.cloned().unwrap_or_default());
    ListQuery { prefix, after: None, delimiter, limit }
}

fn from_token(token: &str) -> S3Result<String> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    text.ok_or_else(|| s3_error!(InvalidArgument, "The continuation token is not one of ours"))
}

/// Whether keys are percent-encoded in the answer: XML cannot carry every character.
#[derive(Clone, Copy)]
pub(super) enum Encoding {
    Plain,
    Url,
}

impl Encoding {
    pub(super) fn of(asked: Option<&EncodingType>) -> Self {
        if asked.is_some_and(|kind| kind.as_str() == EncodingType::URL) {
            Self::Url
        } else {
            Self::Plain
        }
    }

    pub(super) fn write(self, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Url => utf8_percent_encode(text, KEY).to_string(),
        }
    }
}

/// A page in the library's types.
struct Entries {
    objects: Vec<Object>,
    prefixes: Vec<CommonPrefix>,
    next: Option<String>,
}

impl Entries {
    fn of(page: ListPage, text: Encoding) -> Self {
        let object = |object: ListedObject| Object {
            key: Some(text.write(&object.key)),
            size: Some(signed(object.size)),
            e_tag: Some(etag(&object.etag)),
            last_modified: Some(date(object.modified)),
            storage_class: Some(ObjectStorageClass::from_static(ObjectStorageClass::STANDARD)),
            ..Default::default()
        };
        let prefix = |prefix: String| CommonPrefix { prefix: Some(text.write(&prefix)) };
        Self {
            objects: page.objects.into_iter().map(object).collect(),
            prefixes: page.prefixes.into_iter().map(prefix).collect(),
            next: page.next,
        }
    }
}
