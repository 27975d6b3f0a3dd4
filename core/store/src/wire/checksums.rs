//! Checksums that newer S3 clients send with a body, as a header or after it as a trailer. A wrong
//! one stores nothing; the library computes them but leaves comparing to us.

use std::io;

use base64::{Engine, engine::general_purpose::STANDARD};
use futures::{StreamExt, stream};
use http::HeaderMap;
use s3s::{
    S3Request, S3Result, TrailingHeaders,
    checksum::ChecksumHasher,
    crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Sha1, Sha256},
    dto::Checksum,
    s3_error,
};

use super::body::Fault;
use crate::ByteStream;

/// Checksum headers we verify.
const NAMES: [&str; 5] = [
    "x-amz-checksum-crc32",
    "x-amz-checksum-crc32c",
    "x-amz-checksum-crc64nvme",
    "x-amz-checksum-sha1",
    "x-amz-checksum-sha256",
];

/// What a request says its body's checksums are, or that it will say so at the end.
pub(super) struct Checksums {
    expected: Vec<(&'static str, String)>,
    announced: Vec<&'static str>,
    trailers: Option<TrailingHeaders>,
}

impl Checksums {
    /// From the head of a request.
    pub(super) fn of<T>(request: &S3Request<T>) -> Self {
        let trailer = value(&request.headers, "x-amz-trailer").unwrap_or_default();
        let announced = NAMES.into_iter().filter(|name| trailer.contains(name)).collect();
        let given = |name| Some((name, value(&request.headers, name)?));
        let expected = NAMES.into_iter().filter_map(given).collect();
        Self { expected, announced, trailers: request.trailing_headers.clone() }
    }

    /// The same bytes; a checksum that is wrong is an error at their end.
    pub(super) fn watch(self, bytes: ByteStream) -> ByteStream {
        let names: Vec<_> =
            self.expected.iter().map(|(name, _)| *name).chain(self.announced.clone()).collect();
        if names.is_empty() {
            return bytes;
        }
        let state = Some((bytes, hasher(&names), self));
        stream::unfold(state, |state| async {
            let (mut bytes, mut hasher, checksums) = state?;
            match bytes.next().await {
                Some(Ok(piece)) => {
                    hasher.update(&piece);
                    Some((Ok(piece), Some((bytes, hasher, checksums))))
                }
                Some(Err(error)) => Some((Err(error), None)),
                None => {
                    let wrong = checksums.wrong(&hasher.finalize())?;
                    Some((Err(io::Error::other(Fault::Checksum(wrong))), None))
                }
            }
        })
        .boxed()
    }

    /// The first checksum that is not the computed one.
    fn wrong(mut self, computed: &Checksum) -> Option<&'static str> {
        let trailers = self.trailers.and_then(|trailers| trailers.take()).unwrap_or_default();
        for name in self.announced {
            self.expected.push((name, value(&trailers, name).unwrap_or_default()));
        }
        let differs = |(name, expected): &&(&str, String)| of(computed, name) != Some(expected);
        self.expected.iter().find(differs).map(|(name, _)| *name)
    }
}

fn value(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

fn hasher(names: &[&str]) -> ChecksumHasher {
    let wanted = |name: &str| names.iter().any(|wanted| wanted.ends_with(name));
    ChecksumHasher {
        crc32: wanted("-crc32").then(Crc32::new),
        crc32c: wanted("-crc32c").then(Crc32c::new),
        sha1: wanted("-sha1").then(Sha1::new),
        sha256: wanted("-sha256").then(Sha256::new),
        crc64nvme: wanted("-crc64nvme").then(Crc64Nvme::new),
    }
}

fn of<'c>(computed: &'c Checksum, name: &str) -> Option<&'c String> {
    match name {
        "x-amz-checksum-crc32" => computed.checksum_crc32.as_ref(),
        "x-amz-checksum-crc32c" => computed.checksum_crc32c.as_ref(),
        "x-amz-checksum-crc64nvme" => computed.checksum_crc64nvme.as_ref(),
        "x-amz-checksum-sha1" => computed.checksum_sha1.as_ref(),
        _ => computed.checksum_sha256.as_ref(),
    }
}

/// The sixteen bytes of a `Content-MD5` header.
pub(super) fn content_md5(header: Option<&str>) -> S3Result<Option<[u8; 16]>> {
    let Some(text) = header else { return Ok(None) };
    let bytes = STANDARD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.map(Some).ok_or_else(|| s3_error!(InvalidDigest, "Content-MD5 is not an MD5 in base64"))
}
