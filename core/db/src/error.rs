//! What can go wrong between a caller and its database.

use std::{path::PathBuf, sync::Arc};

use thiserror::Error;

use crate::postgres;

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
    /// PostgreSQL refused.
    #[error("Database failed: {message} ({code})")]
    Postgres {
        /// SQLSTATE; empty when the trouble was on our side of the wire.
        code: String,
        /// In the server's words, without what is in the rows.
        message: String,
    },
    /// The server cannot be reached, went away, or has no room for us. What a write did is not
    /// known when it happens at the commit.
    #[error("Database server cannot be reached: {0}")]
    Unreachable(String),
    /// The server has no such schema, or one that nothing was ever made in.
    #[error("There is no database: {place}")]
    Missing {
        /// The schema on the server.
        place: String,
    },
    /// The schema on the server that data were to be moved to holds some already.
    #[error("The schema on the server is not empty: {table}")]
    NotEmpty {
        /// A table with rows in it.
        table: String,
    },
    /// What arrived on the server is not what was sent; nothing was kept.
    #[error("A table could not be moved whole: {table}")]
    Transfer {
        /// Which.
        table: String,
    },
    /// The address of the server cannot be used.
    #[error("Database address cannot be used: {0}")]
    Address(&'static str),
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
        match self {
            Self::Sqlite(error) => error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull),
            Self::Postgres { code, .. } => postgres::is_full(code),
            _ => false,
        }
    }

    /// Whether the same again may go well: the database is away, closing, or was too busy.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Closed | Self::Unreachable(_) => true,
            Self::Postgres { code, .. } => postgres::is_transient(code),
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
