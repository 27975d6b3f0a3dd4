//! Copies: new nodes that share the content of others, so that no byte moves (SMH sections 6.8 and
//! 9.2).
//!
//! A large subtree is copied in many transactions. Until the last one the copy hangs nowhere and is
//! counted nowhere; then it appears whole. What is added to or taken from the source meanwhile may
//! or may not be in it.

use albumen_db::Tx;
use albumen_model::{
    NodeName, Timestamp,
    smh::{ChangeKind, location},
};
use serde::{Deserialize, Serialize};

use super::{
    Destination, Hand,
    event::{Extra, inode_text, record},
};
use crate::{
    error::Error,
    repository::{
        node::{self, Node},
        object,
        subtree::{self, Child, Copied},
        usage::{self, Part},
    },
    rules::{conflict, link::DEPTH_MAX},
};

/// Leaves read at once.
const PAGE: usize = 200;

/// A directory whose children are being copied: leaves by name, then directories by name.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Level {
    source: i64,
    copy: i64,
    are_leaves: bool,
    /// Children up to this name are done.
    after: String,
}

/// A copy in the making. Its size does not grow with the number of nodes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Draft {
    source: i64,
    copy: i64,
    levels: Vec<Level>,
    /// Into another space, where links could not lead back: the content they lead to is copied
    /// instead.
    leaves_space: bool,
}

/// Copies the node itself. `space`: where the copy will be.
pub(crate) fn begin(
    tx: &Tx<'_>,
    source: &Node,
    leaves_space: bool,
    space: i64,
    hand: Hand<'_>,
) -> Result<Draft, Error> {
    let name = source.node_name()?;
    let (parent, user_id, now) = (None, hand.user_id(), hand.now);
    let content = if leaves_space { followed(tx, source)? } else { source.id };
    let copy = subtree::copy_row(tx, content, Copied { space, parent, name: &name, user_id, now })?;
    let levels = match source.is_dir() {
        true => vec![Level { source: source.id, copy, are_leaves: true, after: String::new() }],
        false => Vec::new(),
    };
    Ok(Draft { source: source.id, copy, levels, leaves_space })
}

/// The leaf whose content a link stands for; anything else is itself.
fn followed(tx: &Tx<'_>, node: &Node) -> Result<i64, Error> {
    Ok(super::content_of(tx, node)?.map_or(node.id, |content| content.id))
}

/// Copies on, at most about so many nodes; whether all are.
pub(crate) fn go_on(
    tx: &Tx<'_>,
    draft: &mut Draft,
    space: i64,
    most: usize,
    hand: Hand<'_>,
) -> Result<bool, Error> {
    let mut copied = 0;
    while let Some(level) = draft.levels.last_mut() {
        if copied >= most {
            return Ok(false);
        }
        let many = if level.are_leaves { PAGE } else { 1 };
        let page = subtree::children(tx, level.source, level.are_leaves, &level.after, many)?;
        let is_last = page.len() < many;
        copied += page.len();
        let (parent, are_leaves) = (level.copy, level.are_leaves);
        if let Some(last) = page.last() {
            level.after = last.name.as_str().to_owned();
        }
        if is_last && are_leaves {
            level.are_leaves = false;
            level.after.clear();
        } else if is_last {
            draft.levels.pop();
        }
        for child in page {
            let copy = copy_child(tx, draft.leaves_space, &child, parent, space, hand)?;
            if let (false, Some(copy)) = (are_leaves, copy) {
                let (source, after) = (child.id, String::new());
                draft.levels.push(Level { source, copy, are_leaves: true, after });
            }
        }
    }
    Ok(true)
}

fn copy_child(
    tx: &Tx<'_>,
    leaves_space: bool,
    child: &Child,
    parent: i64,
    space: i64,
    hand: Hand<'_>,
) -> Result<Option<i64>, Error> {
    let mut name: NodeName = child.name.clone();
    // Possible only when the source changes between two transactions.
    if node::is_taken(tx, parent, &name)? {
        name = conflict::candidate(&child.name, true, 1);
    }
    let mut source = child.id;
    if let (true, Some(_)) = (leaves_space, child.target) {
        let link = node::find(tx, child.id)?.ok_or(Error::Damaged("link"))?;
        match super::content_of(tx, &link)? {
            Some(content) => source = content.id,
            // It leads nowhere: there is nothing to copy.
            None => return Ok(None),
        }
    }
    let (user_id, now) = (hand.user_id(), hand.now);
    let to = Copied { space, parent: Some(parent), name: &name, user_id, now };
    subtree::copy_row(tx, source, to).map(Some)
}

/// Bytes of the copy so far.
pub(crate) fn bytes(tx: &Tx<'_>, draft: &Draft) -> Result<i64, Error> {
    Ok(usage::of_subtree(tx, draft.copy)?.nodes.bytes)
}

/// Puts a copy that is whole into its place, where it is counted and told of: one event for all of
/// it (SMH section 27).
pub(crate) fn finish(
    tx: &Tx<'_>,
    draft: &Draft,
    to: Destination<'_>,
    hand: Hand<'_>,
) -> Result<Node, Error> {
    node::attach(tx, draft.copy, to.parent, to.name, hand.now)?;
    usage::add(tx, to.space, Part::Tree, usage::of_subtree(tx, draft.copy)?.nodes)?;
    let copy = node::find(tx, draft.copy)?.ok_or(Error::Damaged("copy"))?;
    let extra = Extra::from_iter([("sourceInode".to_owned(), inode_text(draft.source))]);
    record(tx, to.space, ChangeKind::Copy, &copy, location::TREE, hand, extra)?;
    Ok(copy)
}

/// Deletes what was made of a copy that comes to nothing.
pub(crate) fn give_up(tx: &Tx<'_>, draft: &Draft, now: Timestamp) -> Result<(), Error> {
    object::purge_subtree(tx, draft.copy, now)
}

/// The leaf whose content a node stands for: itself, or what a link leads to at last; `None` for a
/// link that leads nowhere, or into the bin.
pub(crate) fn content_of(tx: &Tx<'_>, node: &Node) -> Result<Option<Node>, Error> {
    let mut at = node.clone();
    for _ in 0..=DEPTH_MAX {
        match (at.kind.is_symlink(), at.target) {
            (false, _) => {
                let is_there = at.id == node.id || subtree::is_in_tree(tx, at.id)?;
                return Ok(Some(at).filter(|_| is_there));
            }
            (true, None) => return Ok(None),
            (true, Some(target)) => match node::find(tx, target)? {
                Some(next) => at = next,
                None => return Ok(None),
            },
        }
    }
    Ok(None)
}
