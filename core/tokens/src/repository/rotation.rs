//! Libraries on their way to another secret.

use albumen_db::{Result, Tx, params};
use albumen_model::{LibraryId, Timestamp, auth::RotationReceipt};

use super::{id, maybe_moment, moment};

/// Writes down that another secret is wanted. One that is under way goes on; whether this began
/// one.
pub(crate) fn request(tx: &Tx<'_>, library: &LibraryId, now: Timestamp) -> Result<bool> {
    let changed = tx.execute(
        "INSERT INTO rotation (library_id, requested_at) VALUES (?1, ?2)
         ON CONFLICT (library_id) DO UPDATE SET requested_at = excluded.requested_at,
             executed_at = NULL, confirmed_at = NULL, tokens_deleted = 0
         WHERE rotation.confirmed_at IS NOT NULL",
        params![library.as_str(), now.millis()],
    )?;
    Ok(changed == 1)
}

pub(crate) fn receipt(tx: &Tx<'_>, library: &LibraryId) -> Result<Option<RotationReceipt>> {
    tx.query_opt(
        "SELECT requested_at, executed_at, confirmed_at, tokens_deleted FROM rotation
         WHERE library_id = ?1",
        params![library.as_str()],
        |row| {
            Ok(RotationReceipt {
                library_id: library.clone(),
                requested_at: moment(row, 0)?,
                executed_at: maybe_moment(row, 1)?,
                confirmed_at: maybe_moment(row, 2)?,
                tokens_deleted: u64::try_from(row.get::<i64>(3)?).unwrap_or_default(),
            })
        },
    )
}

/// Libraries whose rotation is not confirmed yet, oldest first.
pub(crate) fn open(tx: &Tx<'_>) -> Result<Vec<LibraryId>> {
    tx.query(
        "SELECT library_id FROM rotation WHERE confirmed_at IS NULL ORDER BY requested_at",
        params![],
        |row| id(row, 0),
    )
}

/// Notes that the new secret is kept, and how many tokens end with the old one.
pub(crate) fn executed(
    tx: &Tx<'_>,
    library: &LibraryId,
    now: Timestamp,
    tokens: u64,
) -> Result<()> {
    tx.execute(
        "UPDATE rotation SET executed_at = ?2, tokens_deleted = ?3
         WHERE library_id = ?1 AND executed_at IS NULL",
        params![library.as_str(), now.millis(), i64::try_from(tokens).unwrap_or(i64::MAX)],
    )?;
    Ok(())
}

/// Closes a rotation; whether it was this call that did.
pub(crate) fn close(tx: &Tx<'_>, library: &LibraryId, now: Timestamp) -> Result<bool> {
    let changed = tx.execute(
        "UPDATE rotation SET confirmed_at = ?2
         WHERE library_id = ?1 AND executed_at IS NOT NULL AND confirmed_at IS NULL",
        params![library.as_str(), now.millis()],
    )?;
    Ok(changed == 1)
}
