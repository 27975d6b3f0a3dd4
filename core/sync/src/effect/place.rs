//! Puts a fetched file in its place. Owns the way in which a file that is there is replaced: they
//! change places in one step, and what came out is looked at before it goes to the bin.

use super::{Outcome, Version, Workplace, bin, ensure_own, same, settled, still, tmp};
use crate::{
    disk::{Disk, DiskErrorKind, DiskResult},
    local_path::LocalPath,
    trees::LocalStat,
};

/// Gives a fetched file its name, if nobody has it.
///
/// # Errors
/// What the disk says.
pub fn place_new(
    disk: &dyn Disk,
    workplace: &Workplace,
    target: &LocalPath,
) -> DiskResult<Outcome<LocalStat>> {
    if settled(disk.rename(&workplace.incoming(), target))?.is_none() {
        return Ok(Outcome::Changed);
    }
    disk.sync_folder(&target.parent())?;
    Ok(disk.look(target)?.map_or(Outcome::Changed, |found| Outcome::Done(found.stat)))
}

/// Puts a fetched file, as [`super::Incoming::finish`] gave it, in the place of one that is as it
/// was planned for; that one goes to the bin.
///
/// # Errors
/// What the disk says. Both files are somewhere then; whoever asks again finds out where.
pub fn replace(
    disk: &dyn Disk,
    workplace: &Workplace,
    target: &LocalPath,
    old: &Version,
    fetched: &Version,
) -> DiskResult<Outcome<LocalStat>> {
    if !still(disk, target, &old.stat)? {
        return Ok(Outcome::Changed);
    }
    ensure_own(disk, &workplace.bin_folder())?;
    let incoming = workplace.incoming();
    match disk.exchange(&incoming, target) {
        Ok(()) => {}
        Err(error) if error.kind == DiskErrorKind::Unsupported => {
            return in_two_steps(disk, workplace, target, old);
        }
        Err(error) if super::not_as_planned(error.kind) => return Ok(Outcome::Changed),
        Err(error) => return Err(error),
    }
    if !same(disk, &incoming, old)? {
        // Somebody wrote between the look and the exchange: theirs goes back. So does what
        // somebody wrote into the new one in the short time it had the name.
        let back = settled(disk.exchange(&incoming, target))?.is_some();
        if back && same(disk, &incoming, fetched)? {
            return Ok(Outcome::Changed);
        }
        return give_back(disk, workplace, &incoming, target);
    }
    disk.sync_folder(&target.parent())?;
    disk.rename(&incoming, &workplace.binned(target))?;
    disk.sync_folder(&workplace.bin_folder())?;
    disk.sync_folder(&tmp())?;
    Ok(disk.look(target)?.map_or(Outcome::Changed, |found| Outcome::Done(found.stat)))
}

/// Where two names cannot change places: the old one leaves first. For a moment nothing has the
/// name; the intent of the effect says so to whoever starts after an end in between.
fn in_two_steps(
    disk: &dyn Disk,
    workplace: &Workplace,
    target: &LocalPath,
    old: &Version,
) -> DiskResult<Outcome<LocalStat>> {
    let binned = workplace.binned(target);
    if settled(disk.rename(target, &binned))?.is_none() {
        return Ok(Outcome::Changed);
    }
    if !same(disk, &binned, old)? {
        return give_back(disk, workplace, &binned, target);
    }
    disk.sync_folder(&workplace.bin_folder())?;
    place_new(disk, workplace, target)
}

/// Puts back what was taken away too early; under a name beside its own, if another has that.
pub(super) fn give_back(
    disk: &dyn Disk,
    workplace: &Workplace,
    from: &LocalPath,
    to: &LocalPath,
) -> DiskResult<Outcome<LocalStat>> {
    if settled(disk.rename(from, to))?.is_some() {
        disk.sync_folder(&to.parent())?;
        return Ok(Outcome::Changed);
    }
    let beside = workplace.beside(to);
    disk.rename(from, &beside)?;
    disk.sync_folder(&beside.parent())?;
    Ok(Outcome::Elsewhere(beside))
}

/// Puts a file that was replaced, and lies where the fetched one was, into the bin.
///
/// # Errors
/// What the disk says.
pub fn keep_in_bin(disk: &dyn Disk, workplace: &Workplace, target: &LocalPath) -> DiskResult<()> {
    ensure_own(disk, &workplace.bin_folder())?;
    disk.rename(&workplace.incoming(), &workplace.binned(target))?;
    disk.sync_folder(&workplace.bin_folder())?;
    disk.sync_folder(&tmp())
}

/// Gives a file that lies where the fetched one was its name back, or another beside it.
///
/// # Errors
/// What the disk says.
pub fn bring_back(
    disk: &dyn Disk,
    workplace: &Workplace,
    target: &LocalPath,
) -> DiskResult<Outcome<LocalStat>> {
    give_back(disk, workplace, &workplace.incoming(), target)
}

/// Whether a path is one of our own.
pub(super) fn is_ours(path: &LocalPath) -> bool {
    path.is_under(&tmp()) || path.is_under(&bin())
}
