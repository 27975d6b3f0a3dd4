//! Taking things out of the bin (SMH sections 12.4 and 12.5).

use albumen_db::Tx;
use albumen_model::{
    ConflictStrategy, ErrorCode, NodeName, RemotePath, Timestamp,
    smh::{BatchResult, FinalPath},
};
use axum::response::Response;

use super::{
    ask, batch, directory, file, ok,
    recycled::{ITEMS_MAX, check_enabled, numbers},
};
use crate::{
    error::Error,
    operate::batch::texts,
    repository::{
        bin::{self, Recycled},
        node,
    },
    request::{Call, Caller, query::not_understood},
    rules::{
        conflict::{self, Settled},
        grant::Operation,
    },
    service::Service,
    tree::{self, Hand},
};

/// What to do when the directory it was in is gone.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LostParent {
    Refuse,
    UseRoot,
}

impl LostParent {
    fn of(call: &Call) -> Result<Self, Error> {
        match call.query.get("restore_path_strategy") {
            None | Some("originalPath") => Ok(Self::Refuse),
            Some("fallbackToRoot") => Ok(Self::UseRoot),
            Some(_) => Err(not_understood("restore_path_strategy")),
        }
    }
}

/// `POST .../{RecycledItemId}?restore=1`.
pub(super) async fn one(service: &Service, call: &Call, item: u64) -> Result<Response, Error> {
    let address = call.address()?;
    let strategy = call.query.strategy()?.unwrap_or(ConflictStrategy::Ask);
    let lost_parent = LostParent::of(call)?;
    let path = service
        .write(ask(call, &address, Operation::Restore)?, move |tx, caller, now| {
            check_enabled(caller)?;
            find_and_put_back(tx, caller, item, strategy, lost_parent, now)
        })
        .await?;
    Ok(ok(&FinalPath { path: Some(path) }))
}

/// `POST ...?restore=1` with a list of numbers: each for itself, and a name that is taken is
/// changed (SMH section 26, trap 27). 200 when all are back, else 207.
pub(super) async fn several(service: &Service, call: &Call) -> Result<Response, Error> {
    let address = call.address()?;
    let items = numbers(call, ITEMS_MAX)?;
    let lost_parent = LostParent::of(call)?;
    let result = service
        .write(ask(call, &address, Operation::Restore)?, move |tx, caller, now| {
            check_enabled(caller)?;
            let strategy = ConflictStrategy::Rename;
            let each = |item| {
                outcome(item, find_and_put_back(tx, caller, item, strategy, lost_parent, now))
            };
            items.into_iter().map(each).collect::<Result<Vec<_>, _>>()
        })
        .await?;
    Ok(batch::reply(result))
}

/// A refusal is the item's own; nothing was changed for it. Any other failure ends it all.
fn outcome(item: u64, outcome: Result<RemotePath, Error>) -> Result<BatchResult, Error> {
    let (path, refusal) = match outcome {
        Ok(path) => (Some(path), None),
        Err(Error::Refused(refusal)) => (None, Some(refusal)),
        Err(error) => return Err(error),
    };
    Ok(BatchResult {
        status: refusal.as_ref().map_or(200, |refusal| refusal.code.status()),
        recycled_item_id: Some(item),
        path: path.as_ref().map(texts),
        code: refusal.as_ref().map(|refusal| refusal.code.to_string()),
        message: refusal.map(|refusal| refusal.message),
        ..BatchResult::default()
    })
}

fn find_and_put_back(
    tx: &Tx<'_>,
    caller: &Caller,
    item: u64,
    strategy: ConflictStrategy,
    lost_parent: LostParent,
    now: Timestamp,
) -> Result<RemotePath, Error> {
    let item = bin::find(tx, caller.space()?.key, item)?;
    let item = item.ok_or(ErrorCode::RecycledItemNotFound)?;
    put_back(tx, caller, &item, strategy, lost_parent, now)
}

/// Puts an item back where it was, or into the root.
fn put_back(
    tx: &Tx<'_>,
    caller: &Caller,
    item: &Recycled,
    strategy: ConflictStrategy,
    lost_parent: LostParent,
    now: Timestamp,
) -> Result<RemotePath, Error> {
    let above = item.path.parent().ok_or(Error::Damaged("path in the bin"))?;
    let (parent, above) = match directory::find(tx, caller, &above) {
        Ok(parent) => (parent.id, above),
        Err(Error::Refused(_)) if lost_parent == LostParent::UseRoot => {
            if !item.node.is_dir() {
                caller.mode()?.admit_leaf_at(0)?;
            }
            (caller.space()?.root, RemotePath::root())
        }
        Err(error) => return Err(error),
    };
    let name = make_room(tx, caller, item, parent, strategy, now)?;
    let hand = Hand::of(caller.user_id.as_str(), now);
    tree::restore(tx, caller.space()?.key, item, parent, &name, hand)?;
    above.join(name).map_err(|_| ErrorCode::DirectoryLevelExceed.into())
}

/// Settles the name: renames, or removes the file in the way.
fn make_room(
    tx: &Tx<'_>,
    caller: &Caller,
    item: &Recycled,
    parent: i64,
    strategy: ConflictStrategy,
    now: Timestamp,
) -> Result<NodeName, Error> {
    let wished = item.node.node_name()?;
    let is_dir = item.node.is_dir();
    let taken_by = node::child(tx, parent, &wished)?;
    let settled = if is_dir {
        conflict::settle_directory(strategy, taken_by.is_some())?
    } else {
        file::settle(strategy, "", taken_by.as_ref())?
    };
    match (settled, taken_by) {
        (Settled::FindFreeName, _) => {
            directory::free_name(tx, parent, &wished, is_dir, caller.mode()?.name_max)
        }
        (Settled::Replace, Some(old)) => {
            // The file in the way goes into the bin itself: a restore never destroys content.
            let path = node::path_of(tx, caller.space()?.root, old.id)?;
            let path = path.ok_or(Error::Damaged("path"))?;
            directory::remove(tx, caller, &old, &path, false, now)?;
            Ok(wished)
        }
        _ => Ok(wished),
    }
}
