//! Tells the mapped folder from another one in its place. Owns the mark in the folder; does not
//! know what the folder holds.

use std::{fs, io, path::Path};

use serde::{Deserialize, Serialize};

use super::{ignoring, rules::OWN_FOLDER, stat::stat_of};
use crate::{
    error::Result,
    error::io as io_error,
    mapping::{Mapping, MappingId},
};

const MARK: &str = "root.json";
/// A mark larger than this is none of ours.
const MARK_MAX: u64 = 64 * 1024;

#[derive(Debug, Default, Serialize, Deserialize)]
struct Mark {
    mappings: Vec<MappingId>,
}

/// Whether the folder is the one that was mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RootCheck {
    /// It is.
    Same,
    /// It is missing, cannot be read, or another folder is in its place: nothing may be concluded.
    Absent,
}

/// The inode and birth of a folder, nanoseconds; 0 where unknown.
pub(crate) fn identity(folder: &Path) -> io::Result<(u64, i64)> {
    let stat = stat_of(&fs::metadata(folder)?);
    Ok(stat.identity())
}

/// Marks a folder as mapped. A folder that cannot be written to goes without.
pub(crate) fn mark(folder: &Path, id: &MappingId) -> Result<()> {
    let own = folder.join(OWN_FOLDER);
    let path = own.join(MARK);
    let mut mark = read(&path).unwrap_or_default();
    if mark.mappings.contains(id) {
        return Ok(());
    }
    mark.mappings.push(id.clone());
    let text = serde_json::to_vec(&mark).unwrap_or_default();
    let staged = own.join("root.json.new");
    let written = fs::create_dir_all(&own)
        .and_then(|()| fs::write(&staged, text))
        .and_then(|()| fs::rename(&staged, &path));
    match written {
        Err(error) if read_only(&error) => Ok(()),
        other => other.map_err(io_error("Mark the folder", path)),
    }
}

/// Removes the mark of a mapping, and with the last one its ignore rules and our folder.
pub(crate) fn unmark(folder: &Path, id: &MappingId) {
    let own = folder.join(OWN_FOLDER);
    let path = own.join(MARK);
    let Some(mut mark) = read(&path) else { return };
    mark.mappings.retain(|other| other != id);
    // What cannot be removed does no harm.
    let _ = if mark.mappings.is_empty() {
        fs::remove_file(&path)
            .and_then(|()| ignoring::forget(folder))
            .and_then(|()| fs::remove_dir(&own))
    } else {
        fs::write(&path, serde_json::to_vec(&mark).unwrap_or_default())
    };
}

/// The mark decides; where there is none (a read-only folder, or somebody removed it) the folder's
/// own inode and birth do.
pub(crate) fn check(mapping: &Mapping) -> RootCheck {
    let folder = &mapping.bound.folder;
    let Ok(found) = identity(folder) else { return RootCheck::Absent };
    if fs::read_dir(folder).is_err() {
        return RootCheck::Absent;
    }
    let marked = read(&folder.join(OWN_FOLDER).join(MARK))
        .is_some_and(|mark| mark.mappings.contains(&mapping.id));
    if marked {
        return RootCheck::Same;
    }
    if found != mapping.root || found.0 == 0 {
        return RootCheck::Absent;
    }
    if let Err(error) = mark(folder, &mapping.id) {
        tracing::warn!(%error, "The folder's mark could not be renewed");
    }
    RootCheck::Same
}

fn read(path: &Path) -> Option<Mark> {
    if fs::metadata(path).ok()?.len() > MARK_MAX {
        return None;
    }
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

fn read_only(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
}
