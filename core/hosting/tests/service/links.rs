//! Links and what they lead to, through moves, the bin and the way back (SMH section 9.5).

use serde_json::{Value, json};

use crate::world::{Desk, World};

async fn link(world: &World, desk: &Desk, path: &str, to: &str) {
    let reply = world.at_with(desk, "PUT", "file", path, json!({ "linkTo": to })).await;
    assert_eq!(reply.status, 200, "{reply:?}");
}

async fn names(world: &World, desk: &Desk, path: &str) -> Vec<String> {
    world.at(desk, "GET", "directory", path).await.names()
}

async fn deleted(world: &World, desk: &Desk, noun: &str, path: &str) -> u64 {
    let reply = world.at(desk, "DELETE", noun, path).await;
    reply.json["recycledItemId"].as_u64().unwrap_or_else(|| panic!("{reply:?}"))
}

async fn restored(world: &World, desk: &Desk, item: u64) {
    let reply = world.at(desk, "POST", "recycled", &format!("{item}?restore=1")).await;
    assert_eq!(reply.status, 200, "{reply:?}");
}

/// Files and directories of the tree, of the bin.
async fn counts(world: &World, desk: &Desk) -> [Value; 4] {
    let of = async |rest: &str| {
        let reply =
            world.at(desk, "GET", "directory", &format!("?stats=1&stats_type={rest}")).await;
        (reply.json["fileCount"].clone(), reply.json["dirCount"].clone())
    };
    let ((files, dirs), (bin_files, bin_dirs)) = (of("normal").await, of("recycle").await);
    [files, dirs, bin_files, bin_dirs]
}

async fn desk() -> (World, Desk) {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.directories(&desk, &["d", "links"]).await;
    world.upload(&desk, "d/a.txt", "", b"content").await;
    (world, desk)
}

#[tokio::test]
async fn a_link_follows_its_target_through_moves_and_overwrites() {
    let (world, desk) = desk().await;
    link(&world, &desk, "links/l.txt", "d/a.txt").await;
    world.at_with(&desk, "PUT", "directory", "e", json!({"from": "d"})).await;
    assert_eq!(world.download(&desk, "links/l.txt").await, b"content");
    let over = "conflict_resolution_strategy=overwrite";
    world.upload(&desk, "e/a.txt", over, b"newer").await;
    assert_eq!(world.download(&desk, "links/l.txt").await, b"newer");
    // Moving the link moves the link alone.
    world.at_with(&desk, "PUT", "file", "m.txt", json!({"from": "links/l.txt"})).await;
    assert_eq!(world.download(&desk, "m.txt").await, b"newer");
    // So does copying, and deleting.
    world.at_with(&desk, "PUT", "file", "n.txt", json!({"copyFrom": "m.txt"})).await;
    world.at(&desk, "DELETE", "file", "m.txt?permanent=1").await;
    assert_eq!(world.download(&desk, "n.txt").await, b"newer");
    assert_eq!(world.download(&desk, "e/a.txt").await, b"newer");
}

#[tokio::test]
async fn links_go_to_the_bin_with_their_target_and_come_back_with_it() {
    let (world, desk) = desk().await;
    link(&world, &desk, "links/l.txt", "d/a.txt").await;
    link(&world, &desk, "links/chained.txt", "links/l.txt").await;
    let before = counts(&world, &desk).await;
    for (noun, path) in [("file", "d/a.txt"), ("directory", "d")] {
        let item = deleted(&world, &desk, noun, path).await;
        assert!(names(&world, &desk, "links").await.is_empty());
        // One entry of the bin: that of the deletion.
        assert_eq!(world.at(&desk, "GET", "recycled", "").await.names().len(), 1);
        restored(&world, &desk, item).await;
        assert_eq!(names(&world, &desk, "links").await, ["chained.txt", "l.txt"]);
        assert_eq!(world.download(&desk, "links/chained.txt").await, b"content");
        assert_eq!(counts(&world, &desk).await, before);
    }
}

#[tokio::test]
async fn a_link_whose_place_was_taken_or_is_gone() {
    let (world, desk) = desk().await;
    link(&world, &desk, "links/l.txt", "d/a.txt").await;
    let item = deleted(&world, &desk, "file", "d/a.txt").await;
    world.upload(&desk, "links/l.txt", "", b"other").await;
    restored(&world, &desk, item).await;
    assert_eq!(names(&world, &desk, "links").await, ["l (1).txt", "l.txt"]);
    assert_eq!(world.download(&desk, "links/l (1).txt").await, b"content");

    let item = deleted(&world, &desk, "file", "d/a.txt").await;
    world.at(&desk, "DELETE", "directory", "links?permanent=1").await;
    restored(&world, &desk, item).await;
    assert_eq!(world.download(&desk, "d/a.txt").await, b"content");
    assert_eq!(counts(&world, &desk).await, [json!(1), json!(1), json!(0), json!(0)]);
}

#[tokio::test]
async fn links_end_with_their_target_wherever_they_are() {
    let (world, desk) = desk().await;
    for name in ["links/in-tree.txt", "links/in-bin.txt", "l.txt"] {
        link(&world, &desk, name, "d/a.txt").await;
    }
    deleted(&world, &desk, "file", "links/in-bin.txt").await;
    deleted(&world, &desk, "directory", "links").await;
    assert_eq!(world.at(&desk, "DELETE", "file", "d/a.txt?permanent=1").await.status, 204);
    assert_eq!(names(&world, &desk, "").await, ["d"]);
    let bin = world.at(&desk, "GET", "recycled", "").await;
    assert_eq!(bin.names(), ["links"], "the link that lay in the bin is gone from it");
    assert_eq!(counts(&world, &desk).await, [json!(0), json!(1), json!(0), json!(1)]);
}

#[tokio::test]
async fn a_link_that_comes_back_before_its_target_leads_nowhere_until_then() {
    let (world, desk) = desk().await;
    link(&world, &desk, "links/l.txt", "d/a.txt").await;
    let links = deleted(&world, &desk, "directory", "links").await;
    let target = deleted(&world, &desk, "file", "d/a.txt").await;
    restored(&world, &desk, links).await;
    world.at(&desk, "GET", "file", "links/l.txt").await.is(404, "RootLinkFileNotFound");
    world.at(&desk, "HEAD", "file", "links/l.txt").await.is(404, "");
    restored(&world, &desk, target).await;
    assert_eq!(world.download(&desk, "links/l.txt").await, b"content");
}

#[tokio::test]
async fn links_end_with_a_target_that_goes_with_the_bin() {
    let (world, desk) = desk().await;
    for (path, to) in [("links/l.txt", "d/a.txt"), ("links/chained.txt", "links/l.txt")] {
        link(&world, &desk, path, to).await;
    }
    for empties in [true, false] {
        world.directories(&desk, &["e"]).await;
        world.upload(&desk, "e/b.txt", "", b"content").await;
        link(&world, &desk, "links/e.txt", "e/b.txt").await;
        let links = deleted(&world, &desk, "directory", "links").await;
        let target = deleted(&world, &desk, "directory", "e").await;
        restored(&world, &desk, links).await;
        let cursor = world.at(&desk, "GET", "fs-delta", "cursor").await.text("cursor");
        let rest = if empties { String::new() } else { target.to_string() };
        assert_eq!(world.at(&desk, "DELETE", "recycled", &rest).await.status, 204);
        assert_eq!(names(&world, &desk, "links").await, ["chained.txt", "l.txt"]);
        world.at(&desk, "GET", "file", "links/e.txt").await.is(404, "FileNotFound");
        assert_eq!(world.download(&desk, "links/chained.txt").await, b"content");
        assert_eq!(counts(&world, &desk).await, [json!(3), json!(2), json!(0), json!(0)]);
        // Who follows the changes is told of the link as well.
        let delta = world.at(&desk, "GET", "fs-delta", &format!("delta?cursor={cursor}")).await;
        let rows = delta.json["contents"].as_array().expect("events");
        assert!(rows.iter().any(|row| row["name"] == "e.txt"), "{rows:?}");
    }
}

#[tokio::test]
async fn a_space_goes_with_all_its_links() {
    let (world, desk) = desk().await;
    link(&world, &desk, "links/l.txt", "d/a.txt").await;
    let links = deleted(&world, &desk, "directory", "links").await;
    deleted(&world, &desk, "file", "d/a.txt").await;
    restored(&world, &desk, links).await;
    deleted(&world, &desk, "directory", "d").await;
    let admin = world.token(&desk.library, "grant=admin").await;
    let path =
        format!("/api/v1/space/{}/{}?force=1&access_token={admin}", desk.library.id, desk.space);
    assert_eq!(world.call("DELETE", &path).await.status, 204);
}

#[tokio::test]
async fn no_link_leads_into_another_space() {
    let world = World::start().await;
    let [one, two] = world.two_desks(json!({"isFileLibrary": true}), [json!({}), json!({})]).await;
    world.directories(&one, &["d", "links"]).await;
    world.upload(&one, "d/a.txt", "", b"content").await;
    link(&world, &one, "links/l.txt", "d/a.txt").await;
    link(&world, &one, "d/inner.txt", "d/a.txt").await;
    let moved = async |from: &str, to: &str| {
        let item = json!([{"from": from, "fromSpaceId": one.space, "to": to}]);
        world.at_with(&two, "POST", "batch", "?move", item).await.json["result"][0].clone()
    };
    assert_eq!(moved("links/l.txt", "l.txt").await["code"], json!("InvalidSourceFile"));
    assert_eq!(moved("links", "links").await["code"], json!("InvalidSourceDirectory"));
    // A copy takes the content along instead.
    let item = json!([{"copyFrom": "links", "copyFromSpaceId": one.space, "to": "links"}]);
    assert_eq!(world.at_with(&two, "POST", "batch", "?copy", item).await.status, 200);
    let info = world.at(&two, "GET", "directory", "links/l.txt?info=1").await;
    assert_eq!((info.text("type"), info.text("size")), ("file".to_owned(), "7".to_owned()));
    // What moves takes its inner links along, and those that would lead after it end.
    assert_eq!(moved("d", "d").await["status"], json!(204));
    assert_eq!(world.download(&two, "d/inner.txt").await, b"content");
    assert!(names(&world, &one, "links").await.is_empty());
    for (desk, files) in [(&one, 0), (&two, 3)] {
        assert_eq!(counts(&world, desk).await[0], json!(files));
    }
}
