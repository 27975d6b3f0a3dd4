//! Many uploads begun or confirmed in one call, beyond the contract: for clients with many small
//! files, or a long way to go. Each file fares as if it had been asked for alone.

use albumen_model::{
    ErrorCode,
    smh::{BatchBegin, BatchConfirm, BatchUpload, UploadBatch, UploadBatchReply},
};
use axum::{Json, response::Response};
use serde::de::DeserializeOwned;

use super::{
    ask, batch,
    begin::{self, Begun},
    confirm, in_order, opening,
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
    let (mut result, mut places, mut wishes) = (Vec::new(), Vec::new(), Vec::new());
    for (at, file) in files.into_iter().enumerate() {
        match begin::Wish::of_item(file) {
            Ok(wish) => {
                places.push(at);
                wishes.push(wish);
            }
            Err(error) => result.push((at, refused(error))),
        }
    }
    let begun = opening::all(service, &ask, wishes).await?;
    result.extend(places.into_iter().zip(begun.into_iter().map(begun_so)));
    Ok(reply(in_order(result)))
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

fn begun_so(outcome: Result<Begun, Error>) -> BatchUpload {
    match outcome {
        Ok(Begun::Send(parameters)) => {
            BatchUpload { status: 201, parameters: Some(*parameters), ..BatchUpload::default() }
        }
        Ok(Begun::WantsWhole) => BatchUpload { status: 202, ..BatchUpload::default() },
        Ok(Begun::There(file)) => there(*file),
        Err(error) => refused(error),
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
    let of_item = |one: &BatchUpload| (one.status, batch::code_of(&one.code));
    let outcomes: Vec<_> = result.iter().map(of_item).collect();
    batch::of_many(Json(UploadBatchReply { result }), &outcomes)
}
