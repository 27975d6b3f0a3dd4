//! Form uploads (POST object with a COS policy signature): the way in for pages that can send a
//! form and nothing else. Only for keys of upload sessions, and held to what those are good for:
//! one fresh object, so many bytes, nothing else.

use std::{collections::BTreeMap, io, sync::Arc};

use futures::TryStreamExt;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header, request::Parts,
};
use http_body_util::BodyDataStream;
use multer::{Constraints, Field, Multipart, SizeLimit};
use percent_encoding::percent_decode_str;
use s3s::{Body as Answer, S3Error, s3_error};

use super::{
    MAX_PUT_BYTES, ServeConfig,
    body::watch,
    dialect::CRC64_HEADER,
    lent::Lent,
    pace::{LIMIT, Pace, paced},
};
use crate::{
    Attributes, Body, ByteStream, PutOptions, WriteMode,
    sign::{FormDenied, FormFields},
    upload_keys::Grant,
};

/// The field that carries the bytes (SMH section 7.3); what comes after it is not looked at.
const FILE: &str = "file";
/// Largest field beside it, in bytes, and how many there may be.
const MAX_FIELD: u64 = 20 * 1024;
const MAX_FIELDS: usize = 64;

/// Whether a request is a form upload.
pub(super) fn is_form(head: &Parts) -> bool {
    let kind = head.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_form = |kind: &str| kind.to_ascii_lowercase().starts_with("multipart/form-data");
    head.method == Method::POST && kind.is_some_and(is_form)
}

/// Stores the file of a form.
pub(super) async fn put(
    config: &ServeConfig,
    head: &Parts,
    body: Lent,
) -> Result<Response<Answer>, S3Error> {
    check_head(head)?;
    let length = declared_length(&head.headers)?;
    let kind = head.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let boundary = multer::parse_boundary(kind.unwrap_or_default()).map_err(malformed)?;
    let sizes = SizeLimit::new().per_field(MAX_FIELD).for_field(FILE, u64::MAX);
    let constraints = Constraints::new().size_limit(sizes);
    let pieces = BodyDataStream::new(body);
    let mut form = Multipart::with_constraints(pieces, boundary, constraints);
    let (fields, file) = read_fields(&mut form).await?;
    let (grant, most) = admit(config, head, &fields)?;
    let pace = fields.0.get(LIMIT).map(|text| Pace::parse(text)).transpose()?;
    let bytes: ByteStream = Box::pin(file.map_err(broken));
    let bytes = watch(paced(bytes, pace), Some(Arc::clone(&grant)));
    let options = PutOptions {
        mode: WriteMode::Draft,
        gate: Some(grant.gate()),
        attributes: Attributes {
            content_type: grant.scope.content_type.clone(),
            ..Attributes::default()
        },
        ..PutOptions::default()
    };
    // The whole request is longer than its file, so its length bounds the room that is needed.
    let body = Body::at_most(bytes, most.min(length));
    let stored = config.store.put(&grant.scope.at, body, options).await?;
    let mut answer = Response::new(Answer::empty());
    *answer.status_mut() = StatusCode::NO_CONTENT;
    let crc64 = stored.crc64.map(|crc64| crc64.to_string());
    let told = [(header::ETAG, Some(stored.etag.quoted())), (crc64_header(), crc64)];
    for (name, value) in told {
        let value = value.and_then(|value| HeaderValue::try_from(value).ok());
        answer.headers_mut().extend(value.map(|value| (name, value)));
    }
    Ok(answer)
}

fn crc64_header() -> HeaderName {
    HeaderName::from_static(CRC64_HEADER)
}

/// A form says everything in its fields: what the head adds is signed by nobody.
fn check_head(head: &Parts) -> Result<(), S3Error> {
    let special = |name: &HeaderName| {
        let name = name.as_str();
        name.starts_with("x-cos-") || name.starts_with("x-amz-") || name == "authorization"
    };
    if head.uri.query().is_some_and(|query| !query.is_empty()) || head.headers.keys().any(special) {
        return Err(s3_error!(AccessDenied, "A form takes neither parameters nor signed headers"));
    }
    Ok(())
}

fn declared_length(headers: &HeaderMap) -> Result<u64, S3Error> {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    length
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| s3_error!(MissingContentLength, "A Content-Length is needed"))
}

/// The fields before the file, names in lower case, and the file.
async fn read_fields(
    form: &mut Multipart<'static>,
) -> Result<(FormFields, Field<'static>), S3Error> {
    let mut fields = BTreeMap::new();
    while let Some(field) = form.next_field().await.map_err(malformed)? {
        let name = field.name().unwrap_or_default().to_ascii_lowercase();
        if name == FILE {
            return Ok((FormFields(fields), field));
        }
        let text = field.text().await.map_err(malformed)?;
        if fields.len() == MAX_FIELDS || fields.insert(name, text).is_some() {
            return Err(s3_error!(
                MalformedPOSTRequest,
                "The form has too many fields, or one twice"
            ));
        }
    }
    Err(s3_error!(MalformedPOSTRequest, "The form has no file"))
}

/// Whose form it is, and how many bytes its file may have.
fn admit(
    config: &ServeConfig,
    head: &Parts,
    fields: &FormFields,
) -> Result<(Arc<Grant>, u64), S3Error> {
    let id = fields.access_key_id().map_err(denied)?;
    let Some(grant) = config.keys.find(id) else {
        if config.keys.is_expired(id) {
            return Err(denied(FormDenied::Expired));
        }
        return Err(s3_error!(InvalidAccessKeyId, "The access key is not known or was revoked"));
    };
    let scope = &grant.scope;
    let secret = grant.credential.secret_key.expose();
    let bucket = scope.at.bucket.as_str();
    let (least, most) = fields.verify(secret, bucket, config.clock.now()).map_err(denied)?;
    let is_its_object = fields.key().map_err(denied)? == scope.at.key.as_str();
    if scope.multipart_id.is_some() || !is_its_object || !is_at(head, bucket) || least > 0 {
        return Err(s3_error!(AccessDenied, "This key is for one object and for putting it only"));
    }
    Ok((Arc::clone(&grant), most.min(scope.max_bytes).min(MAX_PUT_BYTES)))
}

/// Forms go to the bucket, by its path or by its host name, or to `/`: the policy names the bucket.
fn is_at(head: &Parts, bucket: &str) -> bool {
    let path = percent_decode_str(head.uri.path()).decode_utf8_lossy();
    let path = path.trim_matches('/');
    path.is_empty() || path == bucket
}

fn denied(why: FormDenied) -> S3Error {
    match why {
        FormDenied::Malformed => s3_error!(MalformedPOSTRequest, "The form lacks a field"),
        FormDenied::Expired => s3_error!(AccessDenied, "Request has expired"),
        FormDenied::Mismatch => {
            s3_error!(SignatureDoesNotMatch, "The signature does not match the policy")
        }
        FormDenied::NotAllowed => s3_error!(AccessDenied, "The policy does not allow this form"),
    }
}

fn malformed(error: multer::Error) -> S3Error {
    match error {
        multer::Error::FieldSizeExceeded { .. } => {
            s3_error!(EntityTooLarge, "A field of the form is too large")
        }
        multer::Error::IncompleteHeaders
        | multer::Error::IncompleteFieldData { .. }
        | multer::Error::IncompleteStream
        | multer::Error::StreamReadFailed(_) => s3_error!(IncompleteBody, "The form ends early"),
        _ => s3_error!(MalformedPOSTRequest, "The body is no form"),
    }
}

/// A form that breaks off inside its file.
fn broken(error: multer::Error) -> io::Error {
    match error {
        multer::Error::StreamReadFailed(error) => io::Error::other(error),
        error => io::Error::new(io::ErrorKind::UnexpectedEof, error),
    }
}
