//! Beginning an upload: everything that can be refused is refused before a byte is sent (SMH
//! section 7.1).
//!
//! Three steps, as the object store is asked in the middle: look and decide, get a target, write
//! the session. The last lets the caller in again, so that a device revoked in between gets
//! nothing.

use albumen_db::Tx;
use albumen_model::{
    ConfirmKey, ConflictStrategy, ErrorCode, NodeName, RemotePath,
    smh::{BeginUploadRequest, NodeType, UploadParameters},
};
use albumen_store::data_plane::UploadTarget;
use axum::response::Response;

use super::{ask, created, directory, file};
use crate::{
    error::{Error, refuse},
    quota,
    repository::{
        node::{self, Annotations},
        upload::{self, State, Upload},
    },
    request::{Ask, Call, Caller, query::not_understood},
    rules::{
        annotation,
        conflict::Settled,
        grant::Operation,
        kind,
        name::{self, Last},
    },
    secret,
    service::Service,
};

/// Hex digits of the hashes for quick upload.
const HASH_CHARS: usize = 64;

/// How the bytes will come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// In one piece.
    Simple,
    /// In parts.
    Multipart,
}

/// What was found at the first look.
struct Plan {
    parent: i64,
    kind: NodeType,
}

/// Begins an upload; always 201: nothing is known by hash yet, so there is no 200 and no 202
/// (SMH section 26, traps 1, 2 and 40).
pub(super) async fn begin(service: &Service, call: &Call, form: Form) -> Result<Response, Error> {
    let address = call.address()?;
    let path = address.file()?;
    let strategy = call.query.strategy()?.unwrap_or(ConflictStrategy::Rename);
    let content_cas = call.query.get("content_cas").unwrap_or("").to_owned();
    let ask = ask(call, &address, Operation::begin(strategy))?;
    let body: BeginUploadRequest = call.json()?;
    let declared = call.query.number("filesize")?.or(body.size);
    check_hashes(&body)?;
    let notes = notes(call, &body)?;

    let looked_at = (path.clone(), content_cas.clone());
    let caller = service
        .read(ask.clone(), move |tx, caller| {
            plan(tx, caller, &looked_at.0, strategy, &looked_at.1, declared)?;
            Ok(caller.clone())
        })
        .await?;

    let name = path.name().ok_or(ErrorCode::EmptyFileName)?.clone();
    let confirm_key = secret::confirm_key()?;
    let object_key = secret::object_key(&caller.library.id)?;
    let content_type = kind::content_type(&name).to_owned();
    let is_multipart = form == Form::Multipart;
    let plane = &service.data_plane;
    let target = plane.begin(&object_key, &content_type, declared, is_multipart).await?;
    let multipart_id = target.multipart_id.as_ref().map(|id| id.as_str().to_owned());
    let draft = Upload {
        confirm_key: confirm_key.clone(),
        library: caller.library.id.clone(),
        space: caller.space()?.key,
        parent: 0,
        name,
        kind: NodeType::File,
        strategy,
        content_cas,
        user_id: caller.user_id.clone(),
        client_id: caller.client_id.clone(),
        object_key: object_key.clone(),
        multipart_id: multipart_id.clone(),
        content_type,
        size: declared,
        beginning_hash: body.beginning_hash,
        full_hash: body.full_hash,
        annotations: notes,
        state: State::Open,
        begun: service.now(),
        ended: None,
        reply: None,
    };
    if let Err(error) = write_session(service, ask, path, draft).await {
        // Nobody will ever know of the target: give it up. If this fails too, the store's own sweep
        // of sessions that were never finished takes it.
        if let Err(error) = service.data_plane.abort(&object_key, multipart_id.as_deref()).await {
            tracing::warn!(%error, "Upload target not given up");
        }
        return Err(error);
    }
    Ok(created(&parameters(target, confirm_key)))
}

async fn write_session(
    service: &Service,
    ask: Ask,
    path: RemotePath,
    draft: Upload,
) -> Result<(), Error> {
    service
        .write(ask, move |tx, caller, _| {
            let (strategy, cas) = (draft.strategy, &draft.content_cas);
            let plan = plan(tx, caller, &path, strategy, cas, draft.size)?;
            let space = caller.space()?.key;
            upload::insert(tx, &Upload { parent: plan.parent, kind: plan.kind, space, ..draft })
        })
        .await
}

/// The reply of begin and renew.
pub(super) fn parameters(target: UploadTarget, confirm_key: ConfirmKey) -> UploadParameters {
    UploadParameters {
        domain: target.domain,
        path: target.path,
        upload_id: target.multipart_id.map(String::from),
        headers: target.headers,
        // One signature serves every part, so that none needs one of its own.
        parts: None,
        confirm_key,
        expiration: target.expires_at,
        available_domain_num: Some(1),
    }
}

/// Decides whether this upload could be confirmed as things are.
fn plan(
    tx: &Tx<'_>,
    caller: &Caller,
    path: &RemotePath,
    strategy: ConflictStrategy,
    content_cas: &str,
    declared: Option<u64>,
) -> Result<Plan, Error> {
    let mode = caller.mode()?;
    name::check_length(path, Last::File, mode.name_max)?;
    let name: &NodeName = path.name().ok_or(ErrorCode::EmptyFileName)?;
    let above = path.parent().ok_or(ErrorCode::EmptyFileName)?;
    mode.admit_leaf_at(above.depth())?;
    let kind = mode.leaf_type(name)?;
    // File operations never make directories (SMH section 26, trap 8).
    let parent = directory::find(tx, caller, &above)?;
    let taken_by = node::child(tx, parent.id, name)?;
    let settled = file::settle(strategy, content_cas, taken_by.as_ref())?;
    let replaced = taken_by.filter(|_| settled == Settled::Replace);
    // A size that nobody declared is taken as one byte: a full space takes no more.
    let growth = quota::growth(caller, declared.unwrap_or(1), replaced.as_ref());
    quota::check(tx, caller, growth)?;
    Ok(Plan { parent: parent.id, kind })
}

fn notes(call: &Call, body: &BeginUploadRequest) -> Result<Annotations, Error> {
    let notes = Annotations {
        meta: call.meta(),
        labels: body.labels.clone(),
        category: body.category.clone(),
        local_created: body.local_creation_time.clone(),
        local_modified: body.local_modification_time.clone(),
    };
    match annotation::over_limit(&notes) {
        Some(field) => {
            Err(refuse(ErrorCode::ParamInvalid, format!("The value is too long: {field}")))
        }
        None => Ok(notes),
    }
}

fn check_hashes(body: &BeginUploadRequest) -> Result<(), Error> {
    for (name, hash) in [("beginningHash", &body.beginning_hash), ("fullHash", &body.full_hash)] {
        let is_hash =
            |text: &str| text.len() == HASH_CHARS && text.bytes().all(|b| b.is_ascii_hexdigit());
        if hash.as_deref().is_some_and(|text| !text.is_empty() && !is_hash(text)) {
            return Err(not_understood(name));
        }
    }
    Ok(())
}
