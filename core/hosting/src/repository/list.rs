//! Listing a directory: sorted, filtered, page by page (SMH sections 6.2 and 6.4).
//!
//! A list is one or two runs: directories first, then leaves, unless a filter or `union` makes it
//! one. Each run is read by key, so that a page costs the same wherever it is in the list.

use albumen_db::{Tx, Value, params};

use super::{
    column::to_u64,
    node::{self, Node},
    page::{self, Key, Marker, SortKey},
};
use crate::error::Error;

/// What a directory can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    Name,
    Modified,
    Size,
    Created,
    Uploaded,
    LocalCreated,
    LocalModified,
}

impl Sort {
    /// Reads the wire word of `order_by`.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "name" => Self::Name,
            "modificationTime" => Self::Modified,
            "size" => Self::Size,
            "creationTime" => Self::Created,
            "uploadTime" => Self::Uploaded,
            "localCreationTime" => Self::LocalCreated,
            "localModificationTime" => Self::LocalModified,
            _ => return None,
        })
    }

    pub(super) const fn key(self) -> SortKey {
        let (word, sql) = match self {
            Self::Name => ("name", "n.name"),
            Self::Modified => ("modificationTime", "n.modified_ms"),
            Self::Size => ("size", "coalesce(n.size, 0)"),
            Self::Created => ("creationTime", "n.created_ms"),
            Self::Uploaded => ("uploadTime", "n.uploaded_ms"),
            Self::LocalCreated => ("localCreationTime", "coalesce(n.local_created, '')"),
            Self::LocalModified => ("localModificationTime", "coalesce(n.local_modified, '')"),
        };
        SortKey { word, sql }
    }

    pub(super) fn key_of(self, node: &Node) -> Key {
        let text = |text: &Option<String>| Key::Text(text.clone().unwrap_or_default());
        match self {
            Self::Name => Key::Text(node.name.clone()),
            Self::Modified => Key::Number(node.modified.millis()),
            Self::Size => Key::Number(i64::try_from(node.size().unwrap_or(0)).unwrap_or(i64::MAX)),
            Self::Created => Key::Number(node.created.millis()),
            Self::Uploaded => Key::Number(node.uploaded.millis()),
            Self::LocalCreated => text(&node.annotations.local_created),
            Self::LocalModified => text(&node.annotations.local_modified),
        }
    }
}

/// Which children.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Filter {
    /// Directories, then leaves.
    Both,
    /// `sort_type=union`: mixed.
    Union,
    /// `onlyDir`.
    Directories,
    /// `onlyFile`.
    Leaves,
}

/// A list of one directory.
#[derive(Clone, Debug)]
pub(crate) struct Listing {
    pub(crate) directory: i64,
    /// `None`: directories by name, leaves by `leaves_by`.
    pub(crate) sort: Option<Sort>,
    pub(crate) leaves_by: Sort,
    pub(crate) descending: bool,
    pub(crate) filter: Filter,
    /// Only names beginning so; empty for all.
    pub(crate) prefix: String,
    /// Only names after this one; empty for all.
    pub(crate) start_name: String,
}

struct Run {
    leaf: Option<bool>,
    sort: Sort,
}

impl Listing {
    fn runs(&self) -> Vec<Run> {
        let directories = || Run { leaf: Some(false), sort: self.sort.unwrap_or(Sort::Name) };
        let leaves = || Run { leaf: Some(true), sort: self.sort.unwrap_or(self.leaves_by) };
        match self.filter {
            Filter::Both => vec![directories(), leaves()],
            Filter::Union => vec![Run { leaf: None, sort: self.sort.unwrap_or(Sort::Name) }],
            Filter::Directories => vec![directories()],
            Filter::Leaves => vec![leaves()],
        }
    }

    /// What a marker of this list is bound to.
    fn order(&self) -> String {
        let word = self.sort.map_or("", |sort| sort.key().word);
        format!("{word}/{}/{:?}/{}", self.descending, self.filter, self.directory)
    }

    /// The condition of a run without its position.
    fn condition(&self, run: &Run) -> (String, Vec<Value>) {
        let mut sql = "n.parent = ?".to_owned();
        let mut values = vec![Value::Integer(self.directory)];
        if let Some(leaf) = run.leaf {
            sql.push_str(" AND n.leaf = ?");
            values.push(Value::Integer(i64::from(leaf)));
        }
        if !self.prefix.is_empty() {
            sql.push_str(" AND n.name >= ? AND substr(n.name, 1, length(CAST(? AS TEXT))) = ?");
            values.extend(std::iter::repeat_n(Value::Text(self.prefix.clone()), 3));
        }
        if !self.start_name.is_empty() {
            let sign = if self.descending { '<' } else { '>' };
            sql.push_str(&format!(" AND n.name {sign} ?"));
            values.push(Value::Text(self.start_name.clone()));
        }
        (sql, values)
    }

    /// One page after a marker, and the marker of the next page if there is one.
    ///
    /// # Errors
    /// `MarkerNotFound`.
    pub(crate) fn by_marker(
        &self,
        tx: &Tx<'_>,
        marker: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<Node>, Option<String>), Error> {
        let marker = marker.map(|text| Marker::decode(text, &self.order())).transpose()?;
        let first = marker.as_ref().map_or(0, |marker| marker.run);
        let mut rows: Vec<(usize, Node)> = Vec::new();
        for (index, run) in self.runs().iter().enumerate().skip(first) {
            let (mut sql, mut values) = self.condition(run);
            if let Some(marker) = marker.as_ref().filter(|marker| marker.run == index) {
                let (after, position) = page::after(run.sort.key(), self.descending, marker);
                sql.push_str(&format!(" AND {after}"));
                values.extend(position);
            }
            // One more than asked tells whether there is a next page.
            let room = limit + 1 - rows.len();
            let found = self.fetch(tx, run, &sql, values, 0, room)?;
            rows.extend(found.into_iter().map(|node| (index, node)));
            if rows.len() > limit {
                break;
            }
        }
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = match rows.last() {
            Some((run, node)) if more => {
                let sort = self.runs()[*run].sort;
                let (order, key) = (self.order(), sort.key_of(node));
                Some(Marker { order, run: *run, key, id: node.id }.encode()?)
            }
            _ => None,
        };
        Ok((rows.into_iter().map(|(_, node)| node).collect(), next))
    }

    /// Some rows from an offset on.
    pub(crate) fn by_offset(
        &self,
        tx: &Tx<'_>,
        offset: usize,
        limit: usize,
    ) -> Result<Vec<Node>, Error> {
        let mut rows: Vec<Node> = Vec::new();
        let mut skip = offset;
        for run in &self.runs() {
            let (sql, values) = self.condition(run);
            let counting = format!("SELECT count(*) FROM nodes n WHERE {sql}");
            let count: i64 = tx.query_one(&counting, &Value::params(&values), |row| row.get(0))?;
            let count = usize::try_from(count).unwrap_or(usize::MAX);
            if skip < count && rows.len() < limit {
                rows.extend(self.fetch(tx, run, &sql, values, skip, limit - rows.len())?);
            }
            skip = skip.saturating_sub(count);
        }
        Ok(rows)
    }

    fn fetch(
        &self,
        tx: &Tx<'_>,
        run: &Run,
        condition: &str,
        mut values: Vec<Value>,
        offset: usize,
        limit: usize,
    ) -> Result<Vec<Node>, Error> {
        let sql = format!(
            "{} WHERE {condition} {} LIMIT ? OFFSET ?",
            node::SELECT,
            page::order_by(run.sort.key(), self.descending)
        );
        let number = |n: usize| Value::Integer(i64::try_from(n).unwrap_or(i64::MAX));
        values.extend([number(limit), number(offset)]);
        tx.query(&sql, &Value::params(&values), node::read)
    }
}

/// Leaves and directories directly in a directory.
pub(crate) fn counts(tx: &Tx<'_>, directory: i64) -> Result<(u64, u64), Error> {
    let count = |leaf: bool| -> Result<u64, Error> {
        let sql = "SELECT count(*) FROM nodes WHERE parent = ?1 AND leaf = ?2";
        Ok(to_u64(tx.query_one(sql, params![directory, leaf], |row| row.get(0))?))
    };
    Ok((count(true)?, count(false)?))
}
