//! Opening one connection with the settings that every connection here has.

use std::{path::Path, sync::Arc, time::Duration};

use rusqlite::{Connection, OpenFlags, config::DbConfig};

use crate::Error;

/// How long a connection waits for another process: a backup tool may hold the lock for seconds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Statements kept prepared by each connection: more than any caller here has.
const STATEMENTS_CACHED: usize = 256;
/// Size the log is cut back to after a checkpoint, so that one burst does not hold disk for ever.
const LOG_BYTES_KEPT: i64 = 64 << 20;

/// Opens for reading and writing, creating the file for its owner alone.
pub(crate) fn writer(path: &Path) -> Result<Connection, Error> {
    create_private(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    common(&conn)?;
    conn.pragma_update(None, "journal_mode", "WAL")?;
    // FULL: in WAL mode anything less may lose an answered commit when the power goes.
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "journal_size_limit", LOG_BYTES_KEPT)?;
    Ok(conn)
}

/// Opens for reading; the file must be there.
pub(crate) fn reader(path: &Path) -> Result<Connection, Error> {
    // Not READ_ONLY: a reader of a WAL database may have to create the shared-memory file.
    let conn = plain(path)?;
    conn.pragma_update(None, "query_only", "ON")?;
    Ok(conn)
}

/// Opens a file that is there, to do one thing with it.
pub(crate) fn plain(path: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    common(&conn)?;
    Ok(conn)
}

fn common(conn: &Connection) -> Result<(), Error> {
    conn.busy_timeout(BUSY_TIMEOUT)?;
    conn.pragma_update(None, "foreign_keys", "ON")?;
    // A file that somebody else prepared must not run functions through its schema.
    conn.pragma_update(None, "trusted_schema", "OFF")?;
    // Else a statement over a table with partial indexes is compiled anew for each set of values.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS_CACHED);
    Ok(())
}

pub(crate) fn create_private(path: &Path) -> Result<(), Error> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .map(drop)
        .map_err(|source| Error::Open { path: path.to_owned(), source: Arc::new(source) })
}
