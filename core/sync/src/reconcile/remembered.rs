//! What a mapping remembers, in memory: for simulations and proofs. Owns the maps beside the trees;
//! nothing of it outlives the process.

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    sync::{Mutex, MutexGuard, PoisonError},
};

use albumen_model::Inode;

use super::{
    record::{InCloud, Intent, Note, OnDisk, Record},
    rules::{self, Look},
};
use crate::{
    cloud::Cursor,
    error::{Error, Result},
    name::VolumeRules,
    plan::{
        Forest,
        guard::Tally,
        tree::{Aside, Base, Entry, Gone, NodeId, Place, Side, Sight, Trees},
    },
};

/// What a mapping remembers, in memory.
#[derive(Debug, Default)]
pub struct Remembered(Mutex<State>);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct State {
    trees: Forest,
    spellings: BTreeMap<NodeId, Vec<u8>>,
    racy: BTreeSet<NodeId>,
    identities: BTreeMap<NodeId, (u64, i64)>,
    inodes: BTreeMap<NodeId, Inode>,
    by_inode: BTreeMap<Inode, NodeId>,
    binned: BTreeMap<NodeId, u64>,
    intents: BTreeMap<NodeId, Intent>,
    deleted: BTreeMap<(NodeId, Side), i64>,
    cursor: Option<Cursor>,
    newest: i64,
}

impl Remembered {
    /// Nothing yet, for a volume of these rules.
    pub fn new(rules: VolumeRules) -> Self {
        let state = State { trees: Forest::new(rules), ..State::default() };
        Self(Mutex::new(state))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The sights last, and all of them at once: two nodes may change places.
    fn apply(&mut self, notes: Vec<Note>) -> bool {
        let mut here: BTreeMap<NodeId, Option<Sight<OnDisk>>> = BTreeMap::new();
        let mut there: BTreeMap<NodeId, Option<Sight<InCloud>>> = BTreeMap::new();
        let named: Vec<NodeId> = notes.iter().filter_map(Note::node).collect();
        for note in notes {
            match note {
                Note::OnDisk(node, seen) => drop(here.insert(node, seen)),
                Note::InCloud(node, seen) => drop(there.insert(node, seen)),
                other => self.fact(other),
            }
        }
        let touched: Vec<NodeId> = here.keys().chain(there.keys()).copied().collect();
        let seen = self.saw_disk(here) && self.saw_cloud(there);
        self.forget_unknown(&named);
        seen && named.iter().all(|node| self.of_one_kind(*node))
            && rules::whole(self, &touched) == Ok(true)
    }

    fn fact(&mut self, note: Note) {
        match note {
            Note::Went(node, how, item) => {
                self.trees.went(node, how);
                self.binned.remove(&node);
                if let Some(item) = item {
                    self.binned.insert(node, item);
                }
            }
            Note::Agreed(node, base) => {
                self.binned.remove(&node);
                self.trees.agree(node, base);
            }
            Note::Forgot(node) => {
                self.binned.remove(&node);
                self.trees.forget(node);
            }
            Note::SetAside(node, why) => self.trees.set_aside(node, why),
            Note::Began(node, intent) => drop(self.intents.insert(node, intent)),
            Note::Ended(node) => drop(self.intents.remove(&node)),
            Note::Deleted(node, side, at) => {
                self.deleted.insert((node, side), at);
                let oldest = at.saturating_sub(rules::DELETIONS_KEPT_MS);
                self.deleted.retain(|(_, of), at| *of != side || *at >= oldest);
            }
            Note::Followed(cursor) => self.cursor = cursor,
            Note::OnDisk(..) | Note::InCloud(..) => {}
        }
    }

    fn saw_disk(&mut self, seen: BTreeMap<NodeId, Option<Sight<OnDisk>>>) -> bool {
        for node in seen.keys() {
            self.trees.put(Side::Local, *node, None);
            self.spellings.remove(node);
            self.racy.remove(node);
            self.identities.remove(node);
        }
        seen.into_iter().all(|(node, seen)| {
            let entry = match seen {
                None => None,
                Some(Sight::Unknown) => Some(Sight::Unknown),
                Some(Sight::Present(seen)) => {
                    if let Some(spelling) = seen.spelling {
                        self.spellings.insert(node, spelling);
                    }
                    if seen.racy {
                        self.racy.insert(node);
                    }
                    self.identities.insert(node, seen.identity);
                    Some(Sight::Present(seen.entry))
                }
            };
            self.trees.put(Side::Local, node, entry)
        })
    }

    fn saw_cloud(&mut self, seen: BTreeMap<NodeId, Option<Sight<InCloud>>>) -> bool {
        for node in seen.keys() {
            self.trees.put(Side::Remote, *node, None);
            if let Some(inode) = self.inodes.remove(node) {
                self.by_inode.remove(&inode);
            }
        }
        seen.into_iter().all(|(node, seen)| {
            let entry = match seen {
                None => None,
                Some(Sight::Unknown) => Some(Sight::Unknown),
                Some(Sight::Present(seen)) => {
                    if self.by_inode.insert(seen.inode.clone(), node).is_some() {
                        return false;
                    }
                    self.inodes.insert(node, seen.inode);
                    Some(Sight::Present(seen.entry))
                }
            };
            self.trees.put(Side::Remote, node, entry)
        })
    }

    /// Nothing is kept of a node that no tree knows and for which nothing is under way.
    fn forget_unknown(&mut self, nodes: &[NodeId]) {
        for node in nodes {
            let seen = |side| self.trees.entry(side, *node).is_some();
            let known = seen(Side::Local) || seen(Side::Remote) || self.trees.base(*node).is_some();
            if !known && !self.intents.contains_key(node) {
                self.binned.remove(node);
                self.trees.forget(*node);
            }
        }
    }

    fn of_one_kind(&self, node: NodeId) -> bool {
        let [here, there] = self.both(node);
        rules::of_one_kind(here, there, self.trees.base(node).as_ref())
    }

    fn both(&self, node: NodeId) -> [Option<&Entry>; 2] {
        [Side::Local, Side::Remote].map(|side| self.trees.present(side, node))
    }

    fn settled(&self, node: NodeId) -> bool {
        let ([here, there], base) = (self.both(node), self.trees.base(node));
        rules::settled(here, there, base.as_ref(), self.trees.aside(node))
    }

    fn agreed_on(&self, inode: &Inode) -> Option<NodeId> {
        let agreed = |node: &NodeId| self.trees.base(*node).and_then(|base| base.inode);
        self.trees.nodes().into_iter().find(|node| agreed(node).as_ref() == Some(inode))
    }
}

impl Look for State {
    type Error = Infallible;

    fn present(&self, side: Side, node: NodeId) -> Result<Option<Entry>, Infallible> {
        Ok(self.trees.present(side, node).cloned())
    }

    fn holds(&self, side: Side, node: NodeId) -> Result<bool, Infallible> {
        Ok(!self.trees.children(side, node).is_empty())
    }
}

impl Trees for Remembered {
    fn entry(&self, side: Side, node: NodeId) -> Option<Sight<Entry>> {
        self.state().trees.entry(side, node)
    }

    fn base(&self, node: NodeId) -> Option<Base> {
        self.state().trees.base(node)
    }

    fn aside(&self, node: NodeId) -> Option<Aside> {
        self.state().trees.aside(node)
    }

    fn gone(&self, node: NodeId) -> Gone {
        self.state().trees.gone(node)
    }

    fn at(&self, side: Side, place: &Place) -> Option<NodeId> {
        self.state().trees.at(side, place)
    }

    fn children(&self, side: Side, directory: NodeId) -> Vec<NodeId> {
        self.state().trees.children(side, directory)
    }
}

impl Record for Remembered {
    fn write(&self, notes: Vec<Note>) -> Result<()> {
        let mut state = self.state();
        let before = state.clone();
        if state.apply(notes) {
            return Ok(());
        }
        *state = before;
        Err(Error::Torn)
    }

    fn fresh(&self) -> Result<NodeId> {
        let mut state = self.state();
        state.newest += 1;
        Ok(NodeId(state.newest))
    }

    fn sound(&self) -> Result<()> {
        Ok(())
    }

    fn unsettled(&self) -> Result<Vec<NodeId>> {
        let state = self.state();
        Ok(state.trees.nodes().into_iter().filter(|node| !state.settled(*node)).collect())
    }

    fn on_disk(&self, node: NodeId) -> Option<Sight<OnDisk>> {
        let state = self.state();
        Some(match state.trees.entry(Side::Local, node)? {
            Sight::Unknown => Sight::Unknown,
            Sight::Present(entry) => {
                let spelling = state.spellings.get(&node).cloned();
                let identity = state.identities.get(&node).copied().unwrap_or_default();
                let racy = state.racy.contains(&node);
                Sight::Present(OnDisk { entry, spelling, racy, identity })
            }
        })
    }

    fn inode(&self, node: NodeId) -> Option<Inode> {
        let state = self.state();
        let agreed = || state.trees.base(node).and_then(|base| base.inode);
        state.inodes.get(&node).cloned().or_else(agreed)
    }

    fn by_inode(&self, inode: &Inode) -> Option<NodeId> {
        let state = self.state();
        state.by_inode.get(inode).copied().or_else(|| state.agreed_on(inode))
    }

    fn binned(&self, node: NodeId) -> Option<u64> {
        self.state().binned.get(&node).copied()
    }

    fn unknown(&self, side: Side) -> Result<Vec<NodeId>> {
        let state = self.state();
        let unknown = |node: &NodeId| state.trees.entry(side, *node) == Some(Sight::Unknown);
        Ok(state.trees.nodes().into_iter().filter(unknown).collect())
    }

    fn intents(&self) -> Result<Vec<(NodeId, Intent)>> {
        Ok(self.state().intents.clone().into_iter().collect())
    }

    fn followed(&self) -> Result<Option<Cursor>> {
        Ok(self.state().cursor.clone())
    }

    fn tally(&self, day_ago: i64) -> Result<Tally> {
        let state = self.state();
        let files = |side| {
            let files = state.trees.side(side).filter(|(_, entry)| !entry.is_directory());
            u64::try_from(files.count()).unwrap_or(u64::MAX)
        };
        let deleted = |side| {
            let recent =
                state.deleted.iter().filter(|((_, of), at)| *of == side && **at >= day_ago);
            u64::try_from(recent.count()).unwrap_or(u64::MAX)
        };
        let agreed = |node: &NodeId| state.trees.base(*node).is_some_and(|b| b.content.is_some());
        let agreed = state.trees.nodes().into_iter().filter(agreed).count();
        Ok(Tally {
            agreed: u64::try_from(agreed).unwrap_or(u64::MAX),
            local: files(Side::Local),
            remote: files(Side::Remote),
            local_day: deleted(Side::Local),
            remote_day: deleted(Side::Remote),
        })
    }
}
