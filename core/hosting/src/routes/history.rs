//! `/api/v1/directory-history`: earlier content of files (SMH section 13).

use albumen_db::Tx;
use albumen_model::{
    Crc64, ErrorCode, NodeName, Timestamp, UserId,
    smh::{NodeType, TaskReply},
};
use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{Method, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    ask, history_settings as settings, item, listing::Paging, no_content, not_found, ok,
    recycled::numbers,
};
use crate::{
    error::{Error, refuse},
    repository::{
        clearing,
        column::{to_i64, to_u64},
        node::{self, Node},
        page::{Key, Marker},
        version::{self, Earlier},
    },
    request::{Address, Call, Caller, address, query::not_understood},
    rules::{grant::Operation, kind},
    service::Service,
    tree::{self, Hand},
};

/// Rows of a page when the request does not say (SMH section 13), and at most.
const LIMIT_DEFAULT: u64 = 20;
/// See [`LIMIT_DEFAULT`].
const LIMIT_MAX: u64 = 1000;
/// Versions deleted with one request.
const DELETES_MAX: usize = 1000;
/// Time between two clearings of one library.
const CLEAR_EVERY_MS: i64 = 60_000;

/// Answers a request about history.
pub(super) async fn serve(service: &Service, call: &Call) -> Result<Response, Error> {
    let segments = call.segments();
    if let [library, "library-history"] = segments.each_str().as_slice() {
        let library = address::library(library)?;
        return match call.method {
            Method::GET => settings::get(service, call, library).await,
            Method::POST => settings::set(service, call, library).await,
            Method::DELETE => clear(service, call, library).await,
            _ => Err(not_found()),
        };
    }
    let address = call.address()?;
    let (what, rest) = address.split().ok_or_else(not_found)?;
    match (&call.method, what.as_str()) {
        (&Method::GET, "history-list") => list(service, call, &rest).await,
        (&Method::POST, "delete") => delete(service, call, &rest).await,
        (&Method::POST, "latest-version") => make_latest(service, call, &rest).await,
        _ => Err(not_found()),
    }
}

/// Texts as slices, to match on.
trait EachStr {
    fn each_str(&self) -> Vec<&str>;
}

impl EachStr for Vec<String> {
    fn each_str(&self) -> Vec<&str> {
        self.iter().map(String::as_str).collect()
    }
}

/// The code for a library without a history is our choice: none is documented.
fn check_enabled(caller: &Caller) -> Result<(), Error> {
    match caller.library.settings.enable_file_history {
        true => Ok(()),
        false => Err(refuse(ErrorCode::FunctionNotEnabled, "The library keeps no history")),
    }
}

/// One version in a list; the size is a number here.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "HistoryRow")]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row {
    /// The latest has none: nothing can be done to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u64>,
    created_by: UserId,
    /// 0 made, 1 updated.
    creation_way: u8,
    version: u64,
    is_latest_version: bool,
    name: NodeName,
    size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    crc64: Option<Crc64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<String>,
    creation_time: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    set_latest_time: Option<Timestamp>,
}

impl Row {
    fn latest(node: &Node) -> Result<Self, Error> {
        let content = node.content.as_ref();
        Ok(Self {
            id: None,
            created_by: node::user(&node.user_id)?,
            creation_way: u8::from(node.revision > 1),
            version: node.revision,
            is_latest_version: true,
            name: node.node_name()?,
            size: node.size().unwrap_or(0),
            crc64: content.map(|content| content.crc64),
            content_type: content.map(|content| content.content_type.clone()),
            creation_time: node.uploaded,
            set_latest_time: node.latest_set.map(|(at, _)| at),
        })
    }

    fn earlier(node: &Node, one: &Earlier) -> Result<Self, Error> {
        Ok(Self {
            id: Some(to_u64(one.id)),
            created_by: node::user(&one.user_id)?,
            creation_way: u8::from(one.number > 1),
            version: one.number,
            is_latest_version: false,
            name: node.node_name()?,
            size: one.content.size,
            crc64: Some(one.content.crc64),
            content_type: Some(one.content.content_type.clone()),
            creation_time: one.created,
            set_latest_time: None,
        })
    }
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "HistoryPage")]
#[serde(rename_all = "camelCase")]
pub(crate) struct Page {
    #[serde(skip_serializing_if = "Option::is_none")]
    total_num: Option<u64>,
    has_more: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
    contents: Vec<Row>,
}

/// What a list is sorted by: it is the latest version first in any case.
#[derive(Clone, Copy)]
struct Order {
    by_time: bool,
    descending: bool,
}

impl Order {
    fn of(call: &Call) -> Result<Self, Error> {
        let by_time = match call.query.order_by() {
            None | Some("id") => false,
            Some("creationTime") => true,
            Some(_) => return Err(not_understood("order_by")),
        };
        Ok(Self { by_time, descending: call.query.descending()?.unwrap_or(true) })
    }

    fn key(self, one: &Earlier) -> (i64, i64) {
        (if self.by_time { one.created.millis() } else { 0 }, one.id)
    }

    fn sort(self, versions: &mut [Earlier]) {
        versions.sort_by_key(|one| self.key(one));
        if self.descending {
            versions.reverse();
        }
    }
}

async fn list(service: &Service, call: &Call, address: &Address) -> Result<Response, Error> {
    let path = address.file()?;
    let paging = Paging::of(&call.query, LIMIT_DEFAULT, LIMIT_MAX)?;
    let order = Order::of(call)?;
    let page = service
        .read(ask(call, address, Operation::ReadWithToken)?, move |tx, caller| {
            check_enabled(caller)?;
            let found = node::resolve(tx, caller.space()?.root, &path)?;
            let node = found.ok_or(ErrorCode::FileNotFound)?;
            if node.is_dir() || node.target.is_some() {
                return Err(ErrorCode::UnsupportedFileType.into());
            }
            let mut versions = version::of_node(tx, node.id)?;
            order.sort(&mut versions);
            page_of(&node, &versions, order, &paging)
        })
        .await?;
    Ok(ok(&page))
}

/// A part of the list. A leaf has at most 999 versions, so all of them are at hand.
fn page_of(
    node: &Node,
    versions: &[Earlier],
    order: Order,
    paging: &Paging,
) -> Result<Page, Error> {
    let word = format!("history/{}/{}/{}", order.by_time, order.descending, node.id);
    let total = versions.len() + 1;
    let (offset, limit) = match paging {
        Paging::Offset { offset, limit } => (*offset, *limit),
        Paging::Marker { marker: None, limit } => (0, *limit),
        Paging::Marker { marker: Some(text), limit } => {
            (1 + after(versions, order, &Marker::decode(text, &word)?), *limit)
        }
    };
    let mut contents = Vec::new();
    for at in offset..total.min(offset.saturating_add(limit)) {
        contents.push(match at.checked_sub(1) {
            None => Row::latest(node)?,
            Some(at) => Row::earlier(node, &versions[at])?,
        });
    }
    let has_more = offset + contents.len() < total;
    let by_page = matches!(paging, Paging::Offset { .. });
    let next_marker = match contents.last() {
        Some(_) if has_more && !by_page => {
            let last = (offset + contents.len()).checked_sub(2).map(|at| &versions[at]);
            let (key, id) = last.map_or((i64::MIN, i64::MIN), |one| order.key(one));
            // Behind the latest alone: the beginning of the rest, whatever the order.
            let run = usize::from(last.is_some());
            Some(Marker { order: word, run, key: Key::Number(key), id }.encode()?)
        }
        _ => None,
    };
    let total_num = by_page.then(|| u64::try_from(total).unwrap_or(u64::MAX));
    Ok(Page { total_num, has_more, next_marker, contents })
}

/// How many versions come before the place that a marker names.
fn after(versions: &[Earlier], order: Order, marker: &Marker) -> usize {
    let Key::Number(key) = marker.key else { return 0 };
    if marker.run == 0 {
        return 0;
    }
    let at = (key, marker.id);
    versions.partition_point(|one| match order.descending {
        true => order.key(one) >= at,
        false => order.key(one) <= at,
    })
}

async fn delete(service: &Service, call: &Call, address: &Address) -> Result<Response, Error> {
    let ids = numbers(call, DELETES_MAX)?;
    service
        .write(ask(call, address, Operation::DeleteHistory)?, move |tx, caller, now| {
            check_enabled(caller)?;
            let space = caller.space()?.key;
            let mut versions = Vec::new();
            for id in ids {
                match version::find(tx, space, id)? {
                    Some(version) if versions.contains(&version) => {}
                    Some(version) => versions.push(version),
                    None => return Err(not_deletable(tx, space, id)?),
                }
            }
            tree::drop_versions(tx, &versions, Hand::of(caller.user_id.as_str(), now))
        })
        .await?;
    Ok(no_content())
}

/// A version that was made the latest has no row of its own any more.
fn not_deletable(tx: &Tx<'_>, space: i64, id: u64) -> Result<Error, Error> {
    Ok(match version::is_latest(tx, space, id)?.is_some() {
        true => refuse(
            ErrorCode::DirectoryHistoryNotBeDeleted,
            "This version is the latest; delete the file, or make another version the latest",
        ),
        false => ErrorCode::DirectoryHistoryNotFound.into(),
    })
}

/// What a file is after one of its versions was made the latest; the size is a number.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "LatestVersion")]
#[serde(rename_all = "camelCase")]
pub(crate) struct Latest {
    name: NodeName,
    #[serde(rename = "type")]
    node_type: NodeType,
    creation_time: Timestamp,
    modification_time: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    set_latest_time: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<String>,
    size: u64,
    e_tag: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    crc64: Option<Crc64>,
    preview_by_doc: bool,
    #[serde(rename = "previewByCI")]
    preview_by_ci: bool,
    preview_as_icon: bool,
    file_type: String,
}

async fn make_latest(service: &Service, call: &Call, address: &Address) -> Result<Response, Error> {
    let id = address.bin_item().ok().flatten().ok_or(ErrorCode::DirectoryHistoryNotFound)?;
    let node = service
        .write(ask(call, address, Operation::SetHistoryLatest)?, move |tx, caller, now| {
            check_enabled(caller)?;
            let space = caller.space()?;
            let in_tree = |node: i64| -> Result<Node, Error> {
                let path = node::path_of(tx, space.root, node)?;
                path.ok_or(ErrorCode::DirectoryHistoryNotFound)?;
                node::find(tx, node)?.ok_or(Error::Damaged("version of nothing"))
            };
            // Repeated, after a reply that was lost: it is the latest already.
            if let Some(node) = version::is_latest(tx, space.key, id)? {
                return in_tree(node);
            }
            let earlier = version::in_space(tx, space.key, id)?;
            let earlier = earlier.ok_or(ErrorCode::DirectoryHistoryNotFound)?;
            let hand = Hand::of(caller.user_id.as_str(), now);
            tree::make_latest(tx, space.key, &in_tree(earlier.node)?, &earlier, hand)
        })
        .await?;
    let content = node.content.as_ref();
    let name = node.node_name()?;
    let is_picture = item::is_picture(&name);
    Ok(ok(&Latest {
        node_type: node.kind,
        creation_time: node.created,
        modification_time: node.modified,
        set_latest_time: node.latest_set.map(|(at, _)| at),
        content_type: content.map(|content| content.content_type.clone()),
        size: node.size().unwrap_or(0),
        e_tag: node.e_tag(),
        crc64: content.map(|content| content.crc64),
        preview_by_doc: false,
        preview_by_ci: is_picture,
        preview_as_icon: is_picture,
        file_type: kind::file_type(&name).to_owned(),
        name,
    }))
}

/// Clears the history of a library that keeps none any more; at most once a minute.
async fn clear(
    service: &Service,
    call: &Call,
    library: albumen_model::LibraryId,
) -> Result<Response, Error> {
    let ask = settings::ask(call, library)?;
    let task_id = service
        .write(ask, move |tx, caller, now| {
            let library = &caller.library;
            if library.settings.enable_file_history {
                let message = "Switch the history of the library off before it is cleared";
                return Err(refuse(ErrorCode::BadRequest, message));
            }
            let last = clearing::newest(tx, &library.id)?;
            if last.is_some_and(|last| now < last.created.plus_millis(CLEAR_EVERY_MS)) {
                let message = "The history is cleared at most once a minute; try again later";
                return Err(refuse(ErrorCode::RateLimitExceeded, message));
            }
            let upto = version::newest(tx)?;
            clearing::begin(tx, &library.id, upto, now)
        })
        .await?;
    service.broom.notify_one();
    let reply = TaskReply { task_id: to_u64(task_id) };
    debug_assert!(to_i64(reply.task_id) == task_id);
    Ok((StatusCode::ACCEPTED, Json(reply)).into_response())
}
