//! What the engine asks of a mapped folder, and nothing more. Owns the trait and its errors: `real`
//! is the operating system's, `simulated` lives in memory, loses power and fails on demand. One
//! suite of tests holds for both.

#[cfg(target_os = "linux")]
mod real;
pub mod simulated;
#[cfg(test)]
mod tests;

#[cfg(target_os = "linux")]
pub use real::RealDisk;

use crate::{local_path::LocalPath, trees::LocalStat};

/// What became of a call, as far as the engine acts on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DiskErrorKind {
    /// The name is not there, in a folder that is.
    Missing,
    /// The name is taken.
    Taken,
    /// A folder that is to go, or to be replaced, holds something.
    NotEmpty,
    /// A part of the path is no folder, or is a link: links are never followed.
    NoFolder,
    /// A folder where a file was meant.
    IsFolder,
    /// Not allowed.
    Denied,
    /// Somebody has it open in a way that keeps others out.
    Busy,
    /// The volume is full, or a quota of it.
    Full,
    /// The volume can only be read.
    ReadOnly,
    /// The volume does not know this kind of rename.
    Unsupported,
    /// The two are on different volumes.
    OtherVolume,
    /// The volume cannot hold such a name.
    BadName,
    /// The mapped folder is gone, or is another one.
    Gone,
    /// The device failed; what was written may be lost without a word.
    Device,
}

/// A call that did not do what was asked.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("{what} {path}: {kind:?} ({detail})")]
pub struct DiskError {
    /// What to do about it.
    pub kind: DiskErrorKind,
    /// What was tried.
    pub what: &'static str,
    /// On what, below the mapped folder.
    pub path: LocalPath,
    /// The system's own words.
    pub detail: String,
}

/// Results of a disk.
pub type DiskResult<T> = Result<T, DiskError>;

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A link; never followed.
    Link,
    /// Something else: a device, a pipe, a socket.
    Other,
}

/// What a look at a name found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// What it is.
    pub kind: Kind,
    /// Its state. A folder's size and times say nothing.
    pub stat: LocalStat,
    /// The volume it is on: another one than the folder's means that something is mounted here.
    pub volume: u64,
}

/// A name in a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listed {
    /// The name's bytes.
    pub name: Vec<u8>,
    /// What it is; a look at it says more.
    pub kind: Kind,
}

/// A file open for reading.
pub trait Source: Send {
    /// Reads on; 0 is the end.
    ///
    /// # Errors
    /// [`DiskErrorKind::Device`] and what the system says.
    fn read(&mut self, buffer: &mut [u8]) -> DiskResult<usize>;
    /// Its state now, of the file itself, whatever its name was given to meanwhile.
    ///
    /// # Errors
    /// What the system says.
    fn stat(&self) -> DiskResult<LocalStat>;
    /// Waits until its content is durable, whoever wrote it.
    ///
    /// # Errors
    /// What the system says.
    fn settle(&self) -> DiskResult<()>;
}

/// Bytes of a file read at a time, where nobody needs more of them at once.
pub(crate) const CHUNK: usize = 1 << 20;

/// Reads to the end, at most so many bytes at a time.
///
/// # Errors
/// As [`Source::read`].
pub(crate) fn each_piece(
    source: &mut dyn Source,
    at_once: usize,
    take: &mut dyn FnMut(&[u8]),
) -> DiskResult<()> {
    let mut buffer = vec![0; at_once];
    loop {
        match source.read(&mut buffer)? {
            0 => return Ok(()),
            read => take(&buffer[..read]),
        }
    }
}

/// A file open for writing that nobody else knows yet.
pub trait Sink: Send {
    /// Writes on, all of it.
    ///
    /// # Errors
    /// [`DiskErrorKind::Full`] and what the system says; how much was written is not known then.
    fn write(&mut self, bytes: &[u8]) -> DiskResult<()>;
    /// Sets the time of the last change, nanoseconds since 1970. To be called last before
    /// [`Self::sync`].
    ///
    /// # Errors
    /// What the system says.
    fn set_modified(&mut self, mtime_ns: i64) -> DiskResult<()>;
    /// Waits until content and times are durable and gives its state. After an error nothing is
    /// certain and asking again proves nothing: the file is to be thrown away.
    ///
    /// # Errors
    /// What the system says.
    fn sync(&mut self) -> DiskResult<LocalStat>;
}

/// A mapped folder. No call follows a link below it or leaves it; none deletes content that was not
/// made by [`Self::create`]. Names of folders are durable only after [`Self::sync_folder`].
pub trait Disk: Send + Sync {
    /// All names in a folder, in any order. Either all of them or an error.
    ///
    /// # Errors
    /// What the system says; a folder of which a part could not be read is an error.
    fn list(&self, folder: &LocalPath) -> DiskResult<Vec<Listed>>;

    /// What a name stands for; `None`: the folder is there and the name is not in it.
    ///
    /// # Errors
    /// Whatever leaves it uncertain, a missing folder above it included.
    fn look(&self, path: &LocalPath) -> DiskResult<Option<Found>>;

    /// Opens a file for reading.
    ///
    /// # Errors
    /// [`DiskErrorKind::NoFolder`] for a link, [`DiskErrorKind::IsFolder`]; what the system says.
    fn open(&self, path: &LocalPath) -> DiskResult<Box<dyn Source>>;

    /// Makes a new file, for this user alone.
    ///
    /// # Errors
    /// [`DiskErrorKind::Taken`]; what the system says.
    fn create(&self, path: &LocalPath) -> DiskResult<Box<dyn Sink>>;

    /// Makes a folder in one that is there.
    ///
    /// # Errors
    /// [`DiskErrorKind::Taken`]; what the system says.
    fn make_folder(&self, path: &LocalPath) -> DiskResult<()>;

    /// Removes an empty folder.
    ///
    /// # Errors
    /// [`DiskErrorKind::NotEmpty`]; what the system says.
    fn remove_folder(&self, path: &LocalPath) -> DiskResult<()>;

    /// Removes a file that [`Self::create`] made and nobody else was told of.
    ///
    /// # Errors
    /// What the system says.
    fn discard(&self, path: &LocalPath) -> DiskResult<()>;

    /// Renames, if the new name is free, in one step.
    ///
    /// # Errors
    /// [`DiskErrorKind::Taken`], [`DiskErrorKind::Unsupported`] where the volume cannot do both in
    /// one step; what the system says.
    fn rename(&self, from: &LocalPath, to: &LocalPath) -> DiskResult<()>;

    /// Lets two names change what they stand for, in one step.
    ///
    /// # Errors
    /// [`DiskErrorKind::Unsupported`]; what the system says.
    fn exchange(&self, one: &LocalPath, other: &LocalPath) -> DiskResult<()>;

    /// Waits until the names in a folder are durable.
    ///
    /// # Errors
    /// What the system says.
    fn sync_folder(&self, folder: &LocalPath) -> DiskResult<()>;
}
