//! What became of one side of a node since both agreed. Owns that one question.

use super::tree::{Agreed, Base, Content, Entry, Gone, Sight};

/// What became of one side of a node since both agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Change {
    /// As agreed.
    Same,
    /// Other content.
    Edited,
    /// Same content in another place.
    Moved,
    /// Other content in another place.
    MovedEdited,
    /// No longer there, with evidence.
    Deleted,
    /// No longer there, and no person wanted that: the service took it away by itself.
    Withdrawn,
    /// There, and never agreed on.
    New,
    /// Not there, and never agreed on.
    Absent,
    /// Nobody can tell.
    Unknown,
}

impl Change {
    /// Every kind of change.
    pub const ALL: &[Self] = &[
        Self::Same,
        Self::Edited,
        Self::Moved,
        Self::MovedEdited,
        Self::Deleted,
        Self::Withdrawn,
        Self::New,
        Self::Absent,
        Self::Unknown,
    ];

    /// Whether the content is another than agreed on.
    pub const fn edited(self) -> bool {
        matches!(self, Self::Edited | Self::MovedEdited)
    }

    /// Whether the place is another than agreed on.
    pub const fn moved(self) -> bool {
        matches!(self, Self::Moved | Self::MovedEdited)
    }

    /// Whether there is something on this side.
    pub const fn present(self) -> bool {
        matches!(self, Self::Same | Self::Edited | Self::Moved | Self::MovedEdited | Self::New)
    }

    /// What became of what is still there.
    pub(crate) const fn of(moved: bool, edited: bool) -> Self {
        match (moved, edited) {
            (false, false) => Self::Same,
            (false, true) => Self::Edited,
            (true, false) => Self::Moved,
            (true, true) => Self::MovedEdited,
        }
    }
}

/// What became of it on disk.
pub(super) fn local_change(seen: Option<&Sight<Entry>>, base: Option<&Base>) -> Change {
    match (seen, base) {
        (Some(Sight::Unknown), _) => Change::Unknown,
        (None, None) => Change::Absent,
        (None, Some(_)) => Change::Deleted,
        (Some(Sight::Present(_)), None) => Change::New,
        (Some(Sight::Present(entry)), Some(base)) => {
            let edited = differ(entry, base, edited_here);
            Change::of(entry.place != base.local, edited)
        }
    }
}

/// What became of it in the cloud.
pub(super) fn remote_change(
    seen: Option<&Sight<Entry>>,
    base: Option<&Base>,
    gone: Gone,
) -> Change {
    match (seen, base) {
        (Some(Sight::Unknown), _) => Change::Unknown,
        (None, None) => Change::Absent,
        (None, Some(_)) if gone == Gone::Withdrawn => Change::Withdrawn,
        (None, Some(_)) => Change::Deleted,
        (Some(Sight::Present(_)), None) => Change::New,
        (Some(Sight::Present(entry)), Some(base)) => {
            let edited = differ(entry, base, edited_there);
            Change::of(entry.place != base.remote, edited)
        }
    }
}

fn differ(entry: &Entry, base: &Base, test: fn(&Content, &Agreed) -> bool) -> bool {
    entry.content().zip(base.content.as_ref()).is_some_and(|(now, agreed)| test(now, agreed))
}

/// The state tells until the content was read; then the content does.
fn edited_here(now: &Content, agreed: &Agreed) -> bool {
    match now.crc64 {
        Some(crc64) => crc64 != agreed.crc64 || now.size != agreed.size,
        None => now.stat != Some(agreed.stat),
    }
}

/// A stamp that did not move is the same content even where the check value is not said.
fn edited_there(now: &Content, agreed: &Agreed) -> bool {
    match now.crc64 {
        Some(crc64) => crc64 != agreed.crc64 || now.size != agreed.size,
        None => now.size != agreed.size || now.cas.is_none() || now.cas != agreed.cas,
    }
}

/// Whether both hold the same: the same length and check value, both known. Directories always do.
pub(super) fn equal(local: &Entry, remote: &Entry) -> bool {
    match (local.content(), remote.content()) {
        (Some(l), Some(r)) => l.size == r.size && l.crc64.is_some() && l.crc64 == r.crc64,
        (None, None) => true,
        _ => false,
    }
}
