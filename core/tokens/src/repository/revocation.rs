//! Revocations and how far each is with each library.

use albumen_db::{Result, Tx, params};
use albumen_model::{
    AccountId, DeviceId, LibraryId, Timestamp,
    auth::{CopiesRemoved, RevocationKind, RevocationNotice, RevocationReceipt},
};

use super::{corrupt, id, maybe_moment, moment};

/// Writes a revocation down with one open step for every library there is. The tokens of one that
/// was removed are being deleted already.
pub(crate) fn insert(
    tx: &Tx<'_>,
    device: &DeviceId,
    kind: RevocationKind,
    now: Timestamp,
) -> Result<()> {
    tx.execute(
        "INSERT INTO revocation (device_id, requested_at, kind) VALUES (?1, ?2, ?3)",
        params![device.as_str(), now.millis(), kind.as_str()],
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
                 FROM revocation_step s WHERE s.device_id = r.device_id),
             r.kind, r.copies_files, r.copies_bytes, r.copies_kept
         FROM revocation r WHERE r.device_id = ?1",
        params![device.as_str()],
        |row| {
            let count = |column| -> Result<Option<u64>> {
                Ok(row.get::<Option<i64>>(column)?.and_then(|n| u64::try_from(n).ok()))
            };
            let copies = count(7)?.map(|files| -> Result<_> {
                let of = |column| Ok::<_, albumen_db::Error>(count(column)?.unwrap_or_default());
                Ok(CopiesRemoved { files, bytes: of(8)?, kept: of(9)? })
            });
            Ok(RevocationReceipt {
                device_id: device.clone(),
                kind: kind(&row.get::<String>(6)?, 6)?,
                requested_at: moment(row, 0)?,
                executed_at: maybe_moment(row, 1)?,
                confirmed_at: maybe_moment(row, 2)?,
                writable_until: maybe_moment(row, 3)?,
                tokens_deleted: count(4)?,
                uploads_fenced: count(5)?,
                copies: copies.transpose()?,
            })
        },
    )
}

pub(super) fn kind(word: &str, column: usize) -> Result<RevocationKind> {
    RevocationKind::parse(word).ok_or_else(|| corrupt(column))
}

/// What a device may hear of its own revocation.
pub(crate) fn notice(tx: &Tx<'_>, device: &DeviceId) -> Result<Option<RevocationNotice>> {
    tx.query_opt(
        "SELECT kind, requested_at FROM revocation WHERE device_id = ?1",
        params![device.as_str()],
        |row| {
            Ok(RevocationNotice {
                kind: kind(&row.get::<String>(0)?, 0)?,
                requested_at: moment(row, 1)?,
            })
        },
    )
}

/// Notes what a device did with its copies, once; whether it was asked to and had not said so.
pub(crate) fn note_copies(tx: &Tx<'_>, device: &DeviceId, did: CopiesRemoved) -> Result<bool> {
    let whole = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let changed = tx.execute(
        "UPDATE revocation SET copies_files = ?2, copies_bytes = ?3, copies_kept = ?4
         WHERE device_id = ?1 AND kind = 'remove_copies' AND copies_files IS NULL",
        params![device.as_str(), whole(did.files), whole(did.bytes), whole(did.kept)],
    )?;
    Ok(changed == 1)
}

/// Whether a blocked device of the account keeps its password from enrolling another.
pub(crate) fn blocks(tx: &Tx<'_>, account: &AccountId) -> Result<bool> {
    tx.exists(
        "SELECT 1 FROM revocation r JOIN device d USING (device_id)
         WHERE d.account_id = ?1 AND r.kind = 'block' AND r.lifted_at IS NULL LIMIT 1",
        params![account.as_str()],
    )
}

/// Lets the account's password enrol devices again; the keys that were revoked stay refused.
/// Whether there was anything to lift.
pub(crate) fn lift(tx: &Tx<'_>, account: &AccountId, now: Timestamp) -> Result<bool> {
    let changed = tx.execute(
        "UPDATE revocation SET lifted_at = ?2 WHERE kind = 'block' AND lifted_at IS NULL
         AND device_id IN (SELECT device_id FROM device WHERE account_id = ?1)",
        params![account.as_str(), now.millis()],
    )?;
    Ok(changed > 0)
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
    pub(crate) tokens_deleted: Option<u64>,
    pub(crate) uploads_fenced: Option<u64>,
    pub(crate) writable_until: Option<Timestamp>,
}

/// Adds what a library service said it ended: it may be told more than once, by more than one
/// instance, and what it ended the first time it does not count again.
pub(crate) fn note_step(
    tx: &Tx<'_>,
    device: &DeviceId,
    library: &LibraryId,
    done: StepDone,
) -> Result<()> {
    let count = |n: Option<u64>| n.map(|n| i64::try_from(n).unwrap_or(i64::MAX));
    tx.execute(
        "UPDATE revocation_step
         SET tokens_deleted = coalesce(tokens_deleted + ?3, tokens_deleted, ?3),
             uploads_fenced = coalesce(uploads_fenced + ?4, uploads_fenced, ?4)
         WHERE device_id = ?1 AND library_id = ?2",
        params![
            device.as_str(),
            library.as_str(),
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

/// Notes that a library service needs to be told no more.
pub(crate) fn finish_step(
    tx: &Tx<'_>,
    device: &DeviceId,
    library: &LibraryId,
    now: Timestamp,
) -> Result<()> {
    tx.execute(
        "UPDATE revocation_step SET done_at = ?3
         WHERE device_id = ?1 AND library_id = ?2 AND done_at IS NULL",
        params![device.as_str(), library.as_str(), now.millis()],
    )?;
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
