//! Single values: the service's id, a sealed probe of the key, the head of the audit log.

use albumen_db::rusqlite::{Connection, OptionalExtension, Result, params};

pub(crate) fn get(conn: &Connection, name: &str) -> Result<Option<Vec<u8>>> {
    conn.query_row("SELECT value FROM setting WHERE name = ?1", [name], |row| row.get(0)).optional()
}

pub(crate) fn set(conn: &Connection, name: &str, value: &[u8]) -> Result<()> {
    conn.execute(
        "INSERT INTO setting (name, value) VALUES (?1, ?2)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        params![name, value],
    )?;
    Ok(())
}
