//! The change feed in the database: events of a space in commit order. That two writers of one
//! space never interleave is the doing of the lock that every write of it holds.

use albumen_db::{Tx, params};
use albumen_model::{Timestamp, smh::ChangeEvent};

use super::column::{from_json, to_json};
use crate::error::Error;

/// Adds an event at the end.
pub(crate) fn record(tx: &Tx<'_>, space: i64, event: &ChangeEvent) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO changes (space, at_ms, event, node) VALUES (?1, ?2, ?3, ?4)",
        params![space, event.event_time, to_json(event)?, event.inode.as_str().parse::<i64>().ok()],
    )?;
    Ok(())
}

/// The last event about a node in a space, as far as the feed goes back.
pub(crate) fn last_of(tx: &Tx<'_>, space: i64, node: i64) -> Result<Option<ChangeEvent>, Error> {
    let sql = "SELECT event FROM changes WHERE space = ?1 AND node = ?2 ORDER BY id DESC LIMIT 1";
    tx.query_opt(sql, params![space, node], |row| from_json(&row.get::<String>(0)?, "change event"))
}

/// The position of the last event of a space; 0 before the first.
pub(crate) fn end(tx: &Tx<'_>, space: i64) -> Result<i64, Error> {
    let sql = "SELECT coalesce(max(id), 0) FROM changes WHERE space = ?1";
    Ok(tx.query_one(sql, params![space], |row| row.get(0))?)
}

/// Events after a position with their own positions, at most `limit`.
pub(crate) fn after(
    tx: &Tx<'_>,
    space: i64,
    position: i64,
    limit: u32,
) -> Result<Vec<(i64, ChangeEvent)>, Error> {
    let sql = "SELECT id, event FROM changes WHERE space = ?1 AND id > ?2 ORDER BY id LIMIT ?3";
    tx.query(sql, params![space, position, limit], |row| {
        Ok((row.get(0)?, from_json(&row.get::<String>(1)?, "change event")?))
    })
}

/// Forgets events from before a moment; at most `limit`.
pub(crate) fn forget(tx: &Tx<'_>, before: Timestamp, limit: u32) -> Result<(), Error> {
    tx.execute(
        "DELETE FROM changes WHERE id IN
         (SELECT id FROM changes WHERE at_ms < ?1 ORDER BY at_ms LIMIT ?2)",
        params![before.millis(), limit],
    )?;
    Ok(())
}
