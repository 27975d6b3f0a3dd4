//! Hashes for quick upload, as the service computed them, and what is still to be hashed.

use albumen_db::{Row, Tx, params};
use albumen_media::digest::ChainedHashes;
use albumen_model::{Crc64, LibraryId, Timestamp};

use super::column::{to_crc64, to_i64, to_u64};
use crate::error::Error;

/// Nodes of one content that are looked at before it counts as unknown.
const NODES_MAX: u32 = 64;

/// An object to read.
#[derive(Clone, Debug)]
pub(crate) struct Due {
    pub(crate) object: i64,
    pub(crate) key: String,
    pub(crate) size: u64,
    pub(crate) crc64: Crc64,
    /// How often it was tried.
    pub(crate) tries: u64,
}

/// Notes an object that has to be hashed.
pub(crate) fn queue(tx: &Tx<'_>, object: i64) -> Result<(), Error> {
    let sql = "INSERT INTO hash_queue (object, due_ms, tries) VALUES (?1, 0, 0)";
    tx.execute(sql, params![object])?;
    Ok(())
}

/// Takes an object for so long: nobody else gets it before `until`. `None`: nothing is due.
pub(crate) fn claim(tx: &Tx<'_>, now: Timestamp, until: Timestamp) -> Result<Option<Due>, Error> {
    let read = |row: &Row<'_>| -> Result<Due, Error> {
        Ok(Due {
            object: row.get(0)?,
            key: row.get(1)?,
            size: to_u64(row.get(2)?),
            crc64: to_crc64(row.get(3)?),
            tries: to_u64(row.get(4)?),
        })
    };
    let sql = "SELECT o.id, o.key, o.size, o.crc64, q.tries FROM hash_queue q
         JOIN objects o ON o.id = q.object WHERE q.due_ms <= ?1 ORDER BY q.due_ms LIMIT 1";
    let Some(due) = tx.query_opt(sql, params![now.millis()], read)? else { return Ok(None) };
    let sql = "UPDATE hash_queue SET due_ms = ?3, tries = tries + 1
         WHERE object = ?1 AND due_ms <= ?2";
    let taken = tx.execute(sql, params![due.object, now.millis(), until.millis()])?;
    Ok((taken == 1).then_some(due))
}

/// Puts a try off.
pub(crate) fn put_off(tx: &Tx<'_>, object: i64, until: Timestamp) -> Result<(), Error> {
    let sql = "UPDATE hash_queue SET due_ms = ?2 WHERE object = ?1";
    tx.execute(sql, params![object, until.millis()])?;
    Ok(())
}

/// Ends the work on an object: with its hashes, or without for one that cannot be hashed.
pub(crate) fn end(tx: &Tx<'_>, object: i64, hashes: Option<&ChainedHashes>) -> Result<(), Error> {
    tx.execute("DELETE FROM hash_queue WHERE object = ?1", params![object])?;
    let Some(hashes) = hashes else { return Ok(()) };
    // The object may be gone by now.
    tx.execute(
        "INSERT INTO object_hashes (object, beginning_hash, full_hash)
         SELECT id, CAST(?2 AS TEXT), CAST(?3 AS TEXT) FROM objects WHERE id = ?1
         ON CONFLICT DO NOTHING",
        params![object, hashes.beginning_hash, hashes.full_hash],
    )?;
    Ok(())
}

/// A node that holds content.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Holder {
    pub(crate) object: i64,
    pub(crate) node: i64,
    /// Root of its space.
    pub(crate) root: i64,
}

/// Which content is looked for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sought<'a> {
    /// By the hash of the whole and the size.
    Whole(&'a str, u64),
    /// By the hash of its beginning, of any size or of this.
    Beginning(&'a str, Option<u64>),
}

/// Nodes of a library that hold such content, in one space or in all; whether they can be reached
/// from their root is not looked at.
pub(crate) fn holders(
    tx: &Tx<'_>,
    library: &LibraryId,
    space: Option<&str>,
    sought: Sought<'_>,
) -> Result<Vec<Holder>, Error> {
    let (column, hash, size) = match sought {
        Sought::Whole(hash, size) => ("full_hash", hash, Some(size)),
        Sought::Beginning(hash, size) => ("beginning_hash", hash, size),
    };
    let sql = format!(
        "SELECT o.id, n.id, s.root FROM object_hashes h
         JOIN objects o ON o.id = h.object
         JOIN nodes n ON n.object = o.id
         JOIN spaces s ON s.key = n.space
         WHERE h.{column} = ?1 AND s.library = ?2
         AND (CAST(?3 AS BIGINT) IS NULL OR o.size = ?3)
         AND (CAST(?4 AS TEXT) IS NULL OR s.id = ?4)
         ORDER BY o.id, n.id LIMIT ?5"
    );
    let size = size.map(to_i64);
    let space = space.map(str::to_owned);
    let values = params![hash, library.as_str(), size, space, NODES_MAX];
    tx.query(&sql, values, |row| {
        Ok(Holder { object: row.get(0)?, node: row.get(1)?, root: row.get(2)? })
    })
}
