//! Nodes that get another name or place, in their space or in another one.

use albumen_db::Tx;
use albumen_model::{
    NodeName,
    smh::{ChangeKind, location},
};
use serde_json::json;

use super::{
    Hand,
    event::{self, inode_text, record},
    link,
};
use crate::{
    error::Error,
    repository::{
        node::{self, Node},
        usage::{self, Part},
    },
};

/// Where a node is to go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Destination<'a> {
    /// A key of `spaces`, of the same library.
    pub(crate) space: i64,
    /// A directory of that space, not below the node.
    pub(crate) parent: i64,
    /// Free there.
    pub(crate) name: &'a NodeName,
}

/// Moves or renames a node with all below it; its id stays. `from`: its space with the id that
/// events tell. `instead_of`: the file that had the name until a moment ago.
pub(crate) fn relocate(
    tx: &Tx<'_>,
    node: &Node,
    from: (i64, &str),
    to: Destination<'_>,
    instead_of: Option<&Node>,
    hand: Hand<'_>,
) -> Result<Node, Error> {
    let (from_space, from_id) = from;
    let changes_space = from_space != to.space;
    if changes_space {
        // A link never leads into another space.
        link::cut(tx, from_space, node.id, hand)?;
        let held = usage::of_subtree(tx, node.id)?;
        for (part, held) in [(Part::Tree, held.nodes), (Part::History, held.history)] {
            usage::add(tx, from_space, part, -held)?;
            usage::add(tx, to.space, part, held)?;
        }
        node::change_space(tx, node.id, to.space)?;
    }
    node::detach(tx, node, hand.now)?;
    node::attach(tx, node.id, to.parent, to.name, hand.now)?;
    let moved = node::find(tx, node.id)?.ok_or(Error::Damaged("node just moved"))?;
    let mut extra = instead_of.map(event::overwritten).unwrap_or_default();
    if let Some(parent) = node.parent {
        extra.insert("fromParentInode".to_owned(), inode_text(parent));
    }
    extra.insert("toParentInode".to_owned(), inode_text(to.parent));
    if changes_space {
        extra.insert("fromSpaceId".to_owned(), json!(from_id));
    }
    let kind = match instead_of {
        Some(_) => ChangeKind::MoveOverwrite,
        None => ChangeKind::Move,
    };
    if changes_space {
        // Whoever follows the space it left must learn of it too.
        record(tx, from_space, ChangeKind::Move, &moved, location::GONE, hand, extra.clone())?;
    }
    record(tx, to.space, kind, &moved, location::TREE, hand, extra)?;
    Ok(moved)
}
