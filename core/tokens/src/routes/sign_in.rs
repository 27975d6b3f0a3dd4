//! Signing in. The request is signed by the key it brings, which proves that the device holds it.

use albumen_model::auth::{SignInReply, SignInRequest};
use axum::{
    Extension, Json,
    extract::{Request, State},
};

use super::{
    Shared,
    outcome::Client,
    signed::{ENROLLING, Envelope, json, read_body},
};
use crate::{Error, service::uncancelled};

pub(crate) async fn sign_in(
    State(service): Shared,
    Extension(Client(address)): Extension<Client>,
    request: Request,
) -> Result<Json<SignInReply>, Error> {
    let (parts, body) = request.into_parts();
    let body = read_body(&parts.headers, body).await?;
    let asked: SignInRequest = json(&body)?;
    let envelope = Envelope::read(&parts)?;
    if envelope.key_id != ENROLLING {
        let code = albumen_model::ErrorCode::SignatureInvalid;
        return Err(Error::refused(code, "A sign-in is signed by the new key"));
    }
    envelope.verify(&service, &parts, &body, &asked.device.public_key)?;
    let work = async move { service.sign_in(asked, address).await };
    Ok(Json(uncancelled(work).await?))
}
