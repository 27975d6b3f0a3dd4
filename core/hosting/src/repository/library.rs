//! Libraries in the database.

use albumen_db::{Row, Tx, params};
use albumen_model::{
    LibraryId, Timestamp,
    smh::{LibraryRecord, LibrarySettings},
};

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

fn read(row: &Row<'_>) -> Result<Library, Error> {
    let id: String = row.get(0)?;
    Ok(Library {
        id: LibraryId::parse(id).map_err(|_| Error::Damaged("library id"))?,
        secret_hash: SecretHash(row.get(1)?),
        remark: row.get(2)?,
        settings: from_json(&row.get::<String>(3)?, "library settings")?,
        created: moment(row, 4)?,
    })
}

/// One library.
pub(crate) fn find(tx: &Tx<'_>, id: &LibraryId) -> Result<Option<Library>, Error> {
    tx.query_opt(&format!("{SELECT} WHERE id = ?1"), params![id.as_str()], read)
}

/// All libraries, oldest first.
pub(crate) fn list(tx: &Tx<'_>) -> Result<Vec<Library>, Error> {
    tx.query(&format!("{SELECT} ORDER BY created_ms, id"), params![], read)
}

/// Adds one.
pub(crate) fn insert(tx: &Tx<'_>, library: &Library) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO libraries (id, secret_hash, remark, settings, created_ms)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            library.id.as_str(),
            library.secret_hash.0,
            library.remark,
            to_json(&library.settings)?,
            library.created.millis(),
        ],
    )?;
    Ok(())
}

/// Writes remark and settings.
pub(crate) fn update(tx: &Tx<'_>, library: &Library) -> Result<(), Error> {
    tx.execute(
        "UPDATE libraries SET remark = ?2, settings = ?3 WHERE id = ?1",
        params![library.id.as_str(), library.remark, to_json(&library.settings)?],
    )?;
    Ok(())
}

/// Gives it another secret.
pub(crate) fn set_secret(tx: &Tx<'_>, id: &LibraryId, hash: SecretHash) -> Result<(), Error> {
    tx.execute(
        "UPDATE libraries SET secret_hash = ?2 WHERE id = ?1",
        params![id.as_str(), hash.0],
    )?;
    Ok(())
}

/// How many nodes it holds, roots not counted, the bin's included.
pub(crate) fn node_count(tx: &Tx<'_>, id: &LibraryId) -> Result<u64, Error> {
    let sql = "SELECT count(*) FROM nodes n JOIN spaces s ON s.key = n.space
         WHERE s.library = ?1 AND (s.doomed = 1 OR n.id <> s.root)";
    Ok(to_u64(tx.query_one(sql, params![id.as_str()], |row| row.get(0))?))
}

/// Removes the row; its spaces must be gone.
pub(crate) fn delete(tx: &Tx<'_>, id: &LibraryId) -> Result<(), Error> {
    for sql in [
        "DELETE FROM tokens WHERE library = ?1",
        "DELETE FROM history_clears WHERE library = ?1",
        "DELETE FROM quotas WHERE library = ?1",
    ] {
        tx.execute(sql, params![id.as_str()])?;
    }
    tx.execute("DELETE FROM libraries WHERE id = ?1", params![id.as_str()])?;
    Ok(())
}
