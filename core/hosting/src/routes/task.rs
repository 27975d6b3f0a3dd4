//! `/api/v1/task` and `/api/v1/task-result` of a space: what became of operations that went on (SMH
//! section 11). Those of a library are `library_task`'s.

use albumen_db::Tx;
use albumen_model::{
    ErrorCode,
    smh::{BatchResult, FinalPath, TaskResult, TaskState},
};
use axum::response::Response;
use http::Method;
use serde_json::{Map, Value, json};

use super::{ask, not_found, ok};
use crate::{
    error::{Error, refuse},
    repository::{
        column::to_u64,
        task::{self, Task},
    },
    request::{Ask, Call, Caller},
    rules::grant::Operation,
    service::Service,
    tasks::Sort,
};

/// Tasks asked after in one request.
const IDS_MAX: usize = 100;

/// Who asks after which tasks: `{lib}/{space}/{ids}`.
fn question(call: &Call) -> Result<(Ask, Vec<i64>), Error> {
    let segments = call.segments();
    let (&Method::GET, [_, _, list]) = (&call.method, segments.as_slice()) else {
        return Err(not_found());
    };
    // What is no number is no task either.
    let ids = list.split(',').take(IDS_MAX).filter_map(|text| text.trim().parse().ok()).collect();
    Ok((ask(call, &call.address()?, Operation::ReadWithToken)?, ids))
}

/// The task, if it is one of the space that is asked about.
fn find(tx: &Tx<'_>, caller: &Caller, id: i64) -> Result<Option<Task>, Error> {
    let (library, space) = (&caller.library.id, &caller.space()?.id);
    let task = task::find(tx, id)?;
    Ok(task.filter(|task| task.library == *library && task.space == *space))
}

/// The older form: a list; tasks that are unknown are left out.
pub(super) async fn list(service: &Service, call: &Call) -> Result<Response, Error> {
    let (ask, ids) = question(call)?;
    let states = service
        .read(ask, move |tx, caller| {
            let mut states = Vec::new();
            for id in ids {
                if let Some(task) = find(tx, caller, id)? {
                    states.push(state(&task, &task::results(tx, id)?)?);
                }
            }
            Ok(states)
        })
        .await?;
    Ok(ok(&states))
}

fn sort(task: &Task) -> Result<Sort, Error> {
    Sort::of_stored(&task.sort).ok_or(Error::Damaged("sort of a task"))
}

fn json_of<T: serde::Serialize>(value: &T) -> Result<Value, Error> {
    serde_json::to_value(value).map_err(|_| Error::Damaged("result that is no JSON"))
}

fn is_done(result: &BatchResult) -> bool {
    result.status < 300
}

/// What the operation would have answered at once.
fn state(task: &Task, results: &[BatchResult]) -> Result<TaskState, Error> {
    let id = to_u64(task.id);
    let (status, result) = match (task.ended, sort(task)?, results.first()) {
        (None, ..) => (202, None),
        (Some(_), Sort::CopyDirectory | Sort::CountAnew, Some(one)) => match one.status {
            200 => {
                let names = one.path.as_ref().map(|path| json!({ "path": path }));
                (200, Some(names.unwrap_or(json_of(&FinalPath { path: None })?)))
            }
            204 => (204, None),
            _ => (500, Some(json_of(one)?)),
        },
        _ => {
            let status = if results.iter().all(is_done) { 200 } else { 207 };
            (status, Some(json_of(&results)?))
        }
    };
    Ok(TaskState { task_id: id, id, status, result })
}

/// The newer form: one task.
pub(super) async fn result(service: &Service, call: &Call) -> Result<Response, Error> {
    let (ask, ids) = question(call)?;
    let result = service
        .read(ask, move |tx, caller| {
            let unknown = || refuse(ErrorCode::PathNotFound, "No task has this number");
            let id = ids.first().copied().ok_or_else(unknown)?;
            let task = find(tx, caller, id)?.ok_or_else(unknown)?;
            object(&task, &task::results(tx, id)?)
        })
        .await?;
    Ok(ok(&result))
}

fn object(task: &Task, results: &[BatchResult]) -> Result<TaskResult, Error> {
    let sort = sort(task)?;
    let done = results.iter().filter(|result| is_done(result)).count();
    let status = match (task.ended, results.len() - done) {
        (None, _) => 202,
        (Some(_), 0) => 200,
        (Some(_), _) if done == 0 => 400,
        (Some(_), _) => 207,
    };
    let mut result = Map::new();
    if task.ended.is_some() {
        let value = match (sort.has_list(), results.first()) {
            (true, _) => json_of(&results)?,
            (false, one) => json_of(&one)?,
        };
        result.insert(sort.field().to_owned(), value);
    }
    let (task_id, task_type) = (task.id.to_string(), sort.word().to_owned());
    Ok(TaskResult { task_id, task_type, status, result })
}
