//! Places where people signed in before. Neither account nor address can be read from a row's key:
//! a keyed hash of both is kept.

use albumen_db::{Result, Tx, params};
use albumen_model::{AccountId, Timestamp};

pub(crate) fn is_known(tx: &Tx<'_>, place: &[u8], since: Timestamp) -> Result<bool> {
    let sql = "SELECT 1 FROM familiar WHERE place = ?1 AND last_at >= ?2";
    tx.exists(sql, params![place, since.millis()])
}

/// Notes a sign-in there. Of the places of the account the newest `keep` stay.
pub(crate) fn note(
    tx: &Tx<'_>,
    place: &[u8],
    account: &AccountId,
    now: Timestamp,
    keep: u32,
) -> Result<()> {
    tx.execute(
        "INSERT INTO familiar (place, account_id, last_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (place) DO UPDATE SET account_id = ?2, last_at = ?3",
        params![place, account.as_str(), now.millis()],
    )?;
    tx.execute(
        "DELETE FROM familiar WHERE account_id = ?1 AND place NOT IN (
             SELECT place FROM familiar WHERE account_id = ?1
             ORDER BY last_at DESC, place LIMIT ?2)",
        params![account.as_str(), keep],
    )?;
    Ok(())
}

pub(crate) fn forget(tx: &Tx<'_>, account: &AccountId) -> Result<()> {
    tx.execute("DELETE FROM familiar WHERE account_id = ?1", params![account.as_str()])?;
    Ok(())
}

pub(crate) fn forget_before(tx: &Tx<'_>, moment: Timestamp) -> Result<()> {
    tx.execute("DELETE FROM familiar WHERE last_at < ?1", params![moment.millis()])?;
    Ok(())
}
