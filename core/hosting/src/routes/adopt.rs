//! `POST /albumen/v1/uploads/{confirmKey}/adopt`: a device of the same user goes on with what a
//! revoked one had sent. Once: the old key is worth nothing, before and after; only who adopted may
//! ask again, for the answer may have been lost.
//!
//! What an address that was signed before may still bring on a foreign store cannot become the
//! file: its adopter confirms with the check value of its own bytes.

use albumen_db::Tx;
use albumen_model::{ConfirmKey, ErrorCode, RemotePath, smh::AdoptUpload};
use axum::response::Response;

use super::{begin, ok, session};
use crate::{
    data_plane::Terms,
    error::{Error, refuse},
    repository::{
        adoption,
        upload::{self, State, Upload},
    },
    request::{Ask, Call, Caller, Credentials},
    rules::grant::Operation,
    secret,
    service::Service,
    sweep,
};

/// Answers it.
///
/// # Errors
/// `ConfirmKeyNotFound`, `UploadNotBelongYou`, `UploadFenced` for the revoked device itself,
/// `PathConflict`, `NotMultipartUpload`, `UploadNotFound`, `NoPermission`.
pub(crate) async fn adopt(service: &Service, call: &Call, key: &str) -> Result<Response, Error> {
    let old = ConfirmKey::parse(key).map_err(|_| ErrorCode::ConfirmKeyNotFound)?;
    let AdoptUpload { library_id, space_id, path } = call.needed()?;
    let ask = Ask {
        credentials: Credentials::of(call)?,
        library: library_id,
        space: Some(space_id),
        operation: Operation::HandleUpload,
    };
    let (of, place) = (old.clone(), path.clone());
    let (found, _) =
        service.read(ask.clone(), move |tx, caller| find(tx, caller, &of, &place)).await?;
    if found.state == State::Fenced {
        // The store must know it before anybody is let in again.
        sweep::settle_fenced(service, &found).await?;
    }
    let fresh = secret::confirm_key()?;
    let upload = service
        .write(ask.clone(), move |tx, caller, now| {
            let (found, is_heir) = find(tx, caller, &old, &path)?;
            if is_heir {
                return Ok(found);
            }
            if !adoption::adopt(tx, &old, &fresh, &caller.client_id, now)? {
                return Err(ErrorCode::ConfirmKeyNotFound.into());
            }
            upload::find(tx, &fresh)?.ok_or_else(|| ErrorCode::ConfirmKeyNotFound.into())
        })
        .await?;
    let target = session::renewed(service, ask, &upload, &Terms::default()).await?;
    Ok(ok(&begin::parameters(service, target, upload.confirm_key)))
}

/// The session to adopt, or the one that this device made of it before.
fn find(
    tx: &Tx<'_>,
    caller: &Caller,
    key: &ConfirmKey,
    wanted: &RemotePath,
) -> Result<(Upload, bool), Error> {
    let heir = adoption::heir(tx, key)?;
    let is_heir = heir.is_some();
    let found = match heir {
        Some(heir) => Some(heir)
            .filter(|heir| heir.state == State::Open && heir.client_id == caller.client_id),
        None => upload::find(tx, key)?.filter(|upload| upload.state == State::Fenced),
    };
    let found = found.ok_or(ErrorCode::ConfirmKeyNotFound)?;
    if found.library != caller.library.id || found.space != caller.space()?.key {
        return Err(ErrorCode::ConfirmKeyNotFound.into());
    }
    // Whoever nobody is, is not the same nobody.
    if found.user_id != caller.user_id || found.user_id.as_str().is_empty() {
        return Err(ErrorCode::UploadNotBelongYou.into());
    }
    if !is_heir && found.client_id == caller.client_id {
        let message = "The upload was closed because this very device was revoked";
        return Err(refuse(ErrorCode::UploadFenced, message));
    }
    caller.require(Operation::begin(found.strategy))?;
    if found.multipart_id.is_none() {
        let message = "A simple upload has no parts to go on with; begin again";
        return Err(refuse(ErrorCode::NotMultipartUpload, message));
    }
    if session::place(tx, caller, &found)?.as_ref() != Some(wanted) {
        return Err(refuse(ErrorCode::PathConflict, "The upload was begun for another place"));
    }
    Ok((found, is_heir))
}
