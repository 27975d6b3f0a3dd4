//! Reads a local file only while it is the file that was looked at. Owns the checks around every
//! read: same state before and after, nobody writing; does not know where the bytes go.

mod buffers;
#[cfg(test)]
mod tests;

use std::{
    fs::{self, File},
    io,
    path::Path,
};

use albumen_media::digest::Crc64Digest;
use albumen_model::Crc64;
use albumen_sys::{WriterState, writer_probe};
pub(crate) use buffers::BufferPool;
use bytes::Bytes;

use crate::{scan::stat_of, trees::LocalStat};

/// Read at a time where the content is only digested.
const CHUNK: usize = 1024 * 1024;
/// Two changes within one tick of the file system look alike. Ticks are up to 10 ms where times
/// have fractions of seconds (Linux before 6.13), 2 s where both times are whole seconds (FAT,
/// HFS+).
const TICK_MS: i64 = 20;
const COARSE_TICK_MS: i64 = 2_100;

/// Why a file cannot be read now.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadFailure {
    /// It is not there.
    #[error("The file is no longer there")]
    Missing,
    /// It is another than was looked at, or it changed while it was read.
    #[error("The file changed while it was read")]
    Changed,
    /// Some program has it open for writing.
    #[error("Another program is writing the file")]
    Busy,
    /// The system refuses.
    #[error("The file cannot be read")]
    Unreadable(#[source] io::Error),
}

impl From<io::Error> for ReadFailure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::Missing,
            io::ErrorKind::UnexpectedEof => Self::Changed,
            _ => Self::Unreadable(error),
        }
    }
}

/// An open file in the state that was looked at.
#[derive(Debug)]
pub(crate) struct Source {
    file: File,
    stat: LocalStat,
}

impl Source {
    /// Opens a file if it is in the expected state and nobody writes it. A link in its place is not
    /// followed: what the name says and what was opened must be the same file.
    pub(crate) fn open(path: &Path, expected: &LocalStat) -> Result<Self, ReadFailure> {
        let named = fs::symlink_metadata(path)?;
        if !named.is_file() || stat_of(&named) != *expected {
            return Err(ReadFailure::Changed);
        }
        let file = File::open(path)?;
        let source = Self { file, stat: *expected };
        source.unchanged()?;
        match writer_probe(&source.file) {
            WriterState::Busy => Err(ReadFailure::Busy),
            // Where the system cannot tell, the rest that the file has had must do.
            WriterState::Idle | WriterState::Unknown => Ok(source),
        }
    }

    /// The state it was opened in.
    pub(crate) fn stat(&self) -> &LocalStat {
        &self.stat
    }

    /// Fails when the file is no longer in the state it was opened in.
    pub(crate) fn unchanged(&self) -> Result<(), ReadFailure> {
        let now = stat_of(&self.file.metadata()?);
        // Where that is all, only this file's name is gone.
        if now.only_renamed(&self.stat) { Ok(()) } else { Err(ReadFailure::Changed) }
    }

    /// Fails when the content is outdated: the file changed since it was opened, or another one has
    /// its name. One that is gone is not: what was read of it was there.
    pub(crate) fn current(&self, path: &Path) -> Result<(), ReadFailure> {
        self.unchanged()?;
        match fs::symlink_metadata(path) {
            Ok(named) if stat_of(&named).inode != self.stat.inode => Err(ReadFailure::Changed),
            _ => Ok(()),
        }
    }

    /// A stretch of the content in a buffer of its own, with its check value. Whoever sends the
    /// buffer sends what was read, whatever happens to the file.
    pub(crate) fn read(
        &self,
        offset: u64,
        len: u64,
        pool: &BufferPool,
    ) -> Result<(Bytes, Crc64), ReadFailure> {
        let len = usize::try_from(len).map_err(|_| ReadFailure::Changed)?;
        let mut buffer = pool.take(len);
        read_exact_at(&self.file, buffer.bytes_mut(), offset)?;
        self.unchanged()?;
        let crc64 = Crc64Digest::of(buffer.as_ref());
        Ok((buffer.freeze(), crc64))
    }

    /// The check value of a stretch, without keeping it.
    pub(crate) fn digest(&self, offset: u64, len: u64) -> Result<Crc64, ReadFailure> {
        let mut digest = Crc64Digest::new();
        let mut buffer = vec![0; CHUNK.min(usize::try_from(len).unwrap_or(CHUNK))];
        let mut done = 0;
        while done < len {
            let left = usize::try_from(len - done).unwrap_or(CHUNK);
            let chunk = &mut buffer[..left.min(CHUNK)];
            read_exact_at(&self.file, chunk, offset + done)?;
            digest.update(chunk);
            done += chunk.len() as u64;
        }
        self.unchanged()?;
        Ok(digest.finish())
    }
}

/// Whether a file in this state, read at this moment (ms since 1970), could have changed in the
/// same tick without a trace.
pub(crate) fn is_racy(stat: &LocalStat, read_at_ms: i64) -> bool {
    let changed = stat.mtime_ns.max(stat.ctime_ns);
    let whole = |ns: i64| ns % 1_000_000_000 == 0;
    let coarse = whole(stat.mtime_ns) && whole(stat.ctime_ns);
    let tick = if coarse { COARSE_TICK_MS } else { TICK_MS };
    changed / 1_000_000 >= read_at_ms - tick
}

#[cfg(unix)]
fn read_exact_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !buffer.is_empty() {
        let read = std::os::windows::fs::FileExt::seek_read(file, buffer, offset)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        buffer = &mut buffer[read..];
        offset += read as u64;
    }
    Ok(())
}
