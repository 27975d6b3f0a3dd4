//! Compares the three trees and says what to do next. Owns the plan; pure: no file, no clock, no
//! chance, no async. What is not understood becomes no step, never a guess.
//!
//! A plan holds only steps that can be done at once and in any order. What has to wait for another
//! step is in the plan after it: whoever carries a plan out asks again until there is nothing left.
//! `tree` is what is looked at, `change` what became of a side, `mode` the decision tables, `goal`
//! what is wanted of a node where it stands, `step` what it does next, `guard` what a person is
//! asked about first.

mod change;
mod forest;
mod goal;
pub mod guard;
pub mod ideal;
mod mode;
mod step;
#[cfg(test)]
mod tests;
pub mod tree;

pub use change::Change;
pub use forest::Forest;
pub use mode::{Facts, Goal, Mode, Policy, Where, Whose, wanted};

use goal::View;
use step::Step;
use tree::{Aside, Entry, NodeId, Place, Side, Trees};

/// Where a node is moved to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spot {
    /// The place it has on the other side.
    Place(Place),
    /// Beside where it is, under a name that says that there were two.
    ConflictName,
    /// Into this directory, under a name for the time until its own is free.
    Passing(NodeId),
}

/// One step. Each is a thing an executor does, or a fact the journal learns.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Op {
    /// Read the local content: nothing can be said before.
    Look,
    /// Both sides hold the same in the same place: agree on it.
    Adopt,
    /// Send the local content. With `replace`, over exactly the version that was looked at.
    Upload {
        /// Whether the cloud has a version of this node.
        replace: bool,
    },
    /// Send the local content under a free name, because another content has the name.
    UploadBeside,
    /// Fetch the cloud's content.
    Download {
        /// Whether the disk has a version of this node.
        replace: bool,
    },
    /// Make the directory on a side.
    MakeDirectory(Side),
    /// Move or rename on a side.
    Move {
        /// The side.
        side: Side,
        /// Where to.
        to: Spot,
    },
    /// The local file takes a conflict name and becomes a node of its own; the cloud's keeps node
    /// and name.
    KeepBoth,
    /// The local file becomes a node of its own where it is.
    Split,
    /// Put the file into that side's bin.
    Trash(Side),
    /// Remove an empty directory.
    RemoveDirectory(Side),
    /// Take the cloud's file out of the bin.
    RestoreRemote,
    /// Forget what was agreed.
    Forget,
    /// Leave it as it is and remember why.
    SetAside(Aside),
    /// A deletion waits for a person.
    Hold,
}

impl Op {
    /// The side it changes, if it changes one.
    pub const fn writes(&self) -> Option<Side> {
        match self {
            Self::Look
            | Self::Adopt
            | Self::Split
            | Self::Forget
            | Self::SetAside(_)
            | Self::Hold => None,
            Self::Upload { .. } | Self::UploadBeside | Self::RestoreRemote => Some(Side::Remote),
            Self::Download { .. } | Self::KeepBoth => Some(Side::Local),
            Self::MakeDirectory(side)
            | Self::Move { side, .. }
            | Self::Trash(side)
            | Self::RemoveDirectory(side) => Some(*side),
        }
    }
}

/// A step for one node with what must still hold when it is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// Which node.
    pub node: NodeId,
    /// What to do.
    pub op: Op,
    /// What the disk held of it when this was decided; the executor looks again.
    pub local: Option<Entry>,
    /// What the cloud held of it, or of the file in its place that was never agreed on.
    pub remote: Option<Entry>,
    /// What became of both sides, for the record.
    pub facts: Facts,
}

/// What to do now, in the order of the nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The steps, at most one for a node.
    pub actions: Vec<Action>,
    /// Who waits, and for whom: a plan to come.
    pub waiting: Vec<(NodeId, NodeId)>,
    /// Who waits, and in the end for whom: one that itself is left as it is, or of which nothing is
    /// certain.
    pub stuck: Vec<(NodeId, NodeId)>,
}

impl Plan {
    /// Whether nothing is left to do and nobody waits for a plan to come.
    pub const fn is_empty(&self) -> bool {
        self.actions.is_empty() && self.waiting.is_empty()
    }
}

/// The next steps of some nodes. The plan for some equals the plan for all restricted to them.
pub fn plan<T: Trees + ?Sized>(
    trees: &T,
    nodes: impl IntoIterator<Item = NodeId>,
    policy: &Policy,
) -> Plan {
    let view = View::new(trees, policy);
    let mut plan = Plan::default();
    for node in nodes {
        match view.step(node) {
            Step::Nothing => {}
            Step::Wait(other, _) => match view.last(node) {
                Some(last) => plan.stuck.push((node, last)),
                None => plan.waiting.push((node, other)),
            },
            Step::Act(op) => {
                let known = view.known(node);
                let (local, remote) = (known.local.clone(), known.remote.clone());
                plan.actions.push(Action { node, op, local, remote, facts: known.facts });
            }
        }
    }
    plan
}
