//! Mints under way: rows that stand from before a library service is asked until what it gave is
//! written down, so that a revocation on any instance can wait for them.

use albumen_db::{Result, Tx, params};
use albumen_model::{DeviceId, Timestamp};

pub(crate) fn begin(tx: &Tx<'_>, device: &DeviceId, now: Timestamp) -> Result<i64> {
    tx.insert_id(
        "INSERT INTO mint (device_id, began_at) VALUES (?1, ?2) RETURNING id",
        params![device.as_str(), now.millis()],
    )
}

/// Ends one; false when somebody has given it up meanwhile.
pub(crate) fn end(tx: &Tx<'_>, mint: i64) -> Result<bool> {
    Ok(tx.execute("DELETE FROM mint WHERE id = ?1", params![mint])? == 1)
}

pub(crate) fn under_way(tx: &Tx<'_>, device: &DeviceId) -> Result<bool> {
    tx.exists("SELECT 1 FROM mint WHERE device_id = ?1 LIMIT 1", params![device.as_str()])
}

/// Gives up those of a device: their instance is gone. Whatever they still bring is refused.
pub(crate) fn give_up(tx: &Tx<'_>, device: &DeviceId) -> Result<()> {
    tx.execute("DELETE FROM mint WHERE device_id = ?1", params![device.as_str()])?;
    Ok(())
}

/// Gives up those that began before a moment.
pub(crate) fn give_up_before(tx: &Tx<'_>, moment: Timestamp) -> Result<()> {
    tx.execute("DELETE FROM mint WHERE began_at < ?1", params![moment.millis()])?;
    Ok(())
}
