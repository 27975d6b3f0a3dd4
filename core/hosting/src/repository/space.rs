//! Tenant spaces in the database.

use albumen_model::{LibraryId, SpaceId, Timestamp, UserId, smh::SpaceExtension};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::column::{from_json, moment, to_json, to_u64};
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

type Columns = (i64, String, i64, String, Timestamp, String);

fn read(row: &Row<'_>) -> Result<Columns, rusqlite::Error> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, moment(row, 4)?, row.get(5)?))
}

fn build((key, id, root, user_id, created, extension): Columns) -> Result<Space, Error> {
    let damaged = |_| Error::Damaged("space");
    Ok(Space {
        key,
        id: SpaceId::parse(id).map_err(damaged)?,
        root,
        user_id: UserId::parse(user_id).map_err(damaged)?,
        created,
        extension: from_json(&extension, "space extension")?,
    })
}

/// One space.
pub(crate) fn find(
    tx: &Connection,
    library: &LibraryId,
    id: &SpaceId,
) -> Result<Option<Space>, Error> {
    tx.prepare_cached(&format!("{SELECT} WHERE library = ?1 AND id = ?2"))?
        .query_row([library.as_str(), id.as_str()], read)
        .optional()?
        .map(build)
        .transpose()
}

/// Adds a space with an empty root.
pub(crate) fn insert(
    tx: &Connection,
    library: &LibraryId,
    id: &SpaceId,
    user_id: &UserId,
    now: Timestamp,
    extension: &SpaceExtension,
) -> Result<Space, Error> {
    let now_ms = now.millis();
    tx.execute(
        "INSERT INTO spaces (library, id, user_id, created_ms, extension)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        params![library.as_str(), id.as_str(), user_id.as_str(), now_ms, to_json(extension)?],
    )?;
    let key = tx.last_insert_rowid();
    tx.execute(
        "INSERT INTO nodes (space, name, leaf, kind, created_ms, modified_ms, uploaded_ms, user_id)
         VALUES (?1, '', 0, 'dir', ?2, ?2, ?2, ?3)",
        params![key, now_ms, user_id.as_str()],
    )?;
    let root = tx.last_insert_rowid();
    tx.execute("UPDATE spaces SET root = ?2 WHERE key = ?1", [key, root])?;
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
pub(crate) fn list(
    tx: &Connection,
    library: &LibraryId,
    wanted: &Wanted,
) -> Result<Vec<Space>, Error> {
    let sql = format!(
        "{SELECT} WHERE library = ?1 AND id > ?2 AND substr(id, 1, length(?3)) = ?3
         AND (?4 IS NULL OR user_id = ?4) ORDER BY id LIMIT ?5"
    );
    let user = wanted.made_by.as_ref().map(UserId::as_str);
    let values = params![library.as_str(), wanted.after, wanted.prefix, user, wanted.limit];
    tx.prepare_cached(&sql)?.query_map(values, read)?.map(|row| build(row?)).collect()
}

/// How many spaces a library has, or one user made in it.
pub(crate) fn count(
    tx: &Connection,
    library: &LibraryId,
    made_by: Option<&UserId>,
) -> Result<u64, Error> {
    let count: i64 = tx
        .prepare_cached(
            "SELECT count(*) FROM spaces WHERE library = ?1 AND (?2 IS NULL OR user_id = ?2)",
        )?
        .query_row(params![library.as_str(), made_by.map(UserId::as_str)], |row| row.get(0))?;
    Ok(to_u64(count))
}

/// Writes the attributes.
pub(crate) fn update(tx: &Connection, space: &Space) -> Result<(), Error> {
    tx.prepare_cached("UPDATE spaces SET extension = ?2 WHERE key = ?1")?
        .execute(params![space.key, to_json(&space.extension)?])?;
    Ok(())
}

/// Whether its tree holds anything. The bin does not count (SMH section 27).
pub(crate) fn is_empty(tx: &Connection, space: &Space) -> Result<bool, Error> {
    let found: Option<i64> = tx
        .prepare_cached("SELECT 1 FROM nodes WHERE parent = ?1 LIMIT 1")?
        .query_row([space.root], |row| row.get(0))
        .optional()?;
    Ok(found.is_none())
}

/// The roots of everything in it: its own and those of the bin.
pub(crate) fn roots(tx: &Connection, space: &Space) -> Result<Vec<i64>, Error> {
    let mut statement =
        tx.prepare_cached("SELECT id FROM nodes WHERE space = ?1 AND parent IS NULL")?;
    Ok(statement.query_map([space.key], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// Takes the root off, so that it can be deleted with the rest.
pub(crate) fn let_go_of_root(tx: &Connection, space: &Space) -> Result<(), Error> {
    tx.execute("UPDATE spaces SET root = NULL WHERE key = ?1", [space.key])?;
    Ok(())
}

/// Removes the row; its nodes must be gone.
pub(crate) fn delete(tx: &Connection, space: &Space) -> Result<(), Error> {
    tx.execute("DELETE FROM spaces WHERE key = ?1", [space.key])?;
    Ok(())
}
