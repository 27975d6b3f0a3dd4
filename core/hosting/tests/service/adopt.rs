//! A device that is back goes on with what a revoked device of the same user had sent: once, at the
//! same place, and nobody else.

use serde_json::{Value, json};

use crate::{
    back_ends::{Foreign, far_desk},
    fence::fence,
    world::{Desk, Reply, World},
};

const MIB: usize = 1 << 20;

async fn adopt(world: &World, desk: &Desk, key: &str, path: &str) -> Reply {
    let url = format!("/albumen/v1/uploads/{key}/adopt?access_token={}", desk.token);
    let body = json!({"libraryId": desk.library.id, "spaceId": desk.space, "path": [path]});
    world.call_with("POST", &url, body).await
}

fn part(number: u16) -> Vec<u8> {
    (0..5 * MIB).map(|at| (at % 251) as u8 ^ number as u8).collect()
}

/// An upload in parts with its first part sent, closed by a fence; its begin.
async fn fenced(world: &World, desk: &Desk) -> Reply {
    let begun = world.at(desk, "POST", "file", "b.bin?multipart").await;
    assert_eq!(begun.status, 201, "{begun:?}");
    world.put_part(&begun, 1, &part(1)).await;
    assert_eq!(fence(world, desk, "ann", "mac").await.status, 200);
    begun
}

async fn back(world: &World, desk: &Desk) -> Desk {
    desk.with(world, "user_id=ann&client_id=new-mac&grant=upload_file").await
}

#[tokio::test]
async fn the_parts_that_arrived_are_not_sent_again() {
    let world = World::start_on_disk().await;
    let desk = world.file_desk().await;
    let old = fenced(&world, &desk).await;
    let offered = world.call("GET", "/albumen/v1/capabilities").await;
    assert_eq!(offered.json["adopt"], Value::Bool(true));
    let again = back(&world, &desk).await;
    let begun = adopt(&world, &again, &old.text("confirmKey"), "b.bin").await;
    assert_eq!(begun.status, 200, "{begun:?}");
    assert_ne!(begun.text("confirmKey"), old.text("confirmKey"));
    let state = format!("{}?upload", begun.text("confirmKey"));
    let state = world.at(&again, "GET", "file", &state).await;
    assert_eq!(state.json["parts"].as_array().expect("parts").len(), 1, "{state:?}");

    // Neither the old key nor the old credential is worth anything.
    let late = format!("?uploadId={}&partNumber=2", old.text("uploadId"));
    assert_ne!(world.put_status(&old, &late, b"late").await, 200);
    world.confirm(&again, &old, "", b"").await.is(404, "ConfirmKeyNotFound");
    let desk_again = desk.with(&world, "user_id=ann&client_id=mac&grant=space_admin").await;
    world.confirm(&desk_again, &old, "", b"").await.is(404, "ConfirmKeyNotFound");

    world.put_part(&begun, 2, b"the end").await;
    let whole = [part(1), b"the end".to_vec()].concat();
    let done = world.confirm(&again, &begun, "", &whole).await;
    assert_eq!(done.status, 200, "{done:?}");
    assert!(world.download(&again, "b.bin").await == whole, "other bytes");
}

#[tokio::test]
async fn a_lost_answer_may_be_asked_for_again_and_only_by_who_adopted() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let old = fenced(&world, &desk).await.text("confirmKey");
    let again = back(&world, &desk).await;
    let first = adopt(&world, &again, &old, "b.bin").await;
    let second = adopt(&world, &again, &old, "b.bin").await;
    assert_eq!(second.status, 200, "{second:?}");
    assert_eq!(first.text("confirmKey"), second.text("confirmKey"));
    let third = desk.with(&world, "user_id=ann&client_id=tablet&grant=upload_file").await;
    adopt(&world, &third, &old, "b.bin").await.is(404, "ConfirmKeyNotFound");
    // A heir that is fenced in its turn is adopted by its own key.
    assert_eq!(fence(&world, &desk, "ann", "new-mac").await.status, 200);
    adopt(&world, &third, &old, "b.bin").await.is(404, "ConfirmKeyNotFound");
    let heir = adopt(&world, &third, &first.text("confirmKey"), "b.bin").await;
    assert_eq!(heir.status, 200, "{heir:?}");
}

#[tokio::test]
async fn of_two_that_want_it_one_gets_it() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let old = fenced(&world, &desk).await.text("confirmKey");
    let one = back(&world, &desk).await;
    let two = desk.with(&world, "user_id=ann&client_id=tablet&grant=upload_file").await;
    let (first, second) =
        tokio::join!(adopt(&world, &one, &old, "b.bin"), adopt(&world, &two, &old, "b.bin"));
    let mut answers = [first.status, second.status];
    answers.sort_unstable();
    assert_eq!(answers, [200, 404], "{first:?} {second:?}");
}

#[tokio::test]
async fn strangers_other_places_and_other_sessions_get_nothing() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let old = fenced(&world, &desk).await.text("confirmKey");
    for (who, rest, status, code) in [
        ("another user", "user_id=eve&client_id=new&grant=upload_file", 403, "UploadNotBelongYou"),
        ("an administrator", "user_id=eve&client_id=a&grant=admin", 403, "UploadNotBelongYou"),
        ("nobody", "client_id=new&grant=upload_file", 403, "UploadNotBelongYou"),
        ("the device itself", "user_id=ann&client_id=mac&grant=upload_file", 403, "UploadFenced"),
        ("a reader", "user_id=ann&client_id=new&grant=", 403, "NoPermission"),
    ] {
        let theirs = desk.with(&world, rest).await;
        let answer = adopt(&world, &theirs, &old, "b.bin").await;
        assert_eq!((answer.status, answer.code()), (status, code), "{who}: {answer:?}");
    }
    let again = back(&world, &desk).await;
    adopt(&world, &again, &old, "c.bin").await.is(409, "PathConflict");
    adopt(&world, &again, "no-such-key", "b.bin").await.is(404, "ConfirmKeyNotFound");
    let open = world.at(&again, "POST", "file", "d.bin?multipart").await.text("confirmKey");
    adopt(&world, &again, &open, "d.bin").await.is(404, "ConfirmKeyNotFound");
    let other = world.file_desk().await;
    let other = Desk { token: other.token.clone(), ..other };
    adopt(&world, &other, &old, "b.bin").await.is(404, "ConfirmKeyNotFound");

    let simple = world.at(&again, "PUT", "file", "e.txt").await.text("confirmKey");
    assert_eq!(fence(&world, &desk, "ann", "new-mac").await.status, 200);
    let third = desk.with(&world, "user_id=ann&client_id=tablet&grant=upload_file").await;
    adopt(&world, &third, &simple, "e.txt").await.is(400, "NotMultipartUpload");
}

#[tokio::test]
async fn after_a_day_there_is_nothing_to_go_on_with() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let old = fenced(&world, &desk).await.text("confirmKey");
    world.clock.advance_seconds(86_400 + 1);
    world.service.sweep().await.expect("a sweep");
    let again = back(&world, &desk).await;
    adopt(&world, &again, &old, "b.bin").await.is(404, "ConfirmKeyNotFound");
}

#[tokio::test]
async fn what_was_adopted_lives_a_week_like_any_other() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let old = fenced(&world, &desk).await.text("confirmKey");
    let again = back(&world, &desk).await;
    let begun = adopt(&world, &again, &old, "b.bin").await;
    world.clock.advance_seconds(2 * 86_400);
    world.service.sweep().await.expect("a sweep");
    let again = back(&world, &desk).await;
    let state = format!("{}?upload", begun.text("confirmKey"));
    let state = world.at(&again, "GET", "file", &state).await;
    assert_eq!(state.json["parts"].as_array().expect("parts").len(), 1, "{state:?}");
}

#[tokio::test]
async fn parts_at_an_s3_store_are_gone_on_with_as_well() {
    let (_foreign, back_ends) = Foreign::start().await;
    let world = World::start_with(back_ends).await;
    let desk = far_desk(&world, "far").await;
    let old = fenced(&world, &desk).await;
    let again = back(&world, &desk).await;
    let begun = adopt(&world, &again, &old.text("confirmKey"), "b.bin").await;
    assert_eq!(begun.status, 200, "{begun:?}");
    world.put_part(&begun, 2, b"the end").await;
    let whole = [part(1), b"the end".to_vec()].concat();
    assert_eq!(world.confirm(&again, &begun, "", &whole).await.status, 200);
    assert!(world.download(&again, "b.bin").await == whole, "other bytes");

    // What an address that was signed before still brings never becomes the file.
    let desk = desk.with(&world, "user_id=ann&client_id=mac&grant=space_admin").await;
    let old = fenced(&world, &desk).await;
    let begun = adopt(&world, &again, &old.text("confirmKey"), "b.bin").await;
    world.put_part(&begun, 2, b"the end").await;
    world.put_part(&old, 1, &part(9)).await;
    let spoilt = world.confirm(&again, &begun, "conflict_resolution_strategy=rename", &whole).await;
    assert_eq!((spoilt.status, spoilt.code()), (400, "BadCrc64"), "{spoilt:?}");
}
