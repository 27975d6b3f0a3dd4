//! Moving and copying by `PUT` (SMH sections 6.7, 6.8, 9.2, 9.3): reads the wish, answers in the
//! form that goes with the strategy.

use albumen_model::{
    ConflictStrategy, ErrorCode, RemotePath, SpaceId,
    smh::{BatchResult, FinalPath, TaskReply},
};
use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{Method, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ask, item::Shown, no_content, not_found, ok};
use crate::{
    error::{Error, refuse},
    operate::{
        self, Order, Placed,
        batch::{Item, Todo},
    },
    request::{Address, Call, call},
    rules::grant::Operation,
    service::Service,
    tasks::{self, Sort},
};

/// Nodes that a copy may have to be made at once; larger ones become tasks.
pub(super) const NODES_AT_ONCE_MAX: u64 = 1000;

/// The bodies of all operations that take something from elsewhere.
#[derive(Default, Deserialize, JsonSchema)]
#[schemars(rename = "TakeRequest")]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Body {
    from: Option<String>,
    copy_from: Option<String>,
    copy_from_space_id: Option<SpaceId>,
    content_cas: Option<String>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PlacedFile")]
#[serde(rename_all = "camelCase")]
pub(crate) struct FileReply {
    #[serde(flatten)]
    path: FinalPath,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_cas: Option<String>,
}

/// Reads a path of a body.
///
/// # Errors
/// This code, with what is wrong.
pub(super) fn path(text: &str, refusal: ErrorCode) -> Result<RemotePath, Error> {
    RemotePath::parse(text).map_err(|error| refuse(refusal, error.to_string()))
}

fn order(
    call: &Call,
    source: Option<&String>,
    from_space: Option<SpaceId>,
    to: RemotePath,
    stamp: Option<String>,
    refusal: ErrorCode,
) -> Result<Order, Error> {
    Ok(Order {
        from_space,
        from: path(source.map_or("", String::as_str), refusal)?,
        to,
        strategy: call.query.strategy()?,
        source_stamp: stamp.unwrap_or_default(),
        target_stamp: call.query.get("content_cas").unwrap_or_default().to_owned(),
        is_one_of_many: false,
    })
}

/// `PUT .../directory/...` with `{"from"}`.
pub(super) async fn move_directory(service: &Service, call: &Call) -> Result<Response, Error> {
    let address = call.address()?;
    let body: Body = call.json()?;
    let refusal = ErrorCode::InvalidSourceDirectory;
    let order = order(call, body.from.as_ref(), None, address.directory()?, None, refusal)?;
    let placed = service
        .write(ask(call, &address, Operation::MoveDirectory)?, move |tx, caller, now| {
            operate::move_directory(tx, caller, &order, now)
        })
        .await?;
    Ok(directory_reply(placed))
}

/// 200 with the path after a rename, else 204 (SMH section 1.10).
fn directory_reply(placed: Placed) -> Response {
    match placed.strategy {
        ConflictStrategy::Rename => ok(&FinalPath { path: Some(placed.path) }),
        ConflictStrategy::Ask | ConflictStrategy::Overwrite => no_content(),
    }
}

/// `PUT .../directory/...` with `{"copyFrom"}`.
pub(super) async fn copy_directory(service: &Service, call: &Call) -> Result<Response, Error> {
    let address = call.address()?;
    let body: Body = call.json()?;
    let refusal = ErrorCode::InvalidSourceDirectory;
    let order = order(call, body.copy_from.as_ref(), None, address.directory()?, None, refusal)?;
    run_copy(service, call, &address, order).await
}

/// `PUT /cross-space/directory/{lib}/{space}/copy/{path}`, the older way between two spaces.
pub(super) async fn across(service: &Service, call: &Call) -> Result<Response, Error> {
    // Tail: `directory/{lib}/{space}/copy/{path}`.
    let tail = call.tail.strip_prefix("directory/").ok_or_else(not_found)?;
    let address = Address::parse(tail)?.below("copy").ok_or_else(not_found)?;
    if call.method != Method::PUT {
        return Err(not_found());
    }
    let body: Body = call.json()?;
    let refusal = ErrorCode::InvalidSourceDirectory;
    let (source, space) = (body.copy_from.as_ref(), body.copy_from_space_id);
    let order = order(call, source, space, address.directory()?, None, refusal)?;
    run_copy(service, call, &address, order).await
}

enum Ran {
    AtOnce(Box<Placed>),
    AsTask(TaskReply),
}

async fn run_copy(
    service: &Service,
    call: &Call,
    address: &Address,
    order: Order,
) -> Result<Response, Error> {
    let ask = ask(call, address, Operation::CopyDirectory)?;
    let others = order.from_space.iter().cloned().collect();
    let ran = service
        .write_over(ask, others, move |tx, caller, now| {
            if operate::nodes_in(tx, caller, &order)? > NODES_AT_ONCE_MAX {
                operate::check_copy(tx, caller, &order)?;
                let echo = BatchResult {
                    copy_from: Some(names(&order.from)),
                    to: Some(names(&order.to)),
                    copy_from_space_id: order.from_space.clone(),
                    ..BatchResult::default()
                };
                let item = Item { todo: Todo::Copy(order), echo };
                return tasks::submit(tx, caller, Sort::CopyDirectory, &[item], now)
                    .map(Ran::AsTask);
            }
            let placed = operate::copy_directory(tx, caller, &order, &mut None, usize::MAX, now)?;
            let placed = placed.ok_or(Error::Damaged("copy without an end"))?;
            Ok(Ran::AtOnce(Box::new(placed)))
        })
        .await?;
    Ok(match ran {
        Ran::AtOnce(placed) => directory_reply(*placed),
        Ran::AsTask(reply) => accepted(service, &reply),
    })
}

fn names(path: &RemotePath) -> Vec<String> {
    path.names().iter().map(|name| name.as_str().to_owned()).collect()
}

/// 202 with the number of a task that was written down.
pub(super) fn accepted(service: &Service, reply: &TaskReply) -> Response {
    service.bell.notify_one();
    (StatusCode::ACCEPTED, Json(reply)).into_response()
}

/// `PUT .../file/...` with `{"from"}`.
pub(super) async fn move_file(service: &Service, call: &Call) -> Result<Response, Error> {
    let address = call.address()?;
    let body: Body = call.json()?;
    let refusal = ErrorCode::InvalidSourceFile;
    let (to, stamp) = (address.file()?, body.content_cas);
    let order = order(call, body.from.as_ref(), None, to, stamp, refusal)?;
    let placed = service
        .write(ask(call, &address, Operation::ReadWithToken)?, move |tx, caller, now| {
            operate::move_file(tx, caller, &order, now)
        })
        .await?;
    Ok(file_reply(placed, call))
}

/// `PUT .../file/...` with `{"copyFrom"}`.
pub(super) async fn copy_file(service: &Service, call: &Call) -> Result<Response, Error> {
    let address = call.address()?;
    let body: Body = call.json()?;
    let refusal = ErrorCode::InvalidSourceFile;
    let (to, stamp, space) = (address.file()?, body.content_cas, body.copy_from_space_id);
    let others: Vec<SpaceId> = space.iter().cloned().collect();
    let order = order(call, body.copy_from.as_ref(), space, to, stamp, refusal)?;
    let placed = service
        .write_over(
            ask(call, &address, Operation::ReadWithToken)?,
            others,
            move |tx, caller, now| operate::copy_file(tx, caller, &order, now),
        )
        .await?;
    Ok(file_reply(placed, call))
}

fn file_reply(placed: Placed, call: &call::Call) -> Response {
    let shown = Shown::of(&call.query).content_cas;
    let stamp = Some(operate::stamp(&placed.node)).filter(|stamp| shown && !stamp.is_empty());
    ok(&FileReply { path: FinalPath { path: Some(placed.path) }, content_cas: stamp })
}
