//! What was found on disk, turned into facts: who is new, who changed, who moved, and who is gone.
//! Owns the evidence that is asked for: a name that was missed once is not gone yet.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{Arrival, Findings, Look};
use crate::{
    disk::Kind,
    error::Result,
    observe::{Known, Seen, is_gone, moves},
    plan::tree::{Content, Entry, LocalStat, NodeId, Place, ROOT, Sight, What},
    reconcile::{
        Reconciler,
        places::name_of,
        record::{Intent, Note, OnDisk},
    },
    stable::is_racy,
};

/// What the state of a file proves of its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// What it says.
    State,
    /// Nothing: it was known before, in a state that may have hidden an edit.
    Doubtful,
}

impl Reconciler {
    pub(super) fn write_down(&self, findings: Findings, mut notes: Vec<Note>) -> Result<Look> {
        let Findings { changed, went, came, moved, lived_in, folders, unread } = findings;
        for (node, arrival) in &moved {
            self.memory().missed.remove(node);
            notes.push(self.sees(*node, arrival.parent, &arrival.seen, None));
        }
        for (node, stat) in changed {
            notes.extend(self.changed(node, stat));
        }
        let seen: Vec<Seen> = came.iter().map(|arrival| arrival.seen.clone()).collect();
        let pairs = moves(&went, &seen);
        let detaching = self.detaching()?;
        let from: BTreeSet<usize> = pairs.iter().map(|pair| pair.from).collect();
        let to: BTreeMap<usize, NodeId> =
            pairs.iter().map(|pair| (pair.to, went[pair.from].node)).collect();
        for (index, arrival) in came.iter().enumerate() {
            let (node, proof) = match to.get(&index) {
                Some(node) => {
                    (self.moved_file(*node, arrival, &detaching, &mut notes)?, Proof::Doubtful)
                }
                None => (self.record.fresh()?, Proof::State),
            };
            notes.push(self.sees(node, arrival.parent, &arrival.seen, Some(proof)));
        }
        let mut missed = false;
        for (index, known) in went.iter().enumerate() {
            if !from.contains(&index) {
                missed |= self.went(known, &mut notes);
            }
        }
        let gone: BTreeSet<NodeId> = went.iter().map(|known| known.node).collect();
        self.note_lived_in(&folders, &lived_in, &gone, &mut notes);
        let news = notes.len();
        if news > 0 {
            self.record.write(notes)?;
        }
        Ok(Look { news, missed, unread })
    }

    /// Files that were about to become nodes of their own when an end came, and where.
    fn detaching(&self) -> Result<BTreeMap<NodeId, Place>> {
        let meant = |(node, intent)| match intent {
            Intent::Detach { to } => Some((node, to)),
            _ => None,
        };
        Ok(self.record.intents()?.into_iter().filter_map(meant).collect())
    }

    /// A file under a name it was to get as a node of its own: an end came between the rename and
    /// its record.
    fn moved_file(
        &self,
        node: NodeId,
        arrival: &Arrival,
        detaching: &BTreeMap<NodeId, Place>,
        notes: &mut Vec<Note>,
    ) -> Result<NodeId> {
        let here =
            name_of(&arrival.seen.name).map(|(name, _)| Place { parent: arrival.parent, name });
        let meant = detaching.get(&node);
        if meant.is_none() || meant != here.as_ref() {
            return Ok(node);
        }
        notes.extend([Note::OnDisk(node, None), Note::Forgot(node), Note::Ended(node)]);
        self.record.fresh()
    }

    /// A name that is there; of a file, what its state proves.
    pub(super) fn sees(
        &self,
        node: NodeId,
        parent: NodeId,
        seen: &Seen,
        file: Option<Proof>,
    ) -> Note {
        let (name, spelling) =
            name_of(&seen.name).unwrap_or_else(|| unreachable!("only names that travel are seen"));
        let stat = seen.stat;
        let unread = Content { size: stat.size, crc64: None, stat: Some(stat), cas: None };
        let what = match file {
            Some(_) => What::File(unread),
            None => What::Directory { lived_in: false },
        };
        let entry = Entry { place: Place { parent, name }, what };
        let racy = match file {
            Some(Proof::State) => is_racy(&stat, self.clock.now_ms()),
            Some(Proof::Doubtful) => true,
            None => false,
        };
        let identity = stat.identity();
        Note::OnDisk(node, Some(Sight::Present(OnDisk { entry, spelling, racy, identity })))
    }

    /// A file in another state, or in one that proves nothing: then it is read.
    fn changed(&self, node: NodeId, stat: LocalStat) -> Option<Note> {
        let before = match self.record.on_disk(node) {
            Some(Sight::Present(seen)) => seen,
            Some(Sight::Unknown) => return self.back(node, stat),
            None => return None,
        };
        let same = before.entry.content().and_then(|content| content.stat) == Some(stat);
        // A state that was left and is there again is that of another content, written within one
        // tick of the volume's time.
        let agreed = self.record.base(node).and_then(|base| base.content);
        let again = agreed.is_some_and(|agreed| agreed.stat == stat);
        let crc64 = match same || again {
            true => Some(self.read(node, &stat)?),
            false => None,
        };
        let racy = is_racy(&stat, self.clock.now_ms());
        let content = Content { size: stat.size, crc64, stat: Some(stat), cas: None };
        let entry = Entry { what: What::File(content), place: before.entry.place.clone() };
        let now = OnDisk { entry, racy, ..before.clone() };
        (now != before).then_some(Note::OnDisk(node, Some(Sight::Present(now))))
    }

    /// One that was missed is there after all, where it was when it was agreed on.
    fn back(&self, node: NodeId, stat: LocalStat) -> Option<Note> {
        self.memory().missed.remove(&node);
        let base = self.record.base(node)?;
        let seen =
            Seen { name: base.local.name.as_str().as_bytes().to_vec(), kind: Kind::File, stat };
        Some(self.sees(node, base.local.parent, &seen, Some(Proof::Doubtful)))
    }

    /// A file was missed; whether it is to be looked for again.
    fn went(&self, known: &Known, notes: &mut Vec<Note>) -> bool {
        let node = known.node;
        if self.record.base(node).is_none() {
            notes.push(Note::OnDisk(node, None));
            return false;
        }
        let now = self.clock.uptime_ms();
        let first = *self.memory().missed.entry(node).or_insert(now);
        let (first, now) = (Duration::from_millis(first), Duration::from_millis(now));
        if is_gone(first, now, self.settings.removable) {
            self.memory().missed.remove(&node);
            notes.push(Note::OnDisk(node, None));
            return false;
        }
        if self.record.on_disk(node) != Some(Sight::Unknown) {
            notes.push(Note::OnDisk(node, Some(Sight::Unknown)));
        }
        true
    }

    fn note_lived_in(
        &self,
        folders: &BTreeSet<NodeId>,
        lived_in: &BTreeSet<NodeId>,
        gone: &BTreeSet<NodeId>,
        notes: &mut Vec<Note>,
    ) {
        let present = |(index, note): (usize, &Note)| match note {
            Note::OnDisk(node, Some(Sight::Present(_))) => Some((*node, index)),
            _ => None,
        };
        let noted: BTreeMap<NodeId, usize> = notes.iter().enumerate().filter_map(present).collect();
        for folder in folders.iter().filter(|folder| **folder != ROOT && !gone.contains(folder)) {
            let now = What::Directory { lived_in: lived_in.contains(folder) };
            let index = noted.get(folder).copied();
            if let Some(Note::OnDisk(_, Some(Sight::Present(seen)))) =
                index.and_then(|index| notes.get_mut(index))
            {
                seen.entry.what = now;
            } else if let Some(Sight::Present(mut seen)) = self.record.on_disk(*folder)
                && seen.entry.what != now
            {
                seen.entry.what = now;
                notes.push(Note::OnDisk(*folder, Some(Sight::Present(seen))));
            }
        }
    }
}
