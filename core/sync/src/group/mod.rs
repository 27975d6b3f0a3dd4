//! Files that are one photo to people: a live photo's picture and film, a raw file and its JPEG,
//! edited variants, sidecars. Owns who belongs together and what they are called together; pure,
//! over names and facts that others have read.
//!
//! What cannot be told stays apart: a photo that is moved in two steps is a nuisance, a stranger's
//! film deleted with it is a loss.

mod admission;
mod gather;
mod parts;
#[cfg(test)]
mod tests;
mod together;

use albumen_media::facts::CaptureTime;

pub use admission::{Admission, LibraryKind, Refusal, admission};
pub use parts::Role;

use gather::Gathering;
use parts::Parts;

/// A file as far as pairing looks at it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry<'a> {
    /// The folder or album that holds it; only files of one folder belong together.
    pub folder: &'a str,
    /// Its name.
    pub name: &'a str,
    /// When it was taken; absent until its facts are read.
    pub taken: Option<CaptureTime>,
    /// What Apple writes into both halves of a live photo.
    pub content_id: Option<&'a str>,
}

/// One file of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its place in the entries that were given.
    pub entry: usize,
    /// What it is to the others.
    pub role: Role,
    parts: Parts,
}

/// Files that are moved, renamed, set apart and deleted together; most are a group of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What the names of all have in common, by the first member's name.
    pub stem: String,
    /// The picture first, sidecars last.
    pub members: Vec<Member>,
}

impl Group {
    /// The names of all members, in their order, when the group gets this stem. Each keeps its
    /// ending and what marks it as an edited variant. For a free stem see
    /// [`conflict_stem`](crate::name::conflict_stem).
    pub fn names(&self, stem: &str) -> Vec<String> {
        self.members.iter().map(|member| member.parts.name(stem)).collect()
    }
}

/// Sorts the entries into groups, each entry into exactly one. The order of the entries does not
/// matter; the groups come in the order of their first names.
pub fn groups(entries: &[Entry<'_>]) -> Vec<Group> {
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by_key(|index| (entries[*index].folder, entries[*index].name, *index));
    let folders = order.chunk_by(|a, b| entries[*a].folder == entries[*b].folder);
    folders.flat_map(|folder| Gathering::of(entries, folder).into_groups()).collect()
}
