//! What lies under a simulated folder: files with what is written and what is durable of them, and
//! names whose changes become durable in their order. Owns what a power cut leaves.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{DiskErrorKind, Found, Kind, Listed};
use crate::{local_path::LocalPath, trees::LocalStat};

type Outcome<T> = Result<T, DiskErrorKind>;

/// What a volume is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Whether upper and lower case are the same name.
    pub folds: bool,
    /// The smallest step of a time, nanoseconds.
    pub granularity_ns: i64,
    /// Whether two names can change what they stand for in one step.
    pub exchanges: bool,
    /// Bytes that fit.
    pub capacity: u64,
}

impl Default for Rules {
    fn default() -> Self {
        Self { folds: false, granularity_ns: 1, exchanges: true, capacity: u64::MAX }
    }
}

/// A file or folder for good: unlike its number it is never given to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Serial(u64);

pub(super) const ROOT: Serial = Serial(0);

#[derive(Clone, Debug)]
struct Node {
    kind: Kind,
    number: u64,
    bytes: Vec<u8>,
    /// What a power cut leaves for sure.
    durable: Vec<u8>,
    mtime: i64,
    ctime: i64,
    btime: i64,
}

/// Names of all folders: a folder and a name, folded as the volume does, to the name as it was
/// given and what it stands for.
type Names = BTreeMap<(Serial, Vec<u8>), (Vec<u8>, Serial)>;

/// One step that is durable as a whole or not at all: what each of these names stands for now.
type Change = Vec<((Serial, Vec<u8>), Option<(Vec<u8>, Serial)>)>;

#[derive(Clone, Debug)]
pub(super) struct Volume {
    rules: Rules,
    nodes: BTreeMap<Serial, Node>,
    names: Names,
    durable: Names,
    /// Changes of names that are not durable yet, in their order.
    changes: Vec<Change>,
    next: u64,
    pub(super) now_ns: i64,
}

impl Volume {
    pub(super) fn new(rules: Rules) -> Self {
        let root = Node {
            kind: Kind::Folder,
            number: 2,
            bytes: Vec::new(),
            durable: Vec::new(),
            mtime: 0,
            ctime: 0,
            btime: 0,
        };
        Self {
            rules,
            nodes: BTreeMap::from([(ROOT, root)]),
            names: Names::new(),
            durable: Names::new(),
            changes: Vec::new(),
            next: 1,
            now_ns: 1_700_000_000_000_000_000,
        }
    }

    /// Time goes on a little with each call.
    pub(super) fn tick(&mut self) {
        self.now_ns += 1_000;
    }

    fn time(&self) -> i64 {
        self.now_ns - self.now_ns.rem_euclid(self.rules.granularity_ns)
    }

    fn key(&self, folder: Serial, name: &[u8]) -> (Serial, Vec<u8>) {
        let folded = match std::str::from_utf8(name) {
            Ok(text) if self.rules.folds => text.to_lowercase().into_bytes(),
            _ => name.to_vec(),
        };
        (folder, folded)
    }

    fn folder(&self, path: &LocalPath) -> Outcome<Serial> {
        let mut at = ROOT;
        for name in path.as_bytes().split(|b| *b == b'/').filter(|name| !name.is_empty()) {
            match self.names.get(&self.key(at, name)) {
                Some((_, node)) if self.kind(*node) == Kind::Folder => at = *node,
                _ => return Err(DiskErrorKind::NoFolder),
            }
        }
        Ok(at)
    }

    fn place(&self, path: &LocalPath) -> Outcome<(Serial, Vec<u8>)> {
        let name = path.name();
        if name.is_empty() || name == b"." || name == b".." || name.len() > 255 || name.contains(&0)
        {
            return Err(DiskErrorKind::BadName);
        }
        Ok(self.key(self.folder(&path.parent())?, name))
    }

    fn kind(&self, node: Serial) -> Kind {
        self.nodes.get(&node).map_or(Kind::Other, |node| node.kind)
    }

    pub(super) fn find(&self, path: &LocalPath) -> Outcome<Option<(Serial, Kind)>> {
        if path.is_root() {
            return Ok(Some((ROOT, Kind::Folder)));
        }
        let place = self.place(path)?;
        Ok(self.names.get(&place).map(|(_, node)| (*node, self.kind(*node))))
    }

    pub(super) fn list(&self, folder: &LocalPath) -> Outcome<Vec<Listed>> {
        let folder = self.folder(folder)?;
        let inside = self.names.iter().filter(|((of, _), _)| *of == folder);
        let listed =
            inside.map(|(_, (name, node))| Listed { name: name.clone(), kind: self.kind(*node) });
        Ok(listed.collect())
    }

    pub(super) fn look(&self, path: &LocalPath) -> Outcome<Option<Found>> {
        let place = self.place(path)?;
        let found = self.names.get(&place).map(|(_, node)| Found {
            kind: self.kind(*node),
            stat: self.stat(*node),
            volume: 1,
        });
        Ok(found)
    }

    pub(super) fn stat(&self, node: Serial) -> LocalStat {
        let Some(node) = self.nodes.get(&node) else { return LocalStat::default() };
        LocalStat {
            size: node.bytes.len() as u64,
            mtime_ns: node.mtime,
            ctime_ns: node.ctime,
            inode: node.number,
            btime_ns: node.btime,
        }
    }

    pub(super) fn bytes(&self, node: Serial) -> &[u8] {
        self.nodes.get(&node).map(|node| node.bytes.as_slice()).unwrap_or_default()
    }

    /// The lowest number that nothing with a name has: a number is given out again at once.
    fn free_number(&self) -> u64 {
        let named = self.names.values().filter_map(|(_, node)| self.nodes.get(node));
        let taken: BTreeSet<u64> = named.map(|node| node.number).collect();
        (11..).find(|number| !taken.contains(number)).unwrap_or(11)
    }

    pub(super) fn make(&mut self, path: &LocalPath, kind: Kind) -> Outcome<Serial> {
        let place = self.place(path)?;
        if self.names.contains_key(&place) {
            return Err(DiskErrorKind::Taken);
        }
        let (number, time) = (self.free_number(), self.time());
        let serial = Serial(self.next);
        self.next += 1;
        let (bytes, durable) = (Vec::new(), Vec::new());
        let node =
            Node { kind, number, bytes, durable, mtime: time, ctime: time, btime: self.now_ns };
        self.nodes.insert(serial, node);
        self.change(vec![(place, Some((path.name().to_vec(), serial)))]);
        Ok(serial)
    }

    pub(super) fn write(&mut self, node: Serial, at: usize, bytes: &[u8]) -> Outcome<()> {
        let used: u64 = self.nodes.values().map(|node| node.bytes.len() as u64).sum();
        if used.saturating_add(bytes.len() as u64) > self.rules.capacity {
            return Err(DiskErrorKind::Full);
        }
        let time = self.time();
        let Some(node) = self.nodes.get_mut(&node) else { return Err(DiskErrorKind::Missing) };
        node.bytes.resize(node.bytes.len().max(at + bytes.len()), 0);
        node.bytes[at..at + bytes.len()].copy_from_slice(bytes);
        (node.mtime, node.ctime) = (time, time);
        Ok(())
    }

    pub(super) fn truncate(&mut self, node: Serial) {
        let time = self.time();
        if let Some(node) = self.nodes.get_mut(&node) {
            node.bytes.clear();
            (node.mtime, node.ctime) = (time, time);
        }
    }

    pub(super) fn set_modified(&mut self, node: Serial, mtime_ns: i64) {
        let (time, step) = (self.time(), self.rules.granularity_ns);
        if let Some(node) = self.nodes.get_mut(&node) {
            (node.mtime, node.ctime) = (mtime_ns - mtime_ns.rem_euclid(step), time);
        }
    }

    pub(super) fn remove(&mut self, path: &LocalPath, folder: bool) -> Outcome<()> {
        let place = self.place(path)?;
        let Some((_, node)) = self.names.get(&place).cloned() else {
            return Err(DiskErrorKind::Missing);
        };
        match (self.kind(node), folder) {
            (Kind::Folder, false) => return Err(DiskErrorKind::IsFolder),
            (kind, true) if kind != Kind::Folder => return Err(DiskErrorKind::NoFolder),
            _ => {}
        }
        if self.names.keys().any(|(of, _)| *of == node) {
            return Err(DiskErrorKind::NotEmpty);
        }
        self.change(vec![(place, None)]);
        Ok(())
    }

    pub(super) fn rename(&mut self, from: &LocalPath, to: &LocalPath) -> Outcome<()> {
        let (here, there) = (self.place(from)?, self.place(to)?);
        let Some((_, node)) = self.names.get(&here).cloned() else {
            return Err(DiskErrorKind::Missing);
        };
        if self.names.contains_key(&there) {
            return Err(DiskErrorKind::Taken);
        }
        if from != to && to.is_under(from) {
            return Err(DiskErrorKind::BadName);
        }
        self.touch(node);
        self.change(vec![(here, None), (there, Some((to.name().to_vec(), node)))]);
        Ok(())
    }

    pub(super) fn exchange(&mut self, one: &LocalPath, other: &LocalPath) -> Outcome<()> {
        let (first, second) = (self.place(one)?, self.place(other)?);
        let nodes = (self.names.get(&first).cloned(), self.names.get(&second).cloned());
        let (Some((_, a)), Some((_, b))) = nodes else { return Err(DiskErrorKind::Missing) };
        if !self.rules.exchanges {
            return Err(DiskErrorKind::Unsupported);
        }
        if one != other && (one.is_under(other) || other.is_under(one)) {
            return Err(DiskErrorKind::BadName);
        }
        self.touch(a);
        self.touch(b);
        self.change(vec![
            (first, Some((one.name().to_vec(), b))),
            (second, Some((other.name().to_vec(), a))),
        ]);
        Ok(())
    }

    /// A rename is a change of the file, not of its content.
    fn touch(&mut self, node: Serial) {
        let time = self.time();
        if let Some(node) = self.nodes.get_mut(&node) {
            node.ctime = time;
        }
    }

    fn change(&mut self, change: Change) {
        apply(&mut self.names, &change);
        self.changes.push(change);
    }

    /// Content and times are durable; the name is not.
    pub(super) fn sync(&mut self, node: Serial) {
        if let Some(node) = self.nodes.get_mut(&node) {
            node.durable = node.bytes.clone();
        }
    }

    /// The names in a folder are durable, and with them every change of names before.
    pub(super) fn sync_folder(&mut self, folder: &LocalPath) -> Outcome<()> {
        let folder = self.folder(folder)?;
        let touches = |change: &Change| change.iter().any(|((of, _), _)| *of == folder);
        let last = self.changes.iter().rposition(touches).map_or(0, |last| last + 1);
        for change in self.changes.drain(..last) {
            apply(&mut self.durable, &change);
        }
        Ok(())
    }

    /// All that is written becomes durable: what a quiet minute does.
    pub(super) fn settle(&mut self) {
        for node in self.nodes.values_mut() {
            node.durable = node.bytes.clone();
        }
        self.changes.clear();
        self.durable = self.names.clone();
    }

    /// The names after some of the changes that were not durable, in their order; of each file that
    /// was not durable: nothing, zeros of the new length, a torn write, or all.
    pub(super) fn after_power_cut(&self, below: &mut dyn FnMut(u64) -> u64) -> Self {
        let mut left = self.clone();
        let kept = below(self.changes.len() as u64 + 1);
        left.names = self.durable.clone();
        for change in self.changes.iter().take(usize::try_from(kept).unwrap_or(usize::MAX)) {
            apply(&mut left.names, change);
        }
        for node in left.nodes.values_mut().filter(|node| node.bytes != node.durable) {
            let length = node.bytes.len();
            match below(4) {
                0 => node.bytes = node.durable.clone(),
                1 => node.bytes = vec![0; length],
                2 => {
                    let whole = usize::try_from(below(length as u64 + 1)).unwrap_or(length);
                    node.bytes[whole..].fill(0);
                }
                _ => {}
            }
        }
        left.settle();
        left
    }
}

fn apply(names: &mut Names, change: &Change) {
    for (place, _) in change {
        names.remove(place);
    }
    for (place, now) in change {
        if let Some(now) = now {
            names.insert(place.clone(), now.clone());
        }
    }
}
