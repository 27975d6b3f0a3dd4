//! Tenant spaces in the database.

use albumen_db::{Row, Tx, params};
use albumen_model::{LibraryId, SpaceId, Timestamp, UserId, smh::SpaceExtension};

use super::{
    column::{from_json, moment, to_json, to_u64},
    usage,
};
use crate::error::Error;

/// A space with the id of its root directory.
#[derive(Clone)]
pub(crate) struct Space {
    pub(crate) key: i64,
    pub(crate) id: SpaceId,
    pub(crate) root: i64,
    pub(crate) user_id: UserId,
    pub(crate) created: Timestamp,
    pub(crate) extension: SpaceExtension,
}

const SELECT: &str = "SELECT key, id, root, user_id, created_ms, extension FROM spaces";

fn read(row: &Row<'_>) -> Result<Space, Error> {
    let damaged = |_| Error::Damaged("space");
    Ok(Space {
        key: row.get(0)?,
        id: SpaceId::parse(row.get::<String>(1)?).map_err(damaged)?,
        root: row.get(2)?,
        user_id: UserId::parse(row.get::<String>(3)?).map_err(damaged)?,
        created: moment(row, 4)?,
        extension: from_json(&row.get::<String>(5)?, "space extension")?,
    })
}

/// One space.
pub(crate) fn find(tx: &Tx<'_>, library: &LibraryId, id: &SpaceId) -> Result<Option<Space>, Error> {
    let sql = format!("{SELECT} WHERE library = ?1 AND id = ?2");
    tx.query_opt(&sql, params![library.as_str(), id.as_str()], read)
}

/// The library and the id of the space of this key.
pub(crate) fn names(tx: &Tx<'_>, key: i64) -> Result<Option<(LibraryId, SpaceId)>, Error> {
    let damaged = |_| Error::Damaged("space");
    tx.query_opt("SELECT library, id FROM spaces WHERE key = ?1", params![key], |row| {
        let library = LibraryId::parse(row.get::<String>(0)?).map_err(damaged)?;
        Ok((library, SpaceId::parse(row.get::<String>(1)?).map_err(damaged)?))
    })
}

/// Adds a space with an empty root.
pub(crate) fn insert(
    tx: &Tx<'_>,
    library: &LibraryId,
    id: &SpaceId,
    user_id: &UserId,
    now: Timestamp,
    extension: &SpaceExtension,
) -> Result<Space, Error> {
    let now_ms = now.millis();
    let key = tx.insert_id(
        "INSERT INTO spaces (library, id, user_id, created_ms, extension)
         VALUES (?1, ?2, ?3, ?4, ?5) RETURNING key",
        params![library.as_str(), id.as_str(), user_id.as_str(), now_ms, to_json(extension)?],
    )?;
    let root = tx.insert_id(
        "INSERT INTO nodes (space, name, leaf, kind, created_ms, modified_ms, uploaded_ms, user_id)
         VALUES (?1, '', 0, 'dir', ?2, ?2, ?2, ?3) RETURNING id",
        params![key, now_ms, user_id.as_str()],
    )?;
    tx.execute("UPDATE spaces SET root = ?2 WHERE key = ?1", params![key, root])?;
    usage::begin(tx, key)?;
    Ok(Space {
        key,
        id: id.clone(),
        root,
        user_id: user_id.clone(),
        created: now,
        extension: extension.clone(),
    })
}

/// Which spaces to list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    /// Only those made by this user.
    pub(crate) made_by: Option<UserId>,
    /// Only ids beginning so.
    pub(crate) prefix: String,
    /// Only ids after this one.
    pub(crate) after: String,
    /// At most so many.
    pub(crate) limit: u32,
}

/// Spaces of a library by id, bytewise.
pub(crate) fn list(tx: &Tx<'_>, library: &LibraryId, wanted: &Wanted) -> Result<Vec<Space>, Error> {
    let sql = format!(
        "{SELECT} WHERE library = ?1 AND id > ?2 AND substr(id, 1, length(CAST(?3 AS TEXT))) = ?3
         AND (CAST(?4 AS TEXT) IS NULL OR user_id = ?4) ORDER BY id LIMIT ?5"
    );
    let user = wanted.made_by.as_ref().map(UserId::as_str);
    let values = params![library.as_str(), wanted.after, wanted.prefix, user, wanted.limit];
    tx.query(&sql, values, read)
}

/// How many spaces a library has, or one user made in it.
pub(crate) fn count(
    tx: &Tx<'_>,
    library: &LibraryId,
    made_by: Option<&UserId>,
) -> Result<u64, Error> {
    let sql = "SELECT count(*) FROM spaces
         WHERE library = ?1 AND (CAST(?2 AS TEXT) IS NULL OR user_id = ?2)";
    let values = params![library.as_str(), made_by.map(UserId::as_str)];
    Ok(to_u64(tx.query_one(sql, values, |row| row.get(0))?))
}

/// Writes the attributes.
pub(crate) fn update(tx: &Tx<'_>, space: &Space) -> Result<(), Error> {
    tx.execute(
        "UPDATE spaces SET extension = ?2 WHERE key = ?1",
        params![space.key, to_json(&space.extension)?],
    )?;
    Ok(())
}

/// Whether its tree holds anything. The bin does not count (SMH section 27).
pub(crate) fn is_empty(tx: &Tx<'_>, space: &Space) -> Result<bool, Error> {
    let sql = "SELECT 1 FROM nodes WHERE parent = ?1 LIMIT 1";
    Ok(!tx.exists(sql, params![space.root])?)
}

/// The roots of everything in it: its own and those of the bin.
pub(crate) fn roots(tx: &Tx<'_>, space: &Space) -> Result<Vec<i64>, Error> {
    let sql = "SELECT id FROM nodes WHERE space = ?1 AND parent IS NULL";
    Ok(tx.query(sql, params![space.key], |row| row.get(0))?)
}

/// Takes the root off, so that it can be deleted with the rest.
pub(crate) fn let_go_of_root(tx: &Tx<'_>, space: &Space) -> Result<(), Error> {
    tx.execute("UPDATE spaces SET root = NULL WHERE key = ?1", params![space.key])?;
    Ok(())
}

/// Removes the row and its counters; its nodes must be gone.
pub(crate) fn delete(tx: &Tx<'_>, space: &Space) -> Result<(), Error> {
    usage::forget(tx, space.key)?;
    tx.execute("DELETE FROM spaces WHERE key = ?1", params![space.key])?;
    Ok(())
}
