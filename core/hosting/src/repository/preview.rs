//! Previews that were made: where they lie, and which of them have to go.

use albumen_db::{Tx, params};
use albumen_model::Timestamp;

use super::column::to_i64;
use crate::error::Error;

/// Previews kept of one object: enough for every client, too few to fill a disk with.
const PER_OBJECT_MAX: i64 = 64;

/// What is known of a preview.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// It lies in the store, of this type.
    Made(String),
    /// None can be made.
    Impossible,
}

/// The preview of this key, if it was asked for before.
pub(crate) fn find(tx: &Tx<'_>, key: &str) -> Result<Option<Kept>, Error> {
    let sql = "SELECT content_type FROM previews WHERE key = ?1";
    let kept = tx.query_opt(sql, params![key], |row| row.get::<Option<String>>(0))?;
    Ok(kept.map(|content_type| content_type.map_or(Kept::Impossible, Kept::Made)))
}

/// Notes a preview of an object; false when the object is gone.
pub(crate) fn note(
    tx: &Tx<'_>,
    key: &str,
    object: i64,
    kept: &Kept,
    size: u64,
    now: Timestamp,
) -> Result<bool, Error> {
    let content_type = match kept {
        Kept::Made(content_type) => Some(content_type.clone()),
        Kept::Impossible => None,
    };
    if !tx.exists("SELECT 1 FROM objects WHERE id = ?1", params![object])? {
        return Ok(false);
    }
    tx.execute(
        "INSERT INTO previews (key, object, content_type, size, made_ms)
         VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
        params![key, object, content_type, to_i64(size), now.millis()],
    )?;
    Ok(true)
}

/// Whether another preview of an object may be kept.
pub(crate) fn has_room(tx: &Tx<'_>, object: i64) -> Result<bool, Error> {
    let sql = "SELECT count(*) FROM previews WHERE object = ?1";
    Ok(tx.query_one(sql, params![object], |row| row.get::<i64>(0))? < PER_OBJECT_MAX)
}

/// Gives up previews whose object is gone; at most `limit`. Nobody can ask for them any more, so
/// that no key is made again while it is deleted.
pub(crate) fn drop_orphans(tx: &Tx<'_>, now: Timestamp, limit: u32) -> Result<(), Error> {
    let sql = "SELECT p.key FROM previews p
         WHERE NOT EXISTS (SELECT 1 FROM objects o WHERE o.id = p.object) LIMIT ?1";
    let gone: Vec<String> = tx.query(sql, params![limit], |row| row.get::<String>(0))?;
    for key in gone {
        super::object::orphan(tx, &key, now)?;
        tx.execute("DELETE FROM previews WHERE key = ?1", params![key])?;
    }
    Ok(())
}
