//! The business API, `/api/v1/...`: one file a noun. A handler finds out what is asked (method,
//! then flag, then body key: SMH section 26, trap 4), has the caller let in, and answers.

pub(crate) mod adopt;
pub(crate) mod annotate;
pub(crate) mod batch;
mod begin;
mod confirm;
mod delta;
pub(crate) mod directory;
mod download;
pub(crate) mod favorite;
mod file;
pub(crate) mod history;
pub(crate) mod history_settings;
pub(crate) mod inode;
mod item;
mod left_out;
pub(crate) mod library_task;
mod listing;
pub(crate) mod made;
mod opening;
mod preview;
mod quick;
pub(crate) mod quota;
pub(crate) mod recent;
pub(crate) mod recycled;
mod restore;
pub(crate) mod search;
mod session;
pub(crate) mod share;
pub(crate) mod space;
pub(crate) mod stats;
mod task;
pub(crate) mod tenant;
mod terms;
mod token;
pub(crate) mod transfer;
pub(crate) mod upload_batch;
pub(crate) mod usage;

use std::sync::Arc;

use albumen_model::ErrorCode;
use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{Method, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    error::{Error, refuse},
    request::{Address, Ask, Call, Credentials, address},
    rules::grant::Operation,
    service::Service,
};

/// What every path here begins with.
const PREFIX: &str = "/api/v1/";

/// Answers any request under the prefix.
pub(crate) async fn dispatch(
    State(service): State<Arc<Service>>,
    request: Request,
) -> Result<Response, Error> {
    let call = Call::read(request, PREFIX).await?;
    match call.noun.as_str() {
        "token" => token::serve(&service, &call).await,
        "space" => space::serve(&service, &call).await,
        "directory" => directory::serve(&service, &call).await,
        "file" => file::serve(&service, &call).await,
        "album" => preview::cover(&service, &call).await,
        "recycled" => recycled::serve(&service, &call).await,
        "directory-history" => history::serve(&service, &call).await,
        "quota" => quota::serve(&service, &call).await,
        "space-quota" => quota::serve_of_space(&service, &call).await,
        "task" if library_task::is_asked(&call) => library_task::list(&service, &call).await,
        "task-result" if library_task::is_asked(&call) => {
            library_task::result(&service, &call).await
        }
        "usage" => usage::serve(&service, &call).await,
        "stats" => usage::by_tag(&service, &call).await,
        "batch" => batch::serve(&service, &call).await,
        "task" => task::list(&service, &call).await,
        "task-result" => task::result(&service, &call).await,
        "inode" => inode::info(&service, &call).await,
        "file-deletion-check" => inode::deletion(&service, &call).await,
        "cross-space" => transfer::across(&service, &call).await,
        "office" => {
            let code = ErrorCode::DocEditNotEnabled;
            left_out::of_space(&service, &call, Operation::ReadWithToken, code).await
        }
        "hls" => {
            let code = ErrorCode::FunctionNotEnabled;
            left_out::of_space(&service, &call, Operation::ReadWithToken, code).await
        }
        "directory-local-sync" | "authority" | "tag" | "file-tag" => {
            left_out::of_library(&service, &call).await
        }
        "fs-delta" => delta::serve(&service, &call).await,
        "search" => search::serve(&service, &call).await,
        "favorite" => favorite::serve(&service, &call).await,
        "recent" => recent::serve(&service, &call).await,
        "share" => share::serve(&service, &call).await,
        "version" => version(&call),
        _ => Err(not_found()),
    }
}

/// Which version answers.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Version {
    version: &'static str,
}

/// `GET /version`, for whoever looks whether somebody is here. The contract leaves the body open.
fn version(call: &Call) -> Result<Response, Error> {
    match (&call.method, call.tail.trim_matches('/')) {
        (&Method::GET, "") => Ok(ok(&Version { version: env!("CARGO_PKG_VERSION") })),
        _ => Err(not_found()),
    }
}

/// The refusal of a route that does not exist, here or yet.
fn not_found() -> Error {
    refuse(ErrorCode::RouteNotFound, "The service offers no such operation")
}

/// A question about a place.
fn ask(call: &Call, address: &Address, operation: Operation) -> Result<Ask, Error> {
    Ok(Ask {
        credentials: Credentials::of(call)?,
        library: address.library.clone(),
        space: Some(address.space.clone()),
        operation,
    })
}

/// What came of each of many things, by the places they were asked for in.
fn in_order<T>(mut outcomes: Vec<(usize, T)>) -> Vec<T> {
    outcomes.sort_unstable_by_key(|(at, _)| *at);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

/// 200 with a body.
fn ok<T: Serialize>(value: &T) -> Response {
    Json(value).into_response()
}

/// 201 with a body.
fn created<T: Serialize>(value: &T) -> Response {
    (StatusCode::CREATED, Json(value)).into_response()
}

/// 204.
fn no_content() -> Response {
    StatusCode::NO_CONTENT.into_response()
}
