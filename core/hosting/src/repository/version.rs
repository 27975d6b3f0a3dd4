//! Earlier content of files (SMH section 13): kept at overwrite, dropped by count and age.

use albumen_db::{Row, Tx, params};
use albumen_model::Timestamp;

use super::{column::to_i64, library, node::Node, object};
use crate::error::Error;

const DAY_MS: i64 = 86_400_000;

/// Keeps the content a leaf has now as a version.
pub(crate) fn keep(tx: &Tx<'_>, node: &Node, now: Timestamp) -> Result<(), Error> {
    let Some(content) = &node.content else { return Ok(()) };
    tx.execute(
        "INSERT INTO versions (node, version, object, content_type, user_id, created_ms,
             replaced_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            node.id,
            to_i64(node.revision),
            content.object,
            content.content_type,
            node.user_id,
            node.uploaded.millis(),
            now.millis(),
        ],
    )?;
    Ok(())
}

/// Drops the oldest versions of a leaf beyond the library's count.
pub(crate) fn trim(tx: &Tx<'_>, node: i64, keep: u32, now: Timestamp) -> Result<(), Error> {
    let sql = "SELECT id, object FROM versions WHERE node = ?1 AND id NOT IN
         (SELECT id FROM versions WHERE node = ?1 ORDER BY version DESC LIMIT ?2)";
    let dropped = tx.query(sql, params![node, keep], ids)?;
    drop_all(tx, &dropped, now)
}

/// Drops versions of libraries with an expiry that are past it; at most `limit` of each library.
pub(crate) fn drop_expired(tx: &Tx<'_>, now: Timestamp, limit: u32) -> Result<(), Error> {
    let sql = "SELECT v.id, v.object FROM versions v
         JOIN nodes n ON n.id = v.node JOIN spaces s ON s.key = n.space
         WHERE s.library = ?1 AND v.replaced_ms < ?2 LIMIT ?3";
    for library in library::list(tx)? {
        let days = library.settings.file_history_expire_day;
        if days > 0 {
            let before = now.plus_millis(-i64::from(days) * DAY_MS);
            let values = params![library.id.as_str(), before.millis(), limit];
            let dropped = tx.query(sql, values, ids)?;
            drop_all(tx, &dropped, now)?;
        }
    }
    Ok(())
}

/// A version's row and its object's.
fn ids(row: &Row<'_>) -> Result<(i64, i64), Error> {
    Ok((row.get(0)?, row.get(1)?))
}

fn drop_all(tx: &Tx<'_>, versions: &[(i64, i64)], now: Timestamp) -> Result<(), Error> {
    for (id, content) in versions {
        tx.execute("DELETE FROM versions WHERE id = ?1", params![id])?;
        object::release(tx, *content, now)?;
    }
    Ok(())
}
