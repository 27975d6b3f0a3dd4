//! The business API, `/api/v1/...`: one file a noun. A handler finds out what is asked (method,
//! then flag, then body key: SMH section 26, trap 4), has the caller let in, and answers.

mod annotate;
mod batch;
mod begin;
mod confirm;
mod delta;
mod directory;
mod download;
mod favorite;
mod file;
mod history;
mod history_settings;
mod inode;
mod item;
mod left_out;
mod library_task;
mod listing;
mod made;
mod opening;
mod preview;
mod quick;
mod quota;
mod recent;
mod recycled;
mod restore;
mod search;
mod session;
mod share;
mod space;
mod stats;
mod task;
mod tenant;
mod terms;
mod token;
mod transfer;
pub(crate) mod upload_batch;
mod usage;

use std::sync::Arc;

use albumen_model::ErrorCode;
use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{Method, StatusCode};
use serde::Serialize;
use serde_json::json;

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

/// `GET /version`, for whoever looks whether somebody is here. The contract leaves the body open.
fn version(call: &Call) -> Result<Response, Error> {
    match (&call.method, call.tail.trim_matches('/')) {
        (&Method::GET, "") => Ok(ok(&json!({ "version": env!("CARGO_PKG_VERSION") }))),
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
