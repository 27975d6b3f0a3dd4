//! What may be where in media libraries (SMH section 2.2), over the wire.

use serde_json::json;

use crate::world::{Desk, World};

#[tokio::test]
async fn albums_are_one_level_and_hold_all_media() {
    let world = World::start().await;
    let desk = world.album_desk().await;
    for (method, noun, place, status, code) in [
        ("PUT", "directory", "", 400, "RootDirectoryNotAllowed"),
        ("PUT", "directory", "trip", 201, ""),
        ("PUT", "directory", "trip/day1", 400, "DirectoryLevelExceed"),
        ("PUT", "directory", "trip", 409, "SameNameDirectoryOrFileExists"),
        ("PUT", "file", "a.jpg", 400, "UploadToRootDirectoryNotAllowed"),
        ("PUT", "file", "nowhere/a.jpg", 404, "DirectoryNotFound"),
        ("PUT", "file", "trip/a.pdf", 400, "ExtnameNotAllowed"),
        ("PUT", "file", "trip/a", 400, "ExtnameNotAllowed"),
        ("PUT", "file", "trip/a.jpg", 201, ""),
        ("POST", "file", "trip/a.mov?multipart", 201, ""),
        ("POST", "file", "trip/a.mov", 201, ""),
    ] {
        let reply = world.at(&desk, method, noun, place).await;
        assert_eq!((reply.status, reply.code()), (status, code), "{method} {noun} {place:?}");
    }
}

#[tokio::test]
async fn a_space_without_albums_has_no_directories() {
    let world = World::start().await;
    let desk = world.desk(json!({}), json!({"allowPhoto": true})).await;
    world.at(&desk, "PUT", "directory", "trip").await.is(400, "DirectoryNotAllowed");
    world.at(&desk, "PUT", "file", "a.mov").await.is(400, "ExtnameNotAllowed");
    assert_eq!(world.upload(&desk, "a.jpg", "", b"x").await.json["type"], json!("image"));
}

#[tokio::test]
async fn a_fresh_space_of_a_media_library_takes_nothing_until_told() {
    let world = World::start().await;
    let desk = world.desk(json!({}), json!({})).await;
    world.at(&desk, "PUT", "file", "a.jpg").await.is(400, "ExtnameNotAllowed");
    let change = json!({"allowPhoto": true, "allowPhotoExtname": [".jpg"]});
    let reply = world.at_with(&desk, "POST", "space", "extension", change).await;
    // The route has the space in its own place.
    assert_eq!(reply.status, 204, "{reply:?}");
    assert_eq!(world.at(&desk, "PUT", "file", "a.jpg").await.status, 201);
    world.at(&desk, "PUT", "file", "a.png").await.is(400, "ExtnameNotAllowed");
}

#[tokio::test]
async fn a_library_of_one_space_goes_by_its_own_settings() {
    let world = World::start().await;
    let library = world
        .library(json!({"isMultiSpace": false, "isMultiAlbum": true, "isPublicRead": true}))
        .await;
    let token = world.token(&library, "grant=space_admin&user_id=ann").await;
    let desk = Desk { library, space: "-".to_owned(), token };
    assert_eq!(world.at(&desk, "PUT", "directory", "trip").await.status, 201);
    assert_eq!(world.upload(&desk, "trip/a.jpg", "", b"open").await.status, 200);
    world.at(&desk, "PUT", "file", "a.jpg").await.is(400, "UploadToRootDirectoryNotAllowed");
    let admin = world.token(&desk.library, "grant=admin").await;
    let spaces = format!("/api/v1/space/{}", desk.library.id);
    for path in ["", "/list", "/count"] {
        let method = if path.is_empty() { "POST" } else { "GET" };
        let reply = world.call(method, &format!("{spaces}{path}?access_token={admin}")).await;
        reply.is(400, "NotMultiSpaceLibrary");
    }
    // Reads are public here; nothing else is (SMH section 1.9).
    let bare = |rest: &str| format!("/api/v1/{rest}").replace("LIB", &desk.library.id);
    assert_eq!(world.call("GET", &bare("directory/LIB/-/trip")).await.names(), ["a.jpg"]);
    assert_eq!(world.call("HEAD", &bare("file/LIB/-/trip/a.jpg")).await.status, 200);
    assert_eq!(world.call("GET", &bare("file/LIB/-/trip/a.jpg")).await.status, 302);
    for (method, path) in [
        ("PUT", "file/LIB/-/trip/b.jpg"),
        ("DELETE", "file/LIB/-/trip/a.jpg"),
        ("GET", "recycled/LIB/-"),
        ("PUT", "directory/LIB/-/other"),
    ] {
        world.call(method, &bare(path)).await.is(400, "EmptyAccessToken");
    }
}

#[tokio::test]
async fn a_file_library_is_a_tree_of_anything() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    assert_eq!(world.at(&desk, "PUT", "directory", "a/b/c").await.status, 201);
    let done = world.upload(&desk, "a/b/c/notes.xyz", "", b"text").await;
    assert_eq!((done.status, &done.json["type"]), (200, &json!("file")));
    assert_eq!(world.upload(&desk, "root.txt", "", b"text").await.status, 200);
    // A file in the way of a directory, whatever the strategy.
    let path = "root.txt/sub?conflict_resolution_strategy=rename";
    world.at(&desk, "PUT", "directory", path).await.is(409, "SameNameDirectoryOrFileExists");
}
