//! Multipart uploads over the wire.

use s3s::{
    S3Request, S3Response, S3Result,
    dto::{
        AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput,
        CompleteMultipartUploadOutput, CopyPartResult, CreateMultipartUploadInput,
        CreateMultipartUploadOutput, ListMultipartUploadsInput, ListMultipartUploadsOutput,
        ListPartsInput, ListPartsOutput, MultipartUpload, Part, Range, UploadPartCopyInput,
        UploadPartCopyOutput, UploadPartInput, UploadPartOutput,
    },
    s3_error,
};

use super::{
    body::incoming,
    checksums::{Checksums, content_md5},
    fields::{address, attributes, crc_header, date, etag, part_number, range, signed, upload_id},
    lists::Encoding,
    objects::{grant, source, write_mode},
    pace::Pace,
};
use crate::{
    Body, ETag, Expected, ListedPart, MAX_PAGE, ObjectStore, OpenUpload, PartMeta, PartOptions,
};

pub(super) async fn create(
    store: &dyn ObjectStore,
    request: S3Request<CreateMultipartUploadInput>,
) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
    let S3Request { input, headers, .. } = request;
    let asks_more = input.sse_customer_algorithm.is_some()
        || input.server_side_encryption.is_some()
        || input.object_lock_mode.is_some()
        || input.tagging.is_some();
    if asks_more {
        return Err(s3_error!(NotImplemented, "The store does not offer this for an object"));
    }
    let at = address(&input.bucket, &input.key)?;
    let attributes = attributes(&headers, input.content_type, input.metadata)?;
    let id = store.create_multipart(&at, attributes).await?;
    Ok(S3Response::new(CreateMultipartUploadOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(id.into()),
        ..Default::default()
    }))
}

pub(super) async fn put_part(
    store: &dyn ObjectStore,
    request: S3Request<UploadPartInput>,
) -> S3Result<S3Response<UploadPartOutput>> {
    let (grant, checksums) = (grant(&request), Checksums::of(&request));
    let pace = request.extensions.get::<Pace>().copied();
    let input = request.input;
    let at = address(&input.bucket, &input.key)?;
    let (id, number) = (upload_id(&input.upload_id)?, part_number(input.part_number)?);
    let options = PartOptions {
        expected: Expected { crc64: None, md5: content_md5(input.content_md5.as_deref())? },
        total_limit: grant.as_ref().map(|grant| grant.scope.max_bytes),
        gate: grant.as_ref().map(|grant| grant.gate()),
    };
    let body = incoming(input.body, input.content_length, grant, checksums, pace)?;
    let stored = store.put_part(&at, &id, number, body, options).await?;
    let output = UploadPartOutput { e_tag: Some(etag(&stored.etag)), ..Default::default() };
    Ok(S3Response::with_headers(output, crc_header(stored.crc64)))
}

pub(super) async fn uploads(
    store: &dyn ObjectStore,
    request: S3Request<ListMultipartUploadsInput>,
) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
    let input = request.input;
    if input.delimiter.as_ref().is_some_and(|delimiter| !delimiter.is_empty()) {
        return Err(s3_error!(NotImplemented, "Uploads are listed without a delimiter"));
    }
    let text = Encoding::of(input.encoding_type.as_ref());
    let prefix = input.prefix.unwrap_or_default();
    let open = store.uploads(&input.bucket.parse()?, &prefix).await?;
    let limit = input.max_uploads.and_then(|max| usize::try_from(max).ok());
    let limit = limit.unwrap_or(MAX_PAGE).min(MAX_PAGE);
    let first = first_after(&open, input.key_marker.as_deref(), input.upload_id_marker.as_deref());
    let page = &open[first..open.len().min(first + limit)];
    let is_truncated = first + page.len() < open.len();
    let last = page.last().filter(|_| is_truncated);
    let entry = |upload: &OpenUpload| MultipartUpload {
        key: Some(text.write(upload.key.as_str())),
        upload_id: Some(upload.id.to_string()),
        initiated: Some(date(upload.created)),
        ..Default::default()
    };
    Ok(S3Response::new(ListMultipartUploadsOutput {
        bucket: Some(input.bucket),
        prefix: Some(text.write(&prefix)),
        key_marker: input.key_marker.map(|marker| text.write(&marker)),
        upload_id_marker: input.upload_id_marker,
        next_key_marker: last.map(|upload| text.write(upload.key.as_str())),
        next_upload_id_marker: last.map(|upload| upload.id.to_string()),
        max_uploads: i32::try_from(limit).ok(),
        is_truncated: Some(is_truncated),
        uploads: Some(page.iter().map(entry).collect()),
        encoding_type: input.encoding_type,
        ..Default::default()
    }))
}

/// Where a page begins: after the marked upload, or after all of the marked key.
fn first_after(open: &[OpenUpload], key: Option<&str>, id: Option<&str>) -> usize {
    let key = key.unwrap_or_default();
    let marked = open.iter().position(|upload| {
        upload.key.as_str() == key && id.is_some_and(|id| upload.id.as_str() == id)
    });
    match marked {
        Some(at) => at + 1,
        None => open.partition_point(|upload| upload.key.as_str() <= key),
    }
}

/// A part from bytes that are stored already; only the root key gets here.
pub(super) async fn copy_part(
    store: &dyn ObjectStore,
    request: S3Request<UploadPartCopyInput>,
) -> S3Result<S3Response<UploadPartCopyOutput>> {
    let input = request.input;
    let from = source(&input.copy_source)?;
    let at = address(&input.bucket, &input.key)?;
    let (id, number) = (upload_id(&input.upload_id)?, part_number(input.part_number)?);
    let wanted = match input.copy_source_range.as_deref().map(Range::parse) {
        None => None,
        Some(Ok(wanted)) => Some(range(wanted)),
        Some(Err(_)) => return Err(s3_error!(InvalidArgument, "The range is not one of bytes")),
    };
    let content = store.get(&from, wanted).await?;
    let body = Body::new(content.stream, content.range.end - content.range.start);
    let stored = store.put_part(&at, &id, number, body, PartOptions::default()).await?;
    let result = CopyPartResult {
        e_tag: Some(etag(&stored.etag)),
        last_modified: Some(date(stored.modified)),
        ..Default::default()
    };
    let output = UploadPartCopyOutput { copy_part_result: Some(result), ..Default::default() };
    Ok(S3Response::with_headers(output, crc_header(stored.crc64)))
}

pub(super) async fn parts(
    store: &dyn ObjectStore,
    request: S3Request<ListPartsInput>,
) -> S3Result<S3Response<ListPartsOutput>> {
    let input = request.input;
    let at = address(&input.bucket, &input.key)?;
    let stored = store.parts(&at, &upload_id(&input.upload_id)?).await?;
    let after = input.part_number_marker.unwrap_or(0);
    let limit = input.max_parts.and_then(|max| usize::try_from(max).ok());
    let limit = limit.unwrap_or(MAX_PAGE).min(MAX_PAGE);
    let mut rest = stored.iter().filter(|part| i32::from(part.number.get()) > after);
    let page: Vec<Part> = rest.by_ref().take(limit).map(entry).collect();
    let is_truncated = rest.next().is_some();
    let next = page.last().and_then(|part| part.part_number).filter(|_| is_truncated);
    Ok(S3Response::new(ListPartsOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(input.upload_id),
        part_number_marker: input.part_number_marker,
        max_parts: i32::try_from(limit).ok(),
        is_truncated: Some(is_truncated),
        next_part_number_marker: next,
        parts: Some(page),
        ..Default::default()
    }))
}

fn entry(part: &PartMeta) -> Part {
    Part {
        part_number: Some(part.number.get().into()),
        size: Some(signed(part.size)),
        e_tag: Some(etag(&part.etag)),
        last_modified: Some(date(part.modified)),
        ..Default::default()
    }
}

pub(super) async fn complete(
    store: &dyn ObjectStore,
    request: S3Request<CompleteMultipartUploadInput>,
) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
    let input = request.input;
    let at = address(&input.bucket, &input.key)?;
    let id = upload_id(&input.upload_id)?;
    let mode = write_mode(input.if_none_match.as_ref())?;
    let listed = input.multipart_upload.and_then(|list| list.parts).unwrap_or_default();
    let mut parts = Vec::with_capacity(listed.len());
    for part in listed {
        let (Some(number), Some(etag)) = (part.part_number, part.e_tag) else {
            return Err(s3_error!(MalformedXML, "Each part needs a number and an ETag"));
        };
        parts.push(ListedPart { number: part_number(number)?, etag: ETag::new(etag.value()) });
    }
    let stored = store.complete_multipart(&at, &id, &parts, mode).await?;
    let output = CompleteMultipartUploadOutput {
        location: Some(format!("/{at}")),
        bucket: Some(input.bucket),
        key: Some(input.key),
        e_tag: Some(etag(&stored.etag)),
        ..Default::default()
    };
    Ok(S3Response::with_headers(output, crc_header(stored.crc64)))
}

pub(super) async fn abort(
    store: &dyn ObjectStore,
    request: S3Request<AbortMultipartUploadInput>,
) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
    let at = address(&request.input.bucket, &request.input.key)?;
    store.abort_multipart(&at, &upload_id(&request.input.upload_id)?).await?;
    Ok(S3Response::new(AbortMultipartUploadOutput::default()))
}
