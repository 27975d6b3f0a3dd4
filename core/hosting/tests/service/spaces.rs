//! Tenant spaces (SMH section 4), over the wire.

use albumen_db::testing;
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn spaces_are_made_listed_counted_and_removed() {
    let world = World::start().await;
    let library = world.library(json!({"isFileLibrary": true})).await;
    let admin = world.token(&library, "grant=admin").await;
    let ann = world.token(&library, "grant=create_space&user_id=ann").await;
    let path = |rest: &str, token: &str| {
        let join = if rest.contains('?') { '&' } else { '?' };
        format!("/api/v1/space/{}{rest}{join}access_token={token}", library.id)
    };
    for id in ["team-a", "team-b", "zoo"] {
        let made = world.call("POST", &path(&format!("?space_id={id}"), &admin)).await;
        assert_eq!((made.status, made.text("spaceId")), (201, id.to_owned()));
    }
    world.call("POST", &path("?space_id=zoo", &admin)).await.is(409, "SpaceIdTaken");
    for bad in ["a", "-ab", "Upper", "list", "count", "a_b"] {
        let reply = world.call("POST", &path(&format!("?space_id={bad}"), &admin)).await;
        reply.is(400, "SpaceIdInvalid");
    }
    let own = world.call("POST", &path("", &ann)).await.text("spaceId");

    let ids = |reply: &crate::world::Reply| -> Vec<String> {
        let rows = reply.json["list"].as_array().unwrap().iter();
        rows.map(|row| row["spaceId"].as_str().unwrap().to_owned()).collect()
    };
    let all = world.call("GET", &path("/list?ordered=1", &admin)).await;
    assert_eq!(ids(&all), [own.as_str(), "team-a", "team-b", "zoo"]);
    assert!(all.json.get("marker").is_none());
    let first = world.call("GET", &path("/list?limit=3", &admin)).await;
    let rest = format!("/list?limit=3&marker={}", first.text("marker"));
    assert_eq!(ids(&world.call("GET", &path(&rest, &admin)).await), ["zoo"]);
    let teams =
        world.call("GET", &path("/list?ordered=1&prefix=team-&start_name=team-a", &admin)).await;
    assert_eq!(ids(&teams), ["team-b"]);
    assert_eq!(ids(&world.call("GET", &path("/list", &ann)).await), [own.as_str()]);
    assert_eq!(world.call("GET", &path("/count", &admin)).await.json, json!({"total": 4}));
    assert_eq!(world.call("GET", &path("/count", &ann)).await.json, json!({"total": 1}));
    let older = world.call("GET", &path("", &ann)).await;
    assert_eq!(older.json[0]["userId"], json!("ann"));

    world.call("DELETE", &path("/zoo", &ann)).await.is(403, "NoPermission");
    assert_eq!(world.call("DELETE", &path("/zoo", &admin)).await.status, 204);
    world.call("DELETE", &path("/zoo", &admin)).await.is(404, "SpaceNotFound");
}

#[tokio::test]
async fn a_space_with_content_goes_only_by_force_and_takes_all_with_it() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.at(&desk, "PUT", "directory", "a/b").await;
    world.upload(&desk, "a/b/x.txt", "", b"x").await;
    world.upload(&desk, "y.txt", "", b"y").await;
    world.at(&desk, "DELETE", "file", "y.txt").await;
    let open = world.at(&desk, "POST", "file", "z.txt?multipart").await;
    let admin = world.token(&desk.library, "grant=delete_space").await;
    let path = format!("/api/v1/space/{}/{}?access_token={admin}", desk.library.id, desk.space);
    world.call("DELETE", &path).await.is(409, "SpaceNotEmpty");
    assert_eq!(world.call("DELETE", &format!("{path}&force=1")).await.status, 204);
    // Its tokens went with it, so that a later space of its name is not theirs.
    world.at(&desk, "GET", "directory", "").await.is(403, "InvalidAccessToken");
    world.service.sweep().await.unwrap();
    assert_ne!(world.put_status(&open, "?partNumber=1&uploadId=x", b"late").await, 200);
    world.clock.advance_seconds(86_400);
    world.service.sweep().await.unwrap();
    for table in ["nodes", "objects", "orphan_objects", "recycled", "spaces"] {
        let sql = format!("SELECT count(*) FROM {table}");
        assert_eq!(testing::number(&world.database, &sql).await, 0, "{table}");
    }
}

#[tokio::test]
async fn attributes_are_read_and_changed_in_part() {
    let world = World::start().await;
    let desk = world.album_desk().await;
    let get = || world.at(&desk, "GET", "space", "extension");
    let before = get().await;
    assert_eq!(before.json["isMultiAlbum"], json!(true));
    assert_eq!(before.json["allowVideo"], json!(true));
    assert!(before.json.get("spaceTag").is_none());
    let change = json!({"allowVideo": false, "spaceTag": "team", "isMultiAlbum": false});
    let changed = world.at_with(&desk, "POST", "space", "extension", change).await;
    assert_eq!(changed.status, 204);
    let after = get().await;
    assert_eq!(after.json["allowVideo"], json!(false));
    assert_eq!(after.json["allowPhoto"], json!(true));
    assert_eq!(after.json["isMultiAlbum"], json!(true), "only settable when the space is made");
    assert_eq!(after.text("spaceTag"), "team");
    world.at_with(&desk, "POST", "space", "extension", json!({"spaceTag": null})).await;
    assert!(get().await.json.get("spaceTag").is_none());
    let reader = desk.with(&world, "grant=upload_file").await;
    let refused = world.at_with(&reader, "POST", "space", "extension", json!({})).await;
    refused.is(403, "NoPermission");
}

#[tokio::test]
async fn a_space_read_by_everybody_is_read_without_a_token() {
    let world = World::start().await;
    let desk = world.desk(json!({"isFileLibrary": true}), json!({"isPublicRead": true})).await;
    world.upload(&desk, "a.txt", "", b"open").await;
    let path = format!("/api/v1/file/{}/{}/a.txt", desk.library.id, desk.space);
    assert_eq!(world.call("GET", &path).await.status, 302);
    assert_eq!(world.call("GET", &format!("{path}?info")).await.status, 200);
    world.call("DELETE", &path).await.is(400, "EmptyAccessToken");
    let key = path.replace("a.txt", "somekey");
    world.call("GET", &format!("{key}?upload")).await.is(400, "EmptyAccessToken");
}
