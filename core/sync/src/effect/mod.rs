//! What a plan does to the disk: places what was fetched, moves, puts into the bin. Owns the order
//! of the calls: what must still hold is looked at right before, done by a call that fails if it no
//! longer does, and looked at again in what came out. Nothing a person wrote is ever unlinked; what
//! turns out to be newer than the plan is put back.
//!
//! Who remembers that an effect was under way, and what a plan says, are others.

mod bin;
mod incoming;
mod place;
#[cfg(test)]
mod tests;

pub use bin::trash;
pub use incoming::{Incoming, IncomingError};
pub use place::{bring_back, keep_in_bin, place_new, replace};

use albumen_media::digest::Crc64Digest;
use albumen_model::Crc64;

use crate::{
    disk::{CHUNK, Disk, DiskError, DiskErrorKind, DiskResult, Found, Kind, each_piece},
    local_path::LocalPath,
    name::marked,
    removal::TRASH,
    scan::rules::OWN_FOLDER,
    trees::LocalStat,
};

/// What came of an effect that the disk did not refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<T> {
    /// It was done and is durable.
    Done(T),
    /// The disk is not as the plan thought: nothing was done, or it was undone. To be looked at
    /// again before the next plan.
    Changed,
    /// The disk is not as the plan thought, and what was there could not get its name back as
    /// another took it meanwhile: it lies under this one.
    Elsewhere(LocalPath),
}

/// A file as it was planned for, or as it was fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// Its state.
    pub stat: LocalStat,
    /// Its content, where it is known.
    pub crc64: Option<Crc64>,
}

/// The names of one effect in our own folder. Each effect has its own, so that what an end left
/// over can be told from what is under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workplace {
    op: String,
    day: String,
}

impl Workplace {
    /// `op`: the number of the effect. `day`: the local date, `2026-11-27`, by which the bin is
    /// sorted.
    pub fn new(op: u64, day: impl Into<String>) -> Self {
        Self { op: op.to_string(), day: day.into() }
    }

    /// Where a file lies while it is fetched.
    pub fn incoming(&self) -> LocalPath {
        tmp().join(self.op.as_bytes())
    }

    /// Where a file goes in the bin: below a folder of this effect, by its own name.
    pub fn binned(&self, path: &LocalPath) -> LocalPath {
        self.bin_folder().join(path.name())
    }

    fn bin_folder(&self) -> LocalPath {
        bin().join(self.day.as_bytes()).join(self.op.as_bytes())
    }

    /// A name for a file that lost its own while it was put back.
    fn beside(&self, path: &LocalPath) -> LocalPath {
        path.parent().join(&marked(path.name(), &format!(" (kept {} {})", self.day, self.op)))
    }
}

/// The folder of what is being fetched.
pub fn tmp() -> LocalPath {
    LocalPath::from(OWN_FOLDER).join(b"tmp")
}

/// The folder of what was deleted or replaced.
pub fn bin() -> LocalPath {
    LocalPath::from(OWN_FOLDER).join(TRASH.as_bytes())
}

/// Makes a folder that may be there already.
fn ensure(disk: &dyn Disk, folder: &LocalPath) -> DiskResult<()> {
    match disk.make_folder(folder) {
        Err(error) if error.kind == DiskErrorKind::Taken => match disk.look(folder)? {
            Some(found) if found.kind == Kind::Folder => Ok(()),
            _ => Err(error),
        },
        made => {
            made?;
            disk.sync_folder(&folder.parent())
        }
    }
}

/// Makes a folder in our own folder, with all above it.
fn ensure_own(disk: &dyn Disk, folder: &LocalPath) -> DiskResult<()> {
    if folder.is_root() {
        return Ok(());
    }
    match disk.look(folder) {
        Ok(Some(found)) if found.kind == Kind::Folder => return Ok(()),
        Err(error) if error.kind != DiskErrorKind::NoFolder => return Err(error),
        _ => {}
    }
    ensure_own(disk, &folder.parent())?;
    ensure(disk, folder)
}

/// Whether a name still stands for exactly the file that was planned for.
fn still(disk: &dyn Disk, path: &LocalPath, before: &LocalStat) -> DiskResult<bool> {
    let is = |found: Found| found.kind == Kind::File && found.stat == *before;
    match disk.look(path) {
        Ok(found) => Ok(found.is_some_and(is)),
        Err(error) if error.kind == DiskErrorKind::NoFolder => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether a file that was renamed since is the one that was planned for. The rename itself moved
/// its `ctime`, so the content is what tells, where it is known.
fn same(disk: &dyn Disk, path: &LocalPath, before: &Version) -> DiskResult<bool> {
    let Some(found) = disk.look(path)? else { return Ok(false) };
    if !found.stat.only_renamed(&before.stat) {
        return Ok(false);
    }
    match before.crc64 {
        Some(crc64) => Ok(digest(disk, path)? == crc64),
        None => Ok(true),
    }
}

fn digest(disk: &dyn Disk, path: &LocalPath) -> DiskResult<Crc64> {
    let mut digest = Crc64Digest::new();
    each_piece(disk.open(path)?.as_mut(), CHUNK, &mut |bytes| digest.update(bytes))?;
    Ok(digest.finish())
}

/// Moves a file or a folder whose state, if it is a file, must be as planned.
///
/// # Errors
/// What the disk says.
pub fn shift(
    disk: &dyn Disk,
    from: &LocalPath,
    before: Option<&LocalStat>,
    to: &LocalPath,
) -> DiskResult<Outcome<LocalStat>> {
    if let Some(before) = before
        && !still(disk, from, before)?
    {
        return Ok(Outcome::Changed);
    }
    match disk.rename(from, to) {
        Ok(()) => {}
        Err(error) if not_as_planned(error.kind) => return Ok(Outcome::Changed),
        Err(error) => return Err(error),
    }
    disk.sync_folder(&to.parent())?;
    if from.parent() != to.parent() {
        disk.sync_folder(&from.parent())?;
    }
    Ok(match disk.look(to)? {
        Some(found) => Outcome::Done(found.stat),
        None => Outcome::Changed,
    })
}

/// Makes a folder; one that is there already is as good.
///
/// # Errors
/// What the disk says.
pub fn make_folder(disk: &dyn Disk, path: &LocalPath) -> DiskResult<Outcome<()>> {
    match ensure(disk, path) {
        Ok(()) => Ok(Outcome::Done(())),
        Err(error) if not_as_planned(error.kind) => Ok(Outcome::Changed),
        Err(error) => Err(error),
    }
}

/// Removes a folder in which nothing is left.
///
/// # Errors
/// What the disk says.
pub fn remove_folder(disk: &dyn Disk, path: &LocalPath) -> DiskResult<Outcome<()>> {
    match disk.remove_folder(path) {
        Ok(()) => disk.sync_folder(&path.parent()).map(Outcome::Done),
        Err(error) if not_as_planned(error.kind) => Ok(Outcome::Changed),
        Err(error) => Err(error),
    }
}

/// Refusals that tell of another state than the planned one.
const fn not_as_planned(kind: DiskErrorKind) -> bool {
    matches!(
        kind,
        DiskErrorKind::Missing
            | DiskErrorKind::Taken
            | DiskErrorKind::NotEmpty
            | DiskErrorKind::NoFolder
            | DiskErrorKind::IsFolder
    )
}

/// What an error of the disk is to an effect that has already begun.
fn settled<T>(done: Result<T, DiskError>) -> DiskResult<Option<T>> {
    match done {
        Ok(done) => Ok(Some(done)),
        Err(error) if not_as_planned(error.kind) => Ok(None),
        Err(error) => Err(error),
    }
}
