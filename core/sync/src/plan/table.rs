//! The decision table for files that both sides may change. Owns what two equal partners would do;
//! what a mode leaves of it is the policy's.

use super::Op;

/// What became of one side of a node since both agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// As agreed.
    Same,
    /// Other content.
    Edited,
    /// No longer there, with evidence.
    Deleted,
    /// Same content in another place.
    Moved,
    /// Other content in another place.
    MovedEdited,
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
        Self::Deleted,
        Self::Moved,
        Self::MovedEdited,
        Self::New,
        Self::Absent,
        Self::Unknown,
    ];
}

const NEW: Op = Op::Upload { replace: false };
const REPLACE: Op = Op::Upload { replace: true };
const FETCH: Op = Op::Download { replace: false };
const REFETCH: Op = Op::Download { replace: true };

/// What two equal partners do when the local side changed as the first says and the cloud as the
/// second. `equal`: both hold the same content. `alike`: both have it in the same place.
///
/// An edit beats a delete, a move beats a delete, equal contents are never a conflict, and whatever
/// cannot be told leads to nothing.
pub fn cell(local: Change, remote: Change, equal: bool, alike: bool) -> Vec<Op> {
    use Change::{Absent, Deleted, Edited, Moved, MovedEdited, New, Same, Unknown};
    let both_edited = if equal { Op::Adopt } else { Op::KeepBoth };
    match (local, remote) {
        (Unknown, _) | (_, Unknown) | (Same, Same) | (Absent, Absent) => vec![],
        (Same, Edited) => vec![REFETCH],
        (Same, Deleted) => vec![Op::LocalTrash],
        (Same, Moved) => vec![Op::LocalMove],
        (Same, MovedEdited) => vec![Op::LocalMove, REFETCH],
        (Edited, Same) => vec![REPLACE],
        (Edited, Edited) => vec![both_edited],
        (Edited, Deleted) => vec![Op::RestoreRemote, REPLACE],
        (Edited, Moved) => vec![Op::LocalMove, REPLACE],
        (Edited, MovedEdited) => vec![Op::LocalMove, both_edited],
        (Deleted, Same) => vec![Op::RemoteTrash],
        (Deleted, Edited | Moved | MovedEdited) => vec![FETCH],
        (Deleted, Deleted) => vec![Op::ForgetBase],
        (Moved, Same) => vec![Op::RemoteMove],
        (Moved, Edited) => vec![Op::RemoteMove, REFETCH],
        (Moved, Deleted) => vec![Op::RestoreRemote, Op::RemoteMove],
        (Moved, Moved) if alike => vec![Op::Adopt],
        (Moved, Moved) => vec![Op::LocalMove],
        (Moved, MovedEdited) => vec![Op::LocalMove, REFETCH],
        (MovedEdited, Same) => vec![Op::RemoteMove, REPLACE],
        (MovedEdited, Edited) => vec![Op::RemoteMove, both_edited],
        (MovedEdited, Deleted) => vec![NEW],
        (MovedEdited, Moved) => vec![Op::LocalMove, REPLACE],
        (MovedEdited, MovedEdited) => vec![Op::LocalMove, both_edited],
        (New, Absent) => vec![NEW],
        (Absent, New) => vec![FETCH],
        (New, New) => vec![both_edited],
        // One side has a base and the other none, which no pair of trees can hold.
        (New | Absent, _) | (_, New | Absent) => vec![],
    }
}
