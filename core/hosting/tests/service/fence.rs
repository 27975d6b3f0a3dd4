//! Revocation: what a device had is worth nothing from the receipt on.

use serde_json::{Value, json};

use crate::world::{Desk, Reply, World};

pub(crate) async fn fence(world: &World, desk: &Desk, user: &str, client: &str) -> Reply {
    let body = json!({
        "library_id": desk.library.id, "library_secret": desk.library.secret,
        "user_id": user, "client_id": client,
    });
    world.call_with("POST", "/albumen/v1/uploads/fence", body).await
}

#[tokio::test]
async fn a_fenced_device_sends_renews_and_confirms_nothing() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let phone = desk.with(&world, "user_id=ann&client_id=phone&grant=upload_file").await;
    let simple = world.at(&desk, "PUT", "file", "a.txt").await;
    let parts = world.at(&desk, "POST", "file", "b.txt?multipart").await;
    let other = world.at(&phone, "PUT", "file", "c.txt").await;
    world.put(&simple, b"sent before").await;

    let receipt = fence(&world, &desk, "ann", "mac").await;
    assert_eq!(receipt.status, 200, "{receipt:?}");
    assert_eq!(
        receipt.json,
        json!({"tokensDeleted": 1, "uploadsFenced": 2, "writableUntil": Value::Null})
    );
    world.at(&desk, "GET", "directory", "").await.is(403, "InvalidAccessToken");
    // A token that the same device got by another way does not help.
    let again = desk.with(&world, "user_id=ann&client_id=mac&grant=space_admin").await;
    let fenced = "UploadFenced";
    world.confirm(&again, &simple, "", b"sent before").await.is(403, fenced);
    let key = parts.text("confirmKey");
    world.at(&again, "POST", "file", &format!("{key}?renew")).await.is(403, fenced);
    world.at(&again, "GET", "file", &format!("{key}?upload")).await.is(403, fenced);
    let part = format!("?uploadId={}&partNumber=1", parts.text("uploadId"));
    assert_ne!(world.put_status(&parts, &part, b"late").await, 200);
    assert_ne!(world.put_status(&simple, "", b"late").await, 200);
    // The user's other device goes on.
    world.put(&other, b"c").await;
    assert_eq!(world.confirm(&phone, &other, "", b"c").await.status, 200);

    let second = fence(&world, &desk, "ann", "nobody").await;
    assert_eq!(
        (&second.json["tokensDeleted"], &second.json["uploadsFenced"]),
        (&json!(0), &json!(0))
    );
}

#[tokio::test]
async fn a_fence_outlives_a_restart_and_its_parts_are_kept_for_a_day() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let parts = world.at(&desk, "POST", "file", "b.txt?multipart").await;
    // Kept from the fence on, however old the session is.
    world.clock.advance_seconds(3 * 86_400);
    fence(&world, &desk, "ann", "mac").await;
    let world = world.restart().await;
    world.service.sweep().await.unwrap();
    let again = desk.with(&world, "user_id=ann&client_id=mac&grant=space_admin").await;
    let key = parts.text("confirmKey");
    world.confirm(&again, &parts, "", b"").await.is(403, "UploadFenced");
    world.clock.advance_seconds(86_400 + 1);
    world.service.sweep().await.unwrap();
    let again = desk.with(&world, "user_id=ann&client_id=mac&grant=space_admin").await;
    world.at(&again, "GET", "file", &format!("{key}?upload")).await.is(404, "ConfirmKeyNotFound");
}

#[tokio::test]
async fn only_who_has_the_secret_may_fence() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let mut wrong = desk.clone();
    wrong.library.secret = "no".to_owned();
    fence(&world, &wrong, "ann", "mac").await.is(404, "WrongLibraryIdOrSecret");
    assert_eq!(world.at(&desk, "GET", "directory", "").await.status, 200);
    let empty = world.call_with("POST", "/albumen/v1/uploads/fence", json!({})).await;
    empty.is(400, "ParamInvalid");
    let silent = world.call("POST", "/albumen/v1/uploads/fence").await;
    silent.is(400, "BadRequest");
}

#[tokio::test]
async fn a_fence_closes_forms_as_well() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let begun = world.at(&desk, "POST", "file", "a.txt").await;
    assert_eq!(world.post_form(&begun, b"before").await, 204);
    fence(&world, &desk, "ann", "mac").await;
    assert_eq!(world.post_form(&begun, b"after").await, 403);
}
