//! Rows 72 to 77: earlier content of files (SMH section 13).

use serde_json::{Value, json};

use crate::world::{Desk, Reply, World};

rows! {
    r072_delete_history { some_versions, not_the_latest, unknown_ones, grants_for_deleting }
    r073_empty_history { a_library_that_keeps_none, while_it_is_on, once_a_minute }
    r074_get_history_config { all_four_settings, config_for_admins_only }
    r075_list_history {
        the_latest_first, by_marker, by_page, what_has_no_history, orders, without_history
    }
    r076_set_history_config { in_part, numbers_out_of_range, one_version_within_the_interval }
    r077_set_history_latest { back_to_an_earlier_one, again_and_unknown, grants_for_going_back }
}

const OVER: &str = "conflict_resolution_strategy=overwrite";

/// A file that was uploaded once for each text.
async fn versions(world: &World, desk: &Desk, path: &str, texts: &[&str]) {
    for text in texts {
        let done = world.upload(desk, path, OVER, text.as_bytes()).await;
        assert_eq!(done.status, 200, "{done:?}");
        world.clock.advance_seconds(60);
    }
}

async fn list(world: &World, desk: &Desk, rest: &str) -> Reply {
    world.at(desk, "GET", "directory-history", &format!("history-list/{rest}")).await
}

fn field(reply: &Reply, name: &str) -> Vec<Value> {
    let rows = reply.json["contents"].as_array().unwrap_or_else(|| panic!("{reply:?}"));
    rows.iter().map(|row| row[name].clone()).collect()
}

async fn config(world: &World, desk: &Desk, method: &str, body: Value) -> Reply {
    let admin = world.token(&desk.library, "grant=admin").await;
    let lib = (&desk.library, admin.as_str());
    world.in_library(lib, method, "directory-history", "/library-history", body).await
}

async fn some_versions() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    versions(&world, &desk, "a.txt", &["1", "22", "333", "4444"]).await;
    let ids = field(&list(&world, &desk, "a.txt").await, "id");
    // Numbers, as one client sends them, and texts, as another does.
    let body = json!([ids[1], ids[3].to_string()]);
    let reply = world.at_with(&desk, "POST", "directory-history", "delete", body).await;
    assert_eq!(reply.status, 204, "{reply:?}");
    assert_eq!(field(&list(&world, &desk, "a.txt").await, "size"), [json!(4), json!(2)]);
    assert_eq!(world.at(&desk, "GET", "space", "size").await.text("size"), "6");
}

async fn not_the_latest() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    versions(&world, &desk, "a.txt", &["1", "22"]).await;
    let ids = field(&list(&world, &desk, "a.txt").await, "id");
    assert_eq!(ids[0], Value::Null, "the latest has no number to be deleted by");
    let rest = format!("latest-version/{}", ids[1]);
    world.at(&desk, "POST", "directory-history", &rest).await;
    let body = json!([ids[1]]);
    let reply = world.at_with(&desk, "POST", "directory-history", "delete", body).await;
    reply.is(400, "DirectoryHistoryNotBeDeleted");
}

async fn unknown_ones() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    versions(&world, &desk, "a.txt", &["1", "22"]).await;
    let id = field(&list(&world, &desk, "a.txt").await, "id")[1].clone();
    let delete = async |desk: &Desk, body: Value| {
        world.at_with(desk, "POST", "directory-history", "delete", body).await
    };
    delete(&desk, json!([id, 4711])).await.is(404, "DirectoryHistoryNotFound");
    assert_eq!(field(&list(&world, &desk, "a.txt").await, "id").len(), 2, "all or nothing");
    delete(&desk, json!([])).await.is(400, "NoItemsProvided");
    delete(&desk, json!(["x"])).await.is(400, "ParamInvalid");
    // A version of another space is unknown too.
    let other = world.space(&desk.library, json!({})).await;
    let rest = format!("space_id={other}&grant=space_admin");
    let token = world.token(&desk.library, &rest).await;
    let stranger = Desk { space: other, token, ..desk };
    delete(&stranger, json!([id])).await.is(404, "DirectoryHistoryNotFound");
}

async fn grants_for_deleting() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    versions(&world, &desk, "a.txt", &["1", "22"]).await;
    let id = field(&list(&world, &desk, "a.txt").await, "id")[1].clone();
    let plain = desk.with(&world, "grant=delete_file_permanent,set_history_latest").await;
    let refused = world.at_with(&plain, "POST", "directory-history", "delete", json!([id])).await;
    refused.is(403, "NoPermission");
    let deleter = desk.with(&world, "grant=delete_history").await;
    let done = world.at_with(&deleter, "POST", "directory-history", "delete", json!([id])).await;
    assert_eq!(done.status, 204);
}

async fn a_library_that_keeps_none() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    versions(&world, &desk, "a.txt", &["1", "22", "333"]).await;
    config(&world, &desk, "POST", json!({"enableFileHistory": false})).await;
    let reply = config(&world, &desk, "DELETE", Value::Null).await;
    assert_eq!(reply.status, 202, "{reply:?}");
    let id = reply.json["taskId"].as_u64().expect("a number");
    world.service.sweep().await.expect("a sweep");
    let admin = world.token(&desk.library, "grant=admin").await;
    let lib = (&desk.library, admin.as_str());
    let rest = format!("/{id}");
    let task = world.in_library(lib, "GET", "task", &rest, Value::Null).await;
    let result = json!({"status": 200, "deleteCount": 2});
    let wanted = json!([{"taskId": id, "id": id, "status": 200, "result": result}]);
    assert_eq!(task.json, wanted);
    let task = world.in_library(lib, "GET", "task-result", &rest, Value::Null).await;
    let wanted = json!({"taskId": id.to_string(), "taskType": "clearLibraryHistory",
        "status": 200, "clearLibraryHistoryResult": result});
    assert_eq!(task.json, wanted);
    let unknown = world.in_library(lib, "GET", "task-result", "/4711", Value::Null).await;
    unknown.is(404, "PathNotFound");
    assert_eq!(world.at(&desk, "GET", "space", "size").await.text("size"), "3");
    assert_eq!(world.download(&desk, "a.txt").await, b"333", "the latest stays");
    config(&world, &desk, "POST", json!({"enableFileHistory": true})).await;
    assert_eq!(field(&list(&world, &desk, "a.txt").await, "size"), [json!(3)]);
}

async fn while_it_is_on() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    config(&world, &desk, "DELETE", Value::Null).await.is(400, "BadRequest");
}

async fn once_a_minute() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    config(&world, &desk, "POST", json!({"enableFileHistory": false})).await;
    assert_eq!(config(&world, &desk, "DELETE", Value::Null).await.status, 202);
    config(&world, &desk, "DELETE", Value::Null).await.is(429, "RateLimitExceeded");
    world.clock.advance_seconds(60);
    assert_eq!(config(&world, &desk, "DELETE", Value::Null).await.status, 202);
}

async fn all_four_settings() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let reply = config(&world, &desk, "GET", Value::Null).await;
    let wanted = json!({"enableFileHistory": true, "fileHistoryCount": 20,
        "fileHistoryExpireDay": 0, "mergeInterval": 0});
    assert_eq!((reply.status, reply.json), (200, wanted));
}

async fn config_for_admins_only() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let lib = (&desk.library, desk.token.as_str());
    for method in ["GET", "POST", "DELETE"] {
        let rest = "/library-history";
        let reply = world.in_library(lib, method, "directory-history", rest, json!({})).await;
        reply.is(403, "NoPermission");
    }
}

async fn the_latest_first() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.at(&desk, "PUT", "directory", "d").await;
    versions(&world, &desk, "d/a.txt", &["1", "22", "333"]).await;
    // The whole path as one segment, as the browser SDK sends it.
    let reply = list(&world, &desk, "%2Fd%2Fa.txt").await;
    assert_eq!(field(&reply, "size"), [json!(3), json!(2), json!(1)], "numbers, not texts");
    assert_eq!(field(&reply, "version"), [json!(3), json!(2), json!(1)]);
    assert_eq!(field(&reply, "creationWay"), [json!(1), json!(1), json!(0)]);
    assert_eq!(field(&reply, "isLatestVersion"), [json!(true), json!(false), json!(false)]);
    assert_eq!(field(&reply, "createdBy"), ["ann", "ann", "ann"]);
    assert_eq!(reply.json["hasMore"], json!(false));
    let row = &reply.json["contents"][1];
    assert!(row["id"].is_u64() && row["crc64"].is_string() && row["creationTime"].is_string());
    assert_eq!((&row["name"], &row["contentType"]), (&json!("a.txt"), &json!("text/plain")));
}

async fn by_marker() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    versions(&world, &desk, "a.txt", &["1", "22", "333", "4444", "55555"]).await;
    for (order, wanted) in
        [("", [5, 4, 3, 2, 1]), ("&order_by=creationTime&order_by_type=asc", [5, 1, 2, 3, 4])]
    {
        for limit in [1, 2, 3, 5] {
            let (mut sizes, mut marker) = (Vec::new(), String::new());
            loop {
                let page =
                    list(&world, &desk, &format!("a.txt?limit={limit}{order}{marker}")).await;
                assert!(page.json.get("totalNum").is_none());
                sizes.extend(field(&page, "size"));
                if page.json["hasMore"] == json!(false) {
                    assert!(page.json.get("nextMarker").is_none());
                    break;
                }
                marker = format!("&marker={}", page.text("nextMarker"));
            }
            assert_eq!(sizes, wanted.map(|size| json!(size)), "{order} {limit}");
        }
    }
    list(&world, &desk, "a.txt?marker=17").await.is(404, "MarkerNotFound");
}

async fn by_page() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    versions(&world, &desk, "a.txt", &["1", "22", "333"]).await;
    // With both given, the page wins.
    let page = list(&world, &desk, "a.txt?page=2&page_size=2&marker=x&limit=1").await;
    assert_eq!(field(&page, "size"), [json!(1)]);
    assert_eq!((&page.json["totalNum"], &page.json["hasMore"]), (&json!(3), &json!(false)));
    let beyond = list(&world, &desk, "a.txt?page=9&page_size=2").await;
    assert_eq!((field(&beyond, "size").len(), &beyond.json["hasMore"]), (0, &json!(false)));
}

async fn what_has_no_history() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.at(&desk, "PUT", "directory", "d").await;
    list(&world, &desk, "d").await.is(400, "UnsupportedFileType");
    list(&world, &desk, "nowhere.txt").await.is(404, "FileNotFound");
    list(&world, &desk, "").await.is(400, "EmptyFileName");
    world.upload(&desk, "one.txt", "", b"1").await;
    assert_eq!(field(&list(&world, &desk, "one.txt").await, "size"), [json!(1)]);
}

async fn orders() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    versions(&world, &desk, "a.txt", &["1", "22", "333"]).await;
    let asc = list(&world, &desk, "a.txt?orderBy=id&orderByType=asc").await;
    assert_eq!(field(&asc, "size"), [json!(3), json!(1), json!(2)], "the latest is always first");
    list(&world, &desk, "a.txt?order_by=size").await.is(400, "ParamInvalid");
}

async fn without_history() {
    let world = World::start().await;
    let settings = json!({"isFileLibrary": true, "enableFileHistory": false});
    let desk = world.desk(settings, json!({})).await;
    world.upload(&desk, "a.txt", "", b"1").await;
    list(&world, &desk, "a.txt").await.is(400, "FunctionNotEnabled");
    for rest in ["delete", "latest-version/1"] {
        let reply = world.at_with(&desk, "POST", "directory-history", rest, json!([1])).await;
        reply.is(400, "FunctionNotEnabled");
    }
}

async fn in_part() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let set = config(&world, &desk, "POST", json!({"fileHistoryCount": 2})).await;
    assert_eq!(set.status, 204, "{set:?}");
    let body = json!({"fileHistoryExpireDay": 7, "mergeInterval": 5});
    config(&world, &desk, "POST", body).await;
    let wanted = json!({"enableFileHistory": true, "fileHistoryCount": 2,
        "fileHistoryExpireDay": 7, "mergeInterval": 5});
    assert_eq!(config(&world, &desk, "GET", Value::Null).await.json, wanted);
    versions(&world, &desk, "a.txt", &["1", "22", "333", "4444"]).await;
    assert_eq!(field(&list(&world, &desk, "a.txt").await, "size"), [4, 3, 2].map(|n| json!(n)));
}

async fn numbers_out_of_range() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    for (body, code) in [
        (json!({"fileHistoryCount": 0}), "InvalidFileHistoryCount"),
        (json!({"fileHistoryCount": 1000}), "InvalidFileHistoryCount"),
        (json!({"fileHistoryExpireDay": -1}), "InvalidFileHistoryExpireDay"),
        (json!({"fileHistoryExpireDay": 1000}), "InvalidFileHistoryExpireDay"),
        (json!({"mergeInterval": 4}), "InvalidFileHistoryMergeInterval"),
        (json!({"mergeInterval": 601}), "InvalidFileHistoryMergeInterval"),
        (json!({"mergeInterval": "often"}), "ParamInvalid"),
    ] {
        config(&world, &desk, "POST", body).await.is(400, code);
    }
}

async fn one_version_within_the_interval() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    config(&world, &desk, "POST", json!({"mergeInterval": 100})).await;
    // Saved every minute: 60 s after the first is too soon, 120 s are not; then it begins anew.
    versions(&world, &desk, "a.txt", &["1", "22", "333", "4444", "55555"]).await;
    assert_eq!(field(&list(&world, &desk, "a.txt").await, "size"), [5, 4, 2].map(|n| json!(n)));
    assert_eq!(world.at(&desk, "GET", "space", "size").await.text("size"), "11");
}

async fn back_to_an_earlier_one() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    versions(&world, &desk, "a.txt", &["1", "22", "333"]).await;
    let size = world.at(&desk, "GET", "space", "size").await.text("size");
    let ids = field(&list(&world, &desk, "a.txt").await, "id");
    let rest = format!("latest-version/{}", ids[2]);
    let reply = world.at(&desk, "POST", "directory-history", &rest).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!((&reply.json["size"], reply.text("name")), (&json!(1), "a.txt".to_owned()));
    for name in ["type", "creationTime", "modificationTime", "setLatestTime", "eTag", "crc64"] {
        assert!(reply.json[name].is_string(), "{name} in {reply:?}");
    }
    assert_eq!(world.download(&desk, "a.txt").await, b"1");
    let after = list(&world, &desk, "a.txt").await;
    assert_eq!(field(&after, "size"), [1, 3, 2].map(|n| json!(n)), "nothing is lost");
    assert!(after.json["contents"][0]["setLatestTime"].is_string());
    assert_eq!(world.at(&desk, "GET", "space", "size").await.text("size"), size);
}

async fn again_and_unknown() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    versions(&world, &desk, "a.txt", &["1", "22"]).await;
    let id = field(&list(&world, &desk, "a.txt").await, "id")[1].clone();
    let go_back = async |id: &str| {
        let rest = format!("latest-version/{id}");
        world.at(&desk, "POST", "directory-history", &rest).await
    };
    let first = go_back(&id.to_string()).await;
    assert_eq!(go_back(&id.to_string()).await.json, first.json, "after a reply that was lost");
    for unknown in ["4711", "x", "", "-1"] {
        go_back(unknown).await.is(404, "DirectoryHistoryNotFound");
    }
    // Not while the file is in the bin.
    versions(&world, &desk, "b.txt", &["1", "22"]).await;
    let id = field(&list(&world, &desk, "b.txt").await, "id")[1].clone();
    world.at(&desk, "DELETE", "file", "b.txt").await;
    go_back(&id.to_string()).await.is(404, "DirectoryHistoryNotFound");
}

async fn grants_for_going_back() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    versions(&world, &desk, "a.txt", &["1", "22"]).await;
    let id = field(&list(&world, &desk, "a.txt").await, "id")[1].clone();
    let rest = format!("latest-version/{id}");
    let plain = desk.with(&world, "grant=upload_file_force,delete_history").await;
    world.at(&plain, "POST", "directory-history", &rest).await.is(403, "NoPermission");
    let user = desk.with(&world, "grant=set_history_latest").await;
    assert_eq!(world.at(&user, "POST", "directory-history", &rest).await.status, 200);
}
