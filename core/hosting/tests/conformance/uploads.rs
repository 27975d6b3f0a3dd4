//! Rows 40, 47 and 53: beginning uploads (SMH section 7.1), as the JavaScript, Android and iOS SDKs
//! send them. Quick upload has its own stories in `tests/service`.

use albumen_media::digest::Crc64Digest;
use serde_json::json;

use crate::{
    sessions::session,
    world::{Desk, Reply, World},
};

rows! {
    r040_form_upload_file {
        a_page_uploads, a_form_has_no_more_than_was_declared, refusals_of_begin_by_form,
    }
    r047_multipart_upload_file {
        parts_in_any_order_with_the_same_headers, the_forms_that_sdks_send, ranges_of_parts,
        a_gap_or_a_small_part,
    }
    r053_simple_upload_file {
        the_reply_is_201_with_everything_in_it, hashes_alone_never_give_200, refusals_of_begin,
        conflicts_at_begin, limits_of_speed, a_repeated_begin_goes_on_with_its_session,
        grants_of_begin,
    }
}

const MIB: usize = 1 << 20;

pub(crate) async fn begin(world: &World, desk: &Desk, rest: &str) -> Reply {
    let begun = world.at(desk, "PUT", "file", rest).await;
    assert_eq!(begun.status, 201, "{begun:?}");
    begun
}

pub(crate) async fn begin_parts(world: &World, desk: &Desk, rest: &str) -> Reply {
    let begun = world.at(desk, "POST", "file", rest).await;
    assert_eq!(begun.status, 201, "{begun:?}");
    begun
}

async fn a_page_uploads() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let begun = world.at(&desk, "POST", "file", "%2Fa.jpg").await;
    assert_eq!(begun.status, 201, "{begun:?}");
    assert_eq!(begun.text("path"), "/");
    assert!(begun.json.get("headers").is_none() && begun.json.get("uploadId").is_none());
    for name in ["key", "policy", "q-ak", "q-key-time", "q-sign-algorithm", "q-signature"] {
        assert!(begun.json["form"][name].is_string(), "{name}");
    }
    assert_eq!(world.post_form(&begun, b"123456789").await, 204);
    let done = world.confirm(&desk, &begun, "", b"123456789").await;
    assert_eq!((done.status, done.text("contentType")), (200, "image/jpeg".to_owned()));
    assert_eq!(world.download(&desk, "a.jpg").await, b"123456789");
    assert_eq!(world.post_form(&begun, b"late").await, 403);
    session(&world, &desk, "POST", &begun, "renew").await.is(409, "UploadComplete");
}

async fn a_form_has_no_more_than_was_declared() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let begun = world.at(&desk, "POST", "file", "a.bin?filesize=4&traffic_limit=102400").await;
    assert_eq!(begun.json["form"]["x-cos-traffic-limit"], json!("819200"));
    assert_eq!(world.post_form(&begun, b"12345").await, 400);
    assert_eq!(world.post_form(&begun, b"1234").await, 204);
}

async fn refusals_of_begin_by_form() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.at(&desk, "POST", "file", "no/a.txt").await.is(404, "DirectoryNotFound");
    world.at(&desk, "POST", "file", "").await.is(400, "EmptyFileName");
    let reader = desk.with(&world, "user_id=ann").await;
    world.at(&reader, "POST", "file", "a.txt").await.is(403, "NoPermission");
    let bare = format!("/api/v1/file/{}/{}/a.txt", desk.library.id, desk.space);
    world.call("POST", &bare).await.is(400, "EmptyAccessToken");
}

async fn parts_in_any_order_with_the_same_headers() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let begun = begin_parts(&world, &desk, "film.mp4?multipart=1&filesize=2097162").await;
    assert!(
        begun.json["headers"]["Authorization"].is_string() && begun.json.get("parts").is_none()
    );
    let parts = [vec![1; MIB], vec![2; MIB], vec![3; 10]];
    for number in [3, 1, 2, 1] {
        world.put_part(&begun, number, &parts[usize::from(number) - 1]).await;
    }
    let bytes = parts.concat();
    let done = world.confirm(&desk, &begun, "", &bytes).await;
    assert_eq!((done.status, done.text("size")), (200, "2097162".to_owned()), "{done:?}");
    assert_eq!(done.text("crc64"), Crc64Digest::of(&bytes).to_string());
    assert_eq!(done.text("contentType"), "video/mp4");
    assert!(world.download(&desk, "film.mp4").await == bytes);
}

async fn the_forms_that_sdks_send() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.at(&desk, "PUT", "directory", "d").await;
    // JavaScript: the whole path in one segment, flags with a value. Older ones: bare flags,
    // `force`.
    for (n, rest) in [
        "%2Fd%2F1.bin?multipart=1&conflict_resolution_strategy=rename&filesize=5",
        "d/2.bin?multipart&force=0",
        "d/3.bin/?multipart=&prefer_same_origin=true&internal_domain=0",
    ]
    .into_iter()
    .enumerate()
    {
        let body = json!({"size": if n == 0 { json!("5") } else { json!(5) }, "sampleHash": "s"});
        let begun = world.at_with(&desk, "POST", "file", rest, body).await;
        assert_eq!(begun.status, 201, "{rest}: {begun:?}");
        world.put_part(&begun, 1, b"bytes").await;
        let done = world.confirm(&desk, &begun, "", b"bytes").await;
        assert_eq!(done.json["path"], json!(["d", format!("{}.bin", n + 1)]));
    }
}

async fn ranges_of_parts() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    for (range, good) in [("1-100", true), ("", true), ("1-101", false), ("x", false)] {
        let body = json!({"partNumberRange": range});
        let begun = world.at_with(&desk, "POST", "file", "a.bin?multipart=1", body).await;
        match good {
            true => assert_eq!(begun.status, 201, "{range}: {begun:?}"),
            false => begun.is(400, "ParamInvalid"),
        }
    }
}

async fn a_gap_or_a_small_part() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let begun = begin_parts(&world, &desk, "a.bin?multipart").await;
    world.put_part(&begun, 2, b"second").await;
    let gap = session(&world, &desk, "POST", &begun, "confirm").await;
    gap.is(400, "MultipartUploadIncomplete");
    world.put_part(&begun, 1, b"first").await;
    let small = session(&world, &desk, "POST", &begun, "confirm").await;
    small.is(400, "MultipartUploadPartTooSmall");
    let first = vec![1; MIB];
    world.put_part(&begun, 1, &first).await;
    let done = world.confirm(&desk, &begun, "", &[&first[..], b"second"].concat()).await;
    assert_eq!(done.status, 200, "{done:?}");
}

async fn the_reply_is_201_with_everything_in_it() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let begun = begin(&world, &desk, "a.jpg").await;
    for name in ["domain", "path", "confirmKey", "expiration"] {
        assert!(!begun.text(name).is_empty(), "{name}");
    }
    assert!(begun.text("path").starts_with('/'));
    let key = begun.text("confirmKey");
    assert!(key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
    assert_eq!(begun.json["headers"]["Content-Type"], json!("image/jpeg"));
    assert!(begun.json["headers"]["Authorization"].is_string());
    assert_eq!(begun.json["availableDomainNum"], json!(1));
    for name in ["uploadId", "parts", "form", "dataScheme"] {
        assert!(begun.json.get(name).is_none(), "{name}");
    }
    // Nothing is to be seen before it is completed (trap 10).
    world.at(&desk, "HEAD", "file", "a.jpg").await.is(404, "");
}

/// Traps 2 and 40: an unknown hash creates a task, whatever else is told.
async fn hashes_alone_never_give_200() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let hash = "ab".repeat(32);
    for body in [
        json!({"beginningHash": hash, "size": "1048576"}),
        json!({"beginningHash": hash, "fullHash": hash, "size": 1_048_576}),
        json!({"beginningHash": "", "fullHash": ""}),
        json!({}),
    ] {
        let begun = world.at_with(&desk, "PUT", "file", "a.bin", body).await;
        assert_eq!(begun.status, 201, "{begun:?}");
    }
    let odd = json!({"beginningHash": "zz"});
    world.at_with(&desk, "PUT", "file", "a.bin", odd).await.is(400, "ParamInvalid");
}

async fn refusals_of_begin() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let long = "n".repeat(256);
    for (rest, status, code) in [
        ("", 400, "EmptyFileName"),
        ("a%3Ab.txt", 400, "IllegalFileName"),
        (long.as_str(), 400, "FileNameLengthExceed"),
        ("no/such/dir/a.txt", 404, "DirectoryNotFound"),
        ("a.txt?filesize=many", 400, "ParamInvalid"),
        ("a.txt?conflict_resolution_strategy=x", 400, "InvalidConflictResolutionStrategy"),
    ] {
        world.at(&desk, "PUT", "file", rest).await.is(status, code);
        let join = if rest.contains('?') { '&' } else { '?' };
        let parts = format!("{rest}{join}multipart=1");
        world.at(&desk, "POST", "file", &parts).await.is(status, code);
    }
    let albums = world.album_desk().await;
    let root = world.at(&albums, "PUT", "file", "a.jpg").await;
    root.is(400, "UploadToRootDirectoryNotAllowed");
    world.at(&albums, "PUT", "directory", "Trip").await;
    world.at(&albums, "PUT", "file", "Trip/a.txt").await.is(400, "ExtnameNotAllowed");
}

async fn conflicts_at_begin() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.upload(&desk, "a.txt", "", b"x").await;
    world.at(&desk, "PUT", "directory", "d").await;
    for (rest, code) in [
        ("a.txt?conflict_resolution_strategy=ask", "SameNameDirectoryOrFileExists"),
        ("d?conflict_resolution_strategy=ask", "SameNameDirectoryOrFileExists"),
        ("d?conflict_resolution_strategy=overwrite", "SameNameDirectoryOrFileExists"),
        ("d?force=1", "SameNameDirectoryOrFileExists"),
    ] {
        world.at(&desk, "PUT", "file", rest).await.is(409, code);
    }
    for rest in ["a.txt", "a.txt?force=0", "a.txt?force=1&prefer_same_origin=1", "d"] {
        begin(&world, &desk, rest).await;
    }
}

async fn limits_of_speed() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    for (limit, header) in [("102400", "819200"), ("104857600", "838860800")] {
        let begun = begin(&world, &desk, &format!("a.txt?traffic_limit={limit}")).await;
        assert_eq!(begun.json["headers"]["x-cos-traffic-limit"], json!(header));
        world.put(&begun, b"x").await;
    }
    for limit in ["102399", "104857601", "fast"] {
        let rest = format!("a.txt?traffic_limit={limit}");
        world.at(&desk, "PUT", "file", &rest).await.is(400, "ParamInvalid");
    }
}

/// Trap 34: on expiry the JavaScript SDK begins a simple upload again, sends to the new address and
/// completes by the old key.
async fn a_repeated_begin_goes_on_with_its_session() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let rest = "a.txt?filesize=3&conflict_resolution_strategy=rename";
    let first = begin(&world, &desk, rest).await;
    let twin = begin(&world, &desk, rest).await;
    assert_ne!(first.text("path"), twin.text("path"), "two uploads at once are two");
    session(&world, &desk, "DELETE", &twin, "upload").await;
    world.clock.advance_seconds(1201);
    let stranger = desk.with(&world, "user_id=bob&client_id=mac&grant=upload_file").await;
    let other = begin(&world, &stranger, rest).await;
    assert_ne!(other.text("path"), first.text("path"));
    let longer = begin(&world, &desk, "a.txt?filesize=4").await;
    assert_ne!(longer.text("path"), first.text("path"));
    let again = begin(&world, &desk, rest).await;
    assert_eq!(again.text("confirmKey"), first.text("confirmKey"));
    assert_eq!(world.put_status(&first, "", b"old").await, 403, "the older parameters are dead");
    world.put(&again, b"new").await;
    let done = world.confirm(&desk, &first, "", b"new").await;
    assert_eq!((done.status, done.text("name")), (200, "a.txt".to_owned()), "{done:?}");
}

async fn grants_of_begin() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    for (grant, plain, forced) in [
        ("upload_file", 201, 403),
        ("begin_upload", 201, 403),
        ("upload_file_force", 201, 201),
        ("begin_upload_force", 201, 201),
        ("confirm_upload", 403, 403),
        ("", 403, 403),
    ] {
        let desk = desk.with(&world, &format!("user_id=ann&grant={grant}")).await;
        let over = "a.txt?conflict_resolution_strategy=overwrite";
        for (method, flag) in [("PUT", ""), ("POST", "&multipart=1"), ("POST", "")] {
            let asked = world.at(&desk, method, "file", &format!("a.txt?filesize=1{flag}")).await;
            assert_eq!(asked.status, plain, "{grant} {asked:?}");
            let asked = world.at(&desk, method, "file", &format!("{over}{flag}")).await;
            assert_eq!(asked.status, forced, "{grant} {asked:?}");
        }
    }
}
