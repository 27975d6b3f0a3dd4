//! Nodes that leave a tree: into the bin, out of it again, or for good.
//!
//! What goes for good is gone for everybody at once; its rows and counters go bit by bit, see
//! [`free`].

use albumen_db::Tx;
use albumen_model::{
    NodeName, RemotePath, Timestamp,
    smh::{ChangeKind, location},
};

use super::{
    Hand,
    event::{Extra, record},
    link,
};
use crate::{
    error::Error,
    repository::{
        bin::{self, Recycled},
        column::to_u64,
        doom,
        node::{self, Node},
        object, removal, retention, space as spaces,
        usage::{self, Holding, Part},
    },
    rules::bin as rule,
};

/// Nodes that one transaction frees: it holds the writer for some milliseconds.
pub(crate) const FREED_AT_ONCE: i64 = 500;

/// Puts a node with all below it into the bin; the number of the item. `path`: where it is now.
/// `purge`: when it goes by itself, unless the space has days of its own.
pub(crate) fn recycle(
    tx: &Tx<'_>,
    space: i64,
    node: &Node,
    path: &RemotePath,
    purge: Option<Timestamp>,
    hand: Hand<'_>,
) -> Result<u64, Error> {
    let purge = match retention::days(tx, space)? {
        Some(days) => rule::after_days(days, hand.now),
        None => purge,
    };
    link::take_along(tx, space, node, hand)?;
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
    record(tx, space, kind, &restored, location::TREE, hand, Extra::new())?;
    link::bring_back(tx, space, restored.id, hand)
}

/// Deletes a node with all below it for good, from the tree or from the bin. Much is freed later:
/// ring the service's broom.
pub(crate) fn purge(
    tx: &Tx<'_>,
    space: i64,
    node: &Node,
    from: Part,
    hand: Hand<'_>,
) -> Result<(), Error> {
    link::cut(tx, space, node.id, hand)?;
    let kind = match (from, hand.is_service()) {
        (Part::Bin, _) => ChangeKind::RecycleDelete,
        (_, true) => ChangeKind::TaskDelete,
        (_, false) => ChangeKind::Delete,
    };
    record(tx, space, kind, node, location::GONE, hand, Extra::new())?;
    if from == Part::Bin {
        retention::hide(tx, node.id)?;
    } else {
        let held = usage::of_subtree(tx, node.id)?.nodes;
        node::detach(tx, node, hand.now)?;
        retention::put_hidden(tx, space, node.id, hand.now)?;
        usage::add(tx, space, Part::Tree, -held)?;
        usage::add(tx, space, Part::Bin, held)?;
    }
    free(tx, space, FREED_AT_ONCE, hand.now).map(drop)
}

/// Empties the bin of a space. Much is freed later: ring the service's broom.
pub(crate) fn empty_bin(tx: &Tx<'_>, space: i64, now: Timestamp) -> Result<(), Error> {
    retention::empty(tx, space)?;
    free(tx, space, FREED_AT_ONCE, now).map(drop)
}

/// Frees about `limit` nodes of what nobody in a space finds any more: purged items, an emptied
/// bin, a space that is gone. Whether that was all.
pub(crate) fn free(tx: &Tx<'_>, space: i64, limit: i64, now: Timestamp) -> Result<bool, Error> {
    let mut room = limit;
    while room > 0 {
        let Some(hidden) = retention::next_hidden(tx, space)? else {
            retention::all_is_freed(tx, space)?;
            return Ok(true);
        };
        if !hidden.is_told {
            let node = node::find(tx, hidden.node)?.ok_or(Error::Damaged("bin"))?;
            let (kind, hand) = (ChangeKind::RecycleDelete, Hand::service(now));
            // One that was restored before what it leads to.
            link::cut(tx, space, hidden.node, hand)?;
            record(tx, space, kind, &node, location::GONE, hand, Extra::new())?;
            retention::hide(tx, hidden.node)?;
        }
        let freed = doom::some(tx, hidden.node, room, now)?;
        usage::add(tx, space, Part::Bin, -freed.held.nodes)?;
        usage::add(tx, space, Part::History, -freed.held.history)?;
        room -= freed.nodes.max(1);
    }
    Ok(retention::next_hidden(tx, space)?.is_none())
}

/// Takes a space with all in it away from everybody. Much is freed later: ring the service's broom.
pub(crate) fn remove_space(
    tx: &Tx<'_>,
    space: &spaces::Space,
    now: Timestamp,
) -> Result<(), Error> {
    spaces::doom(tx, space, now)?;
    free_space(tx, space.key, FREED_AT_ONCE, now).map(drop)
}

/// As [`free`]; a space that is gone goes with the last of it.
pub(crate) fn free_space(
    tx: &Tx<'_>,
    space: i64,
    limit: i64,
    now: Timestamp,
) -> Result<bool, Error> {
    let is_all = free(tx, space, limit, now)?;
    if is_all && spaces::is_doomed(tx, space)? {
        spaces::delete(tx, space)?;
    }
    Ok(is_all)
}

/// Takes the content of a file away for a quota. The file stays and says so: nobody must take it
/// for a delete by a user.
pub(crate) fn remove_content(
    tx: &Tx<'_>,
    space: i64,
    node: &Node,
    now: Timestamp,
) -> Result<(), Error> {
    let Some(content) = &node.content else { return Ok(()) };
    node::take_content(tx, node, now)?;
    object::release(tx, content.object, now)?;
    let bytes = i64::try_from(content.size).unwrap_or(i64::MAX);
    usage::add(tx, space, Part::Tree, -Holding { bytes, files: 0, dirs: 0 })?;
    removal::record(tx, space, node.id, now)?;
    let left = node::find(tx, node.id)?.ok_or(Error::Damaged("node just changed"))?;
    let (kind, hand) = (ChangeKind::TaskDelete, Hand::service(now));
    record(tx, space, kind, &left, location::GONE, hand, Extra::new())
}
