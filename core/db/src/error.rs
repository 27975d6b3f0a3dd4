//! What can go wrong between a caller and its database file.

use std::{path::PathBuf, sync::Arc};

use thiserror::Error;

/// A failure of the database itself, never of what a caller decided inside a transaction.
#[derive(Clone, Debug, Error)]
pub enum Error {
    /// The file cannot be made or opened.
    #[error("Database cannot be opened: {path}")]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Arc<std::io::Error>,
    },
    /// The file was written by a newer program; it is left untouched.
    #[error("Database was written by a newer version: {path} has schema {found}, known is {known}")]
    NewerSchema {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: usize,
        /// The newest version this program knows.
        known: usize,
    },
    /// The file belongs to something else; it is left untouched.
    #[error("Database belongs to another program: {path} has application id {found:#x}")]
    ForeignFile {
        /// The file.
        path: PathBuf,
        /// Its application id.
        found: i32,
    },
    /// SQLite refused. Shared, because one failed commit answers every write of its group.
    #[error("Database failed: {0}")]
    Sql(Arc<rusqlite::Error>),
    /// The closure panicked; its changes were rolled back.
    #[error("A database closure panicked")]
    Panicked,
    /// The database was closed before the answer.
    #[error("Database is closed")]
    Closed,
}

impl Error {
    /// Whether the disk is full: the caller may try again once there is room.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Sql(error)
            if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull))
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(Arc::new(error))
    }
}
