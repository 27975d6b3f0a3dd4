//! `/api/v1/batch`: many copies, moves or deletes in one request (SMH section 10).

use std::str::FromStr;

use albumen_model::{
    ConflictStrategy, ErrorCode, RemotePath, SpaceId,
    smh::{BatchReply, BatchResult},
};
use axum::{
    Extension, Json,
    response::{IntoResponse, Response},
};
use http::{Method, StatusCode};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    ask, not_found,
    transfer::{NODES_AT_ONCE_MAX, accepted},
};
use crate::{
    error::{Error, ItemsRefused, refuse},
    operate::{
        self, Order,
        batch::{Item, Todo},
    },
    request::{Address, Ask, Call, query::not_understood},
    rules::grant::Operation,
    service::Service,
    tasks::{self, Sort},
};

/// Items of one request (SMH section 1.12).
const ITEMS_MAX: usize = 1000;
/// Items that are done at once; with more the batch becomes a task.
const ITEMS_AT_ONCE_MAX: usize = 100;

/// A switch as clients send it.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Switch {
    Bool(bool),
    Number(u8),
}

impl Switch {
    const fn is_on(self) -> bool {
        matches!(self, Self::Bool(true) | Self::Number(1..))
    }
}

/// An item of any of the three operations.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[schemars(rename = "BatchItem")]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Wire {
    copy_from: Option<String>,
    copy_from_space_id: Option<SpaceId>,
    copy_from_library_id: Option<String>,
    from: Option<String>,
    from_space_id: Option<SpaceId>,
    to: Option<String>,
    path: Option<String>,
    conflict_resolution_strategy: Option<String>,
    permanent: Option<Switch>,
}

/// A path as it was asked for.
fn names(text: &str) -> Vec<String> {
    text.split('/').filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// What the request must say for every item.
fn needed<'a>(value: Option<&'a String>, name: &str) -> Result<&'a str, Error> {
    value.map(String::as_str).ok_or_else(|| not_understood(name))
}

/// An item, refused in itself where only its own result is to say so.
fn item(echo: BatchResult, todo: Result<Todo, Error>) -> Item {
    let todo = todo.unwrap_or_else(|error| {
        let refusal = error.refusal();
        Todo::Refused { code: refusal.code.to_string(), message: refusal.message }
    });
    Item { todo, echo }
}

fn path(text: &str) -> Result<RemotePath, Error> {
    super::transfer::path(text, ErrorCode::IllegalFileName)
}

fn order(wire: &Wire, from: &str, from_space: Option<SpaceId>, to: &str) -> Result<Order, Error> {
    let word = wire.conflict_resolution_strategy.as_deref().filter(|word| !word.is_empty());
    let strategy = word.map(ConflictStrategy::from_str).transpose();
    Ok(Order {
        from_space,
        from: path(from)?,
        to: path(to)?,
        strategy: strategy.map_err(|()| ErrorCode::InvalidConflictResolutionStrategy)?,
        source_stamp: String::new(),
        target_stamp: String::new(),
        is_one_of_many: true,
    })
}

fn copy(wire: &Wire, library: &str) -> Result<Item, Error> {
    let from = needed(wire.copy_from.as_ref(), "copyFrom")?;
    let to = needed(wire.to.as_ref(), "to")?;
    let echo = BatchResult {
        copy_from: Some(names(from)),
        copy_from_space_id: wire.copy_from_space_id.clone(),
        to: Some(names(to)),
        ..BatchResult::default()
    };
    if wire.copy_from_library_id.as_deref().is_some_and(|id| !id.is_empty() && id != library) {
        let message = "Nothing is copied from another library";
        return Ok(item(echo, Err(refuse(ErrorCode::FunctionNotEnabled, message))));
    }
    let order = order(wire, from, wire.copy_from_space_id.clone(), to);
    Ok(item(echo, order.map(Todo::Copy)))
}

fn relocate(wire: &Wire) -> Result<Item, Error> {
    let from = needed(wire.from.as_ref(), "from")?;
    let to = needed(wire.to.as_ref(), "to")?;
    let echo = BatchResult {
        from: Some(names(from)),
        from_space_id: wire.from_space_id.clone(),
        to: Some(names(to)),
        ..BatchResult::default()
    };
    Ok(item(echo, order(wire, from, wire.from_space_id.clone(), to).map(Todo::Move)))
}

fn delete(wire: &Wire) -> Result<Item, Error> {
    let text = needed(wire.path.as_ref(), "path")?;
    let echo = BatchResult { path: Some(names(text)), ..BatchResult::default() };
    let permanent = wire.permanent.is_some_and(Switch::is_on);
    Ok(item(echo, path(text).map(|path| Todo::Delete { path, permanent })))
}

/// Any one of these is needed to be let in at all; each item asks for its own.
const fn operations(sort: Sort) -> &'static [Operation] {
    use Operation as O;
    match sort {
        Sort::BatchMove => &[O::MoveDirectory, O::MoveFile { overwrite: false }],
        Sort::BatchDelete => &[
            O::DeleteDirectory { permanent: false },
            O::DeleteDirectory { permanent: true },
            O::DeleteFile { permanent: false },
            O::DeleteFile { permanent: true },
        ],
        _ => &[O::CopyDirectory, O::CopyFile { overwrite: false }],
    }
}

/// Answers a batch.
pub(super) async fn serve(service: &Service, call: &Call) -> Result<Response, Error> {
    let flag = |name: &str| call.query.flag(name);
    let sort = match call.method {
        Method::POST if flag("copy") => Sort::BatchCopy,
        Method::POST if flag("move") => Sort::BatchMove,
        Method::POST if flag("delete") => Sort::BatchDelete,
        _ => return Err(not_found()),
    };
    let address = call.address()?;
    let ask = ask(call, &address, Operation::ReadWithToken)?;
    let items = read_items(call, &address, sort)?;
    let looked_at = items.clone();
    let is_large = service
        .read(ask.clone(), move |tx, caller| {
            if !operations(sort).iter().any(|operation| operation.allowed_by(caller.grants)) {
                return Err(refuse(ErrorCode::NoPermission, "The token does not grant this"));
            }
            let mut nodes = 0;
            for item in &looked_at {
                if let Todo::Copy(order) = &item.todo {
                    // One that is refused is refused in its turn.
                    nodes += operate::nodes_in(tx, caller, order).unwrap_or(0);
                }
            }
            Ok(looked_at.len() > ITEMS_AT_ONCE_MAX || nodes > NODES_AT_ONCE_MAX)
        })
        .await?;
    if is_large {
        let reply = service
            .write(ask, move |tx, caller, now| tasks::submit(tx, caller, sort, &items, now))
            .await?;
        return Ok(accepted(service, &reply));
    }
    let mut result = Vec::with_capacity(items.len());
    for item in items {
        result.push(run(service, ask.clone(), item).await?);
    }
    if sort == Sort::BatchDelete {
        service.broom.notify_one();
    }
    Ok(reply(result))
}

/// What came of each of many items.
pub(super) fn reply(result: Vec<BatchResult>) -> Response {
    let outcomes: Vec<_> = result.iter().map(|one| (one.status, code_of(&one.code))).collect();
    of_many(Json(BatchReply { result }), &outcomes)
}

/// A batch's answer: 200 when every item is done, else 207 (SMH section 10). Status and code of
/// each go with it, to be counted.
pub(super) fn of_many(body: impl IntoResponse, of_items: &[(u16, Option<ErrorCode>)]) -> Response {
    let all_done = of_items.iter().all(|(status, _)| *status < 300);
    let status = if all_done { StatusCode::OK } else { StatusCode::MULTI_STATUS };
    let refused = of_items.iter().filter_map(|(_, code)| *code).collect();
    (status, Extension(ItemsRefused(refused)), body).into_response()
}

/// The code of an item as it was written down.
pub(super) fn code_of(word: &Option<String>) -> Option<ErrorCode> {
    word.as_deref().and_then(ErrorCode::parse)
}

fn read_items(call: &Call, address: &Address, sort: Sort) -> Result<Vec<Item>, Error> {
    let wires: Vec<Wire> = call.json()?;
    if wires.is_empty() {
        return Err(refuse(ErrorCode::NoItemsProvided, "The batch has no items"));
    }
    if wires.len() > ITEMS_MAX {
        let message = format!("The batch has {} items, at most {ITEMS_MAX}", wires.len());
        return Err(refuse(ErrorCode::TooManyItems, message));
    }
    let read = |wire: &Wire| match sort {
        Sort::BatchMove => relocate(wire),
        Sort::BatchDelete => delete(wire),
        _ => copy(wire, address.library.as_str()),
    };
    wires.iter().map(read).collect()
}

/// Does one item in a transaction of its own: what fails leaves the others as they are.
async fn run(service: &Service, ask: Ask, item: Item) -> Result<BatchResult, Error> {
    let (doing, others) = (item.clone(), item.other_space().cloned().into_iter().collect());
    let done = service
        .write_over(ask, others, move |tx, caller, now| {
            let done = doing.run(tx, caller, &mut None, usize::MAX, now)?;
            done.ok_or(Error::Damaged("copy without an end"))
        })
        .await;
    match done {
        // The token was taken away in the middle: that is no matter of this item.
        Err(Error::Refused(refusal)) if refusal.code == ErrorCode::InvalidAccessToken => {
            Err(Error::Refused(refusal))
        }
        Err(error) => Ok(item.failed(&error.refusal())),
        Ok(result) => Ok(result),
    }
}
