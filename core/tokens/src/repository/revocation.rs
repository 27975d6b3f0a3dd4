//! Revocations and how far each is with each library.

use albumen_db::{Result, Tx, params};
use albumen_model::{DeviceId, LibraryId, Timestamp, auth::RevocationReceipt};

use super::{id, maybe_moment, moment};

/// Writes a revocation down with one open step for every library there is. The tokens of one that
/// was removed are being deleted already.
pub(crate) fn insert(tx: &Tx<'_>, device: &DeviceId, now: Timestamp) -> Result<()> {
    tx.execute(
        "INSERT INTO revocation (device_id, requested_at) VALUES (?1, ?2)",
        params![device.as_str(), now.millis()],
    )?;
    tx.execute(
        "INSERT INTO revocation_step (device_id, library_id)
         SELECT CAST(?1 AS TEXT), library_id FROM library WHERE removed_at IS NULL",
        params![device.as_str()],
    )?;
    Ok(())
}

pub(crate) fn receipt(tx: &Tx<'_>, device: &DeviceId) -> Result<Option<RevocationReceipt>> {
    tx.query_opt(
        "SELECT r.requested_at, r.executed_at, r.confirmed_at, r.writable_until,
             (SELECT CAST(sum(tokens_deleted) AS BIGINT)
                 FROM revocation_step s WHERE s.device_id = r.device_id),
             (SELECT CAST(sum(uploads_fenced) AS BIGINT)
                 FROM revocation_step s WHERE s.device_id = r.device_id)
         FROM revocation r WHERE r.device_id = ?1",
        params![device.as_str()],
        |row| {
            let count = |column| -> Result<Option<u64>> {
                Ok(row.get::<Option<i64>>(column)?.and_then(|n| u64::try_from(n).ok()))
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
}

/// Devices whose revocation is not confirmed yet, oldest first.
pub(crate) fn open(tx: &Tx<'_>) -> Result<Vec<DeviceId>> {
    tx.query(
        "SELECT device_id FROM revocation WHERE confirmed_at IS NULL ORDER BY requested_at",
        params![],
        |row| id(row, 0),
    )
}

/// The libraries that a revocation still has to be told to.
pub(crate) fn open_steps(tx: &Tx<'_>, device: &DeviceId) -> Result<Vec<LibraryId>> {
    tx.query(
        "SELECT library_id FROM revocation_step WHERE device_id = ?1 AND done_at IS NULL",
        params![device.as_str()],
        |row| id(row, 0),
    )
}

/// Whether a revocation still has to be told to a library.
pub(crate) fn is_open_at(tx: &Tx<'_>, library: &LibraryId) -> Result<bool> {
    let sql = "SELECT 1 FROM revocation_step WHERE library_id = ?1 AND done_at IS NULL LIMIT 1";
    tx.exists(sql, params![library.as_str()])
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
    tx: &Tx<'_>,
    device: &DeviceId,
    library: &LibraryId,
    done: StepDone,
) -> Result<()> {
    let count = |n: Option<u64>| n.map(|n| i64::try_from(n).unwrap_or(i64::MAX));
    tx.execute(
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
    if let Some(until) = done.writable_until {
        tx.execute(
            "UPDATE revocation SET writable_until = ?2 WHERE device_id = ?1
             AND (writable_until IS NULL OR writable_until < ?2)",
            params![device.as_str(), until.millis()],
        )?;
    }
    Ok(())
}

/// Closes a revocation that has no open step any more; whether it was this call that did.
pub(crate) fn close(tx: &Tx<'_>, device: &DeviceId, now: Timestamp) -> Result<bool> {
    let changed = tx.execute(
        "UPDATE revocation SET confirmed_at = ?2, executed_at = coalesce(
             (SELECT max(done_at) FROM revocation_step s WHERE s.device_id = ?1), ?2)
         WHERE device_id = ?1 AND confirmed_at IS NULL AND NOT EXISTS (
             SELECT 1 FROM revocation_step s WHERE s.device_id = ?1 AND s.done_at IS NULL)",
        params![device.as_str(), now.millis()],
    )?;
    Ok(changed == 1)
}
