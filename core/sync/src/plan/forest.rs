//! The three trees in memory: for what is small, for simulations, and for proofs. Owns the maps and
//! their two indices; decides nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::tree::{Aside, Base, Entry, Gone, Name, NodeId, Place, Side, Sight, Trees};
use crate::name::{CaseRule, VolumeRules, compare_key};

/// One side's tree with its indices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Half {
    nodes: BTreeMap<NodeId, Sight<Entry>>,
    places: BTreeMap<Place, NodeId>,
    children: BTreeMap<NodeId, BTreeSet<NodeId>>,
}

/// The three trees in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forest {
    local: Half,
    remote: Half,
    base: BTreeMap<NodeId, Base>,
    asides: BTreeMap<NodeId, Aside>,
    gone: BTreeMap<NodeId, Gone>,
    rules: VolumeRules,
}

impl Default for Forest {
    fn default() -> Self {
        Self::new(VolumeRules::LINUX)
    }
}

impl Forest {
    /// Empty, for a volume of these rules.
    pub fn new(rules: VolumeRules) -> Self {
        Self {
            local: Half::default(),
            remote: Half::default(),
            base: BTreeMap::new(),
            asides: BTreeMap::new(),
            gone: BTreeMap::new(),
            rules,
        }
    }

    /// Whether the volume takes upper and lower case for the same.
    pub fn folds(&self) -> bool {
        self.rules.case == CaseRule::Insensitive
    }

    fn half(&self, side: Side) -> &Half {
        match side {
            Side::Local => &self.local,
            Side::Remote => &self.remote,
        }
    }

    fn half_mut(&mut self, side: Side) -> &mut Half {
        match side {
            Side::Local => &mut self.local,
            Side::Remote => &mut self.remote,
        }
    }

    fn key(&self, side: Side, place: &Place) -> Place {
        if side == Side::Local && !self.rules.tells_all_apart() {
            let name = Name::new(compare_key(place.name.as_str(), &self.rules));
            return Place { parent: place.parent, name };
        }
        place.clone()
    }

    /// Puts what is seen of a node, instead of what was known of it before; `None`: it is not
    /// there. Whether its place was free; where it was not, nothing is changed.
    pub fn put(&mut self, side: Side, node: NodeId, seen: Option<Sight<Entry>>) -> bool {
        if let Some(Sight::Present(entry)) = &seen
            && self.at(side, &entry.place).is_some_and(|other| other != node)
        {
            return false;
        }
        self.take(side, node);
        let key = match &seen {
            Some(Sight::Present(entry)) => Some(self.key(side, &entry.place)),
            _ => None,
        };
        let half = self.half_mut(side);
        if let Some(key) = key {
            half.children.entry(key.parent).or_default().insert(node);
            half.places.insert(key, node);
        }
        if let Some(seen) = seen {
            half.nodes.insert(node, seen);
        }
        true
    }

    fn take(&mut self, side: Side, node: NodeId) {
        let Some(before) = self.half_mut(side).nodes.remove(&node) else { return };
        let Sight::Present(entry) = before else { return };
        let key = self.key(side, &entry.place);
        let half = self.half_mut(side);
        half.places.remove(&key);
        if let Some(siblings) = half.children.get_mut(&key.parent) {
            siblings.remove(&node);
        }
    }

    /// What is there of a node, if it is certain.
    pub fn present(&self, side: Side, node: NodeId) -> Option<&Entry> {
        match self.half(side).nodes.get(&node) {
            Some(Sight::Present(entry)) => Some(entry),
            _ => None,
        }
    }

    /// Agrees on something; nothing is left aside any more.
    pub fn agree(&mut self, node: NodeId, base: Base) {
        self.asides.remove(&node);
        self.gone.remove(&node);
        self.base.insert(node, base);
    }

    /// Forgets what was agreed.
    pub fn forget(&mut self, node: NodeId) {
        self.base.remove(&node);
        self.asides.remove(&node);
        self.gone.remove(&node);
    }

    /// Leaves a node as it is.
    pub fn set_aside(&mut self, node: NodeId, why: Aside) {
        self.asides.insert(node, why);
    }

    /// Notes how a node went from the cloud.
    pub fn went(&mut self, node: NodeId, how: Gone) {
        self.gone.insert(node, how);
    }

    /// Every node that any tree knows, in their order.
    pub fn nodes(&self) -> Vec<NodeId> {
        let all: BTreeSet<NodeId> = self
            .local
            .nodes
            .keys()
            .chain(self.remote.nodes.keys())
            .chain(self.base.keys())
            .copied()
            .collect();
        all.into_iter().collect()
    }

    /// The nodes of one side, in their order.
    pub fn side(&self, side: Side) -> impl Iterator<Item = (NodeId, &Entry)> {
        self.half(side).nodes.iter().filter_map(|(node, seen)| match seen {
            Sight::Present(entry) => Some((*node, entry)),
            Sight::Unknown => None,
        })
    }
}

impl Trees for Forest {
    fn entry(&self, side: Side, node: NodeId) -> Option<Sight<Entry>> {
        self.half(side).nodes.get(&node).cloned()
    }

    fn base(&self, node: NodeId) -> Option<Base> {
        self.base.get(&node).cloned()
    }

    fn aside(&self, node: NodeId) -> Option<Aside> {
        self.asides.get(&node).copied()
    }

    fn gone(&self, node: NodeId) -> Gone {
        self.gone.get(&node).copied().unwrap_or(Gone::Deleted { in_bin: false })
    }

    fn at(&self, side: Side, place: &Place) -> Option<NodeId> {
        self.half(side).places.get(&self.key(side, place)).copied()
    }

    fn children(&self, side: Side, directory: NodeId) -> Vec<NodeId> {
        let children = self.half(side).children.get(&directory);
        children.map(|nodes| nodes.iter().copied().collect()).unwrap_or_default()
    }
}
