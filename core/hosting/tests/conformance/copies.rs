//! Rows 19, 34 and 116: copying (SMH sections 6.8 and 9.2).

use serde_json::{Value, json};

use crate::world::{Desk, Reply, World};

rows! {
    r019_copy_directory {
        a_whole_subtree, the_strategies_of_directories, below_itself_or_nothing,
        a_large_one_is_a_task, no_album_in_an_album, rights_to_copy_a_directory
    }
    r034_copy_file {
        content_is_shared_and_counted, the_strategies_of_files, stamps_guard_both_sides,
        kinds_stay_as_they_are, no_directory_is_made_and_none_is_copied, rights_to_copy_a_file
    }
    r116_cross_space_copy {
        from_another_space, a_space_that_the_token_does_not_name, kinds_that_the_target_refuses
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

async fn copied(world: &World, desk: &Desk, noun: &str, from: &str, to: &str) -> Reply {
    world.at_with(desk, "PUT", noun, to, json!({ "copyFrom": from })).await
}

async fn storage(world: &World, desk: &Desk) -> Value {
    world.at(desk, "GET", "directory", "?stats=1").await.json["storage"].clone()
}

async fn a_whole_subtree() {
    let (world, desk) = desk().await;
    world.directories(&desk, &["a/b", "a/c"]).await;
    world.upload(&desk, "a/f.txt", "", b"123").await;
    world.upload(&desk, "a/b/g.txt", "", b"4567").await;
    let noted = json!({"labels": ["kept"]});
    world.at_with(&desk, "POST", "directory", "a/b/g.txt?update=1", noted).await;
    let reply = copied(&world, &desk, "directory", "a", "x/y").await;
    assert_eq!(reply.status, 204, "{reply:?}");
    assert_eq!(world.at(&desk, "GET", "directory", "x/y").await.names(), ["b", "c", "f.txt"]);
    let path = "x/y/b/g.txt?info=1&with_inode=1";
    let copy = world.at(&desk, "GET", "directory", path).await;
    assert_eq!(copy.json["labels"], json!(["kept"]));
    let source = world.at(&desk, "GET", "directory", "a/b/g.txt?info=1&with_inode=1").await;
    assert_ne!(copy.json["inode"], source.json["inode"]);
    assert_eq!(storage(&world, &desk).await, json!(14));
    // The copy has a life of its own.
    world.at(&desk, "DELETE", "directory", "a?permanent=1").await;
    world.service.sweep().await.expect("a sweep");
    assert_eq!(world.download(&desk, "x/y/b/g.txt").await, b"4567");
}

async fn the_strategies_of_directories() {
    let (world, desk) = desk().await;
    world.directories(&desk, &["a", "b"]).await;
    copied(&world, &desk, "directory", "a", "b").await.is(409, TAKEN);
    let over = copied(&world, &desk, "directory", "a", &format!("b?{OVERWRITE}")).await;
    over.is(400, "InvalidConflictResolutionStrategy");
    let reply = copied(&world, &desk, "directory", "a", &format!("b?{RENAME}")).await;
    assert_eq!((reply.status, &reply.json), (200, &json!({"path": ["b (1)"]})));
    let reply = copied(&world, &desk, "directory", "a", &format!("a?{RENAME}")).await;
    assert_eq!(reply.json["path"], json!(["a (1)"]));
}

async fn below_itself_or_nothing() {
    let (world, desk) = desk().await;
    world.directories(&desk, &["a"]).await;
    world.upload(&desk, "f.txt", "", b"x").await;
    for (from, to, status, code) in [
        ("a", "a/b", 400, "SourceDirectoryIsParentOfDestination"),
        ("x", "b", 404, "SourceDirectoryNotFound"),
        ("f.txt", "b", 400, "InvalidSourceDirectory"),
        ("", "b", 400, "RootDirectoryNotAllowed"),
        ("a", "", 400, "RootDirectoryNotAllowed"),
        ("a", "f.txt/b", 409, TAKEN),
    ] {
        copied(&world, &desk, "directory", from, to).await.is(status, code);
    }
}

/// More than a thousand nodes below `many`.
async fn many(world: &World, desk: &Desk) {
    world.directories(desk, &["few"]).await;
    for n in 0..10 {
        world.at(desk, "PUT", "file", &format!("few/{n}.txt?virtual_file=1")).await;
    }
    for (from, to, times) in [("few", "more", 10), ("more", "many", 10)] {
        for n in 0..times {
            let reply = copied(world, desk, "directory", from, &format!("{to}/{n}")).await;
            assert_eq!(reply.status, 204, "{reply:?}");
        }
    }
}

async fn a_large_one_is_a_task() {
    let (world, desk) = desk().await;
    many(&world, &desk).await;
    let reply = copied(&world, &desk, "directory", "many", &format!("copy?{RENAME}")).await;
    let end = world.task_end(&desk, &reply).await;
    assert_eq!((&end["status"], &end["result"]), (&json!(200), &json!({"path": ["copy"]})));
    assert_eq!(end["id"], end["taskId"]);
    let count = async |path: &str| {
        let stats = world.at(&desk, "GET", "directory", &format!("{path}?stats=1")).await;
        (stats.json["fileCount"].clone(), stats.json["dirCount"].clone())
    };
    assert_eq!(count("copy").await, count("many").await);
    assert_eq!(count("copy").await, (json!(1000), json!(110)));
    // What can be refused at once is.
    copied(&world, &desk, "directory", "many", "copy").await.is(409, TAKEN);
}

async fn no_album_in_an_album() {
    let world = World::start().await;
    let desk = world.album_desk().await;
    world.directories(&desk, &["a", "b"]).await;
    world.upload(&desk, "a/p.jpg", "", b"x").await;
    copied(&world, &desk, "directory", "a", "b/a").await.is(400, "DirectoryLevelExceed");
    assert_eq!(copied(&world, &desk, "directory", "a", "c").await.status, 204);
    assert_eq!(world.download(&desk, "c/p.jpg").await, b"x");
}

async fn rights_to_copy_a_directory() {
    let (world, desk) = desk().await;
    world.directories(&desk, &["a"]).await;
    let other = desk.with(&world, "grant=copy_file,create_directory").await;
    copied(&world, &other, "directory", "a", "b").await.is(403, "NoPermission");
    let copier = desk.with(&world, "grant=copy_directory").await;
    assert_eq!(copied(&world, &copier, "directory", "a", "b").await.status, 204);
}

async fn content_is_shared_and_counted() {
    let (world, desk) = desk().await;
    world.directories(&desk, &["d"]).await;
    let done = world.upload(&desk, "a.txt", "with_content_cas=1", b"12345").await;
    let reply = copied(&world, &desk, "file", "/a.txt", "d/b.txt?with_content_cas=1").await;
    assert_eq!((reply.status, &reply.json["path"]), (200, &json!(["d", "b.txt"])));
    assert_eq!(reply.text("contentCas"), done.text("contentCas"));
    assert_eq!(storage(&world, &desk).await, json!(10));
    assert_eq!(world.service.bytes_stored(), 0);
    world.at(&desk, "DELETE", "file", "a.txt?permanent=1").await;
    world.service.sweep().await.expect("a sweep");
    assert_eq!(world.download(&desk, "d/b.txt").await, b"12345");
}

async fn the_strategies_of_files() {
    let (world, desk) = desk().await;
    for (name, content) in [("a.txt", "a"), ("b.txt", "b")] {
        world.upload(&desk, name, "", content.as_bytes()).await;
    }
    let ask = "b.txt?conflict_resolution_strategy=ask";
    copied(&world, &desk, "file", "a.txt", ask).await.is(409, TAKEN);
    let reply = copied(&world, &desk, "file", "a.txt", "b.txt").await;
    assert_eq!((reply.status, &reply.json["path"]), (200, &json!(["b (1).txt"])));
    let inode = async || {
        let info = world.at(&desk, "GET", "directory", "b.txt?info=1&with_inode=1").await;
        (info.text("inode"), info.json["versionId"].clone())
    };
    let (before, _) = inode().await;
    let reply = copied(&world, &desk, "file", "a.txt", &format!("b.txt?{OVERWRITE}")).await;
    assert_eq!((reply.status, &reply.json["path"]), (200, &json!(["b.txt"])));
    assert_eq!(inode().await, (before, json!(2)));
    assert_eq!(world.download(&desk, "b.txt").await, b"a");
    // A copy onto itself changes nothing.
    let reply = copied(&world, &desk, "file", "a.txt", &format!("a.txt?{OVERWRITE}")).await;
    assert_eq!(reply.json["path"], json!(["a.txt"]));
    world.directories(&desk, &["d"]).await;
    copied(&world, &desk, "file", "a.txt", &format!("d?{OVERWRITE}")).await.is(409, TAKEN);
}

async fn stamps_guard_both_sides() {
    let (world, desk) = desk().await;
    let mut stamps = Vec::new();
    for name in ["a.txt", "b.txt"] {
        let done = world.upload(&desk, name, "with_content_cas=1", name.as_bytes()).await;
        stamps.push(done.text("contentCas"));
    }
    let go = async |source: &str, target: &str| {
        let path = format!("b.txt?{OVERWRITE}&content_cas={target}");
        let body = json!({"copyFrom": "a.txt", "contentCas": source});
        world.at_with(&desk, "PUT", "file", &path, body).await
    };
    go("x", "").await.is(409, "ContentCasConflict");
    go("", "x").await.is(409, "ContentCasConflict");
    assert_eq!(go(&stamps[0], &stamps[1]).await.status, 200);
}

async fn kinds_stay_as_they_are() {
    let world = World::start().await;
    let desk = world.album_desk().await;
    world.directories(&desk, &["a"]).await;
    world.upload(&desk, "a/p.jpg", "", b"x").await;
    for (to, code) in [
        ("a/p.mov", "FileTypeNotMatched"),
        ("a/p.pdf", "ExtnameNotAllowed"),
        ("p.jpg", "UploadToRootDirectoryNotAllowed"),
    ] {
        copied(&world, &desk, "file", "a/p.jpg", to).await.is(400, code);
    }
}

async fn no_directory_is_made_and_none_is_copied() {
    let (world, desk) = desk().await;
    world.directories(&desk, &["d"]).await;
    world.upload(&desk, "a.txt", "", b"x").await;
    for (from, to, status, code) in [
        ("a.txt", "e/a.txt", 404, "DirectoryNotFound"),
        ("d", "e", 400, "InvalidSourceFile"),
        ("x.txt", "e", 404, "SourceFileNotFound"),
    ] {
        copied(&world, &desk, "file", from, to).await.is(status, code);
    }
}

async fn rights_to_copy_a_file() {
    let (world, desk) = desk().await;
    for name in ["a.txt", "b.txt"] {
        world.upload(&desk, name, "", b"x").await;
    }
    let copier = desk.with(&world, "grant=copy_file").await;
    let over = format!("b.txt?{OVERWRITE}");
    copied(&world, &copier, "file", "a.txt", &over).await.is(403, "NoPermission");
    assert_eq!(copied(&world, &copier, "file", "a.txt", "b.txt").await.status, 200);
    let uploader = desk.with(&world, "grant=upload_file_force").await;
    copied(&world, &uploader, "file", "a.txt", "c.txt").await.is(403, "NoPermission");
}

async fn across(world: &World, to: &Desk, path: &str, from: &Desk, source: &str) -> Reply {
    let Desk { library, space, token } = to;
    let join = if path.contains('?') { '&' } else { '?' };
    let id = &library.id;
    let path =
        format!("/api/v1/cross-space/directory/{id}/{space}/copy/{path}{join}access_token={token}");
    let body = json!({"copyFrom": source, "copyFromSpaceId": from.space});
    world.call_with("PUT", &path, body).await
}

async fn from_another_space() {
    let world = World::start().await;
    let [one, two] = world.two_desks(json!({"isFileLibrary": true}), [json!({}), json!({})]).await;
    world.directories(&one, &["a/b"]).await;
    world.upload(&one, "a/b/f.txt", "", b"12345").await;
    let reply = across(&world, &two, "x%2Fy", &one, "a").await;
    assert_eq!(reply.status, 204, "{reply:?}");
    assert_eq!(world.download(&two, "x/y/b/f.txt").await, b"12345");
    assert_eq!((storage(&world, &one).await, storage(&world, &two).await), (json!(5), json!(5)));
    across(&world, &two, "x/y", &one, "a").await.is(409, TAKEN);
    let reply = across(&world, &two, &format!("x/y?{RENAME}"), &one, "a").await;
    assert_eq!((reply.status, &reply.json), (200, &json!({"path": ["x", "y (1)"]})));
    across(&world, &two, "z", &one, "nothing").await.is(404, "SourceDirectoryNotFound");
}

async fn a_space_that_the_token_does_not_name() {
    let world = World::start().await;
    let [one, two] = world.two_desks(json!({"isFileLibrary": true}), [json!({}), json!({})]).await;
    world.directories(&one, &["a"]).await;
    let narrow = two.with(&world, "grant=space_admin").await;
    across(&world, &narrow, "b", &one, "a").await.is(403, "AccessTokenNotMatchSpace");
    let stranger = world.file_desk().await;
    across(&world, &stranger, "b", &one, "a").await.is(403, "AccessTokenNotMatchSpace");
    let nowhere = Desk { space: "nowhere".to_owned(), ..one.clone() };
    across(&world, &two, "b", &nowhere, "a").await.is(403, "AccessTokenNotMatchSpace");
}

async fn kinds_that_the_target_refuses() {
    let world = World::start().await;
    let both = json!({"isMultiAlbum": true, "allowPhoto": true, "allowVideo": true});
    let films = json!({"isMultiAlbum": true, "allowVideo": true});
    let [one, two] = world.two_desks(json!({}), [both, films]).await;
    world.directories(&one, &["a"]).await;
    world.upload(&one, "a/f.mov", "", b"x").await;
    assert_eq!(across(&world, &two, "a", &one, "a").await.status, 204);
    world.upload(&one, "a/p.jpg", "", b"x").await;
    across(&world, &two, "b", &one, "a").await.is(400, "ExtnameNotAllowed");
}
