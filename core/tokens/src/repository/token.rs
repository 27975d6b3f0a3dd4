//! Tokens given out, sealed, with the moment at which each is deleted.

use albumen_db::rusqlite::{Connection, Result, params};
use albumen_model::{AccountId, DeviceId, LibraryId, Timestamp};

use super::id;

/// A token to be deleted.
#[derive(Clone, Debug)]
pub(crate) struct TrackedToken {
    pub(crate) row: i64,
    pub(crate) library_id: LibraryId,
    pub(crate) sealed: Vec<u8>,
}

pub(crate) fn insert(
    conn: &Connection,
    device: &DeviceId,
    library: &LibraryId,
    sealed: &[u8],
    minted_at: Timestamp,
    ends_at: Timestamp,
) -> Result<i64> {
    conn.execute(
        "INSERT INTO token (device_id, library_id, sealed, minted_at, ends_at)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        params![device.as_str(), library.as_str(), sealed, minted_at.millis(), ends_at.millis()],
    )?;
    Ok(conn.last_insert_rowid())
}

/// Tokens whose end has come, oldest end first, at most `limit`.
pub(crate) fn ended(conn: &Connection, now: Timestamp, limit: u32) -> Result<Vec<TrackedToken>> {
    conn.prepare_cached(
        "SELECT id, library_id, sealed FROM token WHERE ends_at <= ?1 ORDER BY ends_at LIMIT ?2",
    )?
    .query_map(params![now.millis(), limit], |row| {
        Ok(TrackedToken { row: row.get(0)?, library_id: id(row, 1)?, sealed: row.get(2)? })
    })?
    .collect()
}

pub(crate) fn remove(conn: &Connection, row: i64) -> Result<()> {
    conn.execute("DELETE FROM token WHERE id = ?1", [row])?;
    Ok(())
}

/// Forgets the tokens of a device in a library: the library service has deleted them.
pub(crate) fn remove_of(conn: &Connection, device: &DeviceId, library: &LibraryId) -> Result<()> {
    let sql = "DELETE FROM token WHERE device_id = ?1 AND library_id = ?2";
    conn.execute(sql, [device.as_str(), library.as_str()])?;
    Ok(())
}

/// Ends all tokens of an account's devices now.
pub(crate) fn end_of_account(conn: &Connection, account: &AccountId, now: Timestamp) -> Result<()> {
    conn.execute(
        "UPDATE token SET ends_at = min(ends_at, ?2)
         WHERE device_id IN (SELECT device_id FROM device WHERE account_id = ?1)",
        params![account.as_str(), now.millis()],
    )?;
    Ok(())
}

/// Ends the oldest tokens of a device now, so that only `keep` stay.
pub(crate) fn end_oldest(
    conn: &Connection,
    device: &DeviceId,
    keep: u32,
    now: Timestamp,
) -> Result<()> {
    conn.execute(
        "UPDATE token SET ends_at = min(ends_at, ?3) WHERE id IN (
             SELECT id FROM token WHERE device_id = ?1 ORDER BY id DESC LIMIT -1 OFFSET ?2)",
        params![device.as_str(), keep, now.millis()],
    )?;
    Ok(())
}
