//! Which album or directory a local folder's files go to, and under which names. Owns the rules;
//! the choices once made are stored by the journal and not made again.

mod preview;
#[cfg(test)]
mod tests;

use albumen_model::{NameError, NodeName, PathError, RemotePath};
use thiserror::Error;

pub use preview::{AlbumPlan, FolderCount, preview};

use crate::{
    local_path::LocalPath,
    mapping::{NewMapping, Target},
};

/// Between the names of folders that become one album name.
const JOINT: &str = " - ";
/// In place of what the service refuses in a name.
const SUBSTITUTE: char = '_';
/// The name of the album for loose files of a folder that has no usable name itself.
const FALLBACK: &str = "Photos";
/// The longest album name we make, in characters: leaves room for a number within 255.
const NAME_MAX: usize = 240;

/// Why a local file has no place in the cloud.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PlaceError {
    /// A name is not UTF-8; it is never guessed at.
    #[error("The name is not UTF-8")]
    NotUtf8,
    /// A name that the service does not take.
    #[error("{0}")]
    Name(#[from] NameError),
    /// The whole is too deep or too long.
    #[error("{0}")]
    Path(#[from] PathError),
}

/// How folders become directories of a space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    target: Target,
    nested: bool,
    root_album: NodeName,
}

impl Layout {
    /// The layout of a mapping.
    pub fn of(mapping: &NewMapping) -> Self {
        let name = mapping.folder.file_name().map(|name| name.to_string_lossy().into_owned());
        Self {
            target: mapping.target.clone(),
            nested: mapping.nested,
            root_album: usable(&name.unwrap_or_default()),
        }
    }

    /// Whether each folder has an album of its own, whose name is chosen once and stored.
    pub fn per_folder(&self) -> bool {
        self.target == Target::PerFolder
    }

    /// The album name a folder asks for: its path with ` - ` between the names, and `_` for what
    /// the service refuses. Only for layouts with an album per folder.
    pub fn wanted_album(&self, folder: &LocalPath) -> NodeName {
        if folder.is_root() {
            return self.root_album.clone();
        }
        usable(&folder.to_string().replace('/', JOINT))
    }

    /// The directory in the cloud for files of this folder. `album` is the stored choice, where
    /// there is an album per folder.
    ///
    /// # Errors
    /// [`PlaceError`] when a folder on the way has a name that the service does not take.
    pub fn directory(
        &self,
        folder: &LocalPath,
        album: Option<&NodeName>,
    ) -> Result<RemotePath, PlaceError> {
        let mut names = Vec::new();
        match &self.target {
            Target::Root => {}
            Target::Album(name) => names.push(name.clone()),
            Target::PerFolder => {
                names.push(album.cloned().unwrap_or_else(|| self.wanted_album(folder)));
                return Ok(RemotePath::from_names(names)?);
            }
        }
        if self.nested && !folder.is_root() {
            let text = folder.as_str().ok_or(PlaceError::NotUtf8)?;
            for name in text.split('/') {
                names.push(NodeName::parse(name)?);
            }
        }
        Ok(RemotePath::from_names(names)?)
    }
}

/// The name of a local file as the cloud may hold it.
///
/// # Errors
/// [`PlaceError`]: it is not UTF-8 or the service does not take it.
pub fn file_name(path: &LocalPath) -> Result<NodeName, PlaceError> {
    let text = std::str::from_utf8(path.name()).map_err(|_| PlaceError::NotUtf8)?;
    Ok(NodeName::parse(text)?)
}

/// A free place for a file: its own name, then `name (2).ext`, `name (3).ext` ... Looks ahead in
/// doubling steps and back by halves, so that a thousand cameras' `IMG_0001` cost ten looks each.
///
/// # Errors
/// [`PlaceError::Path`] when the place is too long.
pub fn free_place<E: From<PlaceError>>(
    directory: &RemotePath,
    name: &NodeName,
    mut taken: impl FnMut(&RemotePath) -> Result<bool, E>,
) -> Result<RemotePath, E> {
    let place = |number: u32| {
        let name = if number < 2 { name.clone() } else { name.numbered(number) };
        directory.join(name).map_err(PlaceError::from)
    };
    if !taken(&place(1)?)? {
        return Ok(place(1)?);
    }
    let (mut full, mut free) = (1, 2);
    while taken(&place(free)?)? {
        full = free;
        free = free.saturating_mul(2);
    }
    while free - full > 1 {
        let middle = full + (free - full) / 2;
        if taken(&place(middle)?)? { full = middle } else { free = middle }
    }
    Ok(place(free)?)
}

/// The first free album name, told apart without regard to case, for people cannot.
pub fn free_album<E>(
    wanted: &NodeName,
    mut taken: impl FnMut(&str) -> Result<bool, E>,
) -> Result<NodeName, E> {
    let mut name = wanted.clone();
    let mut number = 2;
    while taken(&fold(&name))? {
        name = wanted.numbered(number);
        number += 1;
    }
    Ok(name)
}

/// What two album names must not share.
pub fn fold(name: &NodeName) -> String {
    name.as_str().to_lowercase()
}

/// The name for a second content where the first must stay: `stem (from device date).ext`, or with
/// a number when that is taken as well.
pub fn beside_name(name: &NodeName, device: &str, date: &str, number: u32) -> NodeName {
    let text = name.as_str();
    let (stem, extension) = match text.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => (stem, format!(".{extension}")),
        _ => (text, String::new()),
    };
    let device = usable(device);
    let device: String = device.as_str().chars().take(40).collect();
    let count = if number > 1 { format!(" {number}") } else { String::new() };
    let suffix = format!(" (from {} {date}{count}){extension}", device.trim());
    let room = 255usize.saturating_sub(suffix.chars().count());
    let stem: String = stem.chars().take(room).collect();
    NodeName::parse(format!("{}{suffix}", stem.trim_end()))
        .unwrap_or_else(|_| name.numbered(number))
}

/// A name as near to the text as the service takes.
fn usable(text: &str) -> NodeName {
    let mut name: String = text
        .chars()
        .take(NAME_MAX)
        .map(|c| if "\\/:*?\"<>|".contains(c) || c.is_control() { SUBSTITUTE } else { c })
        .collect();
    name = name.trim().to_owned();
    NodeName::parse(name)
        .unwrap_or_else(|_| NodeName::parse(FALLBACK).expect("a plain word is a name"))
}
