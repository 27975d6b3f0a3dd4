//! The local database: mappings, the three trees, intents, problems, activity, photo facts. Owns
//! the file, its lock, its version and who may write; the tables' rules are in the files below.

mod activity;
mod albums;
mod counts;
mod files;
mod intents;
mod listing;
mod mappings;
mod nodes;
mod observe;
mod photos;
mod problems;
mod schema;
#[cfg(test)]
mod tests;
mod trees;
mod verified;
mod writer;

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use rusqlite::{Connection, ErrorCode, OpenFlags};

pub use activity::{Activity, ActivityKind};
pub use counts::{Bucket, Counts};
pub use files::{FileRow, FileState};
pub(crate) use files::{Lane, Retry};
pub(crate) use intents::{Intent, PartRow};
pub(crate) use mappings::Milestone;
pub(crate) use nodes::{Agreement, Node};
pub(crate) use observe::{Found, Observation};
pub use photos::{PhotoDetail, PhotoFacts, PhotoRow};
pub use problems::Problem;
pub use trees::TreeRecord;
pub(crate) use verified::VerifiedFile;

use crate::error::{Error, Result, io};
use writer::Writer;

/// Read connections kept for the next reader.
const READERS: usize = 4;
/// Prepared statements each connection keeps: more than there are, so that none is parsed twice.
const STATEMENTS: usize = 128;

/// The open journal. The process that holds it is the only one that does.
pub struct Journal {
    path: PathBuf,
    // Dropped in this order: readers and writer first, the lock last.
    readers: Mutex<Vec<Connection>>,
    writer: Writer,
    _lock: File,
}

impl Journal {
    /// Opens the journal, or makes one where there is none, and brings it to the newest version.
    ///
    /// # Errors
    /// [`Error::InUse`] when another process has it, [`Error::JournalTooNew`],
    /// [`Error::JournalDamaged`] when the file is no journal; the file is left alone then.
    pub fn open(path: &Path) -> Result<Self> {
        let lock = lock(path)?;
        let mut conn = Connection::open(path).map_err(|error| damaged(error, path))?;
        prepare(&conn).map_err(|error| damaged(error, path))?;
        let id: i64 = conn
            .query_row("PRAGMA application_id", [], |row| row.get(0))
            .map_err(|error| damaged(error, path))?;
        if id != 0 && id != schema::APPLICATION_ID {
            return Err(Error::JournalDamaged(path.to_owned()));
        }
        schema::migrate(&mut conn)?;
        conn.set_prepared_statement_cache_capacity(STATEMENTS);
        let writer = Writer::start(conn).map_err(io("Start the journal's thread", path))?;
        Ok(Self { path: path.to_owned(), readers: Mutex::default(), writer, _lock: lock })
    }

    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        self.writer.write(work).await
    }

    pub(crate) async fn note<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        self.writer.note(work).await
    }

    pub(crate) async fn post<F>(&self, work: F) -> Result<()>
    where
        F: FnOnce(&Connection) -> Result<()> + Send + 'static,
    {
        self.writer.post(work).await
    }

    pub(crate) fn write_blocking<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        self.writer.write_blocking(work)
    }

    /// Reads what is committed; readers never wait for the writer.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let idle = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let conn = match idle {
            Some(conn) => conn,
            None => self.reader()?,
        };
        let outcome = work(&conn);
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() < READERS {
            readers.push(conn);
        }
        outcome
    }

    fn reader(&self) -> Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(&self.path, flags)?;
        conn.execute_batch("PRAGMA trusted_schema=OFF; PRAGMA cache_size=-2000")?;
        conn.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(conn)
    }
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journal").field("path", &self.path).finish_non_exhaustive()
    }
}

/// The lock is a file of its own: SQLite's own locks come and go with each transaction.
fn lock(path: &Path) -> Result<File> {
    let beside = path.with_extension("lock");
    let file = File::options()
        .create(true)
        .write(true)
        .truncate(false)
        .open(&beside)
        .map_err(io("Open the lock", &beside))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::InUse(path.to_owned())),
        Err(TryLockError::Error(error)) => Err(io("Take the lock", &beside)(error)),
    }
}

/// FULL, not NORMAL: an intent lost at power loss would make our own upload look like another's.
/// The writer goes down to NORMAL for commits that hold nothing of the kind.
/// `fullfsync` matters on macOS alone, where fsync does not reach the disk.
fn prepare(conn: &Connection) -> rusqlite::Result<()> {
    conn.execute_batch(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA fullfsync=1;
         PRAGMA checkpoint_fullfsync=1; PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF;
         PRAGMA wal_autocheckpoint=4000; PRAGMA journal_size_limit=33554432;
         PRAGMA cache_size=-4000;",
    )
}

fn damaged(error: rusqlite::Error, path: &Path) -> Error {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            Error::JournalDamaged(path.to_owned())
        }
        _ => Error::Journal(error),
    }
}
