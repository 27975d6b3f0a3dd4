//! Many at once at one name: one wins, or everybody gets a name of their own.

use std::collections::BTreeSet;

use albumen_db::{Place, testing};
use albumen_media::digest::{DigestChoice, digest_bytes};
use futures::future::join_all;
use serde_json::json;

use crate::world::{Desk, Reply, World};

const RENAME: &str = "conflict_resolution_strategy=rename";
const OVER: &str = "conflict_resolution_strategy=overwrite";

fn statuses(replies: &[Reply]) -> Vec<u16> {
    let mut statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
    statuses.sort_unstable();
    statuses
}

fn places(replies: &[Reply]) -> BTreeSet<String> {
    replies.iter().map(|reply| reply.json["path"].to_string()).collect()
}

#[tokio::test]
async fn sixteen_make_one_album() {
    let world = World::start().await;
    let desk = world.album_desk().await;
    let made =
        |path: &'static str| join_all((0..16).map(|_| world.at(&desk, "PUT", "directory", path)));
    let replies = made("Holidays").await;
    let mut wanted = vec![409; 16];
    wanted[0] = 201;
    assert_eq!(statuses(&replies), wanted);
    let replies = made("Trips?conflict_resolution_strategy=rename").await;
    assert_eq!((statuses(&replies), places(&replies).len()), (vec![201; 16], 16));
    assert_eq!(world.at(&desk, "GET", "directory", "").await.names().len(), 17);
}

#[tokio::test]
async fn sixteen_copy_and_move_to_one_name() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.upload(&desk, "a.txt", "", b"12345").await;
    let copy = json!({"copyFrom": "a.txt"});
    let copies =
        join_all((0..16).map(|_| world.at_with(&desk, "PUT", "file", "copy.txt", copy.clone())));
    let replies = copies.await;
    assert_eq!((statuses(&replies), places(&replies).len()), (vec![200; 16], 16));
    let to = format!("moved.txt?{RENAME}");
    let moves = join_all(replies.iter().map(|reply| {
        let from = json!({"from": reply.json["path"][0]});
        world.at_with(&desk, "PUT", "file", &to, from)
    }));
    let replies = moves.await;
    assert_eq!((statuses(&replies), places(&replies).len()), (vec![200; 16], 16));
    // One source, many movers: it goes once.
    let movers = (0..16).map(|n| {
        let body = json!({"from": "a.txt"});
        let path = format!("b{n}.txt");
        let (world, desk) = (&world, &desk);
        async move { world.at_with(desk, "PUT", "file", &path, body).await }
    });
    let mut wanted = vec![404; 16];
    wanted[0] = 200;
    assert_eq!(statuses(&join_all(movers).await), wanted);
    let stats = world.at(&desk, "GET", "directory", "?stats=1").await;
    assert_eq!((&stats.json["fileCount"], &stats.json["storage"]), (&json!(17), &json!(85)));
}

#[tokio::test]
async fn two_swap_their_directories_and_none_gets_lost() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    for _ in 0..8 {
        world.at(&desk, "DELETE", "directory", "a?permanent=1").await;
        world.at(&desk, "DELETE", "directory", "b?permanent=1").await;
        world.directories(&desk, &["a", "b"]).await;
        for path in ["a/in-a.txt?virtual_file", "b/in-b.txt?virtual_file"] {
            assert_eq!(world.at(&desk, "PUT", "file", path).await.status, 200);
        }
        // Each under the other: the second finds the place of the first free, and makes it anew.
        let replies = join_all([("a", "b/a"), ("b", "a/b")].map(|(from, to)| {
            world.at_with(&desk, "PUT", "directory", to, json!({ "from": from }))
        }))
        .await;
        assert_eq!(statuses(&replies), [204, 204]);
        let stats = world.at(&desk, "GET", "directory", "?stats=1").await;
        assert_eq!((&stats.json["dirCount"], &stats.json["fileCount"]), (&json!(3), &json!(2)));
        let roots = world.at(&desk, "GET", "directory", "").await.names();
        assert!(roots == ["a"] || roots == ["b"], "{roots:?}");
    }
}

#[tokio::test]
async fn spaces_swap_their_files_without_waiting_for_each_other() {
    let world = World::start().await;
    let desks = world.two_desks(json!({"isFileLibrary": true}), [json!({}), json!({})]).await;
    let second = world.second().await;
    let instances = [world.service.local_addr(), second.local_addr()];
    for (desk, side) in desks.iter().zip(["left", "right"]) {
        for n in 0..8 {
            let body = json!({"size": 10});
            let path = format!("{side}{n}.txt?virtual_file=1");
            assert_eq!(world.at_with(desk, "PUT", "file", &path, body).await.status, 200);
        }
    }
    let [left, right] = &desks;
    let swaps = (0..8).flat_map(|n| [(left, right, "left", n), (right, left, "right", n)]);
    let replies = join_all(swaps.map(|(from, to, side, n)| {
        let name = format!("{side}{n}.txt");
        let item = json!([{"from": name, "fromSpaceId": from.space, "to": name}]);
        let path = to.path("batch", "?move=1");
        world.send(world.request_at(instances[n % 2], "POST", &path).json(&item))
    }))
    .await;
    assert_eq!(statuses(&replies), vec![200; 16], "{replies:?}");
    for (desk, side) in desks.iter().zip(["right", "left"]) {
        let names = world.at(desk, "GET", "directory", "?limit=100").await.names();
        assert!(names.len() == 8 && names.iter().all(|name| name.starts_with(side)), "{names:?}");
        let stats = world.at(desk, "GET", "directory", "?stats=1").await;
        assert_eq!((&stats.json["fileCount"], &stats.json["storage"]), (&json!(8), &json!(80)));
    }
    second.shutdown().await;
}

/// Transactions that the server ended because they waited for each other; it counts them with some
/// delay. Always none where one write runs at a time.
async fn deadlocks(world: &World) -> i64 {
    let Place::Server(_) = world.database else { return 0 };
    tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
    let sql = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    testing::number(&world.database, sql).await
}

/// Desks in two spaces under one quota, of a library that keeps no earlier content: whoever
/// overwrites there comes under the quota and lets go of an object.
async fn under_one_quota(world: &World) -> [Desk; 2] {
    let settings = json!({"isFileLibrary": true, "enableFileHistory": false});
    let desks = world.two_desks(settings, [json!({}), json!({})]).await;
    let admin = world.token(&desks[0].library, "grant=admin").await;
    let spaces: Vec<&str> = desks.iter().map(|desk| desk.space.as_str()).collect();
    let body = json!({"spaces": spaces, "capacity": 1_u64 << 40});
    let library = (&desks[0].library, admin.as_str());
    let made = world.in_library(library, "POST", "quota", "", body).await;
    assert_eq!(made.status, 201, "{made:?}");
    desks
}

/// Overwrites `name` with ever more bytes, copying files that are there.
async fn grow(world: &World, desk: &Desk, name: &str, sizes: std::ops::Range<usize>) {
    for size in sizes {
        let path = format!("{name}?conflict_resolution_strategy=overwrite");
        let body = json!({"copyFrom": format!("size{size}")});
        let reply = world.at_with(desk, "PUT", "file", &path, body).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        // So that the next one has something of its own to let go of.
        let gone = world.at(desk, "DELETE", "file", &format!("size{size}?permanent=1")).await;
        assert_eq!(gone.status, 204, "{gone:?}");
    }
}

const ROUNDS: usize = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quick_upload_and_an_overwrite_under_one_quota_do_not_wait_for_each_other() {
    let world = World::start().await;
    let [one, two] = under_one_quota(&world).await;
    let film: Vec<u8> = (0..1_100_000).map(|n| (n % 251) as u8).collect();
    world.upload(&one, "film.mp4", "", &film).await;
    world.service.hash().await.expect("hashed");
    for size in 1..=ROUNDS {
        world.upload(&two, &format!("size{size}"), "", &vec![7; size]).await;
    }
    let digests = digest_bytes(&film, DigestChoice { chained_sha256: true, blake3: false });
    let chained = digests.chained.expect("large enough");
    let claim = json!({"beginningHash": chained.beginning_hash, "fullHash": chained.full_hash,
        "size": film.len()});
    let before = deadlocks(&world).await;
    let quick = async {
        for n in 0..ROUNDS {
            let name = format!("{n}.mp4");
            let reply = world.at_with(&one, "PUT", "file", &name, claim.clone()).await;
            assert_eq!(reply.status, 200, "{reply:?}");
        }
    };
    tokio::join!(quick, grow(&world, &two, "a", 1..ROUNDS + 1));
    assert_eq!(deadlocks(&world).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn saving_a_share_and_an_overwrite_under_one_quota_do_not_wait_for_each_other() {
    let world = World::start().await;
    let [one, two] = under_one_quota(&world).await;
    for size in 1..=ROUNDS {
        world.upload(&two, &format!("size{size}"), "", &vec![7; size]).await;
    }
    world.directories(&one, &["from", "to"]).await;
    for name in ["from/same.txt", "from/new.txt"] {
        world.upload(&one, name, "", name.as_bytes()).await;
    }
    let config = json!({"isPermanent": true, "canSaveToNetdisk": true});
    let body = json!({"name": "x", "filePath": ["from"], "config": config});
    let code = world.at_with(&one, "POST", "share", "", body).await.text("code");
    let entered = world.call_with("POST", &format!("/api/v1/share/verify/{code}"), json!({})).await;
    let visit = entered.text("accessToken");
    let inode = async |path: &str| {
        world.at(&one, "GET", "directory", &format!("{path}?info=1&with_inode=1")).await
    };
    let from = inode("from").await.text("inode");
    let inodes =
        [inode("from/same.txt").await.text("inode"), inode("from/new.txt").await.text("inode")];
    let before = deadlocks(&world).await;
    let save = async {
        for _ in 0..ROUNDS {
            // The first lets go of an object and adds nothing, the second adds.
            world.at(&one, "DELETE", "file", "to/new.txt?permanent=1").await;
            world.upload(&one, "to/same.txt", OVER, b"so long that it gets shorter").await;
            let body = json!({"targetSpaceId": one.space, "targetPath": "to",
                "sourceInodesPath": from, "inodes": inodes,
                "conflictResolutionStrategy": "overwrite"});
            let path = format!(
                "/api/v1/share/file/{code}?save=1&share_access_token={visit}&access_token={}",
                one.token
            );
            let saved = world.call_with("POST", &path, body).await;
            assert_eq!(saved.status, 200, "{saved:?}");
        }
    };
    tokio::join!(save, grow(&world, &two, "a", 1..ROUNDS + 1));
    assert_eq!(deadlocks(&world).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn confirming_many_and_an_overwrite_under_one_quota_do_not_wait_for_each_other() {
    let world = World::start().await;
    let [one, two] = under_one_quota(&world).await;
    for size in 1..=ROUNDS {
        world.upload(&two, &format!("size{size}"), "", &vec![7; size]).await;
    }
    world.upload(&one, "same.txt", "", &[8; 2 * ROUNDS]).await;
    let before = deadlocks(&world).await;
    let confirm = async {
        for n in 0..ROUNDS {
            // The first lets go of an object and adds nothing, the second adds.
            let mut keys = Vec::new();
            for (path, size) in [("same.txt".to_owned(), 2 * ROUNDS - n), (format!("{n}.txt"), 9)] {
                let begun = world.at(&one, "PUT", "file", &format!("{path}?{OVER}")).await;
                world.put(&begun, &vec![9; size]).await;
                keys.push(json!({"confirmKey": begun.text("confirmKey")}));
            }
            let (library, space) = (&one.library.id, &one.space);
            let place = format!("/albumen/v1/batch-confirm/{library}/{space}");
            let path = format!("{place}?access_token={}", one.token);
            let done = world.call_with("POST", &path, json!({ "files": keys })).await;
            assert_eq!(done.status, 200, "{done:?}");
        }
    };
    tokio::join!(confirm, grow(&world, &two, "a", 1..ROUNDS + 1));
    assert_eq!(deadlocks(&world).await, before);
}
