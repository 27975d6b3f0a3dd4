//! What is seen of the cloud in one look, before it is written down. Owns the values, and what goes
//! with a directory that goes.

use std::collections::{BTreeMap, VecDeque};

use albumen_model::{Inode, RemotePath};

use crate::{
    plan::tree::{Base, Gone, NodeId, Side},
    reconcile::{
        Reconciler,
        record::{InCloud, Intent},
    },
};

/// What is seen so far of the cloud, not yet written down.
pub(super) struct Sighting {
    /// Whether all directories are listed, not only new ones.
    pub(super) everything: bool,
    /// How nodes went of which nothing else is told.
    pub(super) how: Gone,
    pub(super) seen: BTreeMap<NodeId, Option<InCloud>>,
    /// The directory of each node by what the feed said of it last.
    pub(super) parents: BTreeMap<Inode, Inode>,
    /// New nodes, by the cloud's number.
    pub(super) new: BTreeMap<Inode, NodeId>,
    pub(super) went: BTreeMap<NodeId, Gone>,
    /// Nodes that are not there, and how they went; what is below them may be elsewhere by now.
    pub(super) leaving: Vec<(NodeId, Inode, Gone)>,
    /// What is under way, or was when an end came or an answer was lost.
    pub(super) open: Vec<(NodeId, Intent)>,
    /// What of it is found to be done, and what is agreed on then.
    pub(super) landed: BTreeMap<NodeId, Base>,
    /// Directories by their paths, found during this look.
    pub(super) directories: BTreeMap<RemotePath, NodeId>,
    /// Directories whose content is to be listed.
    pub(super) unlisted: VecDeque<(NodeId, RemotePath)>,
}

impl Sighting {
    pub(super) const fn new(everything: bool, how: Gone, open: Vec<(NodeId, Intent)>) -> Self {
        Self {
            open,
            everything,
            how,
            seen: BTreeMap::new(),
            parents: BTreeMap::new(),
            new: BTreeMap::new(),
            went: BTreeMap::new(),
            leaving: Vec::new(),
            landed: BTreeMap::new(),
            directories: BTreeMap::new(),
            unlisted: VecDeque::new(),
        }
    }
}

impl Reconciler {
    /// Those that are not there go, once all that moved was seen where it is now.
    pub(super) fn all_leave(&self, sighting: &mut Sighting) {
        for (node, inode, how) in std::mem::take(&mut sighting.leaving) {
            // The node may be another one of the cloud's by now: one that we made in its place.
            let another = |seen: &InCloud| seen.inode != inode;
            if !sighting.seen.get(&node).and_then(Option::as_ref).is_some_and(another) {
                self.leaves(sighting, node, how);
            }
        }
    }

    /// A node goes, with all below it.
    pub(super) fn leaves(&self, sighting: &mut Sighting, node: NodeId, how: Gone) {
        let mut all = vec![node];
        while let Some(at) = all.pop() {
            let is_here = |seen: &Option<InCloud>| {
                seen.as_ref().is_some_and(|seen| seen.entry.place.parent == at)
            };
            let seen_here = sighting.seen.iter().filter(|(_, seen)| is_here(seen));
            all.extend(seen_here.map(|(child, _)| *child));
            let known_here = self.record.children(Side::Remote, at).into_iter();
            all.extend(known_here.filter(|child| !sighting.seen.contains_key(child)));
            sighting.seen.insert(at, None);
            if self.record.base(at).is_some() {
                sighting.went.insert(at, how);
            }
        }
    }

    /// Nodes that are known in a place where another one was seen.
    pub(super) fn displaced(&self, sighting: &Sighting) -> Vec<Inode> {
        let seen = sighting.seen.values().flatten();
        seen.filter_map(|now| {
            let there = self.record.at(Side::Remote, &now.entry.place)?;
            let moved = sighting.seen.contains_key(&there);
            if moved { None } else { self.record.inode(there) }
        })
        .collect()
    }
}
