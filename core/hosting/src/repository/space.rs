//! Tenant spaces in the database.

use albumen_db::{Row, Tx, params};
use albumen_model::{LibraryId, SpaceId, Timestamp, UserId, smh::SpaceExtension};

use super::{
    column::{from_json, moment, to_i64, to_json, to_u64},
    favorite, quota, recent, retention, search, share, usage,
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
    let sql = format!("{SELECT} WHERE library = ?1 AND id = ?2 AND doomed = 0");
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

/// The root of the space of this key; `None` when it is gone.
pub(crate) fn root(tx: &Tx<'_>, key: i64) -> Result<Option<i64>, Error> {
    let sql = "SELECT root FROM spaces WHERE key = ?1";
    Ok(tx.query_opt::<Option<i64>, Error, _>(sql, params![key], |row| Ok(row.get(0)?))?.flatten())
}

/// The space of this key.
pub(crate) fn by_key(tx: &Tx<'_>, key: i64) -> Result<Option<Space>, Error> {
    tx.query_opt(&format!("{SELECT} WHERE key = ?1"), params![key], read)
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
        "{SELECT} WHERE library = ?1 AND doomed = 0 AND id > ?2
         AND substr(id, 1, length(CAST(?3 AS TEXT))) = ?3
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
         WHERE library = ?1 AND doomed = 0 AND (CAST(?2 AS TEXT) IS NULL OR user_id = ?2)";
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

/// Bytes a second for its downloads; `None`: no limit.
pub(crate) fn traffic_limit(tx: &Tx<'_>, key: i64) -> Result<Option<u64>, Error> {
    let sql = "SELECT traffic_limit FROM spaces WHERE key = ?1";
    Ok(tx.query_one::<Option<i64>, Error, _>(sql, params![key], |row| Ok(row.get(0)?))?.map(to_u64))
}

/// Sets that limit.
pub(crate) fn set_traffic_limit(tx: &Tx<'_>, key: i64, limit: Option<u64>) -> Result<(), Error> {
    let limit = limit.map(to_i64);
    tx.execute("UPDATE spaces SET traffic_limit = ?2 WHERE key = ?1", params![key, limit])?;
    Ok(())
}

/// Takes a space away from everybody; its id is free again. Its root is left to who frees the rest,
/// together with the bin.
pub(crate) fn doom(tx: &Tx<'_>, space: &Space, now: Timestamp) -> Result<(), Error> {
    quota::forget_space(tx, space.key)?;
    // No caller can choose such an id, so it is in nobody's way.
    let id = format!("GONE_{}", space.key);
    tx.execute(
        "UPDATE spaces SET doomed = 1, root = NULL, id = ?2 WHERE key = ?1",
        params![space.key, id],
    )?;
    retention::put_hidden(tx, space.key, space.root, now)?;
    retention::empty(tx, space.key)
}

/// Whether a space is gone for everybody.
pub(crate) fn is_doomed(tx: &Tx<'_>, key: i64) -> Result<bool, Error> {
    Ok(tx.exists("SELECT 1 FROM spaces WHERE key = ?1 AND doomed = 1", params![key])?)
}

/// Takes the root off, so that it can be deleted with the rest.
pub(crate) fn let_go_of_root(tx: &Tx<'_>, space: &Space) -> Result<(), Error> {
    tx.execute("UPDATE spaces SET root = NULL WHERE key = ?1", params![space.key])?;
    Ok(())
}

/// Removes the row and what is kept beside the tree; its nodes must be gone.
pub(crate) fn delete(tx: &Tx<'_>, key: i64) -> Result<(), Error> {
    usage::forget(tx, key)?;
    quota::forget_space(tx, key)?;
    search::forget_space(tx, key)?;
    favorite::forget_space(tx, key)?;
    recent::forget_space(tx, key)?;
    share::forget_space(tx, key)?;
    tx.execute("DELETE FROM bin_floors WHERE space = ?1", params![key])?;
    tx.execute("DELETE FROM spaces WHERE key = ?1", params![key])?;
    Ok(())
}
