//! Lists of shares: filtered, sorted, page by page (SMH section 18).

use albumen_db::{Tx, Value};
use albumen_model::{LibraryId, Timestamp};

use super::{
    page::{self, Key, Marker, SortKey},
    share::{self, Share},
};
use crate::error::Error;

/// Where a share without an end is in a list by end: after all that have one.
const NEVER_MS: i64 = 253_402_300_799_999;

/// What shares can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    Created,
    Expires,
    Name,
    Creator,
}

impl Sort {
    /// Reads the wire word.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "createTime" => Self::Created,
            "expireTime" => Self::Expires,
            "name" => Self::Name,
            "creatorId" => Self::Creator,
            _ => return None,
        })
    }

    const fn key(self) -> SortKey {
        let (word, sql) = match self {
            Self::Created => ("createTime", "n.created_ms"),
            Self::Expires => ("expireTime", "coalesce(n.expires_ms, 253402300799999)"),
            Self::Name => ("name", "n.name"),
            Self::Creator => ("creatorId", "n.creator"),
        };
        SortKey { word, sql }
    }

    fn key_of(self, share: &Share) -> Key {
        match self {
            Self::Created => Key::Number(share.created.millis()),
            Self::Expires => Key::Number(share.terms.expires.map_or(NEVER_MS, Timestamp::millis)),
            Self::Name => Key::Text(share.name.clone()),
            Self::Creator => Key::Text(share.creator.to_string()),
        }
    }
}

/// Which shares to list, and how.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) library: LibraryId,
    /// Only of these spaces; `None` for all.
    pub(crate) spaces: Option<Vec<String>>,
    pub(crate) creator: Option<String>,
    /// In lower case; a part of the name. Empty for all.
    pub(crate) name: String,
    /// Not before and not after, milliseconds since 1970.
    pub(crate) created: (Option<i64>, Option<i64>),
    /// As [`Self::created`]; permanent shares have no end that could be in between.
    pub(crate) expires: (Option<i64>, Option<i64>),
    pub(crate) sort: Sort,
    pub(crate) descending: bool,
}

impl Wanted {
    fn condition(&self) -> (String, Vec<Value>) {
        let mut sql = "n.library = ?".to_owned();
        let mut values = vec![Value::Text(self.library.to_string())];
        if let Some(spaces) = &self.spaces {
            let marks = vec!["?"; spaces.len()].join(",");
            sql.push_str(&format!(
                " AND n.space IN (SELECT key FROM spaces WHERE library = n.library
                  AND id IN ({marks}))"
            ));
            values.extend(spaces.iter().cloned().map(Value::Text));
        }
        if let Some(creator) = &self.creator {
            sql.push_str(" AND n.creator = ?");
            values.push(Value::Text(creator.clone()));
        }
        if !self.name.is_empty() {
            sql.push_str(" AND n.folded LIKE ? ESCAPE '!'");
            let mut pattern = self.name.replace('!', "!!");
            pattern = pattern.replace('%', "!%").replace('_', "!_");
            values.push(Value::Text(format!("%{pattern}%")));
        }
        for (column, (from, to)) in [("created_ms", self.created), ("expires_ms", self.expires)] {
            for (sign, bound) in [(">=", from), ("<=", to)] {
                if let Some(bound) = bound {
                    sql.push_str(&format!(" AND n.{column} {sign} ?"));
                    values.push(Value::Integer(bound));
                }
            }
        }
        (sql, values)
    }

    /// A page after a marker, and the marker of the next one.
    ///
    /// # Errors
    /// `MarkerNotFound`.
    pub(crate) fn page(
        &self,
        tx: &Tx<'_>,
        marker: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<Share>, Option<String>), Error> {
        let key = self.sort.key();
        let order = format!("shares/{}/{}", key.word, self.descending);
        let marker = marker.map(|text| Marker::decode(text, &order)).transpose()?;
        let (mut sql, mut values) = self.condition();
        if let Some(marker) = &marker {
            let (after, position) = page::after(key, self.descending, marker);
            sql.push_str(&format!(" AND {after}"));
            values.extend(position);
        }
        let order_by = page::order_by(key, self.descending);
        let sql = format!("{} WHERE {sql} {order_by} LIMIT ?", share::SELECT);
        values.push(Value::Integer(i64::try_from(limit + 1).unwrap_or(i64::MAX)));
        let mut rows = tx.query(&sql, &Value::params(&values), share::read)?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = match rows.last() {
            Some(last) if more => {
                let key = self.sort.key_of(last);
                Some(Marker { order, run: 0, key, id: last.id }.encode()?)
            }
            _ => None,
        };
        Ok((rows, next))
    }
}
