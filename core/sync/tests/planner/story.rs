//! Trees that have something to do with each other: one world, agreed on, to which two people do
//! different things. Owns the deeds and what they do to one side's tree.

use proptest::prelude::*;

use albumen_model::Crc64;
use albumen_sync::{
    name::{CaseRule, VolumeRules},
    plan::{
        Forest,
        ideal::Ideal,
        tree::{Agreed, Base, Entry, Name, NodeId, Place, ROOT, Side, Sight, Trees, upwards},
    },
};

/// What somebody does. Numbers pick among what there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    Make { inside: u8, name: u8, content: u8 },
    MakeDirectory { inside: u8, name: u8 },
    Edit { node: u8, content: u8 },
    Move { node: u8, inside: u8, name: u8 },
    Delete { node: u8 },
    Swap { one: u8, other: u8 },
}

/// One world and what two people make of it.
#[derive(Clone, Debug)]
pub(crate) struct Story {
    pub(crate) before: Vec<Deed>,
    pub(crate) local: Vec<Deed>,
    pub(crate) remote: Vec<Deed>,
    pub(crate) order: u64,
}

fn deed() -> impl Strategy<Value = Deed> {
    let (pick, name, content) = (any::<u8>(), 0..4u8, 1..5u8);
    prop_oneof![
        3 => (pick, name.clone(), content.clone())
            .prop_map(|(inside, name, content)| Deed::Make { inside, name, content }),
        2 => (pick, name.clone()).prop_map(|(inside, name)| Deed::MakeDirectory { inside, name }),
        3 => (pick, content).prop_map(|(node, content)| Deed::Edit { node, content }),
        4 => (pick, pick, name)
            .prop_map(|(node, inside, name)| Deed::Move { node, inside, name }),
        3 => pick.prop_map(|node| Deed::Delete { node }),
        1 => (pick, pick).prop_map(|(one, other)| Deed::Swap { one, other }),
    ]
}

pub(crate) fn story() -> impl Strategy<Value = Story> {
    let making = prop_oneof![
        (any::<u8>(), 0..4u8, 1..5u8).prop_map(|(inside, name, content)| Deed::Make {
            inside,
            name,
            content
        }),
        (any::<u8>(), 0..4u8).prop_map(|(inside, name)| Deed::MakeDirectory { inside, name }),
    ];
    let some = || proptest::collection::vec(deed(), 0..7);
    (proptest::collection::vec(making, 0..9), some(), some(), any::<u64>())
        .prop_map(|(before, local, remote, order)| Story { before, local, remote, order })
}

impl Story {
    /// The trees after both have done what they do.
    pub(crate) fn told(&self) -> Ideal {
        self.told_on(false)
    }

    /// The same on a volume that may take upper and lower case for the same.
    pub(crate) fn told_on(&self, folds: bool) -> Ideal {
        let case = if folds { CaseRule::Insensitive } else { CaseRule::Sensitive };
        let rules = VolumeRules { case, ..VolumeRules::LINUX };
        let mut teller = Teller { trees: Forest::new(rules), next: 0 };
        for deed in &self.before {
            teller.does(Side::Local, *deed);
        }
        teller.agree_on_all();
        for deed in &self.local {
            teller.does(Side::Local, *deed);
        }
        for deed in &self.remote {
            teller.does(Side::Remote, *deed);
        }
        Ideal::new(teller.trees, teller.next)
    }
}

struct Teller {
    trees: Forest,
    next: i64,
}

impl Teller {
    fn agree_on_all(&mut self) {
        let all: Vec<(NodeId, Entry)> =
            self.trees.side(Side::Local).map(|(node, entry)| (node, entry.clone())).collect();
        for (node, entry) in all {
            let place = entry.place.clone();
            let content = entry.content().and_then(|content| content.stat).map(|stat| stat.size);
            let there = match content {
                Some(content) => Ideal::in_cloud(place.clone(), content),
                None => Ideal::directory(place.clone()),
            };
            self.trees.put(Side::Remote, node, Some(Sight::Present(there)));
            let agreed = content.zip(entry.content()).map(|(content, here)| Agreed {
                size: content,
                crc64: Crc64::new(content),
                stat: here.stat.unwrap_or_default(),
                cas: Some(content.to_string()),
            });
            let base = Base { local: place.clone(), remote: place, content: agreed, inode: None };
            self.trees.agree(node, base);
        }
    }

    fn does(&mut self, side: Side, deed: Deed) {
        match deed {
            Deed::Make { inside, name, content } => {
                let place = self.place(side, inside, name);
                let entry = file(side, place, u64::from(content));
                self.add(side, entry);
            }
            Deed::MakeDirectory { inside, name } => {
                let place = self.place(side, inside, name);
                self.add(side, Ideal::directory(place));
            }
            Deed::Edit { node, content } => {
                let Some((node, entry)) = self.pick(side, node) else { return };
                if entry.content().is_some() {
                    let entry = file(side, entry.place, u64::from(content));
                    self.trees.put(side, node, Some(Sight::Present(entry)));
                }
            }
            Deed::Move { node, inside, name } => {
                let Some((node, mut entry)) = self.pick(side, node) else { return };
                let place = self.place(side, inside, name);
                if !self.above(side, node, place.parent) {
                    entry.place = place;
                    self.trees.put(side, node, Some(Sight::Present(entry)));
                }
            }
            Deed::Delete { node } => {
                if let Some((node, _)) = self.pick(side, node) {
                    self.remove(side, node);
                }
            }
            Deed::Swap { one, other } => self.swap(side, one, other),
        }
    }

    fn swap(&mut self, side: Side, one: u8, other: u8) {
        let (Some(one), Some(other)) = (self.pick(side, one), self.pick(side, other)) else {
            return;
        };
        let apart = !self.above(side, one.0, other.0) && !self.above(side, other.0, one.0);
        if apart {
            let (mut first, mut second) = (one.1, other.1);
            std::mem::swap(&mut first.place, &mut second.place);
            self.trees.put(side, one.0, None);
            self.trees.put(side, other.0, Some(Sight::Present(second)));
            self.trees.put(side, one.0, Some(Sight::Present(first)));
        }
    }

    fn add(&mut self, side: Side, entry: Entry) {
        self.next += 1;
        self.trees.put(side, NodeId(self.next), Some(Sight::Present(entry)));
    }

    fn remove(&mut self, side: Side, node: NodeId) {
        for child in self.trees.children(side, node) {
            self.remove(side, child);
        }
        self.trees.put(side, node, None);
    }

    fn pick(&self, side: Side, number: u8) -> Option<(NodeId, Entry)> {
        let all: Vec<_> = self.trees.side(side).collect();
        let index = usize::from(number).checked_rem(all.len())?;
        Some((all[index].0, all[index].1.clone()))
    }

    fn place(&self, side: Side, inside: u8, name: u8) -> Place {
        let mut directories = vec![ROOT];
        let all = self.trees.side(side).filter(|(_, entry)| entry.is_directory());
        directories.extend(all.map(|(node, _)| node));
        let parent = directories[usize::from(inside) % directories.len()];
        Place { parent, name: Name::new(["a", "b", "c", "A"][usize::from(name)]) }
    }

    fn above(&self, side: Side, node: NodeId, at: NodeId) -> bool {
        upwards(&self.trees, side, at).contains(&node)
    }
}

/// A file as that side shows it; the disk's is not read yet.
fn file(side: Side, place: Place, content: u64) -> Entry {
    match side {
        Side::Local => Ideal::on_disk(place, content, false),
        Side::Remote => Ideal::in_cloud(place, content),
    }
}
