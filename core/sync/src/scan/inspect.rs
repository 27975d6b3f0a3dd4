//! What a folder holds, before it is mapped. Owns the counts a person decides by; writes nothing.

use std::{collections::BTreeMap, path::Path};

use super::{
    ignoring::ignore_rules,
    walk::{Entry, walk},
};
use crate::{
    album::FolderCount,
    error::{Error, Result},
    local_path::LocalPath,
};

/// Films by their ending; everything else that has a picture's ending is a picture. Only for
/// counts.
const FILMS: &[&str] =
    &["mp4", "mov", "m4v", "avi", "mkv", "webm", "3gp", "mts", "m2ts", "mpg", "mpeg", "wmv"];
/// Pictures by their ending.
const PICTURES: &[&str] = &[
    "jpg", "jpeg", "png", "gif", "webp", "heic", "heif", "avif", "tif", "tiff", "bmp", "dng",
    "cr2", "cr3", "nef", "arw", "raf", "orf", "rw2",
];
/// Files refused by name that are listed one by one.
const REFUSED_MAX: usize = 1000;

/// What a folder holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inspection {
    /// Files that would travel.
    pub files: u64,
    /// Pictures among them, by their ending.
    pub photos: u64,
    /// Films among them, by their ending.
    pub videos: u64,
    /// Entries left out by a rule.
    pub skipped: u64,
    /// Bytes of the files that would travel.
    pub bytes: u64,
    /// How many files each folder holds directly; the root for loose ones. In path order.
    pub folders: Vec<FolderCount>,
    /// Files whose names the service does not take, at most 1,000 of them.
    pub refused: Vec<LocalPath>,
    /// Folders that could not be read.
    pub unreadable: Vec<LocalPath>,
}

/// Looks through a folder. Blocks; a large folder takes seconds.
///
/// # Errors
/// [`Error::FolderNotAbsolute`], [`Error::FolderMissing`], [`Error::FolderUnreadable`];
/// [`Error::Io`] when rules of an earlier mapping lie there and cannot be read.
pub fn inspect(folder: &Path) -> Result<Inspection> {
    if !folder.is_absolute() {
        return Err(Error::FolderNotAbsolute(folder.to_owned()));
    }
    if !folder.is_dir() {
        return Err(Error::FolderMissing(folder.to_owned()));
    }
    let mut found = Inspection::default();
    let mut folders: BTreeMap<LocalPath, FolderCount> = BTreeMap::new();
    let rules = ignore_rules(folder)?;
    for entry in walk(folder, &LocalPath::default(), &rules) {
        match entry {
            Entry::File { path, stat } => {
                count(&mut found, &path);
                found.bytes += stat.size;
                let parent = path.parent();
                let count = folders.entry(parent.clone()).or_insert_with(|| FolderCount {
                    folder: parent,
                    files: 0,
                    bytes: 0,
                });
                count.files += 1;
                count.bytes += stat.size;
            }
            Entry::Skipped { .. } => found.skipped += 1,
            Entry::Unreadable { path } => found.unreadable.push(path),
            Entry::Incomplete { folder: inner } if inner.is_root() => {
                return Err(Error::FolderUnreadable(folder.to_owned()));
            }
            Entry::Incomplete { folder } => found.unreadable.push(folder),
        }
    }
    found.folders = folders.into_values().collect();
    Ok(found)
}

fn count(found: &mut Inspection, path: &LocalPath) {
    found.files += 1;
    let name = String::from_utf8_lossy(path.name()).to_lowercase();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    found.photos += u64::from(PICTURES.contains(&ending));
    found.videos += u64::from(FILMS.contains(&ending));
    if crate::album::file_name(path).is_err() && found.refused.len() < REFUSED_MAX {
        found.refused.push(path.clone());
    }
}
