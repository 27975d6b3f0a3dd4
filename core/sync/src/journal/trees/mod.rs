//! The three trees of a mapping on disk. Owns the record that lies in the journal: written by the
//! journal's one writer, read by its readers, which see each write once it was answered.
//!
//! `kept` is a node, `row` its form, `values` that of single values; `table`, `of_all` and
//! `under_way` are the SQL; `write` applies notes, `recent` spares reading a node twice.

mod kept;
mod of_all;
mod recent;
mod row;
mod table;
mod under_way;
mod values;
mod write;

use std::{
    fmt,
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use albumen_model::Inode;
use rusqlite::Connection;

use super::Journal;
use crate::{
    cloud::Cursor,
    error::{Error, Result},
    mapping::Mapping,
    name::VolumeRules,
    plan::{
        guard::Tally,
        tree::{Aside, Base, Entry, Gone, NodeId, Place, Side, Sight, Trees},
    },
    reconcile::record::{Intent, Note, OnDisk, Record},
};
use kept::Kept;
use recent::Recent;
use table::Table;

/// Numbers taken at a time: what the program does not use of them before it ends is nobody's.
const NUMBERS: i64 = 1024;

/// What a mapping remembers, in the journal. One at a time for each mapping.
pub struct TreeRecord {
    journal: Arc<Journal>,
    mapping: i64,
    rules: VolumeRules,
    numbers: Mutex<Range<i64>>,
    recent: Mutex<Recent>,
    trouble: Mutex<Option<Error>>,
}

impl TreeRecord {
    /// The record of a mapping whose folder lies on a volume of these rules. If they are others
    /// than before, nobody can tell what is on disk until it was looked at again.
    ///
    /// # Errors
    /// What the database says.
    pub fn open(journal: Arc<Journal>, mapping: &Mapping, rules: VolumeRules) -> Result<Self> {
        let mapping = mapping.row;
        journal.write_blocking(move |conn| of_all::open(conn, mapping, &rules))?;
        let (numbers, recent, trouble) = (Mutex::new(0..0), Mutex::default(), Mutex::default());
        Ok(Self { journal, mapping, rules, numbers, recent, trouble })
    }

    fn read<T>(&self, question: impl FnOnce(&Table<'_>) -> Result<T>) -> Result<T> {
        let (mapping, rules) = (self.mapping, self.rules);
        self.journal.read(|conn| question(&Table { conn, mapping, rules }))
    }

    /// An answer, or the one for when there is none; [`Record::sound`] tells of it then.
    fn ask<T>(&self, nobody_can_tell: T, question: impl FnOnce(&Table<'_>) -> Result<T>) -> T {
        self.read(question).unwrap_or_else(|error| {
            held(&self.trouble).get_or_insert(error);
            nobody_can_tell
        })
    }

    fn kept<T>(&self, nobody_can_tell: T, node: NodeId, of: impl FnOnce(&Kept) -> T) -> T {
        let (known, writes) = {
            let recent = held(&self.recent);
            (recent.get(node), recent.writes())
        };
        if let Some(kept) = known {
            return of(&kept);
        }
        self.ask(nobody_can_tell, |table| {
            let kept = Arc::new(table.kept(node)?.unwrap_or_default());
            held(&self.recent).put(node, Arc::clone(&kept), writes);
            Ok(of(&kept))
        })
    }
}

fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for TreeRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TreeRecord").field("mapping", &self.mapping).finish_non_exhaustive()
    }
}

impl Trees for TreeRecord {
    fn entry(&self, side: Side, node: NodeId) -> Option<Sight<Entry>> {
        self.kept(Some(Sight::Unknown), node, |kept| kept.entry(side))
    }

    fn base(&self, node: NodeId) -> Option<Base> {
        self.kept(None, node, |kept| kept.base.clone())
    }

    fn aside(&self, node: NodeId) -> Option<Aside> {
        self.kept(None, node, |kept| kept.aside)
    }

    fn gone(&self, node: NodeId) -> Gone {
        let not_said = Gone::Deleted { in_bin: false };
        // What nobody can tell of is never followed.
        self.kept(Gone::Withdrawn, node, |kept| kept.gone.unwrap_or(not_said))
    }

    fn at(&self, side: Side, place: &Place) -> Option<NodeId> {
        self.ask(None, |table| table.at(side, place))
    }

    fn children(&self, side: Side, directory: NodeId) -> Vec<NodeId> {
        self.ask(Vec::new(), |table| table.children(side, directory))
    }
}

impl Record for TreeRecord {
    fn write(&self, notes: Vec<Note>) -> Result<()> {
        let (mapping, rules) = (self.mapping, self.rules);
        let written = self.journal.write_blocking(move |conn: &Connection| {
            write::apply(&Table { conn, mapping, rules }, notes)
        });
        held(&self.recent).wrote();
        written
    }

    fn fresh(&self) -> Result<NodeId> {
        let mut numbers = held(&self.numbers);
        if numbers.is_empty() {
            let take = |conn: &Connection| of_all::take_numbers(conn, NUMBERS);
            let newest = self.journal.write_blocking(take)?;
            *numbers = newest - NUMBERS + 1..newest + 1;
        }
        let number = numbers.start;
        numbers.start += 1;
        Ok(NodeId(number))
    }

    fn sound(&self) -> Result<()> {
        held(&self.trouble).take().map_or(Ok(()), Err)
    }

    fn unsettled(&self) -> Result<Vec<NodeId>> {
        self.read(|table| table.unsettled())
    }

    fn on_disk(&self, node: NodeId) -> Option<Sight<OnDisk>> {
        self.kept(Some(Sight::Unknown), node, |kept| kept.local.clone())
    }

    fn inode(&self, node: NodeId) -> Option<Inode> {
        self.kept(None, node, |kept| match &kept.remote {
            Some(Sight::Present(seen)) => Some(seen.inode.clone()),
            _ => kept.base.as_ref().and_then(|base| base.inode.clone()),
        })
    }

    fn by_inode(&self, inode: &Inode) -> Option<NodeId> {
        self.ask(None, |table| table.by_inode(inode))
    }

    fn binned(&self, node: NodeId) -> Option<u64> {
        self.kept(None, node, |kept| kept.binned)
    }

    fn unknown(&self, side: Side) -> Result<Vec<NodeId>> {
        self.read(|table| table.unknown(side))
    }

    fn intents(&self) -> Result<Vec<(NodeId, Intent)>> {
        self.read(|table| table.all_under_way())
    }

    fn followed(&self) -> Result<Option<Cursor>> {
        self.read(|table| table.followed())
    }

    fn tally(&self, day_ago: i64) -> Result<Tally> {
        self.read(|table| table.tally(day_ago))
    }
}
