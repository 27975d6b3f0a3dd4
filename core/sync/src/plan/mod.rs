//! Compares the three trees and says what to do. Owns the plan; pure: no file, no clock, no chance,
//! no async. What is not understood becomes no operation, never a guess.

mod policy;
mod table;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use albumen_model::RemotePath;

pub use policy::{Mode, Policy};
pub use table::{Change, cell};

use crate::trees::{
    Aside, LocalStat, LocalTree, LocalVersion, NodeId, RemoteTree, RemoteVersion, Sight,
    SyncedTree, SyncedVersion,
};

/// One step. Each is a thing an executor does, or a fact the synced tree learns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// Both sides hold the same: agree on it.
    Adopt,
    /// Send the local content. With `replace`, over exactly the version last agreed on.
    Upload {
        /// Whether a version of ours is there already.
        replace: bool,
    },
    /// Send the local content under a free name, because another content has the name.
    UploadBeside,
    /// Both contents stay: the cloud's keeps the name, the local one gets a conflict name. Modes
    /// expand this; it is never in a finished plan.
    KeepBoth,
    /// Fetch the cloud's content.
    Download {
        /// Whether a local file is replaced.
        replace: bool,
    },
    /// Give the cloud's file the local name.
    RemoteMove,
    /// Give the local file the cloud's name.
    LocalMove,
    /// Give the local file a conflict name.
    LocalConflictRename,
    /// Put the cloud's file into the bin.
    RemoteTrash,
    /// Put the local file into the local bin.
    LocalTrash,
    /// Take the cloud's file out of the bin.
    RestoreRemote,
    /// Both are gone: forget what was agreed.
    ForgetBase,
    /// Leave it as it is and remember why.
    SetAside(Aside),
}

/// A step for one node with what must still hold when it is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// Which file.
    pub node: NodeId,
    /// What to do.
    pub op: Op,
    /// The local state this was decided on; the executor looks again.
    pub local: Option<LocalStat>,
    /// The stamp of the cloud's content this was decided on.
    pub content_cas: Option<String>,
    /// What had changed on disk.
    pub local_change: Change,
    /// What had changed in the cloud.
    pub remote_change: Change,
}

/// What to do, in the order of the nodes; the steps of one node in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The steps.
    pub actions: Vec<Action>,
}

/// Compares the trees. The plan for some nodes alone equals the plan for all, restricted to them,
/// as long as nodes that want the same place in the cloud are looked at together.
pub fn plan(local: &LocalTree, remote: &RemoteTree, synced: &SyncedTree, policy: &Policy) -> Plan {
    let mut actions = Vec::new();
    let twins = same_place(local, remote, synced);
    let paired: BTreeSet<NodeId> = twins.values().copied().collect();
    let nodes: BTreeSet<NodeId> =
        local.keys().chain(remote.keys()).chain(synced.keys()).copied().collect();
    for node in nodes.into_iter().filter(|node| !paired.contains(node)) {
        let seen = remote.get(&node).or_else(|| remote.get(twins.get(&node)?));
        actions.extend(plan_node(node, local.get(&node), seen, synced.get(&node), policy));
    }
    Plan { actions }
}

/// Local files never agreed on whose place in the cloud another such node has: local node to
/// remote.
fn same_place(
    local: &LocalTree,
    remote: &RemoteTree,
    synced: &SyncedTree,
) -> BTreeMap<NodeId, NodeId> {
    let mut places: BTreeMap<&RemotePath, NodeId> = BTreeMap::new();
    for (node, seen) in remote {
        if let Sight::Present(version) = seen
            && !synced.contains_key(node)
            && !local.contains_key(node)
        {
            places.insert(&version.path, *node);
        }
    }
    let mut twins = BTreeMap::new();
    for (node, seen) in local {
        if let Sight::Present(version) = seen
            && !synced.contains_key(node)
            && !remote.contains_key(node)
            && let Some(twin) = places.remove(&version.target)
        {
            twins.insert(*node, twin);
        }
    }
    twins
}

/// The steps for one node from what each tree holds of it.
pub fn plan_node(
    node: NodeId,
    local: Option<&Sight<LocalVersion>>,
    remote: Option<&Sight<RemoteVersion>>,
    synced: Option<&SyncedVersion>,
    policy: &Policy,
) -> Vec<Action> {
    let local_change = local_change(local, synced);
    let remote_change = remote_change(remote, synced);
    let local = present(local);
    let remote = present(remote);
    let facts = policy::Facts {
        local: local_change,
        remote: remote_change,
        equal: equal(local, remote),
        aside: synced.and_then(|synced| synced.aside),
        moved_alike: local.zip(remote).is_some_and(|(l, r)| l.target == r.path),
    };
    let step = |op| Action {
        node,
        op,
        local: local.map(|version| version.stat),
        content_cas: remote.and_then(|version| version.content_cas.clone()),
        local_change,
        remote_change,
    };
    policy.steps(&facts).into_iter().map(step).collect()
}

fn present<T>(sight: Option<&Sight<T>>) -> Option<&T> {
    match sight {
        Some(Sight::Present(version)) => Some(version),
        Some(Sight::Unknown) | None => None,
    }
}

/// Same length and same check value, both known.
fn equal(local: Option<&LocalVersion>, remote: Option<&RemoteVersion>) -> bool {
    local
        .zip(remote)
        .is_some_and(|(l, r)| l.stat.size == r.size && l.crc64.is_some() && l.crc64 == r.crc64)
}

fn local_change(sight: Option<&Sight<LocalVersion>>, synced: Option<&SyncedVersion>) -> Change {
    match (sight, synced) {
        (Some(Sight::Unknown), _) => Change::Unknown,
        (None, None) => Change::Absent,
        (None, Some(_)) => Change::Deleted,
        (Some(Sight::Present(_)), None) => Change::New,
        (Some(Sight::Present(version)), Some(synced)) => {
            let same_stat = version.stat == synced.stat;
            let edited = match version.crc64 {
                Some(crc64) => crc64 != synced.crc64 || version.stat.size != synced.remote.size,
                None => !same_stat,
            };
            moved_or_edited(version.path != synced.local_path, edited)
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
            moved_or_edited(version.path != synced.remote.path, edited)
        }
    }
}

fn moved_or_edited(moved: bool, edited: bool) -> Change {
    match (moved, edited) {
        (false, false) => Change::Same,
        (false, true) => Change::Edited,
        (true, false) => Change::Moved,
        (true, true) => Change::MovedEdited,
    }
}
