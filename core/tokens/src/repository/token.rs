//! Tokens given out, sealed, with the moment at which each is deleted.

use albumen_db::{Result, Row, Tx, params};
use albumen_model::{
    AccountId, DeviceId, LibraryId, SpaceId, Timestamp,
    auth::{Role, TokenPurpose},
};

use super::{account, id};

/// A token to be deleted.
#[derive(Clone, Debug)]
pub(crate) struct TrackedToken {
    pub(crate) row: i64,
    pub(crate) library_id: LibraryId,
    pub(crate) sealed: Vec<u8>,
}

/// A token that was given out, and for what.
#[derive(Clone, Debug)]
pub(crate) struct NewToken<'a> {
    pub(crate) device: &'a DeviceId,
    pub(crate) library: &'a LibraryId,
    pub(crate) space: &'a SpaceId,
    pub(crate) purpose: TokenPurpose,
    pub(crate) sealed: &'a [u8],
    pub(crate) minted_at: Timestamp,
    pub(crate) ends_at: Timestamp,
}

pub(crate) fn insert(tx: &Tx<'_>, token: &NewToken<'_>) -> Result<i64> {
    tx.insert_id(
        "INSERT INTO token (device_id, library_id, sealed, minted_at, ends_at, space_id, purpose)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING id",
        params![
            token.device.as_str(),
            token.library.as_str(),
            token.sealed,
            token.minted_at.millis(),
            token.ends_at.millis(),
            token.space.as_str(),
            token.purpose.as_str()
        ],
    )
}

/// A token that lives, and whose it is.
#[derive(Clone, Debug)]
pub(crate) struct LiveToken {
    pub(crate) row: i64,
    pub(crate) account: AccountId,
    pub(crate) role: Role,
    /// `None`: given out by a version that did not write it down.
    pub(crate) purpose: Option<TokenPurpose>,
}

/// The tokens that live in a space, and those of which nobody knows for which space they are.
pub(crate) fn live_in(
    tx: &Tx<'_>,
    library: &LibraryId,
    space: &SpaceId,
    now: Timestamp,
) -> Result<Vec<LiveToken>> {
    tx.query(
        "SELECT t.id, d.account_id, a.role, t.purpose FROM token t
         JOIN device d USING (device_id) JOIN account a USING (account_id)
         WHERE t.library_id = ?1 AND (t.space_id = ?2 OR t.space_id IS NULL) AND t.ends_at > ?3",
        params![library.as_str(), space.as_str(), now.millis()],
        |row| {
            let purpose = row.get::<Option<String>>(3)?;
            Ok(LiveToken {
                row: row.get(0)?,
                account: id(row, 1)?,
                role: account::role(row, 2)?,
                purpose: purpose.as_deref().and_then(TokenPurpose::parse),
            })
        },
    )
}

/// Ends one token now.
pub(crate) fn end(tx: &Tx<'_>, row: i64, now: Timestamp) -> Result<()> {
    tx.execute("UPDATE token SET ends_at = ?2 WHERE id = ?1", params![row, now.millis()])?;
    Ok(())
}

/// The tokens of a library that are not deleted yet, at most `limit`.
pub(crate) fn of_library(
    tx: &Tx<'_>,
    library: &LibraryId,
    limit: u32,
) -> Result<Vec<TrackedToken>> {
    tx.query(
        "SELECT id, library_id, sealed FROM token WHERE library_id = ?1 ORDER BY id LIMIT ?2",
        params![library.as_str(), limit],
        tracked,
    )
}

/// How many they are.
pub(crate) fn count_of_library(tx: &Tx<'_>, library: &LibraryId) -> Result<u64> {
    let sql = "SELECT count(*) FROM token WHERE library_id = ?1";
    let count = tx.query_one(sql, params![library.as_str()], |row| row.get::<i64>(0))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Tokens whose end has come, oldest end first, at most `limit`.
pub(crate) fn ended(tx: &Tx<'_>, now: Timestamp, limit: u32) -> Result<Vec<TrackedToken>> {
    tx.query(
        "SELECT id, library_id, sealed FROM token WHERE ends_at <= ?1 ORDER BY ends_at LIMIT ?2",
        params![now.millis(), limit],
        tracked,
    )
}

fn tracked(row: &Row<'_>) -> Result<TrackedToken> {
    Ok(TrackedToken { row: row.get(0)?, library_id: id(row, 1)?, sealed: row.get(2)? })
}

pub(crate) fn remove(tx: &Tx<'_>, row: i64) -> Result<()> {
    tx.execute("DELETE FROM token WHERE id = ?1", params![row])?;
    Ok(())
}

/// Forgets the tokens of a device in a library: the library service has deleted them.
pub(crate) fn remove_of(tx: &Tx<'_>, device: &DeviceId, library: &LibraryId) -> Result<()> {
    let sql = "DELETE FROM token WHERE device_id = ?1 AND library_id = ?2";
    tx.execute(sql, params![device.as_str(), library.as_str()])?;
    Ok(())
}

/// Ends all tokens of an account's devices now.
pub(crate) fn end_of_account(tx: &Tx<'_>, account: &AccountId, now: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE token SET ends_at = ?2 WHERE ends_at > ?2
         AND device_id IN (SELECT device_id FROM device WHERE account_id = ?1)",
        params![account.as_str(), now.millis()],
    )?;
    Ok(())
}

/// Ends the oldest tokens of a device now, so that only `keep` stay.
pub(crate) fn end_oldest(tx: &Tx<'_>, device: &DeviceId, keep: u32, now: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE token SET ends_at = ?3 WHERE ends_at > ?3 AND device_id = ?1 AND id NOT IN (
             SELECT id FROM token WHERE device_id = ?1 ORDER BY id DESC LIMIT ?2)",
        params![device.as_str(), keep, now.millis()],
    )?;
    Ok(())
}

/// Ends all tokens of a library that were made before a moment.
pub(crate) fn end_of_library(
    tx: &Tx<'_>,
    library: &LibraryId,
    made_by: Timestamp,
    now: Timestamp,
) -> Result<u64> {
    tx.execute(
        "UPDATE token SET ends_at = ?3 WHERE ends_at > ?3 AND library_id = ?1 AND minted_at <= ?2",
        params![library.as_str(), made_by.millis(), now.millis()],
    )
}

/// Tokens of a library whose end has come, at most `limit`.
pub(crate) fn ended_of(
    tx: &Tx<'_>,
    library: &LibraryId,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<TrackedToken>> {
    tx.query(
        "SELECT id, library_id, sealed FROM token WHERE library_id = ?1 AND ends_at <= ?2 LIMIT ?3",
        params![library.as_str(), now.millis(), limit],
        |row| Ok(TrackedToken { row: row.get(0)?, library_id: id(row, 1)?, sealed: row.get(2)? }),
    )
}

/// Whether tokens of a library whose end has come are still to be deleted.
pub(crate) fn has_ended(tx: &Tx<'_>, library: &LibraryId, now: Timestamp) -> Result<bool> {
    tx.exists(
        "SELECT 1 FROM token WHERE library_id = ?1 AND ends_at <= ?2 LIMIT 1",
        params![library.as_str(), now.millis()],
    )
}
