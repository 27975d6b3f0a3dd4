//! Many uploads in one call: each fares as if it had been asked for alone.

use serde_json::{Value, json};

use crate::world::{Desk, Reply, World};

async fn begin(world: &World, desk: &Desk, files: Value) -> Reply {
    batch(world, desk, "batch-begin", files).await
}

async fn confirm(world: &World, desk: &Desk, files: Value) -> Reply {
    batch(world, desk, "batch-confirm", files).await
}

async fn batch(world: &World, desk: &Desk, what: &str, files: Value) -> Reply {
    let Desk { library, space, token } = desk;
    let path = format!("/albumen/v1/{what}/{}/{space}?access_token={token}", library.id);
    world.call_with("POST", &path, json!({ "files": files })).await
}

/// Status or code of each.
fn outcomes(reply: &Reply) -> Vec<String> {
    let each = reply.json["result"].as_array().expect("a result").iter();
    each.map(|one| match one["code"].as_str() {
        Some(code) => code.to_owned(),
        None => one["status"].to_string(),
    })
    .collect()
}

/// Sends the bytes of one file of a begun batch.
async fn put(world: &World, begun: &Reply, at: usize, bytes: &[u8]) {
    let parameters = begun.json["result"][at]["parameters"].clone();
    world
        .put(&Reply { json: parameters, status: 201, headers: begun.headers.clone() }, bytes)
        .await;
}

fn key(begun: &Reply, at: usize) -> Value {
    begun.json["result"][at]["parameters"]["confirmKey"].clone()
}

#[tokio::test]
async fn a_batch_of_files_arrives_as_if_each_had_come_alone() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.directories(&desk, &["d"]).await;
    world.upload(&desk, "taken.txt", "", b"before").await;
    let ask = |path: Value| json!({"path": path, "size": "3", "conflictResolutionStrategy": "ask"});
    let begun = begin(
        &world,
        &desk,
        json!([
            ask(json!(["a.txt"])),
            ask(json!(["taken.txt"])),
            ask(json!(["d", "b.txt"])),
            ask(json!(["nowhere", "c.txt"])),
            {"path": ["big.bin"], "multipart": true, "conflictResolutionStrategy": "ask"},
            {"path": [], "size": "1"},
        ]),
    )
    .await;
    assert_eq!(begun.status, 207);
    let taken = "SameNameDirectoryOrFileExists";
    let expected = ["201", taken, "201", "DirectoryNotFound", "201", "EmptyFileName"];
    assert_eq!(outcomes(&begun), expected);
    assert!(begun.json["result"][4]["parameters"]["uploadId"].is_string());

    put(&world, &begun, 0, b"aaa").await;
    // The bytes of the second never come; the last key is nobody's.
    let keys = json!([
        {"confirmKey": key(&begun, 0)},
        {"confirmKey": key(&begun, 2)},
        {"confirmKey": "0123456789abcdef"},
    ]);
    let confirmed = confirm(&world, &desk, keys.clone()).await;
    assert_eq!(confirmed.status, 207);
    assert_eq!(outcomes(&confirmed), ["200", "UploadIncomplete", "ConfirmKeyNotFound"]);
    assert_eq!(confirmed.json["result"][0]["file"]["path"], json!(["a.txt"]));

    put(&world, &begun, 2, b"bbb").await;
    let again = confirm(&world, &desk, keys).await;
    assert_eq!(outcomes(&again), ["200", "200", "ConfirmKeyNotFound"], "repeating is harmless");
    assert_eq!(again.json["result"][0], confirmed.json["result"][0]);
    let listed = world.at(&desk, "GET", "directory", "").await;
    assert_eq!(listed.names(), ["d", "a.txt", "taken.txt"]);
    assert_eq!(world.at(&desk, "GET", "directory", "d").await.names(), ["b.txt"]);
}

#[tokio::test]
async fn what_one_file_is_refused_for_leaves_nothing_of_it_and_all_of_the_others() {
    let world = World::start().await;
    let desk = world.desk(json!({"isFileLibrary": true, "libraryQuota": 10}), json!({})).await;
    let four = |name: &str| json!({"path": [name], "size": "4"});
    let begun = begin(&world, &desk, json!([four("a"), four("b"), four("c")])).await;
    assert_eq!(outcomes(&begun), ["201", "201", "201"], "nothing is used yet");
    for at in 0..3 {
        put(&world, &begun, at, b"1234").await;
    }
    let keys: Vec<_> = (0..3).map(|at| json!({"confirmKey": key(&begun, at)})).collect();
    let confirmed = confirm(&world, &desk, json!(keys)).await;
    assert_eq!(outcomes(&confirmed), ["200", "200", "LibraryQuotaLimitReached"]);
    assert_eq!(world.at(&desk, "GET", "directory", "").await.names(), ["a", "b"]);
    // The session of the third is open still: once there is room it can be confirmed.
    world.at(&desk, "DELETE", "file", "a?permanent=1").await;
    let keys = json!([{"confirmKey": key(&begun, 2)}]);
    assert_eq!(outcomes(&confirm(&world, &desk, keys).await), ["200"]);
}

#[tokio::test]
async fn a_batch_allows_no_more_than_its_token() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.upload(&desk, "a.txt", "", b"before").await;
    let reader = desk.with(&world, "user_id=eve&client_id=pc&grant=read_only").await;
    let writer = desk.with(&world, "user_id=bob&client_id=pc&grant=begin_upload").await;
    let files = json!([
        {"path": ["a.txt"], "size": "1", "conflictResolutionStrategy": "overwrite"},
        {"path": ["b.txt"], "size": "1", "conflictResolutionStrategy": "ask"},
    ]);
    let denied = "NoPermission";
    assert_eq!(outcomes(&begin(&world, &reader, files.clone()).await), [denied, denied]);
    let begun = begin(&world, &writer, files).await;
    assert_eq!(outcomes(&begun), [denied, "201"]);
    put(&world, &begun, 1, b"b").await;
    let keys = json!([{"confirmKey": key(&begun, 1)}]);
    assert_eq!(outcomes(&confirm(&world, &writer, keys.clone()).await), [denied]);
    let other = desk.with(&world, "user_id=cid&client_id=pc&grant=upload_file").await;
    assert_eq!(outcomes(&confirm(&world, &other, keys).await), ["UploadNotBelongYou"]);
}

#[tokio::test]
async fn batches_that_are_no_batches() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    begin(&world, &desk, json!([])).await.is(400, "NoItemsProvided");
    let many: Vec<_> = (0..501).map(|n| json!({"path": [format!("{n}")]})).collect();
    begin(&world, &desk, json!(many)).await.is(400, "TooManyItems");
    begin(&world, &desk, json!([{"path": ["..", "a"]}])).await.is(400, "ParamInvalid");
    confirm(&world, &desk, json!([{"confirmKey": 7}])).await.is(400, "ParamInvalid");
    let all = (0..500).map(|n| json!({"path": [format!("{n}.txt")], "size": "1"}));
    let begun = begin(&world, &desk, all.collect()).await;
    assert_eq!(begun.status, 200);
    assert!(outcomes(&begun).iter().all(|one| one == "201"));
}
