//! Earlier content of files (SMH section 13): kept at overwrite, dropped by count and age.

use albumen_db::{Row, Tx, params};
use albumen_model::{LibraryId, Timestamp, smh::LibrarySettings};

use super::{
    column::{self, moment, to_i64, to_u64},
    library,
    node::{Content, Node},
    object,
};
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

/// Earlier content as people see it.
#[derive(Clone, Debug)]
pub(crate) struct Earlier {
    /// What names it on the wire: `id`, `history_id`.
    pub(crate) id: i64,
    pub(crate) node: i64,
    /// The node's revision when this was its content.
    pub(crate) number: u64,
    pub(crate) user_id: String,
    /// When it was uploaded.
    pub(crate) created: Timestamp,
    pub(crate) content: Content,
}

const SELECT_EARLIER: &str = "SELECT v.id, v.node, v.version, v.user_id, v.created_ms, o.id, o.key,
    v.content_type, o.size, o.crc64, o.etag FROM versions v JOIN objects o ON o.id = v.object";

fn read_earlier(row: &Row<'_>) -> Result<Earlier, Error> {
    Ok(Earlier {
        id: row.get(0)?,
        node: row.get(1)?,
        number: to_u64(row.get(2)?),
        user_id: row.get(3)?,
        created: moment(row, 4)?,
        content: Content {
            object: row.get(5)?,
            object_key: row.get(6)?,
            content_type: row.get(7)?,
            size: to_u64(row.get(8)?),
            crc64: column::to_crc64(row.get(9)?),
            e_tag: row.get(10)?,
        },
    })
}

/// All earlier content of a leaf, the oldest first: a library keeps at most 999.
pub(crate) fn of_node(tx: &Tx<'_>, node: i64) -> Result<Vec<Earlier>, Error> {
    let sql = format!("{SELECT_EARLIER} WHERE v.node = ?1 ORDER BY v.id");
    tx.query(&sql, params![node], read_earlier)
}

/// The earlier content of this number of a leaf.
pub(crate) fn of_node_by_id(tx: &Tx<'_>, node: i64, id: u64) -> Result<Option<Earlier>, Error> {
    let sql = format!("{SELECT_EARLIER} WHERE v.node = ?1 AND v.id = ?2");
    tx.query_opt(&sql, params![node, to_i64(id)], read_earlier)
}

/// The earlier content of this number in a space.
pub(crate) fn in_space(tx: &Tx<'_>, space: i64, id: u64) -> Result<Option<Earlier>, Error> {
    let sql =
        format!("{SELECT_EARLIER} JOIN nodes n ON n.id = v.node WHERE n.space = ?1 AND v.id = ?2");
    tx.query_opt(&sql, params![space, to_i64(id)], read_earlier)
}

/// The version of this number in a space, as what may go.
pub(crate) fn find(tx: &Tx<'_>, space: i64, id: u64) -> Result<Option<Version>, Error> {
    let sql = format!("{SELECT} WHERE n.space = ?1 AND v.id = ?2");
    tx.query_opt(&sql, params![space, to_i64(id)], read)
}

/// Versions of a library after one and up to another, both numbers, in their order.
pub(crate) fn of_library(
    tx: &Tx<'_>,
    library: &LibraryId,
    after: i64,
    upto: i64,
    limit: u32,
) -> Result<Vec<Version>, Error> {
    let sql = format!(
        "{SELECT} JOIN spaces s ON s.key = n.space
         WHERE v.id > ?2 AND v.id <= ?3 AND s.library = ?1 ORDER BY v.id LIMIT ?4"
    );
    tx.query(&sql, params![library.as_str(), after, upto, limit], read)
}

/// The number of the newest version anywhere; 0 before the first.
pub(crate) fn newest(tx: &Tx<'_>) -> Result<i64, Error> {
    let sql = "SELECT coalesce(max(id), 0) FROM versions";
    Ok(tx.query_one(sql, params![], |row| row.get(0))?)
}

/// Since when a leaf's content has counted as one version: the last time that one was kept, or its
/// creation.
pub(crate) fn last_kept(tx: &Tx<'_>, node: &Node) -> Result<Timestamp, Error> {
    let sql = "SELECT max(replaced_ms) FROM versions WHERE node = ?1";
    let kept: Option<i64> = tx.query_one(sql, params![node.id], |row| row.get(0))?;
    Ok(kept.map_or(node.created, Timestamp::from_millis))
}

/// Seconds within which overwrites in a space make one version; 0 for none.
pub(crate) fn merge_interval(tx: &Tx<'_>, space: i64) -> Result<u32, Error> {
    let sql = "SELECT l.settings FROM libraries l JOIN spaces s ON s.library = l.id
         WHERE s.key = ?1";
    let settings: String = tx.query_one(sql, params![space], |row| row.get(0))?;
    let settings: LibrarySettings = column::from_json(&settings, "library settings")?;
    Ok(settings.file_history_merge_interval)
}

/// The leaf of a space that has the version of this number as its latest again.
pub(crate) fn is_latest(tx: &Tx<'_>, space: i64, id: u64) -> Result<Option<i64>, Error> {
    let sql = "SELECT id FROM nodes WHERE latest_from = ?2 AND space = ?1";
    tx.query_opt(sql, params![space, to_i64(id)], |row| Ok(row.get(0)?))
}

/// Makes earlier content the latest of its leaf: the row of the version goes, its content is the
/// leaf's. What was the latest must be kept already.
pub(crate) fn make_latest(tx: &Tx<'_>, earlier: &Earlier, now: Timestamp) -> Result<(), Error> {
    tx.execute("DELETE FROM versions WHERE id = ?1", params![earlier.id])?;
    let content = &earlier.content;
    tx.execute(
        "UPDATE nodes SET object = ?2, size = ?3, content_type = ?4, user_id = ?5,
             uploaded_ms = ?6, modified_ms = ?7, revision = revision + 1, quota_removed_ms = NULL,
             latest_set_ms = ?7, latest_from = ?8 WHERE id = ?1",
        params![
            earlier.node,
            content.object,
            to_i64(content.size),
            content.content_type,
            earlier.user_id,
            earlier.created.millis(),
            now.millis(),
            earlier.id,
        ],
    )?;
    Ok(())
}
