//! The console API: libraries, over the wire.

use albumen_db::testing;
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn libraries_are_made_listed_changed_and_removed() {
    let world = World::start().await;
    let made = world
        .console("POST", "", json!({"remark": "studio", "settings": {"isFileLibrary": true}}))
        .await;
    assert_eq!(made.status, 201, "{made:?}");
    let secret = made.text("librarySecret");
    let id = made.json["library"]["libraryId"].as_str().unwrap().to_owned();
    assert!(id.starts_with("smh") && secret.len() >= 64);
    assert_eq!(made.json["library"]["settings"]["useRecycleBin"], json!(true));
    assert_eq!(made.json["library"]["settings"]["enableFileHistory"], json!(true));

    let one = format!("/{id}");
    for reply in
        [world.console("GET", "", json!(null)).await, world.console("GET", &one, json!(null)).await]
    {
        assert_eq!(reply.status, 200);
        let text = reply.json.to_string();
        assert!(text.contains("studio") && !text.contains(&secret), "{text}");
        assert!(!text.to_lowercase().contains("secret"), "{text}");
    }
    let change = json!({"remark": "archive", "settings": {"fileHistoryCount": 5}});
    let changed = world.console("PATCH", &one, change).await;
    assert_eq!(
        (changed.text("remark"), &changed.json["settings"]["fileHistoryCount"]),
        ("archive".into(), &json!(5))
    );
    assert_eq!(changed.json["settings"]["isFileLibrary"], json!(true));
    for bad in [
        json!({"settings": {"isFileLibrary": false}}),
        json!({"settings": {"isMultiSpace": false}}),
        json!({"settings": {"noSuchSetting": 1}}),
        json!({"settings": {"fileHistoryCount": 0}}),
        json!({"settings": {"fileHistoryCount": "many"}}),
        json!({"libraryId": "other"}),
        json!({"remark": "x".repeat(201)}),
    ] {
        world.console("PATCH", &one, bad).await.is(400, "ParamInvalid");
    }

    let token =
        |secret: &str| format!("/api/v1/token?library_id={id}&library_secret={secret}&grant=admin");
    let rotated =
        world.console("POST", &format!("{one}/secret"), json!(null)).await.text("librarySecret");
    world.call("GET", &token(&secret)).await.is(404, "WrongLibraryIdOrSecret");
    let admin = world.call("GET", &token(&rotated)).await.text("accessToken");
    let space = world
        .call("POST", &format!("/api/v1/space/{id}?access_token={admin}"))
        .await
        .text("spaceId");
    let directory = format!("/api/v1/directory/{id}/{space}/d?access_token={admin}");
    world.call("PUT", &directory).await;
    world.console("DELETE", &one, json!(null)).await.is(409, "LibraryNotEmpty");
    world.call("DELETE", &format!("{directory}&permanent=1")).await;
    assert_eq!(world.console("DELETE", &one, json!(null)).await.status, 204);
    world.console("DELETE", &one, json!(null)).await.is(404, "LibraryNotFound");
    world.call("GET", &token(&rotated)).await.is(404, "WrongLibraryIdOrSecret");
}

#[tokio::test]
async fn only_the_console_key_opens_the_console() {
    let world = World::start().await;
    for request in [
        world.request("GET", "/console/v1/libraries"),
        world.request("GET", "/console/v1/libraries").bearer_auth("wrong"),
        world.request("POST", "/console/v1/libraries").basic_auth("root", Some("x")),
        world.request("GET", "/console/v1/libraries?access_token=console-key-of-the-test"),
    ] {
        world.send(request).await.is(403, "ConsoleKeyInvalid");
    }
    for (settings, code) in [
        (json!({"isMultiAlbum": true}), "ParamInvalid"),
        (json!({"autoRemoveRecycledDays": 2000}), "ParamInvalid"),
        (json!({"isFileLibrary": "yes"}), "ParamInvalid"),
    ] {
        world.console("POST", "", json!({"settings": settings})).await.is(400, code);
    }
}

#[tokio::test]
async fn neither_secrets_nor_tokens_are_in_the_database() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.service.shutdown().await;
    for text in [&desk.library.secret, &desk.token] {
        assert!(!testing::holds(&world.database, text.as_bytes()).await);
    }
    // What is there is found.
    assert!(testing::holds(&world.database, desk.library.id.as_bytes()).await);
}
