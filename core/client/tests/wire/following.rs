//! Nodes by their numbers, the change feed, and moves.

use albumen_client::ErrorKind;
use albumen_model::{Crc64, ErrorCode, Inode, RemotePath};
use serde_json::{Value, json};

use crate::kit::{Service, body, path, refusal, space};

fn node(name: &str, path: &[&str]) -> Value {
    json!({ "name": name, "path": path, "type": "dir",
            "creationTime": "2027-01-01T00:00:00.000Z",
            "modificationTime": "2027-01-01T00:00:00.000Z" })
}

#[tokio::test]
async fn a_number_leads_to_a_node_and_the_root_is_one() {
    let service = Service::start(|seen| match seen.path.rsplit('/').next().unwrap() {
        "7" => (200, Vec::new(), body(node("b", &["a", "b"]))),
        "1" | "-" => (200, Vec::new(), body(node("", &[]))),
        _ => refusal(404, "PathNotFound"),
    })
    .await;
    let (client, inode) = (space(&service), |text: &str| Inode::parse(text).unwrap());
    let found = client.node(&inode("7")).await.unwrap();
    assert_eq!((found.path, found.inode), (path("a/b"), Some(inode("7"))));
    assert!(client.node(&inode("1")).await.unwrap().path.is_root());
    assert!(client.info(&RemotePath::root()).await.unwrap().path.is_root());
    let missing = client.node(&inode("8")).await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    let seen = &service.seen()[0];
    assert_eq!((seen.method.as_str(), seen.path.as_str()), ("GET", "/api/v1/inode/smh1/-/7"));
    assert_eq!(seen.query, "with_inode=1&with_content_cas=1");
}

#[tokio::test]
async fn only_a_root_has_no_name() {
    let service = Service::start(|_| (200, Vec::new(), body(node("", &["a"])))).await;
    let error = space(&service).info(&path("a")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
}

#[tokio::test]
async fn the_feed_is_asked_from_a_cursor_on() {
    let service = Service::start(|seen| match (seen.path.as_str(), seen.query.as_str()) {
        ("/api/v1/fs-delta/smh1/-/cursor", "") => {
            (200, Vec::new(), body(json!({ "cursor": "c1" })))
        }
        ("/api/v1/fs-delta/smh1/-/delta", "cursor=c1&limit=50") => {
            let page = json!({ "cursor": "c2", "hasMore": true, "contents": [] });
            (200, Vec::new(), body(page))
        }
        ("/api/v1/fs-delta/smh1/-/delta", "cursor=old&limit=50") => refusal(400, "CursorExpired"),
        // Whoever went on with it would ask for ever.
        _ => {
            let page = json!({ "cursor": "loop", "hasMore": true, "contents": [] });
            (200, Vec::new(), body(page))
        }
    })
    .await;
    let client = space(&service);
    assert_eq!(client.feed_end().await.unwrap(), "c1");
    let page = client.changes("c1", 50).await.unwrap();
    assert_eq!((page.cursor.as_str(), page.has_more), ("c2", true));
    let expired = client.changes("old", 50).await.unwrap_err();
    assert_eq!(expired.code(), Some(ErrorCode::CursorExpired));
    let endless = client.changes("loop", 50).await.unwrap_err();
    assert_eq!(endless.kind(), ErrorKind::Protocol);
}

#[tokio::test]
async fn content_is_where_the_info_says_whatever_else_it_leaves_out() {
    let service = Service::start(|seen| match seen.path.rsplit('/').next().unwrap() {
        "virtual" => (200, Vec::new(), body(json!({ "type": "virtual", "size": "7" }))),
        "elsewhere" => (200, Vec::new(), body(json!({ "cosUrl": "file:///etc/passwd" }))),
        "bare" => (200, Vec::new(), body(json!({ "cosUrl": "http://s/k?sig", "size": 7 }))),
        _ => {
            let told = json!({ "cosUrl": "http://s/k?sig", "size": "7", "crc64": "5",
                               "localModificationTime": "2024-05-01T10:20:30Z" });
            (200, Vec::new(), body(told))
        }
    })
    .await;
    let client = space(&service);
    let full = client.locate(&path("full")).await.unwrap();
    assert_eq!((full.url.expose(), full.size), ("http://s/k?sig", Some(7)));
    assert_eq!(full.crc64, Some(Crc64::new(5)));
    assert_eq!(full.local_modification_time.as_deref(), Some("2024-05-01T10:20:30Z"));
    let bare = client.locate(&path("bare")).await.unwrap();
    assert_eq!((bare.size, bare.crc64), (Some(7), None));
    assert!(!format!("{bare:?}").contains("sig"), "whoever has the address has the bytes");
    for nowhere in ["virtual", "elsewhere"] {
        let error = client.locate(&path(nowhere)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{nowhere}");
    }
}

#[tokio::test]
async fn what_was_deleted_last_from_a_path_is_found_without_the_whole_bin() {
    let item = |id: u64, path: &str, minute: u32| {
        let time = format!("2027-01-01T00:{minute:02}:00.000Z");
        json!({ "recycledItemId": id, "originalPath": [path], "spaceId": "-", "name": path,
                "type": "file", "size": id.to_string(), "creationTime": time,
                "modificationTime": time, "removalTime": time, "remainingTime": 1 })
    };
    let service = Service::start(move |seen| {
        assert!(seen.query.contains("order_by=removalTime&order_by_type=desc"), "{}", seen.query);
        let (rows, next) = match seen.query.split("&marker=").nth(1) {
            None => (vec![item(9, "y", 30), item(4, "x", 20), item(5, "x", 20)], Some("m1")),
            Some("m1") => (vec![item(6, "z", 20), item(3, "x", 10)], Some("m2")),
            Some(_) => (vec![item(1, "w", 5)], None),
        };
        let list = json!({ "contents": rows, "nextMarker": next });
        (200, Vec::new(), body(list))
    })
    .await;
    let client = space(&service);
    let found = async |name: &str| {
        client.last_deleted(&path(name)).await.unwrap().map(|item| item.recycled_item_id)
    };
    assert_eq!(found("x").await, Some(5));
    assert_eq!(service.seen().len(), 2, "the third page is not asked for");
    assert_eq!(found("w").await, Some(1));
    assert_eq!(found("nobody").await, None);
}

#[tokio::test]
async fn a_move_asks_and_says_which_content_it_means() {
    let service = Service::start(|seen| match seen.path.rsplit('/').next().unwrap() {
        "taken" => refusal(409, "SameNameDirectoryOrFileExists"),
        "dir" => (204, Vec::new(), Vec::new()),
        _ => (200, Vec::new(), body(json!({ "path": ["b", "y"] }))),
    })
    .await;
    let client = space(&service);
    client.move_file(&path("a/x"), &path("b/y"), Some("cas")).await.unwrap();
    client.move_file(&path("a/x"), &path("b/y"), None).await.unwrap();
    client.move_directory(&path("旅行"), &path("b/dir")).await.unwrap();
    for taken in [
        client.move_file(&path("a/x"), &path("taken"), None).await,
        client.move_directory(&path("a"), &path("taken")).await,
    ] {
        assert_eq!(taken.unwrap_err().kind(), ErrorKind::Precondition);
    }
    let seen = service.seen();
    let bodies: Vec<Value> =
        seen[..3].iter().map(|seen| serde_json::from_slice(&seen.body).unwrap()).collect();
    let wanted = [
        json!({ "from": "a/x", "contentCas": "cas" }),
        json!({ "from": "a/x" }),
        json!({ "from": "旅行" }),
    ];
    assert_eq!(bodies, wanted);
    let paths: Vec<&str> = seen[1..3].iter().map(|seen| seen.path.as_str()).collect();
    assert_eq!(paths, ["/api/v1/file/smh1/-/b/y", "/api/v1/directory/smh1/-/b/dir"]);
    assert!(
        seen.iter().all(|seen| {
            seen.method == "PUT" && seen.query == "conflict_resolution_strategy=ask"
        })
    );
}
