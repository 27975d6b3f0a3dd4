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

/// Earlier content that may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) id: i64,
    pub(crate) node: i64,
    pub(crate) space: i64,
    /// The node's revision when this was its content.
    pub(crate) number: i64,
    object: i64,
    /// Bytes.
    pub(crate) size: i64,
}

const SELECT: &str = "SELECT v.id, v.node, n.space, v.version, v.object, o.size FROM versions v
    JOIN nodes n ON n.id = v.node JOIN objects o ON o.id = v.object";

fn read(row: &Row<'_>) -> Result<Version, Error> {
    Ok(Version {
        id: row.get(0)?,
        node: row.get(1)?,
        space: row.get(2)?,
        number: row.get(3)?,
        object: row.get(4)?,
        size: row.get(5)?,
    })
}

/// The oldest versions of a leaf beyond a count.
pub(crate) fn beyond(tx: &Tx<'_>, node: i64, count: u32) -> Result<Vec<Version>, Error> {
    let sql = format!(
        "{SELECT} WHERE v.node = ?1 AND v.id NOT IN
         (SELECT id FROM versions WHERE node = ?1 ORDER BY version DESC LIMIT ?2)"
    );
    tx.query(&sql, params![node, count], read)
}

/// Versions that are older than their libraries keep them; at most `limit` of each library.
pub(crate) fn expired(tx: &Tx<'_>, now: Timestamp, limit: u32) -> Result<Vec<Version>, Error> {
    let sql = format!(
        "{SELECT} JOIN spaces s ON s.key = n.space
         WHERE s.library = ?1 AND v.replaced_ms < ?2 LIMIT ?3"
    );
    let mut expired = Vec::new();
    for library in library::list(tx)? {
        let days = library.settings.file_history_expire_day;
        if days > 0 {
            let before = now.plus_millis(-i64::from(days) * DAY_MS);
            let values = params![library.id.as_str(), before.millis(), limit];
            expired.extend(tx.query(&sql, values, read)?);
        }
    }
    Ok(expired)
}

/// Forgets a version and lets go of its content; false when it was gone already.
pub(crate) fn remove(tx: &Tx<'_>, version: &Version, now: Timestamp) -> Result<bool, Error> {
    let there = tx.execute("DELETE FROM versions WHERE id = ?1", params![version.id])? == 1;
    if there {
        object::release(tx, version.object, now)?;
    }
    Ok(there)
}
