//! Libraries with their sealed secrets, and the names of their spaces.

use albumen_client::Certificate;
use albumen_db::{Result, Row, Tx, params};
use albumen_model::{LibraryId, SpaceId, Timestamp};

use super::id;

/// A library as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct KnownLibrary {
    pub(crate) library_id: LibraryId,
    pub(crate) name: String,
    /// The secret, sealed.
    pub(crate) sealed: Vec<u8>,
    /// Where it is hosted; `None`: where the service's own libraries are.
    pub(crate) hosting_url: Option<String>,
    pub(crate) data_scheme: Option<String>,
    /// The authority to trust there beside the system's own.
    pub(crate) authority: Option<Certificate>,
    pub(crate) is_file_library: bool,
    pub(crate) is_multi_space: bool,
    /// Removed: no token of it is given out any more.
    pub(crate) is_removed: bool,
}

/// A space as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct KnownSpace {
    pub(crate) space_id: SpaceId,
    pub(crate) name: String,
    pub(crate) is_multi_album: bool,
}

const COLUMNS: &str = "library_id, name, secret, hosting_url, data_scheme, is_file_library,
    is_multi_space, removed_at, authority";

fn read(row: &Row<'_>) -> Result<KnownLibrary> {
    Ok(KnownLibrary {
        library_id: id(row, 0)?,
        name: row.get(1)?,
        sealed: row.get(2)?,
        hosting_url: row.get(3)?,
        data_scheme: row.get(4)?,
        is_file_library: row.get(5)?,
        is_multi_space: row.get(6)?,
        is_removed: row.get::<Option<i64>>(7)?.is_some(),
        authority: row.get::<Option<Vec<u8>>>(8)?.map(Certificate::from_der),
    })
}

fn read_space(row: &Row<'_>) -> Result<KnownSpace> {
    Ok(KnownSpace { space_id: id(row, 0)?, name: row.get(1)?, is_multi_album: row.get(2)? })
}

pub(crate) fn insert(tx: &Tx<'_>, library: &KnownLibrary, now: Timestamp) -> Result<()> {
    tx.execute(
        "INSERT INTO library (library_id, name, secret, hosting_url, data_scheme, is_file_library,
             is_multi_space, created_at, authority)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            library.library_id.as_str(),
            library.name,
            library.sealed,
            library.hosting_url,
            library.data_scheme,
            library.is_file_library,
            library.is_multi_space,
            now.millis(),
            library.authority.as_ref().map(Certificate::der)
        ],
    )?;
    Ok(())
}

/// Puts a library that was removed back.
pub(crate) fn put_back(tx: &Tx<'_>, library: &KnownLibrary) -> Result<()> {
    tx.execute(
        "UPDATE library SET name = ?2, secret = ?3, hosting_url = ?4, data_scheme = ?5,
             is_file_library = ?6, is_multi_space = ?7, authority = ?8, removed_at = NULL
         WHERE library_id = ?1",
        params![
            library.library_id.as_str(),
            library.name,
            library.sealed,
            library.hosting_url,
            library.data_scheme,
            library.is_file_library,
            library.is_multi_space,
            library.authority.as_ref().map(Certificate::der)
        ],
    )?;
    Ok(())
}

pub(crate) fn set_removed(tx: &Tx<'_>, library: &LibraryId, now: Timestamp) -> Result<()> {
    let sql = "UPDATE library SET removed_at = ?2 WHERE library_id = ?1";
    tx.execute(sql, params![library.as_str(), now.millis()])?;
    Ok(())
}

/// Removed libraries whose secret is still here.
pub(crate) fn half_removed(tx: &Tx<'_>) -> Result<Vec<LibraryId>> {
    tx.query(
        "SELECT library_id FROM library WHERE removed_at IS NOT NULL AND length(secret) > 0",
        params![],
        |row| id(row, 0),
    )
}

pub(crate) fn forget_secret(tx: &Tx<'_>, library: &LibraryId) -> Result<()> {
    let none: &[u8] = &[];
    tx.execute(
        "UPDATE library SET secret = ?2 WHERE library_id = ?1 AND removed_at IS NOT NULL",
        params![library.as_str(), none],
    )?;
    Ok(())
}

pub(crate) fn insert_space(
    tx: &Tx<'_>,
    library: &LibraryId,
    space: &KnownSpace,
    now: Timestamp,
) -> Result<()> {
    tx.execute(
        "INSERT INTO space (library_id, space_id, name, is_multi_album, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            library.as_str(),
            space.space_id.as_str(),
            space.name,
            space.is_multi_album,
            now.millis()
        ],
    )?;
    Ok(())
}

/// The library of that id, removed or not: its tokens have to be deleted all the same.
pub(crate) fn by_id(tx: &Tx<'_>, library: &LibraryId) -> Result<Option<KnownLibrary>> {
    let sql = format!("SELECT {COLUMNS} FROM library WHERE library_id = ?1");
    tx.query_opt(&sql, params![library.as_str()], read)
}

/// The library of that id, unless it was removed.
pub(crate) fn present(tx: &Tx<'_>, library: &LibraryId) -> Result<Option<KnownLibrary>> {
    Ok(by_id(tx, library)?.filter(|known| !known.is_removed))
}

/// Those that were not removed, oldest first.
pub(crate) fn list(tx: &Tx<'_>) -> Result<Vec<KnownLibrary>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM library WHERE removed_at IS NULL ORDER BY created_at, library_id"
    );
    tx.query(&sql, params![], read)
}

pub(crate) fn space(
    tx: &Tx<'_>,
    library: &LibraryId,
    space: &SpaceId,
) -> Result<Option<KnownSpace>> {
    tx.query_opt(
        "SELECT space_id, name, is_multi_album FROM space
         WHERE library_id = ?1 AND space_id = ?2",
        params![library.as_str(), space.as_str()],
        read_space,
    )
}

pub(crate) fn spaces(tx: &Tx<'_>, library: &LibraryId) -> Result<Vec<KnownSpace>> {
    tx.query(
        "SELECT space_id, name, is_multi_album FROM space WHERE library_id = ?1
         ORDER BY created_at, space_id",
        params![library.as_str()],
        read_space,
    )
}

pub(crate) fn has_spaces(tx: &Tx<'_>, library: &LibraryId) -> Result<bool> {
    tx.exists("SELECT 1 FROM space WHERE library_id = ?1 LIMIT 1", params![library.as_str()])
}

pub(crate) fn rename(tx: &Tx<'_>, library: &LibraryId, name: &str) -> Result<()> {
    let sql = "UPDATE library SET name = ?2 WHERE library_id = ?1";
    tx.execute(sql, params![library.as_str(), name])?;
    Ok(())
}

pub(crate) fn rename_space(
    tx: &Tx<'_>,
    library: &LibraryId,
    space: &SpaceId,
    name: &str,
) -> Result<()> {
    tx.execute(
        "UPDATE space SET name = ?3 WHERE library_id = ?1 AND space_id = ?2",
        params![library.as_str(), space.as_str(), name],
    )?;
    Ok(())
}

/// Trusts another authority where the library is hosted.
pub(crate) fn set_authority(
    tx: &Tx<'_>,
    library: &LibraryId,
    authority: Option<&Certificate>,
) -> Result<()> {
    let sql = "UPDATE library SET authority = ?2 WHERE library_id = ?1";
    tx.execute(sql, params![library.as_str(), authority.map(Certificate::der)])?;
    Ok(())
}

/// Keeps another secret, sealed.
pub(crate) fn set_secret(tx: &Tx<'_>, library: &LibraryId, sealed: &[u8]) -> Result<()> {
    let sql = "UPDATE library SET secret = ?2 WHERE library_id = ?1";
    tx.execute(sql, params![library.as_str(), sealed])?;
    Ok(())
}
