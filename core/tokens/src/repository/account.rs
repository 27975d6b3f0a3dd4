//! People's accounts.

use albumen_db::{Result, Row, Tx, params};
use albumen_model::{
    AccountId, Timestamp,
    auth::{AccountRecord, Role},
};

use super::{corrupt, id};

const COLUMNS: &str = "account_id, name, role";

fn read(row: &Row<'_>) -> Result<AccountRecord> {
    Ok(AccountRecord { account_id: id(row, 0)?, name: row.get(1)?, role: role(row, 2)? })
}

pub(super) fn role(row: &Row<'_>, column: usize) -> Result<Role> {
    Role::parse(&row.get::<String>(column)?).ok_or_else(|| corrupt(column))
}

pub(crate) fn insert(
    tx: &Tx<'_>,
    account: &AccountRecord,
    folded: &str,
    password: &str,
    now: Timestamp,
) -> Result<()> {
    tx.execute(
        "INSERT INTO account (account_id, name, folded, password, role, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            account.account_id.as_str(),
            account.name,
            folded,
            password,
            account.role.as_str(),
            now.millis()
        ],
    )?;
    Ok(())
}

pub(crate) fn by_id(tx: &Tx<'_>, account: &AccountId) -> Result<Option<AccountRecord>> {
    let sql = format!("SELECT {COLUMNS} FROM account WHERE account_id = ?1");
    tx.query_opt(&sql, params![account.as_str()], read)
}

/// The account of that name and its password's hash.
pub(crate) fn by_name(tx: &Tx<'_>, folded: &str) -> Result<Option<(AccountRecord, String)>> {
    let sql = format!("SELECT {COLUMNS}, password FROM account WHERE folded = ?1");
    tx.query_opt(&sql, params![folded], |row| Ok((read(row)?, row.get(3)?)))
}

pub(crate) fn password(tx: &Tx<'_>, account: &AccountId) -> Result<Option<String>> {
    let sql = "SELECT password FROM account WHERE account_id = ?1";
    tx.query_opt(sql, params![account.as_str()], |row| row.get(0))
}

pub(crate) fn has_owner(tx: &Tx<'_>) -> Result<bool> {
    tx.exists("SELECT 1 FROM account WHERE role = 'owner' LIMIT 1", params![])
}

pub(crate) fn list(tx: &Tx<'_>) -> Result<Vec<AccountRecord>> {
    let sql = format!("SELECT {COLUMNS} FROM account ORDER BY created_at, account_id");
    tx.query(&sql, params![], read)
}

pub(crate) fn set_role(tx: &Tx<'_>, account: &AccountId, role: Role) -> Result<()> {
    let sql = "UPDATE account SET role = ?2 WHERE account_id = ?1";
    tx.execute(sql, params![account.as_str(), role.as_str()])?;
    Ok(())
}

pub(crate) fn set_password(tx: &Tx<'_>, account: &AccountId, hash: &str) -> Result<()> {
    let sql = "UPDATE account SET password = ?2 WHERE account_id = ?1";
    tx.execute(sql, params![account.as_str(), hash])?;
    Ok(())
}
