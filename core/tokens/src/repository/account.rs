//! People's accounts.

use albumen_db::rusqlite::{Connection, OptionalExtension, Result, Row, params};
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
    Role::parse(&row.get::<_, String>(column)?).ok_or_else(|| corrupt(column))
}

pub(crate) fn insert(
    conn: &Connection,
    account: &AccountRecord,
    folded: &str,
    password: &str,
    now: Timestamp,
) -> Result<()> {
    conn.execute(
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

pub(crate) fn by_id(conn: &Connection, account: &AccountId) -> Result<Option<AccountRecord>> {
    let sql = format!("SELECT {COLUMNS} FROM account WHERE account_id = ?1");
    conn.query_row(&sql, [account.as_str()], read).optional()
}

/// The account of that name and its password's hash.
pub(crate) fn by_name(conn: &Connection, folded: &str) -> Result<Option<(AccountRecord, String)>> {
    let sql = format!("SELECT {COLUMNS}, password FROM account WHERE folded = ?1");
    conn.query_row(&sql, [folded], |row| Ok((read(row)?, row.get(3)?))).optional()
}

pub(crate) fn password(conn: &Connection, account: &AccountId) -> Result<Option<String>> {
    let sql = "SELECT password FROM account WHERE account_id = ?1";
    conn.query_row(sql, [account.as_str()], |row| row.get(0)).optional()
}

pub(crate) fn has_owner(conn: &Connection) -> Result<bool> {
    conn.query_row("SELECT EXISTS (SELECT 1 FROM account WHERE role = 'owner')", [], |row| {
        row.get(0)
    })
}

pub(crate) fn list(conn: &Connection) -> Result<Vec<AccountRecord>> {
    let sql = format!("SELECT {COLUMNS} FROM account ORDER BY created_at, account_id");
    conn.prepare_cached(&sql)?.query_map([], read)?.collect()
}

pub(crate) fn set_role(conn: &Connection, account: &AccountId, role: Role) -> Result<()> {
    let sql = "UPDATE account SET role = ?2 WHERE account_id = ?1";
    conn.execute(sql, [account.as_str(), role.as_str()])?;
    Ok(())
}

pub(crate) fn set_password(conn: &Connection, account: &AccountId, hash: &str) -> Result<()> {
    let sql = "UPDATE account SET password = ?2 WHERE account_id = ?1";
    conn.execute(sql, [account.as_str(), hash])?;
    Ok(())
}
