//! Rows 29, 32, 44 and 52: upload sessions from the first byte to their end (SMH sections 7.4 and
//! 7.5), as the JavaScript, Android and iOS SDKs ask.

use serde_json::{Value, json};

use crate::{
    uploads::{begin, begin_parts},
    world::{Desk, Reply, World},
};

rows! {
    r029_abort_file_upload {
        both_kinds_and_their_bytes_go, an_ended_session_is_not_aborted, only_by_its_owner,
    }
    r032_complete_file_upload {
        with_crc64_and_everything_asked_for, repeated_it_gives_the_first_reply, bytes_missing,
        wrong_bytes, the_name_is_settled_now, strategies_at_completion, the_directory_moved_or_gone,
        needs_its_grant,
    }
    r044_get_file_upload {
        state_of_a_multipart_upload, state_of_a_simple_upload, without_part_info, state_refusals,
    }
    r052_renew_multipart_upload { new_parameters_for_the_same_upload, renew_refusals }
}

const MIB: usize = 1 << 20;

pub(crate) async fn session(
    world: &World,
    desk: &Desk,
    method: &str,
    begun: &Reply,
    flags: &str,
) -> Reply {
    let rest = format!("{}?{flags}", begun.text("confirmKey"));
    world.at(desk, method, "file", &rest).await
}

async fn both_kinds_and_their_bytes_go() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let simple = begin(&world, &desk, "a.txt").await;
    let parts = begin_parts(&world, &desk, "b.txt?multipart=1").await;
    world.put(&simple, b"x").await;
    world.put_part(&parts, 1, b"x").await;
    for (begun, flag) in [(&simple, "upload"), (&parts, "upload=1")] {
        let gone = session(&world, &desk, "DELETE", begun, flag).await;
        assert_eq!((gone.status, &gone.json), (204, &Value::Null));
        for (method, flags) in [("DELETE", "upload"), ("GET", "upload"), ("POST", "confirm")] {
            session(&world, &desk, method, begun, flags).await.is(404, "ConfirmKeyNotFound");
        }
    }
    assert_eq!(world.put_status(&simple, "", b"y").await, 403);
    assert!(world.at(&desk, "GET", "directory", "").await.names().is_empty());
}

async fn an_ended_session_is_not_aborted() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let begun = begin(&world, &desk, "a.txt").await;
    world.put(&begun, b"x").await;
    assert_eq!(world.confirm(&desk, &begun, "", b"x").await.status, 200);
    session(&world, &desk, "DELETE", &begun, "upload=1").await.is(409, "UploadComplete");
    assert_eq!(world.download(&desk, "a.txt").await, b"x");
    for key in ["0123456789abcdef0123456789abcdef", "..%2F..", "no such key"] {
        let rest = format!("{key}?upload=1");
        world.at(&desk, "DELETE", "file", &rest).await.is(404, "ConfirmKeyNotFound");
    }
}

async fn only_by_its_owner() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let begun = begin(&world, &desk, "a.txt").await;
    let other = desk.with(&world, "user_id=bob&grant=space_admin").await;
    session(&world, &other, "DELETE", &begun, "upload").await.is(403, "UploadNotBelongYou");
    let reader = desk.with(&world, "user_id=ann").await;
    session(&world, &reader, "DELETE", &begun, "upload").await.is(403, "NoPermission");
    // A key is nothing in another space, nor in another library.
    let space = world.space(&desk.library, json!({})).await;
    let there = Desk { space, ..desk.clone() }.with(&world, "user_id=ann&grant=space_admin").await;
    session(&world, &there, "DELETE", &begun, "upload").await.is(404, "ConfirmKeyNotFound");
    let stranger = world.file_desk().await;
    session(&world, &stranger, "DELETE", &begun, "upload").await.is(404, "ConfirmKeyNotFound");
    session(&world, &desk, "GET", &begun, "upload").await.is(200, "");
}

async fn with_crc64_and_everything_asked_for() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let path = desk.path("file", "%2Fa.jpg?conflict_resolution_strategy=ask&filesize=9");
    let request = world.request("PUT", &path).header("x-smh-meta-note", "one");
    let begun = world.send(request.json(&json!({"labels": ["l"], "category": "c"}))).await;
    assert_eq!(begun.status, 201, "{begun:?}");
    world.put(&begun, b"123456789").await;
    let body = json!({"crc64": "11051210869376104954", "category": "d",
        "localCreationTime": "then", "localModificationTime": "later"});
    let rest = format!("{}?confirm=1&with_inode=1&with_content_cas=1", begun.text("confirmKey"));
    let done = world.at_with(&desk, "POST", "file", &rest, body).await;
    assert_eq!(done.status, 200, "{done:?}");
    let expected = json!({
        "path": ["a.jpg"], "name": "a.jpg", "type": "file", "contentType": "image/jpeg",
        "size": "9", "crc64": "11051210869376104954", "metaData": {"x-smh-meta-note": "one"},
        "virusAuditStatus": 0, "isOverwritten": false, "previewByDoc": false,
    });
    for (name, value) in expected.as_object().expect("an object") {
        assert_eq!(&done.json[name], value, "{name}");
    }
    for name in ["inode", "contentCas", "eTag", "creationTime", "modificationTime", "fileType"] {
        assert!(!done.text(name).is_empty(), "{name}");
    }
    let info = world.at(&desk, "GET", "file", "a.jpg?info").await;
    assert_eq!(info.json["labels"], json!(["l"]), "kept from begin");
    assert_eq!(info.json["category"], json!("d"), "replaced at completion");
    assert_eq!(info.json["localCreationTime"], json!("then"));
}

async fn repeated_it_gives_the_first_reply() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let begun = begin(&world, &desk, "a.txt").await;
    world.put(&begun, b"x").await;
    let first = world.confirm(&desk, &begun, "with_inode=1", b"x").await;
    let again = session(&world, &desk, "POST", &begun, "confirm&with_inode=1").await;
    assert_eq!((again.status, &again.json), (200, &first.json));
    let bare = session(&world, &desk, "POST", &begun, "confirm=1").await;
    assert!(bare.json.get("inode").is_none(), "only what was asked for");
    assert_eq!(world.at(&desk, "GET", "directory", "").await.names(), ["a.txt"]);
    world.clock.advance_seconds(86_400);
    session(&world, &desk, "POST", &begun, "confirm").await.is(409, "UploadComplete");
}

async fn bytes_missing() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let simple = begin(&world, &desk, "a.txt").await;
    session(&world, &desk, "POST", &simple, "confirm=1").await.is(404, "UploadIncomplete");
    let parts = begin_parts(&world, &desk, "b.txt?multipart").await;
    let none = session(&world, &desk, "POST", &parts, "confirm=1").await;
    none.is(400, "MultipartUploadIncomplete");
}

async fn wrong_bytes() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let begun = begin(&world, &desk, "a.txt").await;
    world.put(&begun, b"torn").await;
    world.confirm(&desk, &begun, "", b"whole").await.is(400, "BadCrc64");
    // Nothing is there, and the session goes on.
    world.at(&desk, "GET", "file", "a.txt?info").await.is(404, "FileNotFound");
    world.put(&begun, b"whole").await;
    assert_eq!(world.confirm(&desk, &begun, "", b"whole").await.status, 200);
    let rest = format!("{}?confirm", begin(&world, &desk, "b.txt").await.text("confirmKey"));
    let bad = world.at_with(&desk, "POST", "file", &rest, json!({"crc64": "-1"})).await;
    bad.is(400, "ParamInvalid");
}

async fn the_name_is_settled_now() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let (one, two) = (begin(&world, &desk, "a.txt").await, begin(&world, &desk, "a.txt").await);
    world.put(&one, b"1").await;
    world.put(&two, b"2").await;
    let first = world.confirm(&desk, &two, "", b"2").await;
    let second = world.confirm(&desk, &one, "", b"1").await;
    assert_eq!((first.text("name"), second.text("name")), ("a.txt".into(), "a (1).txt".into()));
    let asking = begin(&world, &desk, "b.txt?conflict_resolution_strategy=ask").await;
    world.put(&asking, b"3").await;
    world.upload(&desk, "b.txt", "", b"faster").await;
    world.confirm(&desk, &asking, "", b"3").await.is(409, "SameNameDirectoryOrFileExists");
    // The same session may still end with another strategy.
    let renamed = world.confirm(&desk, &asking, "conflict_resolution_strategy=rename", b"3").await;
    assert_eq!(renamed.text("name"), "b (1).txt");
}

async fn strategies_at_completion() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let old = world.upload(&desk, "a.txt", "with_inode=1&with_content_cas=1", b"1").await;
    world.clock.advance_seconds(5);
    let cas = old.text("contentCas");
    let overwrite =
        format!("conflict_resolution_strategy=overwrite&content_cas={cas}&with_inode=1");
    let new = world.upload(&desk, "a.txt", &overwrite, b"22").await;
    assert_eq!((&new.json["isOverwritten"], new.text("inode")), (&json!(true), old.text("inode")));
    assert_eq!(new.text("creationTime"), old.text("creationTime"));
    assert_ne!(new.text("modificationTime"), old.text("modificationTime"));
    let stale = world.at(&desk, "PUT", "file", &format!("a.txt?{overwrite}")).await;
    stale.is(409, "ContentCasConflict");
    let begun = begin(&world, &desk, "a.txt?force=1").await;
    world.put(&begun, b"333").await;
    let late = world.confirm(&desk, &begun, &overwrite, b"333").await;
    late.is(409, "ContentCasConflict");
    let done = world.confirm(&desk, &begun, "", b"333").await;
    assert_eq!(done.json["isOverwritten"], json!(true));
    let odd = session(&world, &desk, "POST", &begun, "confirm&conflict_resolution_strategy=x");
    odd.await.is(400, "InvalidConflictResolutionStrategy");
}

async fn the_directory_moved_or_gone() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.at(&desk, "PUT", "directory", "d").await;
    let begun = begin(&world, &desk, "d/a.txt").await;
    world.put(&begun, b"x").await;
    assert_eq!(world.at(&desk, "DELETE", "directory", "d").await.status, 200);
    let state = session(&world, &desk, "GET", &begun, "upload").await;
    assert_eq!(state.json["path"], Value::Null);
    let done = world.confirm(&desk, &begun, "", b"x").await;
    assert_eq!((done.status, &done.json["path"]), (200, &Value::Null));
}

async fn needs_its_grant() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let starter = desk.with(&world, "user_id=ann&grant=begin_upload").await;
    let ender = desk.with(&world, "user_id=ann&grant=confirm_upload").await;
    let begun = begin(&world, &starter, "a.txt").await;
    world.put(&begun, b"x").await;
    world.confirm(&starter, &begun, "", b"x").await.is(403, "NoPermission");
    let forced = "conflict_resolution_strategy=overwrite";
    world.confirm(&ender, &begun, forced, b"x").await.is(403, "NoPermission");
    assert_eq!(world.confirm(&ender, &begun, "", b"x").await.status, 200);
    world.at(&ender, "PUT", "file", "b.txt").await.is(403, "NoPermission");
}

async fn state_of_a_multipart_upload() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let rest = "a.bin?multipart=1&conflict_resolution_strategy=overwrite";
    let begun = begin_parts(&world, &desk, rest).await;
    let tag = world.put_part(&begun, 2, b"second").await;
    let state = session(&world, &desk, "GET", &begun, "upload=1&internal_domain=1").await;
    assert_eq!(state.status, 200, "{state:?}");
    assert_eq!(state.json["confirmed"], json!(false));
    assert_eq!(state.json["path"], json!(["a.bin"]));
    assert_eq!(state.text("type"), "file");
    assert_eq!(state.text("conflictResolutionStrategy"), "overwrite");
    assert_eq!(state.json["force"], json!(true));
    assert_eq!(state.json["availableDomainNum"], json!(1));
    assert_eq!(state.text("confirmKey"), begun.text("confirmKey"));
    assert_eq!(state.text("uploadId"), begun.text("uploadId"));
    let parts = state.json["parts"].as_array().expect("parts");
    assert_eq!(parts.len(), 1);
    assert_eq!(parts[0]["PartNumber"], json!(2));
    assert_eq!(parts[0]["Size"], json!(6), "a number here");
    assert!(tag.starts_with('"') && tag.ends_with('"'));
    assert_eq!(parts[0]["ETag"], json!(tag), "its quotes are kept");
    assert!(parts[0]["LastModified"].as_str().expect("a time").ends_with('Z'));
    let info = &state.json["uploadPartInfo"];
    for name in ["domain", "path", "uploadId", "expiration"] {
        assert!(info[name].is_string(), "{name}");
    }
    assert!(info["headers"]["Authorization"].is_string());
}

async fn state_of_a_simple_upload() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let begun = begin(&world, &desk, "a.txt").await;
    let state = session(&world, &desk, "GET", &begun, "upload").await;
    for name in ["uploadId", "parts", "uploadPartInfo"] {
        assert!(state.json.get(name).is_none(), "{name}: for multipart only");
    }
    world.put(&begun, b"x").await;
    world.confirm(&desk, &begun, "", b"x").await;
    let done = session(&world, &desk, "GET", &begun, "upload").await;
    assert_eq!(done.json["confirmed"], json!(true));
    assert_eq!(done.json["path"], json!(["a.txt"]));
}

async fn without_part_info() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let begun = begin_parts(&world, &desk, "a.bin?multipart").await;
    let state = session(&world, &desk, "GET", &begun, "upload=1&no_upload_part_info=1").await;
    assert!(state.json.get("uploadPartInfo").is_none(), "{state:?}");
    assert_eq!(state.json["parts"], json!([]));
}

async fn state_refusals() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let begun = begin(&world, &desk, "a.txt").await;
    let reader = desk.with(&world, "user_id=ann").await;
    session(&world, &reader, "GET", &begun, "upload").await.is(403, "NoPermission");
    let other = desk.with(&world, "user_id=bob&grant=begin_upload").await;
    session(&world, &other, "GET", &begun, "upload").await.is(403, "UploadNotBelongYou");
    world.at(&desk, "GET", "file", "nokey?upload=1").await.is(404, "ConfirmKeyNotFound");
}

async fn new_parameters_for_the_same_upload() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let begun = begin_parts(&world, &desk, "a.bin?multipart").await;
    let first = vec![1; MIB];
    world.put_part(&begun, 1, &first).await;
    for flags in ["renew", "renew=1&internal_domain=1&traffic_limit=1048576"] {
        let renewed = session(&world, &desk, "POST", &begun, flags).await;
        assert_eq!(renewed.status, 200, "{renewed:?}");
        for name in ["uploadId", "confirmKey", "domain", "path"] {
            assert_eq!(renewed.text(name), begun.text(name), "{name}");
        }
        assert_ne!(renewed.json["headers"], begun.json["headers"]);
        let limit = renewed.json["headers"]["x-cos-traffic-limit"].as_str();
        assert_eq!(limit, flags.contains("traffic").then_some("8388608"));
        world.put_part(&renewed, 2, b"second").await;
    }
    // What was signed before is good until it ends.
    world.put_part(&begun, 2, b"third").await;
    let done = world.confirm(&desk, &begun, "", &[&first[..], b"third"].concat()).await;
    assert_eq!(done.status, 200, "{done:?}");
}

async fn renew_refusals() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let simple = begin(&world, &desk, "a.txt").await;
    session(&world, &desk, "POST", &simple, "renew=1").await.is(400, "NotMultipartUpload");
    let parts = begin_parts(&world, &desk, "b.txt?multipart").await;
    let slow = session(&world, &desk, "POST", &parts, "renew&traffic_limit=1").await;
    slow.is(400, "ParamInvalid");
    let other = desk.with(&world, "user_id=bob&grant=upload_file").await;
    session(&world, &other, "POST", &parts, "renew").await.is(403, "UploadNotBelongYou");
    let reader = desk.with(&world, "user_id=ann&grant=confirm_upload").await;
    session(&world, &reader, "POST", &parts, "renew").await.is(403, "NoPermission");
    world.put_part(&parts, 1, b"x").await;
    world.confirm(&desk, &parts, "", b"x").await;
    session(&world, &desk, "POST", &parts, "renew").await.is(409, "UploadComplete");
    world.at(&desk, "POST", "file", "nokey?renew=1").await.is(404, "ConfirmKeyNotFound");
}
