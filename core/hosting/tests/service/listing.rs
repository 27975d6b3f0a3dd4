//! Lists of directories: order, pages, tags (SMH sections 1.11 and 6.2 to 6.6), over the wire.

use serde_json::json;

use crate::world::{Desk, World};

async fn filled(world: &World) -> Desk {
    let desk = world.file_desk().await;
    for name in ["zeta", "Alpha", "beta"] {
        world.at(&desk, "PUT", "directory", name).await;
    }
    for (name, size) in [("c.txt", 3), ("a.txt", 1), ("b.txt", 2), ("B.txt", 9)] {
        world.clock.advance_seconds(1);
        world.upload(&desk, name, "", &vec![0; size]).await;
    }
    desk
}

#[tokio::test]
async fn orders_filters_and_prefixes() {
    let world = World::start().await;
    let desk = filled(&world).await;
    for (query, names) in [
        ("", vec!["Alpha", "beta", "zeta", "B.txt", "a.txt", "b.txt", "c.txt"]),
        ("order_by=name&order_by_type=desc&filter=onlyDir", vec!["zeta", "beta", "Alpha"]),
        ("filter=onlyFile&order_by=size", vec!["a.txt", "b.txt", "c.txt", "B.txt"]),
        ("filter=onlyFile&orderBy=size&orderByType=DESC", vec!["B.txt", "c.txt", "b.txt", "a.txt"]),
        ("filter=onlyFile&order_by=uploadTime", vec!["c.txt", "a.txt", "b.txt", "B.txt"]),
        ("sort_type=union", vec!["Alpha", "B.txt", "a.txt", "b.txt", "beta", "c.txt", "zeta"]),
        ("prefix=b", vec!["beta", "b.txt"]),
        ("start_name=b.txt", vec!["beta", "zeta", "c.txt"]),
    ] {
        let reply = world.at(&desk, "GET", "directory", &format!("?by-marker=1&{query}")).await;
        assert_eq!(reply.names(), names, "{query}");
    }
    world.at(&desk, "GET", "directory", "?order_by=colour").await.is(400, "ParamInvalid");
}

#[tokio::test]
async fn pages_by_marker_show_everything_once_in_every_order() {
    let world = World::start().await;
    let desk = filled(&world).await;
    for order in ["", "order_by=name", "order_by=size&order_by_type=desc", "sort_type=union"] {
        let whole = world.at(&desk, "GET", "directory", &format!("?{order}")).await.names();
        for limit in [1, 2, 3, 7] {
            let mut seen = Vec::new();
            let mut marker = String::new();
            loop {
                let query = format!("?by-marker=1&limit={limit}&{order}{marker}");
                let page = world.at(&desk, "GET", "directory", &query).await;
                seen.extend(page.names());
                let Some(next) = page.json["nextMarker"].as_str() else { break };
                marker = format!("&marker={next}");
            }
            assert_eq!(seen, whole, "{order} by {limit}");
        }
    }
    let page = world.at(&desk, "GET", "directory", "?limit=1").await;
    let marker = page.text("nextMarker");
    for query in [format!("order_by=size&marker={marker}"), "marker=17".to_owned()] {
        let reply = world.at(&desk, "GET", "directory", &format!("?{query}")).await;
        reply.is(404, "MarkerNotFound");
    }
}

#[tokio::test]
async fn pages_by_number_and_by_offset_have_counts() {
    let world = World::start().await;
    let desk = filled(&world).await;
    let page = world.at(&desk, "GET", "directory", "?by-page=1&page=2&page_size=2").await;
    assert_eq!(page.names(), ["zeta", "B.txt"]);
    for (field, count) in [("fileCount", 4), ("subDirCount", 3), ("totalNum", 7)] {
        assert_eq!(page.json[field], json!(count), "{field}");
    }
    let offset = world.at(&desk, "GET", "directory", "?offset=5&limit=10").await;
    assert_eq!(offset.names(), ["b.txt", "c.txt"]);
    let deep = world.at(&desk, "GET", "directory", "?page=101&page_size=100").await;
    deep.is(400, "ParamInvalid");
}

#[tokio::test]
async fn a_directory_tag_tells_whether_its_list_changed() {
    let world = World::start().await;
    let desk = filled(&world).await;
    world.at(&desk, "PUT", "directory", "beta/deep").await;
    let get = async |tag: &str, query: &str| {
        let path = desk.path("directory", query);
        world.send(world.request("GET", &path).header("if-none-match", tag)).await
    };
    let list = world.at(&desk, "GET", "directory", "").await;
    let (bare, quoted) = (list.text("eTag"), list.header("etag").to_owned());
    assert_eq!(format!("\"{bare}\""), quoted);
    for tag in [&bare, &quoted] {
        assert_eq!(get(tag, "").await.status, 304);
        assert_eq!(get(tag, "?order_by=size").await.status, 200, "only the plain list");
    }
    // A change further down is none of this list; one in it is.
    world.upload(&desk, "beta/deep/x.txt", "", b"x").await;
    assert_eq!(get(&bare, "").await.status, 304);
    for change in ["PUT directory new", "DELETE file c.txt"] {
        let before = world.at(&desk, "GET", "directory", "").await.text("eTag");
        let parts: Vec<&str> = change.split(' ').collect();
        world.at(&desk, parts[0], parts[1], parts[2]).await;
        assert_eq!(get(&before, "").await.status, 200, "{change}");
    }
    let before = world.at(&desk, "GET", "directory", "").await.text("eTag");
    world.upload(&desk, "a.txt", "force=1", b"overwritten").await;
    assert_eq!(get(&before, "").await.status, 200);
}

#[tokio::test]
async fn media_are_listed_by_upload_time() {
    let world = World::start().await;
    let desk = world.album_desk().await;
    world.at(&desk, "PUT", "directory", "trip").await;
    for name in ["z.jpg", "a.jpg", "m.jpg"] {
        world.clock.advance_seconds(1);
        world.upload(&desk, &format!("trip/{name}"), "", b"x").await;
    }
    let list = world.at(&desk, "GET", "directory", "trip").await;
    assert_eq!(list.names(), ["z.jpg", "a.jpg", "m.jpg"]);
    let after = world.at(&desk, "GET", "directory", "trip?start_name=a.jpg").await;
    assert_eq!(after.names(), ["m.jpg", "z.jpg"], "a start name needs the order of names");
}

#[tokio::test]
async fn infos_and_heads_of_what_is_there_and_what_is_not() {
    let world = World::start().await;
    let desk = filled(&world).await;
    let root = world.at(&desk, "GET", "directory", "?info=1&with_inode=1").await;
    assert_eq!((&root.json["path"], root.text("name")), (&json!([]), String::new()));
    assert!(root.json["inode"].is_string());
    let info = world.at(&desk, "GET", "directory", "a.txt?info").await;
    assert_eq!((info.text("type"), info.text("userId")), ("file".to_owned(), "ann".to_owned()));
    world.at(&desk, "GET", "directory", "no/where?info").await.is(404, "PathNotFound");
    world.at(&desk, "GET", "directory", "nowhere").await.is(404, "DirectoryNotFound");
    world.at(&desk, "GET", "file", "nowhere.txt").await.is(404, "FileNotFound");
    world.at(&desk, "GET", "file", "beta").await.is(404, "FileNotFound");
    for (path, status) in [("", 200), ("beta", 200), ("nowhere", 404)] {
        assert_eq!(world.at(&desk, "HEAD", "directory", path).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn what_a_client_says_about_a_node_comes_back() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let body = json!({"labels": ["x"], "metaData": {"Colour": "red"}, "localCreationTime": "t0"});
    let made = world.at_with(&desk, "PUT", "directory", "d", body).await;
    assert_eq!(made.json["metaData"], json!({"x-smh-meta-colour": "red"}));
    assert_eq!(
        (&made.json["labels"], made.text("localCreationTime")),
        (&json!(["x"]), "t0".into())
    );

    let begin = world
        .request("PUT", &desk.path("file", "a.txt"))
        .header("x-smh-meta-origin", "camera")
        .json(&json!({"labels": ["first"], "category": "c", "localModificationTime": "t1"}));
    let begun = world.send(begin).await;
    world.put(&begun, b"x").await;
    let rest = format!("{}?confirm=1", begun.text("confirmKey"));
    let later = json!({"labels": ["second"]});
    let done = world.at_with(&desk, "POST", "file", &rest, later).await;
    assert_eq!(done.json["metaData"], json!({"x-smh-meta-origin": "camera"}));
    let info = world.at(&desk, "GET", "file", "a.txt?info").await;
    assert_eq!(info.json["labels"], json!(["second"]));
    assert_eq!(
        (info.text("category"), info.text("localModificationTime")),
        ("c".into(), "t1".into())
    );
    let head = world.at(&desk, "HEAD", "file", "a.txt").await;
    assert_eq!(head.header("x-smh-meta-origin"), "camera");
    let long = json!({"category": "longer than sixteen"});
    world.at_with(&desk, "PUT", "file", "b.txt", long).await.is(400, "ParamInvalid");
}
