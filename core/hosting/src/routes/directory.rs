//! `/api/v1/directory`: directories and albums (SMH section 6).

use std::collections::BTreeMap;

use albumen_db::Tx;
use albumen_model::{
    ConflictStrategy, ErrorCode, RemotePath, Timestamp,
    smh::{CreatedDirectory, DeletedToBin, DirectoryList},
};
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode, header};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    annotate, ask, created, favorite, item,
    item::Shown,
    listing::{Paging, Wanted},
    no_content, not_found, ok, stats, transfer,
};
use crate::{
    error::{Error, refuse},
    operate,
    repository::{
        list,
        list::Listing,
        node::{self, Annotations, Node},
    },
    request::{Call, Caller, call::prefixed},
    rules::{
        annotation,
        conflict::{self, Settled},
        grant::Operation,
        name::{self, Last},
    },
    service::Service,
};

pub(super) use crate::operate::{find_directory as find, free_name, remove};

/// Rows of a page when the request does not say, and at most (SMH section 6.2).
const LIMIT_DEFAULT: u64 = 20;
/// See [`LIMIT_DEFAULT`].
const LIMIT_MAX: u64 = 1000;

/// Answers a request about directories.
pub(super) async fn serve(service: &Service, call: &Call) -> Result<Response, Error> {
    let flag = |name: &str| call.query.flag(name);
    match call.method {
        Method::GET if flag("info") => info(service, call).await,
        Method::GET if flag("stats") => stats::read(service, call).await,
        Method::GET => list(service, call).await,
        Method::HEAD => exists(service, call).await,
        Method::PUT if flag("calibrate") => stats::calibrate(service, call).await,
        Method::PUT if call.has_body_key(&["from"])? => {
            transfer::move_directory(service, call).await
        }
        Method::PUT if call.has_body_key(&["copyFrom"])? => {
            transfer::copy_directory(service, call).await
        }
        Method::PUT => create(service, call).await,
        Method::POST if flag("update") => annotate::update(service, call).await,
        Method::DELETE => delete(service, call).await,
        _ => Err(not_found()),
    }
}

#[derive(Default, Deserialize, JsonSchema)]
#[schemars(rename = "CreateDirectoryRequest")]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct CreateBody {
    meta_data: Option<BTreeMap<String, String>>,
    labels: Option<Vec<String>>,
    local_creation_time: Option<String>,
    local_modification_time: Option<String>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "NewDirectory")]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreateReply {
    #[serde(flatten)]
    created: CreatedDirectory,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta_data: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    labels: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    local_creation_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    local_modification_time: Option<String>,
}

async fn create(service: &Service, call: &Call) -> Result<Response, Error> {
    let address = call.address()?;
    let path = address.directory()?;
    let strategy = call.query.strategy()?.unwrap_or(ConflictStrategy::Ask);
    let body: CreateBody = call.json()?;
    let notes = Annotations {
        meta: body.meta_data.map(prefixed),
        labels: body.labels,
        category: None,
        local_created: body.local_creation_time,
        local_modified: body.local_modification_time,
    };
    if let Some(field) = annotation::over_limit(&notes) {
        return Err(refuse(ErrorCode::ParamInvalid, format!("The value is too long: {field}")));
    }
    let shown = Shown::of(&call.query);
    let kept = notes.clone();
    let (path, id, creation_time) = service
        .write(ask(call, &address, Operation::CreateDirectory)?, move |tx, caller, now| {
            let (path, id) = make(tx, caller, &path, strategy, &kept, now)?;
            Ok((path, id, now))
        })
        .await?;
    let inode = shown.inode.then(|| item::inode(id)).transpose()?;
    Ok(created(&CreateReply {
        created: CreatedDirectory { path, inode, creation_time },
        meta_data: notes.meta,
        labels: notes.labels,
        local_creation_time: notes.local_created,
        local_modification_time: notes.local_modified,
    }))
}

/// Makes a directory and what is missing above it; where it is and its id.
fn make(
    tx: &Tx<'_>,
    caller: &Caller,
    path: &RemotePath,
    strategy: ConflictStrategy,
    notes: &Annotations,
    now: Timestamp,
) -> Result<(RemotePath, i64), Error> {
    let mode = caller.mode()?;
    mode.admit_directory(path)?;
    name::check_length(path, Last::Directory, mode.name_max)?;
    let (wished, above) = path.names().split_last().ok_or(ErrorCode::RootDirectoryNotAllowed)?;
    let parent = operate::make_parents(tx, caller, above, now)?;
    let taken = node::is_taken(tx, parent, wished)?;
    let name = match conflict::settle_directory(strategy, taken)? {
        Settled::FindFreeName => free_name(tx, parent, wished, true, mode.name_max)?,
        Settled::Create | Settled::Replace => wished.clone(),
    };
    let id = operate::add_directory(tx, caller, parent, &name, notes, now)?;
    let above = RemotePath::from_names(above.to_vec()).and_then(|path| path.join(name));
    Ok((above.map_err(|_| ErrorCode::DirectoryLevelExceed)?, id))
}

struct Page {
    tag: String,
    list: Option<DirectoryList>,
}

async fn list(service: &Service, call: &Call) -> Result<Response, Error> {
    let address = call.address()?;
    let path = address.directory()?;
    let paging = Paging::of(&call.query, LIMIT_DEFAULT, LIMIT_MAX)?;
    let wanted = Wanted::of(&call.query)?;
    let shown = Shown::of(&call.query);
    // Only the plain first page can be told to be unchanged (SMH section 27).
    let held = call.headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let held = held.filter(|_| paging.is_start() && wanted.is_default()).map(str::to_owned);
    let page = service
        .read(ask(call, &address, Operation::Read)?, move |tx, caller| {
            let directory = find(tx, caller, &path)?;
            let tag = directory.e_tag();
            // Clients hold the tag of the body or of the header: with quotes or without.
            let is_tag = |held: String| held.trim_start_matches("W/").trim_matches('"') == tag;
            if held.is_some_and(is_tag) {
                return Ok(Page { tag, list: None });
            }
            let leaves_by = wanted.leaves_by(&caller.mode()?);
            let listing = Listing {
                directory: directory.id,
                sort: wanted.sort,
                leaves_by,
                descending: wanted.descending,
                filter: wanted.filter,
                prefix: wanted.prefix,
                start_name: wanted.start_name,
            };
            let list = read_page(tx, caller, &listing, &paging, path, &tag, shown)?;
            Ok(Page { tag, list: Some(list) })
        })
        .await?;
    let tag = [(header::ETAG, format!("\"{}\"", page.tag))];
    Ok(match page.list {
        Some(list) => (tag, ok(&list)).into_response(),
        None => (StatusCode::NOT_MODIFIED, tag).into_response(),
    })
}

fn read_page(
    tx: &Tx<'_>,
    caller: &Caller,
    listing: &Listing,
    paging: &Paging,
    path: RemotePath,
    tag: &str,
    shown: Shown,
) -> Result<DirectoryList, Error> {
    let (nodes, next_marker, counts) = match paging {
        Paging::Marker { marker, limit } => {
            let (nodes, next) = listing.by_marker(tx, marker.as_deref(), *limit)?;
            (nodes, next, None)
        }
        Paging::Offset { offset, limit } => {
            let nodes = listing.by_offset(tx, *offset, *limit)?;
            (nodes, None, Some(list::counts(tx, listing.directory)?))
        }
    };
    let marks = favorite::marks(tx, caller, shown, &nodes)?;
    let row = |node: &Node| {
        let path = path.join(node.node_name()?).map_err(|_| Error::Damaged("path"))?;
        Ok::<_, Error>(marks.mark(node.id, item::item(node, path, shown)?))
    };
    Ok(DirectoryList {
        contents: nodes.iter().map(row).collect::<Result<_, _>>()?,
        next_marker,
        file_count: counts.map(|(files, _)| files),
        sub_dir_count: counts.map(|(_, directories)| directories),
        total_num: counts.map(|(files, directories)| files + directories),
        e_tag: Some(tag.to_owned()),
        path,
    })
}

async fn info(service: &Service, call: &Call) -> Result<Response, Error> {
    let address = call.address()?;
    let path = address.directory()?;
    let shown = Shown::of(&call.query);
    let value = service
        .read(ask(call, &address, Operation::Read)?, move |tx, caller| {
            let found = node::resolve(tx, caller.space()?.root, &path)?;
            let found = found.ok_or(ErrorCode::PathNotFound)?;
            let marks = favorite::marks(tx, caller, shown, std::slice::from_ref(&found))?;
            item::info(&found, path, shown, &marks)
        })
        .await?;
    Ok(ok(&value))
}

async fn exists(service: &Service, call: &Call) -> Result<Response, Error> {
    let address = call.address()?;
    let path = address.directory()?;
    service
        .read(ask(call, &address, Operation::Read)?, move |tx, caller| find(tx, caller, &path))
        .await?;
    Ok(StatusCode::OK.into_response())
}

async fn delete(service: &Service, call: &Call) -> Result<Response, Error> {
    let address = call.address()?;
    let path = address.directory()?;
    let permanent = call.query.switch("permanent");
    let directory_only = call.query.switch("directory_only");
    let item = service
        .write(ask(call, &address, Operation::ReadWithToken)?, move |tx, caller, now| {
            let settings = &caller.library.settings;
            let past_bin = settings.use_recycle_bin && permanent;
            caller.require(Operation::DeleteDirectory { permanent: past_bin })?;
            if path.is_root() {
                return Err(ErrorCode::RootDirectoryNotAllowed.into());
            }
            let directory = find(tx, caller, &path)?;
            // Not described: taken as "do not cascade", so refused unless empty (SMH section 27).
            if directory_only && list::counts(tx, directory.id)? != (0, 0) {
                return Err(ErrorCode::DirectoryNotEmpty.into());
            }
            remove(tx, caller, &directory, &path, permanent, now)
        })
        .await?;
    // What went for good may be much, and is freed in the background.
    service.broom.notify_one();
    Ok(removed(item))
}

/// 200 with the number of the item in the bin, or 204.
pub(super) fn removed(item: Option<u64>) -> Response {
    item.map_or_else(no_content, |recycled_item_id| ok(&DeletedToBin { recycled_item_id }))
}
