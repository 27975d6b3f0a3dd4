//! All that is remembered of one node. Owns the value and what each note makes of it; does not know
//! how it is written down.

use crate::{
    plan::tree::{Aside, Base, Entry, Gone, Side, Sight},
    reconcile::{
        record::{InCloud, Note, OnDisk},
        rules,
    },
};

/// One node in all three trees, and what was decided on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) local: Option<Sight<OnDisk>>,
    pub(super) remote: Option<Sight<InCloud>>,
    pub(super) base: Option<Base>,
    pub(super) aside: Option<Aside>,
    pub(super) gone: Option<Gone>,
    pub(super) binned: Option<u64>,
}

impl Kept {
    /// Takes a fact in. What is seen, and what is no matter of one node, is others' to apply.
    pub(super) fn take(&mut self, note: Note) {
        match note {
            Note::Went(_, how, item) => {
                self.gone = Some(how);
                self.binned = item;
            }
            Note::Agreed(_, base) => {
                self.decided_nothing();
                self.base = Some(base);
            }
            Note::Forgot(_) => {
                self.decided_nothing();
                self.base = None;
            }
            Note::SetAside(_, why) => self.aside = Some(why),
            Note::OnDisk(..)
            | Note::InCloud(..)
            | Note::Began(..)
            | Note::Ended(_)
            | Note::Deleted(..)
            | Note::Followed(_) => {}
        }
    }

    fn decided_nothing(&mut self) {
        self.aside = None;
        self.gone = None;
        self.binned = None;
    }

    /// What is there on disk, if it is certain.
    pub(super) fn here(&self) -> Option<&Entry> {
        match &self.local {
            Some(Sight::Present(seen)) => Some(&seen.entry),
            _ => None,
        }
    }

    /// What is there in the cloud, if it is certain.
    pub(super) fn there(&self) -> Option<&Entry> {
        match &self.remote {
            Some(Sight::Present(seen)) => Some(&seen.entry),
            _ => None,
        }
    }

    /// What is known of it on a side.
    pub(super) fn entry(&self, side: Side) -> Option<Sight<Entry>> {
        match side {
            Side::Local => self.local.as_ref().map(|sight| sight.map(|seen| seen.entry.clone())),
            Side::Remote => self.remote.as_ref().map(|sight| sight.map(|seen| seen.entry.clone())),
        }
    }

    /// Whether any tree knows it.
    pub(super) const fn known(&self) -> bool {
        self.local.is_some() || self.remote.is_some() || self.base.is_some()
    }

    /// Whether the planner may have something to do with it.
    pub(super) fn unsettled(&self) -> bool {
        let (here, there, base) = (self.here(), self.there(), self.base.as_ref());
        self.known() && !rules::settled(here, there, base, self.aside)
    }

    /// Whether it is of one kind in all trees.
    pub(super) fn of_one_kind(&self) -> bool {
        rules::of_one_kind(self.here(), self.there(), self.base.as_ref())
    }

    /// What it adds to the counts: files agreed on, seen on disk, seen in the cloud.
    pub(super) fn counts(&self) -> [i64; 3] {
        let agreed = self.base.as_ref().is_some_and(|base| base.content.is_some());
        let file = |entry: Option<&Entry>| entry.is_some_and(|entry| !entry.is_directory());
        [agreed, file(self.here()), file(self.there())].map(i64::from)
    }

    /// Whether it gives up a place or a number of the cloud's that another node may now take.
    pub(super) fn makes_room(&self, after: &Self) -> bool {
        let inode = |kept: &Self| match &kept.remote {
            Some(Sight::Present(seen)) => Some(seen.inode.clone()),
            _ => None,
        };
        let place = |entry: Option<&Entry>| entry.map(|entry| entry.place.clone());
        place(self.here()) != place(after.here())
            || place(self.there()) != place(after.there())
            || inode(self) != inode(after)
    }
}
