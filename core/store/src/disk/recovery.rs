//! What a start does about the end before it (FORMAT.md, "Starting"). Looks only at what was in
//! flight.

use std::collections::HashSet;

use albumen_model::Timestamp;

use super::{DiskStore, index::Index, rows::BlobId, volume::Volume};
use crate::Error;

/// Age in seconds at which an upload that gets no parts any more is given up: seven days. Whoever
/// opened the upload may give it up sooner; hosting does after 24 hours.
pub(crate) const IDLE_UPLOAD_SECONDS: i64 = 7 * 24 * 3600;

/// Sorts out `staging/` and `garbage`: before anybody else uses the store. Gives what was unlinked.
pub(crate) fn recover(volume: &Volume, index: &Index) -> Result<Vec<BlobId>, Error> {
    let mut staged: HashSet<BlobId> = volume.staged()?.into_iter().collect();
    if !staged.is_empty() {
        let mut home = 0_usize;
        index.each_blob(|id| {
            if staged.remove(&id) {
                volume.bring_home(id);
                home += 1;
            }
        })?;
        staged.iter().for_each(|id| volume.unlink_staged(*id));
        tracing::info!(kept = home, swept = staged.len(), "Sorted out what was in flight");
    }
    let garbage = index.garbage()?;
    garbage.iter().for_each(|id| volume.unlink(*id));
    Ok(garbage)
}

/// Gives up uploads whose last part came too long before `now`.
pub(crate) async fn abort_idle(store: &DiskStore, now: Timestamp) -> Result<usize, Error> {
    let limit = now.plus_seconds(-IDLE_UPLOAD_SECONDS);
    let idle: Vec<_> = store.index.uploads()?;
    let mut aborted = 0;
    for (id, _) in idle.into_iter().filter(|(_, row)| row.touched < limit) {
        store.forget_upload(id).await?;
        aborted += 1;
    }
    Ok(aborted)
}
