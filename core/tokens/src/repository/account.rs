//! People's accounts.

use albumen_db::{Result, Row, Tx, params};
use albumen_model::{
    AccountId, Timestamp,
    auth::{AccountRecord, AccountState, Person, Role},
};

use super::{corrupt, id, identity, moment};

/// An account with what a sign-in is judged by.
#[derive(Clone)]
pub(crate) struct KnownAccount {
    pub(crate) record: AccountRecord,
    pub(crate) state: AccountState,
    /// The password's hash; empty for one who comes by a provider alone.
    pub(crate) password: String,
}

const COLUMNS: &str = "account_id, name, role, state, password";

fn read(row: &Row<'_>) -> Result<KnownAccount> {
    let record = AccountRecord { account_id: id(row, 0)?, name: row.get(1)?, role: role(row, 2)? };
    Ok(KnownAccount { record, state: state(row, 3)?, password: row.get(4)? })
}

pub(super) fn role(row: &Row<'_>, column: usize) -> Result<Role> {
    Role::parse(&row.get::<String>(column)?).ok_or_else(|| corrupt(column))
}

/// The stored word of a state.
pub(super) const fn state_word(state: AccountState) -> &'static str {
    match state {
        AccountState::Active => "active",
        AccountState::Disabled => "disabled",
        AccountState::Removed => "removed",
    }
}

pub(super) fn state(row: &Row<'_>, column: usize) -> Result<AccountState> {
    let word = row.get::<String>(column)?;
    [AccountState::Active, AccountState::Disabled, AccountState::Removed]
        .into_iter()
        .find(|state| state_word(*state) == word)
        .ok_or_else(|| corrupt(column))
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

pub(crate) fn by_id(tx: &Tx<'_>, account: &AccountId) -> Result<Option<KnownAccount>> {
    let sql = format!("SELECT {COLUMNS} FROM account WHERE account_id = ?1");
    tx.query_opt(&sql, params![account.as_str()], read)
}

/// The account of that name. One that was removed has none.
pub(crate) fn by_name(tx: &Tx<'_>, folded: &str) -> Result<Option<KnownAccount>> {
    let sql = format!("SELECT {COLUMNS} FROM account WHERE folded = ?1");
    tx.query_opt(&sql, params![folded], read)
}

pub(crate) fn owner(tx: &Tx<'_>) -> Result<Option<KnownAccount>> {
    let sql = format!("SELECT {COLUMNS} FROM account WHERE role = 'owner'");
    tx.query_opt(&sql, params![], read)
}

pub(crate) fn has_owner(tx: &Tx<'_>) -> Result<bool> {
    tx.exists("SELECT 1 FROM account WHERE role = 'owner' LIMIT 1", params![])
}

const PERSON: &str = "SELECT a.account_id, name, role, state, created_at,
    (SELECT count(*) FROM second_factor f WHERE f.account_id = a.account_id AND f.is_on = 1),
    i.issuer, i.subject, i.bound_at
    FROM account a LEFT JOIN identity i ON i.account_id = a.account_id";

fn read_person(row: &Row<'_>) -> Result<Person> {
    let is_bound = row.get::<Option<String>>(6)?.is_some();
    Ok(Person {
        account: AccountRecord { account_id: id(row, 0)?, name: row.get(1)?, role: role(row, 2)? },
        state: state(row, 3)?,
        created_at: moment(row, 4)?,
        second_factor: row.get::<i64>(5)? > 0,
        identity: is_bound.then(|| identity::read(row, 6)).transpose()?,
    })
}

/// Everybody, oldest first.
pub(crate) fn people(tx: &Tx<'_>) -> Result<Vec<Person>> {
    let sql = format!("{PERSON} ORDER BY created_at, a.account_id");
    tx.query(&sql, params![], read_person)
}

pub(crate) fn person(tx: &Tx<'_>, account: &AccountId) -> Result<Option<Person>> {
    let sql = format!("{PERSON} WHERE a.account_id = ?1");
    tx.query_opt(&sql, params![account.as_str()], read_person)
}

pub(crate) fn set_role(tx: &Tx<'_>, account: &AccountId, role: Role) -> Result<()> {
    let sql = "UPDATE account SET role = ?2 WHERE account_id = ?1";
    tx.execute(sql, params![account.as_str(), role.as_str()])?;
    Ok(())
}

pub(crate) fn set_state(tx: &Tx<'_>, account: &AccountId, state: AccountState) -> Result<()> {
    let sql = "UPDATE account SET state = ?2 WHERE account_id = ?1";
    tx.execute(sql, params![account.as_str(), state_word(state)])?;
    Ok(())
}

pub(crate) fn set_password(tx: &Tx<'_>, account: &AccountId, hash: &str) -> Result<()> {
    let sql = "UPDATE account SET password = ?2 WHERE account_id = ?1";
    tx.execute(sql, params![account.as_str(), hash])?;
    Ok(())
}

/// Leaves of an account its id and the name that people knew it by. Its name is free for another:
/// what it is compared by begins with a blank, as no name does.
pub(crate) fn remove(tx: &Tx<'_>, account: &AccountId) -> Result<()> {
    tx.execute(
        "UPDATE account SET state = ?2, password = '', folded = ?3 WHERE account_id = ?1",
        params![account.as_str(), state_word(AccountState::Removed), format!(" removed {account}")],
    )?;
    Ok(())
}
