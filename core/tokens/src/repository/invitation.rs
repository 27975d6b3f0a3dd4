//! Invitations that still admit somebody. One that was used, withdrawn or has ended is no row any
//! more; the audit log tells of it.

use albumen_db::{Result, Row, Tx, params};
use albumen_model::{AccountId, InvitationId, Timestamp, auth::Invitation};

use super::{account, id, moment};

const SELECT: &str =
    "SELECT invitation_id, name, role, made_by, made_at, expires_at FROM invitation";

fn read(row: &Row<'_>) -> Result<Invitation> {
    Ok(Invitation {
        invitation_id: id(row, 0)?,
        name: row.get(1)?,
        role: account::role(row, 2)?,
        made_by: id(row, 3)?,
        made_at: moment(row, 4)?,
        expires_at: moment(row, 5)?,
    })
}

pub(crate) fn insert(tx: &Tx<'_>, invitation: &Invitation, code: &[u8]) -> Result<()> {
    tx.execute(
        "INSERT INTO invitation (invitation_id, code, name, role, made_by, made_at, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            invitation.invitation_id.as_str(),
            code,
            invitation.name,
            invitation.role.as_str(),
            invitation.made_by.as_str(),
            invitation.made_at.millis(),
            invitation.expires_at.millis()
        ],
    )?;
    Ok(())
}

/// The invitation with the code of that hash.
pub(crate) fn by_code(tx: &Tx<'_>, code: &[u8], now: Timestamp) -> Result<Option<Invitation>> {
    let sql = format!("{SELECT} WHERE code = ?1 AND expires_at > ?2");
    tx.query_opt(&sql, params![code, now.millis()], read)
}

/// Those that hold, oldest first.
pub(crate) fn list(tx: &Tx<'_>, now: Timestamp) -> Result<Vec<Invitation>> {
    let sql = format!("{SELECT} WHERE expires_at > ?1 ORDER BY made_at, invitation_id");
    tx.query(&sql, params![now.millis()], read)
}

pub(crate) fn count(tx: &Tx<'_>) -> Result<u32> {
    let count = |row: &Row<'_>| row.get::<u32>(0);
    Ok(tx.query_opt("SELECT count(*) FROM invitation", params![], count)?.unwrap_or_default())
}

/// Removes an invitation; whether it was there.
pub(crate) fn remove(tx: &Tx<'_>, invitation: &InvitationId) -> Result<bool> {
    let sql = "DELETE FROM invitation WHERE invitation_id = ?1";
    Ok(tx.execute(sql, params![invitation.as_str()])? == 1)
}

/// Removes those that somebody made.
pub(crate) fn remove_of(tx: &Tx<'_>, made_by: &AccountId) -> Result<()> {
    tx.execute("DELETE FROM invitation WHERE made_by = ?1", params![made_by.as_str()])?;
    Ok(())
}

pub(crate) fn forget_before(tx: &Tx<'_>, moment: Timestamp) -> Result<()> {
    tx.execute("DELETE FROM invitation WHERE expires_at <= ?1", params![moment.millis()])?;
    Ok(())
}
