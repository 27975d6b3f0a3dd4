//! What a person is asked about before it is done: too many deletions or replaced contents at
//! once, or a side that is empty all of a sudden. Owns the thresholds and the counting; a plan
//! without its deletions goes on.

use albumen_model::auth::DeleteGuard;

use super::{Action, Op, Plan, tree::Side};

/// When a person is asked. Shares are in percent of the files agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// Deletions in one plan: what the space's policy and this device's own choice come to (see
    /// [`MassDelete::holding`](albumen_model::auth::MassDelete::holding)).
    pub deletions: DeleteGuard,
    /// The share of a small mapping that is let through, from [`Self::small_from`] files on.
    pub small_share: u64,
    /// Mappings with fewer files are not judged by their share.
    pub small_from: u64,
    /// Deletions within a day that are always let through.
    pub day_few: u64,
    /// Beyond those: the share that is let through.
    pub day_share: u64,
    /// The share of files whose content may be replaced in one plan, if more than the files of
    /// [`Self::deletions`].
    pub replaced_share: u64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            deletions: DeleteGuard::USUAL,
            small_share: 50,
            small_from: 4,
            day_few: 100,
            day_share: 10,
            replaced_share: 25,
        }
    }
}

impl Thresholds {
    fn few(&self) -> u64 {
        self.deletions.files.into()
    }
}

/// What is known besides the plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Files agreed on.
    pub agreed: u64,
    /// Files seen on disk now.
    pub local: u64,
    /// Files seen in the cloud now.
    pub remote: u64,
    /// Files deleted on disk within the last day.
    pub local_day: u64,
    /// Files deleted in the cloud within the last day.
    pub remote_day: u64,
}

/// Why a plan's deletions wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cause {
    /// The side they come from shows no file at all.
    EmptySide,
    /// Many at once.
    Many,
    /// Many within a day.
    ManyInADay,
    /// Many contents would be replaced: a time zone, a tool gone wild, or worse.
    ManyReplaced,
}

/// What waits for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Held {
    /// The side that would be changed.
    pub side: Side,
    /// Why.
    pub cause: Cause,
    /// How many files.
    pub files: u64,
}

/// What of a plan waits for a person.
pub fn judge(plan: &Plan, tally: &Tally, limits: &Thresholds) -> Vec<Held> {
    let mut held = Vec::new();
    for side in [Side::Local, Side::Remote] {
        let deleted = count(plan, |op| *op == Op::Trash(side));
        let replaced = count(plan, |op| replaces(op, side));
        if let Some(cause) = deletions(side, deleted, tally, limits) {
            held.push(Held { side, cause, files: deleted });
        }
        if replaced > limits.few() && beyond(replaced, tally.agreed, limits.replaced_share) {
            held.push(Held { side, cause: Cause::ManyReplaced, files: replaced });
        }
    }
    held
}

fn deletions(side: Side, deleted: u64, tally: &Tally, limits: &Thresholds) -> Option<Cause> {
    let (source, day) = match side {
        Side::Local => (tally.remote, tally.local_day),
        Side::Remote => (tally.local, tally.remote_day),
    };
    let in_a_day = deleted.saturating_add(day);
    let small =
        tally.agreed >= limits.small_from && beyond(deleted, tally.agreed, limits.small_share);
    if deleted == 0 {
        None
    } else if source == 0 && tally.agreed > 0 {
        Some(Cause::EmptySide)
    } else if small
        || (deleted > limits.few()
            && beyond(deleted, tally.agreed, limits.deletions.percent.into()))
    {
        Some(Cause::Many)
    } else if in_a_day > limits.day_few && beyond(in_a_day, tally.agreed, limits.day_share) {
        Some(Cause::ManyInADay)
    } else {
        None
    }
}

const fn beyond(files: u64, of: u64, share: u64) -> bool {
    files.saturating_mul(100) > of.saturating_mul(share)
}

fn replaces(op: &Op, side: Side) -> bool {
    match op {
        Op::Upload { replace: true } => side == Side::Remote,
        Op::Download { replace: true } => side == Side::Local,
        _ => false,
    }
}

fn count(plan: &Plan, test: impl Fn(&Op) -> bool) -> u64 {
    let matching = plan.actions.iter().filter(|action| test(&action.op));
    u64::try_from(matching.count()).unwrap_or(u64::MAX)
}

/// The plan with what waits for a person turned into holds; the directories of what is held stay
/// as well.
#[must_use]
pub fn hold(plan: Plan, held: &[Held]) -> Plan {
    let waits = |op: &Op| {
        held.iter().any(|held| match held.cause {
            Cause::ManyReplaced => replaces(op, held.side),
            _ => *op == Op::Trash(held.side) || *op == Op::RemoveDirectory(held.side),
        })
    };
    let step = |action: Action| match waits(&action.op) {
        true => Action { op: Op::Hold, ..action },
        false => action,
    };
    let Plan { actions, waiting, stuck } = plan;
    Plan { actions: actions.into_iter().map(step).collect(), waiting, stuck }
}
