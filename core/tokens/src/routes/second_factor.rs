//! Second factors by HTTP.

use albumen_model::{
    AccountId,
    auth::{Person, SecondFactorBegun, SecondFactorOn, SecondFactorState},
};
use axum::{
    Json,
    extract::{Path, State},
};

use super::{Shared, signed::Signed};
use crate::Error;

pub(crate) async fn state(
    State(service): Shared,
    signed: Signed,
) -> Result<Json<SecondFactorState>, Error> {
    Ok(Json(service.second_factor_state(&signed.caller).await?))
}

pub(crate) async fn begin(
    State(service): Shared,
    signed: Signed,
) -> Result<Json<SecondFactorBegun>, Error> {
    let request = signed.json()?;
    Ok(Json(service.begin_second_factor(signed.caller, request).await?))
}

pub(crate) async fn confirm(
    State(service): Shared,
    signed: Signed,
) -> Result<Json<SecondFactorOn>, Error> {
    let request = signed.json()?;
    Ok(Json(service.confirm_second_factor(signed.caller, request).await?))
}

pub(crate) async fn end(
    State(service): Shared,
    signed: Signed,
) -> Result<Json<SecondFactorState>, Error> {
    let request = signed.json()?;
    Ok(Json(service.end_second_factor(signed.caller, request).await?))
}

pub(crate) async fn reset(
    State(service): Shared,
    Path(account): Path<AccountId>,
    signed: Signed,
) -> Result<Json<Person>, Error> {
    Ok(Json(service.reset_second_factor(signed.caller, account).await?))
}
