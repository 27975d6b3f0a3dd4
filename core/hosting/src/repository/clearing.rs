//! Clearing the history of a whole library: how far each has come (SMH section 13).

use albumen_db::{Row, Tx, params};
use albumen_model::{LibraryId, Timestamp};

use super::column::{maybe_moment, moment};
use crate::error::Error;

/// One clearing, running or done.
#[derive(Clone, Debug)]
pub(crate) struct Clearing {
    pub(crate) id: i64,
    pub(crate) library: LibraryId,
    /// Later versions are none of its business.
    pub(crate) upto: i64,
    /// Versions up to here have gone.
    pub(crate) reached: i64,
    /// How many went.
    pub(crate) deleted: i64,
    pub(crate) created: Timestamp,
    pub(crate) ended: Option<Timestamp>,
}

const SELECT: &str =
    "SELECT id, library, upto, reached, deleted, created_ms, ended_ms FROM history_clears";

fn read(row: &Row<'_>) -> Result<Clearing, Error> {
    Ok(Clearing {
        id: row.get(0)?,
        library: LibraryId::parse(row.get::<String>(1)?)
            .map_err(|_| Error::Damaged("library id"))?,
        upto: row.get(2)?,
        reached: row.get(3)?,
        deleted: row.get(4)?,
        created: moment(row, 5)?,
        ended: maybe_moment(row, 6)?,
    })
}

/// Begins one; its number.
pub(crate) fn begin(
    tx: &Tx<'_>,
    library: &LibraryId,
    upto: i64,
    now: Timestamp,
) -> Result<i64, Error> {
    Ok(tx.insert_id(
        "INSERT INTO history_clears (library, upto, created_ms) VALUES (?1, ?2, ?3) RETURNING id",
        params![library.as_str(), upto, now.millis()],
    )?)
}

/// The newest one of a library.
pub(crate) fn newest(tx: &Tx<'_>, library: &LibraryId) -> Result<Option<Clearing>, Error> {
    let sql = format!("{SELECT} WHERE library = ?1 ORDER BY id DESC LIMIT 1");
    tx.query_opt(&sql, params![library.as_str()], read)
}

/// The one of this number in a library.
pub(crate) fn find(tx: &Tx<'_>, library: &LibraryId, id: i64) -> Result<Option<Clearing>, Error> {
    let sql = format!("{SELECT} WHERE library = ?1 AND id = ?2");
    tx.query_opt(&sql, params![library.as_str(), id], read)
}

/// Those that are not done.
pub(crate) fn running(tx: &Tx<'_>) -> Result<Vec<Clearing>, Error> {
    tx.query(&format!("{SELECT} WHERE ended_ms IS NULL ORDER BY id"), params![], read)
}

/// Notes that versions up to a number have gone, and how many these were.
pub(crate) fn go_on(tx: &Tx<'_>, id: i64, reached: i64, deleted: i64) -> Result<(), Error> {
    tx.execute(
        "UPDATE history_clears SET reached = ?2, deleted = deleted + ?3
         WHERE id = ?1 AND reached < ?2",
        params![id, reached, deleted],
    )?;
    Ok(())
}

/// Notes that all are gone.
pub(crate) fn end(tx: &Tx<'_>, id: i64, now: Timestamp) -> Result<(), Error> {
    let sql = "UPDATE history_clears SET ended_ms = ?2 WHERE id = ?1 AND ended_ms IS NULL";
    tx.execute(sql, params![id, now.millis()])?;
    Ok(())
}

/// Forgets those that ended before a moment.
pub(crate) fn forget(tx: &Tx<'_>, before: Timestamp) -> Result<(), Error> {
    tx.execute("DELETE FROM history_clears WHERE ended_ms < ?1", params![before.millis()])?;
    Ok(())
}
