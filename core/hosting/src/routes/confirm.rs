//! Confirming an upload: bytes become a file (SMH section 7.5).
//!
//! Look and decide, have the store finish the object, then write the file and the end of the
//! session in one transaction. A crash between the last two leaves an open session whose confirm
//! can be repeated: finishing is idempotent. The final name is settled in the transaction, not
//! before.

use albumen_db::Tx;
use albumen_model::{
    ConfirmKey, ConflictStrategy, ErrorCode, NodeName, Timestamp,
    smh::{ConfirmUploadRequest, ConfirmedFile, NodeType},
};
use axum::response::Response;

use super::{
    ask, directory, file,
    item::{Shown, confirmed, trimmed},
    ok, session,
};
use crate::{
    data_plane::Finished,
    error::{Error, refuse},
    quota,
    repository::{
        node::{self, Annotations, NewContent, NewNode},
        object, retention,
        upload::{self, State, Upload},
        usage::Part,
    },
    request::{Call, Caller},
    rules::{annotation, conflict::Settled, grant::Operation},
    service::Service,
    tree::{self, Origin},
};

/// How long a repeated confirm hears the first reply (SMH section 27).
const REPLY_KEPT_MS: i64 = 86_400_000;

/// What the request says about how to end the session.
#[derive(Clone)]
struct Wish {
    key: ConfirmKey,
    strategy: Option<ConflictStrategy>,
    content_cas: Option<String>,
    body: ConfirmUploadRequest,
}

impl Wish {
    fn strategy(&self, upload: &Upload) -> ConflictStrategy {
        self.strategy.unwrap_or(upload.strategy)
    }

    fn content_cas<'a>(&'a self, upload: &'a Upload) -> &'a str {
        self.content_cas.as_deref().unwrap_or(&upload.content_cas)
    }

    /// What begin said, with what confirm says instead.
    fn notes(&self, upload: &Upload) -> Annotations {
        let begun = upload.annotations.clone();
        let body = self.body.clone();
        Annotations {
            meta: begun.meta,
            labels: body.labels.or(begun.labels),
            category: body.category.or(begun.category),
            local_created: body.local_creation_time.or(begun.local_created),
            local_modified: body.local_modification_time.or(begun.local_modified),
        }
    }
}

/// Where a look at the session leads.
enum Look {
    /// It was confirmed before: the same reply again.
    Done(Box<ConfirmedFile>),
    /// It can be finished.
    Go(Box<Upload>),
}

/// `POST ...{confirmKey}?confirm=1`.
pub(super) async fn confirm(service: &Service, call: &Call) -> Result<Response, Error> {
    let address = call.address()?;
    let shown = Shown::of(&call.query);
    let wish = Wish {
        key: address.confirm_key()?,
        strategy: call.query.strategy()?,
        content_cas: call.query.get("content_cas").map(str::to_owned),
        body: call.json()?,
    };
    let ask = ask(call, &address, Operation::ConfirmUpload { newly_overwrite: false })?;

    let (looking, now) = (wish.clone(), service.now());
    let look = service.read(ask.clone(), move |tx, caller| look(tx, caller, &looking, now)).await?;
    let upload = match look {
        Look::Done(reply) => return Ok(ok(&trimmed(*reply, shown))),
        Look::Go(upload) => upload,
    };
    let finished = service.data_plane.finish(&upload, wish.body.crc64).await?;
    let reply = service
        .write(ask, move |tx, caller, now| match look_again(tx, caller, &wish, now)? {
            Look::Done(reply) => Ok(*reply),
            Look::Go(upload) => settle(tx, caller, &wish, &upload, &finished, now),
        })
        .await?;
    service.hashing.wake();
    Ok(ok(&trimmed(reply, shown)))
}

/// Before the store is asked: refuses what cannot become a file as things are.
fn look(tx: &Tx<'_>, caller: &Caller, wish: &Wish, now: Timestamp) -> Result<Look, Error> {
    let look = look_again(tx, caller, wish, now)?;
    if let Look::Go(upload) = &look {
        let taken_by = node::child(tx, upload.parent, &upload.name)?;
        let (strategy, stamp) = (wish.strategy(upload), wish.content_cas(upload));
        let settled = file::settle(strategy, stamp, taken_by.as_ref())?;
        let replaced = taken_by.filter(|_| settled == Settled::Replace);
        let growth = quota::growth(caller, upload.size.unwrap_or(1), replaced.as_ref());
        quota::check(tx, caller, growth)?;
    }
    Ok(look)
}

fn look_again(tx: &Tx<'_>, caller: &Caller, wish: &Wish, now: Timestamp) -> Result<Look, Error> {
    let upload = session::find(tx, caller, &wish.key)?;
    caller.require(Operation::confirm(wish.strategy(&upload), upload.strategy))?;
    if let (State::Confirmed, Some(reply)) = (upload.state, &upload.reply) {
        let ended = upload.ended.unwrap_or(upload.begun);
        if now < ended.plus_millis(REPLY_KEPT_MS) {
            return Ok(Look::Done(Box::new(reply.clone())));
        }
    }
    if upload.state == State::Confirmed {
        return Err(ErrorCode::UploadComplete.into());
    }
    if let Some(field) = annotation::over_limit(&wish.notes(&upload)) {
        return Err(refuse(ErrorCode::ParamInvalid, format!("The value is too long: {field}")));
    }
    // A directory in the bin still takes the file, which then lies in the bin with it: the content
    // was accepted and must not be lost. One that was purged cannot.
    if !retention::is_reachable(tx, upload.parent)? {
        return Err(ErrorCode::DirectoryNotFound.into());
    }
    Ok(Look::Go(Box::new(upload)))
}

/// Writes the file and ends the session.
fn settle(
    tx: &Tx<'_>,
    caller: &Caller,
    wish: &Wish,
    upload: &Upload,
    finished: &Finished,
    now: Timestamp,
) -> Result<ConfirmedFile, Error> {
    let Finished { size, crc64, e_tag } = finished;
    let object = object::insert(tx, &upload.object_key, *size, *crc64, e_tag)?;
    let arriving = Arriving {
        space: upload.space,
        parent: upload.parent,
        name: &upload.name,
        kind: upload.kind,
        strategy: wish.strategy(upload),
        content_cas: wish.content_cas(upload),
        notes: &wish.notes(upload),
        content_type: &upload.content_type,
        object,
        size: *size,
        origin: Origin::Made,
    };
    let reply = arrive(tx, caller, arriving, now)?;
    // The sweeper may have given it up meanwhile, for age.
    if !upload::set_confirmed(tx, &upload.confirm_key, now, &reply)? {
        return Err(ErrorCode::ConfirmKeyNotFound.into());
    }
    Ok(reply)
}

/// Content on its way to a name.
pub(super) struct Arriving<'a> {
    pub(super) space: i64,
    pub(super) parent: i64,
    pub(super) name: &'a NodeName,
    pub(super) kind: NodeType,
    pub(super) strategy: ConflictStrategy,
    pub(super) content_cas: &'a str,
    pub(super) notes: &'a Annotations,
    pub(super) content_type: &'a str,
    pub(super) object: i64,
    pub(super) size: u64,
    pub(super) origin: Origin,
}

/// Makes content a file; only now its name is settled.
pub(super) fn arrive(
    tx: &Tx<'_>,
    caller: &Caller,
    arriving: Arriving<'_>,
    now: Timestamp,
) -> Result<ConfirmedFile, Error> {
    let Arriving { space, parent, name, .. } = arriving;
    let taken_by = node::child(tx, parent, name)?;
    let settled = file::settle(arriving.strategy, arriving.content_cas, taken_by.as_ref())?;
    let name_max = caller.mode()?.name_max;
    let name = match settled {
        Settled::FindFreeName => directory::free_name(tx, parent, name, false, name_max)?,
        Settled::Create | Settled::Replace => name.clone(),
    };
    let replaced = taken_by.as_ref().filter(|_| settled == Settled::Replace);
    quota::admit(tx, caller, quota::growth(caller, arriving.size, replaced))?;
    let new = NewNode {
        space,
        parent,
        name: &name,
        kind: arriving.kind,
        annotations: arriving.notes,
        user_id: caller.user_id.as_str(),
        now,
        content: Some(NewContent {
            object: Some(arriving.object),
            size: arriving.size,
            content_type: arriving.content_type,
        }),
        target: None,
    };
    let directory = node::path_of(tx, caller.space()?.root, parent)?;
    let part = if directory.is_some() { Part::Tree } else { Part::Bin };
    let (written, is_overwritten) = match (settled, taken_by) {
        (Settled::Replace, Some(old)) => {
            let settings = &caller.library.settings;
            let keep = settings.enable_file_history.then_some(settings.file_history_count);
            (tree::replace(tx, &old, &new, keep, part, arriving.origin)?, true)
        }
        _ => (tree::add(tx, &new, part, arriving.origin)?, false),
    };
    let path = directory.map(|directory| directory.join(name.clone())).transpose();
    let path = path.map_err(|_| Error::Damaged("path"))?;
    confirmed(&written, path, is_overwritten)
}
