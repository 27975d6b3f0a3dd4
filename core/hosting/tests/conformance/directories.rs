//! Rows 17, 18, 20 to 23, 27, 28: directories (SMH section 6).

use serde_json::json;

use crate::world::{Desk, World};

rows! {
    r017_calibrate_directory_stats { a_task_counts_anew, only_administrators_and_not_too_often }
    r018_check_directory_status { a_directory_is_there_or_not }
    r020_create_directory {
        with_all_that_can_be_said, parents_are_made, a_taken_name, a_file_in_the_way,
        rules_of_albums
    }
    r021_delete_directory { into_the_bin, for_good, the_object_only, what_is_refused_to_delete }
    r022_get_directory_stats { of_a_subtree, of_the_bin, of_the_history, a_bad_type }
    r023_info_file_or_directory { of_a_directory_and_a_file, of_the_root, of_nothing }
    r027_update_directory_labels { labels_and_metadata_of_a_directory }
    r028_update_file_labels { merged_and_replaced, only_virtual_files_get_a_size }
}

async fn desk() -> (World, Desk) {
    let world = World::start().await;
    let desk = world.file_desk().await;
    (world, desk)
}

const TAKEN: &str = "SameNameDirectoryOrFileExists";

async fn a_task_counts_anew() {
    let (world, desk) = desk().await;
    world.upload(&desk, "a.txt", "", b"12345").await;
    let reply = world.at(&desk, "PUT", "directory", "?calibrate=1&stats_type=normal").await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let accepted = crate::world::Reply { status: 202, ..reply };
    assert_eq!(world.task_end(&desk, &accepted).await["status"], json!(204));
    let id = accepted.json["taskId"].to_string();
    let v2 = world.at(&desk, "GET", "task-result", &id).await;
    assert_eq!(v2.text("taskType"), "calibrateDirectoryStats");
    assert_eq!(v2.json["calibrateDirectoryStatsResult"]["status"], json!(204));
    let stats = world.at(&desk, "GET", "directory", "?stats=1").await;
    assert_eq!((&stats.json["storage"], &stats.json["fileCount"]), (&json!(5), &json!(1)));
}

async fn only_administrators_and_not_too_often() {
    let (world, desk) = desk().await;
    let path = "?calibrate&stats_type=normal";
    let reader = desk.with(&world, "").await;
    world.at(&reader, "PUT", "directory", path).await.is(403, "NoPermission");
    world
        .at(&desk, "PUT", "directory", "?calibrate=1&stats_type=x")
        .await
        .is(400, "InvalidDirectoryStatsType");
    assert_eq!(world.at(&desk, "PUT", "directory", path).await.status, 200);
    world.at(&desk, "PUT", "directory", path).await.is(429, "RateLimitExceeded");
    world.clock.advance_seconds(61);
    assert_eq!(world.at(&desk, "PUT", "directory", path).await.status, 200);
}

async fn a_directory_is_there_or_not() {
    let (world, desk) = desk().await;
    world.directories(&desk, &["a/b"]).await;
    world.upload(&desk, "a/f.txt", "", b"x").await;
    for (path, status) in [("", 200), ("%2Fa%2Fb", 200), ("a/", 200), ("a/f.txt", 404), ("b", 404)]
    {
        assert_eq!(world.at(&desk, "HEAD", "directory", path).await.status, status, "{path}");
    }
}

async fn with_all_that_can_be_said() {
    let (world, desk) = desk().await;
    let body = json!({
        "metaData": {"Colour": "red"}, "labels": ["one"], "localCreationTime": "yesterday",
    });
    let made = world.at_with(&desk, "PUT", "directory", "trip?with_inode=1", body).await;
    assert_eq!((made.status, &made.json["path"]), (201, &json!(["trip"])));
    assert_eq!(made.json["metaData"], json!({"x-smh-meta-colour": "red"}));
    let info = world.at(&desk, "GET", "directory", "trip?info=1&with_inode=1").await;
    for field in ["inode", "creationTime", "metaData", "labels", "localCreationTime"] {
        assert_eq!(info.json[field], made.json[field], "{field}");
    }
}

async fn parents_are_made() {
    let (world, desk) = desk().await;
    let made = world.at(&desk, "PUT", "directory", "a/b/c").await;
    assert_eq!((made.status, &made.json["path"]), (201, &json!(["a", "b", "c"])));
    assert_eq!(world.at(&desk, "HEAD", "directory", "a/b").await.status, 200);
    let renamed = "a/b?conflict_resolution_strategy=rename";
    let made = world.at(&desk, "PUT", "directory", renamed).await;
    assert_eq!(made.json["path"], json!(["a", "b (1)"]));
}

async fn a_taken_name() {
    let (world, desk) = desk().await;
    world.directories(&desk, &["a"]).await;
    world.at(&desk, "PUT", "directory", "a").await.is(409, TAKEN);
    let over = "a?conflict_resolution_strategy=overwrite";
    world.at(&desk, "PUT", "directory", over).await.is(400, "InvalidConflictResolutionStrategy");
    world.at(&desk, "PUT", "directory", "").await.is(400, "RootDirectoryNotAllowed");
}

async fn a_file_in_the_way() {
    let (world, desk) = desk().await;
    world.upload(&desk, "f", "", b"x").await;
    for path in ["f", "f/b", "f/b?conflict_resolution_strategy=rename"] {
        world.at(&desk, "PUT", "directory", path).await.is(409, TAKEN);
    }
}

async fn rules_of_albums() {
    let world = World::start().await;
    let albums = world.album_desk().await;
    world.at(&albums, "PUT", "directory", "a/b").await.is(400, "DirectoryLevelExceed");
    let flat = world.desk(json!({}), json!({"allowPhoto": true})).await;
    world.at(&flat, "PUT", "directory", "a").await.is(400, "DirectoryNotAllowed");
}

async fn into_the_bin() {
    let (world, desk) = desk().await;
    world.directories(&desk, &["a/b"]).await;
    let gone = world.at(&desk, "DELETE", "directory", "a?permanent=0").await;
    assert_eq!(gone.status, 200);
    assert!(gone.json["recycledItemId"].is_u64(), "{gone:?}");
    assert_eq!(world.at(&desk, "HEAD", "directory", "a").await.status, 404);
}

async fn for_good() {
    let (world, desk) = desk().await;
    world.directories(&desk, &["a/b"]).await;
    assert_eq!(world.at(&desk, "DELETE", "directory", "a?permanent=1").await.status, 204);
    assert!(world.at(&desk, "GET", "recycled", "").await.names().is_empty());
    let settings = json!({"isFileLibrary": true, "useRecycleBin": false});
    let desk = world.desk(settings, json!({})).await;
    world.directories(&desk, &["a"]).await;
    assert_eq!(world.at(&desk, "DELETE", "directory", "a").await.status, 204);
}

async fn the_object_only() {
    let (world, desk) = desk().await;
    world.directories(&desk, &["a/b"]).await;
    for flag in ["directory_only=1", "directory_only=true"] {
        let path = format!("a?{flag}");
        world.at(&desk, "DELETE", "directory", &path).await.is(409, "DirectoryNotEmpty");
    }
    assert_eq!(world.at(&desk, "DELETE", "directory", "a/b?directory_only=1").await.status, 200);
}

async fn what_is_refused_to_delete() {
    let (world, desk) = desk().await;
    world.directories(&desk, &["a"]).await;
    world.at(&desk, "DELETE", "directory", "b").await.is(404, "DirectoryNotFound");
    world.at(&desk, "DELETE", "directory", "").await.is(400, "RootDirectoryNotAllowed");
    let some = desk.with(&world, "grant=delete_directory").await;
    world.at(&some, "DELETE", "directory", "a?permanent=1").await.is(403, "NoPermission");
    assert_eq!(world.at(&some, "DELETE", "directory", "a").await.status, 200);
}

async fn of_a_subtree() {
    let (world, desk) = desk().await;
    world.directories(&desk, &["a/b", "a/c"]).await;
    world.upload(&desk, "a/f.txt", "", b"123").await;
    world.upload(&desk, "a/b/g.txt", "", b"45").await;
    for (path, dirs) in [("?stats=1&stats_type=normal", 3), ("a?stats", 2)] {
        let stats = world.at(&desk, "GET", "directory", path).await;
        let wanted = json!({
            "userId": stats.json["userId"], "statsType": "normal", "storage": 5, "fileCount": 2,
            "dirCount": dirs,
        });
        assert_eq!((stats.status, &stats.json), (200, &wanted), "{path}");
    }
    world.at(&desk, "GET", "directory", "x?stats=1").await.is(404, "DirectoryNotFound");
}

async fn of_the_bin() {
    let (world, desk) = desk().await;
    world.directories(&desk, &["a/b"]).await;
    world.upload(&desk, "a/f.txt", "", b"123").await;
    let gone = world.at(&desk, "DELETE", "directory", "a").await;
    let item = gone.json["recycledItemId"].as_u64().expect("a number");
    let of = async |rest: &str| {
        let path = format!("?stats=1&stats_type=recycle{rest}");
        world.at(&desk, "GET", "directory", &path).await
    };
    let whole = of("").await;
    assert_eq!((&whole.json["dirCount"], &whole.json["storage"]), (&json!(2), &json!(3)));
    let one = of(&format!("&recycled_id={item}")).await;
    assert_eq!((&one.json["dirCount"], &one.json["fileCount"]), (&json!(1), &json!(1)));
    of("&recycled_id=99999").await.is(404, "RecycledItemNotFound");
}

async fn of_the_history() {
    let (world, desk) = desk().await;
    world.directories(&desk, &["a"]).await;
    for content in ["one", "three"] {
        let over = "conflict_resolution_strategy=overwrite";
        world.upload(&desk, "a/f.txt", over, content.as_bytes()).await;
    }
    let path = "a?stats=1&stats_type=history";
    let stats = world.at(&desk, "GET", "directory", path).await;
    let found = ["storage", "fileCount", "dirCount"].map(|field| stats.json[field].clone());
    assert_eq!(found, [json!(3), json!(1), json!(0)]);
}

async fn a_bad_type() {
    let (world, desk) = desk().await;
    let path = "?stats=1&stats_type=all";
    world.at(&desk, "GET", "directory", path).await.is(400, "InvalidDirectoryStatsType");
}

async fn of_a_directory_and_a_file() {
    let (world, desk) = desk().await;
    world.directories(&desk, &["a"]).await;
    world.upload(&desk, "a/f.txt", "", b"123").await;
    let directory = world.at(&desk, "GET", "directory", "a?info").await;
    assert_eq!((directory.text("type"), directory.text("name")), ("dir".into(), "a".into()));
    assert!(directory.json.get("inode").is_none() && directory.json.get("contentCas").is_none());
    let path = "%2Fa%2Ff.txt?info=1&with_inode=1&with_content_cas=1";
    let file = world.at(&desk, "GET", "directory", path).await;
    assert_eq!((file.text("size"), file.text("userId")), ("3".into(), "ann".into()));
    assert_eq!(file.json["path"], json!(["a", "f.txt"]));
    assert!(!file.text("inode").is_empty() && !file.text("contentCas").is_empty());
}

async fn of_the_root() {
    let (world, desk) = desk().await;
    let root = world.at(&desk, "GET", "directory", "?info=1&with_inode=1").await;
    assert_eq!((root.status, &root.json["path"]), (200, &json!([])));
    assert!(!root.text("inode").is_empty());
}

async fn of_nothing() {
    let (world, desk) = desk().await;
    world.at(&desk, "GET", "directory", "x?info=1").await.is(404, "PathNotFound");
}

async fn labels_and_metadata_of_a_directory() {
    let (world, desk) = desk().await;
    world.directories(&desk, &["a"]).await;
    let body = json!({"labels": ["x", "y"], "metaData": {"k": "v"}});
    let reply = world.at_with(&desk, "POST", "directory", "a?update=1", body.clone()).await;
    assert_eq!(reply.status, 204, "{reply:?}");
    let info = world.at(&desk, "GET", "directory", "a?info=1").await;
    assert_eq!(info.json["labels"], json!(["x", "y"]));
    assert_eq!(info.json["metaData"], json!({"x-smh-meta-k": "v"}));
    let reader = desk.with(&world, "grant=upload_file").await;
    let reply = world.at_with(&reader, "POST", "directory", "a?update=1", body.clone()).await;
    reply.is(403, "NoPermission");
    let reply = world.at_with(&desk, "POST", "directory", "b?update", body).await;
    reply.is(404, "PathNotFound");
}

async fn merged_and_replaced() {
    let (world, desk) = desk().await;
    world.upload(&desk, "a.txt", "", b"x").await;
    let tag = async || world.at(&desk, "GET", "directory", "").await.header("etag").to_owned();
    let before = tag().await;
    for (body, meta) in [
        (json!({"metaData": {"a": "1", "b": "2"}}), json!({"a": "1", "b": "2"})),
        (json!({"metaData": {"a": null, "c": "3"}}), json!({"b": "2", "c": "3"})),
        (json!({"category": "album", "contentType": "text/x-log"}), json!({"b": "2", "c": "3"})),
        (json!({"metaData": {"d": "4"}, "metaDataDirective": "replace"}), json!({"d": "4"})),
    ] {
        let reply = world.at_with(&desk, "POST", "directory", "a.txt?update=1", body).await;
        assert_eq!(reply.status, 204, "{reply:?}");
        let info = world.at(&desk, "GET", "file", "a.txt?info=1").await;
        let pairs = info.json["metaData"].as_object().expect("metadata").iter();
        let plain: serde_json::Map<_, _> = pairs
            .map(|(key, value)| (key.trim_start_matches("x-smh-meta-").to_owned(), value.clone()))
            .collect();
        assert_eq!(json!(plain), meta);
    }
    let info = world.at(&desk, "GET", "file", "a.txt?info=1").await;
    assert_eq!(
        (info.text("category"), info.text("contentType")),
        ("album".into(), "text/x-log".into())
    );
    assert_ne!(tag().await, before, "the list shows something else now");
    let bad = json!({"metaDataDirective": "drop"});
    world.at_with(&desk, "POST", "directory", "a.txt?update=1", bad).await.is(400, "ParamInvalid");
    let long = json!({"category": "x".repeat(17)});
    world.at_with(&desk, "POST", "directory", "a.txt?update=1", long).await.is(400, "ParamInvalid");
}

async fn only_virtual_files_get_a_size() {
    let (world, desk) = desk().await;
    world.upload(&desk, "a.txt", "", b"x").await;
    world.at(&desk, "PUT", "file", "v.txt?virtual_file=1").await;
    let size = json!({"size": "1000"});
    let reply = world.at_with(&desk, "POST", "directory", "a.txt?update=1", size.clone()).await;
    reply.is(400, "ParamInvalid");
    let reply = world.at_with(&desk, "POST", "directory", "v.txt?update=1", size).await;
    assert_eq!(reply.status, 204, "{reply:?}");
    let stats = world.at(&desk, "GET", "directory", "?stats=1").await;
    assert_eq!(stats.json["storage"], json!(1001));
}
