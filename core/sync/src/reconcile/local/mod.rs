//! Looks at the disk: lists every folder, compares it with what was known, finds out what moved,
//! and writes down what is seen. Owns what counts as seen; decides nothing. `sighting` turns what
//! was found into facts.

mod sighting;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{
    Reconciler,
    places::{name_of, spelt},
    record::Note,
};
use crate::{
    disk::{DiskError, DiskErrorKind, Kind},
    error::Result,
    local_path::LocalPath,
    observe::{Compared, Known, Seen, compare},
    plan::tree::{Base, LocalStat, NodeId, ROOT, Side, Sight, What},
    scan::rules::OWN_FOLDER,
};

/// A name that came, and the folder it is in.
struct Arrival {
    parent: NodeId,
    seen: Seen,
}

/// What one look at the whole folder found so far.
#[derive(Default)]
struct Findings {
    changed: Vec<(NodeId, LocalStat)>,
    went: Vec<Known>,
    came: Vec<Arrival>,
    /// Folders that moved, or that were missed before, and where they are.
    moved: Vec<(NodeId, Arrival)>,
    /// Folders in which something is no node.
    lived_in: BTreeSet<NodeId>,
    /// Folders that were seen, and those of them that could not be read.
    folders: BTreeSet<NodeId>,
    unread: u64,
}

/// What is still to be looked into: folders that are known, and those that came.
#[derive(Default)]
struct Walk {
    folders: VecDeque<(NodeId, LocalPath)>,
    arrivals: VecDeque<(Arrival, LocalPath)>,
}

/// What a look came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::reconcile) struct Look {
    /// Facts written down.
    pub(in crate::reconcile) news: usize,
    /// Whether something was missed that may be gone: to be looked at again after a while.
    pub(in crate::reconcile) missed: bool,
    /// Folders that could not be read; nothing is said of what is in them.
    pub(in crate::reconcile) unread: u64,
}

impl Reconciler {
    /// Looks at the whole folder.
    pub(in crate::reconcile) fn look_local(&self) -> Result<Look> {
        let unknown = self.unknown_below()?;
        let mut findings = Findings::default();
        let mut walk = Walk::default();
        let mut took = Vec::new();
        walk.folders.push_back((ROOT, LocalPath::default()));
        loop {
            if let Some((folder, path)) = walk.folders.pop_front() {
                findings.folders.insert(folder);
                match self.listed(folder, &path, &unknown, &mut findings, &mut walk) {
                    Err(error) if folder == ROOT => return Ok(self.unreadable(&error)),
                    Err(_) => findings.unread += 1,
                    Ok(()) => {}
                }
            } else if let Some((arrival, path)) = walk.arrivals.pop_front() {
                // All that was known has been looked for: now it can be told who only moved.
                let folder = self.settle_folder(arrival, &mut findings, &mut took)?;
                walk.folders.push_back((folder, path));
            } else {
                break;
            }
        }
        if findings.unread == 0 {
            // Missed before, in a folder that is not there any more either.
            let nowhere = unknown.iter().filter(|(at, _)| !findings.folders.contains(at));
            let nowhere: Vec<Known> = nowhere.flat_map(|(_, known)| known.clone()).collect();
            findings.went.extend(nowhere);
        }
        self.write_down(findings, took)
    }

    fn unreadable(&self, error: &DiskError) -> Look {
        tracing::info!(%error, "The folder cannot be read; nothing is concluded");
        Look { news: 0, missed: false, unread: 1 }
    }

    /// What was missed before, by the folder it was in when it was agreed on.
    fn unknown_below(&self) -> Result<BTreeMap<NodeId, Vec<Known>>> {
        let mut below: BTreeMap<NodeId, Vec<Known>> = BTreeMap::new();
        for node in self.record.unknown(Side::Local)? {
            let Some(base) = self.record.base(node) else { continue };
            below.entry(base.local.parent).or_default().push(known_by(node, &base));
        }
        Ok(below)
    }

    /// Compares a folder with what was known of it; its folders are still to be looked into.
    fn listed(
        &self,
        folder: NodeId,
        path: &LocalPath,
        unknown: &BTreeMap<NodeId, Vec<Known>>,
        findings: &mut Findings,
        walk: &mut Walk,
    ) -> Result<(), DiskError> {
        let seen = self.seen_in(folder, path, findings)?;
        let mut known = self.known_in(folder);
        let has: BTreeSet<&Vec<u8>> = known.iter().map(|known| &known.name).collect();
        // Who was missed has lost the name for good where another has it.
        let (lost, missed): (Vec<Known>, Vec<Known>) = unknown
            .get(&folder)
            .into_iter()
            .flatten()
            .cloned()
            .partition(|missed| has.contains(&missed.name));
        known.extend(missed.iter().cloned());
        findings.went.extend(lost);
        let there: BTreeMap<Vec<u8>, Kind> =
            seen.iter().map(|seen| (seen.name.clone(), seen.kind)).collect();
        let inside = known
            .iter()
            .filter(|known| known.kind == Kind::Folder)
            .filter(|known| there.get(&known.name) == Some(&Kind::Folder));
        walk.folders.extend(inside.map(|known| (known.node, path.join(&known.name))));
        for missed in &missed {
            let back = |seen: &&Seen| seen.name == missed.name && seen.kind == Kind::Folder;
            if missed.kind == Kind::Folder
                && let Some(seen) = seen.iter().find(back)
            {
                let arrival = Arrival { parent: folder, seen: seen.clone() };
                findings.moved.push((missed.node, arrival));
            }
        }
        let Compared { changed, went, came } = compare(known, seen);
        findings.changed.extend(changed);
        for known in went {
            self.goes(known, findings);
        }
        for seen in came {
            let at = path.join(&seen.name);
            match seen.kind {
                Kind::Folder => walk.arrivals.push_back((Arrival { parent: folder, seen }, at)),
                _ => findings.came.push(Arrival { parent: folder, seen }),
            }
        }
        Ok(())
    }

    /// One that is no longer where it was, with all that was known below it.
    fn goes(&self, known: Known, findings: &mut Findings) {
        if known.kind == Kind::Folder {
            for child in self.known_in(known.node) {
                self.goes(child, findings);
            }
        }
        findings.went.push(known);
    }

    fn known_in(&self, folder: NodeId) -> Vec<Known> {
        let children = self.record.children(Side::Local, folder);
        children.into_iter().filter_map(|node| self.known(node)).collect()
    }

    fn known(&self, node: NodeId) -> Option<Known> {
        let Some(Sight::Present(seen)) = self.record.on_disk(node) else { return None };
        let (inode, btime_ns) = seen.identity;
        let (kind, stat) = match &seen.entry.what {
            What::File(content) => (Kind::File, content.stat.unwrap_or_default()),
            What::Directory { .. } => {
                (Kind::Folder, LocalStat { inode, btime_ns, ..LocalStat::default() })
            }
        };
        Some(Known { node, name: spelt(&seen), kind, stat, racy: seen.racy })
    }

    /// Everything in a folder that can be a node.
    fn seen_in(
        &self,
        folder: NodeId,
        path: &LocalPath,
        findings: &mut Findings,
    ) -> Result<Vec<Seen>, DiskError> {
        let mut names = BTreeSet::new();
        let mut all = Vec::new();
        let mut listed = self.disk.list(path)?;
        // A name as the cloud writes it goes before another spelling of it.
        listed.sort_by_key(|listed| {
            let spelling = name_of(&listed.name).and_then(|(_, spelling)| spelling);
            (spelling.is_some(), listed.name.clone())
        });
        for listed in listed {
            if path.is_root() && listed.name == OWN_FOLDER.as_bytes() {
                continue;
            }
            let at = path.join(&listed.name);
            let travels = matches!(listed.kind, Kind::File | Kind::Folder)
                && !self.settings.ignore.decide(&at, listed.kind == Kind::Folder).ignored;
            let name =
                name_of(&listed.name).filter(|(name, _)| travels && names.insert(name.clone()));
            if name.is_none() {
                findings.lived_in.insert(folder);
                continue;
            }
            // Gone since the folder was listed: the next look says more.
            let Some(found) = self.disk.look(&at)? else { continue };
            all.push(Seen { name: listed.name, kind: found.kind, stat: found.stat });
        }
        Ok(all)
    }

    /// A folder that came: one that went, or a new one.
    fn settle_folder(
        &self,
        arrival: Arrival,
        findings: &mut Findings,
        notes: &mut Vec<Note>,
    ) -> Result<NodeId> {
        if let Some(node) = self.moved_here(&arrival.seen, findings) {
            findings.moved.push((node, arrival));
            return Ok(node);
        }
        let node = self.record.fresh()?;
        notes.push(self.sees(node, arrival.parent, &arrival.seen, None));
        Ok(node)
    }

    /// The folder that went and is this one; what was known below it has not gone then.
    fn moved_here(&self, seen: &Seen, findings: &mut Findings) -> Option<NodeId> {
        if seen.stat.inode == 0 || seen.stat.btime_ns == 0 {
            return None;
        }
        let is = |known: &Known| {
            known.kind == Kind::Folder && known.stat.identity() == seen.stat.identity()
        };
        let index = findings.went.iter().position(is)?;
        let node = findings.went.remove(index).node;
        let mut below = BTreeSet::from([node]);
        let mut at = vec![node];
        while let Some(folder) = at.pop() {
            for child in self.record.children(Side::Local, folder) {
                if below.insert(child) {
                    at.push(child);
                }
            }
        }
        findings.went.retain(|known| !below.contains(&known.node));
        Some(node)
    }
}

/// What is known of one that was missed: what was agreed on.
fn known_by(node: NodeId, base: &Base) -> Known {
    let (kind, stat) = match &base.content {
        Some(agreed) => (Kind::File, agreed.stat),
        None => (Kind::Folder, LocalStat::default()),
    };
    // Racy: whatever is there now is to be written down anew.
    Known { node, name: base.local.name.as_str().as_bytes().to_vec(), kind, stat, racy: true }
}

/// Whether an error says that a name, or the way to it, is not there.
pub(in crate::reconcile) const fn is_absent(kind: DiskErrorKind) -> bool {
    matches!(kind, DiskErrorKind::Missing | DiskErrorKind::NoFolder)
}
