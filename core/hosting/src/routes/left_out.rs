//! Operations of the contract that this service leaves out: office editing and conversion,
//! archives, transcoding, sync folders, folder rights, tags. Who may not ask hears that first; the
//! others hear a code of the contract, never that there is no such route.

use albumen_model::ErrorCode;
use axum::response::Response;

use super::{address, ask};
use crate::{
    error::{Error, refuse},
    request::{Ask, Call, Credentials},
    rules::grant::Operation,
    service::Service,
};

/// What is said of an operation about a space.
pub(super) async fn of_space(
    service: &Service,
    call: &Call,
    operation: Operation,
    code: ErrorCode,
) -> Result<Response, Error> {
    let ask = ask(call, &call.address()?, operation)?;
    service.read(ask, |_, _| Ok(())).await?;
    Err(refusal(code))
}

/// What is said of an operation about a library, or about a space of it: its noun tells which.
pub(super) async fn of_library(service: &Service, call: &Call) -> Result<Response, Error> {
    let library = address::library(call.tail.split('/').next().unwrap_or_default())?;
    let credentials = Credentials::of(call)?;
    // Rights as of spaces as such: a token of any space of the library may ask.
    let ask = Ask { credentials, library, space: None, operation: Operation::ListSpaces };
    service.read(ask, |_, _| Ok(())).await?;
    Err(refusal(ErrorCode::FunctionNotEnabled))
}

fn refusal(code: ErrorCode) -> Error {
    let message = match code {
        ErrorCode::DocEditNotEnabled => "Documents cannot be edited here; download and upload them",
        ErrorCode::FileUncompressNotAllowed => "Archives are not opened here; download them",
        _ => "This service does not offer the operation",
    };
    refuse(code, message)
}
