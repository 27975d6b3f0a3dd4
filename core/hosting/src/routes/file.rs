//! `/api/v1/file`: finds out which of the operations on this route is asked for, and deletes
//! (SMH sections 7 to 9).

use albumen_db::Tx;
use albumen_model::{ConflictStrategy, ErrorCode};
use axum::response::{IntoResponse, Response};
use http::Method;

use super::{
    ask, begin, confirm, directory, download, left_out, made, not_found, preview, session, transfer,
};
use crate::{
    data_plane::Form,
    error::Error,
    operate,
    repository::node::{self, Node},
    request::{Call, Caller},
    rules::{conflict::Settled, grant::Operation},
    service::Service,
};

pub(super) use crate::operate::stamp;

/// Answers a request about files.
pub(super) async fn serve(service: &Service, call: &Call) -> Result<Response, Error> {
    match call.method {
        Method::GET | Method::HEAD => read(service, call).await,
        Method::PUT => put(service, call).await,
        Method::POST => post(service, call).await,
        Method::DELETE if call.query.flag("upload") => session::cancel(service, call).await,
        Method::DELETE => delete(service, call).await,
        _ => Err(not_found()),
    }
}

async fn read(service: &Service, call: &Call) -> Result<Response, Error> {
    let flag = |name: &str| call.query.flag(name);
    match call.method {
        Method::HEAD => download::exists(service, call).await,
        _ if flag("upload") => session::state(service, call).await,
        _ if flag("info") => download::info(service, call).await,
        _ if flag("zip-preview") => archive(service, call, Operation::OpenFile).await,
        _ if flag("preview") => preview::file(service, call).await,
        _ => download::redirect(service, call).await,
    }
}

/// Flags first, then body keys (SMH section 9).
async fn put(service: &Service, call: &Call) -> Result<Response, Error> {
    if call.query.flag("virtual_file") {
        return made::virtual_file(service, call).await;
    }
    if call.query.flag("convert") {
        let code = ErrorCode::FunctionNotEnabled;
        return left_out::of_space(service, call, Operation::OpenFile, code).await;
    }
    if call.has_body_key(&["from"])? {
        transfer::move_file(service, call).await
    } else if call.has_body_key(&["copyFrom"])? {
        transfer::copy_file(service, call).await
    } else if call.has_body_key(&["linkTo"])? {
        made::link(service, call).await
    } else if call.has_body_key(&["fromTemplate"])? {
        made::from_template(service, call).await
    } else {
        begin::begin(service, call, Form::Simple).await
    }
}

async fn post(service: &Service, call: &Call) -> Result<Response, Error> {
    let flag = |name: &str| call.query.flag(name);
    if flag("uncompress") {
        return archive(service, call, Operation::Unpack).await;
    }
    if flag("confirm") {
        confirm::confirm(service, call).await
    } else if flag("renew") {
        session::renew(service, call).await
    } else if flag("multipart") {
        begin::begin(service, call, Form::Multipart).await
    } else {
        begin::begin(service, call, Form::Page).await
    }
}

/// Archives are not opened here (SMH section 20).
async fn archive(service: &Service, call: &Call, operation: Operation) -> Result<Response, Error> {
    left_out::of_space(service, call, operation, ErrorCode::FileUncompressNotAllowed).await
}

/// The file at a path of the caller's space.
///
/// # Errors
/// `FileNotFound`.
pub(super) fn find(
    tx: &Tx<'_>,
    caller: &Caller,
    path: &albumen_model::RemotePath,
) -> Result<Node, Error> {
    node::resolve(tx, caller.space()?.root, path)?
        .filter(|node| !node.is_dir())
        .ok_or_else(|| ErrorCode::FileNotFound.into())
}

/// What an upload of this name would do, given what has the name now.
pub(super) fn settle(
    strategy: ConflictStrategy,
    content_cas: &str,
    taken_by: Option<&Node>,
) -> Result<Settled, ErrorCode> {
    operate::settle(strategy, content_cas, taken_by, false)
}

async fn delete(service: &Service, call: &Call) -> Result<Response, Error> {
    let address = call.address()?;
    let path = address.file()?;
    let permanent = call.query.switch("permanent");
    let wanted = call.query.get("content_cas").unwrap_or("").to_owned();
    let item = service
        .write(ask(call, &address, Operation::ReadWithToken)?, move |tx, caller, now| {
            let past_bin = caller.library.settings.use_recycle_bin && permanent;
            caller.require(Operation::DeleteFile { permanent: past_bin })?;
            let file = find(tx, caller, &path)?;
            if !wanted.is_empty() && wanted != stamp(&file) {
                return Err(ErrorCode::ContentCasConflict.into());
            }
            directory::remove(tx, caller, &file, &path, permanent, now)
        })
        .await?;
    Ok(directory::removed(item).into_response())
}
