//! Everything in the tree of a space as one flat list (SMH section 4.9).
//!
//! What is in the bin lies in the same table; whether a node is in the tree is seen on the way up
//! to the root, which the path needs anyway.

use std::collections::HashMap;

use albumen_db::{Tx, Value};
use albumen_model::RemotePath;

use super::{
    list::{Filter, Sort},
    node::{self, Node},
    page::{self, Key, Marker, SortKey},
    space::Space,
};
use crate::error::Error;

/// Rows looked at in one go.
const BATCH: usize = 500;

/// A flat list of one space.
#[derive(Clone, Debug)]
pub(crate) struct FlatList {
    /// `None`: in the order in which they were made, which costs the least.
    pub(crate) sort: Option<Sort>,
    pub(crate) descending: bool,
    pub(crate) filter: Filter,
    /// Only those of this category.
    pub(crate) category: Option<String>,
}

/// Nodes with where they are.
pub(crate) type Placed = Vec<(Node, RemotePath)>;

impl FlatList {
    fn key(&self) -> SortKey {
        self.sort.map_or(SortKey { word: "", sql: "n.id" }, Sort::key)
    }

    fn key_of(&self, node: &Node) -> Key {
        self.sort.map_or(Key::Number(node.id), |sort| sort.key_of(node))
    }

    /// What a marker of this list is bound to.
    fn order(&self, space: &Space) -> String {
        let Self { descending, filter, .. } = self;
        format!("flat/{}/{descending}/{filter:?}/{}", self.key().word, space.key)
    }

    /// One page after a marker, and the marker of the next page if there is one.
    ///
    /// # Errors
    /// `MarkerNotFound`.
    pub(crate) fn by_marker(
        &self,
        tx: &Tx<'_>,
        space: &Space,
        marker: Option<&str>,
        limit: usize,
    ) -> Result<(Placed, Option<String>), Error> {
        let order = self.order(space);
        let mut from = marker.map(|text| Marker::decode(text, &order)).transpose()?;
        let at = |node: &Node| {
            let key = self.key_of(node);
            Marker { order: order.clone(), run: 0, key, id: node.id }
        };
        let mut places = Places { root: space.root, known: HashMap::new() };
        let mut rows = Placed::new();
        loop {
            let found = self.fetch(tx, space.key, from.as_ref())?;
            let is_last = found.len() < BATCH;
            from = found.last().map(at);
            for node in found {
                let Some(path) = places.of(tx, &node)? else { continue };
                if rows.len() == limit {
                    // One more than asked tells that there is a next page.
                    let next = rows.last().map(|(node, _)| at(node).encode()).transpose()?;
                    return Ok((rows, next));
                }
                rows.push((node, path));
            }
            if is_last {
                return Ok((rows, None));
            }
        }
    }

    fn fetch(&self, tx: &Tx<'_>, space: i64, marker: Option<&Marker>) -> Result<Vec<Node>, Error> {
        let mut sql = format!("{} WHERE n.space = ? AND n.parent IS NOT NULL", node::SELECT);
        let mut values = vec![Value::Integer(space)];
        match self.filter {
            Filter::Directories => sql.push_str(" AND n.leaf = 0"),
            Filter::Leaves => sql.push_str(" AND n.leaf = 1"),
            Filter::Both | Filter::Union => {}
        }
        if let Some(category) = &self.category {
            sql.push_str(" AND n.category = ?");
            values.push(Value::Text(category.clone()));
        }
        if let Some(marker) = marker {
            let (after, position) = page::after(self.key(), self.descending, marker);
            sql.push_str(&format!(" AND {after}"));
            values.extend(position);
        }
        sql.push_str(&format!(" {} LIMIT {BATCH}", page::order_by(self.key(), self.descending)));
        tx.query(&sql, &Value::params(&values), node::read)
    }
}

/// Paths of directories that were climbed from already.
struct Places {
    root: i64,
    known: HashMap<i64, Option<RemotePath>>,
}

impl Places {
    /// Where a node is; `None` for what is not in the tree.
    fn of(&mut self, tx: &Tx<'_>, node: &Node) -> Result<Option<RemotePath>, Error> {
        let Some(parent) = node.parent else { return Ok(None) };
        let above = match self.known.get(&parent) {
            Some(known) => known.clone(),
            None => {
                let found = node::path_of(tx, self.root, parent)?;
                self.known.insert(parent, found.clone());
                found
            }
        };
        let Some(above) = above else { return Ok(None) };
        above.join(node.node_name()?).map(Some).map_err(|_| Error::Damaged("path"))
    }
}
