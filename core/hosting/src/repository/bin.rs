//! The recycle bin in the database: one row a deletion, the subtree kept below its detached root.

use albumen_db::{Row, Tx, Value, params};
use albumen_model::{NodeName, RemotePath, Timestamp};

use super::{
    column::{from_json, maybe_moment, moment, to_i64, to_json, to_u64},
    node::{self, Node},
    page::{self, Key, Marker, SortKey},
    retention,
};
use crate::error::Error;

/// One deletion.
pub(crate) struct Recycled {
    pub(crate) id: i64,
    /// Where it was, its name included.
    pub(crate) path: RemotePath,
    pub(crate) size: u64,
    pub(crate) removed: Timestamp,
    pub(crate) purge: Option<Timestamp>,
    pub(crate) node: Node,
}

/// Puts a node and all below it, `size` bytes, into the bin; the number of the item.
pub(crate) fn put(
    tx: &Tx<'_>,
    space: i64,
    node: &Node,
    path: &RemotePath,
    size: u64,
    now: Timestamp,
    purge: Option<Timestamp>,
) -> Result<u64, Error> {
    node::detach(tx, node, now)?;
    let id = tx.insert_id(
        "INSERT INTO recycled (space, node, path, size, removed_ms, purge_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id",
        params![
            space,
            node.id,
            to_json(path)?,
            to_i64(size),
            now.millis(),
            purge.map(Timestamp::millis),
        ],
    )?;
    Ok(to_u64(id))
}

/// Items that are there for people, with a condition to follow.
fn select() -> String {
    format!(
        "SELECT r.id, r.path, r.size, r.removed_ms, {}, r.node FROM recycled r
         JOIN nodes n ON n.id = r.node JOIN spaces s ON s.key = r.space
         WHERE {} AND",
        retention::PURGE_TIME,
        retention::VISIBLE
    )
}

fn read(tx: &Tx<'_>, row: &Row<'_>) -> Result<Recycled, Error> {
    Ok(Recycled {
        id: row.get(0)?,
        path: from_json(&row.get::<String>(1)?, "path in the bin")?,
        size: to_u64(row.get(2)?),
        removed: moment(row, 3)?,
        purge: maybe_moment(row, 4)?,
        node: node::find(tx, row.get(5)?)?.ok_or(Error::Damaged("bin"))?,
    })
}

/// The item of this number in a space.
pub(crate) fn find(tx: &Tx<'_>, space: i64, id: u64) -> Result<Option<Recycled>, Error> {
    let sql = format!("{} r.id = ?1 AND r.space = ?2", select());
    tx.query_opt(&sql, params![to_i64(id), space], |row| read(tx, row))
}

/// Takes an item out of the bin and puts its node into a directory under a free name.
pub(crate) fn take_out(
    tx: &Tx<'_>,
    item: &Recycled,
    parent: i64,
    name: &NodeName,
    now: Timestamp,
) -> Result<(), Error> {
    tx.execute("DELETE FROM recycled WHERE id = ?1", params![item.id])?;
    node::attach(tx, item.node.id, parent, name, now)
}

/// What the bin can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    Name,
    Modified,
    Size,
    Removed,
    Remaining,
}

impl Sort {
    /// Reads the wire word of `order_by`.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "name" => Self::Name,
            "modificationTime" => Self::Modified,
            "size" => Self::Size,
            "removalTime" => Self::Removed,
            "remainingTime" => Self::Remaining,
            _ => return None,
        })
    }

    const fn key(self) -> SortKey {
        let (word, sql) = match self {
            Self::Name => ("name", "n.name"),
            Self::Modified => ("modificationTime", "n.modified_ms"),
            Self::Size => ("size", "r.size"),
            Self::Removed => ("removalTime", "r.removed_ms"),
            Self::Remaining => ("remainingTime", retention::REMAINING),
        };
        SortKey { word, sql }
    }

    fn key_of(self, item: &Recycled) -> Key {
        match self {
            Self::Name => Key::Text(item.node.name.clone()),
            Self::Modified => Key::Number(item.node.modified.millis()),
            Self::Size => Key::Number(to_i64(item.size)),
            Self::Removed => Key::Number(item.removed.millis()),
            Self::Remaining => Key::Number(item.purge.map_or(i64::MAX, Timestamp::millis)),
        }
    }
}

/// A list of one space's bin.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listing {
    pub(crate) space: i64,
    pub(crate) sort: Sort,
    pub(crate) descending: bool,
}

impl Listing {
    fn order(self) -> String {
        format!("bin/{}/{}/{}", self.sort.key().word, self.descending, self.space)
    }

    /// One page after a marker, and the marker of the next page if there is one.
    ///
    /// # Errors
    /// `MarkerNotFound`.
    pub(crate) fn by_marker(
        self,
        tx: &Tx<'_>,
        marker: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<Recycled>, Option<String>), Error> {
        let marker = marker.map(|text| Marker::decode(text, &self.order())).transpose()?;
        let mut sql = "r.space = ?".to_owned();
        let mut values = vec![Value::Integer(self.space)];
        if let Some(marker) = &marker {
            let (after, position) = page::after(self.sort.key(), self.descending, marker);
            sql.push_str(&format!(" AND {after}"));
            values.extend(position);
        }
        let mut rows = self.fetch(tx, &sql, values, 0, limit + 1)?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = match rows.last() {
            Some(item) if more => {
                let (order, key) = (self.order(), self.sort.key_of(item));
                Some(Marker { order, run: 0, key, id: item.node.id }.encode()?)
            }
            _ => None,
        };
        Ok((rows, next))
    }

    /// Some rows from an offset on, and how many there are in all.
    pub(crate) fn by_offset(
        self,
        tx: &Tx<'_>,
        offset: usize,
        limit: usize,
    ) -> Result<(Vec<Recycled>, u64), Error> {
        let sql = format!(
            "SELECT count(*) FROM recycled r JOIN spaces s ON s.key = r.space
             WHERE r.space = ?1 AND {}",
            retention::VISIBLE
        );
        let total: i64 = tx.query_one(&sql, params![self.space], |row| row.get(0))?;
        let values = vec![Value::Integer(self.space)];
        Ok((self.fetch(tx, "r.space = ?", values, offset, limit)?, to_u64(total)))
    }

    fn fetch(
        self,
        tx: &Tx<'_>,
        condition: &str,
        mut values: Vec<Value>,
        offset: usize,
        limit: usize,
    ) -> Result<Vec<Recycled>, Error> {
        let order = page::order_by(self.sort.key(), self.descending);
        let sql = format!("{} {condition} {order} LIMIT ? OFFSET ?", select());
        let number = |n: usize| Value::Integer(i64::try_from(n).unwrap_or(i64::MAX));
        values.extend([number(limit), number(offset)]);
        tx.query(&sql, &Value::params(&values), |row| read(tx, row))
    }
}
