//! Quick upload: what is there already is not sent again, and a hash opens nothing that its holder
//! could not read anyway.

use albumen_media::digest::{DigestChoice, digest_bytes};
use serde_json::{Value, json};

use crate::world::{Desk, Reply, World};

const MIB: usize = 1 << 20;

fn film(seed: u8, size: usize) -> Vec<u8> {
    (0..size).map(|n| (n % 251) as u8 ^ seed).collect()
}

/// Both hashes of some content.
fn hashes(bytes: &[u8]) -> (String, String) {
    let digests = digest_bytes(bytes, DigestChoice { chained_sha256: true, blake3: false });
    let chained = digests.chained.expect("large enough");
    (chained.beginning_hash, chained.full_hash)
}

async fn ask(world: &World, desk: &Desk, path: &str, body: Value) -> Reply {
    world.at_with(desk, "PUT", "file", path, body).await
}

fn first_question(bytes: &[u8]) -> Value {
    json!({"beginningHash": hashes(bytes).0, "size": bytes.len().to_string()})
}

fn second_question(bytes: &[u8]) -> Value {
    let (beginning, full) = hashes(bytes);
    json!({"beginningHash": beginning, "fullHash": full, "size": bytes.len().to_string()})
}

#[tokio::test]
async fn what_is_there_is_not_sent_again() {
    let world = World::start_on_disk().await;
    let desk = world.file_desk().await;
    let bytes = film(1, 2 * MIB + 77);
    // Before the service has hashed it itself, it knows nothing.
    world.upload(&desk, "a.mp4", "", &bytes).await;
    world.service.hash().await.expect("hashed");
    assert_eq!(world.service.bytes_read(), bytes.len() as u64, "counted, once");

    let maybe = ask(&world, &desk, "b.mp4", first_question(&bytes)).await;
    assert_eq!((maybe.status, &maybe.json), (202, &Value::Null));
    let query = "b.mp4?with_inode=1&with_content_cas=1";
    let done = ask(&world, &desk, query, second_question(&bytes)).await;
    assert_eq!(done.status, 200, "{done:?}");
    assert_eq!(done.json["path"], json!(["b.mp4"]));
    assert_eq!(
        (done.text("size"), done.text("contentType")),
        (bytes.len().to_string(), "video/mp4".to_owned())
    );
    assert!(!done.text("inode").is_empty() && !done.text("contentCas").is_empty());
    assert!(world.download(&desk, "b.mp4").await == bytes);
    assert_eq!(world.service.bytes_read(), bytes.len() as u64, "the same object is not read again");

    // Each file is its own: one goes, the other stays.
    assert!(world.at(&desk, "DELETE", "file", "a.mp4?permanent=1").await.status < 300);
    world.service.sweep().await.expect("swept");
    assert!(world.download(&desk, "b.mp4").await == bytes);
}

#[tokio::test]
async fn one_mebibyte_has_two_equal_hashes_and_still_two_questions() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let bytes = film(2, MIB);
    world.upload(&desk, "a.bin", "", &bytes).await;
    world.service.hash().await.expect("hashed");
    let (beginning, full) = hashes(&bytes);
    assert_eq!(beginning, full);
    assert_eq!(ask(&world, &desk, "b.bin", first_question(&bytes)).await.status, 202);
    assert_eq!(ask(&world, &desk, "b.bin", second_question(&bytes)).await.status, 200);
    let upper = json!({"fullHash": full.to_uppercase(), "size": MIB});
    assert_eq!(ask(&world, &desk, "c.bin", upper).await.status, 200);
}

#[tokio::test]
async fn size_and_hash_must_both_be_equal() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let bytes = film(3, MIB + 5);
    world.upload(&desk, "a.bin", "", &bytes).await;
    world.service.hash().await.expect("hashed");
    let (beginning, full) = hashes(&bytes);
    let other = hashes(&film(4, MIB + 5)).1;
    for body in [
        json!({"beginningHash": beginning, "fullHash": full, "size": bytes.len() + 1}),
        json!({"beginningHash": beginning, "fullHash": other, "size": bytes.len()}),
        json!({"beginningHash": beginning, "fullHash": full}),
        json!({"beginningHash": beginning, "size": bytes.len() + 1}),
        json!({"beginningHash": other, "size": bytes.len()}),
    ] {
        let begun = ask(&world, &desk, "b.bin", body.clone()).await;
        assert_eq!(begun.status, 201, "{body}");
    }
    let query = format!("b.bin?filesize={}", bytes.len());
    let by_query = json!({"beginningHash": beginning, "fullHash": full});
    assert_eq!(ask(&world, &desk, &query, by_query).await.status, 200);
}

#[tokio::test]
async fn a_hash_is_no_key_to_what_others_keep() {
    let world = World::start().await;
    let ann = world.file_desk().await;
    let bytes = film(5, MIB + 1);
    world.upload(&ann, "secret.bin", "", &bytes).await;
    world.service.hash().await.expect("hashed");

    // Another tenant of the same library, and another library.
    let space = world.space(&ann.library, json!({})).await;
    let next_door = Desk { space, ..ann.clone() };
    let bob = next_door.with(&world, "user_id=bob&grant=space_admin").await;
    let eve = world.file_desk().await;
    for desk in [&bob, &eve] {
        for body in [first_question(&bytes), second_question(&bytes)] {
            let begun = ask(&world, desk, "mine.bin", body).await;
            assert_eq!(begun.status, 201, "as if nobody had it: {begun:?}");
        }
    }
    // Who may read both spaces may.
    let both = format!("space_id={},{}&user_id=ann&grant=space_admin", ann.space, next_door.space);
    let token = world.token(&ann.library, &both).await;
    let both = Desk { token, ..next_door.clone() };
    assert_eq!(ask(&world, &both, "mine.bin", second_question(&bytes)).await.status, 200);
    assert!(world.download(&bob, "mine.bin").await == bytes);
}

#[tokio::test]
async fn what_is_in_the_bin_or_purged_is_not_known() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let bytes = film(6, MIB + 1);
    world.at(&desk, "PUT", "directory", "d").await;
    world.upload(&desk, "d/a.bin", "", &bytes).await;
    world.service.hash().await.expect("hashed");
    let item = world.at(&desk, "DELETE", "directory", "d").await;
    for body in [first_question(&bytes), second_question(&bytes)] {
        assert_eq!(ask(&world, &desk, "b.bin", body).await.status, 201);
    }
    let restore = format!("{}?restore=1", item.json["recycledItemId"]);
    assert_eq!(world.at(&desk, "POST", "recycled", &restore).await.status, 200);
    assert_eq!(ask(&world, &desk, "b.bin", second_question(&bytes)).await.status, 200);
}

#[tokio::test]
async fn rules_of_an_upload_hold_for_a_quick_one() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let bytes = film(7, MIB + 1);
    world.upload(&desk, "a.bin", "", &bytes).await;
    world.service.hash().await.expect("hashed");
    let body = || second_question(&bytes);
    let asking = "a.bin?conflict_resolution_strategy=ask";
    ask(&world, &desk, asking, body()).await.is(409, "SameNameDirectoryOrFileExists");
    ask(&world, &desk, "no/a.bin", body()).await.is(404, "DirectoryNotFound");
    let renamed = ask(&world, &desk, "a.bin", body()).await;
    assert_eq!((renamed.status, renamed.text("name")), (200, "a (1).bin".to_owned()));
    let over = ask(&world, &desk, "a.bin?conflict_resolution_strategy=overwrite", body()).await;
    assert_eq!((over.status, &over.json["isOverwritten"]), (200, &json!(true)));
    let parts = world.at_with(&desk, "POST", "file", "c.bin?multipart=1", body()).await;
    assert_eq!(parts.status, 200);
    // Who may only begin has to send the bytes: this would end the upload too.
    let starter = desk.with(&world, "user_id=ann&grant=begin_upload").await;
    assert_eq!(ask(&world, &starter, "e.bin", body()).await.status, 201);
    let reader = desk.with(&world, "user_id=ann").await;
    ask(&world, &reader, "e.bin", body()).await.is(403, "NoPermission");
}

#[tokio::test]
async fn small_content_is_never_hashed() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.upload(&desk, "a.bin", "", &film(8, MIB - 1)).await;
    assert_eq!(world.service.hash().await.expect("hashed"), 0);
    assert_eq!(world.service.bytes_read(), 0);
}
