//! Freeing what nobody finds any more: purged items, emptied bins, spaces that are gone, and the
//! history of a library that is being cleared. One short transaction after the other under the lock
//! of the space; all that is known of the work is in the database, so that any instance goes on
//! with it after a kill.

use albumen_db::Tx;

use crate::{
    error::Error,
    lock,
    operations::Work,
    repository::{
        clearing::{self, Clearing},
        retention,
        version::{self, Version},
    },
    service::Service,
    tree::{self, Hand},
};

/// Versions that one transaction drops.
const VERSIONS_AT_ONCE: u32 = 200;

/// Frees all there is to free.
pub(crate) async fn all(service: &Service) -> Result<(), Error> {
    service.noted(Work::Freeing, free(service).await)
}

async fn free(service: &Service) -> Result<(), Error> {
    for space in service.db.read(retention::to_free).await? {
        while !some_of(service, space).await? {}
    }
    for clearing in service.db.read(clearing::running).await? {
        let mut at = Some(clearing);
        while let Some(clearing) = at {
            at = clear_some(service, clearing).await?;
        }
    }
    Ok(())
}

/// One transaction; whether nothing is left in the space.
async fn some_of(service: &Service, space: i64) -> Result<bool, Error> {
    let now = service.now();
    service
        .db
        .write(move |tx| -> Result<bool, Error> {
            if !lock::take_space(tx, space)? {
                return Ok(true);
            }
            tree::free_space(tx, space, tree::FREED_AT_ONCE, now)
        })
        .await
}

/// Drops some versions of a library; the clearing as it is then, `None` when it is done.
async fn clear_some(service: &Service, clearing: Clearing) -> Result<Option<Clearing>, Error> {
    let (library, from, upto) = (clearing.library.clone(), clearing.reached, clearing.upto);
    let look = move |tx: &Tx<'_>| version::of_library(tx, &library, from, upto, VERSIONS_AT_ONCE);
    let mut versions: Vec<Version> = service.db.read(look).await?;
    let (id, now) = (clearing.id, service.now());
    let Some(reached) = versions.last().map(|version| version.id) else {
        service.db.write(move |tx| clearing::end(tx, id, now)).await?;
        return Ok(None);
    };
    let count = i64::try_from(versions.len()).unwrap_or(i64::MAX);
    versions.sort_by_key(|version| version.space);
    for group in versions.chunk_by(|a, b| a.space == b.space) {
        let group = group.to_vec();
        service
            .db
            .write(move |tx| -> Result<(), Error> {
                if !lock::take_space(tx, group[0].space)? {
                    return Ok(());
                }
                tree::drop_versions(tx, &group, Hand::service(now))
            })
            .await?;
    }
    service.db.write(move |tx| clearing::go_on(tx, id, reached, count)).await?;
    Ok(Some(Clearing { reached, deleted: clearing.deleted + count, ..clearing }))
}
