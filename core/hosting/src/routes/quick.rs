//! Quick upload: content that the service holds already, and hashed itself, becomes a file without
//! being sent (SMH section 7.2). Only content that the caller's token may read right now counts as
//! known: a hash must not be a key to what somebody else keeps.

use albumen_db::Tx;
use albumen_model::smh::ConfirmedFile;

use super::{
    begin::{self, Wish},
    confirm::{self, Arriving},
};
use crate::{
    error::Error,
    lock, quota,
    repository::{
        hash::{self, Holder, Sought},
        node,
    },
    request::{Ask, Caller},
    rules::{grant::Operation, hash::Question, kind},
    service::Service,
    tree::Origin,
};

/// What is known of claimed content.
pub(super) enum Known {
    /// It is there, held by this node among others.
    Whole(Holder),
    /// Content that begins so is there.
    Beginning,
    /// Nothing.
    Nothing,
}

/// Looks claimed content up.
pub(super) fn known(tx: &Tx<'_>, caller: &Caller, wish: &Wish) -> Result<Known, Error> {
    // This ends an upload, so who may only begin one has to send the bytes.
    let may_end = Operation::confirm(wish.strategy, wish.strategy);
    if !may_end.allowed_by(caller.grants) {
        return Ok(Known::Nothing);
    }
    Ok(match wish.claim.question() {
        Question::Nothing => Known::Nothing,
        Question::Whole(full, size) => {
            let found = readable(tx, caller, Sought::Whole(full, size))?;
            found.map_or(Known::Nothing, Known::Whole)
        }
        Question::Beginning(beginning, size) => {
            let found = readable(tx, caller, Sought::Beginning(beginning, size))?;
            found.map_or(Known::Nothing, |_| Known::Beginning)
        }
    })
}

/// A live file with such content in a space that the caller's token may read.
fn readable(tx: &Tx<'_>, caller: &Caller, sought: Sought<'_>) -> Result<Option<Holder>, Error> {
    let library = &caller.library.id;
    let holders = match caller.readable_spaces() {
        None => hash::holders(tx, library, None, sought)?,
        Some(spaces) => {
            let mut all = Vec::new();
            for space in spaces {
                all.extend(hash::holders(tx, library, Some(space), sought)?);
            }
            all
        }
    };
    for holder in holders {
        // What is in the bin is nobody's to read.
        if node::path_of(tx, holder.root, holder.node)?.is_some() {
            return Ok(Some(holder));
        }
    }
    Ok(None)
}

/// Makes the file of content that was found a moment ago; `None` when it is gone.
pub(super) async fn take(
    service: &Service,
    ask: Ask,
    wish: Wish,
) -> Result<Option<ConfirmedFile>, Error> {
    let taken = service.write(ask, move |tx, caller, now| {
        let plan = begin::plan(tx, caller, &wish)?;
        // From here on nobody lets go of what is found.
        quota::lock_ahead(tx, caller)?;
        tx.lock(&[lock::objects()])?;
        let Known::Whole(holder) = known(tx, caller, &wish)? else { return Ok(None) };
        let held = node::find(tx, holder.node)?.and_then(|node| node.content);
        let Some(content) = held.filter(|content| content.object == holder.object) else {
            return Ok(None);
        };
        let name = wish.name()?;
        let arriving = Arriving {
            space: caller.space()?.key,
            parent: plan.parent,
            name,
            kind: plan.kind,
            strategy: wish.strategy,
            content_cas: &wish.content_cas,
            notes: &wish.notes,
            content_type: kind::content_type(name),
            object: content.object,
            size: content.size,
            origin: Origin::Known,
        };
        confirm::arrive(tx, caller, arriving, now).map(Some)
    });
    taken.await
}
