//! Devices and their tokens by HTTP.

use albumen_model::{
    AccountId, DeviceId,
    auth::{
        DeviceList, DeviceRecord, DeviceTokenReply, DeviceTokenRequest, OwnRevocation,
        RevocationKind, RevocationReceipt, RevocationReceipts, RevokeRequest,
    },
};
use axum::{
    Json,
    extract::{Path, State},
};

use super::{
    Shared,
    signed::{Signed, SignedEvenRevoked},
};
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
    let kind = kind(&signed)?;
    Ok(Json(uncancelled(service.revoke(signed.caller, device, kind)).await?))
}

pub(crate) async fn revoke_others(
    State(service): Shared,
    signed: Signed,
) -> Result<Json<RevocationReceipts>, Error> {
    let kind = kind(&signed)?;
    Ok(Json(uncancelled(service.revoke_others(signed.caller, kind)).await?))
}

pub(crate) async fn revoke_account(
    State(service): Shared,
    Path(account): Path<AccountId>,
    signed: Signed,
) -> Result<Json<RevocationReceipts>, Error> {
    let kind = kind(&signed)?;
    Ok(Json(uncancelled(service.revoke_account(signed.caller, account, kind)).await?))
}

/// Without a body, as older clients send it, a device is signed out.
fn kind(signed: &Signed) -> Result<RevocationKind, Error> {
    if signed.body.is_empty() {
        return Ok(RevocationKind::default());
    }
    Ok(signed.json::<RevokeRequest>()?.kind)
}

pub(crate) async fn allow(
    State(service): Shared,
    Path(device): Path<DeviceId>,
    signed: Signed,
) -> Result<Json<RevocationReceipt>, Error> {
    Ok(Json(service.allow_again(signed.caller, device).await?))
}

pub(crate) async fn own_revocation(
    State(service): Shared,
    SignedEvenRevoked(signed): SignedEvenRevoked,
) -> Result<Json<OwnRevocation>, Error> {
    Ok(Json(service.own_revocation(signed.caller.device_id).await?))
}

pub(crate) async fn note_copies(
    State(service): Shared,
    SignedEvenRevoked(signed): SignedEvenRevoked,
) -> Result<Json<OwnRevocation>, Error> {
    let did = signed.json()?;
    Ok(Json(service.note_copies(signed.caller.device_id, did).await?))
}

pub(crate) async fn receipt(
    State(service): Shared,
    Path(device): Path<DeviceId>,
    signed: Signed,
) -> Result<Json<RevocationReceipt>, Error> {
    Ok(Json(service.receipt(&signed.caller, device).await?))
}
