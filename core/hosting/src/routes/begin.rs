//! Beginning an upload: what is asked for, whether it can become a file, and how the answer reads
//! (SMH section 7.1). Everything that can be refused is refused before a byte is sent. Opening the
//! session is the matter of `opening`.

use std::collections::BTreeMap;

use albumen_db::Tx;
use albumen_model::{
    ConfirmKey, ConflictStrategy, ErrorCode, NodeName, RemotePath,
    smh::{BatchBegin, BeginUploadRequest, ConfirmedFile, NodeType, SignedPart, UploadParameters},
};
use albumen_store::data_plane::UploadTarget;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::{
    ask, created, directory, file,
    item::{Shown, trimmed},
    made::within_limits,
    ok, opening, terms,
};
use crate::{
    data_plane::{Form, Terms},
    error::Error,
    quota,
    repository::node::{self, Annotations},
    request::{Call, Caller},
    rules::{
        conflict::Settled,
        grant::Operation,
        hash::Claim,
        name::{self, Last},
    },
    service::Service,
};

/// What a request wants to upload, read but not judged.
#[derive(Clone)]
pub(super) struct Wish {
    pub(super) path: RemotePath,
    pub(super) strategy: ConflictStrategy,
    pub(super) content_cas: String,
    pub(super) declared: Option<u64>,
    pub(super) claim: Claim,
    pub(super) notes: Annotations,
    pub(super) form: Form,
    pub(super) terms: Terms,
}

impl Wish {
    fn of(call: &Call, form: Form, path: RemotePath) -> Result<Self, Error> {
        let body: BeginUploadRequest = call.json()?;
        let declared = call.query.number("filesize")?.or(body.size);
        Ok(Self {
            strategy: call.query.strategy()?.unwrap_or(ConflictStrategy::Rename),
            content_cas: call.query.get("content_cas").unwrap_or("").to_owned(),
            claim: claim(&body, declared)?,
            notes: notes(call.meta(), &body)?,
            terms: terms::of(&body, terms::speed(&call.query)?)?,
            path,
            declared,
            form,
        })
    }

    /// One of a batch.
    ///
    /// # Errors
    /// As for a begin by itself.
    pub(super) fn of_item(item: BatchBegin) -> Result<Self, Error> {
        let BatchBegin { path, multipart, upload: body, .. } = item;
        if path.is_root() {
            return Err(ErrorCode::EmptyFileName.into());
        }
        Ok(Self {
            strategy: item.conflict_resolution_strategy.unwrap_or(ConflictStrategy::Rename),
            content_cas: item.content_cas.unwrap_or_default(),
            claim: claim(&body, body.size)?,
            notes: notes(None, &body)?,
            terms: terms::of(&body, None)?,
            path,
            declared: body.size,
            form: if multipart { Form::Multipart } else { Form::Simple },
        })
    }

    pub(super) fn name(&self) -> Result<&NodeName, Error> {
        self.path.name().ok_or_else(|| ErrorCode::EmptyFileName.into())
    }
}

/// What was found at the first look.
pub(super) struct Plan {
    pub(super) parent: i64,
    pub(super) kind: NodeType,
}

/// What a begin leads to.
pub(super) enum Begun {
    /// The bytes have to be sent so.
    Send(Box<UploadParameters>),
    /// Content that begins so is there: the hash of the whole would tell.
    WantsWhole,
    /// The content was there and is a file now: nothing needs to be sent.
    There(Box<ConfirmedFile>),
}

/// Begins an upload: 201 with parameters; 202 when the hash of the whole would help; 200 when it
/// was told and the content is there (SMH section 26, traps 1, 2 and 40).
pub(super) async fn begin(service: &Service, call: &Call, form: Form) -> Result<Response, Error> {
    let address = call.address()?;
    let wish = Wish::of(call, form, address.file()?)?;
    let ask = ask(call, &address, Operation::begin(wish.strategy))?;
    Ok(match opening::one(service, &ask, wish).await? {
        Begun::Send(parameters) => created(&parameters),
        Begun::WantsWhole => StatusCode::ACCEPTED.into_response(),
        Begun::There(file) => ok(&trimmed(*file, Shown::of(&call.query))),
    })
}

/// The reply of begin and renew.
pub(super) fn parameters(
    service: &Service,
    target: UploadTarget,
    confirm_key: ConfirmKey,
) -> UploadParameters {
    let parts = signed_parts(&target);
    UploadParameters {
        domain: target.domain,
        path: target.path,
        upload_id: target.multipart_id.map(String::from),
        headers: target.headers,
        parts,
        form: target.form,
        data_scheme: (target.scheme != service.data_scheme).then_some(target.scheme),
        confirm_key,
        expiration: target.expires_at,
        available_domain_num: Some(1),
    }
}

/// The parts of a target by their numbers' texts.
pub(super) fn signed_parts(target: &UploadTarget) -> Option<BTreeMap<String, SignedPart>> {
    let parts = target.parts.as_ref()?.iter();
    Some(parts.map(|(number, part)| (number.to_string(), part.clone())).collect())
}

/// Decides whether this upload could be confirmed as things are.
pub(super) fn plan(tx: &Tx<'_>, caller: &Caller, wish: &Wish) -> Result<Plan, Error> {
    let mode = caller.mode()?;
    name::check_length(&wish.path, Last::File, mode.name_max)?;
    let name = wish.name()?;
    let above = wish.path.parent().ok_or(ErrorCode::EmptyFileName)?;
    mode.admit_leaf_at(above.depth())?;
    let kind = mode.leaf_type(name)?;
    // File operations never make directories (SMH section 26, trap 8).
    let parent = directory::find(tx, caller, &above)?;
    let taken_by = node::child(tx, parent.id, name)?;
    let settled = file::settle(wish.strategy, &wish.content_cas, taken_by.as_ref())?;
    let replaced = taken_by.filter(|_| settled == Settled::Replace);
    // A size that nobody declared is taken as one byte: a full space takes no more.
    let growth = quota::growth(caller, wish.declared.unwrap_or(1), replaced.as_ref());
    quota::check(tx, caller, growth)?;
    Ok(Plan { parent: parent.id, kind })
}

fn claim(body: &BeginUploadRequest, declared: Option<u64>) -> Result<Claim, Error> {
    let hashes = (body.beginning_hash.as_deref(), body.full_hash.as_deref());
    Claim::read(hashes.0, hashes.1, body.size.or(declared))
}

fn notes(
    meta: Option<BTreeMap<String, String>>,
    body: &BeginUploadRequest,
) -> Result<Annotations, Error> {
    within_limits(Annotations {
        meta,
        labels: body.labels.clone(),
        category: body.category.clone(),
        local_created: body.local_creation_time.clone(),
        local_modified: body.local_modification_time.clone(),
    })
}
