//! What a mapping remembers, in memory: for simulations and proofs. Owns the maps beside the trees;
//! nothing of it outlives the process.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use albumen_model::Inode;

use super::record::{InCloud, Intent, Note, OnDisk, Record};
use crate::{
    cloud::Cursor,
    error::{Error, Result},
    plan::{
        Forest,
        guard::Tally,
        tree::{Aside, Base, Entry, Gone, NodeId, Place, ROOT, Side, Sight, Trees},
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
    /// Nothing yet, for a volume that tells case apart or does not.
    pub fn new(folds: bool) -> Self {
        let state = State { trees: Forest::new(folds), ..State::default() };
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
        for note in notes {
            match note {
                Note::OnDisk(node, seen) => drop(here.insert(node, seen)),
                Note::InCloud(node, seen) => drop(there.insert(node, seen)),
                other => self.fact(other),
            }
        }
        let touched: Vec<NodeId> = here.keys().chain(there.keys()).copied().collect();
        self.saw_disk(here) && self.saw_cloud(there) && self.whole(&touched)
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
            Note::Deleted(node, side, at) => drop(self.deleted.insert((node, side), at)),
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

    /// Whether each node that was touched is in a directory that is there, below the root, and what
    /// is in it is so too.
    fn whole(&self, touched: &[NodeId]) -> bool {
        let stands = |side, node| {
            node == ROOT || self.trees.present(side, node).is_some_and(Entry::is_directory)
        };
        touched.iter().all(|node| {
            [Side::Local, Side::Remote].into_iter().all(|side| {
                let parent = self.trees.present(side, *node).map(|entry| entry.place.parent);
                parent.is_none_or(|parent| stands(side, parent) && self.ends(side, *node))
                    && (stands(side, *node) || self.trees.children(side, *node).is_empty())
            })
        })
    }

    /// Whether the way up ends at the root.
    fn ends(&self, side: Side, node: NodeId) -> bool {
        let mut seen = BTreeSet::new();
        let mut at = node;
        while at != ROOT {
            if !seen.insert(at) {
                return false;
            }
            let Some(entry) = self.trees.present(side, at) else { return false };
            at = entry.place.parent;
        }
        true
    }

    fn settled(&self, node: NodeId) -> bool {
        let sides = [Side::Local, Side::Remote].map(|side| self.trees.present(side, node));
        let ([Some(here), Some(there)], Some(base)) = (sides, self.trees.base(node)) else {
            return false;
        };
        let in_place = here.place == base.local && there.place == base.remote;
        let same = match (here.content(), there.content(), &base.content) {
            (Some(here), Some(there), Some(agreed)) => {
                here.stat == Some(agreed.stat)
                    && here.crc64.is_none_or(|crc64| crc64 == agreed.crc64)
                    && there.cas == agreed.cas
                    && there.size == agreed.size
                    && there.crc64.is_none_or(|crc64| crc64 == agreed.crc64)
            }
            (None, None, None) => true,
            _ => false,
        };
        in_place && same && self.trees.aside(node).is_none()
    }

    fn agreed_on(&self, inode: &Inode) -> Option<NodeId> {
        let agreed = |node: &NodeId| self.trees.base(*node).and_then(|base| base.inode);
        self.trees.nodes().into_iter().find(|node| agreed(node).as_ref() == Some(inode))
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
        let dbg = format!("{notes:?}");
        if state.apply(notes) {
            return Ok(());
        }
        eprintln!("TORN {dbg}\nBEFORE {before:?}");
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
