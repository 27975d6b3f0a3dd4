//! Libraries and spaces by HTTP.

use albumen_model::{
    LibraryId, SpaceId,
    auth::{
        AdoptForeignLibrary, CreateLibrary, CreateSpace, LibrariesReply, LibraryRemoval,
        LibraryView, RotationReceipt, SpaceView,
    },
};
use axum::{
    Json,
    extract::{Path, State},
};

use super::{Shared, signed::Signed};
use crate::{Error, service::uncancelled};

pub(crate) async fn list(
    State(service): Shared,
    signed: Signed,
) -> Result<Json<LibrariesReply>, Error> {
    Ok(Json(service.libraries(&signed.caller).await?))
}

pub(crate) async fn create(
    State(service): Shared,
    signed: Signed,
) -> Result<Json<LibraryView>, Error> {
    let request: CreateLibrary = signed.json()?;
    let work = async move { service.create_library_for(&signed.caller, request).await };
    Ok(Json(uncancelled(work).await?))
}

pub(crate) async fn adopt(
    State(service): Shared,
    signed: Signed,
) -> Result<Json<LibraryView>, Error> {
    let request: AdoptForeignLibrary = signed.json()?;
    let work = async move { service.adopt_foreign(&signed.caller, request).await };
    Ok(Json(uncancelled(work).await?))
}

pub(crate) async fn remove(
    State(service): Shared,
    Path(library): Path<LibraryId>,
    signed: Signed,
) -> Result<Json<LibraryRemoval>, Error> {
    Ok(Json(uncancelled(service.remove_library(signed.caller, library)).await?))
}

pub(crate) async fn rename(
    State(service): Shared,
    Path(library): Path<LibraryId>,
    signed: Signed,
) -> Result<Json<LibraryView>, Error> {
    let rename = signed.json()?;
    Ok(Json(service.rename_library(signed.caller, library, rename).await?))
}

pub(crate) async fn set_authority(
    State(service): Shared,
    Path(library): Path<LibraryId>,
    signed: Signed,
) -> Result<Json<LibraryView>, Error> {
    let authority = signed.json()?;
    let work = async move { service.set_authority(signed.caller, library, authority).await };
    Ok(Json(uncancelled(work).await?))
}

pub(crate) async fn create_space(
    State(service): Shared,
    Path(library): Path<LibraryId>,
    signed: Signed,
) -> Result<Json<SpaceView>, Error> {
    let request: CreateSpace = signed.json()?;
    let work = async move { service.create_space(signed.caller, library, request).await };
    Ok(Json(uncancelled(work).await?))
}

pub(crate) async fn rename_space(
    State(service): Shared,
    Path((library, space)): Path<(LibraryId, SpaceId)>,
    signed: Signed,
) -> Result<Json<SpaceView>, Error> {
    let rename = signed.json()?;
    Ok(Json(service.rename_space(signed.caller, library, space, rename).await?))
}

pub(crate) async fn rotate(
    State(service): Shared,
    Path(library): Path<LibraryId>,
    signed: Signed,
) -> Result<Json<RotationReceipt>, Error> {
    Ok(Json(uncancelled(service.rotate_secret(signed.caller, library)).await?))
}

pub(crate) async fn rotation(
    State(service): Shared,
    Path(library): Path<LibraryId>,
    signed: Signed,
) -> Result<Json<RotationReceipt>, Error> {
    Ok(Json(service.rotation_of(&signed.caller, library).await?))
}
