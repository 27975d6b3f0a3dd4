//! Policies by HTTP.

use albumen_model::{
    LibraryId, SpaceId,
    auth::{PolicyReply, SpacePolicy},
};
use axum::{
    Json,
    extract::{Path, State},
};

use super::{Shared, signed::Signed};
use crate::{Error, service::uncancelled};

pub(crate) async fn show(
    State(service): Shared,
    Path((library, space)): Path<(LibraryId, SpaceId)>,
    signed: Signed,
) -> Result<Json<PolicyReply>, Error> {
    Ok(Json(service.policy(&signed.caller, library, space).await?))
}

pub(crate) async fn set(
    State(service): Shared,
    Path((library, space)): Path<(LibraryId, SpaceId)>,
    signed: Signed,
) -> Result<Json<PolicyReply>, Error> {
    let wanted: SpacePolicy = signed.json()?;
    let work = async move { service.set_policy(signed.caller, library, space, wanted).await };
    Ok(Json(uncancelled(work).await?))
}
