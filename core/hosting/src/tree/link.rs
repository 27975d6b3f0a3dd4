//! What happens to links when what they lead to leaves the tree or comes back (SMH section 9.5).
//!
//! A link goes to the bin with its target and is kept below it there; whoever counts, purges or
//! moves the target's subtree has the link in it.

use albumen_db::Tx;
use albumen_model::{
    NodeName,
    smh::{ChangeKind, location},
};

use super::{
    Hand,
    event::{Extra, record},
};
use crate::{
    error::Error,
    repository::{
        link::{self, Away},
        node::{self, Node},
        object, subtree,
        usage::{self, Holding, Part},
    },
    rules::conflict,
};

/// Takes the links that lead to a node or below it along, before it goes to the bin. Links that lie
/// in the bin themselves stay where they are.
pub(super) fn take_along(
    tx: &Tx<'_>,
    space: i64,
    node: &Node,
    hand: Hand<'_>,
) -> Result<(), Error> {
    for id in link::leading_into(tx, node.id)? {
        if !subtree::is_in_tree(tx, id)? {
            continue;
        }
        let link = node::find(tx, id)?.ok_or(Error::Damaged("link that is gone"))?;
        let kind = if hand.is_service() { ChangeKind::TaskTrash } else { ChangeKind::Trash };
        record(tx, space, kind, &link, location::BIN, hand, Extra::new())?;
        link::take_away(tx, id)?;
        if let Some(home) = link.parent {
            node::touch_list(tx, home, hand.now)?;
        }
    }
    Ok(())
}

/// Puts the links back that went away with a node or what is below it. One whose directory is gone
/// is gone too.
pub(super) fn bring_back(tx: &Tx<'_>, space: i64, node: i64, hand: Hand<'_>) -> Result<(), Error> {
    for away in link::away(tx, node)? {
        // One below a link that could not come back went with it.
        let Some(link) = node::find(tx, away.link)? else { continue };
        let Some(name) = place_for(tx, &away)? else {
            purge_one(tx, space, &link, Part::Tree, hand)?;
            continue;
        };
        node::attach(tx, away.link, away.home, &name, hand.now)?;
        link::is_back(tx, away.link)?;
        let kind = if hand.is_service() { ChangeKind::TaskRestore } else { ChangeKind::Restore };
        let link = node::find(tx, away.link)?.ok_or(Error::Damaged("link that is gone"))?;
        record(tx, space, kind, &link, location::TREE, hand, Extra::new())?;
    }
    Ok(())
}

/// The name it can have in its directory; `None` when that is gone.
fn place_for(tx: &Tx<'_>, away: &Away) -> Result<Option<NodeName>, Error> {
    let home = node::find(tx, away.home)?.filter(Node::is_dir);
    if home.is_none() || !subtree::is_in_tree(tx, away.home)? {
        return Ok(None);
    }
    for n in 0..=conflict::RENAMES_MAX {
        let name = match n {
            0 => away.name.clone(),
            n => conflict::candidate(&away.name, false, n),
        };
        if !node::is_taken(tx, away.home, &name)? {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// Deletes the links that lead to a node or below it, wherever they are, before it goes for good or
/// to another space.
pub(super) fn cut(tx: &Tx<'_>, space: i64, node: i64, hand: Hand<'_>) -> Result<(), Error> {
    for id in link::leading_into(tx, node)? {
        // One below another of them is gone with it.
        let Some(link) = node::find(tx, id)? else { continue };
        let part = if subtree::is_in_tree(tx, id)? { Part::Tree } else { Part::Bin };
        if let (Part::Tree, Some(home)) = (part, link.parent) {
            node::touch_list(tx, home, hand.now)?;
        }
        purge_one(tx, space, &link, part, hand)?;
    }
    Ok(())
}

fn purge_one(
    tx: &Tx<'_>,
    space: i64,
    link: &Node,
    part: Part,
    hand: Hand<'_>,
) -> Result<(), Error> {
    let held = usage::of_subtree(tx, link.id)?.nodes;
    debug_assert_eq!(held.bytes, Holding::default().bytes, "links have no bytes");
    let kind = match (part, hand.is_service()) {
        (Part::Bin, _) => ChangeKind::RecycleDelete,
        (_, true) => ChangeKind::TaskDelete,
        (_, false) => ChangeKind::Delete,
    };
    record(tx, space, kind, link, location::GONE, hand, Extra::new())?;
    object::purge_subtree(tx, link.id, hand.now)?;
    usage::add(tx, space, part, -held)
}
