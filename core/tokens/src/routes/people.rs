//! People by HTTP: who is invited, disabled, enabled, removed.

use albumen_model::{
    AccountId, InvitationId,
    auth::{InvitationList, Invited, Person, Registration},
};
use axum::{
    Json,
    extract::{Path, State},
};

use super::{Shared, signed::Signed};
use crate::{Error, service::uncancelled};

pub(crate) async fn invitations(
    State(service): Shared,
    signed: Signed,
) -> Result<Json<InvitationList>, Error> {
    Ok(Json(service.invitations(&signed.caller).await?))
}

pub(crate) async fn invite(State(service): Shared, signed: Signed) -> Result<Json<Invited>, Error> {
    let request = signed.json()?;
    Ok(Json(service.invite(signed.caller, request).await?))
}

pub(crate) async fn withdraw(
    State(service): Shared,
    Path(invitation): Path<InvitationId>,
    signed: Signed,
) -> Result<Json<InvitationList>, Error> {
    Ok(Json(service.withdraw(signed.caller, invitation).await?))
}

pub(crate) async fn registration(
    State(service): Shared,
    signed: Signed,
) -> Result<Json<Registration>, Error> {
    Ok(Json(service.registration(&signed.caller).await?))
}

pub(crate) async fn set_registration(
    State(service): Shared,
    signed: Signed,
) -> Result<Json<Registration>, Error> {
    let wanted = signed.json()?;
    Ok(Json(service.set_registration(signed.caller, wanted).await?))
}

pub(crate) async fn disable(
    State(service): Shared,
    Path(account): Path<AccountId>,
    signed: Signed,
) -> Result<Json<Person>, Error> {
    let work = async move { service.disable(signed.caller, account).await };
    Ok(Json(uncancelled(work).await?))
}

pub(crate) async fn enable(
    State(service): Shared,
    Path(account): Path<AccountId>,
    signed: Signed,
) -> Result<Json<Person>, Error> {
    Ok(Json(service.enable(signed.caller, account).await?))
}

pub(crate) async fn remove(
    State(service): Shared,
    Path(account): Path<AccountId>,
    signed: Signed,
) -> Result<Json<Person>, Error> {
    Ok(Json(uncancelled(service.remove(signed.caller, account)).await?))
}
