//! Rows 62 to 71 but for the preview: the bin (SMH section 12).

use serde_json::{Value, json};

use crate::world::{Desk, Reply, World};

rows! {
    r062_recycle_empty { all_at_once, grants_for_emptying, without_a_bin }
    r063_recycle_info { of_a_file_and_of_a_directory, of_an_unknown_item }
    r064_recycle_list { by_marker_in_every_order, bad_markers_and_words }
    r065_recycle_list_by_page { pages_with_the_total }
    r067_recycle_purge { one_for_good, an_unknown_one, grants_for_purging }
    r068_recycle_purge_batch { several_for_good, bad_lists }
    r069_recycle_restore {
        to_where_it_was, strategies_of_a_restore, a_parent_that_is_gone, grants_for_restoring
    }
    r070_recycle_restore_batch { all_well, some_fail, names_that_are_taken, lists_out_of_range }
    r071_recycle_set_lifecycle { longer_for_all_and_shorter_for_later, days_out_of_range }
}

/// Uploads and deletes; the number in the bin.
async fn binned(world: &World, desk: &Desk, path: &str) -> u64 {
    world.upload(desk, path, "", path.as_bytes()).await;
    let reply = world.at(desk, "DELETE", "file", path).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json["recycledItemId"].as_u64().expect("a number")
}

async fn bin(world: &World, desk: &Desk, query: &str) -> Reply {
    world.at(desk, "GET", "recycled", query).await
}

async fn all_at_once() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    for name in ["a.txt", "b.txt"] {
        binned(&world, &desk, name).await;
    }
    assert_eq!(world.at(&desk, "DELETE", "recycled", "").await.status, 204);
    assert!(bin(&world, &desk, "").await.names().is_empty());
    assert_eq!(bin(&world, &desk, "?by-page=1").await.json["totalNum"], json!(0));
    // Once more, and with the slash that some clients send.
    assert_eq!(world.at(&desk, "DELETE", "recycled", "/").await.status, 204);
}

async fn grants_for_emptying() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let plain = desk.with(&world, "grant=delete_file,restore_recycled").await;
    world.at(&plain, "DELETE", "recycled", "").await.is(403, "NoPermission");
    let purger = desk.with(&world, "grant=delete_recycled").await;
    assert_eq!(world.at(&purger, "DELETE", "recycled", "").await.status, 204);
    let other = world.space(&desk.library, json!({})).await;
    let stranger = Desk { space: other, ..purger };
    let refused = world.at(&stranger, "DELETE", "recycled", "").await;
    refused.is(403, "AccessTokenNotMatchSpace");
}

async fn without_a_bin() {
    let world = World::start().await;
    let settings = json!({"isFileLibrary": true, "useRecycleBin": false});
    let desk = world.desk(settings, json!({})).await;
    let days = json!({"retentionDays": 3});
    for (method, rest, body) in [
        ("DELETE", "", Value::Null),
        ("DELETE", "7", Value::Null),
        ("GET", "?by-marker=1", Value::Null),
        ("GET", "7?info=1", Value::Null),
        ("POST", "7?restore=1", Value::Null),
        ("POST", "?restore=1", json!([7])),
        ("POST", "?delete=1", json!([7])),
        ("POST", "?lifecycle=1", days),
    ] {
        let reply = world.at_with(&desk, method, "recycled", rest, body).await;
        reply.is(400, "RecycleBinNotEnabled");
    }
}

async fn of_a_file_and_of_a_directory() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let item = binned(&world, &desk, "a.txt").await;
    let info = world.at(&desk, "GET", "recycled", &format!("{item}?info=1")).await;
    assert_eq!(info.status, 200, "{info:?}");
    assert_eq!((info.text("type"), info.text("size")), ("file".to_owned(), "5".to_owned()));
    assert_eq!(info.text("contentType"), "text/plain");
    assert_eq!(info.text("fileType"), "text");
    assert!(info.json["crc64"].is_string() && info.json["eTag"].is_string());
    assert_eq!(world.fetch(&info.text("cosUrl")).await, b"a.txt");
    assert_eq!(info.json["availableCosUrls"], json!([info.text("cosUrl")]));
    assert!(info.json["cosUrlExpiration"].is_string());
    world.at(&desk, "PUT", "directory", "d").await;
    let gone = world.at(&desk, "DELETE", "directory", "d").await;
    let rest = format!("{}?info", gone.json["recycledItemId"]);
    let info = world.at(&desk, "GET", "recycled", &rest).await;
    assert_eq!((info.text("type"), info.json.get("cosUrl")), ("dir".to_owned(), None));
}

async fn of_an_unknown_item() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let item = binned(&world, &desk, "a.txt").await;
    for rest in ["4711?info=1", "x?info=1", "-1?info=1"] {
        world.at(&desk, "GET", "recycled", rest).await.is(404, "RecycledItemNotFound");
    }
    // An item of another space is unknown as well.
    let other = world.space(&desk.library, json!({})).await;
    let rest = format!("space_id={other}&grant=space_admin");
    let token = world.token(&desk.library, &rest).await;
    let stranger = Desk { space: other, token, ..desk };
    let rest = format!("{item}?info=1");
    world.at(&stranger, "GET", "recycled", &rest).await.is(404, "RecycledItemNotFound");
}

async fn by_marker_in_every_order() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    for name in ["bb.txt", "a.txt", "ccc.txt"] {
        binned(&world, &desk, name).await;
        world.clock.advance_seconds(60);
    }
    for (query, names) in [
        ("order_by=name", ["a.txt", "bb.txt", "ccc.txt"]),
        ("orderBy=name&orderByType=desc", ["ccc.txt", "bb.txt", "a.txt"]),
        ("order_by=size", ["a.txt", "bb.txt", "ccc.txt"]),
        ("order_by=modificationTime", ["bb.txt", "a.txt", "ccc.txt"]),
        ("order_by=removalTime&order_by_type=desc", ["ccc.txt", "a.txt", "bb.txt"]),
        ("order_by=remainingTime", ["bb.txt", "a.txt", "ccc.txt"]),
    ] {
        let first = bin(&world, &desk, &format!("?by-marker=1&limit=2&{query}")).await;
        let marker = first.text("nextMarker");
        let rest = format!("?by-marker=1&limit=2&{query}&marker={marker}");
        let second = bin(&world, &desk, &rest).await;
        assert_eq!([first.names(), second.names()].concat(), names, "{query}");
        assert!(second.json.get("nextMarker").is_none());
    }
    let row = &bin(&world, &desk, "").await.json["contents"][0];
    assert!(row["recycledItemId"].is_u64() && row["removalTime"].is_string());
    assert_eq!((&row["fileType"], &row["type"]), (&json!("text"), &json!("file")));
}

async fn bad_markers_and_words() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    bin(&world, &desk, "?marker=17").await.is(404, "MarkerNotFound");
    bin(&world, &desk, "?order_by=colour").await.is(400, "ParamInvalid");
    bin(&world, &desk, "?order_by_type=up").await.is(400, "ParamInvalid");
    let path = format!("/api/v1/recycled/{}/{}", desk.library.id, desk.space);
    world.call("GET", &path).await.is(400, "EmptyAccessToken");
}

async fn pages_with_the_total() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    for name in ["a.txt", "b.txt", "c.txt"] {
        binned(&world, &desk, name).await;
    }
    let page = bin(&world, &desk, "?by-page=1&page=2&page_size=2&order_by=name").await;
    assert_eq!((page.names(), &page.json["totalNum"]), (vec!["c.txt".to_owned()], &json!(3)));
    bin(&world, &desk, "?by-page=1&page=101&page_size=100").await.is(400, "ParamInvalid");
}

async fn one_for_good() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let item = binned(&world, &desk, "a.txt").await;
    binned(&world, &desk, "b.txt").await;
    let rest = item.to_string();
    assert_eq!(world.at(&desk, "DELETE", "recycled", &rest).await.status, 204);
    assert_eq!(bin(&world, &desk, "").await.names(), ["b.txt"]);
    let size = world.at(&desk, "GET", "space", "size").await;
    assert_eq!(size.text("size"), "5", "its bytes are free");
}

async fn an_unknown_one() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let item = binned(&world, &desk, "a.txt").await;
    world.at(&desk, "DELETE", "recycled", "99").await.is(404, "RecycledItemNotFound");
    let rest = item.to_string();
    world.at(&desk, "DELETE", "recycled", &rest).await;
    world.at(&desk, "DELETE", "recycled", &rest).await.is(404, "RecycledItemNotFound");
    let rest = format!("{item}?restore=1");
    world.at(&desk, "POST", "recycled", &rest).await.is(404, "RecycledItemNotFound");
}

async fn grants_for_purging() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let item = binned(&world, &desk, "a.txt").await;
    let plain = desk.with(&world, "grant=delete_file_permanent,restore_recycled").await;
    world.at(&plain, "DELETE", "recycled", &item.to_string()).await.is(403, "NoPermission");
    let many = world.at_with(&plain, "POST", "recycled", "?delete=1", json!([item])).await;
    many.is(403, "NoPermission");
    assert_eq!(bin(&world, &desk, "").await.names(), ["a.txt"]);
}

async fn several_for_good() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let a = binned(&world, &desk, "a.txt").await;
    let b = binned(&world, &desk, "b.txt").await;
    binned(&world, &desk, "c.txt").await;
    // As numbers and as texts; the same list once more after a reply that was lost.
    for list in [json!([a, b.to_string()]), json!([a, b])] {
        let reply = world.at_with(&desk, "POST", "recycled", "?delete=1", list).await;
        assert_eq!(reply.status, 204, "{reply:?}");
    }
    assert_eq!(bin(&world, &desk, "").await.names(), ["c.txt"]);
}

async fn bad_lists() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let many: Vec<u64> = (0..1001).collect();
    for (list, code) in [
        (json!([]), "NoItemsProvided"),
        (json!(many), "TooManyItems"),
        (json!([-1]), "ParamInvalid"),
        (json!(["x"]), "ParamInvalid"),
        (json!([{}]), "ParamInvalid"),
        (json!({"ids": [1]}), "ParamInvalid"),
    ] {
        let reply = world.at_with(&desk, "POST", "recycled", "?delete=1", list.clone()).await;
        reply.is(400, code);
        let reply = world.at_with(&desk, "POST", "recycled", "?restore=1", list).await;
        reply.is(400, code);
    }
}

async fn restore(world: &World, desk: &Desk, item: u64, query: &str) -> Reply {
    world.at(desk, "POST", "recycled", &format!("{item}?restore&{query}")).await
}

async fn to_where_it_was() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.at(&desk, "PUT", "directory", "d").await;
    let item = binned(&world, &desk, "d/a.txt").await;
    let back = restore(&world, &desk, item, "").await;
    assert_eq!((back.status, &back.json), (200, &json!({"path": ["d", "a.txt"]})));
    assert_eq!(world.download(&desk, "d/a.txt").await, b"d/a.txt");
}

async fn strategies_of_a_restore() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let item = binned(&world, &desk, "a.txt").await;
    world.upload(&desk, "a.txt", "", b"other").await;
    let taken = restore(&world, &desk, item, "").await;
    taken.is(409, "SameNameDirectoryOrFileExists");
    let unknown = restore(&world, &desk, item, "conflict_resolution_strategy=merge").await;
    unknown.is(400, "InvalidConflictResolutionStrategy");
    let back = restore(&world, &desk, item, "conflict_resolution_strategy=rename").await;
    assert_eq!(back.json["path"], json!(["a (1).txt"]));
}

async fn a_parent_that_is_gone() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.at(&desk, "PUT", "directory", "d").await;
    let item = binned(&world, &desk, "d/a.txt").await;
    world.at(&desk, "DELETE", "directory", "d").await;
    restore(&world, &desk, item, "").await.is(404, "DirectoryNotFound");
    let bad = restore(&world, &desk, item, "restore_path_strategy=anywhere").await;
    bad.is(400, "ParamInvalid");
    let back = restore(&world, &desk, item, "restore_path_strategy=fallbackToRoot").await;
    assert_eq!(back.json["path"], json!(["a.txt"]));
}

async fn grants_for_restoring() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let item = binned(&world, &desk, "a.txt").await;
    let plain = desk.with(&world, "grant=delete_recycled,upload_file").await;
    restore(&world, &plain, item, "").await.is(403, "NoPermission");
    let list = world.at_with(&plain, "POST", "recycled", "?restore=1", json!([item])).await;
    list.is(403, "NoPermission");
    let restorer = desk.with(&world, "grant=restore_recycled").await;
    assert_eq!(restore(&world, &restorer, item, "").await.status, 200);
}

async fn all_well() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let a = binned(&world, &desk, "a.txt").await;
    let b = binned(&world, &desk, "b.txt").await;
    let reply = world.at_with(&desk, "POST", "recycled", "?restore=1", json!([b, a])).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let wanted = json!([
        {"status": 200, "recycledItemId": b, "path": ["b.txt"]},
        {"status": 200, "recycledItemId": a, "path": ["a.txt"]},
    ]);
    assert_eq!(reply.json["result"], wanted);
}

async fn some_fail() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.at(&desk, "PUT", "directory", "d").await;
    let lost = binned(&world, &desk, "d/a.txt").await;
    world.at(&desk, "DELETE", "directory", "d").await;
    let fine = binned(&world, &desk, "b.txt").await;
    let list = json!([lost, fine, 4711]);
    let reply = world.at_with(&desk, "POST", "recycled", "?restore=1", list.clone()).await;
    assert_eq!(reply.status, 207, "{reply:?}");
    let codes: Vec<_> = (0..3)
        .map(|at| {
            let one = &reply.json["result"][at];
            (one["status"].as_u64().expect("a number"), one["code"].as_str())
        })
        .collect();
    let wanted =
        [(404, Some("DirectoryNotFound")), (200, None), (404, Some("RecycledItemNotFound"))];
    assert_eq!(codes, wanted);
    assert_eq!(world.download(&desk, "b.txt").await, b"b.txt", "others do not suffer from it");
    let root = "?restore=1&restore_path_strategy=fallbackToRoot";
    let reply = world.at_with(&desk, "POST", "recycled", root, json!([lost])).await;
    assert_eq!((reply.status, &reply.json["result"][0]["path"]), (200, &json!(["a.txt"])));
}

async fn names_that_are_taken() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let first = binned(&world, &desk, "a.txt").await;
    let second = binned(&world, &desk, "a.txt").await;
    let list = json!([first, second]);
    let reply = world.at_with(&desk, "POST", "recycled", "?restore=1", list).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(reply.json["result"][0]["path"], json!(["a.txt"]));
    assert_eq!(reply.json["result"][1]["path"], json!(["a (1).txt"]));
}

async fn lists_out_of_range() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let bad = world.at_with(&desk, "POST", "recycled", "?restore=1", json!([0.5])).await;
    bad.is(400, "ParamInvalid");
    let huge = json!([u64::MAX, "99999999999999999999"]);
    world.at_with(&desk, "POST", "recycled", "?restore=1", huge).await.is(400, "ParamInvalid");
    let unknown = world.at_with(&desk, "POST", "recycled", "?restore=1", json!([u64::MAX])).await;
    assert_eq!(unknown.status, 207, "{unknown:?}");
}

async fn longer_for_all_and_shorter_for_later() {
    let world = World::start().await;
    let settings = json!({"isFileLibrary": true, "autoRemoveRecycledDays": 10});
    let desk = world.desk(settings, json!({})).await;
    let set = async |days: u32| {
        let body = json!({"retentionDays": days});
        let reply = world.at_with(&desk, "POST", "recycled", "?lifecycle=1", body).await;
        assert_eq!(reply.status, 204, "{reply:?}");
    };
    let left = async || -> Vec<u64> {
        let list = bin(&world, &desk, "?order_by=name").await;
        let rows = list.json["contents"].as_array().expect("a list").iter();
        rows.map(|row| row["remainingTime"].as_u64().expect("a number")).collect()
    };
    binned(&world, &desk, "a.txt").await;
    assert_eq!(left().await, [10]);
    set(20).await;
    binned(&world, &desk, "b.txt").await;
    assert_eq!(left().await, [20, 20], "longer: also what is there");
    set(5).await;
    binned(&world, &desk, "c.txt").await;
    assert_eq!(left().await, [20, 20, 5], "shorter: only what comes later");
    set(7).await;
    assert_eq!(left().await, [20, 20, 7]);
    // Another space goes on as the library has it.
    world.clock.advance_seconds(7 * 86_400);
    world.service.sweep().await.expect("a sweep");
    let desk = desk.with(&world, "grant=space_admin").await;
    assert_eq!(bin(&world, &desk, "?order_by=name").await.names(), ["a.txt", "b.txt"]);
}

async fn days_out_of_range() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    for days in [json!(0), json!(10_001), json!(-1), json!("ten"), Value::Null] {
        let body = json!({"retentionDays": days});
        let reply = world.at_with(&desk, "POST", "recycled", "?lifecycle=1", body).await;
        reply.is(400, "ParamInvalid");
    }
    let plain = desk.with(&world, "grant=delete_recycled").await;
    let body = json!({"retentionDays": 3});
    let refused = world.at_with(&plain, "POST", "recycled", "?lifecycle=1", body).await;
    refused.is(403, "NoPermission");
}
