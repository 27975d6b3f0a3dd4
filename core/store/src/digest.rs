//! The two digests of everything that is stored, taken in one pass: CRC-64 for the end-to-end
//! check, MD5 because S3 and COS clients expect it as ETag.

use albumen_media::digest::Crc64Digest;
use albumen_model::Crc64;
use md5::{Digest, Md5};

use crate::{ETag, Error, Expected};

/// A running CRC-64 and MD5.
pub(crate) struct ObjectDigest {
    crc64: Crc64Digest,
    md5: Md5,
}

impl ObjectDigest {
    pub(crate) fn new() -> Self {
        Self { crc64: Crc64Digest::new(), md5: Md5::new() }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.crc64.update(bytes);
        self.md5.update(bytes);
    }

    pub(crate) fn finish(self) -> Digests {
        let size = self.crc64.len();
        Digests { size, crc64: self.crc64.finish(), md5: self.md5.finalize().into() }
    }
}

/// What one pass over some bytes gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Digests {
    pub(crate) size: u64,
    pub(crate) crc64: Crc64,
    pub(crate) md5: [u8; 16],
}

impl Digests {
    /// Compares with what the caller announced.
    pub(crate) fn check(&self, expected: &Expected) -> Result<(), Error> {
        if let Some(crc64) = expected.crc64.filter(|crc64| *crc64 != self.crc64) {
            return Err(Error::BadCrc64 { expected: crc64, computed: self.crc64 });
        }
        if expected.md5.is_some_and(|md5| md5 != self.md5) {
            return Err(Error::BadDigest("Content-MD5"));
        }
        Ok(())
    }

    pub(crate) fn etag(&self) -> ETag {
        ETag::new(&hex::encode(self.md5))
    }
}

/// Compares what is expected with what is known; what is not known is not compared.
pub(crate) fn check_crc64(expected: Option<Crc64>, computed: Option<Crc64>) -> Result<(), Error> {
    match (expected, computed) {
        (Some(expected), Some(computed)) if expected != computed => {
            Err(Error::BadCrc64 { expected, computed })
        }
        _ => Ok(()),
    }
}

/// The ETag of an object made of parts: MD5 of their MD5s, and how many there are.
pub(crate) fn multipart_etag(md5s: impl ExactSizeIterator<Item = [u8; 16]>) -> ETag {
    let count = md5s.len();
    let mut md5 = Md5::new();
    md5s.for_each(|part| md5.update(part));
    ETag::new(&format!("{}-{count}", hex::encode(md5.finalize())))
}
