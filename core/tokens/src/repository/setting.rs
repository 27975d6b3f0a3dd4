//! Single values: the service's id, a sealed probe of the key, the head of the audit log.

use albumen_db::{Result, Tx, params};

pub(crate) fn get(tx: &Tx<'_>, name: &str) -> Result<Option<Vec<u8>>> {
    tx.query_opt("SELECT value FROM setting WHERE name = ?1", params![name], |row| row.get(0))
}

pub(crate) fn set(tx: &Tx<'_>, name: &str, value: &[u8]) -> Result<()> {
    tx.execute(
        "INSERT INTO setting (name, value) VALUES (?1, ?2)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        params![name, value],
    )?;
    Ok(())
}
