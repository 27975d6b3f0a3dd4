//! Whatever is done to a tree, its counters are what counting anew finds.

use serde_json::{Value, json};

use crate::world::{Desk, Reply, World};

/// A small generator with a seed, so that a failure can be had again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(self.0 >> 33).expect("31 bits") % sides
    }

    fn of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.roll(words.len())]
    }
}

const DIRECTORIES: &[&str] = &["a", "b", "a/c", "b/d", "a/c/e"];
const FILES: &[&str] = &["f.txt", "a/g.txt", "b/h.txt", "a/c/i.txt", "b/d/j.txt"];
const STRATEGIES: &[&str] = &["ask", "rename", "overwrite"];

async fn step(world: &World, desks: &[Desk; 2], dice: &mut Dice) -> Reply {
    let (desk, other) = (&desks[dice.roll(2)], &desks[dice.roll(2)]);
    let (d1, d2) = (dice.of(DIRECTORIES), dice.of(DIRECTORIES));
    let (f1, f2) = (dice.of(FILES), dice.of(FILES));
    let with =
        |path: &str, strategy: &str| format!("{path}?conflict_resolution_strategy={strategy}");
    let strategy = dice.of(STRATEGIES);
    let directories = if strategy == "overwrite" { "ask" } else { strategy };
    match dice.roll(12) {
        0 | 1 => world.at(desk, "PUT", "directory", &with(d1, directories)).await,
        2 | 3 => {
            let path = format!("{}&virtual_file=1", with(f1, strategy));
            let body = json!({ "size": dice.roll(1000) });
            world.at_with(desk, "PUT", "file", &path, body).await
        }
        4 => {
            let body = json!({ "from": f1 });
            world.at_with(desk, "PUT", "file", &with(f2, strategy), body).await
        }
        5 => {
            let body = json!({ "copyFrom": f1 });
            world.at_with(desk, "PUT", "file", &with(f2, strategy), body).await
        }
        6 => {
            let body = json!({ "from": d1 });
            world.at_with(desk, "PUT", "directory", &with(d2, directories), body).await
        }
        7 => {
            let body = json!({ "copyFrom": d1 });
            world.at_with(desk, "PUT", "directory", &with(d2, directories), body).await
        }
        8 => {
            let path = format!("{f1}?permanent={}", dice.roll(2));
            world.at(desk, "DELETE", "file", &path).await
        }
        9 => {
            let path = format!("{d1}?permanent={}", dice.roll(2));
            world.at(desk, "DELETE", "directory", &path).await
        }
        10 => {
            let bin = world.at(desk, "GET", "recycled", "").await;
            let items = bin.json["contents"].as_array().cloned().unwrap_or_default();
            let Some(item) = items.first() else { return bin };
            let path = format!(
                "{}?restore=1&conflict_resolution_strategy={directories}\
                 &restore_path_strategy=fallbackToRoot",
                item["recycledItemId"]
            );
            world.at(desk, "POST", "recycled", &path).await
        }
        _ => {
            let kind = dice.of(&["move", "copy"]);
            let body = json!([{
                "from": d1, "fromSpaceId": other.space, "copyFrom": d1,
                "copyFromSpaceId": other.space, "to": d2, "conflictResolutionStrategy": "rename",
            }]);
            world.at_with(desk, "POST", "batch", &format!("?{kind}=1"), body).await
        }
    }
}

async fn counted(world: &World, desk: &Desk) -> Vec<Value> {
    let mut counted = Vec::new();
    for kind in ["normal", "recycle"] {
        let path = format!("?stats=1&stats_type={kind}");
        let stats = world.at(desk, "GET", "directory", &path).await;
        counted.extend(["storage", "fileCount", "dirCount"].map(|f| stats.json[f].clone()));
    }
    counted
}

#[tokio::test]
async fn counters_are_what_counting_anew_finds() {
    for seed in [1, 7, 42] {
        let world = World::start().await;
        let settings = json!({"isFileLibrary": true, "enableFileHistory": seed == 7});
        let desks = world.two_desks(settings, [json!({}), json!({})]).await;
        let (mut dice, mut done) = (Dice(seed), 0);
        for _ in 0..120 {
            let reply = step(&world, &desks, &mut dice).await;
            assert!(reply.status < 500, "seed {seed}: {reply:?}");
            done += u32::from(reply.status < 300);
        }
        assert!(done > 30, "seed {seed}: hardly anything was done: {done}");
        for desk in &desks {
            let before = counted(&world, desk).await;
            let reply = world.at(desk, "PUT", "directory", "?calibrate=1").await;
            world.task_end(desk, &Reply { status: 202, ..reply }).await;
            assert_eq!(counted(&world, desk).await, before, "seed {seed}");
        }
    }
}
