//! Gathers what the cloud holds of a mapping. Owns walking the pages; what follows from them is the
//! journal's comparison and the planner's rule.

use albumen_model::RemotePath;

use super::{
    live::Shared,
    overview::{Deviation, VerifyReport},
};
use crate::{
    cloud::{CloudErrorKind, CloudSpace, Pages},
    error::Result,
    execute::{KnownDirectories, version},
    journal::Milestone,
    mapping::Mapping,
};

/// Deviations named one by one in a report.
const DEVIATIONS_MAX: usize = 1000;

/// Refreshes the remote tree of a mapping. Returns how many files became due.
pub(crate) async fn refresh(
    shared: &Shared,
    cloud: &dyn CloudSpace,
    mapping: &Mapping,
    directories: &KnownDirectories,
) -> Result<u64> {
    let live = shared.live(mapping.row);
    let _alone = live.listing.lock().await;
    let epoch = gather(shared, cloud, mapping, Some(directories)).await?;
    let due = shared.journal.listing_end(mapping.row, epoch).await?;
    shared.journal.reached(mapping.row, Milestone::Listed, shared.config.clock.now_ms()).await?;
    Ok(due)
}

/// Compares the verified files of a mapping with the cloud.
pub(crate) async fn verify(shared: &Shared, mapping: &Mapping) -> Result<VerifyReport> {
    let cloud = shared.clouds.open(&mapping.bound.library, &mapping.bound.space)?;
    let live = shared.live(mapping.row);
    let _alone = live.listing.lock().await;
    let epoch = gather(shared, cloud.as_ref(), mapping, None).await?;
    let (equal, differ) = shared.journal.listing_verify(mapping.row, epoch, DEVIATIONS_MAX).await?;
    let deviations = differ
        .into_iter()
        .map(|difference| Deviation {
            path: difference.path,
            expected: difference.agreed,
            found: difference.found,
        })
        .collect();
    Ok(VerifyReport { equal, deviations })
}

/// Lists every directory that holds files of the mapping. Any failure ends it: what was not listed
/// whole proves nothing.
async fn gather(
    shared: &Shared,
    cloud: &dyn CloudSpace,
    mapping: &Mapping,
    known: Option<&KnownDirectories>,
) -> Result<i64> {
    let epoch = shared.journal.listing_begin(mapping.row).await?;
    let mut root_answers = false;
    for directory in shared.journal.remote_directories(mapping.row)? {
        match list(shared, cloud, mapping, &directory).await {
            Ok(()) => {
                if let Some(known) = known {
                    known.seen(directory).await;
                }
            }
            // A directory that is gone is an answer only if the space itself still answers.
            Err(crate::Error::Cloud(error))
                if error.kind == CloudErrorKind::Missing && !directory.is_root() =>
            {
                if !root_answers {
                    cloud.list(&RemotePath::root(), None).await?;
                    root_answers = true;
                }
                if let Some(known) = known {
                    known.forget(&directory).await;
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(epoch)
}

async fn list(
    shared: &Shared,
    cloud: &dyn CloudSpace,
    mapping: &Mapping,
    directory: &RemotePath,
) -> Result<()> {
    let mut pages = Pages::default();
    while let Some(page) = pages.next(cloud, directory).await? {
        let files = page.into_iter().filter(|item| !item.node_type.is_dir()).map(version);
        shared.journal.listing_page(mapping.row, files.collect()).await?;
    }
    Ok(())
}
