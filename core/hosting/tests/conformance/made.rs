//! Rows 35, 36 and 117: links, files without content, empty office files (SMH sections 9.4 to 9.6).

use serde_json::{Value, json};

use crate::world::{Desk, Reply, World};

rows! {
    r035_create_symlink {
        a_link_leads_to_a_file, what_no_link_leads_to, a_loop_and_a_long_chain,
        links_and_files_do_not_replace_each_other, rights_to_link
    }
    r036_create_virtual_file {
        without_bytes_but_counted, the_strategies_of_virtual_files, rights_to_make_one,
        nowhere_and_not_of_that_name
    }
    r117_create_from_template { each_of_the_three, always_another_name, what_is_no_template }
}

const OVERWRITE: &str = "conflict_resolution_strategy=overwrite";
const ASK: &str = "conflict_resolution_strategy=ask";
const TAKEN: &str = "SameNameDirectoryOrFileExists";

async fn desk() -> (World, Desk) {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.upload(&desk, "a.txt", "", b"12345").await;
    (world, desk)
}

async fn link(world: &World, desk: &Desk, path: &str, to: &str) -> Reply {
    world.at_with(desk, "PUT", "file", path, json!({ "linkTo": to })).await
}

async fn a_link_leads_to_a_file() {
    let (world, desk) = desk().await;
    world.directories(&desk, &["d"]).await;
    let reply = link(&world, &desk, "d/l.txt", "/a.txt").await;
    assert_eq!((reply.status, &reply.json), (200, &json!({"path": ["d", "l.txt"]})));
    assert_eq!(world.download(&desk, "d/l.txt").await, b"12345");
    let reply = link(&world, &desk, "d/l.txt", "a.txt").await;
    assert_eq!(reply.json["path"], json!(["d", "l (1).txt"]));
    link(&world, &desk, &format!("d/l.txt?{ASK}"), "a.txt").await.is(409, TAKEN);
    link(&world, &desk, "e/l.txt", "a.txt").await.is(404, "DirectoryNotFound");
}

async fn what_no_link_leads_to() {
    let (world, desk) = desk().await;
    world.directories(&desk, &["d"]).await;
    world.at(&desk, "PUT", "file", "v.txt?virtual_file=1").await;
    for (to, status, code) in [
        ("d", 400, "SymlinkToDirectoryNotAllowed"),
        ("", 400, "SymlinkToDirectoryNotAllowed"),
        ("v.txt", 400, "UnsupportedFileType"),
        ("x.txt", 404, "FileNotFound"),
        ("x:y", 400, "InvalidSourceFile"),
    ] {
        link(&world, &desk, "l.txt", to).await.is(status, code);
    }
}

async fn a_loop_and_a_long_chain() {
    let (world, desk) = desk().await;
    let mut last = "a.txt".to_owned();
    for n in 0..5 {
        let name = format!("l{n}.txt");
        assert_eq!(link(&world, &desk, &name, &last).await.status, 200);
        last = name;
    }
    link(&world, &desk, "l5.txt", &last).await.is(400, "SymlinkDepthLimitExceeded");
    for to in ["l0.txt", "l1.txt"] {
        let reply = link(&world, &desk, &format!("l0.txt?{OVERWRITE}"), to).await;
        reply.is(409, "CircleSymlink");
    }
    assert_eq!(world.download(&desk, "l4.txt").await, b"12345");
}

async fn links_and_files_do_not_replace_each_other() {
    let (world, desk) = desk().await;
    world.upload(&desk, "b.txt", "", b"b").await;
    link(&world, &desk, "l.txt", "a.txt").await;
    let conflict = "SymlinkOverwriteConflict";
    link(&world, &desk, &format!("b.txt?{OVERWRITE}"), "a.txt").await.is(400, conflict);
    link(&world, &desk, "b.txt?force=1", "a.txt").await.is(400, conflict);
    for body in [json!({"from": "b.txt"}), json!({"copyFrom": "b.txt"}), Value::Null] {
        let path = format!("l.txt?{OVERWRITE}");
        world.at_with(&desk, "PUT", "file", &path, body).await.is(400, conflict);
    }
    // One link replaces another.
    let reply = link(&world, &desk, &format!("l.txt?{OVERWRITE}"), "b.txt").await;
    assert_eq!(reply.json["path"], json!(["l.txt"]));
    assert_eq!(world.download(&desk, "l.txt").await, b"b");
}

async fn rights_to_link() {
    let (world, desk) = desk().await;
    for (grant, plain, over) in [
        ("create_symlink", 200, 403),
        ("create_symlink_force", 200, 200),
        ("upload_file", 200, 403),
        ("upload_file_force", 200, 200),
        ("copy_file_force", 403, 403),
    ] {
        let desk = desk.with(&world, &format!("grant={grant}")).await;
        assert_eq!(link(&world, &desk, "l.txt", "a.txt").await.status, plain, "{grant}");
        let reply = link(&world, &desk, &format!("l.txt?{OVERWRITE}"), "a.txt").await;
        assert_eq!(reply.status, over, "{grant}");
    }
}

async fn without_bytes_but_counted() {
    let (world, desk) = desk().await;
    let body = json!({
        "contentType": "application/x-thing", "metaData": {"k": "v"}, "labels": ["l"],
        "category": "c", "size": "1000",
    });
    let reply = world.at_with(&desk, "PUT", "file", "v.bin?virtual_file=1", body).await;
    assert_eq!((reply.status, &reply.json), (200, &json!({"path": ["v.bin"], "type": "virtual"})));
    let info = world.at(&desk, "GET", "directory", "v.bin?info=1").await;
    assert_eq!((info.text("type"), info.text("size")), ("virtual".into(), "1000".into()));
    assert_eq!(info.text("contentType"), "application/x-thing");
    assert_eq!((&info.json["labels"], info.text("category")), (&json!(["l"]), "c".into()));
    let stats = world.at(&desk, "GET", "directory", "?stats=1").await;
    assert_eq!(stats.json["storage"], json!(1005));
    let copy = json!({"copyFrom": "v.bin"});
    assert_eq!(world.at_with(&desk, "PUT", "file", "w.bin", copy).await.status, 200);
    let stats = world.at(&desk, "GET", "directory", "?stats=1").await;
    assert_eq!(stats.json["storage"], json!(2005));
}

async fn the_strategies_of_virtual_files() {
    let (world, desk) = desk().await;
    let make = async |query: &str, size: u64| {
        let path = format!("v.bin?virtual_file&{query}");
        world.at_with(&desk, "PUT", "file", &path, json!({ "size": size })).await
    };
    assert_eq!(make("", 1).await.json["path"], json!(["v.bin"]));
    assert_eq!(make("", 1).await.json["path"], json!(["v (1).bin"]));
    make(ASK, 1).await.is(409, TAKEN);
    assert_eq!(make(OVERWRITE, 10).await.json["path"], json!(["v.bin"]));
    let stats = world.at(&desk, "GET", "directory", "?stats=1").await;
    assert_eq!(stats.json["storage"], json!(16));
}

async fn rights_to_make_one() {
    let (world, desk) = desk().await;
    for (grant, status) in [("create_virtual", 200), ("upload_file", 200), ("copy_file", 403)] {
        let desk = desk.with(&world, &format!("grant={grant}")).await;
        let reply = world.at(&desk, "PUT", "file", "v.bin?virtual_file=1").await;
        assert_eq!(reply.status, status, "{grant}");
    }
}

async fn nowhere_and_not_of_that_name() {
    let (world, desk) = desk().await;
    let path = "d/v.bin?virtual_file=1";
    world.at(&desk, "PUT", "file", path).await.is(404, "DirectoryNotFound");
    let albums = world.album_desk().await;
    world.directories(&albums, &["a"]).await;
    let path = "a/v.txt?virtual_file=1";
    world.at(&albums, "PUT", "file", path).await.is(400, "ExtnameNotAllowed");
    let bad = json!({"size": "-1"});
    let reply = world.at_with(&desk, "PUT", "file", "v.bin?virtual_file=1", bad).await;
    reply.is(400, "ParamInvalid");
}

async fn template(world: &World, desk: &Desk, path: &str, name: &str) -> Reply {
    world.at_with(desk, "PUT", "file", path, json!({ "fromTemplate": name })).await
}

async fn each_of_the_three() {
    let (world, desk) = desk().await;
    let mut stored = 0;
    for (name, file_type) in
        [("word.docx", "word"), ("excel.xlsx", "excel"), ("powerpoint.pptx", "powerpoint")]
    {
        let reply = template(&world, &desk, name, name).await;
        assert_eq!((reply.status, &reply.json["path"]), (200, &json!([name])));
        assert_eq!(reply.text("fileType"), file_type);
        let bytes = world.download(&desk, name).await;
        assert!(bytes.starts_with(b"PK"));
        assert_eq!(reply.text("size"), bytes.len().to_string());
        stored += bytes.len() as u64;
        // Counted apart from what comes over the sockets.
        assert_eq!(world.service.bytes_stored(), stored);
    }
    let path = desk.path("file", "meta.docx");
    let request = world.request("PUT", &path).header("x-smh-meta-k", "v");
    let reply = world.send(request.json(&json!({"fromTemplate": "word.docx"}))).await;
    assert_eq!(reply.json["metaData"], json!({"x-smh-meta-k": "v"}));
}

async fn always_another_name() {
    let (world, desk) = desk().await;
    for name in ["new.docx", "new (1).docx"] {
        let reply = template(&world, &desk, &format!("new.docx?{OVERWRITE}"), "word.docx").await;
        assert_eq!(reply.json["path"], json!([name]));
    }
}

async fn what_is_no_template() {
    let (world, desk) = desk().await;
    for name in ["", "word.doc", "../a"] {
        template(&world, &desk, "a.docx", name).await.is(400, "ParamInvalid");
    }
    template(&world, &desk, "d/a.docx", "word.docx").await.is(404, "DirectoryNotFound");
    let reader = desk.with(&world, "grant=copy_file").await;
    template(&world, &reader, "a.docx", "word.docx").await.is(403, "NoPermission");
    let albums = world.album_desk().await;
    world.directories(&albums, &["a"]).await;
    template(&world, &albums, "a/a.docx", "word.docx").await.is(400, "ExtnameNotAllowed");
    assert_eq!(world.service.bytes_stored(), 0);
}
