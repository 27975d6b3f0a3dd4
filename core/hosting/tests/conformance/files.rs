//! Rows 30, 31, 37, 38, 43, 45: files that are read or deleted (SMH sections 8 and 9.1).

use serde_json::{Value, json};

use crate::world::{Desk, World};

rows! {
    r030_check_file_deletion { what_went_and_when, what_is_there_or_never_was }
    r031_check_file_status { the_headers_of_a_file, a_file_is_there_or_not }
    r037_delete_file { into_the_bin, past_the_bin, only_with_this_stamp, rights_to_delete }
    r038_download_file { redirected_to_the_bytes, over_a_link, nothing_to_download }
    r043_get_file_info_by_inode { a_file_by_its_inode, an_inode_that_is_not_there }
    r045_info_file { what_an_info_tells, checked_before, of_a_link_and_of_nothing }
}

async fn desk() -> (World, Desk) {
    let world = World::start().await;
    let desk = world.file_desk().await;
    (world, desk)
}

async fn uploaded(world: &World, desk: &Desk, path: &str) -> Value {
    let done = world.upload(desk, path, "with_inode=1&with_content_cas=1", b"12345").await;
    assert_eq!(done.status, 200, "{done:?}");
    done.json
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_else(|| panic!("no {field} in {value}")).to_owned()
}

async fn what_went_and_when() {
    let (world, desk) = desk().await;
    world.directories(&desk, &["d"]).await;
    let inode = text(&uploaded(&world, &desk, "a.txt").await, "inode");
    let inner = text(&uploaded(&world, &desk, "d/b.txt").await, "inode");
    world.at(&desk, "DELETE", "file", "a.txt?permanent=1").await;
    world.at(&desk, "DELETE", "directory", "d").await;
    for inode in [inode, inner] {
        let reply = world.at(&desk, "GET", "file-deletion-check", &inode).await;
        assert_eq!((reply.status, reply.text("reason")), (200, "Unknown".to_owned()));
        assert!(reply.text("deletedAt").ends_with('Z'), "{reply:?}");
        assert_eq!(reply.json["quotaCleanupRecordRetentionDays"], json!(180));
    }
    let reader = desk.with(&world, "grant=delete_file").await;
    world.at(&reader, "GET", "file-deletion-check", "17").await.is(403, "NoPermission");
}

async fn what_is_there_or_never_was() {
    let (world, desk) = desk().await;
    let inode = text(&uploaded(&world, &desk, "a.txt").await, "inode");
    world.at(&desk, "GET", "file-deletion-check", &inode).await.is(404, "FileNotFound");
    world.at(&desk, "GET", "file-deletion-check", "99999").await.is(404, "FileNotFound");
    world.at(&desk, "GET", "file-deletion-check", "x").await.is(404, "PathNotFound");
    // Of another space nothing is told.
    world.at(&desk, "DELETE", "file", "a.txt").await;
    let stranger = world.file_desk().await;
    world.at(&stranger, "GET", "file-deletion-check", &inode).await.is(404, "FileNotFound");
}

async fn the_headers_of_a_file() {
    let (world, desk) = desk().await;
    let done = uploaded(&world, &desk, "a.txt").await;
    let meta = json!({"metaData": {"colour": "red"}});
    world.at_with(&desk, "POST", "directory", "a.txt?update", meta).await;
    let head = world.at(&desk, "HEAD", "file", "%2Fa.txt?with_content_cas=1").await;
    assert_eq!((head.status, head.header("x-smh-size")), (200, "5"));
    assert_eq!(head.header("x-smh-crc64"), text(&done, "crc64"));
    assert_eq!(head.header("x-smh-etag"), text(&done, "eTag"));
    assert_eq!(head.header("x-smh-content-cas"), text(&done, "contentCas"));
    assert_eq!((head.header("x-smh-type"), head.header("x-smh-meta-colour")), ("file", "red"));
    assert!(head.header("x-smh-creation-time").ends_with('Z'));
}

async fn a_file_is_there_or_not() {
    let (world, desk) = desk().await;
    world.directories(&desk, &["d"]).await;
    world.at(&desk, "PUT", "file", "v.txt?virtual_file=1").await;
    for (path, status) in [("v.txt", 200), ("d", 404), ("x.txt", 404), ("d/x.txt", 404)] {
        assert_eq!(world.at(&desk, "HEAD", "file", path).await.status, status, "{path}");
    }
}

async fn into_the_bin() {
    let (world, desk) = desk().await;
    uploaded(&world, &desk, "a.txt").await;
    let gone = world.at(&desk, "DELETE", "file", "a.txt").await;
    assert!(gone.status == 200 && gone.json["recycledItemId"].is_u64(), "{gone:?}");
    world.at(&desk, "DELETE", "file", "a.txt").await.is(404, "FileNotFound");
    world.directories(&desk, &["d"]).await;
    world.at(&desk, "DELETE", "file", "d").await.is(404, "FileNotFound");
}

async fn past_the_bin() {
    let (world, desk) = desk().await;
    uploaded(&world, &desk, "a.txt").await;
    assert_eq!(world.at(&desk, "DELETE", "file", "a.txt?permanent=1").await.status, 204);
    assert!(world.at(&desk, "GET", "recycled", "").await.names().is_empty());
}

async fn only_with_this_stamp() {
    let (world, desk) = desk().await;
    let cas = text(&uploaded(&world, &desk, "a.txt").await, "contentCas");
    let wrong = world.at(&desk, "DELETE", "file", "a.txt?content_cas=x").await;
    wrong.is(409, "ContentCasConflict");
    let right = world.at(&desk, "DELETE", "file", &format!("a.txt?content_cas={cas}")).await;
    assert_eq!(right.status, 200);
}

async fn rights_to_delete() {
    let (world, desk) = desk().await;
    uploaded(&world, &desk, "a.txt").await;
    let some = desk.with(&world, "grant=delete_file,delete_directory_permanent").await;
    world.at(&some, "DELETE", "file", "a.txt?permanent=1").await.is(403, "NoPermission");
    let other = desk.with(&world, "grant=delete_directory").await;
    world.at(&other, "DELETE", "file", "a.txt").await.is(403, "NoPermission");
    assert_eq!(world.at(&some, "DELETE", "file", "a.txt").await.status, 200);
}

async fn redirected_to_the_bytes() {
    let (world, desk) = desk().await;
    let cas = text(&uploaded(&world, &desk, "a.txt").await, "contentCas");
    let path = format!("a.txt?content_disposition=attachment&content_cas={cas}");
    let reply = world.at(&desk, "GET", "file", &path).await;
    assert_eq!((reply.status, reply.header("x-smh-size")), (302, "5"));
    assert_eq!(world.fetch(reply.header("location")).await, b"12345");
    let reader = desk.with(&world, "").await;
    assert_eq!(world.download(&reader, "a.txt").await, b"12345");
    let wrong = world.at(&desk, "GET", "file", "a.txt?content_cas=x").await;
    wrong.is(409, "ContentCasConflict");
}

async fn over_a_link() {
    let (world, desk) = desk().await;
    uploaded(&world, &desk, "a.txt").await;
    for (link, to) in [("l.txt", "a.txt"), ("m.txt", "l.txt")] {
        let body = json!({"linkTo": to});
        assert_eq!(world.at_with(&desk, "PUT", "file", link, body).await.status, 200);
    }
    assert_eq!(world.download(&desk, "m.txt").await, b"12345");
    world.at_with(&desk, "PUT", "file", "b.txt", json!({"from": "a.txt"})).await;
    assert_eq!(world.download(&desk, "m.txt").await, b"12345");
}

async fn nothing_to_download() {
    let (world, desk) = desk().await;
    world.directories(&desk, &["d"]).await;
    world.at(&desk, "PUT", "file", "v.txt?virtual_file=1").await;
    world.at(&desk, "GET", "file", "x.txt").await.is(404, "FileNotFound");
    world.at(&desk, "GET", "file", "d").await.is(404, "FileNotFound");
    world.at(&desk, "GET", "file", "v.txt").await.is(404, "CosObjectNonexistent");
}

async fn a_file_by_its_inode() {
    let (world, desk) = desk().await;
    world.directories(&desk, &["d"]).await;
    let done = uploaded(&world, &desk, "d/a.txt").await;
    let path = format!("{}?with_content_cas=1", text(&done, "inode"));
    let info = world.at(&desk, "GET", "inode", &path).await;
    assert_eq!((info.status, &info.json["path"]), (200, &json!(["d", "a.txt"])));
    for field in ["name", "type", "size", "crc64", "contentCas", "contentType"] {
        assert_eq!(info.json[field], done[field], "{field}");
    }
}

async fn an_inode_that_is_not_there() {
    let (world, desk) = desk().await;
    let inode = text(&uploaded(&world, &desk, "a.txt").await, "inode");
    for unknown in ["99999", "x", ""] {
        world.at(&desk, "GET", "inode", unknown).await.is(404, "PathNotFound");
    }
    let stranger = world.file_desk().await;
    world.at(&stranger, "GET", "inode", &inode).await.is(404, "PathNotFound");
    world.at(&desk, "DELETE", "file", "a.txt").await;
    world.at(&desk, "GET", "inode", &inode).await.is(404, "PathNotFound");
}

async fn what_an_info_tells() {
    let (world, desk) = desk().await;
    let done = uploaded(&world, &desk, "a.txt").await;
    let info = world.at(&desk, "GET", "file", "a.txt?info=1&with_content_cas=1").await;
    for field in ["type", "size", "eTag", "crc64", "contentType", "fileType", "contentCas"] {
        assert_eq!(info.json[field], done[field], "{field}");
    }
    assert_eq!(world.fetch(&info.text("cosUrl")).await, b"12345");
    let wrong = world.at(&desk, "GET", "file", "a.txt?info&content_cas=x").await;
    wrong.is(409, "ContentCasConflict");
}

async fn checked_before() {
    let (world, desk) = desk().await;
    uploaded(&world, &desk, "a.txt").await;
    let info = world.at(&desk, "GET", "file", "a.txt?info=1&pre_check=1").await;
    assert!(info.status == 200 && info.json.get("cosUrl").is_none(), "{info:?}");
}

async fn of_a_link_and_of_nothing() {
    let (world, desk) = desk().await;
    let done = uploaded(&world, &desk, "a.txt").await;
    world.at_with(&desk, "PUT", "file", "l.txt", json!({"linkTo": "a.txt"})).await;
    let info = world.at(&desk, "GET", "file", "l.txt?info=1").await;
    assert_eq!((info.text("type"), &info.json["linkTo"]), ("symlink".to_owned(), &done["inode"]));
    assert_eq!((info.text("size"), info.text("name")), ("5".to_owned(), "l.txt".to_owned()));
    assert_eq!(world.fetch(&info.text("cosUrl")).await, b"12345");
    world.at(&desk, "GET", "file", "x.txt?info=1").await.is(404, "FileNotFound");
}
