//! What can go wrong between a caller and its database.

use std::{path::PathBuf, sync::Arc};

use thiserror::Error;

/// What a database function answers.
pub type Result<T, E = Error> = std::result::Result<T, E>;

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
    /// The data was written by a newer program; it is left untouched.
    #[error(
        "Database was written by a newer version: {place} has schema {found}, known is {known}"
    )]
    NewerSchema {
        /// The file, or the schema on the server.
        place: String,
        /// Its schema version.
        found: usize,
        /// The newest version this program knows.
        known: usize,
    },
    /// The file or schema belongs to something else; it is left untouched.
    #[error("Database belongs to another program: {place} has application id {found:#x}")]
    Foreign {
        /// The file, or the schema on the server.
        place: String,
        /// Its application id; 0 when it has none.
        found: i32,
    },
    /// SQLite refused. Shared, because one failed commit answers every write of its group.
    #[error("Database failed: {0}")]
    Sqlite(Arc<rusqlite::Error>),
    /// A row was needed and there is none.
    #[error("Database has no such row")]
    NoRow,
    /// A column is not there, or holds what was never written to it.
    #[error("Database column holds something else: number {index}")]
    Column {
        /// Its position in the row, from 0.
        index: usize,
    },
    /// A text to be stored has the character NUL in it, which no text column can keep.
    #[error("A text has the character NUL in it")]
    NulInText,
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
        matches!(self, Self::Sqlite(error)
            if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull))
    }

    /// Whether the same again may go well: the database is away, closing, or was too busy.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Closed => true,
            Self::Sqlite(error) => matches!(
                error.sqlite_error_code(),
                Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked)
            ),
            _ => false,
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(Arc::new(error))
    }
}
