//! How much is in a directory, in the bin, in the history; and counting anew (SMH sections 6.11 and
//! 6.12).

use albumen_db::Tx;
use albumen_model::{ErrorCode, RemotePath, UserId, smh::BatchResult};
use axum::response::Response;
use schemars::JsonSchema;
use serde::Serialize;

use super::{ask, ok, transfer};
use crate::{
    error::{Error, refuse},
    operate::{
        self,
        batch::{Item, Todo},
    },
    repository::{
        bin,
        column::to_u64,
        node, task,
        usage::{self, Holding},
    },
    request::{Call, Caller, Query},
    rules::grant::Operation,
    service::Service,
    tasks::{self, Sort},
};

/// Between two countings of a space, in milliseconds: each looks at every node.
const COUNT_EVERY_MS: i64 = 60_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum StatsType {
    Normal,
    Recycle,
    History,
}

impl StatsType {
    fn of(query: &Query) -> Result<Self, Error> {
        Ok(match query.get("stats_type") {
            None | Some("normal") => Self::Normal,
            Some("recycle") => Self::Recycle,
            Some("history") => Self::History,
            Some(_) => return Err(ErrorCode::InvalidDirectoryStatsType.into()),
        })
    }
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DirectoryStats")]
#[serde(rename_all = "camelCase")]
pub(crate) struct Stats {
    user_id: UserId,
    stats_type: StatsType,
    /// Bytes.
    storage: u64,
    file_count: u64,
    dir_count: u64,
}

/// `GET .../directory/...?stats=1`.
pub(super) async fn read(service: &Service, call: &Call) -> Result<Response, Error> {
    let address = call.address()?;
    let path = address.directory()?;
    let stats_type = StatsType::of(&call.query)?;
    let item = call.query.number("recycled_id")?;
    let stats = service
        .read(ask(call, &address, Operation::ReadWithToken)?, move |tx, caller| {
            let (holding, user_id) = match stats_type {
                StatsType::Recycle => in_bin(tx, caller, &path, item)?,
                _ => in_tree(tx, caller, &path, stats_type)?,
            };
            Ok(Stats {
                user_id,
                stats_type,
                storage: to_u64(holding.bytes),
                file_count: to_u64(holding.files),
                dir_count: to_u64(holding.dirs),
            })
        })
        .await?;
    Ok(ok(&stats))
}

/// Of a directory of the tree, itself not counted.
fn in_tree(
    tx: &Tx<'_>,
    caller: &Caller,
    path: &RemotePath,
    stats_type: StatsType,
) -> Result<(Holding, UserId), Error> {
    let space = caller.space()?;
    let directory = operate::find_directory(tx, caller, path)?;
    let user_id = node::user(&directory.user_id)?;
    if path.is_root() && stats_type == StatsType::Normal {
        return Ok((usage::of(tx, space.key)?.tree, user_id));
    }
    let mut held = usage::of_subtree(tx, directory.id)?;
    held.nodes += -Holding::DIRECTORY;
    let holding = if stats_type == StatsType::History { held.history } else { held.nodes };
    Ok((holding, user_id))
}

/// Of an item of the bin, or of the whole bin.
fn in_bin(
    tx: &Tx<'_>,
    caller: &Caller,
    path: &RemotePath,
    item: Option<u64>,
) -> Result<(Holding, UserId), Error> {
    if !caller.library.settings.use_recycle_bin {
        return Err(ErrorCode::RecycleBinNotEnabled.into());
    }
    let space = caller.space()?;
    let Some(item) = item else {
        if path.is_root() {
            return Ok((usage::of(tx, space.key)?.bin, space.user_id.clone()));
        }
        return Err(refuse(ErrorCode::ParamInvalid, "The value is missing: recycled_id"));
    };
    let item = bin::find(tx, space.key, item)?.ok_or(ErrorCode::RecycledItemNotFound)?;
    let mut held = usage::of_subtree(tx, item.node.id)?.nodes;
    if item.node.is_dir() {
        held += -Holding::DIRECTORY;
    }
    Ok((held, node::user(&item.node.user_id)?))
}

/// `PUT .../directory/...?calibrate=1`: counts the whole space anew, as a task. What single
/// directories hold is counted whenever it is asked for.
pub(super) async fn calibrate(service: &Service, call: &Call) -> Result<Response, Error> {
    let address = call.address()?;
    let path = address.directory()?;
    StatsType::of(&call.query)?;
    let reply = service
        .write(ask(call, &address, Operation::InspectSpace)?, move |tx, caller, now| {
            operate::find_directory(tx, caller, &path)?;
            let (library, space) = (&caller.library.id, &caller.space()?.id);
            let last = task::newest(tx, library, space, Sort::CountAnew.stored())?;
            if last.is_some_and(|last| now < last.created.plus_millis(COUNT_EVERY_MS)) {
                let message = "The space is being counted already; at most once a minute";
                return Err(refuse(ErrorCode::RateLimitExceeded, message));
            }
            let item = Item { todo: Todo::CountAnew, echo: BatchResult::default() };
            tasks::submit(tx, caller, Sort::CountAnew, &[item], now)
        })
        .await?;
    transfer::accepted(service, &reply);
    Ok(ok(&reply))
}
