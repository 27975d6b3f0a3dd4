//! Row 99: keeping copies of what is shared (SMH section 18).

use serde_json::{Value, json};

use crate::{
    shares::filled,
    sharing::{Visit, visit},
    world::{Desk, Library, Reply, World},
};

rows! {
    r099_save_share_file {
        files_and_trees_into_a_space,
        conflicts_in_one_request,
        who_may_and_what_may_not,
    }
}

/// Saves with the share's token and the desk's.
async fn save(world: &World, visit: &Visit, desk: &Desk, body: Value) -> Reply {
    let Visit { code, token, .. } = visit;
    let path = format!(
        "/api/v1/share/file/{code}?save=1&share_access_token={token}&access_token={}",
        desk.token
    );
    world.call_with("POST", &path, body).await
}

/// Another space of the same library, with a token of bob's.
async fn bobs(world: &World, library: &Library, grant: &str) -> Desk {
    let space = world.space(library, json!({})).await;
    let rest = format!("space_id={space}&user_id=bob&grant={grant}");
    let token = world.token(library, &rest).await;
    Desk { library: library.clone(), space, token }
}

async fn files_and_trees_into_a_space() {
    let world = World::start().await;
    let desk = filled(&world).await;
    world.at(&desk, "PUT", "directory", "docs/deep").await;
    world.upload(&desk, "docs/deep/c.txt", "", b"third").await;
    let bob = bobs(&world, &desk.library, "upload_file").await;
    world.at(&desk, "PUT", "directory", "x").await;
    let visit = visit(&world, &desk, &["docs", "b.txt"], json!({"canSaveToNetdisk": true})).await;
    let (docs, file) =
        (visit.inode(&world, "", "docs").await, visit.inode(&world, "", "b.txt").await);
    let body = json!({"targetSpaceId": bob.space, "targetPath": "/", "sourceInodesPath": "",
        "inodes": [docs, file]});
    let reply = save(&world, &visit, &bob, body).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let result = &reply.json["result"];
    assert_eq!((&result[0]["status"], &result[0]["to"]), (&json!(204), &json!(["docs"])));
    assert_eq!((&result[1]["status"], &result[1]["path"]), (&json!(200), &json!(["b.txt"])));
    assert_eq!(world.download(&bob, "docs/deep/c.txt").await, b"third");
    // The copies are bob's own: they stay when the originals go.
    for path in ["docs?permanent=1", "b.txt?permanent=1"] {
        let noun = if path.starts_with('d') { "directory" } else { "file" };
        world.at(&desk, "DELETE", noun, path).await;
    }
    world.service.sweep().await.expect("a sweep");
    assert_eq!(world.download(&bob, "docs/a.txt").await, b"first");
    assert_eq!(world.download(&bob, "b.txt").await, b"second");
    let info = world.at(&bob, "GET", "directory", "docs?info=1").await;
    assert_eq!(info.json["userId"], json!("bob"));
}

async fn conflicts_in_one_request() {
    let world = World::start().await;
    let desk = filled(&world).await;
    let bob = bobs(&world, &desk.library, "space_admin").await;
    let visit = visit(&world, &desk, &["docs", "b.txt"], json!({"canSaveToNetdisk": true})).await;
    let docs = visit.inode(&world, "", "docs").await;
    let file = visit.inode(&world, &docs, "a.txt").await;
    world.upload(&bob, "a.txt", "", b"bobs").await;
    world.at(&bob, "PUT", "directory", "docs").await;
    let save = async |inode: &str, source: &str, strategy: Option<&str>| {
        let body = json!({"targetSpaceId": bob.space, "sourceInodesPath": source,
            "inodes": [inode], "conflictResolutionStrategy": strategy});
        save(&world, &visit, &bob, body).await
    };
    let reply = save(&file, &docs, None).await;
    assert_eq!((reply.status, &reply.json["result"][0]["path"]), (200, &json!(["a (1).txt"])));
    let reply = save(&file, &docs, Some("ask")).await;
    assert_eq!(reply.status, 207, "{reply:?}");
    let one = &reply.json["result"][0];
    assert_eq!(
        (&one["status"], &one["code"]),
        (&json!(409), &json!("SameNameDirectoryOrFileExists"))
    );
    assert_eq!(save(&file, &docs, Some("overwrite")).await.json["result"][0]["status"], 204);
    assert_eq!(world.download(&bob, "a.txt").await, b"first");
    assert_eq!(save(&docs, "", None).await.json["result"][0]["status"], 409);
    let reply = save(&docs, "", Some("rename")).await;
    assert_eq!(reply.json["result"][0]["path"], json!(["docs (1)"]));
    save(&docs, "", Some("merge")).await.is(400, "InvalidConflictResolutionStrategy");
}

async fn who_may_and_what_may_not() {
    let world = World::start().await;
    let desk = filled(&world).await;
    let bob = bobs(&world, &desk.library, "upload_file").await;
    let closed = visit(&world, &desk, &["b.txt"], json!({})).await;
    let open = visit(&world, &desk, &["docs"], json!({"canSaveToNetdisk": true})).await;
    let docs = open.inode(&world, "", "docs").await;
    let outside = closed.inode(&world, "", "b.txt").await;
    let body = |inode: &str| json!({"targetSpaceId": bob.space, "inodes": [inode]});
    save(&world, &closed, &bob, body(&outside)).await.is(403, "CannotSaveToNetDisk");
    let reply = save(&world, &open, &bob, body(&outside)).await;
    assert_eq!((reply.status, &reply.json["result"][0]["code"]), (207, &json!("FileNotInShare")));
    let reader = bob.with(&world, "user_id=bob").await;
    save(&world, &open, &reader, body(&docs)).await.is(403, "NoPermission");
    let mut overwrite = body(&docs);
    overwrite["conflictResolutionStrategy"] = json!("overwrite");
    save(&world, &open, &bob, overwrite).await.is(403, "NoPermission");
    save(&world, &open, &desk, body(&docs)).await.is(403, "AccessTokenNotMatchSpace");
    let stranger = world.file_desk().await;
    save(&world, &open, &stranger, body(&docs)).await.is(403, "AccessTokenNotMatchLibrary");
    let path = format!("/api/v1/share/file/{}?save=1&access_token={}", open.code, open.token);
    world.call_with("POST", &path, body(&docs)).await.is(403, "LoginRequired");
    let both = world.request("POST", &path).bearer_auth(&bob.token).json(&body(&docs));
    assert_eq!(world.send(both).await.status, 200);
    for (body, status, code) in [
        (json!({"targetSpaceId": bob.space, "inodes": []}), 400, "NoItemsProvided"),
        (json!({"targetSpaceId": bob.space, "inodes": vec!["1"; 1001]}), 400, "TooManyItems"),
        (json!({"inodes": ["1"]}), 400, "EmptySpaceId"),
        (json!({"targetSpaceId": "nowhere", "inodes": ["1"]}), 403, "AccessTokenNotMatchSpace"),
        (
            json!({"targetSpaceId": bob.space, "targetPath": "no", "inodes": [docs]}),
            404,
            "DirectoryNotFound",
        ),
        (json!({"targetSpaceId": bob.space, "inodes": ["x"]}), 404, "FileNotInShare"),
        (json!({"targetSpaceId": bob.space, "inodes": 1}), 400, "ParamInvalid"),
    ] {
        save(&world, &open, &bob, body).await.is(status, code);
    }
}
