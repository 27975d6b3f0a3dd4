//! Moving and renaming (SMH sections 6.7 and 9.3). The inode stays, in another space too.

use albumen_db::Tx;
use albumen_model::{ErrorCode, Timestamp};

use super::{
    linking,
    order::{self, Landing, Order, Placed, Source},
    room::make_way,
};
use crate::{
    error::{Error, refuse},
    quota,
    repository::{link, node::Node, usage},
    request::Caller,
    rules::grant::Operation,
    tree::{self, Destination, Hand},
};

/// Moves a directory; what is missing above its new place is made.
///
/// # Errors
/// The codes of SMH section 6.7.
pub(crate) fn move_directory(
    tx: &Tx<'_>,
    caller: &Caller,
    order: &Order,
    now: Timestamp,
) -> Result<Placed, Error> {
    caller.require(Operation::MoveDirectory)?;
    let source = Source::directory(tx, caller, order)?;
    if let Some(placed) = already_there(&source, order) {
        return Ok(placed);
    }
    order::check_directory(tx, caller, &source, order)?;
    check_leaving(tx, caller, &source, ErrorCode::InvalidSourceDirectory)?;
    let landing = order::land_directory(tx, caller, order, now)?;
    put(tx, caller, &source, landing, now)
}

/// Moves a file; one that is overwritten goes to the bin.
///
/// # Errors
/// The codes of SMH section 9.3.
pub(crate) fn move_file(
    tx: &Tx<'_>,
    caller: &Caller,
    order: &Order,
    now: Timestamp,
) -> Result<Placed, Error> {
    let overwrite = order.strategy_for(false) == albumen_model::ConflictStrategy::Overwrite;
    caller.require(Operation::MoveFile { overwrite })?;
    let source = Source::file(tx, caller, order)?;
    if let Some(placed) = already_there(&source, order) {
        return Ok(placed);
    }
    check_leaving(tx, caller, &source, ErrorCode::InvalidSourceFile)?;
    let landing = order::land_file(tx, caller, &source.node, order)?;
    if let Some(old) = &landing.replaces {
        if order.is_one_of_many && caller.library.settings.enable_file_history {
            let message = "The space has a history: a batch cannot move onto a file";
            return Err(refuse(ErrorCode::OverwriteFileNotAllowed, message));
        }
        if let Some(target) = source.node.target {
            linking::refuse_circle(tx, target, old.id)?;
        }
        make_way(tx, caller, old, &landing.path, now)?;
    }
    put(tx, caller, &source, landing, now)
}

/// A move onto itself: done already, whatever the strategy, so that it can be repeated.
fn already_there(source: &Source, order: &Order) -> Option<Placed> {
    let is_there = !source.leaves_space && order.from == order.to;
    let strategy = order.strategy_for(source.node.is_dir());
    is_there.then(|| Placed { path: order.to.clone(), node: source.node.clone(), strategy })
}

/// What goes into another space must fit there, and have no link that leads back.
fn check_leaving(
    tx: &Tx<'_>,
    caller: &Caller,
    source: &Source,
    refusal: ErrorCode,
) -> Result<(), Error> {
    if !source.leaves_space {
        return Ok(());
    }
    if link::lead_out(tx, source.node.id)? {
        let message = "A link would lead back into the space that it leaves";
        return Err(refuse(refusal, message));
    }
    let held = usage::of_subtree(tx, source.node.id)?;
    quota::admit_from(tx, caller, source.space.key, held.nodes.bytes + held.history.bytes)
}

fn put(
    tx: &Tx<'_>,
    caller: &Caller,
    source: &Source,
    landing: Landing,
    now: Timestamp,
) -> Result<Placed, Error> {
    let hand = Hand::of(caller.user_id.as_str(), now);
    let from = (source.space.key, source.space.id.as_str());
    let space = caller.space()?.key;
    let to = Destination { space, parent: landing.parent, name: &landing.name };
    let replaced: Option<&Node> = landing.replaces.as_ref();
    let node = tree::relocate(tx, &source.node, from, to, replaced, hand)?;
    Ok(Placed { path: landing.path, node, strategy: landing.strategy })
}
