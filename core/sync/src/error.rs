//! What can go wrong in the engine as a whole. Owns the crate's error; what happens to one file is
//! no error of the engine but a problem row in the journal.

use std::path::PathBuf;

use thiserror::Error;

use crate::{mapping::MappingId, watch::WatchError};

/// Why the engine, its journal or a mapping cannot go on.
#[derive(Debug, Error)]
pub enum Error {
    /// Another process has this journal open.
    #[error("The profile at {} is in use by another process", .0.display())]
    InUse(PathBuf),
    /// The journal was written by a newer program.
    #[error("The journal has version {found}, this program knows up to {known}")]
    JournalTooNew {
        /// What the file says.
        found: i64,
        /// The newest that this program can read.
        known: i64,
    },
    /// The file is no journal, or a damaged one. It is left as it is.
    #[error("The journal at {} is damaged or is no journal", .0.display())]
    JournalDamaged(PathBuf),
    /// The database refused.
    #[error("The journal could not be read or written")]
    Journal(#[from] rusqlite::Error),
    /// The writer of the journal has ended.
    #[error("The journal is closed")]
    JournalClosed,
    /// A file operation of the engine's own failed.
    #[error("{what}: {}", .path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The folder to map does not exist or is no folder.
    #[error("The folder is not there: {}", .0.display())]
    FolderMissing(PathBuf),
    /// The folder may not be read.
    #[error("The folder cannot be read: {}", .0.display())]
    FolderUnreadable(PathBuf),
    /// A folder is mapped by its whole path.
    #[error("The folder must be given by its whole path: {}", .0.display())]
    FolderNotAbsolute(PathBuf),
    /// The folder lies in, or holds, a folder that is mapped already.
    #[error(
        "The folder {} overlaps with the mapped folder {}",
        .folder.display(),
        .mapped.display()
    )]
    FolderOverlaps {
        /// What was to be mapped.
        folder: PathBuf,
        /// What is.
        mapped: PathBuf,
    },
    /// No mapping has this id.
    #[error("No such mapping: {0}")]
    NoMapping(MappingId),
    /// No problem, file or photo has this number.
    #[error("No such row: {0}")]
    NoRow(i64),
    /// The folder cannot be watched.
    #[error(transparent)]
    Watch(#[from] WatchError),
    /// The mapped folder refused what concerns it as a whole.
    #[error(transparent)]
    Disk(#[from] crate::disk::DiskError),
    /// The cloud refused a question that concerns a whole mapping.
    #[error(transparent)]
    Cloud(#[from] crate::cloud::CloudError),
    /// What was to be remembered of the trees is no tree. A fault of the program; nothing was done.
    #[error("What was seen of a folder does not fit together")]
    Torn,
    /// A task of the engine ended early.
    #[error("A task of the engine was stopped")]
    Stopped,
}

/// Results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Adds the what and where to an I/O error.
pub(crate) fn io(
    what: &'static str,
    path: impl Into<PathBuf>,
) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.into();
    move |source| Error::Io { what, path, source }
}
