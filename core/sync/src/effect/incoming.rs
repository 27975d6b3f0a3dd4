//! A file while it is fetched: in our own folder, known to nobody, checked to the last byte before
//! it is durable. Owns the checks.

use albumen_media::digest::Crc64Digest;
use albumen_model::Crc64;

use super::{Workplace, ensure_own, tmp};
use crate::{
    disk::{Disk, DiskError, DiskErrorKind, DiskResult, Sink},
    trees::LocalStat,
};

/// Why what was fetched is not taken.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum IncomingError {
    /// Fewer or more bytes than the file has.
    #[error("{got} bytes came of {wanted}")]
    Length {
        /// Bytes the file has.
        wanted: u64,
        /// Bytes that came.
        got: u64,
    },
    /// Other bytes than the file has.
    #[error("what came is not what the cloud has: {got} instead of {wanted}")]
    Content {
        /// Of the file.
        wanted: Crc64,
        /// Of what came.
        got: Crc64,
    },
    /// The disk refused.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// A file being fetched.
pub struct Incoming<'a> {
    disk: &'a dyn Disk,
    workplace: &'a Workplace,
    sink: Box<dyn Sink>,
    digest: Crc64Digest,
    size: u64,
    got: u64,
}

impl<'a> Incoming<'a> {
    /// Begins a file of this many bytes. What an earlier try of the same effect left is thrown
    /// away.
    ///
    /// # Errors
    /// What the disk says.
    pub fn begin(disk: &'a dyn Disk, workplace: &'a Workplace, size: u64) -> DiskResult<Self> {
        ensure_own(disk, &tmp())?;
        let path = workplace.incoming();
        let sink = match disk.create(&path) {
            Err(error) if error.kind == DiskErrorKind::Taken => {
                disk.discard(&path)?;
                disk.create(&path)?
            }
            made => made?,
        };
        Ok(Self { disk, workplace, sink, digest: Crc64Digest::new(), size, got: 0 })
    }

    /// Takes the next bytes. More than the file has is refused before it is written.
    ///
    /// # Errors
    /// [`IncomingError::Length`], [`IncomingError::Disk`].
    pub fn take(&mut self, bytes: &[u8]) -> Result<(), IncomingError> {
        self.got = self.got.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        if self.got > self.size {
            return Err(IncomingError::Length { wanted: self.size, got: self.got });
        }
        self.digest.update(bytes);
        Ok(self.sink.write(bytes)?)
    }

    /// Checks length and content, gives the file its time, and waits until it is durable.
    ///
    /// # Errors
    /// [`IncomingError`]. What came is then thrown away.
    pub fn finish(
        mut self,
        crc64: Crc64,
        mtime_ns: Option<i64>,
    ) -> Result<LocalStat, IncomingError> {
        let done = self.check(crc64, mtime_ns);
        if done.is_err() {
            // It is ours and worth nothing; what cannot be removed now is removed at the next
            // start.
            let _ = self.disk.discard(&self.workplace.incoming());
        }
        done
    }

    fn check(&mut self, crc64: Crc64, mtime_ns: Option<i64>) -> Result<LocalStat, IncomingError> {
        if self.got != self.size {
            return Err(IncomingError::Length { wanted: self.size, got: self.got });
        }
        let got = std::mem::take(&mut self.digest).finish();
        if got != crc64 {
            return Err(IncomingError::Content { wanted: crc64, got });
        }
        if let Some(mtime_ns) = mtime_ns {
            self.sink.set_modified(mtime_ns)?;
        }
        Ok(self.sink.sync()?)
    }
}
