//! How long bins keep things, and what is in them for nobody any more: purged items and those of an
//! emptied bin, whose rows go bit by bit (SMH sections 12.6 and 12.7).

use albumen_db::{Row, Tx, params};
use albumen_model::Timestamp;

use super::column::to_u64;
use crate::error::Error;

/// When an item `r` goes at the earliest, given what its bin was told later.
macro_rules! floor {
    () => {
        "r.removed_ms + 86400000 * coalesce((SELECT max(f.days) FROM bin_floors f
             WHERE f.space = r.space AND f.upto >= r.id), 0)"
    };
}

macro_rules! purge_time {
    () => {
        concat!("CASE WHEN r.purge_ms < ", floor!(), " THEN ", floor!(), " ELSE r.purge_ms END")
    };
}

/// SQL for when an item `r` is purged by itself; NULL for never.
pub(super) const PURGE_TIME: &str = purge_time!();

/// The same to sort by: what never goes has the longest time left.
pub(super) const REMAINING: &str = concat!("coalesce(", purge_time!(), ", 9223372036854775807)");

/// SQL that is true for items `r` of a space `s` that are there for people.
pub(super) const VISIBLE: &str = "r.purged = 0 AND r.id > s.bin_emptied";

/// Days that a space's bin keeps things; `None`: as its library has it.
pub(crate) fn days(tx: &Tx<'_>, space: i64) -> Result<Option<u32>, Error> {
    let sql = "SELECT bin_days FROM spaces WHERE key = ?1";
    let days: Option<i64> = tx.query_one(sql, params![space], |row| row.get(0))?;
    days.map(|days| u32::try_from(days).map_err(|_| Error::Damaged("bin days"))).transpose()
}

/// Sets how many days a space's bin keeps things. What is in it stays at least so long from now on,
/// and never goes earlier than it would have.
pub(crate) fn set_days(tx: &Tx<'_>, space: i64, days: u32) -> Result<(), Error> {
    tx.execute("UPDATE spaces SET bin_days = ?2 WHERE key = ?1", params![space, days])?;
    // Those of fewer days reach no further than this one, which asks for more.
    let sql = "DELETE FROM bin_floors WHERE space = ?1 AND days <= ?2";
    tx.execute(sql, params![space, days])?;
    tx.execute(
        "INSERT INTO bin_floors (space, upto, days)
         SELECT CAST(?1 AS BIGINT), max(id), CAST(?2 AS BIGINT) FROM recycled WHERE space = ?1
         HAVING max(id) IS NOT NULL ON CONFLICT DO NOTHING",
        params![space, days],
    )?;
    Ok(())
}

/// Spaces and numbers of the items in bins whose time is over.
pub(crate) fn expired(tx: &Tx<'_>, now: Timestamp, limit: u32) -> Result<Vec<(i64, u64)>, Error> {
    let sql = format!(
        "SELECT r.space, r.id FROM recycled r JOIN spaces s ON s.key = r.space
         WHERE r.purge_ms <= ?1 AND {VISIBLE} AND {PURGE_TIME} <= ?1
         ORDER BY r.purge_ms LIMIT ?2"
    );
    tx.query(&sql, params![now.millis(), limit], |row| Ok((row.get(0)?, to_u64(row.get(1)?))))
}

/// Empties a bin: from now on nobody finds what is in it.
pub(crate) fn empty(tx: &Tx<'_>, space: i64) -> Result<(), Error> {
    tx.execute(
        "UPDATE spaces SET bin_emptied = coalesce((SELECT max(id) FROM recycled WHERE space = ?1),
             0) WHERE key = ?1",
        params![space],
    )?;
    Ok(())
}

/// Purges one item: from now on nobody finds it. The event has been told.
pub(crate) fn hide(tx: &Tx<'_>, node: i64) -> Result<(), Error> {
    tx.execute("UPDATE recycled SET purged = 1 WHERE node = ?1", params![node])?;
    Ok(())
}

/// Takes a node that hangs in no tree any more for purged. The event has been told.
pub(crate) fn put_hidden(tx: &Tx<'_>, space: i64, node: i64, now: Timestamp) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO recycled (space, node, path, size, removed_ms, purged)
         VALUES (?1, ?2, '[]', 0, ?3, 1)",
        params![space, node, now.millis()],
    )?;
    Ok(())
}

/// Something of a space's bin that is there for nobody.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hidden {
    pub(crate) node: i64,
    /// Whether the change feed has it already.
    pub(crate) is_told: bool,
}

/// What is to be freed next in a space: purged items, then what was emptied. Each has an index, so
/// that nothing of what stays is looked at.
pub(crate) fn next_hidden(tx: &Tx<'_>, space: i64) -> Result<Option<Hidden>, Error> {
    const PURGED: &str = "SELECT r.node, r.purged FROM recycled r
         WHERE r.space = ?1 AND r.purged = 1 ORDER BY r.id LIMIT 1";
    // Nobody is told of what goes with its space.
    const EMPTIED: &str = "SELECT r.node, s.doomed FROM recycled r
         JOIN spaces s ON s.key = r.space
         WHERE r.space = ?1 AND r.id <= s.bin_emptied ORDER BY r.id LIMIT 1";
    let read = |row: &Row<'_>| -> Result<Hidden, Error> {
        Ok(Hidden { node: row.get(0)?, is_told: row.get::<i64>(1)? == 1 })
    };
    match tx.query_opt(PURGED, params![space], read)? {
        Some(hidden) => Ok(Some(hidden)),
        None => tx.query_opt(EMPTIED, params![space], read),
    }
}

/// Spaces in which something is to be freed.
pub(crate) fn to_free(tx: &Tx<'_>) -> Result<Vec<i64>, Error> {
    let sql = "SELECT space FROM recycled WHERE purged = 1
         UNION SELECT key FROM spaces WHERE bin_emptied > 0
         UNION SELECT key FROM spaces WHERE doomed = 1";
    tx.query(sql, params![], |row| Ok(row.get(0)?))
}

/// Forgets that a bin was emptied, once everything in it then has been freed.
pub(crate) fn all_is_freed(tx: &Tx<'_>, space: i64) -> Result<(), Error> {
    let sql = "UPDATE spaces SET bin_emptied = 0 WHERE key = ?1 AND bin_emptied > 0";
    tx.execute(sql, params![space])?;
    Ok(())
}

/// Whether a node hangs in the tree of its space, or below something in the bin that can still be
/// restored.
pub(crate) fn is_reachable(tx: &Tx<'_>, node: i64) -> Result<bool, Error> {
    let sql = format!(
        "WITH RECURSIVE above (id, parent) AS (
             SELECT id, parent FROM nodes WHERE id = ?1
             UNION ALL SELECT n.id, n.parent FROM nodes n JOIN above a ON n.id = a.parent)
         SELECT 1 FROM above a WHERE a.parent IS NULL AND (
             EXISTS (SELECT 1 FROM spaces s WHERE s.root = a.id)
             OR EXISTS (SELECT 1 FROM recycled r JOIN spaces s ON s.key = r.space
                 WHERE r.node = a.id AND {VISIBLE}))"
    );
    Ok(tx.exists(&sql, params![node])?)
}
