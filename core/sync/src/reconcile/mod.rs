//! Keeps a folder and a place in the cloud as a mapping's mode wants them, by three trees: looks at
//! both sides, asks the planner, does the steps. Owns the order of these; whoever calls it says
//! when.
//!
//! `record` is what is remembered, `local` and `remote` look, `act` does a step, `up` and `down`
//! carry content, `recover` settles what an end left open.

mod act;
mod down;
mod failure;
mod local;
mod moves;
mod naming;
mod places;
pub mod record;
mod recover;
mod remembered;
mod remote;
pub(crate) mod rules;
mod up;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use albumen_model::{Inode, RemotePath};
use futures::{StreamExt, stream};

pub use crate::journal::TreeRecord;
use crate::{
    cloud::CloudTree,
    disk::Disk,
    env::Clock,
    error::Result,
    ignore::IgnoreRules,
    local_path::LocalPath,
    name::VolumeRules,
    plan::{
        Action, Op, Policy,
        guard::{self, Held, Thresholds},
        plan,
        tree::{Entry, NodeId},
    },
};
use failure::Failure;
use record::Record;
pub use remembered::Remembered;

/// A day, milliseconds.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// The wait after a failure, and the longest one, milliseconds.
const RETRY_MS: u64 = 2_000;
const RETRY_MAX_MS: u64 = 5 * 60 * 1000;

/// What a mapping is to do, and what its folder is like.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Mode, and what may be deleted.
    pub policy: Policy,
    /// When a person is asked first.
    pub thresholds: Thresholds,
    /// The place in the cloud.
    pub root: RemotePath,
    /// A name below the folder that is there as long as the folder is the one that was mapped.
    pub mark: LocalPath,
    /// What never travels.
    pub ignore: IgnoreRules,
    /// Tells this mapping's passing names from those of others: letters and digits.
    pub tag: String,
    /// What this device is called, for the names of conflict copies.
    pub device: String,
    /// What the volume can hold as a name.
    pub volume: VolumeRules,
    /// Whether the volume may be pulled out.
    pub removable: bool,
    /// Files up to so many bytes are sent in one piece, others in parts of so many.
    pub whole_max: u64,
    /// How long a file must have rested before it is read, milliseconds.
    pub settle_ms: i64,
    /// Steps at once.
    pub width: usize,
}

/// What one round came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Facts seen that were new.
    pub news: usize,
    /// Steps done.
    pub done: usize,
    /// Steps that failed, each to be tried again.
    pub failed: usize,
    /// Whether the mapped folder was there.
    pub there: bool,
    /// Whether something waits for its time: a second look, a retry.
    pub waits: bool,
    /// What waits for a person.
    pub held: Vec<Held>,
}

impl Round {
    /// Whether nothing is left to do but what waits for a person.
    pub const fn at_rest(&self) -> bool {
        self.there && self.news == 0 && self.done == 0 && self.failed == 0 && !self.waits
    }
}

/// What is known only as long as this runs.
#[derive(Debug, Default)]
struct Memory {
    /// Missed on disk, and since when.
    missed: BTreeMap<NodeId, u64>,
    /// Failures in a row, and when to try again.
    failed: BTreeMap<NodeId, (u32, u64)>,
    /// The cloud's number of the mapped place, once the feed has told it.
    root: Option<Inode>,
    /// What a person said yes to.
    allowed: Vec<Held>,
    /// Whether what an earlier run left open was looked at.
    recovered: bool,
}

/// One mapping.
pub struct Reconciler {
    record: Arc<dyn Record + Send + Sync>,
    disk: Arc<dyn Disk>,
    cloud: Arc<dyn CloudTree>,
    clock: Arc<dyn Clock>,
    settings: Settings,
    memory: Mutex<Memory>,
}

impl Reconciler {
    /// Over what is remembered of a mapping.
    pub fn new(
        record: Arc<dyn Record + Send + Sync>,
        disk: Arc<dyn Disk>,
        cloud: Arc<dyn CloudTree>,
        clock: Arc<dyn Clock>,
        settings: Settings,
    ) -> Self {
        Self { record, disk, cloud, clock, settings, memory: Mutex::default() }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at both sides, asks for a plan, and does what can be done at once.
    ///
    /// # Errors
    /// [`crate::Error::Cloud`] when the cloud could not be looked at: nothing was done then. What
    /// the journal says.
    pub async fn round(&self) -> Result<Round> {
        if !self.is_there() {
            return Ok(Round::default());
        }
        if !self.memory().recovered {
            self.recover().await?;
        }
        let look = self.look_local()?;
        // The folder may have been taken away while it was looked at.
        if look.unread > 0 && !self.is_there() {
            return Ok(Round::default());
        }
        let news = look.news + self.look_remote().await?;
        self.forget_unmade()?;
        let made = plan(self.record.as_ref(), self.record.unsettled()?, &self.settings.policy);
        self.record.sound()?;
        let tally = self.record.tally(self.clock.now_ms() - DAY_MS)?;
        let held = guard::judge(&made, &tally, &self.settings.thresholds);
        let held: Vec<Held> = held.into_iter().filter(|held| !self.is_allowed(held)).collect();
        let made = guard::hold(made, &held);
        let mut round = Round {
            news,
            there: true,
            waits: look.missed || look.unread > 0,
            held,
            ..Round::default()
        };
        self.carry_out(made.actions, &mut round).await?;
        Ok(round)
    }

    /// A person says yes to what waits for one, up to so many files each.
    pub fn allow(&self, held: &[Held]) {
        self.memory().allowed.extend_from_slice(held);
    }

    fn is_allowed(&self, held: &Held) -> bool {
        let covers = |allowed: &Held| {
            (allowed.side, allowed.cause) == (held.side, held.cause) && held.files <= allowed.files
        };
        self.memory().allowed.iter().any(covers)
    }

    /// Whether the folder is the one that was mapped.
    fn is_there(&self) -> bool {
        matches!(self.disk.look(&self.settings.mark), Ok(Some(_)))
    }

    /// Does the steps: those that move directories one by one, as the paths of others change with
    /// them, then all others.
    async fn carry_out(&self, actions: Vec<Action>, round: &mut Round) -> Result<()> {
        let now = self.clock.uptime_ms();
        let (due, later): (Vec<Action>, Vec<Action>) = actions
            .into_iter()
            .filter(|action| action.op != Op::Hold)
            .partition(|action| self.is_due(action.node, now));
        round.waits |= !later.is_empty();
        let (alone, others): (Vec<Action>, Vec<Action>) = due.into_iter().partition(moves_a_tree);
        for action in alone {
            let outcome = self.act(&action).await;
            self.done(&action, outcome, round)?;
        }
        let width = self.settings.width.max(1);
        let mut outcomes = stream::iter(others)
            .map(|action| async move {
                let outcome = self.act(&action).await;
                (action, outcome)
            })
            .buffer_unordered(width);
        while let Some((action, outcome)) = outcomes.next().await {
            self.done(&action, outcome, round)?;
        }
        Ok(())
    }

    fn is_due(&self, node: NodeId, now: u64) -> bool {
        self.memory().failed.get(&node).is_none_or(|(_, until)| *until <= now)
    }

    fn done(&self, action: &Action, outcome: Result<(), Failure>, round: &mut Round) -> Result<()> {
        match outcome {
            Ok(()) => {
                self.memory().failed.remove(&action.node);
                round.done += 1;
            }
            Err(Failure::Journal(crate::Error::Torn)) | Err(Failure::Changed) => {
                // Both sides are looked at before the next plan; not at once, as who made the
                // change may not be through.
                self.put_off(action.node, 0);
                round.failed += 1;
            }
            Err(Failure::Journal(error)) => return Err(error),
            Err(Failure::Unsettled(ms)) => {
                self.put_off(action.node, ms);
                round.waits = true;
            }
            Err(failure) => {
                tracing::debug!(node = action.node.0, op = ?action.op, %failure, "A step failed");
                self.put_off(action.node, RETRY_MS);
                round.failed += 1;
            }
        }
        Ok(())
    }

    fn put_off(&self, node: NodeId, base_ms: u64) {
        let now = self.clock.uptime_ms();
        let mut memory = self.memory();
        let (tries, until) = memory.failed.entry(node).or_insert((0, 0));
        let wait = base_ms.saturating_mul(1 << (*tries).min(10)).min(RETRY_MAX_MS);
        *tries += u32::from(base_ms > 0);
        *until = now.saturating_add(wait);
    }
}

fn moves_a_tree(action: &Action) -> bool {
    let entry = action.local.as_ref().or(action.remote.as_ref());
    entry.is_some_and(Entry::is_directory) && matches!(action.op, Op::Adopt | Op::Move { .. })
}
