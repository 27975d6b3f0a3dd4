//! Wrong tries, counted under names: a device, an account, a place. None is kept: a keyed hash is.

use albumen_db::{Result, Tx, params};
use albumen_model::Timestamp;

/// Failures in a row and the moment of the last.
pub(crate) fn get(tx: &Tx<'_>, who: &[u8]) -> Result<Option<(u32, i64)>> {
    tx.query_opt("SELECT failures, last_at FROM attempt WHERE who = ?1", params![who], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
}

pub(crate) fn failed(tx: &Tx<'_>, who: &[u8], now: Timestamp) -> Result<()> {
    tx.execute(
        "INSERT INTO attempt (who, failures, last_at) VALUES (?1, 1, ?2)
         ON CONFLICT (who) DO UPDATE SET failures = attempt.failures + 1, last_at = ?2",
        params![who, now.millis()],
    )?;
    Ok(())
}

/// Sets a count as a rule made it.
pub(crate) fn set(tx: &Tx<'_>, who: &[u8], failures: u32, last_at: i64) -> Result<()> {
    tx.execute(
        "INSERT INTO attempt (who, failures, last_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (who) DO UPDATE SET failures = ?2, last_at = ?3",
        params![who, failures, last_at],
    )?;
    Ok(())
}

pub(crate) fn succeeded(tx: &Tx<'_>, who: &[u8]) -> Result<()> {
    tx.execute("DELETE FROM attempt WHERE who = ?1", params![who])?;
    Ok(())
}

/// Takes one try back.
pub(crate) fn take_back(tx: &Tx<'_>, who: &[u8]) -> Result<()> {
    let sql = "UPDATE attempt SET failures = failures - 1 WHERE who = ?1 AND failures > 0";
    tx.execute(sql, params![who])?;
    Ok(())
}

pub(crate) fn forget_before(tx: &Tx<'_>, moment: Timestamp) -> Result<()> {
    tx.execute("DELETE FROM attempt WHERE last_at < ?1", params![moment.millis()])?;
    Ok(())
}
