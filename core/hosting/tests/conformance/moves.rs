//! Rows 26 and 46: moving and renaming (SMH sections 6.7 and 9.3).

use serde_json::json;

use crate::world::{Desk, Reply, World};

rows! {
    r026_move_directory {
        parents_are_made_and_inodes_stay, the_strategies_of_directories, below_itself,
        what_is_no_directory, albums_keep_their_level, rights_to_move_a_directory
    }
    r046_move_file {
        renamed_with_its_inode, the_strategies_of_files, stamps_guard_both_sides,
        kinds_stay_as_they_are, no_directory_is_made, what_is_no_file, rights_to_move_a_file,
        a_history_without_a_bin_is_not_thrown_away
    }
}

const TAKEN: &str = "SameNameDirectoryOrFileExists";
const RENAME: &str = "conflict_resolution_strategy=rename";
const OVERWRITE: &str = "conflict_resolution_strategy=overwrite";

async fn desk() -> (World, Desk) {
    let world = World::start().await;
    let desk = world.file_desk().await;
    (world, desk)
}

async fn moved(world: &World, desk: &Desk, noun: &str, from: &str, to: &str) -> Reply {
    world.at_with(desk, "PUT", noun, to, json!({ "from": from })).await
}

async fn inode(world: &World, desk: &Desk, path: &str) -> String {
    world.at(desk, "GET", "directory", &format!("{path}?info=1&with_inode=1")).await.text("inode")
}

async fn parents_are_made_and_inodes_stay() {
    let (world, desk) = desk().await;
    world.directories(&desk, &["a/b"]).await;
    world.upload(&desk, "a/b/f.txt", "", b"x").await;
    let before = inode(&world, &desk, "a/b/f.txt").await;
    let reply = moved(&world, &desk, "directory", "/a/b/", "x/y/z").await;
    assert_eq!(reply.status, 204, "{reply:?}");
    assert_eq!(inode(&world, &desk, "x/y/z/f.txt").await, before);
    assert_eq!(world.at(&desk, "HEAD", "directory", "a/b").await.status, 404);
    // Said again it is done already.
    assert_eq!(moved(&world, &desk, "directory", "x/y/z", "x/y/z").await.status, 204);
}

async fn the_strategies_of_directories() {
    let (world, desk) = desk().await;
    world.directories(&desk, &["a", "b"]).await;
    moved(&world, &desk, "directory", "a", "b").await.is(409, TAKEN);
    let over = moved(&world, &desk, "directory", "a", &format!("b?{OVERWRITE}")).await;
    over.is(400, "InvalidConflictResolutionStrategy");
    let reply = moved(&world, &desk, "directory", "a", &format!("b?{RENAME}")).await;
    assert_eq!((reply.status, &reply.json), (200, &json!({"path": ["b (1)"]})));
}

async fn below_itself() {
    let (world, desk) = desk().await;
    world.directories(&desk, &["a/b"]).await;
    let code = "SourceDirectoryIsParentOfDestination";
    moved(&world, &desk, "directory", "a", "a/b/c").await.is(400, code);
    moved(&world, &desk, "directory", "a", &format!("a/x?{RENAME}")).await.is(400, code);
    assert_eq!(moved(&world, &desk, "directory", "a", "ab").await.status, 204);
}

async fn what_is_no_directory() {
    let (world, desk) = desk().await;
    world.directories(&desk, &["a"]).await;
    world.upload(&desk, "f.txt", "", b"x").await;
    for (from, to, status, code) in [
        ("x", "b", 404, "SourceDirectoryNotFound"),
        ("f.txt", "b", 400, "InvalidSourceDirectory"),
        ("a:b", "b", 400, "InvalidSourceDirectory"),
        ("../a", "b", 400, "InvalidSourceDirectory"),
        ("/", "b", 400, "RootDirectoryNotAllowed"),
        ("a", "", 400, "RootDirectoryNotAllowed"),
        ("a", "f.txt/b", 409, TAKEN),
    ] {
        moved(&world, &desk, "directory", from, to).await.is(status, code);
    }
    let deep = vec!["d"; 64].join("/");
    world.directories(&desk, &["a/b"]).await;
    moved(&world, &desk, "directory", "a", &deep).await.is(400, "DirectoryLevelExceed");
}

async fn albums_keep_their_level() {
    let world = World::start().await;
    let desk = world.album_desk().await;
    world.directories(&desk, &["a", "b"]).await;
    moved(&world, &desk, "directory", "a", "b/a").await.is(400, "DirectoryLevelExceed");
    assert_eq!(moved(&world, &desk, "directory", "a", "c").await.status, 204);
}

async fn rights_to_move_a_directory() {
    let (world, desk) = desk().await;
    world.directories(&desk, &["a"]).await;
    let other = desk.with(&world, "grant=move_file,copy_directory").await;
    moved(&world, &other, "directory", "a", "b").await.is(403, "NoPermission");
    let mover = desk.with(&world, "grant=move_directory").await;
    assert_eq!(moved(&world, &mover, "directory", "a", "b").await.status, 204);
}

async fn renamed_with_its_inode() {
    let (world, desk) = desk().await;
    world.directories(&desk, &["d"]).await;
    world.upload(&desk, "a.txt", "", b"precious").await;
    let before = inode(&world, &desk, "a.txt").await;
    let reply = moved(&world, &desk, "file", "a.txt", "d/b.txt?with_content_cas=1").await;
    assert_eq!((reply.status, &reply.json["path"]), (200, &json!(["d", "b.txt"])));
    assert!(!reply.text("contentCas").is_empty());
    assert_eq!(inode(&world, &desk, "d/b.txt").await, before);
    assert_eq!(world.download(&desk, "d/b.txt").await, b"precious");
}

async fn the_strategies_of_files() {
    let (world, desk) = desk().await;
    for (name, content) in [("a.txt", "a"), ("b.txt", "b")] {
        world.upload(&desk, name, "", content.as_bytes()).await;
    }
    let asked = moved(&world, &desk, "file", "a.txt", "b.txt?conflict_resolution_strategy=ask");
    asked.await.is(409, TAKEN);
    let reply = moved(&world, &desk, "file", "a.txt", "b.txt").await;
    assert_eq!(reply.json["path"], json!(["b (1).txt"]));
    let reply = moved(&world, &desk, "file", "b (1).txt", "b.txt?force=1").await;
    assert_eq!((reply.status, &reply.json["path"]), (200, &json!(["b.txt"])));
    assert_eq!(world.download(&desk, "b.txt").await, b"a");
    // What was replaced is in the bin, not lost.
    let bin = world.at(&desk, "GET", "recycled", "").await;
    assert_eq!(bin.names(), ["b.txt"]);
    world.directories(&desk, &["d"]).await;
    moved(&world, &desk, "file", "b.txt", &format!("d?{OVERWRITE}")).await.is(409, TAKEN);
}

async fn stamps_guard_both_sides() {
    let (world, desk) = desk().await;
    let mut stamps = Vec::new();
    for name in ["a.txt", "b.txt"] {
        let done = world.upload(&desk, name, "with_content_cas=1", name.as_bytes()).await;
        stamps.push(done.text("contentCas"));
    }
    let conflict = "ContentCasConflict";
    let go = async |source: &str, target: &str| {
        let path = format!("b.txt?{OVERWRITE}&content_cas={target}");
        let body = json!({"from": "a.txt", "contentCas": source});
        world.at_with(&desk, "PUT", "file", &path, body).await
    };
    go("x", "").await.is(409, conflict);
    go("", "x").await.is(409, conflict);
    go(&stamps[0], &stamps[0]).await.is(409, conflict);
    assert_eq!(go(&stamps[0], &stamps[1]).await.status, 200);
    let nothing = format!("c.txt?{OVERWRITE}&content_cas={}", stamps[0]);
    moved(&world, &desk, "file", "b.txt", &nothing).await.is(409, conflict);
}

async fn kinds_stay_as_they_are() {
    let world = World::start().await;
    let desk = world.album_desk().await;
    world.directories(&desk, &["a"]).await;
    world.upload(&desk, "a/p.jpg", "", b"x").await;
    for (to, code) in [
        ("a/p.mp4", "FileTypeNotMatched"),
        ("a/p.txt", "ExtnameNotAllowed"),
        ("p.jpg", "UploadToRootDirectoryNotAllowed"),
    ] {
        moved(&world, &desk, "file", "a/p.jpg", to).await.is(400, code);
    }
    assert_eq!(moved(&world, &desk, "file", "a/p.jpg", "a/q.png").await.status, 200);
    let info = world.at(&desk, "GET", "file", "a/q.png?info=1").await;
    assert_eq!(info.text("type"), "image");
}

async fn no_directory_is_made() {
    let (world, desk) = desk().await;
    world.upload(&desk, "a.txt", "", b"x").await;
    moved(&world, &desk, "file", "a.txt", "d/a.txt").await.is(404, "DirectoryNotFound");
}

async fn what_is_no_file() {
    let (world, desk) = desk().await;
    world.directories(&desk, &["d"]).await;
    for (from, to, status, code) in [
        ("x.txt", "b.txt", 404, "SourceFileNotFound"),
        ("d", "b.txt", 400, "InvalidSourceFile"),
        ("", "b.txt", 400, "InvalidSourceFile"),
        ("a?.txt", "b.txt", 400, "InvalidSourceFile"),
        ("x.txt", "", 400, "EmptyFileName"),
    ] {
        moved(&world, &desk, "file", from, to).await.is(status, code);
    }
}

async fn rights_to_move_a_file() {
    let (world, desk) = desk().await;
    for name in ["a.txt", "b.txt"] {
        world.upload(&desk, name, "", b"x").await;
    }
    let mover = desk.with(&world, "grant=move_file").await;
    let over = format!("b.txt?{OVERWRITE}");
    moved(&world, &mover, "file", "a.txt", &over).await.is(403, "NoPermission");
    assert_eq!(moved(&world, &mover, "file", "a.txt", "c.txt").await.status, 200);
    let forceful = desk.with(&world, "grant=move_file_force").await;
    assert_eq!(moved(&world, &forceful, "file", "c.txt", &over).await.status, 200);
    let reader = desk.with(&world, "grant=copy_file").await;
    moved(&world, &reader, "file", "b.txt", "d.txt").await.is(403, "NoPermission");
}

async fn a_history_without_a_bin_is_not_thrown_away() {
    let world = World::start().await;
    for (history, status) in [(true, 400), (false, 200)] {
        let settings = json!({
            "isFileLibrary": true, "useRecycleBin": false, "enableFileHistory": history,
        });
        let desk = world.desk(settings, json!({})).await;
        for name in ["a.txt", "b.txt"] {
            world.upload(&desk, name, "", name.as_bytes()).await;
        }
        let reply = moved(&world, &desk, "file", "a.txt", &format!("b.txt?{OVERWRITE}")).await;
        assert_eq!(reply.status, status, "{reply:?}");
        assert!(!history || reply.code() == "OverwriteFileNotAllowed");
    }
}
