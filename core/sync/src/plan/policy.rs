//! What a mode leaves of the decision table. Owns the modes' rules; today one mode that never
//! deletes.

use super::{
    Op,
    table::{Change, cell},
};
use crate::trees::Aside;

/// What a mapping is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Add-only: what is on disk gets into the cloud and stays there. Nothing is ever deleted,
    /// moved or fetched on either side.
    Backup,
    /// Both sides follow each other. The planner knows it; no executor runs it yet.
    TwoWay,
}

/// The rules a plan is made by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The mode.
    pub mode: Mode,
}

impl Policy {
    /// Add-only backup.
    pub const BACKUP: Self = Self { mode: Mode::Backup };
    /// Both sides follow each other.
    pub const TWO_WAY: Self = Self { mode: Mode::TwoWay };
}

/// What the rules look at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    pub(super) local: Change,
    pub(super) remote: Change,
    pub(super) equal: bool,
    pub(super) moved_alike: bool,
    pub(super) aside: Option<Aside>,
}

impl Policy {
    pub(super) fn steps(&self, facts: &Facts) -> Vec<Op> {
        match self.mode {
            Mode::Backup => backup(facts),
            Mode::TwoWay => two_way(facts),
        }
    }
}

fn two_way(facts: &Facts) -> Vec<Op> {
    cell(facts.local, facts.remote, facts.equal, facts.moved_alike)
        .into_iter()
        .flat_map(|op| match op {
            Op::KeepBoth => vec![
                Op::LocalConflictRename,
                Op::Upload { replace: false },
                Op::Download { replace: false },
            ],
            other => vec![other],
        })
        .collect()
}

/// The backup column of the modes' table, written out: the two-way cells mostly ask for what an
/// add-only mode must not do, so filtering alone would leave files without an answer.
fn backup(facts: &Facts) -> Vec<Op> {
    use Change::{Absent, Deleted, Edited, Moved, MovedEdited, New, Same, Unknown};
    let op = match (facts.local, facts.remote) {
        (Unknown, _) | (_, Unknown) | (Absent, _) => return vec![],
        (Deleted, Deleted) => Op::ForgetBase,
        (Deleted, _) => Op::SetAside(Aside::Archived),
        (Same, Same) if facts.aside.is_none() => return vec![],
        // Back on disk, or back in the cloud, as it was.
        (Same, Same) => Op::Adopt,
        // Whoever moved it in the cloud did not delete it: the base learns the new place.
        (Same, Moved) => Op::Adopt,
        (Same, Deleted) => Op::SetAside(Aside::DeletedInCloud),
        (Same, Edited | MovedEdited) if facts.equal => Op::Adopt,
        (Same, Edited | MovedEdited) => Op::SetAside(Aside::ChangedInCloud),
        (Edited, Same | Moved) => Op::Upload { replace: true },
        (Edited, Edited | MovedEdited) | (New, New) if facts.equal => Op::Adopt,
        (Edited, Edited | MovedEdited) | (New, New) => Op::UploadBeside,
        (Edited, Deleted) | (New, Absent) => Op::Upload { replace: false },
        // A local move is a new file in an add-only mode; the cloud keeps the old place as well.
        (Moved | MovedEdited, _) => Op::Upload { replace: false },
        (New, _) | (Same | Edited, New | Absent) => return vec![],
    };
    match op {
        Op::SetAside(why) if facts.aside == Some(why) => vec![],
        op => vec![op],
    }
}
