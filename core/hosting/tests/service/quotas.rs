//! Quotas at work: what they let in, also when many come at once, and what they take (SMH section
//! 14), over the wire.

use serde_json::{Value, json};

use crate::world::{Desk, Reply, World};

const OVER: &str = "conflict_resolution_strategy=overwrite";
const DAY: i64 = 86_400;

async fn admin(world: &World, desk: &Desk, method: &str, rest: &str, body: Value) -> Reply {
    let token = world.token(&desk.library, "grant=admin").await;
    world.in_library((&desk.library, &token), method, "quota", rest, body).await
}

async fn quota(world: &World, desk: &Desk, spaces: &[&str], rest: Value) -> u64 {
    let mut body = json!({"spaces": spaces});
    let fields = body.as_object_mut().expect("an object");
    fields.extend(rest.as_object().expect("an object").clone());
    let made = admin(world, desk, "POST", "", body).await;
    assert_eq!(made.status, 201, "{made:?}");
    made.json["quotaId"].as_u64().expect("a number")
}

async fn size(world: &World, desk: &Desk) -> String {
    world.at(desk, "GET", "space", "size").await.text("size")
}

/// The same rights again, after time has passed.
async fn again(world: &World, desk: &Desk) -> Desk {
    desk.with(world, "user_id=ann&client_id=mac&grant=space_admin").await
}

#[tokio::test]
async fn a_full_space_takes_no_more_at_begin_and_none_at_confirm() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    quota(&world, &desk, &[&desk.space], json!({"capacity": 10})).await;
    // Begun while there was room, under no size and under a smaller one: the bytes decide.
    let early = world.at(&desk, "PUT", "file", "early.txt").await;
    world.put(&early, b"123456").await;
    assert_eq!(world.upload(&desk, "a.txt", "filesize=8", b"12345678").await.status, 200);
    world.confirm(&desk, &early, "", b"123456").await.is(400, "QuotaLimitReached");
    world.at(&desk, "GET", "file", "early.txt").await.is(404, "FileNotFound");
    // By the query or in the body, simple or in parts.
    world.at(&desk, "PUT", "file", "b.txt?filesize=3").await.is(400, "QuotaLimitReached");
    let body = json!({"size": "3"});
    let refused = world.at_with(&desk, "POST", "file", "b.txt?multipart=1", body).await;
    refused.is(400, "QuotaLimitReached");
    assert!(refused.text("message").contains("8 of 10 bytes"), "{refused:?}");
    assert_eq!(world.upload(&desk, "b.txt", "filesize=2", b"12").await.status, 200);
    world.at(&desk, "PUT", "file", "c.txt").await.is(400, "QuotaLimitReached");
    // What has no bytes still goes in.
    assert_eq!(world.at(&desk, "PUT", "file", "empty.txt?filesize=0").await.status, 201);
    // The bin frees nothing, a purge does; then the session that waited can be confirmed.
    world.at(&desk, "DELETE", "file", "a.txt").await;
    world.confirm(&desk, &early, "", b"123456").await.is(400, "QuotaLimitReached");
    world.at(&desk, "DELETE", "recycled", "").await;
    assert_eq!(world.confirm(&desk, &early, "", b"123456").await.status, 200);
    assert_eq!(size(&world, &desk).await, "8");
}

#[tokio::test]
async fn an_overwrite_counts_what_history_keeps() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    quota(&world, &desk, &[&desk.space], json!({"capacity": 10})).await;
    world.upload(&desk, "a.txt", "", b"123456").await;
    let rest = format!("a.txt?filesize=6&{OVER}");
    world.at(&desk, "PUT", "file", &rest).await.is(400, "QuotaLimitReached");
    let settings = json!({"isFileLibrary": true, "enableFileHistory": false});
    let plain = world.desk(settings, json!({})).await;
    quota(&world, &plain, &[&plain.space], json!({"capacity": 10})).await;
    world.upload(&plain, "a.txt", "", b"123456").await;
    let query = format!("filesize=10&{OVER}");
    assert_eq!(world.upload(&plain, "a.txt", &query, b"1234567890").await.status, 200);
    let rest = format!("a.txt?filesize=11&{OVER}");
    world.at(&plain, "PUT", "file", &rest).await.is(400, "QuotaLimitReached");
}

#[tokio::test]
async fn one_quota_over_two_spaces_and_one_over_the_library() {
    let world = World::start().await;
    let settings = json!({"isFileLibrary": true, "libraryQuota": 12});
    let desk = world.desk(settings, json!({})).await;
    let other = world.space(&desk.library, json!({})).await;
    let third = world.space(&desk.library, json!({})).await;
    let at = async |space: &String| {
        let rest = format!("space_id={space}&grant=space_admin");
        let token = world.token(&desk.library, &rest).await;
        Desk { library: desk.library.clone(), space: space.clone(), token }
    };
    let (second, third) = (at(&other).await, at(&third).await);
    quota(&world, &desk, &[&desk.space, &other], json!({"capacity": "10"})).await;
    world.upload(&desk, "a.txt", "", b"123456").await;
    world.at(&second, "PUT", "file", "b.txt?filesize=5").await.is(400, "QuotaLimitReached");
    assert_eq!(world.upload(&second, "b.txt", "filesize=4", b"1234").await.status, 200);
    // The third is under no quota but the library's.
    assert_eq!(world.upload(&third, "c.txt", "filesize=2", b"12").await.status, 200);
    let refused = world.at(&third, "PUT", "file", "d.txt?filesize=1").await;
    refused.is(400, "LibraryQuotaLimitReached");
    let token = world.token(&desk.library, "grant=admin").await;
    let lib = (&desk.library, token.as_str());
    let usage = world.in_library(lib, "GET", "usage", "", Value::Null).await;
    assert_eq!(
        usage.json,
        json!({"totalFileSize": "12", "capacity": "12",
        "availableSpace": "0", "totalAllocatedSpaceQuota": "10"})
    );
    // A space that goes away makes room in both.
    let path = format!("/{other}?force=1");
    world.in_library(lib, "DELETE", "space", &path, Value::Null).await;
    assert_eq!(world.upload(&third, "d.txt", "filesize=4", b"1234").await.status, 200);
    assert_eq!(
        world.at(&desk, "PUT", "file", "e.txt?filesize=5").await.code(),
        "QuotaLimitReached"
    );
}

#[tokio::test]
async fn a_move_between_spaces_under_one_full_quota_adds_nothing_to_it() {
    let world = World::start().await;
    let settings = json!({"isFileLibrary": true, "libraryQuota": 12});
    let [one, two] = world.two_desks(settings, [json!({}), json!({})]).await;
    quota(&world, &one, &[&one.space, &two.space], json!({"capacity": 10})).await;
    world.directories(&one, &["d"]).await;
    world.upload(&one, "d/a.txt", "", b"123456").await;
    world.upload(&one, "b.txt", "", b"1234").await;
    let moved = async |from: &Desk, to: &Desk, name: &str| {
        let item = json!([{"from": name, "fromSpaceId": from.space, "to": name}]);
        world.at_with(to, "POST", "batch", "?move=1", item).await.json["result"][0].clone()
    };
    assert_eq!(moved(&one, &two, "d").await["status"], json!(204));
    assert_eq!(moved(&one, &two, "b.txt").await["status"], json!(200));
    assert_eq!((size(&world, &one).await, size(&world, &two).await), ("0".into(), "10".into()));
    // A copy adds to it; so does a move from where the quota does not reach.
    let copy = json!([{"copyFrom": "b.txt", "copyFromSpaceId": two.space, "to": "b.txt"}]);
    let copied = world.at_with(&one, "POST", "batch", "?copy=1", copy).await;
    assert_eq!(copied.json["result"][0]["code"], json!("QuotaLimitReached"));
    let third = world.space(&one.library, json!({})).await;
    let spaces = format!("space_id={},{third}&grant=space_admin", one.space);
    let token = world.token(&one.library, &spaces).await;
    let [one, third] = [one.space.clone(), third].map(|space| Desk {
        space,
        token: token.clone(),
        library: one.library.clone(),
    });
    world.upload(&third, "c.txt", "", b"12").await;
    assert_eq!(moved(&third, &one, "c.txt").await["code"], json!("QuotaLimitReached"));
    // Away from under the quota: the library is full, and grows by nothing either.
    let back = format!("space_id={},{}&grant=space_admin", two.space, third.space);
    let token = world.token(&one.library, &back).await;
    let third = Desk { token, ..third };
    assert_eq!(moved(&two, &third, "b.txt").await["status"], json!(200));
}

#[tokio::test]
async fn many_at_once_never_get_past_the_limit() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let other = world.space(&desk.library, json!({})).await;
    let rest = format!("space_id={other}&grant=space_admin");
    let token = world.token(&desk.library, &rest).await;
    let second = Desk { library: desk.library.clone(), space: other.clone(), token };
    quota(&world, &desk, &[&desk.space, &other], json!({"capacity": 50})).await;
    let bytes = [7_u8; 10];
    let mut begun = Vec::new();
    for n in 0..12 {
        let at = if n % 2 == 0 { &desk } else { &second };
        let reply = world.at(at, "PUT", "file", &format!("f{n}?filesize=10")).await;
        world.put(&reply, &bytes).await;
        begun.push((at, reply));
    }
    let confirms = begun.iter().map(|(at, reply)| world.confirm(at, reply, "", &bytes));
    let replies = futures::future::join_all(confirms).await;
    let taken = replies.iter().filter(|reply| reply.status == 200).count();
    let refused = replies.iter().filter(|reply| reply.code() == "QuotaLimitReached").count();
    assert_eq!((taken, refused), (5, 7), "{replies:?}");
}

#[tokio::test]
async fn removal_is_off_unless_asked_for_and_waits_for_its_days() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    for (name, bytes) in [("old.txt", "1111"), ("mid.txt", "22222"), ("new.txt", "333")] {
        world.upload(&desk, name, "", bytes.as_bytes()).await;
        world.clock.advance_seconds(60);
    }
    let id = quota(&world, &desk, &[&desk.space], json!({"capacity": 6})).await;
    world.clock.advance_seconds(400 * DAY);
    world.service.sweep().await.unwrap();
    let desk = again(&world, &desk).await;
    assert_eq!(size(&world, &desk).await, "12", "nothing goes by itself");
    let rest = format!("/{id}");
    let body = json!({"removeWhenExceed": true, "removeAfterDays": 3});
    assert_eq!(admin(&world, &desk, "PUT", &rest, body).await.status, 204);
    world.service.sweep().await.unwrap();
    world.clock.advance_seconds(3 * DAY - 1);
    world.service.sweep().await.unwrap();
    let desk = again(&world, &desk).await;
    assert_eq!(size(&world, &desk).await, "12", "not before its days are over");
    world.clock.advance_seconds(1);
    world.service.sweep().await.unwrap();
    assert_eq!(size(&world, &desk).await, "3", "4 alone are not enough");
    for name in ["old.txt", "mid.txt"] {
        world.at(&desk, "GET", "file", name).await.is(404, "FileRemovedByQuota");
        world
            .at(&desk, "GET", "file", &format!("{name}?info=1"))
            .await
            .is(404, "FileRemovedByQuota");
        assert_eq!(world.at(&desk, "HEAD", "file", name).await.status, 404);
    }
    assert_eq!(world.download(&desk, "new.txt").await, b"333");
    // They stay where they were and say what became of them.
    let list = world.at(&desk, "GET", "directory", "").await;
    assert_eq!(list.names(), ["mid.txt", "new.txt", "old.txt"]);
    let marks: Vec<_> = list.json["contents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row.get("removedByQuota").cloned())
        .collect();
    assert_eq!(marks, [Some(json!(true)), None, Some(json!(true))]);
    let info = world.at(&desk, "GET", "directory", "old.txt?info=1").await;
    assert_eq!(info.json["removedByQuota"], json!(true));
    // Sent again, it is a file like any other.
    let done = world.upload(&desk, "old.txt", &format!("filesize=2&{OVER}"), b"ok").await;
    assert_eq!(done.status, 200, "{done:?}");
    let info = world.at(&desk, "GET", "directory", "old.txt?info=1").await;
    assert!(info.json.get("removedByQuota").is_none());
    assert_eq!(world.download(&desk, "old.txt").await, b"ok");
}

#[tokio::test]
async fn a_removal_is_told_as_a_task_and_not_as_a_delete_by_somebody() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.upload(&desk, "a.txt", "", b"12345").await;
    let policy = json!({"capacity": 1, "removeWhenExceed": true, "removeAfterDays": 0});
    quota(&world, &desk, &[&desk.space], policy).await;
    world.service.sweep().await.unwrap();
    let sql = "SELECT count(*) FROM changes WHERE event LIKE '%TASK.FILE.DELETE%'
        AND event LIKE '%\"removedByQuota\":true%' AND event LIKE '%\"location\":3%'";
    assert_eq!(albumen_db::testing::number(&world.database, sql).await, 1);
    let sql = "SELECT count(*) FROM quota_removals";
    assert_eq!(albumen_db::testing::number(&world.database, sql).await, 1);
    world.clock.advance_seconds(181 * DAY);
    world.service.sweep().await.unwrap();
    assert_eq!(albumen_db::testing::number(&world.database, sql).await, 0, "kept for 180 days");
}

#[tokio::test]
async fn bin_and_history_go_first_and_the_preview_says_so() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.upload(&desk, "a.txt", "", b"1").await;
    world.upload(&desk, "a.txt", OVER, b"333").await;
    world.upload(&desk, "binned.txt", "", b"4444").await;
    world.at(&desk, "DELETE", "file", "binned.txt").await;
    world.clock.advance_seconds(60);
    world.upload(&desk, "late.txt", "", b"55555").await;
    let policy = json!({"capacity": 9, "removeWhenExceed": true, "removeAfterDays": 0,
        "removeNewest": true});
    let id = quota(&world, &desk, &[&desk.space], policy).await;
    let token = world.token(&desk.library, "grant=admin").await;
    let ask = async |token: &str, body: Value| {
        let path = format!("/albumen/v1/quota-preview?access_token={token}");
        world.call_with("POST", &path, body).await
    };
    let body = json!({"libraryId": desk.library.id, "quotaId": id});
    let preview = ask(&token, body.clone()).await;
    assert_eq!(preview.status, 200, "{preview:?}");
    assert_eq!((&preview.json["size"], &preview.json["capacity"]), (&json!(13), &json!(9)));
    assert_eq!(preview.json["binItems"], json!({"count": 1, "size": 4}));
    assert_eq!(preview.json["versions"], json!({"count": 0, "size": 0}));
    assert_eq!(preview.json["files"], json!({"count": 0, "size": 0}));
    // With another limit and order, to see what they would do.
    let mut other = json!({"libraryId": desk.library.id, "spaceId": desk.space, "capacity": 5});
    let newest = ask(&token, other.clone()).await;
    assert_eq!(newest.json["versions"], json!({"count": 1, "size": 1}));
    assert_eq!(newest.json["files"], json!({"count": 1, "size": 5}));
    assert_eq!(newest.json["firstFiles"][0]["path"], json!(["late.txt"]));
    other["removeNewest"] = json!(false);
    let oldest = ask(&token, other).await;
    assert_eq!(oldest.json["firstFiles"][0]["path"], json!(["a.txt"]));
    assert_eq!(size(&world, &desk).await, "13", "nothing was changed");
    ask(&desk.token, body.clone()).await.is(403, "NoPermission");
    ask(&token, json!({"libraryId": desk.library.id})).await.is(400, "ParamInvalid");
    let unknown = json!({"libraryId": desk.library.id, "quotaId": 4711});
    ask(&token, unknown).await.is(404, "QuotaNotFound");
    // And then it happens as it was told.
    world.service.sweep().await.unwrap();
    assert_eq!(size(&world, &desk).await, "9");
    assert!(world.at(&desk, "GET", "recycled", "").await.names().is_empty());
    assert_eq!(world.download(&desk, "late.txt").await, b"55555");
    assert_eq!(ask(&token, body).await.json["binItems"]["count"], json!(0));
}

#[tokio::test]
async fn two_instances_take_no_more_than_one() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    for n in 0..20 {
        world.upload(&desk, &format!("f{n:02}"), "", b"1234567890").await;
        world.clock.advance_seconds(1);
    }
    let policy = json!({"capacity": 100, "removeWhenExceed": true, "removeAfterDays": 0});
    quota(&world, &desk, &[&desk.space], policy).await;
    let second = world.second().await;
    let (one, two) = tokio::join!(world.service.sweep(), second.sweep());
    assert!(one.is_ok() && two.is_ok());
    assert_eq!(size(&world, &desk).await, "100");
    world.at(&desk, "GET", "file", "f09").await.is(404, "FileRemovedByQuota");
    assert_eq!(world.at(&desk, "GET", "file", "f10").await.status, 302);
    second.shutdown().await;
}
