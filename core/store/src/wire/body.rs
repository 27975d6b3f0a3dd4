//! Bodies between the library's stream type and ours, with what has to be watched on the way in.

use std::{io, sync::Arc};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use http_body_util::StreamBody;
use hyper::body::Frame;
use s3s::{S3Result, dto::StreamingBlob, s3_error};

use super::{
    MAX_PUT_BYTES,
    checksums::Checksums,
    pace::{Pace, paced},
};
use crate::{Body, ByteStream, upload_keys::Grant};

/// What can be wrong with a body beside the connection. Travels inside an `io::Error`.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    /// The key was revoked while the body was on its way.
    #[error("The upload is no longer allowed")]
    Revoked,
    /// A checksum that came with the body is not that of its bytes.
    #[error("The body does not match its {0}")]
    Checksum(&'static str),
}

/// A request body of declared length, watched for revocation and for checksums.
pub(super) fn incoming(
    blob: Option<StreamingBlob>,
    length: Option<i64>,
    grant: Option<Arc<Grant>>,
    checksums: Checksums,
    pace: Option<Pace>,
) -> S3Result<Body> {
    let Some(length) = length.and_then(|length| u64::try_from(length).ok()) else {
        return Err(s3_error!(MissingContentLength, "A Content-Length is needed"));
    };
    let cap = grant.as_ref().map_or(MAX_PUT_BYTES, |grant| grant.scope.max_bytes);
    if length > cap.min(MAX_PUT_BYTES) {
        return Err(s3_error!(EntityTooLarge, "More bytes than allowed"));
    }
    let bytes = match blob {
        Some(blob) => blob.map_err(from_std).boxed(),
        None => stream::empty().boxed(),
    };
    Ok(Body::new(checksums.watch(watch(paced(bytes, pace), grant)), length))
}

/// Ends a body as soon as its key is revoked: nothing more is read for it.
pub(super) fn watch(bytes: ByteStream, grant: Option<Arc<Grant>>) -> ByteStream {
    let Some(grant) = grant else { return bytes };
    bytes
        .map(
            move |piece| {
                if grant.is_revoked() { Err(io::Error::other(Fault::Revoked)) } else { piece }
            },
        )
        .boxed()
}

fn from_std(error: Box<dyn std::error::Error + Send + Sync>) -> io::Error {
    match error.downcast::<io::Error>() {
        Ok(error) => *error,
        Err(error) => io::Error::other(error),
    }
}

/// An answer's body.
pub(super) fn outgoing(bytes: ByteStream) -> StreamingBlob {
    let frames = bytes.map_ok(Frame::<Bytes>::data);
    StreamingBlob::from(s3s::Body::http_body_unsync(StreamBody::new(frames)))
}
