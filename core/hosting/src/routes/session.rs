//! An open upload session: asking after it, renewing its parameters, giving it up (SMH section
//! 7.4).

use albumen_db::Tx;
use albumen_model::{
    ConfirmKey, ConflictStrategy, ErrorCode, RemotePath,
    smh::{UploadPartInfo, UploadState},
};
use albumen_store::data_plane::UploadTarget;
use axum::response::Response;

use super::{ask, begin, no_content, ok, terms};
use crate::{
    data_plane::Terms,
    error::{Error, refuse},
    repository::{
        node,
        upload::{self, State, Upload},
    },
    request::{Ask, Call, Caller},
    rules::grant::Operation,
    service::Service,
};

/// The session of a key, if it is the caller's own. An `admin` may handle everybody's: a back end
/// begins and confirms for its clients (SMH section 3.7).
///
/// # Errors
/// `ConfirmKeyNotFound`, `UploadNotBelongYou`, `UploadFenced`.
pub(super) fn find(tx: &Tx<'_>, caller: &Caller, key: &ConfirmKey) -> Result<Upload, Error> {
    let upload = upload::find(tx, key)?.filter(|upload| upload.state != State::Cancelled);
    own(caller, upload)
}

fn own(caller: &Caller, upload: Option<Upload>) -> Result<Upload, Error> {
    let upload = upload
        .filter(|upload| upload.library == caller.library.id)
        .ok_or(ErrorCode::ConfirmKeyNotFound)?;
    if upload.space != caller.space()?.key {
        return Err(ErrorCode::ConfirmKeyNotFound.into());
    }
    if upload.user_id != caller.user_id && !caller.is_admin() {
        return Err(ErrorCode::UploadNotBelongYou.into());
    }
    if upload.state == State::Fenced {
        let message = "The upload was closed because its device was revoked";
        return Err(refuse(ErrorCode::UploadFenced, message));
    }
    Ok(upload)
}

/// Where the upload will be, or became; `None` when its directory is gone.
pub(super) fn place(
    tx: &Tx<'_>,
    caller: &Caller,
    upload: &Upload,
) -> Result<Option<RemotePath>, Error> {
    if let Some(reply) = &upload.reply {
        return Ok(reply.path.clone());
    }
    let parent = node::path_of(tx, caller.space()?.root, upload.parent)?;
    Ok(parent.and_then(|path| path.join(upload.name.clone()).ok()))
}

/// `GET ...{confirmKey}?upload=1`.
pub(super) async fn state(service: &Service, call: &Call) -> Result<Response, Error> {
    let address = call.address()?;
    let key = address.confirm_key()?;
    let wants_parameters = !call.query.switch("no_upload_part_info");
    let ask = ask(call, &address, Operation::HandleUpload)?;
    let (upload, path) = service
        .read(ask.clone(), move |tx, caller| {
            let upload = find(tx, caller, &key)?;
            let path = place(tx, caller, &upload)?;
            Ok((upload, path))
        })
        .await?;
    let confirmed = upload.state == State::Confirmed;
    let mut state = UploadState {
        confirm_key: Some(upload.confirm_key.clone()),
        available_domain_num: Some(1),
        confirmed,
        path,
        node_type: upload.kind,
        creation_time: upload.begun,
        conflict_resolution_strategy: upload.strategy,
        force: upload.strategy == ConflictStrategy::Overwrite,
        upload_id: upload.multipart_id.clone(),
        parts: None,
        upload_part_info: None,
    };
    if let Some(multipart_id) = upload.multipart_id.clone().filter(|_| !confirmed) {
        state.parts = Some(service.data_plane.parts(&upload).await?);
        if wants_parameters {
            let target = renewed(service, ask, &upload, &Terms::default()).await?;
            let parts = begin::signed_parts(&target);
            state.upload_part_info = Some(UploadPartInfo {
                domain: target.domain,
                path: target.path,
                upload_id: multipart_id,
                parts,
                headers: target.headers,
                expiration: target.expires_at,
            });
        }
    }
    Ok(ok(&state))
}

/// Has the store sign again, and looks at the session once more afterwards: a device revoked while
/// the store was asked must not have its key opened again. A fence is written down before the store
/// hears of it, so that one of the two looks sees it.
pub(super) async fn renewed(
    service: &Service,
    ask: Ask,
    upload: &Upload,
    terms: &Terms,
) -> Result<UploadTarget, Error> {
    let target = service.data_plane.renew(upload, terms).await?;
    let key = upload.confirm_key.clone();
    let still = service.read(ask, move |tx, caller| find(tx, caller, &key)).await;
    if let Err(error) = still {
        service.data_plane.fence(&upload.object_key).await?;
        return Err(error);
    }
    Ok(target)
}

/// `POST ...{confirmKey}?renew=1`: multipart only.
pub(super) async fn renew(service: &Service, call: &Call) -> Result<Response, Error> {
    let address = call.address()?;
    let key = address.confirm_key()?;
    let terms = terms::of(&call.json()?, terms::speed(&call.query)?)?;
    let ask = ask(call, &address, Operation::HandleUpload)?;
    let upload = service
        .read(ask.clone(), move |tx, caller| {
            let upload = find(tx, caller, &key)?;
            if upload.state == State::Confirmed {
                return Err(ErrorCode::UploadComplete.into());
            }
            Ok(upload)
        })
        .await?;
    if upload.multipart_id.is_none() {
        let message = "A simple upload cannot be renewed; begin again";
        return Err(refuse(ErrorCode::NotMultipartUpload, message));
    }
    let target = renewed(service, ask, &upload, &terms).await?;
    Ok(ok(&begin::parameters(service, target, upload.confirm_key)))
}

/// `DELETE ...{confirmKey}?upload=1`. Durable first, then the store is told; if that is cut short,
/// as when the caller goes away meanwhile, the next cancel or the sweeper does it.
pub(super) async fn cancel(service: &Service, call: &Call) -> Result<Response, Error> {
    let address = call.address()?;
    let key = address.confirm_key()?;
    let upload = service
        .write(ask(call, &address, Operation::HandleUpload)?, move |tx, caller, now| {
            let upload = match upload::cut_short(tx, &key)? {
                Some(upload) => own(caller, Some(upload))?,
                None => find(tx, caller, &key)?,
            };
            if upload.state == State::Confirmed {
                return Err(ErrorCode::UploadComplete.into());
            }
            upload::end(tx, &key, State::Cancelled, now)?;
            Ok(upload)
        })
        .await?;
    service.operations.counters.session_cancelled();
    crate::sweep::settle_cancelled(service, &upload).await?;
    Ok(no_content())
}
