//! Signing in by the provider, and the identity of an account, by HTTP.

use albumen_model::auth::{IdentityState, OpenIdBegin, OpenIdBegun, OpenIdFinish, SignInReply};
use axum::{
    Extension, Json,
    extract::{Request, State},
};

use super::{Shared, outcome::Client, sign_in::enrolling, signed::Signed};
use crate::{Error, service::uncancelled};

pub(crate) async fn begin(
    State(service): Shared,
    Extension(Client(address)): Extension<Client>,
    request: Request,
) -> Result<Json<OpenIdBegun>, Error> {
    let key = |asked: &OpenIdBegin| asked.public_key.clone();
    let asked = enrolling(&service, request, key).await?;
    Ok(Json(service.begin_openid(asked, address).await?))
}

pub(crate) async fn finish(
    State(service): Shared,
    Extension(Client(address)): Extension<Client>,
    request: Request,
) -> Result<Json<SignInReply>, Error> {
    let key = |asked: &OpenIdFinish| asked.device.public_key.clone();
    let asked = enrolling(&service, request, key).await?;
    let work = async move { service.finish_openid(asked, address).await };
    Ok(Json(uncancelled(work).await?))
}

pub(crate) async fn identity(
    State(service): Shared,
    signed: Signed,
) -> Result<Json<IdentityState>, Error> {
    Ok(Json(service.identity(&signed.caller).await?))
}

pub(crate) async fn begin_identity(
    State(service): Shared,
    Extension(Client(address)): Extension<Client>,
    signed: Signed,
) -> Result<Json<OpenIdBegun>, Error> {
    let request = signed.json()?;
    Ok(Json(service.begin_identity(signed.caller, request, address).await?))
}

pub(crate) async fn bind_identity(
    State(service): Shared,
    signed: Signed,
) -> Result<Json<IdentityState>, Error> {
    let request = signed.json()?;
    let work = async move { service.bind_identity(signed.caller, request).await };
    Ok(Json(uncancelled(work).await?))
}

pub(crate) async fn unbind_identity(
    State(service): Shared,
    signed: Signed,
) -> Result<Json<IdentityState>, Error> {
    let request = signed.json()?;
    Ok(Json(service.unbind_identity(signed.caller, request).await?))
}
