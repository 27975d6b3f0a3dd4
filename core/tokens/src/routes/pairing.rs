//! Pairing by HTTP: the device that made a code, and the one that brings it.

use albumen_model::{
    ErrorCode, PairingId,
    auth::{PairOutcome, PairReply, PairRequest, PairingOffer, PairingRecord},
};
use axum::{
    Extension, Json,
    extract::{Path, Request, State},
};

use super::{
    Shared,
    outcome::Client,
    signed::{ENROLLING, Envelope, Signed, json, read_body},
};
use crate::{Error, nonce::By, service::uncancelled};

pub(crate) async fn begin(
    State(service): Shared,
    signed: Signed,
) -> Result<Json<PairingOffer>, Error> {
    Ok(Json(service.begin_pairing(signed.caller).await?))
}

pub(crate) async fn look(
    State(service): Shared,
    Path(pairing): Path<PairingId>,
    signed: Signed,
) -> Result<Json<PairingRecord>, Error> {
    Ok(Json(service.pairing(signed.caller, pairing).await?))
}

pub(crate) async fn approve(
    State(service): Shared,
    Path(pairing): Path<PairingId>,
    signed: Signed,
) -> Result<Json<PairingRecord>, Error> {
    let work = async move { service.approve_pairing(signed.caller, pairing).await };
    Ok(Json(uncancelled(work).await?))
}

pub(crate) async fn refuse(
    State(service): Shared,
    Path(pairing): Path<PairingId>,
    signed: Signed,
) -> Result<Json<PairingRecord>, Error> {
    Ok(Json(service.refuse_pairing(signed.caller, pairing).await?))
}

/// Signed by the key it brings, which proves that the device holds it.
pub(crate) async fn pair(
    State(service): Shared,
    Extension(Client(address)): Extension<Client>,
    request: Request,
) -> Result<Json<PairReply>, Error> {
    let (parts, body) = request.into_parts();
    let body = read_body(&parts.headers, body).await?;
    let asked: PairRequest = json(&body)?;
    let envelope = Envelope::read(&parts)?;
    if envelope.key_id != ENROLLING {
        return Err(not_by_its_key());
    }
    envelope.verify(&service, &parts, &body, &asked.device.public_key, By::Stranger)?;
    let work = async move { service.pair(asked, address).await };
    Ok(Json(uncancelled(work).await?))
}

/// Signed by the key that used the code: nobody else learns how it stands.
pub(crate) async fn wait(
    State(service): Shared,
    Path(pairing): Path<PairingId>,
    request: Request,
) -> Result<Json<PairOutcome>, Error> {
    let (parts, body) = request.into_parts();
    let body = read_body(&parts.headers, body).await?;
    let envelope = Envelope::read(&parts)?;
    if envelope.key_id != pairing.as_str() {
        return Err(not_by_its_key());
    }
    let key = service.pairing_key(pairing.clone()).await?;
    envelope.verify(&service, &parts, &body, &key, By::Stranger)?;
    Ok(Json(service.wait_for_pairing(pairing).await?))
}

const fn not_by_its_key() -> Error {
    Error::refused(ErrorCode::SignatureInvalid, "Pairing is signed by the new key")
}
