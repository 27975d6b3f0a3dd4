//! Fields of requests and answers between the library's types and ours.

use http::{HeaderMap, HeaderValue};
use s3s::{S3Result, dto, s3_error};
use time::OffsetDateTime;

use super::dialect::CRC64_HEADER;
use crate::{
    Attributes, BucketName, ByteRange, ETag, MultipartId, ObjectAddress, ObjectKey, PartNumber,
};
use albumen_model::{Crc64, Timestamp};

/// Most bytes of attributes: 2 KiB of user metadata as on S3, and room for the other headers.
const MAX_ATTRIBUTES: usize = 8 * 1024;
/// Request headers that are kept and given back as they came.
const KEPT: [&str; 5] =
    ["cache-control", "content-disposition", "content-encoding", "content-language", "expires"];

/// Bucket and key.
pub(super) fn address(bucket: &str, key: &str) -> S3Result<ObjectAddress> {
    let bucket: BucketName = bucket.parse()?;
    let key: ObjectKey = key.parse()?;
    Ok(ObjectAddress::new(bucket, key))
}

/// The number of a part.
pub(super) fn part_number(number: i32) -> S3Result<PartNumber> {
    let number = u16::try_from(number).map_err(|_| crate::Error::BadPartNumber)?;
    Ok(PartNumber::try_from(number)?)
}

/// The id of an upload; one that cannot be an id names no upload.
pub(super) fn upload_id(id: &str) -> S3Result<MultipartId> {
    id.parse().map_err(|_| s3_error!(NoSuchUpload, "There is no such upload"))
}

/// What a request says about the object it brings.
pub(super) fn attributes(
    headers: &HeaderMap,
    content_type: Option<String>,
    metadata: Option<dto::Metadata>,
) -> S3Result<Attributes> {
    let kept = |name: &str| {
        let value = headers.get(name)?.to_str().ok()?;
        // The transfer's own coding is undone by the time the bytes are stored.
        let value = value.replace("aws-chunked", "").trim_matches([',', ' ']).to_owned();
        (!value.is_empty()).then(|| (name.to_owned(), value))
    };
    let attributes = Attributes {
        content_type,
        headers: KEPT.into_iter().filter_map(kept).collect(),
        user: metadata.unwrap_or_default().into_iter().collect(),
    };
    if attributes.weight() > MAX_ATTRIBUTES {
        return Err(s3_error!(MetadataTooLarge, "The metadata is too large"));
    }
    Ok(attributes)
}

/// A date of the library's.
pub(super) fn date(moment: Timestamp) -> dto::Timestamp {
    let nanos = i128::from(moment.millis()) * 1_000_000;
    OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(OffsetDateTime::UNIX_EPOCH).into()
}

/// A size or length of the library's.
pub(super) fn signed(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

/// An ETag of the library's.
pub(super) fn etag(etag: &ETag) -> dto::ETag {
    dto::ETag::Strong(etag.as_str().to_owned())
}

/// A range of ours.
pub(super) fn range(range: dto::Range) -> ByteRange {
    match range {
        dto::Range::Int { first, last: Some(last) } => ByteRange::Inclusive(first, last),
        dto::Range::Int { first, last: None } => ByteRange::From(first),
        dto::Range::Suffix { length } => ByteRange::Last(length),
    }
}

/// Headers that answers carry beyond S3's own: the CRC-64.
pub(super) fn crc_header(crc64: Option<Crc64>) -> HeaderMap {
    let value = crc64.and_then(|crc64| HeaderValue::try_from(crc64.to_string()).ok());
    value.into_iter().map(|value| (http::HeaderName::from_static(CRC64_HEADER), value)).collect()
}
