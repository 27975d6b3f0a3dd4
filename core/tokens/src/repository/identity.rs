//! Identities at a provider that are bound to accounts, and sign-ins that are under way there. A
//! sign-in is a row until it is taken, which happens once.

use albumen_db::{Result, Row, Tx, params};
use albumen_model::{AccountId, Timestamp, auth::BoundIdentity};

use super::{id, moment};

/// A sign-in under way, as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    /// The keyed hash of its state.
    pub(crate) state: Vec<u8>,
    /// The only device that may go on with it.
    pub(crate) holder: String,
    /// Where that device waits for the browser.
    pub(crate) port: u16,
    /// Nonce and PKCE verifier, sealed.
    pub(crate) sealed: Vec<u8>,
    /// Where it was begun, as a keyed hash.
    pub(crate) place: Vec<u8>,
    pub(crate) expires_at: Timestamp,
}

/// The account that an identity is bound to.
pub(crate) fn account_of(tx: &Tx<'_>, issuer: &str, subject: &str) -> Result<Option<AccountId>> {
    let sql = "SELECT account_id FROM identity WHERE issuer = ?1 AND subject = ?2";
    tx.query_opt(sql, params![issuer, subject], |row| id(row, 0))
}

/// The identity of an account.
pub(crate) fn of_account(tx: &Tx<'_>, account: &AccountId) -> Result<Option<BoundIdentity>> {
    let sql = "SELECT issuer, subject, bound_at FROM identity WHERE account_id = ?1";
    tx.query_opt(sql, params![account.as_str()], |row| read(row, 0))
}

/// Reads an identity from the columns issuer, subject and moment that begin at `first`.
pub(super) fn read(row: &Row<'_>, first: usize) -> Result<BoundIdentity> {
    Ok(BoundIdentity {
        issuer: row.get(first)?,
        subject: row.get(first + 1)?,
        bound_at: moment(row, first + 2)?,
    })
}

pub(crate) fn bind(tx: &Tx<'_>, account: &AccountId, identity: &BoundIdentity) -> Result<()> {
    let BoundIdentity { issuer, subject, bound_at } = identity;
    tx.execute(
        "INSERT INTO identity (issuer, subject, account_id, bound_at) VALUES (?1, ?2, ?3, ?4)",
        params![issuer, subject, account.as_str(), bound_at.millis()],
    )?;
    Ok(())
}

/// Takes the identity from an account; whether it had one.
pub(crate) fn unbind(tx: &Tx<'_>, account: &AccountId) -> Result<bool> {
    let sql = "DELETE FROM identity WHERE account_id = ?1";
    Ok(tx.execute(sql, params![account.as_str()])? == 1)
}

pub(crate) fn begin(tx: &Tx<'_>, flow: &Flow) -> Result<()> {
    tx.execute(
        "INSERT INTO identity_flow (state, holder, port, sealed, place, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            flow.state,
            flow.holder,
            u32::from(flow.port),
            flow.sealed,
            flow.place,
            flow.expires_at.millis()
        ],
    )?;
    Ok(())
}

/// How many are under way: of a place, and of all.
pub(crate) fn count(tx: &Tx<'_>, place: &[u8], now: Timestamp) -> Result<(u32, u32)> {
    let sql = "SELECT coalesce(sum(CASE WHEN place = ?1 THEN 1 ELSE 0 END), 0), count(*)
        FROM identity_flow WHERE expires_at > ?2";
    let read = |row: &Row<'_>| -> Result<_> { Ok((row.get(0)?, row.get(1)?)) };
    Ok(tx.query_opt(sql, params![place, now.millis()], read)?.unwrap_or_default())
}

/// Takes a sign-in out, if it is that device's and not over: nobody takes it a second time.
pub(crate) fn take(
    tx: &Tx<'_>,
    state: &[u8],
    holder: &str,
    now: Timestamp,
) -> Result<Option<Flow>> {
    let sql = "SELECT state, holder, port, sealed, place, expires_at FROM identity_flow
        WHERE state = ?1 AND holder = ?2 AND expires_at > ?3";
    let read = |row: &Row<'_>| -> Result<_> {
        Ok(Flow {
            state: row.get(0)?,
            holder: row.get(1)?,
            port: u16::try_from(row.get::<u32>(2)?).map_err(|_| super::corrupt(2))?,
            sealed: row.get(3)?,
            place: row.get(4)?,
            expires_at: moment(row, 5)?,
        })
    };
    let flow = tx.query_opt(sql, params![state, holder, now.millis()], read)?;
    if flow.is_some() {
        tx.execute("DELETE FROM identity_flow WHERE state = ?1", params![state])?;
    }
    Ok(flow)
}

pub(crate) fn forget_before(tx: &Tx<'_>, moment: Timestamp) -> Result<()> {
    tx.execute("DELETE FROM identity_flow WHERE expires_at <= ?1", params![moment.millis()])?;
    Ok(())
}
