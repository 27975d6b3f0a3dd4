//! What clients say about nodes, said anew (SMH section 6.10).

use albumen_db::Tx;
use albumen_model::smh::{ChangeKind, location};
use serde_json::json;

use super::{
    Hand,
    event::{Extra, record},
};
use crate::{
    error::Error,
    repository::{
        column::to_i64,
        node::{self, Node, Said},
        usage::{self, Holding, Part},
    },
};

/// Writes labels, metadata and what else a client may change of a node in the tree.
pub(crate) fn annotate(
    tx: &Tx<'_>,
    space: i64,
    node: &Node,
    said: &Said,
    hand: Hand<'_>,
) -> Result<(), Error> {
    node::annotate(tx, node.id, said)?;
    let size = |node: &Node| to_i64(node.size().unwrap_or(0));
    let said = node::find(tx, node.id)?.ok_or(Error::Damaged("node just written"))?;
    let change = Holding { bytes: size(&said) - size(node), files: 0, dirs: 0 };
    usage::add(tx, space, Part::Tree, change)?;
    // The list that shows the node is another one now, though nothing came or went.
    if let Some(parent) = node.parent {
        node::renew_tag(tx, parent)?;
    }
    let mut extra = Extra::new();
    if !node.is_dir() {
        extra.insert("oldSize".to_owned(), json!(size(node).to_string()));
        extra.insert("newSize".to_owned(), json!(size(&said).to_string()));
        extra.insert("oldEtag".to_owned(), json!(node.e_tag()));
    }
    record(tx, space, ChangeKind::Modify, &said, location::TREE, hand, extra)
}
