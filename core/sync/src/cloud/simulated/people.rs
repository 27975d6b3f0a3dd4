//! What people do in a space at the web, beside the engines: their calls are not counted and do not
//! fail. Owns their habits.

use albumen_model::{
    NodeName, RemotePath,
    smh::{ChangeEvent, ChangeKind},
};
use bytes::Bytes;

use super::{
    SimulatedCloud, Where,
    store::{ROOT, Store, number},
};

/// A directory of another space.
const ELSEWHERE: u64 = u64::MAX;

impl SimulatedCloud {
    fn person<T>(&self, act: impl FnOnce(&mut Store) -> T) -> T {
        act(&mut self.state().store)
    }

    /// Puts a file there, over what was there; makes the directories above it. Whether it could.
    pub fn write(&self, path: &str, bytes: &[u8]) -> bool {
        self.person(|store| {
            let Ok(path) = RemotePath::parse(path) else { return false };
            let (Some(parent), Some(name)) = (path.parent(), path.name()) else { return false };
            let Some(parent) = directories(store, &parent) else { return false };
            if store.child(parent, name).is_some_and(|inode| store.is_directory(inode)) {
                return false;
            }
            store.put(parent, name.clone(), Bytes::copy_from_slice(bytes), None);
            true
        })
    }

    /// Makes a directory with those above it. Whether it could.
    pub fn directory(&self, path: &str) -> bool {
        let path = RemotePath::parse(path);
        self.person(|store| path.is_ok_and(|path| directories(store, &path).is_some()))
    }

    /// Moves or renames; whether it could be done.
    pub fn shift(&self, from: &str, to: &str) -> bool {
        self.person(|store| {
            let (Ok(from), Ok(to)) = (RemotePath::parse(from), RemotePath::parse(to)) else {
                return false;
            };
            let Some(inode) = store.find(&from).filter(|inode| *inode != ROOT) else {
                return false;
            };
            let Ok((parent, name)) = store.free(&to) else { return false };
            if store.below(inode).contains(&parent) {
                return false;
            }
            store.shift(inode, parent, name);
            true
        })
    }

    /// Puts into the bin; whether there was something.
    pub fn delete(&self, path: &str) -> bool {
        self.gone(path, ChangeKind::Trash)
    }

    /// The service takes something away by itself, as its rules say.
    pub fn withdraw(&self, path: &str) -> bool {
        self.gone(path, ChangeKind::TaskTrash)
    }

    fn gone(&self, path: &str, kind: ChangeKind) -> bool {
        self.person(|store| {
            let found = RemotePath::parse(path).ok().and_then(|path| store.find(&path));
            let Some(inode) = found.filter(|inode| *inode != ROOT) else { return false };
            store.trash(inode, kind);
            true
        })
    }

    /// Takes an item out of the bin for good.
    pub fn purge(&self, item: u64) {
        self.person(|store| store.purge(item));
    }

    /// Deletes past the bin; whether there was something.
    pub fn delete_for_good(&self, path: &str) -> bool {
        self.leaves(path, |told| told)
    }

    /// Moves into another space; whether there was something.
    pub fn move_away(&self, path: &str) -> bool {
        let other = number(ELSEWHERE);
        self.leaves(path, |told| ChangeEvent {
            event_type: ChangeKind::Move,
            parent_inode: Some(other),
            ..told
        })
    }

    fn leaves(&self, path: &str, tell: impl FnOnce(ChangeEvent) -> ChangeEvent) -> bool {
        self.person(|store| {
            let found = RemotePath::parse(path).ok().and_then(|path| store.find(&path));
            let Some(inode) = found else { return false };
            let Some(told) = store.event(ChangeKind::Delete, inode) else { return false };
            store.remove(inode, tell(told));
            true
        })
    }

    /// Moves a file onto another, which goes into the bin; whether both were there.
    pub fn shift_onto(&self, from: &str, to: &str) -> bool {
        self.person(|store| {
            let file = |path: &str| store.there(&RemotePath::parse(path).ok()?, false).ok();
            let (Some(from), Some(to)) = (file(from), file(to)) else { return false };
            if from != to {
                store.shift_onto(from, to);
            }
            from != to
        })
    }

    /// A quota takes the content of all files, which stay where they are.
    pub fn take_contents(&self) {
        self.person(|store| {
            let files: Vec<u64> =
                store.nodes.iter().filter(|(_, n)| n.content.is_some()).map(|(i, _)| *i).collect();
            for inode in files {
                store.take_content(inode);
            }
        });
    }

    /// Forgets the feed up to now: cursors from before have run out.
    pub fn forget_changes(&self) {
        self.person(|store| store.oldest = store.events.len());
    }

    /// Every file of the tree with its content, by path.
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        self.person(|store| {
            let mut all: Vec<_> = store
                .nodes
                .iter()
                .filter_map(|(inode, node)| {
                    let bytes = node.content.as_ref()?.bytes.to_vec();
                    Some((store.path(*inode)?.to_string(), bytes))
                })
                .collect();
            all.sort();
            all
        })
    }

    /// Every directory, by path.
    pub fn directories(&self) -> Vec<String> {
        self.person(|store| {
            let mut all: Vec<_> = store
                .nodes
                .iter()
                .filter(|(_, node)| node.content.is_none())
                .filter_map(|(inode, _)| Some(store.path(*inode)?.to_string()))
                .collect();
            all.sort();
            all
        })
    }

    /// Every content there is, and where.
    pub fn contents(&self) -> Vec<(Where, Vec<u8>)> {
        self.person(|store| {
            let tree = store.nodes.values().map(|node| (Where::Tree, node));
            let bin = store.bin.values().flat_map(|item| item.nodes.values());
            let all = tree.chain(bin.map(|node| (Where::Bin, node)));
            let files =
                all.filter_map(|(at, node)| Some((at, node.content.as_ref()?.bytes.to_vec())));
            let earlier = store.history.iter().map(|bytes| (Where::History, bytes.to_vec()));
            files.chain(earlier).collect()
        })
    }

    /// Upload sessions that were neither confirmed nor given up.
    pub fn open_sessions(&self) -> usize {
        self.person(|store| store.sessions.values().filter(|session| !session.confirmed).count())
    }
}

fn directories(store: &mut Store, path: &RemotePath) -> Option<u64> {
    let mut at = ROOT;
    for name in path.names() {
        at = match store.child(at, name) {
            Some(inode) if store.is_directory(inode) => inode,
            Some(_) => return None,
            None => store.make_directory(at, NodeName::clone(name)),
        };
    }
    Some(at)
}
