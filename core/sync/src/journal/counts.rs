//! How many files are in each bucket. Owns reading the tally, which the database keeps exact by
//! itself.

use rusqlite::params;

use super::{FileState, Journal};
use crate::error::Result;

/// One bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    /// Files in it.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// The four buckets of a mapping; every file is in exactly one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Waiting or on their way.
    pub pending: Bucket,
    /// In the cloud, check values compared.
    pub verified: Bucket,
    /// Left out by a rule.
    pub skipped: Bucket,
    /// Cannot travel.
    pub failed: Bucket,
}

impl Counts {
    /// Files in all buckets.
    pub fn files(&self) -> u64 {
        self.pending.files + self.verified.files + self.skipped.files + self.failed.files
    }

    /// Bytes of the files that travel: all but those left out.
    pub fn bytes(&self) -> u64 {
        self.pending.bytes + self.verified.bytes + self.failed.bytes
    }
}

impl Journal {
    /// The buckets of a mapping.
    pub(crate) fn counts(&self, mapping: i64) -> Result<Counts> {
        self.read(|conn| {
            let mut rows =
                conn.prepare_cached("SELECT state, files, bytes FROM tally WHERE mapping = ?1")?;
            let mut counts = Counts::default();
            let mut found = rows.query(params![mapping])?;
            while let Some(row) = found.next()? {
                let bucket = Bucket {
                    files: row.get::<_, i64>(1)?.cast_unsigned(),
                    bytes: row.get::<_, i64>(2)?.cast_unsigned(),
                };
                match FileState::read(row.get(0)?) {
                    Some(FileState::Pending) => counts.pending = bucket,
                    Some(FileState::Verified) => counts.verified = bucket,
                    Some(FileState::Skipped) => counts.skipped = bucket,
                    Some(FileState::Failed) => counts.failed = bucket,
                    Some(FileState::Archived) | None => {}
                }
            }
            Ok(counts)
        })
    }
}
