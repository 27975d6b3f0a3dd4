//! Every digest of some content from one reading of it. Owns which digests exist and how they are
//! taken together; does not know where the bytes come from, who compares the results, or why.

mod chained;
mod crc;

pub use chained::{ChainedHashes, ChainedSha256, QUICK_UPLOAD_CHUNK, QUICK_UPLOAD_MIN};
pub use crc::Crc64Digest;

use albumen_model::Crc64;

/// Bytes handed to each digest in turn. Small enough to stay in the processor's second-level
/// cache while three digests read it, large enough for BLAKE3 to use its widest instructions.
const STRIDE: usize = 64 * 1024;

/// Which digests to take. CRC-64 and the length are always taken: nothing is sent or compared
/// without them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct DigestChoice {
    /// The chained SHA-256 that quick upload asks for (SMH section 7.2); the slowest of them.
    pub chained_sha256: bool,
    /// BLAKE3, our own strong identity of content.
    pub blake3: bool,
}

impl DigestChoice {
    /// CRC-64 and length alone: for comparing with what the service confirmed.
    pub const CRC_ONLY: Self = Self { chained_sha256: false, blake3: false };

    /// What an upload of `size` bytes needs: everything, but no chained hash for content too small
    /// for quick upload.
    pub const fn for_upload(size: u64) -> Self {
        Self { chained_sha256: size >= QUICK_UPLOAD_MIN, blake3: true }
    }
}

/// Takes all chosen digests in one pass over the content.
pub struct ContentDigest {
    crc64: Crc64Digest,
    chained: Option<ChainedSha256>,
    blake3: Option<Box<blake3::Hasher>>,
}

impl ContentDigest {
    /// Starts over no bytes.
    pub fn new(choice: DigestChoice) -> Self {
        Self {
            crc64: Crc64Digest::new(),
            chained: choice.chained_sha256.then(ChainedSha256::new),
            blake3: choice.blake3.then(Box::default),
        }
    }

    /// Appends bytes; how the content is cut into calls does not change the result.
    pub fn update(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks(STRIDE) {
            self.crc64.update(piece);
            if let Some(chained) = &mut self.chained {
                chained.update(piece);
            }
            if let Some(blake3) = &mut self.blake3 {
                blake3.update(piece);
            }
        }
    }

    /// Bytes taken so far.
    pub fn len(&self) -> u64 {
        self.crc64.len()
    }

    /// Whether no byte was taken yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Ends the pass.
    pub fn finish(self) -> ContentDigests {
        ContentDigests {
            size: self.crc64.len(),
            crc64: self.crc64.finish(),
            chained: self.chained.and_then(ChainedSha256::finish),
            blake3: self.blake3.map(|hasher| *hasher.finalize().as_bytes()),
        }
    }
}

/// What one pass over some content gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentDigests {
    /// Bytes read.
    pub size: u64,
    /// CRC-64/XZ of all of them.
    pub crc64: Crc64,
    /// Quick-upload hashes; absent when not chosen or when the content is below
    /// [`QUICK_UPLOAD_MIN`].
    pub chained: Option<ChainedHashes>,
    /// BLAKE3, 32 raw bytes; absent when not chosen.
    pub blake3: Option<[u8; 32]>,
}

/// All chosen digests of content that is already in memory.
pub fn digest_bytes(bytes: &[u8], choice: DigestChoice) -> ContentDigests {
    let mut digest = ContentDigest::new(choice);
    digest.update(bytes);
    digest.finish()
}

#[cfg(test)]
mod tests;
