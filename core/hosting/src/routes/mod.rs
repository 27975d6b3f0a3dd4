//! The business API, `/api/v1/...`: one file a noun. A handler finds out what is asked (method,
//! then flag, then body key: SMH section 26, trap 4), has the caller let in, and answers.

mod begin;
mod confirm;
mod directory;
mod download;
mod file;
mod history;
mod history_settings;
mod item;
mod library_task;
mod listing;
mod quota;
mod recycled;
mod restore;
mod session;
mod space;
mod tenant;
mod token;
mod usage;

use std::sync::Arc;

use albumen_model::ErrorCode;
use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde::Serialize;

use crate::{
    error::{Error, refuse},
    request::{Address, Ask, Call, Credentials},
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
