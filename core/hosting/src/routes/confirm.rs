//! Confirming an upload: bytes become a file (SMH section 7.5).
//!
//! Look and decide, have the store finish the object, then write the file and the end of the
//! session in one transaction; each step is one for all the sessions of a request. A crash between
//! the last two leaves an open session whose confirm can be repeated: finishing is idempotent. The
//! final name is settled in the transaction, not before.

use std::sync::Arc;

use albumen_db::Tx;
use albumen_media::digest::QUICK_UPLOAD_MIN;
use albumen_model::{
    ConfirmKey, ConflictStrategy, ErrorCode, NodeName, Timestamp,
    smh::{BatchConfirm, ConfirmUploadRequest, ConfirmedFile, NodeType},
};
use axum::response::Response;
use futures::{StreamExt, stream};

use super::{
    ask, directory, file, in_order,
    item::{Shown, confirmed, trimmed},
    ok, session,
};
use crate::{
    data_plane::Finished,
    error::{Error, of_one, refuse},
    quota,
    repository::{
        node::{self, Annotations, NewContent, NewNode},
        object, retention,
        upload::{self, State, Upload},
        usage::Part,
    },
    request::{Ask, Call, Caller},
    rules::{annotation, conflict::Settled, grant::Operation},
    service::Service,
    tree::{self, Origin},
};

/// Objects finished at once: each costs the store a write, and it makes them together.
const FINISHED_AT_ONCE: usize = 32;
/// How long a repeated confirm hears the first reply (SMH section 27).
const REPLY_KEPT_MS: i64 = 86_400_000;

/// What the request says about how to end the session.
pub(super) struct Wish {
    key: ConfirmKey,
    strategy: Option<ConflictStrategy>,
    content_cas: Option<String>,
    body: ConfirmUploadRequest,
}

impl Wish {
    /// One of a batch.
    pub(super) fn of_item(item: BatchConfirm) -> Self {
        Self {
            key: item.confirm_key,
            strategy: item.conflict_resolution_strategy,
            content_cas: item.content_cas,
            body: item.upload,
        }
    }

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
    let reply = all(service, &ask, vec![wish]).await?.pop();
    let reply = reply.unwrap_or(Err(Error::Damaged("a confirm without an answer")))?;
    Ok(ok(&trimmed(reply, shown)))
}

/// Confirms each; what came of each, in their order. What is refused of one leaves the others as
/// they are.
///
/// # Errors
/// What concerns all of them: the caller is not let in, or the database fails.
pub(super) async fn all(
    service: &Service,
    ask: &Ask,
    wishes: Vec<Wish>,
) -> Result<Vec<Result<ConfirmedFile, Error>>, Error> {
    let wishes: Arc<[Wish]> = wishes.into();
    let (looking, now) = (Arc::clone(&wishes), service.now());
    let looks = service
        .read(ask.clone(), move |tx, caller| {
            let looks = looking.iter().map(|wish| of_one(look(tx, caller, wish, now)));
            looks.collect::<Result<Vec<_>, _>>()
        })
        .await?;
    let (mut outcomes, mut to_finish) = (Vec::with_capacity(wishes.len()), Vec::new());
    for (at, look) in looks.into_iter().enumerate() {
        match look {
            Ok(Look::Done(reply)) => outcomes.push((at, Ok(*reply))),
            Ok(Look::Go(upload)) => to_finish.push((at, upload)),
            Err(refusal) => outcomes.push((at, Err(refusal))),
        }
    }
    let finishing = to_finish.into_iter().map(|(at, upload)| {
        let expected = wishes[at].body.crc64;
        async move { (at, service.data_plane.finish(&upload, expected).await) }
    });
    let finished: Vec<_> = stream::iter(finishing).buffered(FINISHED_AT_ONCE).collect().await;
    let mut to_settle = Vec::new();
    for (at, finished) in finished {
        match finished {
            Ok(finished) => to_settle.push((at, finished)),
            Err(error) => outcomes.push((at, Err(error))),
        }
    }
    outcomes.extend(settle_all(service, ask, &wishes, to_settle).await?);
    Ok(in_order(outcomes))
}

/// Writes the files whose objects are finished.
async fn settle_all(
    service: &Service,
    ask: &Ask,
    wishes: &Arc<[Wish]>,
    finished: Vec<(usize, Finished)>,
) -> Result<Vec<(usize, Result<ConfirmedFile, Error>)>, Error> {
    if finished.is_empty() {
        return Ok(Vec::new());
    }
    let is_large = finished.iter().any(|(_, finished)| finished.size >= QUICK_UPLOAD_MIN);
    let wishes = Arc::clone(wishes);
    let settled = service.write(ask.clone(), move |tx, caller, now| {
        if let ([wish], [(at, finished)]) = (&*wishes, finished.as_slice()) {
            // One alone takes the transaction with it when it is refused.
            return Ok(vec![(*at, Ok(settle_again(tx, caller, wish, finished, now)?))]);
        }
        // One file may let go of an object, and only the next come under the quota.
        quota::lock_ahead(tx, caller)?;
        let settled = finished.iter().map(|(at, finished)| {
            let settle = |tx: &Tx<'_>| settle_again(tx, caller, &wishes[*at], finished, now);
            Ok((*at, of_one(tx.part(settle))?))
        });
        settled.collect()
    });
    let settled: Vec<_> = settled.await?;
    let confirmed = settled.iter().filter(|(_, outcome)| outcome.is_ok());
    confirmed.for_each(|_| service.operations.counters.session_confirmed());
    if is_large {
        service.hashing.wake();
    }
    Ok(settled)
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

/// Looks again, as the store was asked in between.
fn settle_again(
    tx: &Tx<'_>,
    caller: &Caller,
    wish: &Wish,
    finished: &Finished,
    now: Timestamp,
) -> Result<ConfirmedFile, Error> {
    match look_again(tx, caller, wish, now)? {
        Look::Done(reply) => Ok(*reply),
        Look::Go(upload) => settle(tx, caller, wish, &upload, finished, now),
    }
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
