//! Objects: which content is referred to, and what is to be deleted from the object store.
//!
//! A row of `objects` lives as long as a node or a version refers to it. When the last one goes,
//! the same transaction moves its key to `orphan_objects`; the sweeper deletes it from the store
//! afterwards. As nothing can find an object that has no row, no new reference can appear in
//! between.

use albumen_db::{Row, Tx, params};
use albumen_media::digest::QUICK_UPLOAD_MIN;
use albumen_model::{Crc64, Timestamp};

use super::{
    column::{from_crc64, to_crc64, to_i64, to_u64},
    hash,
};
use crate::{error::Error, lock};

/// Adds an object; its row id.
pub(crate) fn insert(
    tx: &Tx<'_>,
    key: &str,
    size: u64,
    crc64: Crc64,
    e_tag: &str,
) -> Result<i64, Error> {
    let sql = "INSERT INTO objects (key, size, crc64, etag) VALUES (?1, ?2, ?3, ?4) RETURNING id";
    let object = tx.insert_id(sql, params![key, to_i64(size), from_crc64(crc64), e_tag])?;
    if size >= QUICK_UPLOAD_MIN {
        hash::queue(tx, object)?;
    }
    Ok(object)
}

/// An object that is referred to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptObject {
    /// Its key; one with a colon is at the object store of that name.
    pub key: String,
    /// Its size in bytes.
    pub size: u64,
    /// The CRC-64 of its content.
    pub crc64: Crc64,
}

/// Objects after a row, by row, at most `limit`.
pub(crate) fn after(
    tx: &Tx<'_>,
    row: i64,
    limit: u32,
) -> Result<Vec<(i64, KeptObject)>, albumen_db::Error> {
    tx.query(
        "SELECT id, key, size, crc64 FROM objects WHERE id > ?1 ORDER BY id LIMIT ?2",
        params![row, limit],
        |row| {
            let (key, size) = (row.get(1)?, to_u64(row.get(2)?));
            Ok((row.get(0)?, KeptObject { key, size, crc64: to_crc64(row.get(3)?) }))
        },
    )
}

/// Lets go of an object when nothing refers to it any more.
pub(crate) fn release(tx: &Tx<'_>, object: i64, now: Timestamp) -> Result<(), Error> {
    tx.lock(&[lock::objects()])?;
    tx.execute(
        "INSERT INTO orphan_objects (key, since_ms) SELECT o.key, CAST(?2 AS BIGINT)
         FROM objects o WHERE o.id = ?1
         AND NOT EXISTS (SELECT 1 FROM nodes WHERE object = o.id)
         AND NOT EXISTS (SELECT 1 FROM versions WHERE object = o.id)",
        params![object, now.millis()],
    )?;
    tx.execute(
        "DELETE FROM objects WHERE id = ?1 AND key IN (SELECT key FROM orphan_objects)",
        params![object],
    )?;
    Ok(())
}

/// Notes a key that no row refers to: the content of a session that came to nothing, which goes at
/// once.
pub(crate) fn orphan(tx: &Tx<'_>, key: &str, now: Timestamp) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO orphan_objects (key, since_ms, prompt)
         SELECT CAST(?1 AS TEXT), CAST(?2 AS BIGINT), 1
         WHERE NOT EXISTS (SELECT 1 FROM objects WHERE key = ?1)
         ON CONFLICT DO NOTHING",
        params![key, now.millis()],
    )?;
    Ok(())
}

/// Deletes a node, everything below it, their versions and bin rows, and lets go of their objects.
pub(crate) fn purge_subtree(tx: &Tx<'_>, root: i64, now: Timestamp) -> Result<(), Error> {
    begin_doom(tx)?;
    tx.execute(
        "INSERT INTO doomed WITH RECURSIVE tree (id) AS (
             SELECT CAST(?1 AS BIGINT)
             UNION ALL SELECT n.id FROM nodes n JOIN tree t ON n.parent = t.id)
         SELECT id FROM tree",
        params![root],
    )?;
    end_doom(tx, now)
}

/// Begins with nothing doomed: the table `doomed` takes nodes from then on.
pub(super) fn begin_doom(tx: &Tx<'_>) -> Result<(), Error> {
    tx.lock(&[lock::objects()])?;
    for sql in DOOMED_TABLES {
        tx.execute(sql, params![])?;
    }
    Ok(())
}

/// Deletes the nodes that are doomed, their versions and bin rows, and lets go of their objects.
pub(super) fn end_doom(tx: &Tx<'_>, now: Timestamp) -> Result<(), Error> {
    for sql in DOOM_NODES {
        tx.execute(sql, params![])?;
    }
    tx.execute(
        "INSERT INTO orphan_objects (key, since_ms)
         SELECT o.key, CAST(?1 AS BIGINT) FROM objects o
         WHERE o.id IN (SELECT id FROM doomed_objects)
         AND NOT EXISTS (SELECT 1 FROM nodes WHERE object = o.id)
         AND NOT EXISTS (SELECT 1 FROM versions WHERE object = o.id)",
        params![now.millis()],
    )?;
    let sql = "DELETE FROM objects WHERE id IN (SELECT id FROM doomed_objects)
         AND key IN (SELECT key FROM orphan_objects)";
    tx.execute(sql, params![])?;
    Ok(())
}

/// Scratch tables of a connection: what a purge takes away.
const DOOMED_TABLES: [&str; 4] = [
    "CREATE TEMP TABLE IF NOT EXISTS doomed (id BIGINT PRIMARY KEY)",
    "CREATE TEMP TABLE IF NOT EXISTS doomed_objects (id BIGINT PRIMARY KEY)",
    "DELETE FROM doomed",
    "DELETE FROM doomed_objects",
];

/// Deletes the nodes that are doomed, and dooms their objects. A link that would be left behind
/// leads nowhere from then on.
const DOOM_NODES: [&str; 5] = [
    "UPDATE nodes SET target = NULL WHERE target IN (SELECT id FROM doomed)",
    "INSERT INTO doomed_objects
         SELECT object FROM nodes WHERE id IN (SELECT id FROM doomed) AND object IS NOT NULL
         UNION SELECT object FROM versions WHERE node IN (SELECT id FROM doomed)",
    "DELETE FROM versions WHERE node IN (SELECT id FROM doomed)",
    "DELETE FROM recycled WHERE node IN (SELECT id FROM doomed)",
    "DELETE FROM nodes WHERE id IN (SELECT id FROM doomed)",
];

/// Keys to delete from the store, oldest first. What was the content of a file is kept for a while,
/// so that a mistake or a restored backup of the database still finds it: only what nothing has
/// referred to since `before` goes.
pub(crate) fn orphans(tx: &Tx<'_>, before: Timestamp, limit: u32) -> Result<Vec<String>, Error> {
    let read = |row: &Row<'_>| -> Result<String, Error> { Ok(row.get(0)?) };
    let prompt = "SELECT key FROM orphan_objects WHERE prompt = 1 ORDER BY since_ms LIMIT ?1";
    let mut keys = tx.query(prompt, params![limit], read)?;
    let left = limit.saturating_sub(u32::try_from(keys.len()).unwrap_or(u32::MAX));
    let aged = "SELECT key FROM orphan_objects WHERE prompt = 0 AND since_ms <= ?1
         ORDER BY since_ms LIMIT ?2";
    keys.extend(tx.query(aged, params![before.millis(), left], read)?);
    Ok(keys)
}

/// Forgets keys that the store has deleted.
pub(crate) fn forget_orphans(tx: &Tx<'_>, keys: &[String]) -> Result<(), Error> {
    for key in keys {
        tx.execute("DELETE FROM orphan_objects WHERE key = ?1", params![key])?;
    }
    Ok(())
}
