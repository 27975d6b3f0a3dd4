//! What the holder of an upload session's key may send. A COS signature leaves much unsigned, so
//! everything that is not needed for a put or a part put is refused here. Pure rules over the
//! request's head; the operation and the key are judged once more in `access`, after the library
//! has read them.

use http::{HeaderMap, HeaderName, Method, header};
use s3s::{S3Error, s3_error};

use crate::UploadScope;

/// Judges a request that carries a valid signature. `signed` are the header names it covers.
pub(super) fn check(
    scope: &UploadScope,
    method: &Method,
    params: &[(String, String)],
    headers: &HeaderMap,
    signed: &[String],
) -> Result<(), S3Error> {
    if method != Method::PUT {
        return Err(s3_error!(AccessDenied, "This key allows PUT only"));
    }
    let is_signed = |name: &str| signed.iter().any(|one| one == name);
    if !is_signed(header::HOST.as_str()) {
        return Err(s3_error!(AccessDenied, "The host is not signed"));
    }
    let special = |name: &&str| name.starts_with("x-cos-") || name.starts_with("x-amz-");
    if !headers.keys().map(HeaderName::as_str).filter(special).all(is_signed) {
        return Err(s3_error!(
            AccessDenied,
            "There is an x-cos or x-amz header that is not signed"
        ));
    }
    check_params(scope, params)?;
    check_length(scope, headers)
}

/// A whole object takes no parameter; a part takes its upload and its number, once each.
fn check_params(scope: &UploadScope, params: &[(String, String)]) -> Result<(), S3Error> {
    let values = |name: &str| -> Vec<&str> {
        params.iter().filter(|(given, _)| given == name).map(|(_, value)| value.as_str()).collect()
    };
    let good = match &scope.multipart_id {
        None => params.is_empty(),
        Some(id) => {
            params.len() == 2
                && values("uploadId") == [id.as_str()]
                && values("partNumber").len() == 1
        }
    };
    if good {
        return Ok(());
    }
    Err(s3_error!(AccessDenied, "This key does not allow these parameters"))
}

fn check_length(scope: &UploadScope, headers: &HeaderMap) -> Result<(), S3Error> {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let Some(length) = length.and_then(|text| text.parse::<u64>().ok()) else {
        return Err(s3_error!(MissingContentLength, "A Content-Length is needed"));
    };
    if length > scope.max_bytes {
        return Err(s3_error!(EntityTooLarge, "More bytes than this key allows"));
    }
    Ok(())
}
