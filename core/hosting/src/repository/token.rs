//! Access tokens in the database: hashes only.

use albumen_db::{Row, Tx, Value, params};
use albumen_model::{ClientId, GrantSet, LibraryId, SessionId, Timestamp, UserId};

use super::column::{moment, to_i64, to_u64};
use crate::{error::Error, secret::SecretHash};

/// What a token says.
#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) hash: SecretHash,
    pub(crate) library: LibraryId,
    pub(crate) spaces: Vec<String>,
    pub(crate) user_id: UserId,
    pub(crate) client_id: ClientId,
    pub(crate) session_id: SessionId,
    pub(crate) grants: GrantSet,
    pub(crate) period_s: u64,
    /// As written; see `rules::token` for what that means.
    pub(crate) expires: Timestamp,
}

/// Adds one.
pub(crate) fn insert(tx: &Tx<'_>, token: &Token) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO tokens (hash, library, spaces, user_id, client_id, session_id, grants,
             period_s, expires_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            token.hash.0,
            token.library.as_str(),
            token.spaces.join(","),
            token.user_id.as_str(),
            token.client_id.as_str(),
            token.session_id.as_str(),
            token.grants.to_string(),
            to_i64(token.period_s),
            token.expires.millis(),
        ],
    )?;
    Ok(())
}

/// The token of this hash, dead or alive.
pub(crate) fn find(tx: &Tx<'_>, hash: SecretHash) -> Result<Option<Token>, Error> {
    let sql = "SELECT library, spaces, user_id, client_id, session_id, grants, period_s,
             expires_ms FROM tokens WHERE hash = ?1";
    tx.query_opt(sql, params![hash.0], |row| read(row, hash))
}

fn read(row: &Row<'_>, hash: SecretHash) -> Result<Token, Error> {
    let damaged = |_| Error::Damaged("token");
    let text = |index| row.get::<String>(index);
    Ok(Token {
        hash,
        library: LibraryId::parse(text(0)?).map_err(damaged)?,
        spaces: text(1)?.split(',').filter(|s| !s.is_empty()).map(str::to_owned).collect(),
        user_id: UserId::parse(text(2)?).map_err(damaged)?,
        client_id: ClientId::parse(text(3)?).map_err(damaged)?,
        session_id: SessionId::parse(text(4)?).map_err(damaged)?,
        grants: GrantSet::parse(&text(5)?),
        period_s: to_u64(row.get(6)?),
        expires: moment(row, 7)?,
    })
}

/// Moves the end of a token, never back. A deleted token stays deleted.
pub(crate) fn extend(tx: &Tx<'_>, hash: SecretHash, expires: Timestamp) -> Result<(), Error> {
    tx.execute(
        "UPDATE tokens SET expires_ms = ?2 WHERE hash = ?1 AND expires_ms < ?2",
        params![hash.0, expires.millis()],
    )?;
    Ok(())
}

/// Deletes one, if it is of this library.
pub(crate) fn delete(tx: &Tx<'_>, library: &LibraryId, hash: SecretHash) -> Result<(), Error> {
    tx.execute(
        "DELETE FROM tokens WHERE hash = ?1 AND library = ?2",
        params![hash.0, library.as_str()],
    )?;
    Ok(())
}

/// Whose tokens to delete: lists that are not empty must all match (SMH section 3.5).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Holders {
    pub(crate) users: Vec<String>,
    pub(crate) clients: Vec<String>,
    pub(crate) sessions: Vec<String>,
}

/// Deletes all that match; how many there were.
pub(crate) fn delete_of(tx: &Tx<'_>, library: &LibraryId, holders: &Holders) -> Result<u64, Error> {
    let mut sql = "DELETE FROM tokens WHERE library = ?".to_owned();
    let mut values = vec![Value::Text(library.to_string())];
    for (column, list) in [
        ("user_id", &holders.users),
        ("client_id", &holders.clients),
        ("session_id", &holders.sessions),
    ] {
        if !list.is_empty() {
            let marks = vec!["?"; list.len()].join(",");
            sql.push_str(&format!(" AND {column} IN ({marks})"));
            values.extend(list.iter().cloned().map(Value::Text));
        }
    }
    Ok(tx.execute(&sql, &Value::params(&values))?)
}

/// Deletes the tokens that are for this space alone: its id may be given to another space later.
pub(crate) fn delete_of_space(tx: &Tx<'_>, library: &LibraryId, space: &str) -> Result<(), Error> {
    tx.execute(
        "DELETE FROM tokens WHERE library = ?1 AND spaces = ?2",
        params![library.as_str(), space],
    )?;
    Ok(())
}

/// Deletes what ended before this moment; at most `limit`. How many there were.
pub(crate) fn delete_ended(tx: &Tx<'_>, before: Timestamp, limit: u32) -> Result<u64, Error> {
    Ok(tx.execute(
        "DELETE FROM tokens WHERE hash IN
         (SELECT hash FROM tokens WHERE expires_ms < ?1 ORDER BY expires_ms LIMIT ?2)",
        params![before.millis(), limit],
    )?)
}
