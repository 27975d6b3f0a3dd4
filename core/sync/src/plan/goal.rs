//! What is wanted of a node where it stands: the tables' answer, and what its children, its place
//! and its twin make of it. Owns the questions that look further than one node.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use super::{
    change::{Change, equal, local_change, remote_change},
    mode::{Facts, Goal, Mode, Policy, Where, Whose, wanted},
    step::Step,
    tree::{Aside, Base, Entry, NodeId, ROOT, Side, Sight, Trees, What},
};

/// A node with what all trees hold of it.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) local: Option<Entry>,
    pub(super) remote: Option<Entry>,
    pub(super) base: Option<Base>,
    pub(super) facts: Facts,
    pub(super) twin: Twin,
}

/// Two nodes, one of each side and never agreed on, in the same place: they are decided on as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Twin {
    None,
    /// This is the local one; the other's entry is taken for its own.
    Here(NodeId),
    /// This is the cloud's one: the local one speaks for both.
    There(NodeId),
}

impl Known {
    pub(super) fn entry(&self, side: Side) -> Option<&Entry> {
        match side {
            Side::Local => self.local.as_ref(),
            Side::Remote => self.remote.as_ref(),
        }
    }

    pub(super) fn is_directory(&self) -> bool {
        self.local.as_ref().or(self.remote.as_ref()).is_some_and(Entry::is_directory)
    }
}

/// Whether a node goes from its place on a side by what is decided for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaves {
    Yes,
    No,
    /// Nobody can tell, or it is held back.
    Unknown,
}

/// The trees under one policy, with the answers already found.
pub(super) struct View<'a, T: ?Sized> {
    pub(super) trees: &'a T,
    pub(super) policy: &'a Policy,
    known: RefCell<BTreeMap<NodeId, Rc<Known>>>,
    goals: RefCell<BTreeMap<NodeId, Goal>>,
    /// What each does next if nobody helps it.
    pub(super) steps: RefCell<BTreeMap<NodeId, Step>>,
}

impl<'a, T: Trees + ?Sized> View<'a, T> {
    pub(super) fn new(trees: &'a T, policy: &'a Policy) -> Self {
        let (known, goals, steps) = Default::default();
        Self { trees, policy, known, goals, steps }
    }

    pub(super) fn known(&self, node: NodeId) -> Rc<Known> {
        if let Some(known) = self.known.borrow().get(&node) {
            return Rc::clone(known);
        }
        let known = Rc::new(self.look(node));
        self.known.borrow_mut().insert(node, Rc::clone(&known));
        known
    }

    fn look(&self, node: NodeId) -> Known {
        let base = self.trees.base(node);
        let local = self.trees.entry(Side::Local, node);
        let mut remote = self.trees.entry(Side::Remote, node);
        let twin = match (&base, &local, &remote) {
            (None, Some(Sight::Present(here)), None) => self
                .new_at(Side::Remote, here, node)
                .map_or(Twin::None, |(there, _)| Twin::Here(there)),
            (None, None, Some(Sight::Present(there))) => self
                .new_at(Side::Local, there, node)
                // A volume may take another name for this one; the cloud does not.
                .filter(|(_, here)| self.trees.at(Side::Remote, &here.place) == Some(node))
                .map_or(Twin::None, |(here, _)| Twin::There(here)),
            _ => Twin::None,
        };
        if let Twin::Here(there) = twin {
            remote = self.trees.entry(Side::Remote, there);
        }
        let here = local_change(local.as_ref(), base.as_ref());
        let there = remote_change(remote.as_ref(), base.as_ref(), self.trees.gone(node));
        let (local, remote) = (present(local), present(remote));
        let equal = local.as_ref().zip(remote.as_ref()).is_some_and(|(l, r)| equal(l, r));
        let facts = Facts { local: here, remote: there, equal };
        Known { local, remote, base, facts, twin }
    }

    /// Another node that only that side has, never agreed on, of the same kind, in the place of
    /// this one.
    fn new_at(&self, side: Side, entry: &Entry, node: NodeId) -> Option<(NodeId, Entry)> {
        let other = self.trees.at(side, &entry.place).filter(|other| *other != node)?;
        let Some(Sight::Present(there)) = self.trees.entry(side, other) else { return None };
        let alone = self.trees.base(other).is_none()
            && self.trees.entry(side.other(), other).is_none()
            && there.is_directory() == entry.is_directory();
        alone.then_some((other, there))
    }

    /// Whether there is such a directory on that side. One that both made without knowing of each
    /// other stands on both when they have agreed on it, not before.
    pub(super) fn stands(&self, side: Side, directory: NodeId) -> bool {
        directory == ROOT
            || self
                .trees
                .entry(side, directory)
                .is_some_and(|seen| matches!(seen, Sight::Present(entry) if entry.is_directory()))
    }

    /// What is wanted of a node.
    pub(super) fn goal(&self, node: NodeId) -> Goal {
        if let Some(goal) = self.goals.borrow().get(&node) {
            return *goal;
        }
        // Whoever asks again while it is being found out must not rely on it.
        self.goals.borrow_mut().insert(node, Goal::Blocked);
        let goal = self.find_goal(node);
        self.goals.borrow_mut().insert(node, goal);
        goal
    }

    fn find_goal(&self, node: NodeId) -> Goal {
        let known = self.known(node);
        let goal = match known.twin {
            Twin::There(here) => return self.goal(here),
            _ => wanted(self.policy, known.facts),
        };
        match goal {
            Goal::Drop if known.is_directory() => self.dropped(node, &known),
            Goal::Keep(Whose::One(Side::Local), _)
                if self.policy.mode == Mode::Backup && known.is_directory() =>
            {
                if self.needed(node) { goal } else { Goal::Rest }
            }
            // An add-only mapping makes directories for files and forgets about them.
            Goal::Leave(_) | Goal::Beside | Goal::Split
                if self.policy.mode == Mode::Backup && known.is_directory() =>
            {
                if known.local.is_some() && self.needed(node) {
                    Goal::Keep(Whose::One(Side::Local), Where::Free)
                } else {
                    Goal::Forget
                }
            }
            goal => goal,
        }
    }

    /// A directory goes only when all in it goes; else it stays where it still is, and where the
    /// mode may not make it on the other side again, nothing binds the two any more.
    fn dropped(&self, node: NodeId, known: &Known) -> Goal {
        let side = match (&known.local, &known.remote) {
            (Some(_), None) => Side::Local,
            (None, Some(_)) => Side::Remote,
            _ => return Goal::Drop,
        };
        let kept = match self.policy.mode {
            Mode::TwoWay => Goal::Keep(Whose::One(side), Where::As(side)),
            _ if known.base.is_none() => Goal::Rest,
            _ => Goal::Forget,
        };
        if let Some(What::Directory { lived_in: true }) = known.entry(side).map(|entry| &entry.what)
        {
            return kept;
        }
        // One of which nothing is certain stays where it is, and keeps the directory from going.
        let children = self.trees.children(side, node);
        let stays = |child: &NodeId| self.leaves(*child, side) == Leaves::No;
        if children.iter().any(stays) { kept } else { Goal::Drop }
    }

    /// Whether anything below a local directory is to be in the cloud.
    fn needed(&self, directory: NodeId) -> bool {
        self.trees.children(Side::Local, directory).into_iter().any(|child| {
            if self.known(child).is_directory() {
                return self.needed(child);
            }
            matches!(self.goal(child), Goal::Keep(..) | Goal::Beside | Goal::Split)
        })
    }

    /// Whether a node that is there goes from its place on a side.
    pub(super) fn leaves(&self, node: NodeId, side: Side) -> Leaves {
        let known = self.known(node);
        let yes = match self.goal(node) {
            Goal::Blocked => return Leaves::Unknown,
            Goal::Drop if !self.policy.deletions => return Leaves::Unknown,
            Goal::Drop => true,
            Goal::Keep(Whose::Both, _) => side == Side::Local,
            Goal::Keep(_, place) => {
                self.moves(&known, place) == Some(side)
                    || (side == Side::Local && self.loses_its_name(node, &known))
            }
            Goal::Rest => self.in_the_way(node, side),
            Goal::Forget | Goal::Leave(_) | Goal::Beside | Goal::Split => false,
        };
        if yes { Leaves::Yes } else { Leaves::No }
    }

    /// On which side a node is to take the other side's place.
    pub(super) fn moves(&self, known: &Known, place: Where) -> Option<Side> {
        let (local, remote) = (known.local.as_ref()?, known.remote.as_ref()?);
        let Where::As(winner) = place else { return None };
        if local.place == remote.place {
            return None;
        }
        // A passing name is nobody's wish.
        Some(match (local.place.name.is_passing(), remote.place.name.is_passing()) {
            (true, false) => Side::Local,
            (false, true) => Side::Remote,
            _ if winner == Side::Local && self.crossed(known) => Side::Local,
            _ => winner.other(),
        })
    }

    /// Whether a directory that was moved on disk would end below itself, because what it was moved
    /// into was moved in the cloud. The cloud's moves stay, the local one is undone.
    fn crossed(&self, known: &Known) -> bool {
        let (Some(local), Some(remote)) = (&known.local, &known.remote) else { return false };
        if self.policy.mode != Mode::TwoWay || !remote.is_directory() {
            return false;
        }
        // Every way up that the directories above may come to have, and whether the cloud moved
        // one on it: a ring of local moves alone is none.
        let mut ways = vec![(local.place.parent, false)];
        let mut seen = BTreeSet::new();
        while let Some((at, moved)) = ways.pop() {
            if at == ROOT || !seen.insert((at, moved)) {
                continue;
            }
            let above = self.known(at);
            let (here, there) = (above.facts.local.moved(), above.facts.remote.moved());
            if moved && above.remote.as_ref().is_some_and(|entry| entry.place == remote.place) {
                return true;
            }
            if let Some(entry) = &above.remote {
                ways.push((entry.place.parent, moved || there));
            }
            if let Some(entry) = &above.local
                && (above.remote.is_none() || (here && !there))
            {
                ways.push((entry.place.parent, moved));
            }
        }
        false
    }

    /// Whether another has the name in the cloud that a local node wants there, and stays.
    pub(super) fn loses_its_name(&self, node: NodeId, known: &Known) -> bool {
        if self.policy.mode != Mode::TwoWay || known.facts.local == Change::Same {
            return false;
        }
        let Some(local) = &known.local else { return false };
        if known.remote.as_ref().is_some_and(|remote| remote.place == local.place) {
            return false;
        }
        self.trees
            .at(Side::Remote, &local.place)
            .is_some_and(|other| other != node && self.leaves(other, Side::Remote) == Leaves::No)
    }

    /// Whether a node that is none of this mode's business, or was taken away by the service and
    /// stays here alone, has the place of one that is.
    pub(super) fn in_the_way(&self, node: NodeId, side: Side) -> bool {
        let known = self.known(node);
        let Some(entry) = known.entry(side) else { return false };
        let own = known.base.is_some() && self.goal(node) != Goal::Leave(Aside::Withdrawn);
        if !self.policy.mode.writes(side) || own {
            return false;
        }
        let Some(other) = self.trees.at(side.other(), &entry.place) else { return false };
        let exact =
            self.known(other).entry(side.other()).map(|entry| &entry.place) == Some(&entry.place);
        other != node
            && exact
            && matches!(self.goal(other), Goal::Keep(_, Where::As(s)) if s == side.other())
    }
}

fn present(sight: Option<Sight<Entry>>) -> Option<Entry> {
    match sight {
        Some(Sight::Present(entry)) => Some(entry),
        Some(Sight::Unknown) | None => None,
    }
}
