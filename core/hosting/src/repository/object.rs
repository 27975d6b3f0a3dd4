//! Objects: which content is referred to, and what is to be deleted from the object store.
//!
//! A row of `objects` lives as long as a node or a version refers to it. When the last one goes,
//! the same transaction moves its key to `orphan_objects`; the sweeper deletes it from the store
//! afterwards. As nothing can find an object that has no row, no new reference can appear in
//! between.

use albumen_model::{Crc64, Timestamp};
use rusqlite::{Connection, params};

use super::column::{from_crc64, to_i64};
use crate::error::Error;

/// Adds an object; its row id.
pub(crate) fn insert(
    tx: &Connection,
    key: &str,
    size: u64,
    crc64: Crc64,
    e_tag: &str,
) -> Result<i64, Error> {
    tx.prepare_cached("INSERT INTO objects (key, size, crc64, etag) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![key, to_i64(size), from_crc64(crc64), e_tag])?;
    Ok(tx.last_insert_rowid())
}

/// Lets go of an object when nothing refers to it any more.
pub(crate) fn release(tx: &Connection, object: i64, now: Timestamp) -> Result<(), Error> {
    tx.prepare_cached(
        "INSERT INTO orphan_objects (key, since_ms) SELECT o.key, ?2 FROM objects o WHERE o.id = ?1
         AND NOT EXISTS (SELECT 1 FROM nodes WHERE object = o.id)
         AND NOT EXISTS (SELECT 1 FROM versions WHERE object = o.id)",
    )?
    .execute(params![object, now.millis()])?;
    tx.prepare_cached(
        "DELETE FROM objects WHERE id = ?1 AND key IN (SELECT key FROM orphan_objects)",
    )?
    .execute([object])?;
    Ok(())
}

/// Notes a key that no row refers to: the content of a session that came to nothing.
pub(crate) fn orphan(tx: &Connection, key: &str, now: Timestamp) -> Result<(), Error> {
    tx.prepare_cached(
        "INSERT INTO orphan_objects (key, since_ms) SELECT ?1, ?2
         WHERE NOT EXISTS (SELECT 1 FROM objects WHERE key = ?1)
         ON CONFLICT DO NOTHING",
    )?
    .execute(params![key, now.millis()])?;
    Ok(())
}

/// Deletes a node, everything below it, their versions and bin rows, and lets go of their objects.
pub(crate) fn purge_subtree(tx: &Connection, root: i64, now: Timestamp) -> Result<(), Error> {
    tx.execute_batch(
        "CREATE TEMP TABLE IF NOT EXISTS doomed (id INTEGER PRIMARY KEY);
         CREATE TEMP TABLE IF NOT EXISTS doomed_objects (id INTEGER PRIMARY KEY);
         DELETE FROM doomed; DELETE FROM doomed_objects;",
    )?;
    tx.execute(
        "INSERT INTO doomed WITH RECURSIVE tree (id) AS (
             SELECT ?1 UNION ALL SELECT n.id FROM nodes n JOIN tree t ON n.parent = t.id)
         SELECT id FROM tree",
        [root],
    )?;
    tx.execute_batch(
        "INSERT INTO doomed_objects
             SELECT object FROM nodes WHERE id IN (SELECT id FROM doomed) AND object IS NOT NULL
             UNION SELECT object FROM versions WHERE node IN (SELECT id FROM doomed);
         DELETE FROM versions WHERE node IN (SELECT id FROM doomed);
         DELETE FROM recycled WHERE node IN (SELECT id FROM doomed);
         DELETE FROM nodes WHERE id IN (SELECT id FROM doomed);",
    )?;
    tx.execute(
        "INSERT INTO orphan_objects (key, since_ms)
         SELECT o.key, ?1 FROM objects o WHERE o.id IN (SELECT id FROM doomed_objects)
         AND NOT EXISTS (SELECT 1 FROM nodes WHERE object = o.id)
         AND NOT EXISTS (SELECT 1 FROM versions WHERE object = o.id)",
        [now.millis()],
    )?;
    tx.execute_batch(
        "DELETE FROM objects WHERE id IN (SELECT id FROM doomed_objects)
         AND key IN (SELECT key FROM orphan_objects);
         DELETE FROM doomed; DELETE FROM doomed_objects;",
    )?;
    Ok(())
}

/// Keys to delete from the store, oldest first.
pub(crate) fn orphans(tx: &Connection, limit: u32) -> Result<Vec<String>, Error> {
    let mut statement =
        tx.prepare_cached("SELECT key FROM orphan_objects ORDER BY since_ms LIMIT ?1")?;
    Ok(statement.query_map([limit], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// Forgets keys that the store has deleted.
pub(crate) fn forget_orphans(tx: &Connection, keys: &[String]) -> Result<(), Error> {
    let mut statement = tx.prepare_cached("DELETE FROM orphan_objects WHERE key = ?1")?;
    for key in keys {
        statement.execute([key])?;
    }
    Ok(())
}
