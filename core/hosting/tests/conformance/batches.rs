//! Rows 55 to 57: batches (SMH section 10).

use serde_json::{Value, json};

use crate::world::{Desk, Reply, World};

rows! {
    r055_batch_copy {
        files_and_directories_together, some_fail, from_another_space_by_batch,
        more_than_can_be_done_at_once
    }
    r056_batch_delete { to_the_bin_and_past_it, what_is_not_there, rights_of_each_item }
    r057_batch_move {
        with_each_strategy, a_history_is_not_overwritten, into_another_space, no_items_or_too_many
    }
}

async fn desk() -> (World, Desk) {
    let world = World::start().await;
    let desk = world.file_desk().await;
    (world, desk)
}

async fn batch(world: &World, desk: &Desk, flag: &str, items: Value) -> Reply {
    world.at_with(desk, "POST", "batch", &format!("?{flag}"), items).await
}

fn statuses(reply: &Reply) -> Vec<u64> {
    let rows = reply.json["result"].as_array().unwrap_or_else(|| panic!("{reply:?}"));
    rows.iter().map(|row| row["status"].as_u64().expect("a number")).collect()
}

async fn files_and_directories_together() {
    let (world, desk) = desk().await;
    world.directories(&desk, &["a", "to"]).await;
    world.upload(&desk, "a/f.txt", "", b"x").await;
    let items = json!([
        {"copyFrom": "a", "to": "to/a"},
        {"copyFrom": "a/f.txt", "to": "to/f.txt"},
        {"copyFrom": "/a", "to": "to/a", "conflictResolutionStrategy": "rename"},
        {"copyFrom": "a/f.txt", "to": "to/f.txt", "conflictResolutionStrategy": "overwrite"},
    ]);
    let reply = batch(&world, &desk, "copy", items).await;
    assert_eq!((reply.status, statuses(&reply)), (200, vec![204, 200, 200, 204]));
    let rows = &reply.json["result"];
    assert_eq!(rows[0], json!({"status": 204, "copyFrom": ["a"], "to": ["to", "a"]}));
    assert_eq!(rows[1]["path"], json!(["to", "f.txt"]));
    assert_eq!(rows[2]["path"], json!(["to", "a (1)"]));
    assert_eq!(world.download(&desk, "to/a (1)/f.txt").await, b"x");
}

async fn some_fail() {
    let (world, desk) = desk().await;
    world.directories(&desk, &["a"]).await;
    let items = json!([
        {"copyFrom": "a", "to": "b"},
        {"copyFrom": "nothing", "to": "c"},
        {"copyFrom": "a", "to": "b"},
        {"copyFrom": "a", "to": "x:y"},
        {"copyFrom": "a", "to": "d", "conflictResolutionStrategy": "merge"},
        {"copyFrom": "a", "to": "e", "copyFromLibraryId": "smhother"},
    ]);
    let reply = batch(&world, &desk, "copy=1", items).await;
    assert_eq!((reply.status, statuses(&reply)), (207, vec![204, 404, 409, 400, 400, 400]));
    let codes: Vec<_> = (1..6).map(|n| reply.json["result"][n]["code"].clone()).collect();
    assert_eq!(
        json!(codes),
        json!([
            "SourceFileNotFound",
            "SameNameDirectoryOrFileExists",
            "IllegalFileName",
            "InvalidConflictResolutionStrategy",
            "FunctionNotEnabled",
        ])
    );
    assert_eq!(reply.json["result"][3]["to"], json!(["x:y"]));
    assert!(reply.json["result"][1]["message"].is_string());
}

async fn from_another_space_by_batch() {
    let world = World::start().await;
    let [one, two] = world.two_desks(json!({"isFileLibrary": true}), [json!({}), json!({})]).await;
    world.upload(&one, "a.txt", "", b"12345").await;
    let item = json!([{"copyFrom": "a.txt", "copyFromSpaceId": one.space, "to": "b.txt"}]);
    let reply = batch(&world, &two, "copy", item.clone()).await;
    assert_eq!((reply.status, statuses(&reply)), (200, vec![200]));
    assert_eq!(reply.json["result"][0]["copyFromSpaceId"], json!(one.space));
    assert_eq!(world.download(&two, "b.txt").await, b"12345");
    let narrow = two.with(&world, "grant=space_admin").await;
    let reply = batch(&world, &narrow, "copy", item).await;
    assert_eq!((reply.status, statuses(&reply)), (207, vec![403]));
}

async fn more_than_can_be_done_at_once() {
    let (world, desk) = desk().await;
    world.upload(&desk, "a.txt", "", b"x").await;
    let mut items: Vec<Value> =
        (0..120).map(|n| json!({"copyFrom": "a.txt", "to": format!("c{n}.txt")})).collect();
    items.push(json!({"copyFrom": "b.txt", "to": "d.txt"}));
    let reply = batch(&world, &desk, "copy", json!(items)).await;
    let end = world.task_end(&desk, &reply).await;
    assert_eq!(end["status"], json!(207));
    let rows = end["result"].as_array().expect("rows");
    assert_eq!((rows.len(), &rows[119]["path"]), (121, &json!(["c119.txt"])));
    assert_eq!(rows[120]["code"], json!("SourceFileNotFound"));
    assert_eq!(world.download(&desk, "c119.txt").await, b"x");
}

async fn to_the_bin_and_past_it() {
    let (world, desk) = desk().await;
    world.directories(&desk, &["d"]).await;
    for name in ["a.txt", "b.txt", "d/c.txt"] {
        world.upload(&desk, name, "", b"x").await;
    }
    let items = json!([
        {"path": "a.txt"}, {"path": "b.txt", "permanent": true}, {"path": "d", "permanent": 0},
    ]);
    let reply = batch(&world, &desk, "delete", items).await;
    assert_eq!((reply.status, statuses(&reply)), (200, vec![200, 204, 200]));
    assert!(reply.json["result"][0]["recycledItemId"].is_u64());
    assert_eq!(reply.json["result"][1], json!({"status": 204, "path": ["b.txt"]}));
    assert_eq!(world.at(&desk, "GET", "recycled", "").await.names().len(), 2);
    world.upload(&desk, "e.txt", "", b"x").await;
    let item = json!([{"path": "e.txt", "permanent": 1}]);
    assert_eq!(statuses(&batch(&world, &desk, "delete", item).await), [204]);
}

async fn what_is_not_there() {
    let (world, desk) = desk().await;
    let items = json!([{"path": "a.txt"}, {"path": ""}]);
    let reply = batch(&world, &desk, "delete", items).await;
    assert_eq!((reply.status, statuses(&reply)), (207, vec![404, 400]));
    assert_eq!(reply.json["result"][1]["code"], json!("RootDirectoryNotAllowed"));
}

async fn rights_of_each_item() {
    let (world, desk) = desk().await;
    world.directories(&desk, &["d"]).await;
    world.upload(&desk, "a.txt", "", b"x").await;
    let items = json!([{"path": "d"}, {"path": "a.txt", "permanent": true}, {"path": "a.txt"}]);
    let files = desk.with(&world, "grant=delete_file").await;
    let reply = batch(&world, &files, "delete", items.clone()).await;
    assert_eq!((reply.status, statuses(&reply)), (207, vec![403, 403, 200]));
    let mover = desk.with(&world, "grant=move_file,copy_file").await;
    batch(&world, &mover, "delete", items).await.is(403, "NoPermission");
}

async fn with_each_strategy() {
    let world = World::start().await;
    let settings = json!({"isFileLibrary": true, "enableFileHistory": false});
    let desk = world.desk(settings, json!({})).await;
    world.directories(&desk, &["d", "e"]).await;
    for name in ["a.txt", "b.txt", "c.txt", "t.txt"] {
        world.upload(&desk, name, "", name.as_bytes()).await;
    }
    let items = json!([
        {"from": "a.txt", "to": "t.txt", "conflictResolutionStrategy": "ask"},
        {"from": "b.txt", "to": "t.txt"},
        {"from": "c.txt", "to": "t.txt", "conflictResolutionStrategy": "overwrite"},
        {"from": "d", "to": "e/d"},
        {"from": "e", "to": "f", "moveAuthority": true},
    ]);
    let reply = batch(&world, &desk, "move", items).await;
    assert_eq!((reply.status, statuses(&reply)), (207, vec![409, 200, 204, 204, 204]));
    assert_eq!(reply.json["result"][1]["path"], json!(["t (1).txt"]));
    assert_eq!(reply.json["result"][3], json!({"status": 204, "from": ["d"], "to": ["e", "d"]}));
    assert_eq!(world.download(&desk, "t.txt").await, b"c.txt");
    assert_eq!(world.at(&desk, "HEAD", "directory", "f/d").await.status, 200);
    assert_eq!(world.at(&desk, "GET", "recycled", "").await.names(), ["t.txt"]);
}

async fn a_history_is_not_overwritten() {
    let (world, desk) = desk().await;
    for name in ["a.txt", "b.txt"] {
        world.upload(&desk, name, "", name.as_bytes()).await;
    }
    let item = json!([{"from": "a.txt", "to": "b.txt", "conflictResolutionStrategy": "overwrite"}]);
    let reply = batch(&world, &desk, "move", item).await;
    assert_eq!((reply.status, statuses(&reply)), (207, vec![400]));
    assert_eq!(reply.json["result"][0]["code"], json!("OverwriteFileNotAllowed"));
}

async fn into_another_space() {
    let world = World::start().await;
    let [one, two] = world.two_desks(json!({"isFileLibrary": true}), [json!({}), json!({})]).await;
    world.directories(&one, &["d"]).await;
    let done = world.upload(&one, "d/a.txt", "with_inode=1", b"12345").await;
    let item = json!([{"from": "d", "fromSpaceId": one.space, "to": "x/d"}]);
    let reply = batch(&world, &two, "move", item).await;
    assert_eq!((reply.status, statuses(&reply)), (200, vec![204]));
    let info = world.at(&two, "GET", "directory", "x/d/a.txt?info=1&with_inode=1").await;
    assert_eq!(info.json["inode"], done.json["inode"]);
    for (desk, bytes) in [(&one, 0), (&two, 5)] {
        let stats = world.at(desk, "GET", "directory", "?stats=1").await;
        assert_eq!(stats.json["storage"], json!(bytes));
    }
}

async fn no_items_or_too_many() {
    let (world, desk) = desk().await;
    for flag in ["move", "copy", "delete"] {
        batch(&world, &desk, flag, json!([])).await.is(400, "NoItemsProvided");
        let empty = world.at(&desk, "POST", "batch", &format!("?{flag}=1")).await;
        empty.is(400, "NoItemsProvided");
        let many: Vec<Value> = (0..1001)
            .map(|_| json!({"from": "a", "copyFrom": "a", "to": "b", "path": "a"}))
            .collect();
        batch(&world, &desk, flag, json!(many)).await.is(400, "TooManyItems");
        batch(&world, &desk, flag, json!([{}])).await.is(400, "ParamInvalid");
        batch(&world, &desk, flag, json!({"from": "a"})).await.is(400, "ParamInvalid");
    }
}
