//! Opening upload sessions, one or many at once (SMH section 7.1).
//!
//! Three steps, as the object store is asked in the middle: look and decide, get a target, write
//! the session. The last lets the caller in again, so that a device revoked in between gets
//! nothing. Each step is one for all of them; what is refused of one leaves the others as they are.

use std::sync::Arc;

use albumen_db::Tx;
use albumen_model::{ConfirmKey, Timestamp, smh::UploadParameters};
use albumen_store::data_plane::SIGNED_SECONDS;
use futures::{StreamExt, stream};

use super::{
    begin::{self, Begun, Plan, Wish},
    in_order, quick,
};
use crate::{
    data_plane::Form,
    error::{Error, of_one},
    repository::{
        library::Library,
        upload::{self, State, Upload},
    },
    request::{Ask, Caller},
    rules::{grant::Operation, kind},
    secret,
    service::Service,
};

/// Targets asked for at once: those in parts cost the store a write each, which it makes together.
const TARGETS_AT_ONCE: usize = 32;

/// Where the first look leads.
enum Look {
    /// The content is there: nothing needs to be sent.
    Known,
    /// Content that begins so is there.
    Beginning,
    /// It has to be sent; by a session of before, if it may go on.
    Send(Option<Box<Upload>>),
}

/// What names a session and its object.
#[derive(Clone, Default)]
struct Keys {
    confirm: Option<ConfirmKey>,
    object: String,
    multipart: Option<String>,
    /// The session was there before.
    goes_on: bool,
}

/// A place to send to, before the session is written.
struct Target {
    /// Which of the wishes it is for.
    at: usize,
    keys: Keys,
    parameters: UploadParameters,
}

/// Opens a session for one wish.
///
/// # Errors
/// What begin answers, in the contract's codes.
pub(super) async fn one(service: &Service, ask: &Ask, wish: Wish) -> Result<Begun, Error> {
    let mut begun = all(service, ask, vec![wish]).await?;
    begun.pop().unwrap_or(Err(Error::Damaged("a begin without an answer")))
}

/// Opens a session for each wish; what came of each, in their order.
///
/// # Errors
/// What concerns all of them: the caller is not let in, or the database fails.
pub(super) async fn all(
    service: &Service,
    ask: &Ask,
    wishes: Vec<Wish>,
) -> Result<Vec<Result<Begun, Error>>, Error> {
    let wishes: Arc<[Wish]> = wishes.into();
    let (looking, now) = (Arc::clone(&wishes), service.now());
    let (library, looks) = service
        .read(ask.clone(), move |tx, caller| {
            let looks = looking.iter().map(|wish| of_one(look(tx, caller, wish, now)));
            Ok((caller.library.clone(), looks.collect::<Result<Vec<_>, _>>()?))
        })
        .await?;
    let (mut begun, mut to_send) = (Vec::with_capacity(wishes.len()), Vec::new());
    for (at, look) in looks.into_iter().enumerate() {
        match look {
            Err(refusal) => begun.push((at, Err(refusal))),
            Ok(Look::Beginning) => begun.push((at, Ok(Begun::WantsWhole))),
            Ok(Look::Known) => match quick::take(service, ask.clone(), wishes[at].clone()).await {
                // It went away a moment ago.
                Ok(None) => to_send.push((at, None)),
                Ok(Some(file)) => begun.push((at, Ok(Begun::There(Box::new(file))))),
                Err(error) => begun.push((at, Err(error))),
            },
            Ok(Look::Send(earlier)) => to_send.push((at, earlier)),
        }
    }
    begun.extend(send(service, ask, &library, &wishes, to_send).await?);
    Ok(in_order(begun))
}

fn look(tx: &Tx<'_>, caller: &Caller, wish: &Wish, now: Timestamp) -> Result<Look, Error> {
    caller.require(Operation::begin(wish.strategy))?;
    let plan = begin::plan(tx, caller, wish)?;
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
    Ok(Look::Send(earlier.map(Box::new)))
}

/// Opens targets and writes the sessions that they belong to.
async fn send(
    service: &Service,
    ask: &Ask,
    library: &Library,
    wishes: &Arc<[Wish]>,
    to_send: Vec<(usize, Option<Box<Upload>>)>,
) -> Result<Vec<(usize, Result<Begun, Error>)>, Error> {
    let opening = to_send.into_iter().map(|(at, earlier)| async move {
        (at, target(service, library, at, &wishes[at], earlier).await)
    });
    let opened: Vec<_> = stream::iter(opening).buffered(TARGETS_AT_ONCE).collect().await;
    let (mut outcomes, mut targets) = (Vec::new(), Vec::new());
    for (at, target) in opened {
        match target {
            Ok(target) => targets.push(target),
            Err(error) => outcomes.push((at, Err(error))),
        }
    }
    if targets.is_empty() {
        return Ok(outcomes);
    }
    let all: Vec<_> = targets.iter().map(|target| (target.at, target.keys.clone())).collect();
    let wishes = Arc::clone(wishes);
    let written = service.write(ask.clone(), move |tx, caller, now| {
        let sessions = all.into_iter();
        let sessions = sessions.map(|(at, keys)| of_one(open(tx, caller, &wishes[at], keys, now)));
        sessions.collect::<Result<Vec<_>, _>>()
    });
    match written.await {
        Ok(written) => {
            for (target, written) in targets.into_iter().zip(written) {
                let outcome = match written {
                    Ok(()) => {
                        if !target.keys.goes_on {
                            service.operations.counters.session_begun();
                        }
                        Ok(Begun::Send(Box::new(target.parameters)))
                    }
                    Err(refusal) => {
                        give_up(service, &target.keys).await;
                        Err(refusal)
                    }
                };
                outcomes.push((target.at, outcome));
            }
            Ok(outcomes)
        }
        Err(error) => {
            for target in &targets {
                give_up(service, &target.keys).await;
            }
            Err(error)
        }
    }
}

async fn target(
    service: &Service,
    library: &Library,
    at: usize,
    wish: &Wish,
    earlier: Option<Box<Upload>>,
) -> Result<Target, Error> {
    let content_type = kind::content_type(wish.name()?).to_owned();
    let plane = &service.data_plane;
    let (confirm, object, goes_on) = match earlier {
        Some(earlier) => {
            // What the older parameters may still be sending must not come after the new bytes.
            plane.fence(&earlier.object_key).await?;
            (earlier.confirm_key, earlier.object_key, true)
        }
        None => {
            let object = secret::object_key(&library.id, &library.settings.back_end)?;
            (secret::confirm_key()?, object, false)
        }
    };
    let opened = plane.begin(&object, &content_type, wish.declared, wish.form, &wish.terms);
    let target = opened.await?;
    let multipart = target.multipart_id.as_ref().map(|id| id.as_str().to_owned());
    let keys = Keys { confirm: Some(confirm.clone()), object, multipart, goes_on };
    Ok(Target { at, keys, parameters: begin::parameters(service, target, confirm) })
}

/// Writes a session. Looks before it touches: a refusal leaves nothing behind.
fn open(
    tx: &Tx<'_>,
    caller: &Caller,
    wish: &Wish,
    keys: Keys,
    now: Timestamp,
) -> Result<(), Error> {
    caller.require(Operation::begin(wish.strategy))?;
    let plan = begin::plan(tx, caller, wish)?;
    let goes_on = keys.goes_on;
    let draft = draft(caller, wish, plan, keys, now)?;
    match goes_on {
        true => upload::go_on_with(tx, &draft),
        false => upload::insert(tx, &draft),
    }
}

/// Nobody will ever know of the target. If this fails too, the store's own sweep of sessions that
/// were never finished takes it.
async fn give_up(service: &Service, keys: &Keys) {
    let plane = &service.data_plane;
    let given_up = match keys.goes_on {
        true => plane.fence(&keys.object).await.map(drop),
        false => plane.abort(&keys.object, keys.multipart.as_deref()).await,
    };
    if let Err(error) = given_up {
        tracing::warn!(%error, "Upload target not given up");
    }
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
