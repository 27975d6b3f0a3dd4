//! Signing in by the provider, the identity of an account and its first password, by HTTP.

use std::sync::Arc;

use albumen_model::auth::{IdentityState, OpenIdBegin, OpenIdBegun, OpenIdFinish, SignInReply};
use axum::{
    Extension, Json, Router,
    extract::{Request, State},
    routing::{get, post},
};

use super::{Shared, outcome::Client, sign_in::enrolling, signed::Signed};
use crate::{Error, Service, service::uncancelled};

/// The routes of this file.
pub(super) fn routes() -> Router<Arc<Service>> {
    Router::new()
        .route("/openid/begin", post(begin))
        .route("/openid/finish", post(finish))
        .route("/me/identity", get(identity).post(bind_identity))
        .route("/me/identity/begin", post(begin_identity))
        .route("/me/identity/unbind", post(unbind_identity))
        .route("/me/password/begin", post(begin_first_password))
        .route("/me/password/first", post(set_first_password))
}

async fn begin(
    State(service): Shared,
    Extension(Client(address)): Extension<Client>,
    request: Request,
) -> Result<Json<OpenIdBegun>, Error> {
    let key = |asked: &OpenIdBegin| asked.public_key.clone();
    let asked = enrolling(&service, request, key).await?;
    Ok(Json(service.begin_openid(asked, address).await?))
}

async fn finish(
    State(service): Shared,
    Extension(Client(address)): Extension<Client>,
    request: Request,
) -> Result<Json<SignInReply>, Error> {
    let key = |asked: &OpenIdFinish| asked.device.public_key.clone();
    let asked = enrolling(&service, request, key).await?;
    let work = async move { service.finish_openid(asked, address).await };
    Ok(Json(uncancelled(work).await?))
}

async fn identity(State(service): Shared, signed: Signed) -> Result<Json<IdentityState>, Error> {
    Ok(Json(service.identity(&signed.caller).await?))
}

async fn begin_identity(
    State(service): Shared,
    Extension(Client(address)): Extension<Client>,
    signed: Signed,
) -> Result<Json<OpenIdBegun>, Error> {
    let request = signed.json()?;
    Ok(Json(service.begin_identity(signed.caller, request, address).await?))
}

async fn bind_identity(
    State(service): Shared,
    signed: Signed,
) -> Result<Json<IdentityState>, Error> {
    let request = signed.json()?;
    let work = async move { service.bind_identity(signed.caller, request).await };
    Ok(Json(uncancelled(work).await?))
}

async fn unbind_identity(
    State(service): Shared,
    signed: Signed,
) -> Result<Json<IdentityState>, Error> {
    let request = signed.json()?;
    Ok(Json(service.unbind_identity(signed.caller, request).await?))
}

async fn begin_first_password(
    State(service): Shared,
    Extension(Client(address)): Extension<Client>,
    signed: Signed,
) -> Result<Json<OpenIdBegun>, Error> {
    let request = signed.json()?;
    Ok(Json(service.begin_first_password(signed.caller, request, address).await?))
}

async fn set_first_password(
    State(service): Shared,
    signed: Signed,
) -> Result<Json<IdentityState>, Error> {
    let request = signed.json()?;
    let work = async move { service.set_first_password(signed.caller, request).await };
    Ok(Json(uncancelled(work).await?))
}
