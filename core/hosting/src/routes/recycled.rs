//! `/api/v1/recycled`: the bin (SMH section 12).

use albumen_db::Tx;
use albumen_model::{
    ConflictStrategy, ErrorCode, NodeName, RemotePath, Timestamp,
    smh::{FinalPath, RecycledItem, RecycledList},
};
use axum::response::Response;
use http::Method;

use super::{ask, directory, file, listing::Paging, not_found, ok};
use crate::{
    error::Error,
    repository::{
        bin::{self, Listing, Recycled, Sort},
        node,
    },
    request::{Call, Caller, query::not_understood},
    rules::{
        bin as bin_rule,
        conflict::{self, Settled},
        grant::Operation,
    },
    service::Service,
    tree::{self, Hand},
};

/// Rows of a page when the request does not say, and at most (SMH section 12.1).
const LIMIT_DEFAULT: u64 = 20;
/// See [`LIMIT_DEFAULT`].
const LIMIT_MAX: u64 = 100;

/// Answers a request about the bin.
pub(super) async fn serve(service: &Service, call: &Call) -> Result<Response, Error> {
    let item = call.address()?.bin_item()?;
    let flag = |name: &str| call.query.flag(name);
    match (&call.method, item) {
        (&Method::GET, None) => list(service, call).await,
        (&Method::POST, Some(item)) if flag("restore") => restore(service, call, item).await,
        _ => Err(not_found()),
    }
}

/// The bin is there only where the library has one.
fn check_enabled(caller: &Caller) -> Result<(), Error> {
    if caller.library.settings.use_recycle_bin {
        Ok(())
    } else {
        Err(ErrorCode::RecycleBinNotEnabled.into())
    }
}

async fn list(service: &Service, call: &Call) -> Result<Response, Error> {
    let address = call.address()?;
    let paging = Paging::of(&call.query, LIMIT_DEFAULT, LIMIT_MAX)?;
    let sort = call.query.order_by();
    let sort = sort.map(|word| Sort::parse(word).ok_or_else(|| not_understood("order_by")));
    let (sort, asked) = (sort.transpose()?, call.query.descending()?);
    let now = service.now();
    let list = service
        .read(ask(call, &address, Operation::ReadWithToken)?, move |tx, caller| {
            check_enabled(caller)?;
            let listing = Listing {
                space: caller.space()?.key,
                // No order is defined: what was deleted last comes first.
                sort: sort.unwrap_or(Sort::Removed),
                descending: asked.unwrap_or(sort.is_none()),
            };
            let (items, next_marker, total_num) = match &paging {
                Paging::Marker { marker, limit } => {
                    let (items, next) = listing.by_marker(tx, marker.as_deref(), *limit)?;
                    (items, next, None)
                }
                Paging::Offset { offset, limit } => {
                    let (items, total) = listing.by_offset(tx, *offset, *limit)?;
                    (items, None, Some(total))
                }
            };
            let row = |item| row(item, caller, now);
            let contents = items.into_iter().map(row).collect::<Result<_, _>>()?;
            Ok(RecycledList { contents, next_marker, total_num })
        })
        .await?;
    Ok(ok(&list))
}

fn row(item: Recycled, caller: &Caller, now: Timestamp) -> Result<RecycledItem, Error> {
    Ok(RecycledItem {
        recycled_item_id: u64::try_from(item.id).unwrap_or(0),
        name: item.node.node_name()?,
        original_path: item.path,
        space_id: caller.space()?.id.clone(),
        node_type: item.node.kind,
        size: Some(item.size),
        crc64: item.node.content.as_ref().map(|content| content.crc64),
        creation_time: item.node.created,
        modification_time: item.node.modified,
        removal_time: item.removed,
        remaining_time: bin_rule::days_left(now, item.purge),
    })
}

/// What to do when the directory it was in is gone.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LostParent {
    Refuse,
    UseRoot,
}

async fn restore(service: &Service, call: &Call, item: u64) -> Result<Response, Error> {
    let address = call.address()?;
    let strategy = call.query.strategy()?.unwrap_or(ConflictStrategy::Ask);
    let lost_parent = match call.query.get("restore_path_strategy") {
        None | Some("originalPath") => LostParent::Refuse,
        Some("fallbackToRoot") => LostParent::UseRoot,
        Some(_) => return Err(not_understood("restore_path_strategy")),
    };
    let path = service
        .write(ask(call, &address, Operation::Restore)?, move |tx, caller, now| {
            check_enabled(caller)?;
            let item = bin::find(tx, caller.space()?.key, item)?;
            let item = item.ok_or(ErrorCode::RecycledItemNotFound)?;
            put_back(tx, caller, &item, strategy, lost_parent, now)
        })
        .await?;
    Ok(ok(&FinalPath { path: Some(path) }))
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
