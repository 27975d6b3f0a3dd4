//! Puts a file into the bin: a rename on the same volume, that can be undone. Owns the look at what
//! went in: a rename and a look after it leave no moment in which an edit is lost.

use super::{
    Outcome, Version, Workplace, ensure_own,
    place::{give_back, is_ours},
    same, settled, still,
};
use crate::{
    disk::{Disk, DiskResult},
    local_path::LocalPath,
    trees::LocalStat,
};

/// Puts a file into the bin, if it is as it was planned for. Its state there.
///
/// # Errors
/// What the disk says.
pub fn trash(
    disk: &dyn Disk,
    workplace: &Workplace,
    path: &LocalPath,
    old: &Version,
) -> DiskResult<Outcome<LocalStat>> {
    if is_ours(path) || !still(disk, path, &old.stat)? {
        return Ok(Outcome::Changed);
    }
    ensure_own(disk, &workplace.bin_folder())?;
    let binned = workplace.binned(path);
    if settled(disk.rename(path, &binned))?.is_none() {
        return Ok(Outcome::Changed);
    }
    if !same(disk, &binned, old)? {
        return give_back(disk, workplace, &binned, path);
    }
    disk.sync_folder(&workplace.bin_folder())?;
    disk.sync_folder(&path.parent())?;
    Ok(disk.look(&binned)?.map_or(Outcome::Changed, |found| Outcome::Done(found.stat)))
}
