//! Many uploads begun or confirmed in one call, beyond the contract: for clients with many small
//! files, or a long way to go. Each file fares as if it had been asked for alone.

use albumen_model::{
    ErrorCode,
    smh::{BatchBegin, BatchConfirm, BatchUpload, UploadBatch, UploadBatchReply},
};
use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde::de::DeserializeOwned;

use super::{
    ask,
    begin::{self, Begun},
    confirm, opening,
};
use crate::{
    error::{Error, refuse},
    request::{Address, Ask, Call},
    rules::grant::Operation,
    service::Service,
};

/// Files of one call.
pub(crate) const FILES_MAX: u32 = 500;

/// `POST /albumen/v1/batch-begin/{library}/{space}`.
pub(crate) async fn begin(service: &Service, call: &Call) -> Result<Response, Error> {
    let (ask, files) = read::<BatchBegin>(call)?;
    let mut result: Vec<Option<BatchUpload>> = Vec::with_capacity(files.len());
    let mut wishes = Vec::with_capacity(files.len());
    for file in files {
        result.push(match begin::Wish::of_item(file) {
            Ok(wish) => {
                wishes.push(wish);
                None
            }
            Err(error) => Some(refused(error)),
        });
    }
    let mut begun = opening::all(service, &ask, wishes).await?.into_iter();
    let result = result.into_iter().map(|known| known.unwrap_or_else(|| next(&mut begun)));
    Ok(reply(result.collect()))
}

/// `POST /albumen/v1/batch-confirm/{library}/{space}`.
pub(crate) async fn confirm(service: &Service, call: &Call) -> Result<Response, Error> {
    let (ask, files) = read::<BatchConfirm>(call)?;
    let wishes = files.into_iter().map(confirm::Wish::of_item).collect();
    let confirmed = confirm::all(service, &ask, wishes).await?.into_iter();
    let shown = confirmed.map(|outcome| match outcome {
        Ok(file) => there(file),
        Err(error) => refused(error),
    });
    Ok(reply(shown.collect()))
}

/// Any token may ask: what each file needs is asked of each.
fn read<T: DeserializeOwned>(call: &Call) -> Result<(Ask, Vec<T>), Error> {
    let address: Address = call.address()?;
    let ask = ask(call, &address, Operation::ReadWithToken)?;
    let UploadBatch { files } = call.needed()?;
    if files.is_empty() {
        return Err(refuse(ErrorCode::NoItemsProvided, "The batch has no files"));
    }
    if files.len() > FILES_MAX as usize {
        let message = format!("The batch has {} files, at most {FILES_MAX}", files.len());
        return Err(refuse(ErrorCode::TooManyItems, message));
    }
    Ok((ask, files))
}

fn next(begun: &mut impl Iterator<Item = Result<Begun, Error>>) -> BatchUpload {
    match begun.next() {
        Some(Ok(Begun::Send(parameters))) => {
            BatchUpload { status: 201, parameters: Some(*parameters), ..BatchUpload::default() }
        }
        Some(Ok(Begun::WantsWhole)) => BatchUpload { status: 202, ..BatchUpload::default() },
        Some(Ok(Begun::There(file))) => there(*file),
        Some(Err(error)) => refused(error),
        None => refused(Error::Damaged("a begin without an answer")),
    }
}

fn there(file: albumen_model::smh::ConfirmedFile) -> BatchUpload {
    BatchUpload { status: 200, file: Some(file), ..BatchUpload::default() }
}

fn refused(error: Error) -> BatchUpload {
    let refusal = error.refusal();
    BatchUpload {
        status: refusal.code.status(),
        code: Some(refusal.code.as_str().to_owned()),
        message: Some(refusal.message),
        ..BatchUpload::default()
    }
}

fn reply(result: Vec<BatchUpload>) -> Response {
    let all_done = result.iter().all(|one| one.status < 300);
    let status = if all_done { StatusCode::OK } else { StatusCode::MULTI_STATUS };
    (status, Json(UploadBatchReply { result })).into_response()
}
