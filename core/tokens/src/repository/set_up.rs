//! The code by which the service is set up, or its owner gets a new password: one at a time.

use albumen_db::{Result, Tx, params};
use albumen_model::{AccountId, Timestamp};

use super::{corrupt, moment};

/// The code as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct SetUp {
    /// Its keyed hash.
    pub(crate) code: Vec<u8>,
    /// The owner who gets a new password; `None`: an owner is made.
    pub(crate) account_id: Option<AccountId>,
    pub(crate) expires_at: Timestamp,
    pub(crate) wrong_tries: u32,
}

pub(crate) fn get(tx: &Tx<'_>) -> Result<Option<SetUp>> {
    let sql = "SELECT code, account_id, expires_at, wrong_tries FROM set_up WHERE id = 1";
    tx.query_opt(sql, params![], |row| {
        let account = row.get::<Option<String>>(1)?;
        Ok(SetUp {
            code: row.get(0)?,
            account_id: account.map(AccountId::parse).transpose().map_err(|_| corrupt(1))?,
            expires_at: moment(row, 2)?,
            wrong_tries: row.get(3)?,
        })
    })
}

/// Keeps a fresh code in the place of any other.
pub(crate) fn set(tx: &Tx<'_>, fresh: &SetUp) -> Result<()> {
    tx.execute(
        "INSERT INTO set_up (id, code, account_id, expires_at, wrong_tries)
         VALUES (1, ?1, ?2, ?3, ?4)
         ON CONFLICT (id) DO UPDATE SET code = excluded.code, account_id = excluded.account_id,
             expires_at = excluded.expires_at, wrong_tries = excluded.wrong_tries",
        params![
            fresh.code,
            fresh.account_id.as_ref().map(AccountId::as_str),
            fresh.expires_at.millis(),
            fresh.wrong_tries
        ],
    )?;
    Ok(())
}

pub(crate) fn count_wrong_try(tx: &Tx<'_>) -> Result<()> {
    tx.execute("UPDATE set_up SET wrong_tries = wrong_tries + 1 WHERE id = 1", params![])?;
    Ok(())
}

pub(crate) fn remove(tx: &Tx<'_>) -> Result<()> {
    tx.execute("DELETE FROM set_up WHERE id = 1", params![])?;
    Ok(())
}
