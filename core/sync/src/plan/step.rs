//! The next step of a node towards what is wanted of it, or whom it waits for. Owns the order: a
//! parent before its children, a name free before it is taken, a ring of names broken by one that
//! passes through a name of its own.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Op, Spot,
    change::Change,
    goal::{Known, Leaves, Twin, View},
    mode::{Goal, Mode, Where, Whose},
    tree::{Aside, Base, Gone, NodeId, Place, ROOT, Side, Trees, upwards},
};

/// What a node does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing is left to do.
    Nothing,
    /// Another goes first.
    Wait(NodeId, Why),
    /// This.
    Act(Op),
}

/// What another has to do first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// Give up the name.
    Name,
    /// Be there, or be gone, or be elsewhere.
    Order,
}

impl<T: Trees + ?Sized> View<'_, T> {
    /// What a node does next. Where several wait for each other in a ring, one of those that are to
    /// move takes a passing name: the lowest number that can open the ring by it.
    pub(super) fn step(&self, node: NodeId) -> Step {
        let step = self.own_step(node);
        let Step::Wait(..) = step else { return step };
        let opened = self.ring(node).iter().find_map(|(at, opens)| Some((*at, (*opens)?)));
        match opened {
            Some((opener, (side, parent))) if opener == node => {
                Step::Act(Op::Move { side, to: Spot::Passing(parent) })
            }
            _ => step,
        }
    }

    /// The ring of nodes that wait for each other which this one is part of, in their order, each
    /// with the side and the directory of a passing name that would open it. Empty: there is none.
    fn ring(&self, node: NodeId) -> BTreeMap<NodeId, Option<(Side, NodeId)>> {
        let mut waits = BTreeMap::new();
        let mut at = node;
        while let Step::Wait(next, why) = self.own_step(at) {
            if waits.insert(at, (next, why)).is_some() {
                break;
            }
            at = next;
        }
        if at != node {
            return BTreeMap::new();
        }
        let wanted = |node| waits.values().any(|wait| *wait == (node, Why::Name));
        waits
            .iter()
            .map(|(node, (_, why))| (*node, self.opens(*node, *why, wanted(*node))))
            .collect()
    }

    /// Where a node would go for a while: one that waits for a name, to where it is going; one that
    /// waits for something else while another wants its name, to where it is. So does a directory
    /// that is to go when it is empty.
    fn opens(&self, node: NodeId, why: Why, wanted: bool) -> Option<(Side, NodeId)> {
        let known = self.known(node);
        let place = match self.goal(node) {
            Goal::Keep(_, place) => place,
            Goal::Drop if wanted => {
                let side = if known.local.is_some() { Side::Local } else { Side::Remote };
                let here = &known.entry(side)?.place;
                return (!here.name.is_passing()).then_some((side, here.parent));
            }
            _ => return None,
        };
        let side = self.moves(&known, place)?;
        let (here, there) = (&known.entry(side)?.place, &known.entry(side.other())?.place);
        let passing = here.name.is_passing();
        match why {
            Why::Name if !passing || here.parent != there.parent => Some((side, there.parent)),
            Why::Order if wanted && !passing => Some((side, here.parent)),
            _ => None,
        }
    }

    /// Whom a node waits for in the end, if that one does nothing.
    pub(super) fn last(&self, node: NodeId) -> Option<NodeId> {
        let mut seen = BTreeSet::new();
        let mut at = node;
        loop {
            match self.step(at) {
                Step::Wait(next, _) if seen.insert(at) => at = next,
                Step::Nothing => return Some(at),
                Step::Wait(..) | Step::Act(_) => return None,
            }
        }
    }

    /// What a node does next if nobody helps it.
    fn own_step(&self, node: NodeId) -> Step {
        if let Some(step) = self.steps.borrow().get(&node) {
            return step.clone();
        }
        let step = self.find_step(node);
        self.steps.borrow_mut().insert(node, step.clone());
        step
    }

    fn find_step(&self, node: NodeId) -> Step {
        let known = self.known(node);
        if node == ROOT || matches!(known.twin, Twin::There(_)) {
            return Step::Nothing;
        }
        if must_look(&known) {
            return Step::Act(Op::Look);
        }
        match self.goal(node) {
            Goal::Blocked => Step::Nothing,
            Goal::Rest => self.out_of_the_way(node),
            Goal::Leave(Aside::Withdrawn) if self.in_the_way(node, Side::Local) => {
                self.out_of_the_way(node)
            }
            Goal::Leave(why) => self.leave(node, why),
            Goal::Forget => match known.base {
                Some(_) => Step::Act(Op::Forget),
                None => Step::Nothing,
            },
            Goal::Split => Step::Act(Op::Split),
            Goal::Beside => self.beside(&known),
            Goal::Drop => self.drop_it(node, &known),
            Goal::Keep(whose, place) => self.keep(node, &known, whose, place),
        }
    }

    fn out_of_the_way(&self, node: NodeId) -> Step {
        let side =
            [Side::Local, Side::Remote].into_iter().find(|side| self.in_the_way(node, *side));
        side.map_or(Step::Nothing, |side| Step::Act(Op::Move { side, to: Spot::ConflictName }))
    }

    fn leave(&self, node: NodeId, why: Aside) -> Step {
        if self.trees.aside(node) == Some(why) {
            Step::Nothing
        } else {
            Step::Act(Op::SetAside(why))
        }
    }

    fn beside(&self, known: &Known) -> Step {
        let Some(local) = &known.local else { return Step::Nothing };
        if known.is_directory() {
            return Step::Nothing;
        }
        match self.stands(Side::Remote, local.place.parent) {
            true => Step::Act(Op::UploadBeside),
            false => Step::Wait(local.place.parent, Why::Order),
        }
    }

    fn drop_it(&self, node: NodeId, known: &Known) -> Step {
        let side = match (&known.local, &known.remote) {
            (None, None) => return Step::Act(Op::Forget),
            (Some(_), _) => Side::Local,
            (None, Some(_)) => Side::Remote,
        };
        if !self.policy.deletions {
            return Step::Act(Op::Hold);
        }
        if !known.is_directory() {
            return Step::Act(Op::Trash(side));
        }
        match self.trees.children(side, node).into_iter().min() {
            Some(child) => Step::Wait(child, Why::Order),
            None => Step::Act(Op::RemoveDirectory(side)),
        }
    }

    fn keep(&self, node: NodeId, known: &Known, whose: Whose, place: Where) -> Step {
        match (&known.local, &known.remote) {
            (Some(_), None) => return self.give(node, known, Side::Remote),
            (None, Some(_)) => return self.give(node, known, Side::Local),
            (None, None) => return Step::Act(Op::Forget),
            (Some(_), Some(_)) => {}
        }
        if whose == Whose::Both {
            return match known.twin {
                // They are two nodes already: one of them takes another name.
                Twin::Here(_) => Step::Act(Op::Move { side: Side::Local, to: Spot::ConflictName }),
                _ => Step::Act(Op::KeepBoth),
            };
        }
        let settled = self.moves(known, place).map(|side| self.settle(node, known, side));
        if let Some(Step::Act(_)) = settled {
            return settled.unwrap_or(Step::Nothing);
        }
        match whose {
            Whose::One(Side::Local) if !known.is_directory() => {
                Step::Act(Op::Upload { replace: true })
            }
            Whose::One(Side::Remote) if !known.is_directory() => {
                Step::Act(Op::Download { replace: true })
            }
            _ => settled.unwrap_or_else(|| self.agree(node, known)),
        }
    }

    /// Both sides are as they should be; whether that is what was agreed on.
    fn agree(&self, node: NodeId, known: &Known) -> Step {
        let places = |base: &Base| {
            known.local.as_ref().is_some_and(|local| local.place == base.local)
                && known.remote.as_ref().is_some_and(|remote| remote.place == base.remote)
        };
        let agreed = known.base.as_ref().is_some_and(places)
            && same_state(known)
            && self.trees.aside(node).is_none();
        if agreed { Step::Nothing } else { Step::Act(Op::Adopt) }
    }

    /// A node that only the other side has comes to this one.
    fn give(&self, node: NodeId, known: &Known, side: Side) -> Step {
        let Some(there) = known.entry(side.other()) else { return Step::Nothing };
        let target = &there.place;
        if !self.stands(side, target.parent) {
            return Step::Wait(target.parent, Why::Order);
        }
        if let Some(other) = self.trees.at(side, target).filter(|other| *other != node) {
            return self.contested(node, known, side, other);
        }
        Step::Act(match (known.is_directory(), side) {
            (true, side) => Op::MakeDirectory(side),
            (false, Side::Local) => Op::Download { replace: false },
            (false, Side::Remote) if self.restorable(node, known, target) => Op::RestoreRemote,
            (false, Side::Remote) => Op::Upload { replace: false },
        })
    }

    fn restorable(&self, node: NodeId, known: &Known, target: &Place) -> bool {
        self.policy.mode != Mode::Backup
            && known.base.as_ref().is_some_and(|base| base.remote == *target)
            && self.trees.gone(node) == (Gone::Deleted { in_bin: true })
    }

    /// Another has the name. The cloud's keeps it: all devices see the same one there.
    fn contested(&self, node: NodeId, known: &Known, side: Side, other: NodeId) -> Step {
        let Some(there) = known.entry(side.other()) else { return Step::Nothing };
        let target = &there.place;
        if self.leaves(other, side) != Leaves::No {
            return Step::Wait(other, Why::Name);
        }
        let exact = self.known(other).entry(side).is_some_and(|entry| entry.place == *target);
        match (side, self.policy.mode) {
            (Side::Remote, Mode::TwoWay) => {
                Step::Act(Op::Move { side: Side::Local, to: Spot::ConflictName })
            }
            (Side::Remote, Mode::Backup) if !known.is_directory() => Step::Act(Op::UploadBeside),
            // Exactly the same name on disk: that one's own step is to give it up.
            (Side::Local, _) if exact => Step::Wait(other, Why::Name),
            _ => self.leave(node, Aside::NameClash),
        }
    }

    /// A node takes the place on one side that it has on the other.
    fn settle(&self, node: NodeId, known: &Known, side: Side) -> Step {
        let Some(there) = known.entry(side.other()) else { return Step::Nothing };
        let target = &there.place;
        if !self.stands(side, target.parent) {
            return Step::Wait(target.parent, Why::Order);
        }
        match self.above(side, target.parent, node) {
            Above::No => {}
            Above::Until(other) => return Step::Wait(other, Why::Order),
            Above::ForGood => return Step::Wait(target.parent, Why::Order),
        }
        if known.is_directory()
            && let Some(above) = self.unsettled_above(side, target.parent)
        {
            return Step::Wait(above, Why::Order);
        }
        let Some(other) = self.trees.at(side, target).filter(|other| *other != node) else {
            return Step::Act(Op::Move { side, to: Spot::Place(target.clone()) });
        };
        self.contested(node, known, side, other)
    }

    /// A directory at or above this one that is still to move on a side. Directories move from the
    /// top down: two moves, each right by itself, could else put one into the other and back.
    fn unsettled_above(&self, side: Side, directory: NodeId) -> Option<NodeId> {
        let unsettled = |at: &NodeId| match self.goal(*at) {
            Goal::Keep(_, place) => self.moves(&self.known(*at), place) == Some(side),
            _ => false,
        };
        upwards(self.trees, side, directory).into_iter().find(unsettled)
    }

    /// Whether a node is above a directory on a side, and whether that ends by itself.
    fn above(&self, side: Side, directory: NodeId, node: NodeId) -> Above {
        let way = upwards(self.trees, side, directory);
        let Some(end) = way.iter().position(|at| *at == node) else { return Above::No };
        let mut between = way[..end].iter();
        let leaving = between.find(|at| self.leaves(**at, side) == Leaves::Yes);
        leaving.map_or(Above::ForGood, |at| Above::Until(*at))
    }
}

/// Whether a node is above a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Above {
    No,
    /// Until that one, between the two, has left.
    Until(NodeId),
    /// Nobody between them leaves.
    ForGood,
}

/// Whether the local content has to be read before anything can be said of it.
fn must_look(known: &Known) -> bool {
    let Some(content) = known.local.as_ref().and_then(|local| local.content()) else {
        return false;
    };
    if content.crc64.is_some() {
        return false;
    }
    match known.base.as_ref().and_then(|base| base.content.as_ref()) {
        Some(agreed) => {
            let surely = content.size != agreed.size && !known.facts.remote.edited();
            content.stat != Some(agreed.stat) && !surely
        }
        // Never agreed on: only another's content in the same place asks for a comparison.
        None => known
            .remote
            .as_ref()
            .and_then(|remote| remote.content())
            .is_some_and(|there| there.size == content.size && there.crc64.is_some()),
    }
}

/// Whether what was agreed on is what both sides hold, to the last detail that is kept of it.
fn same_state(known: &Known) -> bool {
    if known.facts.local == Change::New || known.facts.remote == Change::New {
        return false;
    }
    let contents = (
        known.local.as_ref().and_then(|local| local.content()),
        known.remote.as_ref().and_then(|remote| remote.content()),
        known.base.as_ref().and_then(|base| base.content.as_ref()),
    );
    match contents {
        (Some(local), Some(remote), Some(agreed)) => {
            local.stat == Some(agreed.stat) && remote.cas == agreed.cas
        }
        _ => true,
    }
}
