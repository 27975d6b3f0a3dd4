//! Favourites in the database: one row a user and node. The node may be gone; the row stays until
//! its user takes it off.

use std::collections::HashSet;

use albumen_db::{Row, Tx, Value, params};
use albumen_model::Timestamp;

use super::{
    column::{moment, to_u64},
    page::{self, Key, Marker, SortKey},
};
use crate::error::Error;

/// One favourite.
#[derive(Clone, Debug)]
pub(crate) struct Favorite {
    pub(crate) id: i64,
    pub(crate) node: i64,
    pub(crate) since: Timestamp,
}

/// Whose favourites: of one user in one space.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owner<'a> {
    pub(crate) space: i64,
    pub(crate) user_id: &'a str,
}

const BY_TIME: SortKey = SortKey { word: "favoriteTime", sql: "n.at_ms" };

fn read(row: &Row<'_>) -> Result<Favorite, Error> {
    Ok(Favorite { id: row.get(0)?, node: row.get(1)?, since: moment(row, 2)? })
}

/// Adds one; whether it was none before.
pub(crate) fn add(tx: &Tx<'_>, owner: Owner<'_>, node: i64, now: Timestamp) -> Result<bool, Error> {
    let sql = "INSERT INTO favorites (space, user_id, node, at_ms) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO NOTHING";
    Ok(tx.execute(sql, params![owner.space, owner.user_id, node, now.millis()])? > 0)
}

/// Takes one off; whether it was there.
pub(crate) fn remove(tx: &Tx<'_>, owner: Owner<'_>, node: i64) -> Result<bool, Error> {
    let sql = "DELETE FROM favorites WHERE space = ?1 AND user_id = ?2 AND node = ?3";
    Ok(tx.execute(sql, params![owner.space, owner.user_id, node])? > 0)
}

/// Which of these nodes are favourites.
pub(crate) fn among(tx: &Tx<'_>, owner: Owner<'_>, nodes: &[i64]) -> Result<HashSet<i64>, Error> {
    let mut marked = HashSet::new();
    // A page has at most a thousand rows; statements take fewer parameters.
    for some in nodes.chunks(500) {
        let marks = vec!["?"; some.len()].join(",");
        let sql = format!(
            "SELECT node FROM favorites WHERE space = ? AND user_id = ? AND node IN ({marks})"
        );
        let mut values = vec![Value::Integer(owner.space), Value::Text(owner.user_id.to_owned())];
        values.extend(some.iter().copied().map(Value::Integer));
        let read = |row: &Row<'_>| Ok::<i64, Error>(row.get(0)?);
        marked.extend(tx.query(&sql, &Value::params(&values), read)?);
    }
    Ok(marked)
}

/// A page by the time they were added, and the marker of the next one.
///
/// # Errors
/// `MarkerNotFound`.
pub(crate) fn by_marker(
    tx: &Tx<'_>,
    owner: Owner<'_>,
    descending: bool,
    marker: Option<&str>,
    limit: usize,
) -> Result<(Vec<Favorite>, Option<String>), Error> {
    let order = format!("{}/{descending}/{}", BY_TIME.word, owner.space);
    let marker = marker.map(|text| Marker::decode(text, &order)).transpose()?;
    let mut rows = fetch(tx, owner, descending, marker.as_ref(), 0, limit + 1)?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = match rows.last() {
        Some(last) if more => {
            let key = Key::Number(last.since.millis());
            Some(Marker { order, run: 0, key, id: last.id }.encode()?)
        }
        _ => None,
    };
    Ok((rows, next))
}

/// Some from an offset on, and how many there are in all.
pub(crate) fn by_offset(
    tx: &Tx<'_>,
    owner: Owner<'_>,
    descending: bool,
    offset: usize,
    limit: usize,
) -> Result<(Vec<Favorite>, u64), Error> {
    let sql = "SELECT count(*) FROM favorites WHERE space = ?1 AND user_id = ?2";
    let total: i64 = tx.query_one(sql, params![owner.space, owner.user_id], |row| row.get(0))?;
    Ok((fetch(tx, owner, descending, None, offset, limit)?, to_u64(total)))
}

fn fetch(
    tx: &Tx<'_>,
    owner: Owner<'_>,
    descending: bool,
    marker: Option<&Marker>,
    offset: usize,
    limit: usize,
) -> Result<Vec<Favorite>, Error> {
    let mut sql = "SELECT n.id, n.node, n.at_ms FROM favorites n
        WHERE n.space = ? AND n.user_id = ?"
        .to_owned();
    let mut values = vec![Value::Integer(owner.space), Value::Text(owner.user_id.to_owned())];
    if let Some(marker) = marker {
        let (after, position) = page::after(BY_TIME, descending, marker);
        sql.push_str(&format!(" AND {after}"));
        values.extend(position);
    }
    sql.push_str(&format!(" {} LIMIT ? OFFSET ?", page::order_by(BY_TIME, descending)));
    let number = |n: usize| Value::Integer(i64::try_from(n).unwrap_or(i64::MAX));
    values.extend([number(limit), number(offset)]);
    tx.query(&sql, &Value::params(&values), read)
}

/// Forgets all of a space that is no more.
pub(crate) fn forget_space(tx: &Tx<'_>, space: i64) -> Result<(), Error> {
    tx.execute("DELETE FROM favorites WHERE space = ?1", params![space])?;
    Ok(())
}
