//! CRC-64/XZ, the check value that SMH and COS keep with every object (SMH section 7.7). Owns
//! taking and joining it; its text form belongs to `albumen_model::Crc64`.

use albumen_model::Crc64;
use crc_fast::{CrcAlgorithm, Digest, checksum_combine};

/// A running CRC-64/XZ. Cloning it forks the run.
#[derive(Clone, Copy)]
pub struct Crc64Digest(Digest);

impl Crc64Digest {
    /// Starts over no bytes.
    pub fn new() -> Self {
        Self(Digest::new(CrcAlgorithm::Crc64Xz))
    }

    /// Appends bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Bytes taken so far.
    pub fn len(&self) -> u64 {
        self.0.get_amount()
    }

    /// Whether no byte was taken yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value over all bytes taken.
    pub fn finish(self) -> Crc64 {
        Crc64::new(self.0.finalize())
    }

    /// The value of bytes already in memory.
    pub fn of(bytes: &[u8]) -> Crc64 {
        let mut digest = Self::new();
        digest.update(bytes);
        digest.finish()
    }

    /// The value of two contents put together, from the value of each and the length of the second
    /// in bytes: parts may be digested in any order and joined without reading them again.
    pub fn combine(first: Crc64, second: Crc64, second_len: u64) -> Crc64 {
        if second_len == 0 {
            return first;
        }
        Crc64::new(checksum_combine(CrcAlgorithm::Crc64Xz, first.get(), second.get(), second_len))
    }
}

impl Default for Crc64Digest {
    fn default() -> Self {
        Self::new()
    }
}
