//! How each failure of a store is told on the wire: a code that S3 and COS tools know, and a status
//! that makes them do the right thing (retry a broken body, not a full disk).

use std::io;

use http::StatusCode;
use s3s::{S3Error, S3ErrorCode, s3_error};

use super::body::Fault;
use crate::Error;

/// Code of a full store. The status is 507, which S3 tools retry a bounded number of times or not
/// at all.
const FULL: &str = "InsufficientStorage";
/// Code of S3 for a body that is not the one whose SHA-256 was signed.
const SHA256_MISMATCH: &str = "XAmzContentSHA256Mismatch";

impl From<Error> for S3Error {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        match error {
            Error::BadBucketName => with(S3ErrorCode::InvalidBucketName, message),
            Error::BadKey => with(S3ErrorCode::KeyTooLongError, message),
            Error::BadPartNumber | Error::BadMultipartId => {
                with(S3ErrorCode::InvalidArgument, message)
            }
            Error::NoSuchBucket(_) => with(S3ErrorCode::NoSuchBucket, message),
            Error::BucketNotEmpty(_) => with(S3ErrorCode::BucketNotEmpty, message),
            Error::NotFound(_) => with(S3ErrorCode::NoSuchKey, message),
            Error::NoSuchUpload(_) => with(S3ErrorCode::NoSuchUpload, message),
            Error::PreconditionFailed(_) => with(S3ErrorCode::PreconditionFailed, message),
            Error::Full => custom(FULL, StatusCode::INSUFFICIENT_STORAGE, message),
            Error::Incomplete { .. } => with(S3ErrorCode::IncompleteBody, message),
            Error::TooLarge { .. } => with(S3ErrorCode::EntityTooLarge, message),
            Error::PartTooSmall { .. } => with(S3ErrorCode::EntityTooSmall, message),
            Error::InvalidPart(_) | Error::MissingPart(_) => {
                with(S3ErrorCode::InvalidPart, message)
            }
            Error::InvalidPartOrder => with(S3ErrorCode::InvalidPartOrder, message),
            Error::BadCrc64 { .. } | Error::BadDigest(_) => with(S3ErrorCode::BadDigest, message),
            Error::InvalidRange { .. } => with(S3ErrorCode::InvalidRange, message),
            Error::Revoked => with(S3ErrorCode::AccessDenied, message),
            Error::Body(source) => body(&source),
            other => {
                tracing::error!(error = ?other, "A request failed in the store");
                s3_error!(InternalError, "The store failed; it is in its log why")
            }
        }
    }
}

fn with(code: S3ErrorCode, message: String) -> S3Error {
    S3Error::with_message(code, message)
}

fn custom(code: &'static str, status: StatusCode, message: String) -> S3Error {
    let mut error = S3Error::with_message(S3ErrorCode::Custom(code.into()), message);
    error.set_status_code(status);
    error
}

/// Why a body could not be read to its end.
fn body(source: &io::Error) -> S3Error {
    let fault = source.get_ref().and_then(|inner| inner.downcast_ref::<Fault>());
    match fault {
        Some(Fault::Revoked) => Error::Revoked.into(),
        Some(Fault::Checksum(name)) => Error::BadDigest(name).into(),
        None if source.to_string().contains("Sha256Mismatch") => {
            let message = "The body is not the one that was signed".to_owned();
            custom(SHA256_MISMATCH, StatusCode::BAD_REQUEST, message)
        }
        None if source.to_string().contains("SignatureMismatch") => {
            s3_error!(SignatureDoesNotMatch, "A chunk of the body is not the one that was signed")
        }
        None if source.kind() == io::ErrorKind::TimedOut => {
            s3_error!(RequestTimeout, "Nothing was sent for too long")
        }
        None => s3_error!(IncompleteBody, "The body ended early or was broken"),
    }
}
