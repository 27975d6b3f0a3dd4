//! What an add-only mapping does next with one file on disk, for the executor that sends files.
//! Owns that rule over a file's three versions; the planner of whole trees and all modes is `plan`.

#[cfg(test)]
mod tests;

use crate::{
    plan::Change,
    trees::{Aside, LocalVersion, RemoteVersion, Sight, SyncedVersion},
};

/// One step for a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Op {
    /// Both sides hold the same: agree on it.
    Adopt,
    /// Send the local content. With `replace`, over exactly the version last agreed on.
    Upload { replace: bool },
    /// Send the local content under a free name, because another content has the name.
    UploadBeside,
    /// Leave it as it is and remember why.
    SetAside(Aside),
}

/// The next step for a file, if there is one. A file nothing is certain of has none.
pub(crate) fn next(
    local: &Sight<LocalVersion>,
    remote: Option<&Sight<RemoteVersion>>,
    synced: Option<&SyncedVersion>,
) -> Option<Op> {
    use Change::{Absent, Deleted, Edited, Moved, MovedEdited, New, Same};
    let aside = synced.and_then(|synced| synced.aside);
    let same = equal(local, remote);
    let op = match (local_change(local, synced), remote_change(remote, synced)) {
        (Same, Same) if aside.is_none() => return None,
        // Back on disk, or back in the cloud, as it was; or whoever moved it in the cloud did not
        // delete it: the base learns the new place.
        (Same, Same | Moved) => Op::Adopt,
        (Same, Deleted) => Op::SetAside(Aside::DeletedInCloud),
        (Same, Edited | MovedEdited) if same => Op::Adopt,
        (Same, Edited | MovedEdited) => Op::SetAside(Aside::ChangedInCloud),
        (Edited, Same | Moved) => Op::Upload { replace: true },
        (Edited, Edited | MovedEdited) | (New, New) if same => Op::Adopt,
        (Edited, Edited | MovedEdited) | (New, New) => Op::UploadBeside,
        (Edited, Deleted) | (New, Absent) => Op::Upload { replace: false },
        // A local move is a new file in an add-only mode; the cloud keeps the old place as well.
        (Moved | MovedEdited, Same | Edited | Moved | MovedEdited | Deleted) => {
            Op::Upload { replace: false }
        }
        _ => return None,
    };
    match op {
        Op::SetAside(why) if aside == Some(why) => None,
        op => Some(op),
    }
}

/// Same length and same check value, both known.
fn equal(local: &Sight<LocalVersion>, remote: Option<&Sight<RemoteVersion>>) -> bool {
    match (local, remote) {
        (Sight::Present(l), Some(Sight::Present(r))) => {
            l.stat.size == r.size && l.crc64.is_some() && l.crc64 == r.crc64
        }
        _ => false,
    }
}

fn local_change(sight: &Sight<LocalVersion>, synced: Option<&SyncedVersion>) -> Change {
    match (sight, synced) {
        (Sight::Unknown, _) => Change::Unknown,
        (Sight::Present(_), None) => Change::New,
        (Sight::Present(version), Some(synced)) => {
            let edited = match version.crc64 {
                Some(crc64) => crc64 != synced.crc64 || version.stat.size != synced.remote.size,
                None => version.stat != synced.stat,
            };
            Change::of(version.path != synced.local_path, edited)
        }
    }
}

fn remote_change(sight: Option<&Sight<RemoteVersion>>, synced: Option<&SyncedVersion>) -> Change {
    match (sight, synced) {
        (Some(Sight::Unknown), _) => Change::Unknown,
        (None, None) => Change::Absent,
        (None, Some(_)) => Change::Deleted,
        (Some(Sight::Present(_)), None) => Change::New,
        (Some(Sight::Present(version)), Some(synced)) => {
            let edited = version.size != synced.remote.size || version.crc64 != synced.remote.crc64;
            Change::of(version.path != synced.remote.path, edited)
        }
    }
}
