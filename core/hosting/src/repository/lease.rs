//! Leases: what only one instance of the service does for a while, whichever it is.

use albumen_db::{Tx, params};
use albumen_model::Timestamp;

use crate::error::Error;

/// Takes or renews a lease for so many milliseconds; false when another instance has it.
pub(crate) fn take(
    tx: &Tx<'_>,
    name: &str,
    holder: &str,
    now: Timestamp,
    for_ms: i64,
) -> Result<bool, Error> {
    let until = now.plus_millis(for_ms).millis();
    let changed = tx.execute(
        "INSERT INTO leases (name, holder, until_ms) VALUES (?1, ?2, ?3)
         ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until_ms = excluded.until_ms
         WHERE leases.holder = excluded.holder OR leases.until_ms <= ?4",
        params![name, holder, until, now.millis()],
    )?;
    Ok(changed == 1)
}

/// Gives a lease back before its end.
pub(crate) fn let_go(tx: &Tx<'_>, name: &str, holder: &str) -> Result<(), Error> {
    tx.execute("DELETE FROM leases WHERE name = ?1 AND holder = ?2", params![name, holder])?;
    Ok(())
}
