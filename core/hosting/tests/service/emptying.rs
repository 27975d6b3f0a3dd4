//! Large bins and spaces: gone for people at once, freed bit by bit, also over a restart.

use albumen_db::testing;
use serde_json::{Value, json};

use crate::world::{Desk, World};

/// Adds directories and files below the root of a desk's space by hand: so many would take long
/// over the wire.
async fn fill(world: &World, desk: &Desk, directories: i64, files: i64) {
    let root = format!("(SELECT root FROM spaces WHERE id = '{}')", desk.space);
    let space = format!("(SELECT key FROM spaces WHERE id = '{}')", desk.space);
    let columns = "(space, parent, name, leaf, kind, created_ms, modified_ms, uploaded_ms, size,
        user_id)";
    let counted = |count: i64| {
        format!(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})"
        )
    };
    let sql = format!(
        "INSERT INTO nodes {columns} SELECT {space}, {root}, 'big', 0, 'dir', 1, 1, 1, NULL, 'ann';
         INSERT INTO nodes {columns} {} SELECT {space}, d.id, 'd' || n.i, 0, 'dir', 1, 1, 1, NULL,
             'ann' FROM n JOIN nodes d ON d.name = 'big';
         INSERT INTO nodes {columns} {} SELECT {space}, d.id, 'f' || n.i, 1, 'virtual', 1, 1, 1, 1,
             'ann' FROM n JOIN nodes d ON d.name LIKE 'd%' AND d.leaf = 0 AND d.name <> '';
         UPDATE usages SET files = files + {}, dirs = dirs + {}, bytes = bytes + {}
             WHERE space = {space};",
        counted(directories),
        counted(files),
        directories * files,
        directories + 1,
        directories * files,
    );
    testing::run(&world.database, &sql).await.expect("rows are added");
}

async fn rows(world: &World, sql: &str) -> i64 {
    testing::number(&world.database, sql).await
}

async fn counts(world: &World, desk: &Desk) -> Value {
    world.at(desk, "GET", "space", "file-count").await.json
}

#[tokio::test]
async fn a_large_bin_is_empty_at_once_and_freed_over_a_restart() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    fill(&world, &desk, 6, 1000).await;
    world.upload(&desk, "kept.txt", "", b"kept").await;
    let item = world.at(&desk, "DELETE", "directory", "big").await;
    assert_eq!(item.status, 200, "{item:?}");
    assert_eq!(counts(&world, &desk).await["recycledFileNum"], json!("6000"));
    assert_eq!(world.at(&desk, "DELETE", "recycled", "").await.status, 204);
    assert!(world.at(&desk, "GET", "recycled", "").await.names().is_empty());
    let rest = format!("{}?restore=1", item.json["recycledItemId"]);
    world.at(&desk, "POST", "recycled", &rest).await.is(404, "RecycledItemNotFound");
    // Stopped somewhere in the middle; what is left is a tree with counters that are true.
    let world = world.restart().await;
    world.service.sweep().await.unwrap();
    assert_eq!(rows(&world, "SELECT count(*) FROM nodes").await, 2, "the root and the kept file");
    assert_eq!(rows(&world, "SELECT count(*) FROM recycled").await, 0);
    let wanted = json!({"fileNum": "1", "dirNum": "0", "recycledFileNum": "0",
        "recycledDirNum": "0", "historyFileNum": "0"});
    assert_eq!(counts(&world, &desk).await, wanted);
    assert_eq!(world.download(&desk, "kept.txt").await, b"kept");
    // What comes into the bin later is none of its business.
    world.at(&desk, "DELETE", "file", "kept.txt").await;
    world.service.sweep().await.unwrap();
    assert_eq!(world.at(&desk, "GET", "recycled", "").await.names(), ["kept.txt"]);
}

#[tokio::test]
async fn the_background_frees_without_being_told_twice() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    fill(&world, &desk, 3, 700).await;
    let reply = world.at(&desk, "DELETE", "directory", "big?permanent=1").await;
    assert_eq!(reply.status, 204, "{reply:?}");
    let big = rows(&world, "SELECT count(*) FROM nodes").await;
    assert!(big > 1, "one request frees some hundreds of nodes only: {big}");
    world.at(&desk, "GET", "directory", "big").await.is(404, "DirectoryNotFound");
    // The next request that rings the broom is enough.
    world.at(&desk, "DELETE", "recycled", "").await;
    for _ in 0..200 {
        if rows(&world, "SELECT count(*) FROM nodes").await == 1 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("not freed in ten seconds");
}

#[tokio::test]
async fn a_large_space_is_gone_at_once_and_its_name_is_free() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    fill(&world, &desk, 4, 500).await;
    let admin = world.token(&desk.library, "grant=admin").await;
    let lib = (&desk.library, admin.as_str());
    let rest = format!("/{}?force=1", desk.space);
    let gone = world.in_library(lib, "DELETE", "space", &rest, Value::Null).await;
    assert_eq!(gone.status, 204, "{gone:?}");
    let usage = world.in_library(lib, "GET", "usage", "", Value::Null).await;
    assert_eq!(usage.text("totalFileSize"), "0");
    let rest = format!("?space_id={}", desk.space);
    let again = world.in_library(lib, "POST", "space", &rest, json!({})).await;
    assert_eq!(again.status, 201, "{again:?}");
    let listed = world.in_library(lib, "GET", "space", "/list", Value::Null).await;
    assert_eq!(listed.json["list"].as_array().unwrap().len(), 1);
    world.service.sweep().await.unwrap();
    assert_eq!(rows(&world, "SELECT count(*) FROM nodes").await, 1, "the new root");
    assert_eq!(rows(&world, "SELECT count(*) FROM spaces").await, 1);
}

#[tokio::test]
async fn an_upload_into_what_was_purged_finds_no_directory() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    fill(&world, &desk, 3, 700).await;
    let begun = world.at(&desk, "PUT", "file", "big/late.txt").await;
    world.put(&begun, b"late").await;
    world.at(&desk, "DELETE", "directory", "big?permanent=1").await;
    world.confirm(&desk, &begun, "", b"late").await.is(404, "DirectoryNotFound");
}

#[tokio::test]
async fn cancelled_uploads_go_at_once_and_files_after_a_day() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.upload(&desk, "a.txt", "", b"x").await;
    world.at(&desk, "DELETE", "file", "a.txt?permanent=1").await;
    let begun = world.at(&desk, "PUT", "file", "b.txt").await;
    world.put(&begun, b"y").await;
    let rest = format!("{}?upload=1", begun.text("confirmKey"));
    assert_eq!(world.at(&desk, "DELETE", "file", &rest).await.status, 204);
    world.service.sweep().await.unwrap();
    let waiting = "SELECT count(*) FROM orphan_objects";
    assert_eq!(rows(&world, waiting).await, 1);
    world.clock.advance_seconds(86_399);
    world.service.sweep().await.unwrap();
    assert_eq!(rows(&world, waiting).await, 1, "never earlier");
    world.clock.advance_seconds(1);
    world.service.sweep().await.unwrap();
    assert_eq!(rows(&world, waiting).await, 0);
}
