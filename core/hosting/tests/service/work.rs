//! Tasks go on: over the end of their request, over restarts of the service, whatever happens to
//! what they work at.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::world::{Desk, Reply, World};

async fn copied(world: &World, desk: &Desk, from: &str, to: &str) -> Reply {
    world.at_with(desk, "PUT", "directory", to, json!({ "copyFrom": from })).await
}

/// 5000 virtual files of one byte below `many`, in 510 directories.
async fn many(world: &World, desk: &Desk) {
    world.directories(desk, &["few"]).await;
    let size = json!({"size": 1});
    for n in 0..10 {
        let path = format!("few/{n}.txt?virtual_file=1");
        world.at_with(desk, "PUT", "file", &path, size.clone()).await;
    }
    for (from, to, times) in [("few", "more", 10), ("more", "many/a", 9), ("few", "many/b", 9)] {
        for n in 0..times {
            let reply = copied(world, desk, from, &format!("{to}/{n}")).await;
            assert_eq!(reply.status, 204, "{reply:?}");
        }
    }
    for n in 0..4 {
        let reply = copied(world, desk, "many/a", &format!("large/{n}")).await;
        assert_eq!(reply.status, 204, "{reply:?}");
    }
}

async fn held(world: &World, desk: &Desk, path: &str) -> [Value; 3] {
    let stats = world.at(desk, "GET", "directory", &format!("{path}?stats=1")).await;
    ["storage", "fileCount", "dirCount"].map(|field| stats.json[field].clone())
}

#[tokio::test]
async fn a_large_copy_survives_restarts_and_is_made_once() {
    let mut world = World::start().await;
    let desk = world.file_desk().await;
    many(&world, &desk).await;
    let before = held(&world, &desk, "").await;
    let source = held(&world, &desk, "large").await;
    assert_eq!(source[1], json!(3600));
    let accepted = copied(&world, &desk, "large", "deep/copy").await;
    // Nothing of it is seen or counted before it is whole.
    assert_eq!(accepted.status, 202, "{accepted:?}");
    for _ in 0..3 {
        world = world.restart().await;
        let there = world.at(&desk, "HEAD", "directory", "deep/copy").await.status;
        let now = held(&world, &desk, "").await;
        assert!(there == 200 || now == before, "{now:?}");
    }
    let end = world.task_end(&desk, &accepted).await;
    assert_eq!(end["status"], json!(204), "{end}");
    assert_eq!(held(&world, &desk, "deep/copy").await, source);
    let after = held(&world, &desk, "").await;
    assert_eq!(after[0], json!(before[0].as_u64().unwrap() + source[0].as_u64().unwrap()));
    let v2 = world.at(&desk, "GET", "task-result", &accepted.json["taskId"].to_string()).await;
    assert_eq!(v2.json["batchCopyResults"][0]["to"], json!(["deep", "copy"]));
}

#[tokio::test]
async fn a_batch_survives_restarts_and_does_every_item_once() {
    let mut world = World::start().await;
    let desk = world.file_desk().await;
    world.upload(&desk, "a.txt", "", b"x").await;
    world.directories(&desk, &["to"]).await;
    // All to one name: an item done twice would leave one name too many.
    let items: Vec<Value> =
        (0..300).map(|_| json!({"copyFrom": "a.txt", "to": "to/c.txt"})).collect();
    let accepted = world.at_with(&desk, "POST", "batch", "?copy", json!(items)).await;
    for _ in 0..3 {
        world = world.restart().await;
    }
    let end = world.task_end(&desk, &accepted).await;
    assert_eq!(end["status"], json!(200), "{end}");
    let rows = end["result"].as_array().expect("rows");
    let places: BTreeSet<String> = rows.iter().map(|row| row["path"].to_string()).collect();
    assert_eq!((rows.len(), places.len()), (300, 300));
    assert_eq!(held(&world, &desk, "to").await[1], json!(300));
}

#[tokio::test]
async fn of_two_instances_one_works_at_a_task_and_the_other_takes_over() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.upload(&desk, "a.txt", "", b"x").await;
    world.directories(&desk, &["to"]).await;
    let items: Vec<Value> =
        (0..101).map(|_| json!({"copyFrom": "a.txt", "to": "to/c.txt"})).collect();
    let second = world.second().await;
    let at = second.local_addr();
    let path = desk.path("batch", "?copy=1");
    let mut accepted = Vec::new();
    for _ in 0..3 {
        let request = world.request_at(at, "POST", &path).json(&items);
        accepted.push(world.send(request).await);
    }
    // It was told of the tasks, and stops in the middle of them.
    second.shutdown().await;
    let mut places = BTreeSet::new();
    for accepted in &accepted {
        let end = world.task_end(&desk, accepted).await;
        assert_eq!(end["status"], json!(200), "{end}");
        let rows = end["result"].as_array().expect("rows").iter();
        places.extend(rows.map(|row| row["path"].to_string()));
    }
    assert_eq!(places.len(), 303);
    assert_eq!(held(&world, &desk, "to").await[1], json!(303));
}

#[tokio::test]
async fn a_copy_that_comes_to_nothing_leaves_nothing() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    many(&world, &desk).await;
    let before = held(&world, &desk, "").await;
    let accepted = copied(&world, &desk, "large", "copy").await;
    // Whether the name is taken shows again at the end.
    let taken = world.at(&desk, "PUT", "directory", "copy").await;
    let end = world.task_end(&desk, &accepted).await;
    if taken.status == 201 {
        assert_eq!(end["status"], json!(500), "{end}");
        assert_eq!(end["result"]["code"], json!("SameNameDirectoryOrFileExists"));
        let after = held(&world, &desk, "").await;
        assert_eq!((&after[0], &after[1]), (&before[0], &before[1]));
        let reply = world.at(&desk, "PUT", "directory", "?calibrate=1&stats_type=normal").await;
        world.task_end(&desk, &Reply { status: 202, ..reply }).await;
        assert_eq!(held(&world, &desk, "").await, after);
    } else {
        assert_eq!(end["status"], json!(204), "{end}");
    }
}

#[tokio::test]
async fn a_task_of_a_space_that_is_gone_ends() {
    let world = World::start().await;
    let [one, two] = world.two_desks(json!({"isFileLibrary": true}), [json!({}), json!({})]).await;
    many(&world, &one).await;
    let items = json!([{"copyFrom": "large", "copyFromSpaceId": one.space, "to": "copy"}]);
    let accepted = world.at_with(&two, "POST", "batch", "?copy", items).await;
    assert_eq!(accepted.status, 202, "{accepted:?}");
    let admin = world.token(&two.library, "grant=admin").await;
    let path =
        format!("/api/v1/space/{}/{}?force=1&access_token={admin}", one.library.id, one.space);
    assert_eq!(world.call("DELETE", &path).await.status, 204);
    let end = world.task_end(&two.with(&world, "").await, &accepted).await;
    let status = end["result"][0]["status"].as_u64().expect("a number");
    assert!(status == 404 || status == 204, "{end}");
}
