//! Rows 15, 16 and 113: how much is stored (SMH section 5).

use serde_json::{Value, json};

use crate::{spaces::furnished, world::World};

rows! {
    r015_get_library_usage { of_all_spaces_together, for_admins_only }
    r016_get_usage { capacity_and_room_of_each, of_own_spaces_only }
    r113_space_size_by_tag { sums_by_tag }
}

async fn of_all_spaces_together() {
    let world = World::start().await;
    let desk = furnished(&world).await;
    let admin = world.token(&desk.library, "grant=admin").await;
    let lib = (&desk.library, admin.as_str());
    let usage = world.in_library(lib, "GET", "usage", "", Value::Null).await;
    assert_eq!(usage.text("totalFileSize"), "10");
}

async fn for_admins_only() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let lib = (&desk.library, desk.token.as_str());
    world.in_library(lib, "GET", "usage", "", Value::Null).await.is(403, "NoPermission");
}

async fn capacity_and_room_of_each() {
    let world = World::start().await;
    let desk = furnished(&world).await;
    let other = world.space(&desk.library, json!({})).await;
    let admin = world.token(&desk.library, "grant=admin").await;
    let lib = (&desk.library, admin.as_str());
    let body = json!({"spaces": [desk.space], "capacity": "100", "removeWhenExceed": false,
        "removeAfterDays": 0});
    assert_eq!(world.in_library(lib, "POST", "quota", "", body).await.status, 201);
    let rest = format!("/{},{other}", desk.space);
    let usage = world.in_library(lib, "GET", "usage", &rest, Value::Null).await;
    let rows = usage.json.as_array().expect("a bare array");
    assert_eq!((&rows[0]["spaceId"], &rows[0]["size"]), (&json!(desk.space), &json!("10")));
    assert_eq!((&rows[0]["capacity"], &rows[0]["availableSpace"]), (&json!("100"), &json!("90")));
    assert_eq!((&rows[1]["capacity"], &rows[1]["availableSpace"]), (&Value::Null, &Value::Null));
    assert_eq!(rows[1]["size"], json!("0"));
    world.in_library(lib, "GET", "usage", "/nope", Value::Null).await.is(404, "SpaceNotFound");
}

async fn of_own_spaces_only() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let other = world.space(&desk.library, json!({})).await;
    let lib = (&desk.library, desk.token.as_str());
    let own = format!("/{}", desk.space);
    assert_eq!(world.in_library(lib, "GET", "usage", &own, Value::Null).await.status, 200);
    // Whether it is there or not is not told.
    for rest in [format!("/{},{other}", desk.space), "/nowhere".to_owned()] {
        let refused = world.in_library(lib, "GET", "usage", &rest, Value::Null).await;
        refused.is(403, "AccessTokenNotMatchSpace");
    }
    let plain = desk.with(&world, "grant=upload_file").await;
    let lib = (&desk.library, plain.token.as_str());
    world.in_library(lib, "GET", "usage", &own, Value::Null).await.is(403, "NoPermission");
}

async fn sums_by_tag() {
    let world = World::start().await;
    let settings = json!({"isFileLibrary": true});
    let desk = world.desk(settings, json!({"spaceTag": "team"})).await;
    world.upload(&desk, "a.txt", "", b"12345").await;
    world.space(&desk.library, json!({"spaceTag": "personal"})).await;
    let admin = world.token(&desk.library, "grant=admin").await;
    let lib = (&desk.library, admin.as_str());
    let all = world.in_library(lib, "GET", "stats", "/space-size", Value::Null).await;
    let wanted = json!([{"spaceTag": "personal", "size": "0"}, {"spaceTag": "team", "size": "5"}]);
    assert_eq!(all.json, wanted);
    let rest = "/space-size?space_tag=team";
    let one = world.in_library(lib, "GET", "stats", rest, Value::Null).await;
    assert_eq!(one.json, json!([{"spaceTag": "team", "size": "5"}]));
}
