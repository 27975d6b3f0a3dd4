//! What happens by itself: telling the store how sessions ended, ends by age, the bin's own purge,
//! and deleting content that nothing refers to. Every step can be repeated; what fails is tried
//! next time.

use std::{sync::Arc, time::Duration};

use albumen_db::Tx;
use albumen_model::Timestamp;
use futures::{StreamExt, stream};
use tokio::sync::watch;

use crate::{
    error::Error,
    freeing, lock,
    operations::Work,
    over_quota,
    repository::{
        bin, change, clearing, object, preview, removal, retention, search, share, task, token,
        upload::{self, State, Upload},
        usage::Part,
        version,
    },
    rules::{cursor, quota},
    service::Service,
    tasks,
    tree::{self, Hand},
};

/// Time between two rounds.
const EVERY: Duration = Duration::from_secs(60);
/// Rows of each sort that one round takes, so that no transaction is long.
const BATCH: u32 = 500;
/// Objects deleted at once: enough to hide a remote store's distance.
const DELETES_AT_ONCE: usize = 8;
/// How long an open session is kept (SMH section 27), and an ended one remembered.
const SESSION_KEPT_MS: i64 = 7 * 86_400_000;
/// How long the parts of a fenced session are kept for the same user's next device.
const FENCED_KEPT_MS: i64 = 86_400_000;
/// How long the change feed goes back: a day longer than a cursor is good.
const CHANGES_KEPT_MS: i64 = cursor::LIFE_MS + 86_400_000;

/// How long what came of a clearing of the history can be asked for (SMH section 11.1).
const CLEARINGS_KEPT_MS: i64 = 30 * 86_400_000;

/// Sweeps until told to stop; the first round at once. What was deleted for good is freed as soon
/// as the broom is rung. Stopped in the middle of something, the next start goes on with it.
pub(crate) async fn run(service: Arc<Service>, mut stop: watch::Receiver<bool>) {
    let sweeping = async {
        loop {
            if let Err(error) = round(&service).await {
                tracing::warn!(%error, "Sweep not finished; the next round goes on");
            }
            let next = tokio::time::Instant::now() + EVERY;
            while tokio::time::timeout_at(next, service.broom.notified()).await.is_ok() {
                if let Err(error) = freeing::all(&service).await {
                    tracing::warn!(%error, "Not all freed; the next round goes on");
                }
            }
        }
    };
    tokio::select! {
        () = sweeping => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
}

/// One round.
pub(crate) async fn round(service: &Service) -> Result<(), Error> {
    service.noted(Work::Sweep, steps(service).await)
}

async fn steps(service: &Service) -> Result<(), Error> {
    let now = service.now();
    service.db.write(move |tx| end_by_age(tx, now)).await?;
    empty_bins(service, now).await?;
    drop_history(service, now).await?;
    freeing::all(service).await?;
    over_quota::look(service).await?;
    let unsettled = service.db.read(|tx| upload::unsettled(tx, BATCH)).await?;
    for session in &unsettled {
        let outcome = match session.state {
            State::Fenced => settle_fenced(service, session).await.map(drop),
            _ => settle_cancelled(service, session).await,
        };
        if let Err(error) = outcome {
            tracing::warn!(%error, "End of an upload session not told to the store");
        }
    }
    // A full batch that went well is followed by the next: a deleted tree may be large.
    while delete_orphans(service).await? == usize::try_from(BATCH).unwrap_or(usize::MAX) {}
    Ok(())
}

/// Deletes some content that nothing refers to; how much.
async fn delete_orphans(service: &Service) -> Result<usize, Error> {
    let kept_ms = i64::try_from(service.collect_after.as_millis()).unwrap_or(i64::MAX);
    let before = service.now().plus_millis(-kept_ms);
    let orphans = service.db.read(move |tx| object::orphans(tx, before, BATCH)).await?;
    let deleting = stream::iter(orphans).map(|key| async move {
        let deleted = service.data_plane.delete(&key).await;
        deleted.map(|()| key).inspect_err(|error| {
            tracing::warn!(%error, "Orphan not deleted from the store");
        })
    });
    let outcomes: Vec<_> = deleting.buffer_unordered(DELETES_AT_ONCE).collect().await;
    let mut deleted: Vec<String> = outcomes.into_iter().filter_map(Result::ok).collect();
    // In one order, so that two instances that delete the same rows never wait for each other.
    deleted.sort_unstable();
    let count = deleted.len();
    if count > 0 {
        service.db.write(move |tx| object::forget_orphans(tx, &deleted)).await?;
    }
    Ok(count)
}

/// Purges what has been in the bin for its time, each item in a transaction of its own: a deleted
/// tree may be large, and somebody may be restoring it at this moment.
async fn empty_bins(service: &Service, now: Timestamp) -> Result<(), Error> {
    for (space, item) in service.db.read(move |tx| retention::expired(tx, now, BATCH)).await? {
        service
            .db
            .write(move |tx| -> Result<(), Error> {
                if !lock::take_space(tx, space)? {
                    return Ok(());
                }
                match bin::find(tx, space, item)? {
                    Some(item) => tree::purge(tx, space, &item.node, Part::Bin, Hand::service(now)),
                    None => Ok(()),
                }
            })
            .await?;
    }
    Ok(())
}

/// Drops earlier content that is older than its library keeps it, one space after the other.
async fn drop_history(service: &Service, now: Timestamp) -> Result<(), Error> {
    let mut expired = service.db.read(move |tx| version::expired(tx, now, BATCH)).await?;
    expired.sort_by_key(|version| version.space);
    for versions in expired.chunk_by(|a, b| a.space == b.space) {
        let versions = versions.to_vec();
        service
            .db
            .write(move |tx| -> Result<(), Error> {
                if !lock::take_space(tx, versions[0].space)? {
                    return Ok(());
                }
                tree::drop_versions(tx, &versions, Hand::service(now))
            })
            .await?;
    }
    Ok(())
}

fn end_by_age(tx: &Tx<'_>, now: Timestamp) -> Result<(), Error> {
    let week_ago = now.plus_millis(-SESSION_KEPT_MS);
    let day_ago = now.plus_millis(-FENCED_KEPT_MS);
    upload::cancel_older(tx, State::Open, week_ago, now, BATCH)?;
    upload::cancel_older(tx, State::Fenced, day_ago, now, BATCH)?;
    upload::forget_ended(tx, week_ago, BATCH)?;
    preview::drop_orphans(tx, now, BATCH)?;
    // A day past its end no slack of `rules::token` reaches.
    token::delete_ended(tx, day_ago, BATCH)?;
    clearing::forget(tx, now.plus_millis(-CLEARINGS_KEPT_MS))?;
    let records = i64::from(quota::RECORDS_KEPT_DAYS) * 86_400_000;
    removal::forget(tx, now.plus_millis(-records), BATCH)?;
    task::forget(tx, now.plus_millis(-tasks::KEPT_MS), BATCH)?;
    search::forget_ended(tx, now, BATCH)?;
    share::forget_tokens(tx, now, BATCH)?;
    change::forget(tx, now.plus_millis(-CHANGES_KEPT_MS), BATCH)
}

/// Tells the store that a session is given up, and has its key deleted if it was finished already.
pub(crate) async fn settle_cancelled(service: &Service, session: &Upload) -> Result<(), Error> {
    let multipart_id = session.multipart_id.as_deref();
    service.data_plane.abort(&session.object_key, multipart_id).await?;
    let (confirm_key, object_key) = (session.confirm_key.clone(), session.object_key.clone());
    let now = service.now();
    service
        .db
        .write(move |tx| -> Result<(), Error> {
            object::orphan(tx, &object_key, now)?;
            upload::set_settled(tx, &confirm_key, State::Cancelled)
        })
        .await
}

/// Tells the store that a session takes no more bytes; until when bytes may still come, if the
/// store cannot stop them.
pub(crate) async fn settle_fenced(
    service: &Service,
    session: &Upload,
) -> Result<Option<Timestamp>, Error> {
    let until = service.data_plane.fence(&session.object_key).await?;
    let key = session.confirm_key.clone();
    service.db.write(move |tx| upload::set_settled(tx, &key, State::Fenced)).await?;
    Ok(until)
}
