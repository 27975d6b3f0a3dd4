//! Accounts by HTTP.

use albumen_model::{
    AccountId,
    auth::{AccountList, AccountRecord},
};
use axum::{
    Json,
    extract::{Path, State},
};

use super::{Shared, signed::Signed};
use crate::Error;

pub(crate) async fn me(signed: Signed) -> Json<AccountRecord> {
    Json(signed.caller.account)
}

pub(crate) async fn list(
    State(service): Shared,
    signed: Signed,
) -> Result<Json<AccountList>, Error> {
    Ok(Json(service.accounts(&signed.caller).await?))
}

pub(crate) async fn create(
    State(service): Shared,
    signed: Signed,
) -> Result<Json<AccountRecord>, Error> {
    let request = signed.json()?;
    Ok(Json(service.create_account(signed.caller, request).await?))
}

pub(crate) async fn change_role(
    State(service): Shared,
    Path(account): Path<AccountId>,
    signed: Signed,
) -> Result<Json<AccountRecord>, Error> {
    let change = signed.json()?;
    Ok(Json(service.change_role(signed.caller, account, change).await?))
}

pub(crate) async fn change_password(
    State(service): Shared,
    signed: Signed,
) -> Result<Json<AccountRecord>, Error> {
    let change = signed.json()?;
    Ok(Json(service.change_password(signed.caller, change).await?))
}
