//! Copying (SMH sections 6.8 and 9.2). No byte moves: a copy shares the immutable content, and is
//! counted as if it were its own.

use albumen_db::Tx;
use albumen_model::{ConflictStrategy, ErrorCode, Timestamp};

use super::{
    linking,
    order::{self, Landing, Order, Placed, Source},
};
use crate::{
    error::Error,
    quota,
    repository::{
        column::to_u64,
        node::{self, NewContent, NewNode, Node},
        usage::{self, Part},
    },
    request::Caller,
    rules::{conflict, grant::Operation},
    tree::{self, Destination, Draft, Hand, Origin},
};

/// How many nodes an order would copy; 0 when the source is not there.
pub(crate) fn nodes_in(tx: &Tx<'_>, caller: &Caller, order: &Order) -> Result<u64, Error> {
    let Some(source) = Source::find(tx, caller, order)? else { return Ok(0) };
    let held = usage::of_subtree(tx, source.node.id)?.nodes;
    Ok(to_u64(held.files + held.dirs))
}

/// Refuses at once what a copy of a directory would be refused for later.
///
/// # Errors
/// As [`copy_directory`], but for what only shows when it is done.
pub(crate) fn check_copy(tx: &Tx<'_>, caller: &Caller, order: &Order) -> Result<(), Error> {
    caller.require(Operation::CopyDirectory)?;
    let source = Source::directory(tx, caller, order)?;
    order::check_directory(tx, caller, &source, order)?;
    let taken = node::resolve(tx, caller.space()?.root, &order.to)?.is_some();
    conflict::settle_directory(order.strategy_for(true), taken)?;
    let bytes = usage::of_subtree(tx, source.node.id)?.nodes.bytes;
    quota::admit(tx, caller, bytes)
}

/// Copies whatever is at the source; for a directory see [`copy_directory`].
///
/// # Errors
/// As [`copy_directory`] and [`copy_file`]; `SourceFileNotFound` when nothing is there.
pub(crate) fn copy(
    tx: &Tx<'_>,
    caller: &Caller,
    order: &Order,
    draft: &mut Option<Draft>,
    most: usize,
    now: Timestamp,
) -> Result<Option<Placed>, Error> {
    let source = Source::find(tx, caller, order)?;
    match source {
        Some(source) if source.node.is_dir() => copy_directory(tx, caller, order, draft, most, now),
        Some(_) => copy_file(tx, caller, order, now).map(Some),
        None => Err(ErrorCode::SourceFileNotFound.into()),
    }
}

/// Copies about so many nodes of a directory, from where the draft left off; `None` while there is
/// more to do, in another transaction. What is missing above the copy is made at the end, when the
/// name is settled.
///
/// # Errors
/// The codes of SMH section 6.8; the draft is still there then, for whoever gives it up.
pub(crate) fn copy_directory(
    tx: &Tx<'_>,
    caller: &Caller,
    order: &Order,
    draft: &mut Option<Draft>,
    most: usize,
    now: Timestamp,
) -> Result<Option<Placed>, Error> {
    caller.require(Operation::CopyDirectory)?;
    let source = Source::directory(tx, caller, order)?;
    order::check_directory(tx, caller, &source, order)?;
    let (hand, space) = (Hand::of(caller.user_id.as_str(), now), caller.space()?);
    let work = match draft.as_mut() {
        Some(draft) => draft,
        None => {
            // So that a copy that cannot succeed is not begun.
            let bytes = usage::of_subtree(tx, source.node.id)?.nodes.bytes;
            quota::admit(tx, caller, bytes)?;
            let begun = tree::begin(tx, &source.node, source.leaves_space, space.key, hand)?;
            draft.insert(begun)
        }
    };
    if !tree::go_on(tx, work, space.key, most, hand)? {
        return Ok(None);
    }
    quota::admit(tx, caller, tree::bytes(tx, work)?)?;
    let Landing { parent, name, path, strategy, .. } =
        order::land_directory(tx, caller, order, now)?;
    let to = Destination { space: space.key, parent, name: &name };
    let node = tree::finish(tx, work, to, hand)?;
    *draft = None;
    Ok(Some(Placed { path, node, strategy }))
}

/// Copies a file; with `overwrite` its content becomes the next version of the one that is there.
///
/// # Errors
/// The codes of SMH section 9.2.
pub(crate) fn copy_file(
    tx: &Tx<'_>,
    caller: &Caller,
    order: &Order,
    now: Timestamp,
) -> Result<Placed, Error> {
    let overwrite = order.strategy_for(false) == ConflictStrategy::Overwrite;
    caller.require(Operation::CopyFile { overwrite })?;
    let source = Source::file(tx, caller, order)?;
    // A link cannot lead into another space: there the copy is of what it leads to.
    let like = match source.leaves_space {
        true => tree::content_of(tx, &source.node)?.ok_or(ErrorCode::RootLinkFileNotFound)?,
        false => source.node.clone(),
    };
    let landing = order::land_file(tx, caller, &like, order)?;
    let (hand, space) = (Hand::of(caller.user_id.as_str(), now), caller.space()?);
    if landing.replaces.as_ref().is_some_and(|old| old.id == source.node.id) {
        let Landing { path, strategy, .. } = landing;
        return Ok(Placed { path, node: source.node, strategy });
    }
    let size = like.size().unwrap_or(0);
    quota::admit(tx, caller, quota::growth(caller, size, landing.replaces.as_ref()))?;
    let node = match &landing.replaces {
        Some(old) => overwritten(tx, caller, &source.node, &like, old, &landing, now)?,
        None => {
            let draft = tree::begin(tx, &source.node, source.leaves_space, space.key, hand)?;
            let to = Destination { space: space.key, parent: landing.parent, name: &landing.name };
            tree::finish(tx, &draft, to, hand)?
        }
    };
    Ok(Placed { path: landing.path, node, strategy: landing.strategy })
}

fn overwritten(
    tx: &Tx<'_>,
    caller: &Caller,
    source: &Node,
    like: &Node,
    old: &Node,
    landing: &Landing,
    now: Timestamp,
) -> Result<Node, Error> {
    if let Some(target) = like.target {
        linking::refuse_circle(tx, target, old.id)?;
    }
    let stored = like.content.as_ref().map(|content| NewContent {
        object: Some(content.object),
        size: content.size,
        content_type: &content.content_type,
    });
    let declared = like.declared.as_ref().map(|declared| NewContent {
        object: None,
        size: declared.size,
        content_type: &declared.content_type,
    });
    let new = NewNode {
        space: caller.space()?.key,
        parent: landing.parent,
        name: &landing.name,
        kind: like.kind,
        annotations: &like.annotations,
        user_id: caller.user_id.as_str(),
        now,
        content: stored.or(declared),
        target: like.target,
    };
    let settings = &caller.library.settings;
    let keep = settings.enable_file_history.then_some(settings.file_history_count);
    tree::replace(tx, old, &new, keep, Part::Tree, Origin::CopyOf(source.id))
}
