//! `/api/v1/usage` and `/api/v1/stats`: how much is stored (SMH section 5). What counts is what
//! quotas count: bin and history as well.

use std::collections::BTreeMap;

use albumen_db::Tx;
use albumen_model::{ErrorCode, LibraryId, SpaceId};
use axum::response::Response;
use http::Method;
use schemars::JsonSchema;
use serde::Serialize;

use super::{not_found, ok};
use crate::{
    error::Error,
    repository::{quota, space, usage},
    request::{Ask, Call, Caller, Credentials, address},
    rules::{grant::Operation, quota as rule},
    service::Service,
};

/// Spaces in one question.
const SPACES_MAX: usize = 1000;

fn ask(call: &Call, library: LibraryId, operation: Operation) -> Result<Ask, Error> {
    Ok(Ask { credentials: Credentials::of(call)?, library, space: None, operation })
}

/// Answers a request to `usage`.
pub(super) async fn serve(service: &Service, call: &Call) -> Result<Response, Error> {
    let segments = call.segments();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let library = address::library(segments.first().copied().unwrap_or(""))?;
    match (&call.method, segments.get(1..).unwrap_or(&[])) {
        (&Method::GET, []) => of_library(service, call, library).await,
        (&Method::GET, [spaces]) => of_spaces(service, call, library, spaces).await,
        _ => Err(not_found()),
    }
}

/// Sizes are texts; the last three fields are those of older replies.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LibraryUsage {
    total_file_size: String,
    capacity: Option<String>,
    available_space: Option<String>,
    total_allocated_space_quota: String,
}

async fn of_library(service: &Service, call: &Call, id: LibraryId) -> Result<Response, Error> {
    let usage = service
        .read(ask(call, id, Operation::ManageLibrary)?, |tx, caller| {
            let library = &caller.library;
            let used = quota::used_in_library(tx, &library.id)?;
            let capacity = library.settings.library_quota;
            let left = capacity.map(|capacity| rule::left(capacity, used));
            Ok(LibraryUsage {
                total_file_size: used.to_string(),
                capacity: capacity.map(|bytes| bytes.to_string()),
                available_space: left.map(|bytes| bytes.to_string()),
                total_allocated_space_quota: quota::allocated(tx, &library.id)?.to_string(),
            })
        })
        .await?;
    Ok(ok(&usage))
}

/// Null where there is no quota; `fileSize` is the older name of `size`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SpaceUsage {
    space_id: SpaceId,
    capacity: Option<String>,
    available_space: Option<String>,
    size: String,
    file_size: String,
}

async fn of_spaces(
    service: &Service,
    call: &Call,
    library: LibraryId,
    spaces: &str,
) -> Result<Response, Error> {
    let mut ids: Vec<SpaceId> = Vec::new();
    for text in spaces.split(',').map(str::trim).filter(|text| !text.is_empty()) {
        let id = SpaceId::parse(text).map_err(|_| ErrorCode::SpaceNotFound)?;
        if !ids.contains(&id) {
            ids.push(id);
        }
        if ids.len() > SPACES_MAX {
            return Err(ErrorCode::TooManyItems.into());
        }
    }
    if ids.is_empty() {
        return Err(ErrorCode::EmptySpaceId.into());
    }
    let rows = service
        .read(ask(call, library, Operation::InspectSpace)?, move |tx, caller| {
            ids.into_iter().map(|id| of_space(tx, caller, id)).collect::<Result<Vec<_>, _>>()
        })
        .await?;
    Ok(ok(&rows))
}

fn of_space(tx: &Tx<'_>, caller: &Caller, id: SpaceId) -> Result<SpaceUsage, Error> {
    // Before it is looked up: whose token is not for it does not learn whether it is there.
    if !caller.covers(&id) {
        return Err(ErrorCode::AccessTokenNotMatchSpace.into());
    }
    let space = space::find(tx, &caller.library.id, &id)?.ok_or(ErrorCode::SpaceNotFound)?;
    let size = usage::of(tx, space.key)?.bytes().to_string();
    let (capacity, left) = match quota::of_space(tx, space.key)? {
        None => (None, None),
        Some(found) => {
            let used = quota::used(tx, found.id)?;
            (Some(found.capacity), Some(rule::left(found.capacity, used)))
        }
    };
    Ok(SpaceUsage {
        space_id: space.id,
        capacity: capacity.map(|bytes| bytes.to_string()),
        available_space: left.map(|bytes| bytes.to_string()),
        file_size: size.clone(),
        size,
    })
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TagSize {
    space_tag: String,
    size: String,
}

/// `GET /stats/{LibraryId}/space-size?space_tag=`: how much the spaces of each tag hold, or those
/// of one (SMH section 5.3).
pub(super) async fn by_tag(service: &Service, call: &Call) -> Result<Response, Error> {
    let segments = call.segments();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let ([library, "space-size"], Method::GET) = (segments.as_slice(), call.method.clone()) else {
        return Err(not_found());
    };
    let library = address::library(library)?;
    let wanted = call.query.get("space_tag").map(str::to_owned);
    let rows = service
        .read(ask(call, library, Operation::ManageLibrary)?, move |tx, caller| {
            let mut sizes: BTreeMap<String, u64> = BTreeMap::new();
            let all = space::Wanted { limit: u32::MAX, ..space::Wanted::default() };
            for space in space::list(tx, &caller.library.id, &all)? {
                let Some(tag) = space.extension.space_tag else { continue };
                if wanted.as_ref().is_none_or(|wanted| *wanted == tag) {
                    *sizes.entry(tag).or_default() += usage::of(tx, space.key)?.bytes();
                }
            }
            let row =
                |(space_tag, size): (String, u64)| TagSize { space_tag, size: size.to_string() };
            Ok(sizes.into_iter().map(row).collect::<Vec<_>>())
        })
        .await?;
    Ok(ok(&rows))
}
