//! Earlier content of files (SMH section 13): kept at overwrite, dropped by count and age.

use albumen_model::Timestamp;
use rusqlite::{Connection, params};

use super::{column::to_i64, node::Node, object};
use crate::error::Error;

/// Keeps the content a leaf has now as a version.
pub(crate) fn keep(tx: &Connection, node: &Node, now: Timestamp) -> Result<(), Error> {
    let Some(content) = &node.content else { return Ok(()) };
    tx.prepare_cached(
        "INSERT INTO versions (node, version, object, content_type, user_id, created_ms,
             replaced_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        node.id,
        to_i64(node.revision),
        content.object,
        content.content_type,
        node.user_id,
        node.uploaded.millis(),
        now.millis(),
    ])?;
    Ok(())
}

/// Drops the oldest versions of a leaf beyond the library's count.
pub(crate) fn trim(tx: &Connection, node: i64, keep: u32, now: Timestamp) -> Result<(), Error> {
    let dropped: Vec<(i64, i64)> = tx
        .prepare_cached(
            "SELECT id, object FROM versions WHERE node = ?1
             ORDER BY version DESC LIMIT -1 OFFSET ?2",
        )?
        .query_map(params![node, keep], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    drop_all(tx, &dropped, now)
}

/// Drops versions of libraries with an expiry that are past it; at most `limit`. How many.
pub(crate) fn drop_expired(tx: &Connection, now: Timestamp, limit: u32) -> Result<usize, Error> {
    let dropped: Vec<(i64, i64)> = tx
        .prepare_cached(
            "SELECT v.id, v.object FROM versions v
             JOIN nodes n ON n.id = v.node JOIN spaces s ON s.key = n.space
             JOIN libraries l ON l.id = s.library
             WHERE l.settings ->> 'fileHistoryExpireDay' > 0
               AND v.replaced_ms < ?1 - (l.settings ->> 'fileHistoryExpireDay') * 86400000
             LIMIT ?2",
        )?
        .query_map(params![now.millis(), limit], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    drop_all(tx, &dropped, now)?;
    Ok(dropped.len())
}

fn drop_all(tx: &Connection, versions: &[(i64, i64)], now: Timestamp) -> Result<(), Error> {
    for (id, content) in versions {
        tx.prepare_cached("DELETE FROM versions WHERE id = ?1")?.execute([id])?;
        object::release(tx, *content, now)?;
    }
    Ok(())
}
