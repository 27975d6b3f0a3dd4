//! `/api/v1/task/{LibraryId}/{ids}` and `/api/v1/task-result/{LibraryId}/{id}`: tasks of a library
//! as a whole, which are the clearings of its history (SMH sections 11.2 and 11.4).

use albumen_model::ErrorCode;
use axum::response::Response;
use http::Method;
use schemars::JsonSchema;
use serde::Serialize;

use super::{history_settings::ask, not_found, ok};
use crate::{
    error::{Error, refuse},
    repository::{
        clearing::{self, Clearing},
        column::to_u64,
    },
    request::{Ask, Call, address},
    service::Service,
};

/// Tasks asked after in one request.
const IDS_MAX: usize = 100;

/// Whether a request is about tasks of a library: those of a space have one segment more.
pub(super) fn is_asked(call: &Call) -> bool {
    call.segments().len() == 2
}

fn question(call: &Call) -> Result<(Ask, Vec<i64>), Error> {
    let segments = call.segments();
    let ([library, ids], Method::GET) = (segments.as_slice(), call.method.clone()) else {
        return Err(not_found());
    };
    let ids = ids.split(',').take(IDS_MAX).filter_map(|text| text.trim().parse().ok()).collect();
    Ok((ask(call, address::library(library)?)?, ids))
}

/// How a clearing went: while it runs 202, then 200.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ClearingOutcome")]
#[serde(rename_all = "camelCase")]
pub(crate) struct Outcome {
    status: u16,
    delete_count: u64,
}

impl Outcome {
    fn of(clearing: &Clearing) -> Self {
        let status = if clearing.ended.is_some() { 200 } else { 202 };
        Self { status, delete_count: to_u64(clearing.deleted) }
    }
}

/// A task in the older form; `id` is the name that `taskId` had before.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "LibraryTaskState")]
#[serde(rename_all = "camelCase")]
pub(crate) struct State {
    task_id: u64,
    id: u64,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Outcome>,
}

/// The older form: a list; tasks that are unknown are left out.
pub(super) async fn list(service: &Service, call: &Call) -> Result<Response, Error> {
    let (ask, ids) = question(call)?;
    let states = service
        .read(ask, move |tx, caller| {
            let mut states = Vec::new();
            for id in ids {
                let Some(found) = clearing::find(tx, &caller.library.id, id)? else { continue };
                let (id, outcome) = (to_u64(found.id), Outcome::of(&found));
                let status = outcome.status;
                let result = found.ended.map(|_| outcome);
                states.push(State { task_id: id, id, status, result });
            }
            Ok(states)
        })
        .await?;
    Ok(ok(&states))
}

/// A task in the newer form: its number is a text.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "LibraryTaskResult")]
#[serde(rename_all = "camelCase")]
pub(crate) struct Task {
    task_id: String,
    task_type: &'static str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    clear_library_history_result: Option<Outcome>,
}

/// The newer form: one task.
pub(super) async fn result(service: &Service, call: &Call) -> Result<Response, Error> {
    let (ask, ids) = question(call)?;
    let task = service
        .read(ask, move |tx, caller| {
            let unknown = || refuse(ErrorCode::PathNotFound, "No task has this number");
            let id = ids.first().copied().ok_or_else(unknown)?;
            let found = clearing::find(tx, &caller.library.id, id)?.ok_or_else(unknown)?;
            let outcome = Outcome::of(&found);
            Ok(Task {
                task_id: found.id.to_string(),
                task_type: "clearLibraryHistory",
                status: outcome.status,
                clear_library_history_result: found.ended.map(|_| outcome),
            })
        })
        .await?;
    Ok(ok(&task))
}
