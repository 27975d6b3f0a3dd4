//! Rows 42 and 51: the change feed (SMH section 17).

use serde_json::json;

use crate::world::{Desk, Reply, World};

rows! {
    r042_get_delta_cursor { the_end_of_the_feed, is_not_public }
    r051_query_delta_log {
        events_after_a_cursor_in_order,
        fields_of_an_event,
        pages_until_there_is_no_more,
        old_cursors_are_expired,
        cursors_of_another_space_are_expired,
        what_is_no_cursor,
        tokens_of_others_see_nothing,
    }
}

async fn cursor(world: &World, desk: &Desk) -> String {
    let reply = world.at(desk, "GET", "fs-delta", "cursor").await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.text("cursor")
}

async fn delta(world: &World, desk: &Desk, cursor: &str, rest: &str) -> Reply {
    world.at(desk, "GET", "fs-delta", &format!("delta?cursor={cursor}&{rest}")).await
}

fn events(reply: &Reply) -> Vec<(String, String)> {
    let rows = reply.json["contents"].as_array().unwrap_or_else(|| panic!("{reply:?}"));
    let text = |row: &serde_json::Value, field: &str| row[field].as_str().unwrap_or("").to_owned();
    rows.iter().map(|row| (text(row, "eventType"), text(row, "name"))).collect()
}

async fn the_end_of_the_feed() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.at(&desk, "PUT", "directory", "before").await;
    let cursor = cursor(&world, &desk).await;
    let reply = delta(&world, &desk, &cursor, "").await;
    assert_eq!((reply.status, &reply.json["hasMore"]), (200, &json!(false)));
    assert_eq!(reply.json["contents"], json!([]));
    assert!(!reply.text("cursor").is_empty());
}

async fn is_not_public() {
    let world = World::start().await;
    let settings = json!({"isMultiSpace": false, "isFileLibrary": true, "isPublicRead": true});
    let library = world.library(settings).await;
    for rest in ["cursor", "delta?cursor=x"] {
        let path = format!("/api/v1/fs-delta/{}/-/{rest}", library.id);
        assert!(matches!(
            world.call("GET", &path).await.code(),
            "EmptyAccessToken" | "ParamInvalid"
        ));
    }
    let path = format!("/api/v1/fs-delta/{}/-/cursor", library.id);
    world.call("GET", &path).await.is(400, "EmptyAccessToken");
}

async fn events_after_a_cursor_in_order() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let cursor = cursor(&world, &desk).await;
    world.at(&desk, "PUT", "directory", "docs").await;
    world.upload(&desk, "docs/a.txt", "", b"one").await;
    world.upload(&desk, "docs/a.txt", "conflict_resolution_strategy=overwrite", b"two").await;
    let id = world.at(&desk, "DELETE", "file", "docs/a.txt").await.json["recycledItemId"].clone();
    world.at(&desk, "POST", "recycled", &format!("{id}?restore=1")).await;
    let reply = delta(&world, &desk, &cursor, "").await;
    let found = events(&reply);
    let event = |kind: &str, name: &str| (kind.to_owned(), name.to_owned());
    assert_eq!(
        found,
        [
            event("FILE.CREATE", "docs"),
            event("FILE.CREATE", "a.txt"),
            event("HISTORY.CREATE", "a.txt"),
            event("FILE.MODIFY", "a.txt"),
            event("FILE.TRASH", "a.txt"),
            event("FILE.RESTORE", "a.txt"),
        ]
    );
    // Asked again the answer is the same; from the new cursor on there is nothing.
    assert_eq!(events(&delta(&world, &desk, &cursor, "limit=100").await), found);
    assert!(events(&delta(&world, &desk, &reply.text("cursor"), "").await).is_empty());
}

async fn fields_of_an_event() {
    let world = World::start().await;
    let desk = world.album_desk().await;
    let cursor = cursor(&world, &desk).await;
    world.at(&desk, "PUT", "directory", "trip").await;
    world.upload(&desk, "trip/a.jpg", "", b"picture").await;
    let reply = delta(&world, &desk, &cursor, "").await;
    let (album, picture) = (&reply.json["contents"][0], &reply.json["contents"][1]);
    assert_eq!((&album["type"], &album["location"]), (&json!("dir"), &json!(0)));
    // The feed knows files and no pictures.
    assert_eq!((&picture["type"], &picture["fileType"]), (&json!("file"), &json!("image")));
    assert_eq!(picture["parentInode"], album["inode"]);
    assert_eq!((&picture["size"], &picture["userId"]), (&json!("7"), &json!("ann")));
    assert_eq!(picture["eventTime"], json!("1790000000000"));
    assert_eq!(picture["extraInfo"]["isRapidUpload"], json!(false));
    assert_eq!(picture.get("path"), None);
    let listed = world.at(&desk, "GET", "directory", "trip?with_inode=1").await;
    assert_eq!(listed.json["contents"][0]["inode"], picture["inode"]);
}

async fn pages_until_there_is_no_more() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let mut cursor = cursor(&world, &desk).await;
    let names: Vec<String> = (0..7).map(|n| format!("d{n}")).collect();
    for name in &names {
        world.at(&desk, "PUT", "directory", name).await;
    }
    let (mut found, mut pages) = (Vec::new(), 0);
    loop {
        let reply = delta(&world, &desk, &cursor, "limit=3").await;
        found.extend(events(&reply).into_iter().map(|(_, name)| name));
        (cursor, pages) = (reply.text("cursor"), pages + 1);
        if reply.json["hasMore"] == json!(false) {
            break;
        }
    }
    assert_eq!((found, pages), (names, 3));
    // Limits are clamped and never refused.
    for limit in ["0", "5000"] {
        let reply = delta(&world, &desk, &cursor, &format!("limit={limit}")).await;
        assert_eq!(reply.status, 200, "{reply:?}");
    }
    delta(&world, &desk, &cursor, "limit=many").await.is(400, "ParamInvalid");
}

async fn old_cursors_are_expired() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let forever = desk.with(&world, "period=315360000").await;
    let old = cursor(&world, &forever).await;
    world.at(&desk, "PUT", "directory", "docs").await;
    world.clock.advance_seconds(180 * 86_400 - 1);
    let reply = delta(&world, &forever, &old, "").await;
    assert_eq!(reply.status, 200, "{reply:?}");
    world.clock.advance_seconds(1);
    delta(&world, &forever, &old, "").await.is(400, "CursorExpired");
    // One that was gone on with lives from then on.
    assert_eq!(delta(&world, &forever, &reply.text("cursor"), "").await.status, 200);
    world.clock.advance_seconds(2 * 86_400);
    world.service.sweep().await.expect("a sweep");
    let fresh = cursor(&world, &forever).await;
    assert_eq!(delta(&world, &forever, &fresh, "").await.status, 200);
}

async fn cursors_of_another_space_are_expired() {
    let world = World::start().await;
    let one = world.file_desk().await;
    let space = world.space(&one.library, json!({})).await;
    let token = world.token(&one.library, &format!("space_id={space}&user_id=ann")).await;
    let other = Desk { space, token, ..one.clone() };
    let cursor = cursor(&world, &one).await;
    delta(&world, &other, &cursor, "").await.is(400, "CursorExpired");
}

async fn what_is_no_cursor() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.at(&desk, "GET", "fs-delta", "delta").await.is(400, "ParamInvalid");
    let long = "A".repeat(5000);
    for bad in ["17", "null", "e30", "%00", "%F0%9F%98%80", long.as_str()] {
        delta(&world, &desk, bad, "").await.is(400, "ParamInvalid");
    }
    world.at(&desk, "POST", "fs-delta", "cursor").await.is(404, "RouteNotFound");
}

async fn tokens_of_others_see_nothing() {
    let world = World::start().await;
    let (ours, theirs) = (world.file_desk().await, world.file_desk().await);
    let foreign = Desk { token: theirs.token.clone(), ..ours.clone() };
    world.at(&foreign, "GET", "fs-delta", "cursor").await.is(403, "AccessTokenNotMatchLibrary");
    let cursor = cursor(&world, &ours).await;
    delta(&world, &foreign, &cursor, "").await.is(403, "AccessTokenNotMatchLibrary");
    // A token that may only read follows the feed.
    let reader = ours.with(&world, "user_id=bob").await;
    assert_eq!(delta(&world, &reader, &cursor, "").await.status, 200);
}
