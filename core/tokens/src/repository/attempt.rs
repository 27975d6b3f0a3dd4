//! Wrong passwords, counted for each pair of account and address. Neither is kept: a keyed hash is.

use albumen_db::rusqlite::{Connection, OptionalExtension, Result, params};
use albumen_model::Timestamp;

/// Failures in a row and the moment of the last.
pub(crate) fn get(conn: &Connection, who: &[u8]) -> Result<Option<(u32, i64)>> {
    conn.query_row("SELECT failures, last_at FROM attempt WHERE who = ?1", [who], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
    .optional()
}

pub(crate) fn failed(conn: &Connection, who: &[u8], now: Timestamp) -> Result<()> {
    conn.execute(
        "INSERT INTO attempt (who, failures, last_at) VALUES (?1, 1, ?2)
         ON CONFLICT (who) DO UPDATE SET failures = failures + 1, last_at = ?2",
        params![who, now.millis()],
    )?;
    Ok(())
}

pub(crate) fn succeeded(conn: &Connection, who: &[u8]) -> Result<()> {
    conn.execute("DELETE FROM attempt WHERE who = ?1", [who])?;
    Ok(())
}

pub(crate) fn forget_before(conn: &Connection, moment: Timestamp) -> Result<()> {
    conn.execute("DELETE FROM attempt WHERE last_at < ?1", [moment.millis()])?;
    Ok(())
}
