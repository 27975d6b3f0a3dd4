//! What a foreign store answers: failures by their codes, objects by their headers, and the little
//! XML that the signing library does not read.

use std::{collections::BTreeMap, ops::Range};

use albumen_model::{Crc64, Timestamp};
use http::StatusCode;
use percent_encoding::percent_decode_str;
use reqwest::Response;
use time::{OffsetDateTime, format_description::well_known::Rfc2822};

use crate::{
    Attributes, BucketName, ETag, Error, ListedPart, MultipartId, ObjectAddress, ObjectMeta,
    OpenUpload, PartNumber,
};

/// Most bytes of an error's XML that are read.
const MAX_ERROR_BYTES: usize = 64 * 1024;
/// Headers that are given back as they were put.
const KEPT: [&str; 5] =
    ["cache-control", "content-disposition", "content-encoding", "content-language", "expires"];

/// What a call was about: the same status means different things.
#[derive(Clone, Copy)]
pub(super) enum About<'r> {
    Service,
    Bucket(&'r BucketName),
    Object(&'r ObjectAddress),
    Upload(&'r ObjectAddress, &'r MultipartId),
}

pub(super) fn unreachable(error: reqwest::Error) -> Error {
    Error::Unreachable(Box::new(error.without_url()))
}

/// The answer if it is a success, else what it means.
pub(super) async fn checked(response: Response, about: About<'_>) -> Result<Response, Error> {
    if response.status().is_success() {
        return Ok(response);
    }
    let status = response.status();
    let mut xml = Vec::new();
    let mut response = response;
    while let Ok(Some(piece)) = response.chunk().await {
        xml.extend_from_slice(&piece);
        if xml.len() > MAX_ERROR_BYTES {
            break;
        }
    }
    let xml = String::from_utf8_lossy(&xml);
    let code = found(&xml, "Code").next().unwrap_or_default();
    Err(meaning(status, code, about))
}

/// An error inside an answer that began as a success.
pub(super) fn refuse_late_error(xml: &str, about: About<'_>) -> Result<(), Error> {
    if !xml.contains("<Error") {
        return Ok(());
    }
    let code = found(xml, "Code").next().unwrap_or_default();
    Err(meaning(StatusCode::INTERNAL_SERVER_ERROR, code, about))
}

fn meaning(status: StatusCode, code: &str, about: About<'_>) -> Error {
    let other = || Error::Remote { status: status.as_u16(), code: code.to_owned() };
    let part = PartNumber::FIRST;
    match (code, about) {
        ("NoSuchBucket", About::Bucket(bucket)) => Error::NoSuchBucket(bucket.clone()),
        ("NoSuchBucket", About::Object(at) | About::Upload(at, _)) => {
            Error::NoSuchBucket(at.bucket.clone())
        }
        ("BucketNotEmpty", About::Bucket(bucket)) => Error::BucketNotEmpty(bucket.clone()),
        ("NoSuchUpload", About::Upload(_, id)) => Error::NoSuchUpload(id.clone()),
        ("InvalidPart", _) => Error::InvalidPart(part),
        ("InvalidPartOrder", _) => Error::InvalidPartOrder,
        ("EntityTooSmall", _) => Error::PartTooSmall { number: part, size: 0 },
        ("BadDigest" | "InvalidDigest", _) => Error::BadDigest("digest"),
        ("InvalidRange", _) => Error::InvalidRange { size: 0 },
        ("InsufficientStorage" | "QuotaExceeded" | "XMinioStorageFull", _) => Error::Full,
        (_, About::Bucket(bucket)) if status == StatusCode::NOT_FOUND => {
            Error::NoSuchBucket(bucket.clone())
        }
        (_, About::Object(at)) if status == StatusCode::NOT_FOUND => Error::NotFound(at.clone()),
        (_, About::Upload(_, id)) if status == StatusCode::NOT_FOUND => {
            Error::NoSuchUpload(id.clone())
        }
        (_, About::Object(at) | About::Upload(at, _))
            if status == StatusCode::PRECONDITION_FAILED =>
        {
            Error::PreconditionFailed(at.clone())
        }
        (_, About::Object(_)) if status == StatusCode::RANGE_NOT_SATISFIABLE => {
            Error::InvalidRange { size: 0 }
        }
        _ => other(),
    }
}

/// The texts of all elements of this name. Only for elements that hold plain ASCII words.
pub(super) fn found<'x>(xml: &'x str, name: &str) -> impl Iterator<Item = &'x str> + use<'x> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let mut rest = xml;
    std::iter::from_fn(move || {
        let begin = rest.find(&open)? + open.len();
        let end = begin + rest[begin..].find(&close)?;
        let text = &rest[begin..end];
        rest = &rest[end..];
        Some(text)
    })
}

/// A listing of open uploads, asked for with `encoding-type=url`.
pub(super) fn uploads(xml: &str) -> Result<Vec<OpenUpload>, Error> {
    let entry = |entry: &str| {
        let word = |name| found(entry, name).next().unwrap_or_default();
        // Some encode a blank as `+`, as forms do; a plus itself is always encoded.
        let key = word("Key").replace('+', " ");
        let key = percent_decode_str(&key).decode_utf8_lossy().into_owned().try_into()?;
        Ok(OpenUpload {
            key,
            created: moment(Some(word("Initiated"))),
            id: word("UploadId").parse()?,
        })
    };
    found(xml, "Upload").map(entry).collect()
}

/// The XML that completes an upload.
pub(super) fn completion(parts: &[ListedPart]) -> String {
    let safe = |byte: &char| byte.is_ascii_alphanumeric() || *byte == '-';
    let entry = |part: &ListedPart| {
        let etag: String = part.etag.as_str().chars().filter(safe).collect();
        let number = part.number;
        format!("<Part><PartNumber>{number}</PartNumber><ETag>\"{etag}\"</ETag></Part>")
    };
    let entries: String = parts.iter().map(entry).collect();
    format!("<CompleteMultipartUpload>{entries}</CompleteMultipartUpload>")
}

fn header<'r>(response: &'r Response, name: &str) -> Option<&'r str> {
    response.headers().get(name).and_then(|value| value.to_str().ok())
}

pub(super) fn crc64(response: &Response) -> Option<Crc64> {
    header(response, "x-cos-hash-crc64ecma").and_then(|text| text.parse().ok())
}

pub(super) fn etag(response: &Response) -> Result<ETag, Error> {
    let text = header(response, "etag").ok_or(Error::Damaged("an answer without ETag"))?;
    Ok(ETag::new(text))
}

/// A moment in XML; the beginning of time if it makes no sense.
pub(super) fn moment(text: Option<&str>) -> Timestamp {
    text.and_then(Timestamp::parse).unwrap_or(Timestamp::from_millis(0))
}

fn http_date(text: &str) -> Option<Timestamp> {
    let text = text.trim().strip_suffix("GMT").map(|date| format!("{date}+0000"))?;
    let date = OffsetDateTime::parse(&text, &Rfc2822).ok()?;
    Some(Timestamp::from_millis(date.unix_timestamp().saturating_mul(1000)))
}

fn attributes(response: &Response) -> Attributes {
    let own = |name: &str| Some((name.to_owned(), header(response, name)?.to_owned()));
    let user: BTreeMap<_, _> = response
        .headers()
        .iter()
        .filter_map(|(name, value)| {
            let name = name.as_str().strip_prefix("x-amz-meta-")?;
            Some((name.to_owned(), value.to_str().ok()?.to_owned()))
        })
        .collect();
    Attributes {
        content_type: header(response, "content-type").map(str::to_owned),
        headers: KEPT.into_iter().filter_map(own).collect(),
        user,
    }
}

/// What the answer to a HEAD says.
pub(super) fn meta(response: &Response) -> Result<ObjectMeta, Error> {
    let size = header(response, "content-length").and_then(|text| text.parse().ok());
    meta_of(response, size.ok_or(Error::Damaged("an answer without length"))?)
}

fn meta_of(response: &Response, size: u64) -> Result<ObjectMeta, Error> {
    let modified = header(response, "last-modified").and_then(http_date);
    Ok(ObjectMeta {
        size,
        crc64: crc64(response),
        etag: etag(response)?,
        modified: modified.unwrap_or(Timestamp::from_millis(0)),
        attributes: attributes(response),
    })
}

/// What the answer to a GET says, and which bytes follow.
pub(super) fn content(response: &Response) -> Result<(ObjectMeta, Range<u64>), Error> {
    const ODD: Error = Error::Damaged("an answer with an odd range");
    let Some(text) = header(response, "content-range") else {
        let meta = meta(response)?;
        let range = 0..meta.size;
        return Ok((meta, range));
    };
    let (range, size) = text.trim_start_matches("bytes ").split_once('/').ok_or(ODD)?;
    let (first, last) = range.split_once('-').ok_or(ODD)?;
    let number = |text: &str| text.trim().parse::<u64>().map_err(|_| ODD);
    let (range, size) = (number(first)?..number(last)?.saturating_add(1), number(size)?);
    // Whoever copies a part counts its bytes, from the first to the last.
    if range.is_empty() || range.end > size {
        return Err(ODD);
    }
    Ok((meta_of(response, size)?, range))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_http_are_read() {
        let moment = http_date("Wed, 21 Oct 2015 07:28:00 GMT").unwrap();
        assert_eq!(moment.to_string(), "2015-10-21T07:28:00.000Z");
        assert_eq!(http_date("yesterday"), None);
    }

    #[test]
    fn words_are_found_in_xml() {
        let xml = "<E><Code>NoSuchKey</Code><Name>a</Name><Name>b</Name><Name></E>";
        assert_eq!(found(xml, "Code").collect::<Vec<_>>(), ["NoSuchKey"]);
        assert_eq!(found(xml, "Name").collect::<Vec<_>>(), ["a", "b"]);
    }
}

#[cfg(test)]
mod hostile_tests {
    use albumen_fuzz::{HostileRequest, fuzz};

    use super::*;

    fn answer(headers: &[(&str, &str)]) -> Response {
        let mut answer = http::Response::builder();
        for (name, value) in headers {
            answer = answer.header(*name, *value);
        }
        Response::from(answer.body(Vec::new()).unwrap())
    }

    #[test]
    fn a_range_is_one_of_the_object_or_none() {
        for (text, range) in [
            ("bytes 0-4/10", Some(0..5)),
            ("bytes 9-9/10", Some(9..10)),
            ("bytes 5-4/10", None),
            ("bytes 9-2/10", None),
            ("bytes 0-10/10", None),
            ("bytes 0-18446744073709551615/10", None),
            ("bytes */10", None),
            ("bytes 0-4/*", None),
        ] {
            let answer = answer(&[("etag", "\"a\""), ("content-range", text)]);
            assert_eq!(content(&answer).ok().map(|(_, range)| range), range, "{text}");
        }
    }

    /// What a store of somebody else answers: parts lie within the object, texts within the XML.
    #[test]
    fn fuzz_store_replies() {
        let seeds: &[&[u8]] = &[
            b"GET /\nETag: \"a\"\nContent-Range: bytes 0-4/10\n\n\
              <Error><Code>NoSuchKey</Code></Error>",
            b"GET /\nETag: \"a\"\nLast-Modified: Wed, 21 Oct 2015 07:28:00 GMT\nx-amz-meta-a: b\n\n\
              <Upload><Key>a+b%2F</Key><UploadId>0</UploadId><Initiated>2026</Initiated></Upload>",
        ];
        fuzz("store-replies", seeds, |bytes| {
            let sent = HostileRequest::read(bytes);
            let mut answer = http::Response::builder();
            for (name, value) in &sent.headers {
                answer = answer.header(name, value.as_slice());
            }
            let Ok(answer) = answer.body(Vec::new()) else { return };
            if let Ok((meta, range)) = content(&Response::from(answer)) {
                assert!(range.start <= range.end && range.end <= meta.size, "{range:?} {meta:?}");
            }
            let xml = String::from_utf8_lossy(&sent.body);
            drop(refuse_late_error(&xml, About::Service));
            for upload in uploads(&xml).into_iter().flatten() {
                assert!(!upload.key.as_str().is_empty());
            }
            assert!(found(&xml, "Key").all(|text| !text.contains("</Key>")));
        });
    }
}
