//! What the engine makes of real events: where it looks after a page of the feed, and what it then
//! knows.

use std::collections::{BTreeMap, BTreeSet};

use albumen_model::{
    Inode,
    smh::{ChangeEvent, NodeItem},
};

use super::ground::{Ground, number, path};
use crate::{
    cloud::NodeKind::{Directory, File},
    observe::{OwnWork, ToLookAt, to_look_at},
    plan::tree::Gone,
};

/// A tree as a follower knows it: its root, and each number's directory and name.
struct Known {
    root: Inode,
    nodes: BTreeMap<Inode, (Inode, String)>,
    /// How those went that are not there any more.
    went: BTreeMap<Inode, Gone>,
}

impl Known {
    async fn of(ground: &Ground) -> Self {
        let root = number(&ground.look("").await.unwrap());
        let mut known = Self { root: root.clone(), nodes: BTreeMap::new(), went: BTreeMap::new() };
        known.list(ground, root, "", true).await;
        known
    }

    /// Takes over what is in a directory; with all below it, or only what is new there.
    async fn list(&mut self, ground: &Ground, directory: Inode, at: &str, deep: bool) {
        let mut open = vec![(directory, at.to_owned())];
        while let Some((parent, at)) = open.pop() {
            for row in ground.list(&at).await {
                let is_new = !self.nodes.contains_key(&number(&row));
                self.put(&row, parent.clone());
                if row.node_type.is_dir() && (deep || is_new) {
                    open.push((number(&row), row.path.to_string()));
                }
            }
        }
    }

    fn put(&mut self, item: &NodeItem, parent: Inode) {
        self.nodes.insert(number(item), (parent, item.name.as_str().to_owned()));
    }

    /// Looks where it was told to; what a look does not find is gone, with all below it.
    async fn look(&mut self, ground: &Ground, told: &ToLookAt) {
        for directory in &told.directories {
            if let Some(at) = ground.place(directory).await {
                self.list(ground, directory.clone(), &at, false).await;
            }
        }
        for inode in &told.nodes {
            let Some(item) = ground.tree.node(inode).await.unwrap() else {
                self.nodes.remove(inode);
                self.went.extend(told.gone.get(inode).map(|how| (inode.clone(), *how)));
                continue;
            };
            let above = item.path.parent().unwrap().to_string();
            let parent = number(&ground.look(&above).await.unwrap());
            let is_new = !self.nodes.contains_key(inode);
            self.put(&item, parent);
            if item.node_type.is_dir() && is_new {
                self.list(ground, inode.clone(), &item.path.to_string(), true).await;
            }
        }
        // What was below something that is gone is forgotten: a restore tells of its top alone.
        let reached: BTreeSet<Inode> =
            self.nodes.keys().filter(|inode| self.path(inode).is_some()).cloned().collect();
        self.nodes.retain(|inode, _| reached.contains(inode));
    }

    fn path(&self, inode: &Inode) -> Option<String> {
        let (mut names, mut at) = (Vec::new(), inode);
        while *at != self.root {
            let (parent, name) = self.nodes.get(at)?;
            names.push(name.as_str());
            at = parent;
        }
        names.reverse();
        Some(names.join("/"))
    }

    fn paths(&self) -> BTreeMap<String, Inode> {
        let with_path = |inode: &Inode| (self.path(inode).unwrap(), inode.clone());
        self.nodes.keys().map(with_path).collect()
    }
}

fn read(events: &[ChangeEvent]) -> ToLookAt {
    to_look_at(events, &OwnWork::new())
}

/// A story in chapters; in each, things happen to what came before.
async fn chapter(ground: &Ground, number: usize) {
    match number {
        0 => {
            ground.make("a/b").await;
            ground.upload("a/b/x", b"1").await;
            ground.upload("y", b"2").await;
        }
        1 => {
            ground.overwrite("a/b/x", b"22").await;
            ground.rename(Directory, "a/b", "c").await.unwrap();
            ground.rename(File, "y", "a/y").await.unwrap();
        }
        2 => {
            // Gone and back within one page, and gone for good.
            let item = ground.trash(Directory, "c").await;
            ground.tree.restore(item).await.unwrap();
            ground.upload("z", b"3").await;
            ground.trash(File, "z").await;
            ground.upload("z", b"4").await;
        }
        3 => {
            ground.elsewhere.move_onto(&path("z"), &path("a/y")).await;
            ground.trash(Directory, "c").await;
            ground.upload("away", b"5").await;
            ground.elsewhere.move_away(&path("away")).await;
        }
        _ => {
            for n in 0..12 {
                ground.upload(&format!("a/n{n}"), &[n]).await;
            }
            ground.rename(Directory, "a", "d").await.unwrap();
            ground.trash(File, "d/n3").await;
            ground.elsewhere.delete_for_good(&path("d/n4")).await;
        }
    }
}

pub async fn leads_to_the_very_tree(ground: Ground) {
    for events_at_once in [1, 4, 1000] {
        let tree = ground.elsewhere.with_events_at_once(events_at_once);
        let mut known = Known::of(&ground).await;
        let mut at = tree.cursor().await.unwrap();
        for number in 0..5 {
            chapter(&ground, number).await;
            loop {
                let page = tree.changes(&at).await.unwrap();
                known.look(&ground, &read(&page.events)).await;
                at = page.next;
                if !page.more {
                    break;
                }
            }
            let truth = Known::of(&ground).await;
            assert_eq!(known.paths(), truth.paths(), "chapter {number}, by {events_at_once}");
        }
        for top in ground.list("").await {
            let what = if top.node_type.is_dir() { Directory } else { File };
            ground.trash(what, top.name.as_str()).await;
        }
    }
}

pub async fn knows_how_each_went(ground: Ground) {
    ground.make("a").await;
    ground.upload("a/below", b"1").await;
    let mut numbers = BTreeMap::new();
    for name in ["trashed", "deleted", "replaced", "away", "taken"] {
        numbers.insert(name, number(&ground.upload(name, name.as_bytes()).await));
    }
    numbers.insert("a", number(&ground.look("a").await.unwrap()));
    let (mut known, cursor) = (Known::of(&ground).await, ground.cursor().await);
    ground.trash(Directory, "a").await;
    ground.trash(File, "trashed").await;
    ground.elsewhere.delete_for_good(&path("deleted")).await;
    ground.upload("other", b"2").await;
    ground.elsewhere.move_onto(&path("other"), &path("replaced")).await;
    ground.elsewhere.move_away(&path("away")).await;
    let told = read(&ground.since(&cursor).await);
    known.look(&ground, &told).await;
    let (in_bin, past_it) = (Gone::Deleted { in_bin: true }, Gone::Deleted { in_bin: false });
    for (name, how) in [
        ("a", in_bin),
        ("trashed", in_bin),
        ("deleted", past_it),
        ("replaced", in_bin),
        ("away", past_it),
    ] {
        assert_eq!(known.went.get(&numbers[name]), Some(&how), "{name}");
    }
    assert_eq!(known.went.len(), 5, "and nobody else: what was below goes with its directory");
    // What the service takes is no person's wish; the file itself is there still.
    let cursor = ground.cursor().await;
    ground.elsewhere.quota_takes_all().await;
    let told = read(&ground.since(&cursor).await);
    assert!(told.nodes.contains(&numbers["taken"]));
    assert_eq!(told.gone.get(&numbers["taken"]), Some(&Gone::Withdrawn));
    assert_eq!(ground.place(&numbers["taken"]).await.as_deref(), Some("taken"));
}

pub async fn sees_what_others_do_to_our_own(ground: Ground) {
    let cursor = ground.cursor().await;
    let directory = ground.make("a").await;
    let files = [ground.upload("x", b"1").await, ground.upload("y", b"2").await];
    let own: OwnWork =
        files.iter().chain([&directory]).map(|item| (number(item), item.version_id)).collect();
    let arrived = ground.since(&cursor).await;
    assert_eq!(to_look_at(&arrived, &own), ToLookAt::default(), "our own work is no news");
    ground.rename(File, "x", "a/x").await.unwrap();
    ground.trash(File, "y").await;
    ground.rename(Directory, "a", "b").await.unwrap();
    let told = to_look_at(&ground.since(&cursor).await, &own);
    let all = files.iter().chain([&directory]).map(number).collect();
    assert_eq!(told.nodes, all, "what others do to it is");
}

pub async fn lists_where_much_happened(ground: Ground) {
    let root = number(&ground.look("").await.unwrap());
    let mut known = Known::of(&ground).await;
    let cursor = ground.cursor().await;
    for n in 0..9 {
        ground.upload(&format!("f{n}"), &[n]).await;
    }
    let gone = number(&ground.look("f0").await.unwrap());
    ground.trash(File, "f0").await;
    let told = read(&ground.since(&cursor).await);
    assert_eq!(told.directories, BTreeSet::from([root]), "also the root, by its number");
    assert_eq!(told.nodes, BTreeSet::from([gone]));
    known.look(&ground, &told).await;
    assert_eq!(known.paths(), Known::of(&ground).await.paths());
}
