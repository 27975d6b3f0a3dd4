//! Revocations and how far each is with each library.

use albumen_db::rusqlite::{Connection, OptionalExtension, Result, params};
use albumen_model::{DeviceId, LibraryId, Timestamp, auth::RevocationReceipt};

use super::{id, maybe_moment, moment};

/// Writes a revocation down with one open step for every library there is.
pub(crate) fn insert(conn: &Connection, device: &DeviceId, now: Timestamp) -> Result<()> {
    conn.execute(
        "INSERT INTO revocation (device_id, requested_at) VALUES (?1, ?2)",
        params![device.as_str(), now.millis()],
    )?;
    conn.execute(
        "INSERT INTO revocation_step (device_id, library_id) SELECT ?1, library_id FROM library",
        [device.as_str()],
    )?;
    Ok(())
}

pub(crate) fn receipt(conn: &Connection, device: &DeviceId) -> Result<Option<RevocationReceipt>> {
    conn.query_row(
        "SELECT r.requested_at, r.executed_at, r.confirmed_at, r.writable_until,
             (SELECT sum(tokens_deleted) FROM revocation_step s WHERE s.device_id = r.device_id),
             (SELECT sum(uploads_fenced) FROM revocation_step s WHERE s.device_id = r.device_id)
         FROM revocation r WHERE r.device_id = ?1",
        [device.as_str()],
        |row| {
            let count = |column| -> Result<Option<u64>> {
                Ok(row.get::<_, Option<i64>>(column)?.and_then(|n| u64::try_from(n).ok()))
            };
            Ok(RevocationReceipt {
                device_id: device.clone(),
                requested_at: moment(row, 0)?,
                executed_at: maybe_moment(row, 1)?,
                confirmed_at: maybe_moment(row, 2)?,
                writable_until: maybe_moment(row, 3)?,
                tokens_deleted: count(4)?,
                uploads_fenced: count(5)?,
            })
        },
    )
    .optional()
}

/// Devices whose revocation is not confirmed yet, oldest first.
pub(crate) fn open(conn: &Connection) -> Result<Vec<DeviceId>> {
    conn.prepare_cached(
        "SELECT device_id FROM revocation WHERE confirmed_at IS NULL ORDER BY requested_at",
    )?
    .query_map([], |row| id(row, 0))?
    .collect()
}

/// The libraries that a revocation still has to be told to.
pub(crate) fn open_steps(conn: &Connection, device: &DeviceId) -> Result<Vec<LibraryId>> {
    conn.prepare_cached(
        "SELECT library_id FROM revocation_step WHERE device_id = ?1 AND done_at IS NULL",
    )?
    .query_map([device.as_str()], |row| id(row, 0))?
    .collect()
}

/// What one library service said.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StepDone {
    pub(crate) at: Timestamp,
    pub(crate) tokens_deleted: Option<u64>,
    pub(crate) uploads_fenced: Option<u64>,
    pub(crate) writable_until: Option<Timestamp>,
}

pub(crate) fn finish_step(
    conn: &Connection,
    device: &DeviceId,
    library: &LibraryId,
    done: StepDone,
) -> Result<()> {
    let count = |n: Option<u64>| n.map(|n| i64::try_from(n).unwrap_or(i64::MAX));
    conn.execute(
        "UPDATE revocation_step SET done_at = ?3, tokens_deleted = ?4, uploads_fenced = ?5
         WHERE device_id = ?1 AND library_id = ?2",
        params![
            device.as_str(),
            library.as_str(),
            done.at.millis(),
            count(done.tokens_deleted),
            count(done.uploads_fenced)
        ],
    )?;
    conn.execute(
        "UPDATE revocation SET writable_until = max(coalesce(writable_until, ?2), ?2)
         WHERE device_id = ?1 AND ?2 IS NOT NULL",
        params![device.as_str(), done.writable_until.map(Timestamp::millis)],
    )?;
    Ok(())
}

/// Closes a revocation that has no open step any more; whether it was this call that did.
pub(crate) fn close(conn: &Connection, device: &DeviceId, now: Timestamp) -> Result<bool> {
    let changed = conn.execute(
        "UPDATE revocation SET confirmed_at = ?2, executed_at = coalesce(
             (SELECT max(done_at) FROM revocation_step s WHERE s.device_id = ?1), ?2)
         WHERE device_id = ?1 AND confirmed_at IS NULL AND NOT EXISTS (
             SELECT 1 FROM revocation_step s WHERE s.device_id = ?1 AND s.done_at IS NULL)",
        params![device.as_str(), now.millis()],
    )?;
    Ok(changed == 1)
}
