//! The property that quotas and statistics stand on: whatever happens to trees, bins and histories,
//! in whatever order, the counters are what a full count finds, a quota is over their sum, and no
//! object is left that nothing refers to.

use albumen_db::{Database, Options, Tx, params};
use albumen_model::{
    Crc64, LibraryId, NodeName, SpaceId, Timestamp, UserId,
    smh::{LibrarySettings, NodeType, SpaceExtension},
};
use proptest::prelude::*;

use super::{
    Destination, Hand, Origin, add, drop_versions, empty_bin, make_latest, purge, recycle,
    relocate, remove_content, replace, restore,
};
use crate::{
    error::Error,
    repository::{
        SCHEMA, bin,
        library::{self, Library},
        node::{self, Annotations, NewContent, NewNode, Node},
        object, quota, retention,
        space::{self, Space},
        usage::{self, Part, Usage},
        version,
    },
    rules::quota::Removal,
    secret::SecretHash,
};

/// One thing that happens: which, to what, and with what; chosen among what is there.
type Op = (u8, u8, u8);

struct World<'a, 'b> {
    tx: &'a Tx<'b>,
    spaces: [Space; 2],
    quota: i64,
    now: Timestamp,
    count: u64,
}

impl World<'_, '_> {
    fn hand(&self) -> Hand<'static> {
        Hand::of("ann", self.now)
    }

    fn name(&mut self) -> NodeName {
        self.count += 1;
        NodeName::parse(format!("n{}", self.count)).unwrap()
    }

    fn ids(&self, sql: &str, space: i64) -> Vec<i64> {
        self.tx.query(sql, params![space], |row| Ok::<i64, Error>(row.get(0)?)).unwrap()
    }

    /// Nodes of a space's tree, its root left out.
    fn in_tree(&self, space: &Space, leaves: bool) -> Vec<Node> {
        let sql = "SELECT id FROM nodes WHERE space = ?1 AND parent IS NOT NULL ORDER BY id";
        let here = |id: i64| node::path_of(self.tx, space.root, id).unwrap().is_some();
        let found = self.ids(sql, space.key).into_iter().filter(|id| here(*id));
        let nodes = found.map(|id| node::find(self.tx, id).unwrap().unwrap());
        nodes.filter(|node| node.is_dir() != leaves).collect()
    }

    fn directory(&self, space: &Space, pick: u8) -> i64 {
        let mut all = vec![space.root];
        all.extend(self.in_tree(space, false).iter().map(|node| node.id));
        all[usize::from(pick) % all.len()]
    }

    fn any(&self, space: &Space, pick: u8) -> Option<Node> {
        let mut all = self.in_tree(space, false);
        all.extend(self.in_tree(space, true));
        chosen(all, pick)
    }

    fn leaf(&self, space: &Space, pick: u8) -> Option<Node> {
        chosen(self.in_tree(space, true), pick)
    }

    fn item(&self, space: &Space, pick: u8) -> Option<bin::Recycled> {
        let sql = "SELECT id FROM recycled WHERE space = ?1 ORDER BY id";
        let found = |id: i64| bin::find(self.tx, space.key, u64::try_from(id).unwrap()).unwrap();
        chosen(self.ids(sql, space.key).into_iter().filter_map(found).collect(), pick)
    }

    fn version(&self, space: &Space, pick: u8) -> Option<i64> {
        let sql = "SELECT v.id FROM versions v JOIN nodes n ON n.id = v.node
             WHERE n.space = ?1 ORDER BY v.id";
        chosen(self.ids(sql, space.key), pick)
    }

    fn object(&mut self, size: u64) -> i64 {
        let key = format!("key{}", self.name().as_str());
        object::insert(self.tx, &key, size, Crc64::new(size), "tag").unwrap()
    }

    fn leaf_of(
        &mut self,
        space: i64,
        parent: i64,
        size: u64,
        over: Option<&Node>,
        keep: Option<u32>,
    ) {
        let (name, object) = (self.name(), self.object(size));
        let name = over.map_or(name, |old| old.node_name().unwrap());
        let new = NewNode {
            space,
            parent,
            name: &name,
            kind: NodeType::File,
            annotations: &Annotations::default(),
            user_id: "ann",
            now: self.now,
            content: Some(NewContent { object: Some(object), size, content_type: "text/plain" }),
            target: None,
        };
        match over {
            Some(old) => replace(self.tx, old, &new, keep, Part::Tree, Origin::Made).map(drop),
            None => add(self.tx, &new, Part::Tree, Origin::Made).map(drop),
        }
        .unwrap();
    }

    fn directory_in(&mut self, space: i64, parent: i64) {
        let name = self.name();
        let new = NewNode {
            space,
            parent,
            name: &name,
            kind: NodeType::Dir,
            annotations: &Annotations::default(),
            user_id: "ann",
            now: self.now,
            content: None,
            target: None,
        };
        add(self.tx, &new, Part::Tree, Origin::Made).unwrap();
    }

    fn happen(&mut self, (what, at, with): Op) {
        let space = self.spaces[usize::from(at % 2)].clone();
        let (tx, key, hand, pick) = (self.tx, space.key, self.hand(), at / 2);
        self.now = self.now.plus_seconds(1);
        match what % 15 {
            0 => self.directory_in(key, self.directory(&space, pick)),
            1 | 2 => {
                let parent = self.directory(&space, pick);
                self.leaf_of(key, parent, u64::from(with), None, None);
            }
            3 | 4 => {
                if let Some(old) = self.leaf(&space, pick) {
                    let keep = (with % 3 > 0).then_some(u32::from(with % 3));
                    self.leaf_of(key, old.parent.unwrap(), u64::from(with), Some(&old), keep);
                }
            }
            5 => {
                if let Some(node) = self.any(&space, pick) {
                    let path = node::path_of(tx, space.root, node.id).unwrap().unwrap();
                    recycle(tx, key, &node, &path, Some(self.now), hand).unwrap();
                }
            }
            6 => {
                if let Some(item) = self.item(&space, pick) {
                    let (parent, name) = (self.directory(&space, with), self.name());
                    restore(tx, key, &item, parent, &name, hand).unwrap();
                }
            }
            7 => {
                if let Some(node) = self.any(&space, pick) {
                    purge(tx, key, &node, Part::Tree, hand).unwrap();
                }
            }
            _ => self.happen_elsewhere((what, at, with), &space),
        }
    }

    /// What happens to the bin, to the history and between spaces.
    fn happen_elsewhere(&mut self, (what, at, with): Op, space: &Space) {
        let other = self.spaces[usize::from(1 - at % 2)].clone();
        let (tx, key, hand, pick) = (self.tx, space.key, self.hand(), at / 2);
        match what % 15 {
            8 => {
                if let Some(item) = self.item(space, pick) {
                    purge(tx, key, &item.node, Part::Bin, hand).unwrap();
                }
            }
            9 if with % 2 == 0 => empty_bin(tx, key, self.now).unwrap(),
            // As when the service is killed in the middle of freeing.
            9 => retention::empty(tx, key).unwrap(),
            10 => drop(super::remove::free(tx, key, i64::from(with % 4) + 1, self.now).unwrap()),
            11 => {
                if let Some(node) = self.any(space, pick) {
                    let (parent, name) = (self.directory(&other, with), self.name());
                    let to = Destination { space: other.key, parent, name: &name };
                    relocate(tx, &node, (key, space.id.as_str()), to, None, hand).unwrap();
                }
            }
            12 => {
                if let Some(id) = self.version(space, pick) {
                    let found = version::find(tx, key, u64::try_from(id).unwrap()).unwrap();
                    drop_versions(tx, found.as_slice(), hand).unwrap();
                }
            }
            13 => {
                if let Some(id) = self.version(space, pick) {
                    let id = u64::try_from(id).unwrap();
                    let earlier = version::in_space(tx, key, id).unwrap().unwrap();
                    let node = node::find(tx, earlier.node).unwrap().unwrap();
                    if node::path_of(tx, space.root, node.id).unwrap().is_some() {
                        make_latest(tx, key, &node, &earlier, hand).unwrap();
                    }
                }
            }
            _ => {
                if let Some(node) = self.leaf(space, pick) {
                    remove_content(tx, key, &node, self.now).unwrap();
                }
            }
        }
    }

    fn check(&self) {
        let mut sum = 0;
        for space in &self.spaces {
            let kept: Usage = usage::of(self.tx, space.key).unwrap();
            let counted = usage::count_anew(self.tx, space.key, space.root).unwrap();
            assert_eq!(kept, counted);
            sum += counted.bytes();
        }
        assert_eq!(quota::used(self.tx, self.quota).unwrap(), sum);
        let library = LibraryId::parse("lib").unwrap();
        assert_eq!(quota::used_in_library(self.tx, &library).unwrap(), sum);
        let stray = "SELECT id FROM objects o WHERE ?1 = ?1
             AND NOT EXISTS (SELECT 1 FROM nodes WHERE object = o.id)
             AND NOT EXISTS (SELECT 1 FROM versions WHERE object = o.id)";
        assert_eq!(self.ids(stray, 0), Vec::<i64>::new(), "objects that nothing refers to");
    }

    /// In the end everything can be freed, and then nothing is held.
    fn clear(&mut self) {
        for space in self.spaces.clone() {
            for node in self.in_tree(&space, false).into_iter().chain(self.in_tree(&space, true)) {
                // What was below another one is gone with it.
                if node::find(self.tx, node.id).unwrap().is_some() {
                    purge(self.tx, space.key, &node, Part::Tree, self.hand()).unwrap();
                }
            }
            empty_bin(self.tx, space.key, self.now).unwrap();
            assert_eq!(usage::of(self.tx, space.key).unwrap(), Usage::default());
        }
        self.check();
    }
}

fn chosen<T>(mut all: Vec<T>, pick: u8) -> Option<T> {
    let at = usize::from(pick).checked_rem(all.len())?;
    Some(all.swap_remove(at))
}

fn begin<'a, 'b>(tx: &'a Tx<'b>) -> World<'a, 'b> {
    let now = Timestamp::from_millis(1_000_000);
    let library = Library {
        id: LibraryId::parse("lib").unwrap(),
        secret_hash: SecretHash::of(""),
        remark: String::new(),
        settings: LibrarySettings::default(),
        created: now,
    };
    library::insert(tx, &library).unwrap();
    let nobody = UserId::parse("").unwrap();
    let spaces = ["s1", "s2"].map(|id| {
        let (id, plain) = (SpaceId::parse(id).unwrap(), SpaceExtension::default());
        space::insert(tx, &library.id, &id, &nobody, now, &plain).unwrap()
    });
    let quota = quota::insert(tx, &library.id, 0, Removal::default()).unwrap();
    quota::set_spaces(tx, quota, &[spaces[0].key, spaces[1].key]).unwrap();
    World { tx, spaces, quota, now, count: 0 }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn counters_are_what_a_full_count_finds(
        ops in prop::collection::vec(any::<Op>(), 1..60),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let path = folder.path().join("proof.db");
            let db = Database::open(&path, SCHEMA, Options::default()).unwrap();
            let told = db.write(move |tx| -> Result<(), Error> {
                let mut world = begin(tx);
                for op in ops {
                    world.happen(op);
                    world.check();
                }
                world.clear();
                Ok(())
            });
            told.await.unwrap();
            db.close().await;
        });
    }
}
