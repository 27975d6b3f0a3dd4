//! Quotas that are over their limit for long and were asked to do something about it: what goes is
//! taken away here, by one instance at a time, and only as much as has to go (SMH section 14).

use albumen_db::Tx;
use albumen_model::{LibraryId, Timestamp};

use crate::{
    error::Error,
    freeing, lock,
    repository::{
        bin,
        column::to_u64,
        lease, node,
        quota::{self, Quota},
        removal::{self, Candidate, Stage},
        space,
        usage::Part,
        version,
    },
    rules::quota as rule,
    service::Service,
    tree::{self, Hand},
};

/// The lease of this job.
const LEASE: &str = "over quota";
/// How long an instance that stopped in the middle keeps others waiting, in milliseconds.
const LEASE_MS: i64 = 300_000;
/// Candidates that are looked up at once.
const BATCH: u32 = 200;

/// Stages in the order in which they are gone through.
pub(crate) fn stages(quota: &Quota) -> [Stage; 3] {
    [Stage::Bin, Stage::History, Stage::Files { newest: quota.removal.newest }]
}

/// Notes which quotas are over their limit, and removes what those take that have been for their
/// days.
pub(crate) async fn look(service: &Service) -> Result<(), Error> {
    let quotas = service.db.read(quota::removing).await?;
    if quotas.is_empty() || !keep_lease(service).await? {
        return Ok(());
    }
    for (library, id) in quotas {
        let now = service.now();
        let noted = service.db.write(move |tx| note(tx, &library, id, now)).await?;
        if noted.is_some_and(|quota| rule::removes(quota.removal, quota.over_since, now)) {
            take(service, id).await?;
        }
    }
    let holder = service.instance.clone();
    service.db.write(move |tx| lease::let_go(tx, LEASE, &holder)).await
}

async fn keep_lease(service: &Service) -> Result<bool, Error> {
    let (holder, now) = (service.instance.clone(), service.now());
    service.db.write(move |tx| lease::take(tx, LEASE, &holder, now, LEASE_MS)).await
}

/// Notes since when a quota is over its limit.
fn note(tx: &Tx<'_>, library: &LibraryId, id: i64, now: Timestamp) -> Result<Option<Quota>, Error> {
    // Whoever changes a quota by its number has the library alone, by a space only that space.
    tx.lock(&lock::spaces(library, []))?;
    tx.lock(&[crate::quota::lock(id)])?;
    let Some(mut quota) = quota::find(tx, library, to_u64(id))? else { return Ok(None) };
    let since = rule::over_since(quota.over_since, quota.capacity, quota::used(tx, id)?, now);
    if since != quota.over_since {
        quota.over_since = since;
        quota::update(tx, &quota)?;
    }
    Ok(Some(quota))
}

/// Removes until the quota is within its limit, or nothing is left that it may take.
async fn take(service: &Service, id: i64) -> Result<(), Error> {
    let Some(quota) = service.db.read(move |tx| quota::by_id(tx, id)).await? else {
        return Ok(());
    };
    for stage in stages(&quota) {
        let mut after = None;
        loop {
            let from = after;
            let found = move |tx: &Tx<'_>| removal::candidates(tx, id, stage, from, BATCH);
            let candidates = service.db.read(found).await?;
            let Some(last) = candidates.last().copied() else { break };
            if !keep_lease(service).await? {
                return Ok(());
            }
            for candidate in candidates {
                if take_one(service, id, stage, candidate).await? {
                    return Ok(());
                }
            }
            after = Some(last);
        }
    }
    Ok(())
}

/// Removes one thing if it still has to go; whether the quota is within its limit.
async fn take_one(
    service: &Service,
    id: i64,
    stage: Stage,
    candidate: Candidate,
) -> Result<bool, Error> {
    let now = service.now();
    let is_within = service
        .db
        .write(move |tx| -> Result<bool, Error> {
            if !lock::take_space(tx, candidate.space)? {
                return Ok(false);
            }
            let Some(quota) = quota::by_id(tx, id)? else { return Ok(true) };
            if !quota.removal.when_exceed || quota::used(tx, id)? <= quota.capacity {
                return Ok(true);
            }
            remove(tx, stage, candidate, now)?;
            Ok(quota::used(tx, id)? <= quota.capacity)
        })
        .await?;
    if stage == Stage::Bin && !is_within {
        // Large items are freed bit by bit, and count until then.
        freeing::all(service).await?;
    }
    Ok(is_within)
}

fn remove(tx: &Tx<'_>, stage: Stage, candidate: Candidate, now: Timestamp) -> Result<(), Error> {
    let Candidate { space: key, id, .. } = candidate;
    let hand = Hand::service(now);
    match stage {
        Stage::Bin => match bin::find(tx, key, to_u64(id))? {
            Some(item) => tree::purge(tx, key, &item.node, Part::Bin, hand),
            None => Ok(()),
        },
        Stage::History => {
            let version = version::find(tx, key, to_u64(id))?;
            tree::drop_versions(tx, version.as_slice(), hand)
        }
        Stage::Files { .. } => match node::find(tx, id)? {
            // What went to the bin meanwhile is another stage's.
            Some(node) if is_in_tree(tx, key, id)? => tree::remove_content(tx, key, &node, now),
            _ => Ok(()),
        },
    }
}

/// Whether a node is in the tree of a space.
pub(crate) fn is_in_tree(tx: &Tx<'_>, key: i64, node: i64) -> Result<bool, Error> {
    let Some(root) = space::root(tx, key)? else { return Ok(false) };
    Ok(node::path_of(tx, root, node)?.is_some())
}
