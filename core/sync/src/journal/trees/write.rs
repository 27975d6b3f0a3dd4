//! What a batch of notes makes of the rows. Owns the order: all that is known of the nodes is read,
//! the notes are applied in memory, rooms are given up before they are taken, and the trees must be
//! trees at the end. Runs within one transaction of somebody else.

use std::collections::{BTreeMap, btree_map::Entry};

use super::{kept::Kept, table::Table};
use crate::{
    error::{Error, Result},
    plan::tree::{NodeId, Sight},
    reconcile::{
        record::{InCloud, Intent, Note, OnDisk},
        rules,
    },
};

/// What notes come to, node by node.
#[derive(Default)]
struct Batch {
    here: BTreeMap<NodeId, Option<Sight<OnDisk>>>,
    there: BTreeMap<NodeId, Option<Sight<InCloud>>>,
    intents: BTreeMap<NodeId, Option<Intent>>,
    before: BTreeMap<NodeId, Option<Kept>>,
    after: BTreeMap<NodeId, Kept>,
}

/// Applies the notes.
///
/// # Errors
/// [`Error::Torn`], or what the database says; the transaction is to be undone then.
pub(super) fn apply(table: &Table<'_>, notes: Vec<Note>) -> Result<()> {
    let mut batch = Batch::default();
    for note in notes {
        batch.take(table, note)?;
    }
    let touched: Vec<NodeId> = batch.here.keys().chain(batch.there.keys()).copied().collect();
    batch.see();
    if !batch.after.values().all(Kept::of_one_kind) {
        return Err(Error::Torn);
    }
    batch.store(table)?;
    if rules::whole(table, &touched)? { Ok(()) } else { Err(Error::Torn) }
}

impl Batch {
    fn take(&mut self, table: &Table<'_>, note: Note) -> Result<()> {
        match &note {
            Note::Followed(cursor) => return table.follow(cursor.as_ref()),
            // Outlives the node: most nodes that are deleted are forgotten with that.
            Note::Deleted(node, side, at) => return table.deleted(*node, *side, *at),
            _ => {}
        }
        let Some(node) = note.node() else { return Ok(()) };
        let kept = self.load(table, node)?;
        match note {
            Note::OnDisk(_, seen) => drop(self.here.insert(node, seen)),
            Note::InCloud(_, seen) => drop(self.there.insert(node, seen)),
            Note::Began(_, intent) => drop(self.intents.insert(node, Some(intent))),
            Note::Ended(_) => drop(self.intents.insert(node, None)),
            fact => kept.take(fact),
        }
        Ok(())
    }

    fn load(&mut self, table: &Table<'_>, node: NodeId) -> Result<&mut Kept> {
        if let Entry::Vacant(unread) = self.before.entry(node) {
            let kept = unread.insert(table.kept(node)?);
            self.after.insert(node, kept.clone().unwrap_or_default());
        }
        Ok(self.after.entry(node).or_default())
    }

    /// The sights last, and all of them at once: two nodes may change places.
    fn see(&mut self) {
        for (node, kept) in &mut self.after {
            if let Some(seen) = self.here.remove(node) {
                kept.local = seen;
            }
            if let Some(seen) = self.there.remove(node) {
                kept.remote = seen;
            }
        }
    }

    fn store(&self, table: &Table<'_>) -> Result<()> {
        let known = || {
            self.after
                .iter()
                .map(|(node, after)| (*node, self.before.get(node).and_then(Option::as_ref), after))
        };
        for (node, before, after) in known() {
            if before.is_some_and(|before| before.makes_room(after)) {
                table.make_room(node)?;
            }
        }
        let mut counts = [0; 3];
        for (node, before, after) in known() {
            self.store_one(table, node, before, after)?;
            let added = after.counts();
            let had = before.map(Kept::counts).unwrap_or_default();
            for (count, (added, had)) in counts.iter_mut().zip(added.into_iter().zip(had)) {
                *count += added - had;
            }
        }
        if counts == [0; 3] { Ok(()) } else { table.count(counts) }
    }

    /// Nothing is kept of a node that no tree knows and for which nothing is under way.
    fn store_one(
        &self,
        table: &Table<'_>,
        node: NodeId,
        before: Option<&Kept>,
        after: &Kept,
    ) -> Result<()> {
        let intent = self.intents.get(&node);
        let under_way = match intent {
            Some(intent) => intent.is_some(),
            None => before.is_some() && !after.known() && table.is_under_way(node)?,
        };
        if !after.known() && !under_way {
            return if before.is_some() { table.remove(node) } else { Ok(()) };
        }
        if before != Some(after) {
            table.store(node, after, before)?;
        }
        match intent {
            Some(intent) => table.set_under_way(node, intent.as_ref()),
            None => Ok(()),
        }
    }
}
