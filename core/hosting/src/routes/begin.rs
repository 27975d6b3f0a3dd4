//! Beginning an upload: everything that can be refused is refused before a byte is sent (SMH
//! section 7.1).
//!
//! Three steps, as the object store is asked in the middle: look and decide, get a target, write
//! the session. The last lets the caller in again, so that a device revoked in between gets
//! nothing.

use albumen_db::Tx;
use albumen_model::{
    ConfirmKey, ConflictStrategy, ErrorCode, NodeName, RemotePath, Timestamp,
    smh::{BeginUploadRequest, NodeType, SignedPart, UploadParameters},
};
use albumen_store::data_plane::{SIGNED_SECONDS, UploadTarget};
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::{ask, created, directory, file, quick, terms};
use crate::{
    data_plane::{Form, Terms},
    error::{Error, refuse},
    quota,
    repository::{
        node::{self, Annotations},
        upload::{self, State, Upload},
    },
    request::{Ask, Call, Caller},
    rules::{
        annotation,
        conflict::Settled,
        grant::Operation,
        hash::Claim,
        kind,
        name::{self, Last},
    },
    secret,
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
    form: Form,
}

impl Wish {
    fn of(call: &Call, form: Form, path: RemotePath) -> Result<Self, Error> {
        let body: BeginUploadRequest = call.json()?;
        let declared = call.query.number("filesize")?.or(body.size);
        let hashes = (body.beginning_hash.as_deref(), body.full_hash.as_deref());
        Ok(Self {
            path,
            strategy: call.query.strategy()?.unwrap_or(ConflictStrategy::Rename),
            content_cas: call.query.get("content_cas").unwrap_or("").to_owned(),
            declared,
            claim: Claim::read(hashes.0, hashes.1, body.size.or(declared))?,
            notes: notes(call, &body)?,
            form,
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

/// Where the first look leads.
enum Look {
    /// The content is there: nothing needs to be sent.
    Known,
    /// Content that begins so is there: the hash of the whole would tell.
    Beginning,
    /// It has to be sent; by a session of before, if it may go on.
    Send(Box<Caller>, Option<Box<Upload>>),
}

/// Begins an upload: 201 with parameters; 202 when the hash of the whole would help; 200 when it
/// was told and the content is there (SMH section 26, traps 1, 2 and 40).
pub(super) async fn begin(service: &Service, call: &Call, form: Form) -> Result<Response, Error> {
    let address = call.address()?;
    let wish = Wish::of(call, form, address.file()?)?;
    let terms = terms::of(call)?;
    let ask = ask(call, &address, Operation::begin(wish.strategy))?;
    let (looking, now) = (wish.clone(), service.now());
    let look = service.read(ask.clone(), move |tx, caller| look(tx, caller, &looking, now)).await?;
    match look {
        Look::Beginning => Ok(StatusCode::ACCEPTED.into_response()),
        Look::Known => match quick::take(service, call, ask.clone(), wish.clone()).await? {
            Some(reply) => Ok(reply),
            // It went away a moment ago.
            None => {
                let caller = service.read(ask.clone(), |_, caller| Ok(caller.clone())).await?;
                send(service, ask, wish, &terms, (caller, None)).await
            }
        },
        Look::Send(caller, earlier) => {
            send(service, ask, wish, &terms, (*caller, earlier.map(|earlier| *earlier))).await
        }
    }
}

fn look(tx: &Tx<'_>, caller: &Caller, wish: &Wish, now: Timestamp) -> Result<Look, Error> {
    let plan = plan(tx, caller, wish)?;
    match quick::known(tx, caller, wish)? {
        quick::Known::Whole(_) => return Ok(Look::Known),
        quick::Known::Beginning => return Ok(Look::Beginning),
        quick::Known::Nothing => {}
    }
    let draft = draft(caller, wish, plan, Keys::default(), now)?;
    let expired_before = now.plus_seconds(-SIGNED_SECONDS);
    let earlier = match wish.form {
        Form::Multipart => None,
        Form::Simple | Form::Page => upload::to_go_on_with(tx, &draft, expired_before)?,
    };
    Ok(Look::Send(Box::new(caller.clone()), earlier.map(Box::new)))
}

/// What names a session and its object.
#[derive(Default)]
struct Keys {
    confirm: Option<ConfirmKey>,
    object: String,
    multipart: Option<String>,
}

/// Opens a target and writes the session that it belongs to.
async fn send(
    service: &Service,
    ask: Ask,
    wish: Wish,
    terms: &Terms,
    (caller, earlier): (Caller, Option<Upload>),
) -> Result<Response, Error> {
    let content_type = kind::content_type(wish.name()?).to_owned();
    let plane = &service.data_plane;
    let (confirm, object, goes_on) = match earlier {
        Some(earlier) => {
            // What the older parameters may still be sending must not come after the new bytes.
            plane.fence(&earlier.object_key).await?;
            (earlier.confirm_key, earlier.object_key, true)
        }
        None => {
            let object = secret::object_key(&caller.library.id, &caller.library.settings.back_end)?;
            (secret::confirm_key()?, object, false)
        }
    };
    let target = plane.begin(&object, &content_type, wish.declared, wish.form, terms).await?;
    let multipart = target.multipart_id.as_ref().map(|id| id.as_str().to_owned());
    let keys = Keys {
        confirm: Some(confirm.clone()),
        object: object.clone(),
        multipart: multipart.clone(),
    };
    let written = service.write(ask, move |tx, caller, now| {
        let plan = plan(tx, caller, &wish)?;
        let draft = draft(caller, &wish, plan, keys, now)?;
        match goes_on {
            true => upload::go_on_with(tx, &draft),
            false => upload::insert(tx, &draft),
        }
    });
    if let Err(error) = written.await {
        // Nobody will ever know of the target: give it up. If this fails too, the store's own sweep
        // of sessions that were never finished takes it.
        let given_up = match goes_on {
            true => plane.fence(&object).await.map(drop),
            false => plane.abort(&object, multipart.as_deref()).await,
        };
        if let Err(error) = given_up {
            tracing::warn!(%error, "Upload target not given up");
        }
        return Err(error);
    }
    Ok(created(&parameters(service, target, confirm)))
}

fn draft(
    caller: &Caller,
    wish: &Wish,
    plan: Plan,
    keys: Keys,
    now: Timestamp,
) -> Result<Upload, Error> {
    let name = wish.name()?.clone();
    Ok(Upload {
        confirm_key: keys.confirm.map_or_else(secret::confirm_key, Ok)?,
        library: caller.library.id.clone(),
        space: caller.space()?.key,
        parent: plan.parent,
        kind: plan.kind,
        strategy: wish.strategy,
        content_cas: wish.content_cas.clone(),
        user_id: caller.user_id.clone(),
        client_id: caller.client_id.clone(),
        object_key: keys.object,
        multipart_id: keys.multipart,
        content_type: kind::content_type(&name).to_owned(),
        size: wish.declared,
        beginning_hash: wish.claim.beginning().map(str::to_owned),
        full_hash: wish.claim.full().map(str::to_owned),
        annotations: wish.notes.clone(),
        state: State::Open,
        begun: now,
        ended: None,
        reply: None,
        name,
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
pub(super) fn signed_parts(
    target: &UploadTarget,
) -> Option<std::collections::BTreeMap<String, SignedPart>> {
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
