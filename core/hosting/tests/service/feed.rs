//! The property that a sync client stands on (SMH section 17): whoever takes the cursor first, then
//! lists everything, and then replays the change feed has the very tree that is there, whatever
//! happened before, during and after the list.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::world::{Desk, World};

/// The same numbers for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).expect("small")
    }

    fn name(&mut self) -> &'static str {
        ["a", "b", "c", "d"][self.roll(4)]
    }

    /// A path of up to three names.
    fn path(&mut self) -> String {
        let depth = 1 + self.roll(3);
        (0..depth).map(|_| self.name()).collect::<Vec<_>>().join("/")
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    parent: Option<String>,
    name: String,
    is_dir: bool,
    e_tag: String,
}

/// What a client knows: inodes and whose children they are. A directory that is in the bin keeps
/// its children; nothing leads to them.
#[derive(Default)]
struct Mirror {
    root: String,
    nodes: BTreeMap<String, Entry>,
    /// Directories that came with things below them that no event told of.
    unseen: BTreeSet<String>,
}

fn text(row: &Value, field: &str) -> String {
    row[field].as_str().unwrap_or("").to_owned()
}

impl Mirror {
    /// The paths of everything that the root leads to, directories with a slash.
    fn paths(&self) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        let mut open = vec![(self.root.clone(), String::new())];
        while let Some((inode, path)) = open.pop() {
            for (child, entry) in &self.nodes {
                if entry.parent.as_ref() != Some(&inode) {
                    continue;
                }
                let path = format!("{path}/{}", entry.name);
                let tag = if entry.is_dir { "dir".to_owned() } else { entry.e_tag.clone() };
                let earlier = found.insert(path.clone(), tag);
                assert_eq!(earlier, None, "two things have one name: {path}");
                if entry.is_dir {
                    open.push((child.clone(), path));
                }
            }
        }
        found
    }

    fn path_of(&self, inode: &str) -> Option<String> {
        let mut names = Vec::new();
        let mut at = inode.to_owned();
        while at != self.root {
            let entry = self.nodes.get(&at)?;
            names.push(entry.name.clone());
            at = entry.parent.clone()?;
        }
        names.reverse();
        Some(names.join("/"))
    }

    fn put(&mut self, row: &Value, parent: String) {
        let entry = Entry {
            parent: Some(parent),
            name: text(row, "name"),
            is_dir: row["type"] == "dir",
            e_tag: text(row, "eTag"),
        };
        self.nodes.insert(text(row, "inode"), entry);
    }

    fn apply(&mut self, event: &Value) {
        let inode = text(event, "inode");
        match event["location"].as_u64() {
            Some(0) => {
                let is_new = !self.nodes.contains_key(&inode);
                if is_new && event["type"] == "dir" && event["eventType"] != "FILE.CREATE" {
                    self.unseen.insert(inode);
                }
                self.put(event, text(event, "parentInode"));
            }
            // What an upload still brought into a directory that was in the bin by then: it comes
            // back with its directory.
            Some(1) if !text(event, "eventType").ends_with("TRASH") => {
                self.put(event, text(event, "parentInode"));
            }
            Some(1) => {
                if let Some(entry) = self.nodes.get_mut(&inode) {
                    entry.parent = None;
                }
            }
            Some(3) => drop(self.nodes.remove(&inode)),
            // Earlier content is not in the tree.
            Some(2) => {}
            _ => panic!("an event without a place: {event}"),
        }
    }
}

struct Client<'a> {
    world: &'a World,
    desk: &'a Desk,
    mirror: Mirror,
    cursor: String,
}

impl Client<'_> {
    /// One directory; its directories. One that is not there any more is told of by an event.
    async fn list(&mut self, inode: &str, path: &str) -> Vec<(String, String)> {
        let (mut below, mut marker) = (Vec::new(), String::new());
        loop {
            let rest = format!("{path}?by-marker=1&with_inode=1&limit=3&marker={marker}");
            let reply = self.world.at(self.desk, "GET", "directory", &rest).await;
            if reply.status == 404 {
                return below;
            }
            for row in reply.json["contents"].as_array().unwrap_or_else(|| panic!("{reply:?}")) {
                self.mirror.put(row, inode.to_owned());
                if row["type"] == "dir" {
                    let place = format!("{path}/{}", text(row, "name"));
                    below.push((text(row, "inode"), place.trim_start_matches('/').to_owned()));
                }
            }
            match reply.json["nextMarker"].as_str() {
                Some(next) if !next.is_empty() => marker = next.to_owned(),
                _ => return below,
            }
        }
    }

    /// Follows the feed to its end, then looks into what came with things below it.
    async fn replay(&mut self, limit: usize) {
        loop {
            let rest = format!("delta?cursor={}&limit={limit}", self.cursor);
            let reply = self.world.at(self.desk, "GET", "fs-delta", &rest).await;
            assert_eq!(reply.status, 200, "{reply:?}");
            for event in reply.json["contents"].as_array().expect("events") {
                self.mirror.apply(event);
            }
            self.cursor = reply.text("cursor");
            if reply.json["hasMore"] == json!(false) {
                break;
            }
        }
        let mut open: Vec<(String, String)> = Vec::new();
        for inode in std::mem::take(&mut self.mirror.unseen) {
            match self.mirror.path_of(&inode) {
                Some(path) => open.push((inode, path)),
                // In the bin again: for when it comes back.
                None => drop(self.mirror.nodes.remove(&inode)),
            }
        }
        while let Some((inode, path)) = open.pop() {
            open.extend(self.list(&inode, &path).await);
        }
    }
}

/// Does something, anything; what is refused changes nothing.
async fn act(world: &World, desk: &Desk, dice: &mut Dice, content: &mut u32) {
    let path = dice.path();
    *content += 1;
    let bytes = content.to_string();
    let reply = match dice.roll(12) {
        0 | 1 => world.at(desk, "PUT", "directory", &path).await,
        2..=4 => {
            let query = ["", "conflict_resolution_strategy=overwrite"][dice.roll(2)];
            let begun = world.at(desk, "PUT", "file", &format!("{path}.txt?{query}")).await;
            if begun.status != 201 {
                return assert!(begun.status < 500, "{begun:?}");
            }
            world.put(&begun, bytes.as_bytes()).await;
            if dice.roll(4) == 0 {
                // Its directory goes between the two.
                world.at(desk, "DELETE", "directory", &path[..1]).await;
            }
            world.confirm(desk, &begun, query, bytes.as_bytes()).await
        }
        5 => world.at(desk, "DELETE", "file", &format!("{path}.txt")).await,
        6 => {
            let query = ["", "?permanent=1"][dice.roll(2)];
            world.at(desk, "DELETE", "directory", &format!("{path}{query}")).await
        }
        7 | 8 => {
            let bin = world.at(desk, "GET", "recycled", "").await;
            let items = bin.json["contents"].as_array().expect("a list").clone();
            if items.is_empty() {
                return;
            }
            let id = items[dice.roll(items.len())]["recycledItemId"].clone();
            match dice.roll(4) {
                0 => world.at(desk, "DELETE", "recycled", &id.to_string()).await,
                _ => {
                    let query = "restore=1&conflict_resolution_strategy=rename";
                    world.at(desk, "POST", "recycled", &format!("{id}?{query}")).await
                }
            }
        }
        roll => {
            let (noun, end) = [("directory", ""), ("file", ".txt")][dice.roll(2)];
            let key = if roll == 9 { "copyFrom" } else { "from" };
            let strategy = ["ask", "rename", "overwrite"][dice.roll(3)];
            let body = json!({key: format!("{}{end}", dice.path())});
            let rest = format!("{path}{end}?conflict_resolution_strategy={strategy}");
            world.at_with(desk, "PUT", noun, &rest, body).await
        }
    };
    assert!(reply.status < 500, "{reply:?}");
}

#[tokio::test]
async fn cursor_first_then_the_list_then_the_feed_gives_the_very_tree() {
    let world = World::start().await;
    let mut met = BTreeMap::<String, usize>::new();
    for seed in 1..=6_u64 {
        let desk = world.file_desk().await;
        let (mut dice, mut content) = (Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1), 0);
        for _ in 0..25 {
            act(&world, &desk, &mut dice, &mut content).await;
        }
        let cursor = world.at(&desk, "GET", "fs-delta", "cursor").await.text("cursor");
        let info = world.at(&desk, "GET", "directory", "?info=1&with_inode=1").await;
        let mirror = Mirror { root: info.text("inode"), ..Mirror::default() };
        let first = cursor.clone();
        let mut client = Client { world: &world, desk: &desk, mirror, cursor };
        let mut open = vec![(client.mirror.root.clone(), String::new())];
        while let Some((inode, path)) = open.pop() {
            open.extend(client.list(&inode, &path).await);
            // The tree does not hold still while it is listed.
            act(&world, &desk, &mut dice, &mut content).await;
        }
        for round in 0..6 {
            client.replay(1 + dice.roll(7)).await;
            let mut truth = Mirror { root: client.mirror.root.clone(), ..Mirror::default() };
            std::mem::swap(&mut truth, &mut client.mirror);
            let mut open = vec![(client.mirror.root.clone(), String::new())];
            while let Some((inode, path)) = open.pop() {
                open.extend(client.list(&inode, &path).await);
            }
            std::mem::swap(&mut truth, &mut client.mirror);
            assert_eq!(client.mirror.paths(), truth.paths(), "seed {seed}, round {round}");
            for _ in 0..8 {
                act(&world, &desk, &mut dice, &mut content).await;
            }
        }
        let rest = format!("delta?cursor={first}&limit=1000");
        let all = world.at(&desk, "GET", "fs-delta", &rest).await;
        for event in all.json["contents"].as_array().expect("events") {
            *met.entry(text(event, "eventType")).or_default() += 1;
        }
    }
    // The stories told of enough to mean something.
    for kind in ["FILE.CREATE", "FILE.MODIFY", "FILE.TRASH", "FILE.RESTORE", "FILE.DELETE"] {
        assert!(met.get(kind).is_some_and(|count| *count > 3), "{kind}: {met:?}");
    }
}
