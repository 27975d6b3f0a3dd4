//! Deleting, the bin and the way back (SMH sections 6.9, 9.1, 12), over the wire.

use serde_json::{Value, json};

use crate::world::{Desk, World};

async fn binned(world: &World, desk: &Desk, noun: &str, path: &str) -> u64 {
    let reply = world.at(desk, "DELETE", noun, path).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json["recycledItemId"].as_u64().expect("a number")
}

async fn restore(world: &World, desk: &Desk, item: u64, query: &str) -> crate::world::Reply {
    world.at(desk, "POST", "recycled", &format!("{item}?restore=1&{query}")).await
}

#[tokio::test]
async fn a_file_goes_to_the_bin_and_comes_back_as_it_was() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let done = world.upload(&desk, "a.txt", "with_inode=1", b"precious").await;
    let item = binned(&world, &desk, "file", "a.txt").await;
    world.at(&desk, "GET", "file", "a.txt").await.is(404, "FileNotFound");
    world.at(&desk, "DELETE", "file", "a.txt").await.is(404, "FileNotFound");

    world.clock.advance_seconds(86_400 + 60);
    let desk = desk.with(&world, "user_id=ann&grant=space_admin").await;
    let bin = world.at(&desk, "GET", "recycled", "?by-marker=1").await;
    let row = &bin.json["contents"][0];
    assert_eq!((&row["recycledItemId"], &row["name"]), (&json!(item), &json!("a.txt")));
    assert_eq!((&row["originalPath"], &row["size"]), (&json!(["a.txt"]), &json!("8")));
    assert_eq!(row["remainingTime"], json!(29));
    assert_eq!(row["spaceId"], json!(desk.space));

    let back = restore(&world, &desk, item, "").await;
    assert_eq!((back.status, &back.json["path"]), (200, &json!(["a.txt"])));
    let info = world.at(&desk, "GET", "file", "a.txt?info&with_inode=1").await;
    assert_eq!(info.json["inode"], done.json["inode"]);
    assert_eq!(world.download(&desk, "a.txt").await, b"precious");
    restore(&world, &desk, item, "").await.is(404, "RecycledItemNotFound");
    assert!(world.at(&desk, "GET", "recycled", "").await.names().is_empty());
}

#[tokio::test]
async fn a_directory_takes_its_whole_tree_along() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.at(&desk, "PUT", "directory", "trip/day1").await;
    world.upload(&desk, "trip/a.txt", "", b"12345").await;
    world.upload(&desk, "trip/day1/b.txt", "", b"678").await;
    let path = "trip?directory_only=1";
    world.at(&desk, "DELETE", "directory", path).await.is(409, "DirectoryNotEmpty");
    let item = binned(&world, &desk, "directory", "trip").await;
    let bin = world.at(&desk, "GET", "recycled", "?by-page=1").await;
    assert_eq!((bin.names(), &bin.json["totalNum"]), (vec!["trip".to_owned()], &json!(1)));
    assert_eq!(
        (&bin.json["contents"][0]["type"], &bin.json["contents"][0]["size"]),
        (&json!("dir"), &json!("8"))
    );
    world.at(&desk, "GET", "file", "trip/day1/b.txt").await.is(404, "FileNotFound");
    // The name is free meanwhile.
    world.at(&desk, "PUT", "directory", "trip").await;
    restore(&world, &desk, item, "").await.is(409, "SameNameDirectoryOrFileExists");
    let over = restore(&world, &desk, item, "conflict_resolution_strategy=overwrite").await;
    over.is(400, "InvalidConflictResolutionStrategy");
    let back = restore(&world, &desk, item, "conflict_resolution_strategy=rename").await;
    assert_eq!(back.json["path"], json!(["trip (1)"]));
    assert_eq!(world.download(&desk, "trip (1)/day1/b.txt").await, b"678");
}

#[tokio::test]
async fn a_lost_parent_refuses_or_falls_back_to_the_root() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.at(&desk, "PUT", "directory", "d").await;
    world.upload(&desk, "d/a.txt", "", b"x").await;
    let file = binned(&world, &desk, "file", "d/a.txt").await;
    let directory = binned(&world, &desk, "directory", "d").await;
    restore(&world, &desk, file, "").await.is(404, "DirectoryNotFound");
    let path = "restore_path_strategy=elsewhere";
    restore(&world, &desk, file, path).await.is(400, "ParamInvalid");
    let back = restore(&world, &desk, file, "restore_path_strategy=fallbackToRoot").await;
    assert_eq!(back.json["path"], json!(["a.txt"]));
    assert_eq!(restore(&world, &desk, directory, "").await.status, 200);

    // In albums the root takes no file, whatever the fallback.
    let desk = world.album_desk().await;
    world.at(&desk, "PUT", "directory", "trip").await;
    world.upload(&desk, "trip/a.jpg", "", b"x").await;
    let file = binned(&world, &desk, "file", "trip/a.jpg").await;
    binned(&world, &desk, "directory", "trip").await;
    let reply = restore(&world, &desk, file, "restore_path_strategy=fallbackToRoot").await;
    reply.is(400, "UploadToRootDirectoryNotAllowed");
}

#[tokio::test]
async fn a_restore_that_overwrites_destroys_nothing() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.upload(&desk, "a.txt", "", b"old").await;
    let item = binned(&world, &desk, "file", "a.txt").await;
    world.upload(&desk, "a.txt", "", b"new").await;
    restore(&world, &desk, item, "").await.is(409, "SameNameDirectoryOrFileExists");
    let over = restore(&world, &desk, item, "conflict_resolution_strategy=overwrite").await;
    assert_eq!(over.status, 200, "{over:?}");
    assert_eq!(world.download(&desk, "a.txt").await, b"old");
    assert_eq!(world.at(&desk, "GET", "recycled", "").await.names(), ["a.txt"]);
}

#[tokio::test]
async fn grants_and_the_library_decide_what_is_final() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    for name in ["a.txt", "b.txt"] {
        world.upload(&desk, name, "", b"x").await;
    }
    world.at(&desk, "PUT", "directory", "d").await;
    let deleter = desk.with(&world, "grant=delete_file").await;
    let final_one = "a.txt?permanent=1";
    world.at(&deleter, "DELETE", "file", final_one).await.is(403, "NoPermission");
    world.at(&deleter, "DELETE", "directory", "d").await.is(403, "NoPermission");
    assert_eq!(world.at(&deleter, "DELETE", "file", "b.txt?permanent=0").await.status, 200);
    let eraser = desk.with(&world, "grant=delete_file_permanent").await;
    world.at(&eraser, "DELETE", "file", "a.txt").await.is(403, "NoPermission");
    assert_eq!(world.at(&eraser, "DELETE", "file", final_one).await.status, 204);
    world.at(&desk, "DELETE", "directory", "").await.is(400, "RootDirectoryNotAllowed");
    let item =
        world.at(&desk, "GET", "recycled", "").await.json["contents"][0]["recycledItemId"].clone();
    restore(&world, &deleter, item.as_u64().unwrap(), "").await.is(403, "NoPermission");

    let bare =
        world.desk(json!({"isFileLibrary": true, "useRecycleBin": false}), Value::Null).await;
    world.upload(&bare, "a.txt", "", b"x").await;
    let deleter = bare.with(&world, "grant=delete_file").await;
    assert_eq!(world.at(&deleter, "DELETE", "file", "a.txt").await.status, 204);
    world.at(&bare, "GET", "recycled", "").await.is(400, "RecycleBinNotEnabled");
}

#[tokio::test]
async fn purged_content_leaves_the_store_and_nothing_else_does() {
    let world = World::start().await;
    let settings = json!({"isFileLibrary": true, "autoRemoveRecycledDays": 2});
    let desk = world.desk(settings, json!({})).await;
    for name in ["kept.txt", "binned.txt", "gone.txt"] {
        world.upload(&desk, name, "", name.as_bytes()).await;
    }
    let url = async |path: &str| {
        world.at(&desk, "GET", "file", &format!("{path}?info")).await.text("cosUrl")
    };
    let (kept, binned_url, gone) =
        (url("kept.txt").await, url("binned.txt").await, url("gone.txt").await);
    binned(&world, &desk, "file", "binned.txt").await;
    world.at(&desk, "DELETE", "file", "gone.txt?permanent=1").await;
    let is_there = async |url: &str| reqwest::get(url).await.unwrap().status().is_success();
    world.service.sweep().await.unwrap();
    // For a day a mistake can still be mended, by going back to a copy of the database.
    assert!(is_there(&kept).await && is_there(&binned_url).await && is_there(&gone).await);
    world.clock.advance_seconds(86_400 - 1);
    world.service.sweep().await.unwrap();
    assert!(is_there(&gone).await);
    world.clock.advance_seconds(1);
    world.service.sweep().await.unwrap();
    assert!(is_there(&kept).await && is_there(&binned_url).await && !is_there(&gone).await);
    world.clock.advance_seconds(2 * 86_400 + 1);
    world.service.sweep().await.unwrap();
    let desk = desk.with(&world, "grant=space_admin").await;
    assert!(world.at(&desk, "GET", "recycled", "").await.names().is_empty());
    assert_eq!(world.download(&desk, "kept.txt").await, b"kept.txt");
}
