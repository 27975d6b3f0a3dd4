//! Signing in, setting up and joining. The request is signed by the key it brings, which proves
//! that the device holds it.

use std::sync::Arc;

use albumen_model::{
    ErrorCode,
    auth::{JoinRequest, SetUpRequest, SignInReply, SignInRequest},
};
use axum::{
    Extension, Json,
    extract::{Request, State},
};
use serde::de::DeserializeOwned;

use super::{
    Shared,
    outcome::Client,
    signed::{ENROLLING, Envelope, json, read_body},
};
use crate::{Error, Service, nonce::By, service::uncancelled};

pub(crate) async fn sign_in(
    State(service): Shared,
    Extension(Client(address)): Extension<Client>,
    request: Request,
) -> Result<Json<SignInReply>, Error> {
    let key = |asked: &SignInRequest| asked.device.public_key.clone();
    let asked = enrolling(&service, request, key).await?;
    let work = async move { service.sign_in(asked, address).await };
    Ok(Json(uncancelled(work).await?))
}

pub(crate) async fn set_up(
    State(service): Shared,
    Extension(Client(address)): Extension<Client>,
    request: Request,
) -> Result<Json<SignInReply>, Error> {
    let key = |asked: &SetUpRequest| asked.device.public_key.clone();
    let asked = enrolling(&service, request, key).await?;
    let work = async move { service.set_up(asked, address).await };
    Ok(Json(uncancelled(work).await?))
}

pub(crate) async fn join(
    State(service): Shared,
    Extension(Client(address)): Extension<Client>,
    request: Request,
) -> Result<Json<SignInReply>, Error> {
    let key = |asked: &JoinRequest| asked.device.public_key.clone();
    let asked = enrolling(&service, request, key).await?;
    let work = async move { service.join(asked, address).await };
    Ok(Json(uncancelled(work).await?))
}

/// Reads a request that brings its key along, and checks that the key has signed it.
pub(super) async fn enrolling<T: DeserializeOwned>(
    service: &Arc<Service>,
    request: Request,
    key_of: impl Fn(&T) -> String,
) -> Result<T, Error> {
    let (parts, body) = request.into_parts();
    let body = read_body(&parts.headers, body).await?;
    let asked: T = json(&body)?;
    let envelope = Envelope::read(&parts)?;
    if envelope.key_id != ENROLLING {
        let why = "A request to enrol a device is signed by its new key";
        return Err(Error::refused(ErrorCode::SignatureInvalid, why));
    }
    envelope.verify(service, &parts, &body, &key_of(&asked), By::Stranger)?;
    Ok(asked)
}
