//! Taken names, at begin and at confirm (SMH sections 1.10, 7.5, 9.9).

use albumen_db::testing;
use serde_json::json;

use crate::world::World;

const ASK: &str = "conflict_resolution_strategy=ask";
const RENAME: &str = "conflict_resolution_strategy=rename";
const OVERWRITE: &str = "conflict_resolution_strategy=overwrite";

#[tokio::test]
async fn each_strategy_does_what_it_says() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let inode = "with_inode=1&with_content_cas=1";
    let first = world.upload(&desk, "a.txt", &format!("{ASK}&{inode}"), b"one").await;
    assert_eq!(first.status, 200);

    let taken = "SameNameDirectoryOrFileExists";
    world.at(&desk, "PUT", "file", &format!("a.txt?{ASK}")).await.is(409, taken);
    // Rename is what files do when nothing is said.
    let second = world.upload(&desk, "a.txt", "", b"two").await;
    assert_eq!(second.json["path"], json!(["a (1).txt"]));
    let third = world.upload(&desk, "a.txt", RENAME, b"three").await;
    assert_eq!(third.json["name"], json!("a (2).txt"));

    world.clock.advance_seconds(60);
    let over = world.upload(&desk, "a.txt", &format!("{OVERWRITE}&{inode}"), b"new").await;
    assert_eq!(over.json["isOverwritten"], json!(true));
    assert_eq!(over.json["inode"], first.json["inode"]);
    assert_eq!(over.json["creationTime"], first.json["creationTime"]);
    assert_ne!(over.json["modificationTime"], first.json["modificationTime"]);
    assert_ne!(over.json["contentCas"], first.json["contentCas"]);
    assert_eq!(over.json["versionId"], json!(2));
    assert_eq!(world.download(&desk, "a.txt").await, b"new");
    // The older word for it.
    assert_eq!(world.upload(&desk, "a.txt", "force=1", b"newer").await.json["versionId"], json!(3));
    assert_eq!(
        world.upload(&desk, "a.txt", "force=0", b"x").await.json["name"],
        json!("a (3).txt")
    );

    world.at(&desk, "PUT", "directory", "dir").await;
    world.at(&desk, "PUT", "file", &format!("dir?{OVERWRITE}")).await.is(409, taken);
    let beside = world.upload(&desk, "dir", RENAME, b"x").await;
    assert_eq!(beside.json["name"], json!("dir (1)"));
    let wrong = world.at(&desk, "PUT", "file", "a.txt?conflict_resolution_strategy=merge").await;
    wrong.is(400, "InvalidConflictResolutionStrategy");
}

#[tokio::test]
async fn the_name_is_settled_at_confirm_not_at_begin() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let mut begun = Vec::new();
    for (name, strategy) in [("a.txt", ASK), ("a.txt", RENAME), ("a.txt", OVERWRITE)] {
        let reply = world.at(&desk, "PUT", "file", &format!("{name}?{strategy}")).await;
        assert_eq!(reply.status, 201);
        world.put(&reply, b"late").await;
        begun.push(reply);
    }
    world.upload(&desk, "a.txt", ASK, b"early").await;
    let taken = "SameNameDirectoryOrFileExists";
    world.confirm(&desk, &begun[0], "", b"late").await.is(409, taken);
    let renamed = world.confirm(&desk, &begun[1], "", b"late").await;
    assert_eq!(renamed.json["path"], json!(["a (1).txt"]));
    let over = world.confirm(&desk, &begun[2], "", b"late").await;
    assert_eq!((over.status, &over.json["isOverwritten"]), (200, &json!(true)));
    // What was refused can still be confirmed otherwise: the bytes are there.
    let second = world.confirm(&desk, &begun[0], RENAME, b"late").await;
    assert_eq!(second.json["path"], json!(["a (2).txt"]));
}

#[tokio::test]
async fn a_stamp_guards_an_overwrite_at_begin_and_at_confirm() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let stamped = "with_content_cas=1";
    let first = world.upload(&desk, "a.txt", &format!("{ASK}&{stamped}"), b"one").await;
    let cas = first.text("contentCas");
    let info = world.at(&desk, "GET", "directory", &format!("a.txt?info&{stamped}")).await;
    assert_eq!(info.text("contentCas"), cas);
    let conflict = "ContentCasConflict";
    world
        .at(&desk, "PUT", "file", &format!("a.txt?{OVERWRITE}&content_cas=x"))
        .await
        .is(409, conflict);
    world
        .at(&desk, "PUT", "file", &format!("b.txt?{OVERWRITE}&content_cas={cas}"))
        .await
        .is(409, conflict);

    let guarded = format!("a.txt?{OVERWRITE}&content_cas={cas}");
    let (winner, loser) = (
        world.at(&desk, "PUT", "file", &guarded).await,
        world.at(&desk, "PUT", "file", &guarded).await,
    );
    world.put(&winner, b"two").await;
    world.put(&loser, b"three").await;
    assert_eq!(world.confirm(&desk, &winner, "", b"two").await.status, 200);
    world.confirm(&desk, &loser, "", b"three").await.is(409, conflict);
    assert_eq!(world.download(&desk, "a.txt").await, b"two");
    // A delete can be guarded as well.
    world.at(&desk, "DELETE", "file", &format!("a.txt?content_cas={cas}")).await.is(409, conflict);
}

#[tokio::test]
async fn overwritten_content_is_kept_while_history_is_on_and_let_go_of_otherwise() {
    let world = World::start().await;
    for (history, count, objects, versions) in [(true, 2, 3, 2), (false, 2, 1, 0)] {
        let settings = json!({
            "isFileLibrary": true, "enableFileHistory": history, "fileHistoryCount": count,
        });
        let desk = world.desk(settings, json!({})).await;
        for content in ["one", "two", "three", "four"] {
            world.upload(&desk, "a.txt", OVERWRITE, content.as_bytes()).await;
        }
        world.service.sweep().await.unwrap();
        let of_library = format!("o.key LIKE '{}/%'", desk.library.id);
        let count = async |from: &str| {
            let sql = format!("SELECT count(*) FROM {from} WHERE {of_library}");
            testing::number(&world.database, &sql).await
        };
        let kept = count("objects o").await;
        let old = count("versions v JOIN objects o ON o.id = v.object").await;
        assert_eq!((kept, old), (objects, versions), "history {history}");
        assert_eq!(world.download(&desk, "a.txt").await, b"four");
    }
}

#[tokio::test]
async fn grants_tell_overwriting_from_adding() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.upload(&desk, "a.txt", ASK, b"one").await;
    let adder = desk.with(&world, "user_id=ann&grant=upload_file").await;
    world.at(&adder, "PUT", "file", &format!("a.txt?{OVERWRITE}")).await.is(403, "NoPermission");
    let begun = world.at(&adder, "PUT", "file", "a.txt").await;
    world.put(&begun, b"two").await;
    world.confirm(&adder, &begun, OVERWRITE, b"two").await.is(403, "NoPermission");
    assert_eq!(world.confirm(&adder, &begun, "", b"two").await.status, 200);

    // A back end may split the work: one token begins, another confirms.
    let beginner = desk.with(&world, "user_id=ann&grant=begin_upload").await;
    let confirmer = desk.with(&world, "user_id=ann&grant=confirm_upload").await;
    world.at(&confirmer, "PUT", "file", "b.txt").await.is(403, "NoPermission");
    let begun = world.at(&beginner, "PUT", "file", "b.txt").await;
    world.put(&begun, b"b").await;
    world.confirm(&beginner, &begun, "", b"b").await.is(403, "NoPermission");
    assert_eq!(world.confirm(&confirmer, &begun, "", b"b").await.status, 200);
}

#[tokio::test]
async fn directories_ask_or_take_another_name() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    assert_eq!(world.at(&desk, "PUT", "directory", "v1.2").await.status, 201);
    let taken = "SameNameDirectoryOrFileExists";
    world.at(&desk, "PUT", "directory", "v1.2").await.is(409, taken);
    let renamed = world.at(&desk, "PUT", "directory", &format!("v1.2?{RENAME}")).await;
    assert_eq!(renamed.json["path"], json!(["v1.2 (1)"]));
    let wrong = world.at(&desk, "PUT", "directory", &format!("v1.2?{OVERWRITE}")).await;
    wrong.is(400, "InvalidConflictResolutionStrategy");
}
