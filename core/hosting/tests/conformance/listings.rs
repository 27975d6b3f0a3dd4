//! Rows 24 and 25: lists of directories (SMH sections 6.2 to 6.4).

use serde_json::json;

use crate::world::{Desk, World};

rows! {
    r024_list_directory {
        by_markers, mixed_by_union, filtered_and_from_a_name, what_a_row_shows, unchanged_since,
        a_bad_marker
    }
    r025_list_directory_by_page { by_pages_with_counts, by_offset, too_deep_a_page }
}

async fn filled() -> (World, Desk) {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.directories(&desk, &["m", "z"]).await;
    for name in ["a.txt", "n.txt", "b.txt"] {
        world.upload(&desk, name, "", b"x").await;
    }
    (world, desk)
}

async fn names(world: &World, desk: &Desk, query: &str) -> Vec<String> {
    world.at(desk, "GET", "directory", &format!("?{query}")).await.names()
}

async fn by_markers() {
    let (world, desk) = filled().await;
    let (mut all, mut next) = (Vec::new(), String::new());
    loop {
        let path = format!("?by-marker=1&limit=2&marker={next}");
        let page = world.at(&desk, "GET", "directory", &path).await;
        assert_eq!((page.status, &page.json["path"]), (200, &json!([])));
        all.extend(page.names());
        match page.json.get("nextMarker") {
            Some(marker) => next = marker.as_str().expect("a text").to_owned(),
            None => break,
        }
    }
    assert_eq!(all, ["m", "z", "a.txt", "b.txt", "n.txt"]);
}

async fn mixed_by_union() {
    let (world, desk) = filled().await;
    let mixed = ["a.txt", "b.txt", "m", "n.txt", "z"];
    assert_eq!(names(&world, &desk, "by-marker=1&sort_type=union").await, mixed);
    let turned =
        names(&world, &desk, "by-marker&sort_type=union&orderBy=name&orderByType=desc").await;
    assert_eq!(turned, mixed.into_iter().rev().collect::<Vec<_>>());
    let page = "by-page=1&page_size=2&page=2&sort_type=union";
    assert_eq!(names(&world, &desk, page).await, ["m", "n.txt"]);
}

async fn filtered_and_from_a_name() {
    let (world, desk) = filled().await;
    for (query, wanted) in [
        ("filter=onlyDir", &["m", "z"] as &[&str]),
        ("filter=onlyFile", &["a.txt", "b.txt", "n.txt"]),
        ("filter=onlyFile&order_by=name&start_name=a.txt", &["b.txt", "n.txt"]),
        ("order_by=name&prefix=n", &["n.txt"]),
    ] {
        assert_eq!(names(&world, &desk, &format!("by-marker=1&{query}")).await, wanted, "{query}");
    }
    let bad = world.at(&desk, "GET", "directory", "?by-marker=1&filter=all").await;
    bad.is(400, "ParamInvalid");
    world.at(&desk, "GET", "directory", "x?by-marker=1").await.is(404, "DirectoryNotFound");
}

async fn what_a_row_shows() {
    let (world, desk) = filled().await;
    let link = json!({"linkTo": "a.txt"});
    world.at_with(&desk, "PUT", "file", "l.txt", link).await;
    let virtual_file = json!({"size": "70"});
    world.at_with(&desk, "PUT", "file", "v.txt?virtual_file=1", virtual_file).await;
    let path = "?by-marker=1&filter=onlyFile&with_inode=1&with_content_cas=1&order_by=size";
    let list = world.at(&desk, "GET", "directory", path).await;
    let row = |name: &str| {
        let rows = list.json["contents"].as_array().expect("rows");
        rows.iter().find(|row| row["name"] == name).expect("the row").clone()
    };
    assert_eq!((&row("a.txt")["type"], &row("a.txt")["size"]), (&json!("file"), &json!("1")));
    assert!(row("a.txt")["contentCas"].is_string());
    assert_eq!(
        (&row("l.txt")["type"], &row("l.txt")["linkTo"]),
        (&json!("symlink"), &row("a.txt")["inode"])
    );
    assert_eq!((&row("v.txt")["type"], &row("v.txt")["size"]), (&json!("virtual"), &json!("70")));
    assert_eq!(list.names().last().map(String::as_str), Some("v.txt"), "by size");
}

async fn unchanged_since() {
    let (world, desk) = filled().await;
    let path = desk.path("directory", "?by-marker=1");
    let first = world.call("GET", &path).await;
    let asked = async || {
        let tag = first.text("eTag");
        world.send(world.request("GET", &path).header("if-none-match", tag)).await.status
    };
    assert_eq!(asked().await, 304);
    world.at(&desk, "DELETE", "file", "a.txt").await;
    assert_eq!(asked().await, 200);
}

async fn a_bad_marker() {
    let (world, desk) = filled().await;
    for marker in ["x", "17", "e30"] {
        let path = format!("?by-marker=1&marker={marker}");
        world.at(&desk, "GET", "directory", &path).await.is(404, "MarkerNotFound");
    }
}

async fn by_pages_with_counts() {
    let (world, desk) = filled().await;
    let page = world.at(&desk, "GET", "directory", "?by-page=1&page=2&page_size=2").await;
    assert_eq!(page.names(), ["a.txt", "b.txt"]);
    let counts = ["fileCount", "subDirCount", "totalNum"].map(|field| page.json[field].clone());
    assert_eq!(counts, [json!(3), json!(2), json!(5)]);
}

async fn by_offset() {
    let (world, desk) = filled().await;
    let page = world.at(&desk, "GET", "directory", "?offset=1&limit=3").await;
    assert_eq!(page.names(), ["z", "a.txt", "b.txt"]);
    assert_eq!(page.json["totalNum"], json!(5));
}

async fn too_deep_a_page() {
    let (world, desk) = filled().await;
    let path = "?by-page=1&page=101&page_size=100";
    world.at(&desk, "GET", "directory", path).await.is(400, "ParamInvalid");
}
