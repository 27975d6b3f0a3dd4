//! Second factors: the sealed secret, the step of the last code that was taken, and recovery codes,
//! each a row until it is used.

use albumen_db::{Result, Row, Tx, params};
use albumen_model::AccountId;

/// A second factor as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    /// The secret, sealed.
    pub(crate) sealed: Vec<u8>,
    /// Whether it was confirmed: only then does it count.
    pub(crate) is_on: bool,
    /// The step of the last code that was taken.
    pub(crate) last_step: i64,
}

pub(crate) fn get(tx: &Tx<'_>, account: &AccountId) -> Result<Option<Kept>> {
    let sql = "SELECT secret, is_on, last_step FROM second_factor WHERE account_id = ?1";
    tx.query_opt(sql, params![account.as_str()], |row| {
        Ok(Kept { sealed: row.get(0)?, is_on: row.get(1)?, last_step: row.get(2)? })
    })
}

/// Keeps a secret that is still to be confirmed, in the place of another such.
pub(crate) fn begin(tx: &Tx<'_>, account: &AccountId, sealed: &[u8]) -> Result<()> {
    tx.execute(
        "INSERT INTO second_factor (account_id, secret, is_on, last_step) VALUES (?1, ?2, ?3, 0)
         ON CONFLICT (account_id) DO UPDATE SET secret = excluded.secret,
             is_on = excluded.is_on, last_step = excluded.last_step",
        params![account.as_str(), sealed, false],
    )?;
    Ok(())
}

pub(crate) fn switch_on(tx: &Tx<'_>, account: &AccountId, step: i64) -> Result<()> {
    let sql = "UPDATE second_factor SET is_on = ?2, last_step = ?3 WHERE account_id = ?1";
    tx.execute(sql, params![account.as_str(), true, step])?;
    Ok(())
}

pub(crate) fn took(tx: &Tx<'_>, account: &AccountId, step: i64) -> Result<()> {
    let sql = "UPDATE second_factor SET last_step = ?2 WHERE account_id = ?1";
    tx.execute(sql, params![account.as_str(), step])?;
    Ok(())
}

/// Forgets secret and recovery codes; whether there were any that counted.
pub(crate) fn remove(tx: &Tx<'_>, account: &AccountId) -> Result<bool> {
    let was_on = get(tx, account)?.is_some_and(|kept| kept.is_on);
    tx.execute("DELETE FROM second_factor WHERE account_id = ?1", params![account.as_str()])?;
    Ok(was_on)
}

pub(crate) fn add_recovery_code(tx: &Tx<'_>, account: &AccountId, code: &[u8]) -> Result<()> {
    let sql = "INSERT INTO recovery_code (account_id, code) VALUES (?1, ?2)";
    tx.execute(sql, params![account.as_str(), code])?;
    Ok(())
}

/// Uses a recovery code up, by its hash; whether it was there.
pub(crate) fn use_recovery_code(tx: &Tx<'_>, account: &AccountId, code: &[u8]) -> Result<bool> {
    let sql = "DELETE FROM recovery_code WHERE account_id = ?1 AND code = ?2";
    Ok(tx.execute(sql, params![account.as_str(), code])? == 1)
}

pub(crate) fn recovery_codes_left(tx: &Tx<'_>, account: &AccountId) -> Result<u32> {
    let sql = "SELECT count(*) FROM recovery_code WHERE account_id = ?1";
    let count = |row: &Row<'_>| row.get::<u32>(0);
    Ok(tx.query_opt(sql, params![account.as_str()], count)?.unwrap_or_default())
}
