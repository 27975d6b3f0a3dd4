//! That no chain of inodes leads to anything outside of what is shared, whatever is moved, deleted
//! or taken to another space meanwhile. What a chain may reach is worked out beside it, from
//! nothing but who is whose child.

use std::collections::{HashMap, HashSet};

use albumen_db::{Database, Options, Tx};
use albumen_model::{
    LibraryId, NodeName, SpaceId, Timestamp, UserId,
    smh::{LibrarySettings, NodeType, SpaceExtension},
};

use super::inside::walk;
use crate::{
    error::Error,
    repository::{
        SCHEMA,
        library::{self, Library},
        node::{self, Annotations, NewNode},
        share::{self, Share, Used},
        space::{self, Space},
        usage::Part,
    },
    rules::share::Terms,
    secret::SecretHash,
    tree::{self, Destination, Hand, Origin},
};

/// Any moment: nothing here depends on it.
fn now() -> Timestamp {
    Timestamp::from_millis(1_790_000_000_000)
}

/// The same numbers for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).unwrap()
    }

    fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.roll(all.len())]
    }
}

/// Two spaces, the nodes in them, and who is whose child.
struct Forest<'a> {
    tx: &'a Tx<'a>,
    spaces: [Space; 2],
    kinds: HashMap<i64, NodeType>,
    parents: HashMap<i64, Option<i64>>,
    dice: Dice,
    names: u32,
}

impl Forest<'_> {
    fn directories(&self) -> Vec<i64> {
        let mut all: Vec<i64> =
            self.kinds.iter().filter(|(_, kind)| kind.is_dir()).map(|(id, _)| *id).collect();
        all.sort_unstable();
        all
    }

    fn nodes(&self) -> Vec<i64> {
        let roots: HashSet<i64> = self.spaces.iter().map(|space| space.root).collect();
        let mut all: Vec<i64> =
            self.kinds.keys().copied().filter(|id| !roots.contains(id)).collect();
        all.sort_unstable();
        all
    }

    /// From the node up to where it ends.
    fn above(&self, id: i64) -> Vec<i64> {
        let mut way = vec![id];
        while let Some(Some(parent)) = self.parents.get(way.last().unwrap()) {
            way.push(*parent);
        }
        way
    }

    /// The space whose tree a node is in; `None` for the bin.
    fn tree_of(&self, id: i64) -> Option<usize> {
        let top = *self.above(id).last().unwrap();
        self.spaces.iter().position(|space| space.root == top)
    }

    fn name(&mut self) -> NodeName {
        self.names += 1;
        NodeName::parse(format!("n{}", self.names)).unwrap()
    }

    fn add(&mut self) -> Result<(), Error> {
        let parents: Vec<i64> =
            self.directories().into_iter().filter(|id| self.tree_of(*id).is_some()).collect();
        let parent = self.dice.pick(&parents);
        let kind =
            self.dice.pick(&[NodeType::Dir, NodeType::Dir, NodeType::File, NodeType::Symlink]);
        let home = self.tree_of(parent).unwrap();
        let leaves: Vec<i64> = self
            .nodes()
            .into_iter()
            .filter(|id| self.kinds[id] == NodeType::File && self.tree_of(*id) == Some(home))
            .collect();
        let target = match kind {
            NodeType::Symlink if leaves.is_empty() => return Ok(()),
            NodeType::Symlink => Some(self.dice.pick(&leaves)),
            _ => None,
        };
        let name = self.name();
        let new = NewNode {
            space: self.spaces[home].key,
            parent,
            name: &name,
            kind,
            annotations: &Annotations::default(),
            user_id: "ann",
            now: now(),
            content: None,
            target,
        };
        let id = tree::add(self.tx, &new, Part::Tree, Origin::Made)?.id;
        self.kinds.insert(id, kind);
        self.parents.insert(id, Some(parent));
        Ok(())
    }

    /// Moves something, often into the other space.
    fn relocate(&mut self) -> Result<(), Error> {
        let movable: Vec<i64> = self
            .nodes()
            .into_iter()
            .filter(|id| self.tree_of(*id).is_some() && self.kinds[id] != NodeType::Symlink)
            .collect();
        if movable.is_empty() {
            return Ok(());
        }
        let id = self.dice.pick(&movable);
        let free: Vec<i64> = self
            .directories()
            .into_iter()
            .filter(|to| self.tree_of(*to).is_some() && !self.above(*to).contains(&id))
            .collect();
        let parent = self.dice.pick(&free);
        let (from, to) = (self.tree_of(id).unwrap(), self.tree_of(parent).unwrap());
        let (node, name) = (node::find(self.tx, id)?.unwrap(), self.name());
        let to = Destination { space: self.spaces[to].key, parent, name: &name };
        let from = (self.spaces[from].key, self.spaces[from].id.as_str());
        tree::relocate(self.tx, &node, from, to, None, Hand::of("ann", now()))?;
        self.parents.insert(id, Some(parent));
        self.look_again()
    }

    fn recycle(&mut self) -> Result<(), Error> {
        let there: Vec<i64> =
            self.nodes().into_iter().filter(|id| self.tree_of(*id).is_some()).collect();
        if there.is_empty() {
            return Ok(());
        }
        let id = self.dice.pick(&there);
        let space = &self.spaces[self.tree_of(id).unwrap()];
        let path = node::path_of(self.tx, space.root, id)?.unwrap();
        let node = node::find(self.tx, id)?.unwrap();
        tree::recycle(self.tx, space.key, &node, &path, None, Hand::of("ann", now()))?;
        self.parents.insert(id, None);
        self.look_again()
    }

    /// Links may have gone with what they led to.
    fn look_again(&mut self) -> Result<(), Error> {
        for id in self.nodes() {
            if self.kinds[&id] == NodeType::Symlink {
                match node::find(self.tx, id)? {
                    Some(node) => drop(self.parents.insert(id, node.parent)),
                    None => {
                        self.kinds.remove(&id);
                        self.parents.remove(&id);
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether a chain is one from something shared down, child by child.
    fn leads_inside(&self, items: &[i64], chain: &[i64]) -> bool {
        let Some(first) = chain.first() else { return true };
        let shared = items.contains(first) && self.tree_of(*first) == Some(0);
        let last = chain.last().and_then(|id| self.kinds.get(id));
        let steps = chain.windows(2).all(|pair| self.parents.get(&pair[1]) == Some(&Some(pair[0])));
        shared && steps && last.is_some_and(|kind| *kind != NodeType::Symlink)
    }

    /// A chain that is often right, and often nearly so.
    fn chain(&mut self, items: &[i64]) -> Vec<i64> {
        let nodes = [self.nodes(), self.spaces.iter().map(|space| space.root).collect()].concat();
        let anywhere = self.dice.roll(4) == 0;
        let mut chain = vec![self.dice.pick(if anywhere { &nodes } else { items })];
        for _ in 0..self.dice.roll(4) {
            let last = *chain.last().unwrap();
            let mut children: Vec<i64> = self
                .parents
                .iter()
                .filter(|(_, parent)| **parent == Some(last))
                .map(|(id, _)| *id)
                .collect();
            children.sort_unstable();
            let astray = children.is_empty() || self.dice.roll(6) == 0;
            chain.push(self.dice.pick(if astray { &nodes } else { &children }));
        }
        chain
    }
}

fn plant(tx: &Tx<'_>) -> Result<(LibraryId, [Space; 2]), Error> {
    let library = Library {
        id: LibraryId::parse("smhtest").unwrap(),
        secret_hash: SecretHash::of("secret"),
        remark: String::new(),
        settings: LibrarySettings::default(),
        created: now(),
    };
    library::insert(tx, &library)?;
    let make = |id: &str| {
        let (id, ann) = (SpaceId::parse(id).unwrap(), UserId::parse("ann").unwrap());
        space::insert(tx, &library.id, &id, &ann, now(), &SpaceExtension::default())
    };
    Ok((library.id.clone(), [make("one")?, make("two")?]))
}

fn shared(
    tx: &Tx<'_>,
    library: &LibraryId,
    space: &Space,
    seed: u64,
    items: &[i64],
) -> Result<Share, Error> {
    let code = format!("code{seed}");
    let share = Share {
        id: 0,
        public_id: code.clone(),
        code: code.clone(),
        library: library.clone(),
        space: space.key,
        creator: UserId::parse("ann").unwrap(),
        name: "shared".to_owned(),
        sealed: None,
        terms: Terms::default(),
        used: Used::default(),
        owner_enabled: true,
        admin_enabled: true,
        created: now(),
        revision: 1,
        wrong: (0, now()),
    };
    share::insert(tx, &share, "shared", items)?;
    Ok(share::by_code(tx, &code)?.unwrap())
}

fn story(tx: &Tx<'_>, library: &LibraryId, spaces: &[Space; 2], seed: u64) -> Result<usize, Error> {
    let roots = spaces.iter().map(|space| space.root);
    let mut forest = Forest {
        tx,
        spaces: spaces.clone(),
        kinds: roots.clone().map(|id| (id, NodeType::Dir)).collect(),
        parents: roots.map(|id| (id, None)).collect(),
        dice: Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1),
        names: u32::try_from(seed).unwrap() * 10_000,
    };
    for _ in 0..25 {
        forest.add()?;
    }
    let there: Vec<i64> =
        forest.nodes().into_iter().filter(|id| forest.tree_of(*id) == Some(0)).collect();
    if there.is_empty() {
        return Ok(0);
    }
    let items: Vec<i64> = (0..3).map(|_| forest.dice.pick(&there)).collect();
    let share = shared(tx, library, &spaces[0], seed, &items)?;
    let mut inside = 0;
    for step in 0..30 {
        match forest.dice.roll(5) {
            0 => forest.recycle()?,
            1 => forest.add()?,
            _ => forest.relocate()?,
        }
        for _ in 0..20 {
            let chain = forest.chain(&items);
            let reached = walk(tx, &share, &spaces[0], &chain);
            let right = forest.leads_inside(&items, &chain);
            assert_eq!(reached.is_ok(), right, "seed {seed}, step {step}, {chain:?}");
            inside += usize::from(right);
        }
    }
    Ok(inside)
}

#[tokio::test]
async fn no_chain_leads_out_of_a_share_whatever_is_moved_meanwhile() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("hosting.db");
    let db = Database::open(&path, SCHEMA, Options::default()).unwrap();
    let inside = db
        .write(|tx| -> Result<usize, Error> {
            let (library, spaces) = plant(tx)?;
            (1..=30).map(|seed| story(tx, &library, &spaces, seed)).sum()
        })
        .await
        .unwrap();
    // Both answers were asked for often enough to mean something.
    assert!((2_000..16_000).contains(&inside), "{inside} of 18000 chains led inside");
    db.close().await;
}
