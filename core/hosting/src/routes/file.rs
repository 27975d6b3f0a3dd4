//! `/api/v1/file`: finds out which of the operations on this route is asked for, and deletes
//! (SMH sections 7 to 9).

use albumen_db::Tx;
use albumen_model::{ConflictStrategy, ErrorCode};
use axum::response::{IntoResponse, Response};
use http::Method;

use super::{ask, begin, begin::Form, confirm, directory, download, not_found, session};
use crate::{
    error::{Error, refuse},
    repository::node::{self, Node},
    request::{Call, Caller},
    rules::{
        conflict::{self, Occupant},
        grant::Operation,
    },
    secret,
    service::Service,
};

/// Body keys that make a PUT another operation than an upload.
const OTHER_PUTS: &[&str] = &["from", "copyFrom", "linkTo", "fromTemplate"];
/// Flags of operations that this service does not offer yet.
const OTHER_FLAGS: &[&str] = &[
    "virtual_file",
    "convert",
    "preview",
    "zip-preview",
    "uncompress",
    "transcode",
    "live_transcode",
];

/// Answers a request about files.
pub(super) async fn serve(service: &Service, call: &Call) -> Result<Response, Error> {
    let flag = |name: &str| call.query.flag(name);
    if OTHER_FLAGS.iter().any(|name| flag(name)) {
        return Err(not_found());
    }
    match call.method {
        Method::GET if flag("upload") => session::state(service, call).await,
        Method::GET if flag("info") => download::info(service, call).await,
        Method::GET => download::redirect(service, call).await,
        Method::HEAD => download::exists(service, call).await,
        Method::PUT if call.has_body_key(OTHER_PUTS)? => Err(not_found()),
        Method::PUT => begin::begin(service, call, Form::Simple).await,
        Method::POST if flag("confirm") => confirm::confirm(service, call).await,
        Method::POST if flag("renew") => session::renew(service, call).await,
        Method::POST if flag("multipart") => begin::begin(service, call, Form::Multipart).await,
        Method::POST => {
            let message = "Upload by form is not offered; use a simple upload";
            Err(refuse(ErrorCode::FunctionNotEnabled, message))
        }
        Method::DELETE if flag("upload") => session::cancel(service, call).await,
        Method::DELETE => delete(service, call).await,
        _ => Err(not_found()),
    }
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

/// The content stamp of a leaf; empty for what has no content.
pub(super) fn stamp(node: &Node) -> String {
    let content = node.content.as_ref();
    content.map(|content| secret::content_cas(&content.object_key)).unwrap_or_default()
}

/// What an upload of this name would do, given what has the name now.
pub(super) fn settle(
    strategy: ConflictStrategy,
    content_cas: &str,
    taken_by: Option<&Node>,
) -> Result<conflict::Settled, ErrorCode> {
    let stamp = taken_by.map(stamp).unwrap_or_default();
    let occupant = taken_by.map(|node| match node.is_dir() {
        true => Occupant::Directory,
        false => Occupant::File { content_cas: &stamp },
    });
    conflict::settle_file(strategy, content_cas, occupant)
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
