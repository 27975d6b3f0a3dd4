//! Many at once at one name: one wins, or everybody gets a name of their own.

use std::collections::BTreeSet;

use futures::future::join_all;
use serde_json::json;

use crate::world::{Reply, World};

const RENAME: &str = "conflict_resolution_strategy=rename";

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
