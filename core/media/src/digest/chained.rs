//! The chained SHA-256 of quick upload (SMH section 7.2). Owns the chaining rule and the sizes in
//! it; does not know what a service does with the hashes.

use sha2::{Digest, Sha256};

/// Bytes in each link of the chain (SMH section 7.2); only the last may be shorter.
pub const QUICK_UPLOAD_CHUNK: u64 = 1024 * 1024;

/// Content below this many bytes has no quick-upload hashes (SMH section 7.2).
pub const QUICK_UPLOAD_MIN: u64 = 1024 * 1024;

/// The two hashes quick upload asks for, lower-case hex.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainedHashes {
    /// Of the first chunk alone: what a cheap first question carries.
    pub beginning_hash: String,
    /// Of the last link, so of all content. Equal to `beginning_hash` for exactly one chunk.
    pub full_hash: String,
}

/// A running chain: link 0 is SHA-256 of chunk 0, each later link SHA-256 of the link before (32
/// raw bytes) followed by its chunk.
#[derive(Clone)]
pub struct ChainedSha256 {
    link: Sha256,
    in_link: u64,
    beginning: Option<[u8; 32]>,
    last: Option<[u8; 32]>,
    total: u64,
}

impl ChainedSha256 {
    /// Starts over no bytes.
    pub fn new() -> Self {
        Self { link: Sha256::new(), in_link: 0, beginning: None, last: None, total: 0 }
    }

    /// Appends bytes.
    pub fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = QUICK_UPLOAD_CHUNK - self.in_link;
            let take = usize::try_from(room).map_or(bytes.len(), |room| room.min(bytes.len()));
            let (now, later) = bytes.split_at(take);
            self.link.update(now);
            self.in_link += now.len() as u64;
            self.total += now.len() as u64;
            bytes = later;
            if self.in_link == QUICK_UPLOAD_CHUNK {
                self.close_link();
            }
        }
    }

    /// The hash of the first chunk in hex as soon as that chunk is complete, so that the first
    /// question can be asked before the rest is read.
    pub fn beginning_hash(&self) -> Option<String> {
        self.beginning.map(hex::encode)
    }

    /// Ends the chain; nothing for content below [`QUICK_UPLOAD_MIN`].
    pub fn finish(mut self) -> Option<ChainedHashes> {
        if self.total < QUICK_UPLOAD_MIN {
            return None;
        }
        if self.in_link > 0 {
            self.close_link();
        }
        Some(ChainedHashes {
            beginning_hash: hex::encode(self.beginning?),
            full_hash: hex::encode(self.last?),
        })
    }

    fn close_link(&mut self) {
        let hash: [u8; 32] = Digest::finalize_reset(&mut self.link).into();
        self.beginning.get_or_insert(hash);
        self.last = Some(hash);
        // The next link opens with this one. A link opened and never filled is never closed.
        self.link.update(hash);
        self.in_link = 0;
    }
}

impl Default for ChainedSha256 {
    fn default() -> Self {
        Self::new()
    }
}
