//! Devices and their tokens by HTTP.

use albumen_model::{
    DeviceId,
    auth::{DeviceList, DeviceRecord, DeviceTokenReply, DeviceTokenRequest, RevocationReceipt},
};
use axum::{
    Json,
    extract::{Path, State},
};

use super::{Shared, signed::Signed};
use crate::{Error, service::uncancelled};

pub(crate) async fn token(
    State(service): Shared,
    signed: Signed,
) -> Result<Json<DeviceTokenReply>, Error> {
    let request: DeviceTokenRequest = signed.json()?;
    let work = async move { service.mint(signed.caller, request).await };
    Ok(Json(uncancelled(work).await?))
}

pub(crate) async fn list(
    State(service): Shared,
    signed: Signed,
) -> Result<Json<DeviceList>, Error> {
    Ok(Json(service.devices(&signed.caller).await?))
}

pub(crate) async fn report(
    State(service): Shared,
    signed: Signed,
) -> Result<Json<DeviceRecord>, Error> {
    let report = signed.json()?;
    Ok(Json(service.report(signed.caller, report).await?))
}

pub(crate) async fn rename(
    State(service): Shared,
    Path(device): Path<DeviceId>,
    signed: Signed,
) -> Result<Json<DeviceRecord>, Error> {
    let rename = signed.json()?;
    Ok(Json(service.rename_device(signed.caller, device, rename).await?))
}

pub(crate) async fn revoke(
    State(service): Shared,
    Path(device): Path<DeviceId>,
    signed: Signed,
) -> Result<Json<RevocationReceipt>, Error> {
    Ok(Json(uncancelled(service.revoke(signed.caller, device)).await?))
}

pub(crate) async fn receipt(
    State(service): Shared,
    Path(device): Path<DeviceId>,
    signed: Signed,
) -> Result<Json<RevocationReceipt>, Error> {
    Ok(Json(service.receipt(&signed.caller, device).await?))
}
