//! Nodes that leave a tree: into the bin, out of it again, or for good.

use albumen_db::Tx;
use albumen_model::{
    NodeName, RemotePath, Timestamp,
    smh::{ChangeKind, location},
};

use super::{
    Hand,
    event::{Extra, record},
};
use crate::{
    error::Error,
    repository::{
        bin::{self, Recycled},
        column::to_u64,
        node::{self, Node},
        object,
        usage::{self, Part},
    },
};

/// Puts a node with all below it into the bin; the number of the item. `path`: where it is now.
/// `purge`: when it goes by itself.
pub(crate) fn recycle(
    tx: &Tx<'_>,
    space: i64,
    node: &Node,
    path: &RemotePath,
    purge: Option<Timestamp>,
    hand: Hand<'_>,
) -> Result<u64, Error> {
    let held = usage::of_subtree(tx, node.id)?.nodes;
    let item = bin::put(tx, space, node, path, to_u64(held.bytes), hand.now, purge)?;
    usage::add(tx, space, Part::Tree, -held)?;
    usage::add(tx, space, Part::Bin, held)?;
    let kind = if hand.is_service() { ChangeKind::TaskTrash } else { ChangeKind::Trash };
    record(tx, space, kind, node, location::BIN, hand, Extra::new())?;
    Ok(item)
}

/// Takes an item out of the bin and puts it into a directory of its space under a free name.
pub(crate) fn restore(
    tx: &Tx<'_>,
    space: i64,
    item: &Recycled,
    parent: i64,
    name: &NodeName,
    hand: Hand<'_>,
) -> Result<(), Error> {
    let held = usage::of_subtree(tx, item.node.id)?.nodes;
    bin::take_out(tx, item, parent, name, hand.now)?;
    usage::add(tx, space, Part::Bin, -held)?;
    usage::add(tx, space, Part::Tree, held)?;
    let restored = node::find(tx, item.node.id)?.ok_or(Error::Damaged("node just restored"))?;
    let kind = if hand.is_service() { ChangeKind::TaskRestore } else { ChangeKind::Restore };
    record(tx, space, kind, &restored, location::TREE, hand, Extra::new())
}

/// Deletes a node with all below it for good, from the tree or from the bin.
pub(crate) fn purge(
    tx: &Tx<'_>,
    space: i64,
    node: &Node,
    from: Part,
    hand: Hand<'_>,
) -> Result<(), Error> {
    let held = usage::of_subtree(tx, node.id)?;
    let kind = match (from, hand.is_service()) {
        (Part::Bin, _) => ChangeKind::RecycleDelete,
        (_, true) => ChangeKind::TaskDelete,
        (_, false) => ChangeKind::Delete,
    };
    record(tx, space, kind, node, location::GONE, hand, Extra::new())?;
    if from == Part::Tree {
        node::detach(tx, node, hand.now)?;
    }
    object::purge_subtree(tx, node.id, hand.now)?;
    usage::add(tx, space, from, -held.nodes)?;
    usage::add(tx, space, Part::History, -held.history)
}
