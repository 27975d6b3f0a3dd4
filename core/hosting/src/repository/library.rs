//! Libraries in the database.

use albumen_model::{
    LibraryId, Timestamp,
    smh::{LibraryRecord, LibrarySettings},
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::column::{from_json, moment, to_json, to_u64};
use crate::{error::Error, secret::SecretHash};

/// A library with the hash of its secret.
#[derive(Clone)]
pub(crate) struct Library {
    pub(crate) id: LibraryId,
    pub(crate) secret_hash: SecretHash,
    pub(crate) remark: String,
    pub(crate) settings: LibrarySettings,
    pub(crate) created: Timestamp,
}

impl Library {
    /// As the console shows it.
    pub(crate) fn record(self) -> LibraryRecord {
        LibraryRecord {
            library_id: self.id,
            remark: self.remark,
            creation_time: self.created,
            settings: self.settings,
        }
    }
}

const SELECT: &str = "SELECT id, secret_hash, remark, settings, created_ms FROM libraries";

fn read(row: &Row<'_>) -> Result<Result<Library, Error>, rusqlite::Error> {
    let (id, settings): (String, String) = (row.get(0)?, row.get(3)?);
    let (hash, remark, created) = (row.get(1)?, row.get(2)?, moment(row, 4)?);
    Ok(build(id, &settings, hash, remark, created))
}

fn build(
    id: String,
    settings: &str,
    hash: [u8; 32],
    remark: String,
    created: Timestamp,
) -> Result<Library, Error> {
    Ok(Library {
        id: LibraryId::parse(id).map_err(|_| Error::Damaged("library id"))?,
        secret_hash: SecretHash(hash),
        remark,
        settings: from_json(settings, "library settings")?,
        created,
    })
}

/// One library.
pub(crate) fn find(tx: &Connection, id: &LibraryId) -> Result<Option<Library>, Error> {
    let mut statement = tx.prepare_cached(&format!("{SELECT} WHERE id = ?1"))?;
    statement.query_row([id.as_str()], read).optional()?.transpose()
}

/// All libraries, oldest first.
pub(crate) fn list(tx: &Connection) -> Result<Vec<Library>, Error> {
    let mut statement = tx.prepare_cached(&format!("{SELECT} ORDER BY created_ms, id"))?;
    statement.query_map([], read)?.map(|row| row?).collect()
}

/// Adds one.
pub(crate) fn insert(tx: &Connection, library: &Library) -> Result<(), Error> {
    tx.prepare_cached(
        "INSERT INTO libraries (id, secret_hash, remark, settings, created_ms)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        library.id.as_str(),
        library.secret_hash.0,
        library.remark,
        to_json(&library.settings)?,
        library.created.millis(),
    ])?;
    Ok(())
}

/// Writes remark and settings.
pub(crate) fn update(tx: &Connection, library: &Library) -> Result<(), Error> {
    tx.prepare_cached("UPDATE libraries SET remark = ?2, settings = ?3 WHERE id = ?1")?
        .execute(params![library.id.as_str(), library.remark, to_json(&library.settings)?])?;
    Ok(())
}

/// Gives it another secret.
pub(crate) fn set_secret(tx: &Connection, id: &LibraryId, hash: SecretHash) -> Result<(), Error> {
    tx.prepare_cached("UPDATE libraries SET secret_hash = ?2 WHERE id = ?1")?
        .execute(params![id.as_str(), hash.0])?;
    Ok(())
}

/// How many nodes it holds, roots not counted, the bin's included.
pub(crate) fn node_count(tx: &Connection, id: &LibraryId) -> Result<u64, Error> {
    let count: i64 = tx
        .prepare_cached(
            "SELECT count(*) FROM nodes n JOIN spaces s ON s.key = n.space
             WHERE s.library = ?1 AND n.id <> s.root",
        )?
        .query_row([id.as_str()], |row| row.get(0))?;
    Ok(to_u64(count))
}

/// Removes the row; its spaces must be gone.
pub(crate) fn delete(tx: &Connection, id: &LibraryId) -> Result<(), Error> {
    tx.execute("DELETE FROM tokens WHERE library = ?1", [id.as_str()])?;
    tx.execute("DELETE FROM libraries WHERE id = ?1", [id.as_str()])?;
    Ok(())
}
