//! Bad input: a clear refusal, never a crash, never a half-done change.

use serde_json::{Value, json};
use tokio::io::AsyncReadExt;

use crate::world::{Reply, World};

#[tokio::test]
async fn bodies_that_are_no_json_too_large_or_of_another_shape() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let path = desk.path("file", "a.txt");
    let send = async |body: Vec<u8>| world.send(world.request("PUT", &path).body(body)).await;
    for body in ["{", "nonsense", "{\"labels\":", "\u{0}\u{1}", "{\"a\":1}}"] {
        send(body.into()).await.is(400, "BadRequest");
    }
    for body in ["[]", "17", "{\"labels\":\"x\"}", "{\"size\":-1}", "{\"size\":{}}"] {
        send(body.into()).await.is(400, "ParamInvalid");
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(send(deep.into()).await.status, 400);
    for size in [(1 << 20) + 1, 8 << 20] {
        send(vec![b' '; size]).await.is(413, "RequestEntityTooLarge");
    }
    // A size comes as a number or as a text.
    for body in ["{\"size\":5}", "{\"size\":\"5\"}", "", "  "] {
        assert_eq!(send(body.into()).await.status, 201, "{body}");
    }
    let crc = json!({"crc64": "not a number"});
    let key = world.at(&desk, "PUT", "file", "b.txt").await.text("confirmKey");
    world
        .at_with(&desk, "POST", "file", &format!("{key}?confirm"), crc)
        .await
        .is(400, "ParamInvalid");
    let hash = json!({"beginningHash": "zz"});
    world.at_with(&desk, "PUT", "file", "c.txt", hash).await.is(400, "ParamInvalid");
}

#[tokio::test]
async fn names_of_section_1_12() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let long = "x".repeat(256);
    for (path, code) in [
        ("a%3Ab.txt", "IllegalFileName"),
        ("a%5Cb.txt", "IllegalFileName"),
        ("a%2A.txt", "IllegalFileName"),
        ("a%00.txt", "IllegalFileName"),
        ("%2e%2e%2fa.txt", "IllegalFileName"),
        ("a/%2E/b.txt", "IllegalFileName"),
        ("a//b.txt", "IllegalFileName"),
        ("%20a.txt", "IllegalFileName"),
        ("...", "IllegalFileName"),
        ("%FF.txt", "IllegalFileName"),
        ("", "EmptyFileName"),
        ("%2F", "EmptyFileName"),
        (long.as_str(), "FileNameLengthExceed"),
    ] {
        // As raw bytes: the client library would tidy the path.
        let reply = raw(&world, "PUT", &desk.path("file", path)).await;
        assert_eq!(reply.code(), code, "{path}: {reply:?}");
    }
    let reply = world.at(&desk, "PUT", "directory", &long).await;
    reply.is(400, "DirectoryNameLengthExceed");
    world.at(&desk, "PUT", "directory", &"d/".repeat(65)).await.is(400, "DirectoryLevelExceed");
    assert_eq!(world.at(&desk, "PUT", "directory", &"d/".repeat(64)).await.status, 201);

    let settings = json!({"isFileLibrary": true, "maxDirFileNameLength": 8});
    let short = world.desk(settings, json!({})).await;
    world.at(&short, "PUT", "file", "123456789").await.is(400, "FileNameLengthExceed");
    assert_eq!(world.upload(&short, "1234.txt", "", b"x").await.status, 200);
    let begun = world.at(&short, "PUT", "file", "1234.txt").await;
    world.put(&begun, b"y").await;
    // The free name would be too long.
    world.confirm(&short, &begun, "", b"y").await.is(400, "FileNameLengthExceed");
}

/// One request as it is written.
async fn raw(world: &World, method: &str, target: &str) -> Reply {
    let head = format!("{method} {target} HTTP/1.1");
    world.send_raw(head.as_bytes(), b"").await.expect("the service answers")
}

#[tokio::test]
async fn the_path_of_the_browser_sdk_and_slashes_at_either_end() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    for path in ["%2Fdocs%2Fsub", "docs/other/", "/docs/third"] {
        let made = raw(&world, "PUT", &desk.path("directory", path)).await;
        assert_eq!(made.status, 201, "{path}");
    }
    let listed = raw(&world, "GET", &desk.path("directory", "%2Fdocs")).await;
    assert_eq!(listed.names(), ["other", "sub", "third"]);
    for root in ["", "%2F"] {
        assert_eq!(raw(&world, "GET", &desk.path("directory", root)).await.names(), ["docs"]);
    }
}

#[tokio::test]
async fn unknown_routes_and_long_addresses() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    for (method, path) in [
        ("GET", "/".to_owned()),
        ("GET", "/api/v2/token".to_owned()),
        ("GET", "/api/v1/nothing/x/y".to_owned()),
        ("PATCH", desk.path("file", "a.txt")),
        ("PUT", desk.path("batch", "?copy=1")),
        ("GET", desk.path("batch", "?copy=1")),
        ("DELETE", desk.path("inode", "17")),
        ("GET", "/albumen/v1/nothing".to_owned()),
    ] {
        let reply = world.call(method, &path).await;
        reply.is(404, "RouteNotFound");
    }
    // Another operation on the same route must not be taken for an upload.
    for (body, code) in [
        (json!({"from": "x"}), "SourceFileNotFound"),
        (json!({"copyFrom": "x"}), "SourceFileNotFound"),
        (json!({"linkTo": "x"}), "FileNotFound"),
    ] {
        world.at_with(&desk, "PUT", "file", "a.txt", body).await.is(404, code);
    }
    let long = format!("/api/v1/token?x={}", "y".repeat(20_000));
    world.call("GET", &long).await.is(414, "URITooLong");
}

#[tokio::test]
async fn heads_and_bodies_that_are_too_large() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let target = desk.path("directory", "");
    let status = async |headers: String| {
        let head = format!("GET {target} HTTP/1.1\r\n{headers}");
        world.send_raw(head.as_bytes(), b"").await.expect("an answer").status
    };
    let long = |size: usize| format!("x-smh-meta-a: {}", "y".repeat(size));
    assert_eq!(status(long(20_000)).await, 200);
    assert_eq!(status(long(300_000)).await, 431);
    let many: Vec<String> = (0..200).map(|number| format!("x-{number}: y")).collect();
    assert_eq!(status(many.join("\r\n")).await, 431);
    // A body whose length nobody announced is counted as it comes.
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
    let body = format!("{}0\r\n\r\n", chunk.repeat(17));
    let target = desk.path("file", "a.txt");
    let head = "host: x\r\ntransfer-encoding: chunked\r\nconnection: close";
    let request = format!("PUT {target} HTTP/1.1\r\n{head}\r\n\r\n{body}");
    let mut answer = String::new();
    let mut stream = world.half_a_request(&request).await;
    stream.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.contains(" 413 ") && answer.contains("RequestEntityTooLarge"), "{answer}");
    // The service lives on.
    assert_eq!(world.at(&desk, "GET", "directory", "").await.status, 200);
}

#[tokio::test]
async fn every_reply_has_its_ids_and_errors_have_their_body() {
    let world = World::start().await;
    let reply = world.call("GET", "/api/v1/token").await;
    let id = reply.header("x-request-id");
    assert!(id.len() >= 16 && id == reply.header("x-smh-request-id"), "{reply:?}");
    assert_eq!(reply.text("requestId"), id);
    assert!(!reply.text("message").is_empty() && !reply.header("date").is_empty());
    assert_eq!(reply.header("content-type"), "application/json");
    let other = world.call("GET", "/albumen/v1/capabilities").await;
    assert_ne!(other.header("x-request-id"), id);
    assert_eq!(other.json["dataScheme"], json!("http"));
    assert_eq!(other.json["fence"], Value::Bool(true));
}

#[tokio::test]
async fn browsers_may_use_the_business_api_but_not_the_console() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let from_page = |method: &str, path: &str| {
        world
            .request(method, path)
            .header("origin", "https://example.org")
            .header("access-control-request-method", "PUT")
            .header("access-control-request-headers", "client-version,x-smh-meta-a")
    };
    let api = desk.path("directory", "");
    let preflight = world.send(from_page("OPTIONS", &api)).await;
    assert!(preflight.status < 300, "{preflight:?}");
    assert_eq!(preflight.header("access-control-allow-origin"), "*");
    assert_eq!(preflight.header("access-control-allow-headers"), "client-version,x-smh-meta-a");
    let methods = preflight.header("access-control-allow-methods");
    assert!(["GET", "PUT", "POST", "DELETE", "HEAD"].iter().all(|m| methods.contains(m)));
    let list = world.send(from_page("GET", &api)).await;
    assert!(list.header("access-control-expose-headers").contains("etag"));
    for path in ["/console/v1/libraries", "/albumen/v1/uploads/fence"] {
        for method in ["OPTIONS", "POST"] {
            let reply = world.send(from_page(method, path)).await;
            assert!(reply.headers.get("access-control-allow-origin").is_none(), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn bodies_and_numbers_of_bins_histories_and_quotas() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let admin = world.token(&desk.library, "grant=admin").await;
    let boss = crate::world::Desk { token: admin, ..desk.clone() };
    let nested = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    let long = format!("[{}]", "9".repeat(2000));
    let bodies =
        ["", "null", "{", "[", "17", "\"x\"", "{}", "[null]", "[[1]]", "[1e99]", &nested, &long];
    for (method, noun, rest) in [
        ("POST", "recycled", "?restore=1"),
        ("POST", "recycled", "?delete=1"),
        ("POST", "recycled", "?lifecycle=1"),
        ("POST", "directory-history", "delete"),
        ("POST", "space", "traffic-limit"),
        ("PUT", "quota", ""),
    ] {
        for body in bodies {
            let request = world.request(method, &boss.path(noun, rest)).body(body.to_owned());
            let reply = world.send(request).await;
            let known = matches!(
                (reply.status, reply.code()),
                (400, "BadRequest" | "ParamInvalid" | "NoItemsProvided" | "QuotaCapacityRequired")
                    | (404, "NoQuota" | "DirectoryHistoryNotFound")
            );
            assert!(known, "{noun} {rest} {body:.40}: {reply:?}");
        }
    }
    for rest in ["%00?info", "..%2F1?info", "1%2F..?restore", "+1?info", "\u{ff11}?info"] {
        let reply = raw(&world, "GET", &desk.path("recycled", rest)).await;
        assert!(matches!(reply.status, 400 | 404), "{rest}: {reply:?}");
    }
    for rest in ["history-list/%2e%2e%2fa.txt", "history-list/a%00", "latest-version", "%FF/x"] {
        let reply = raw(&world, "GET", &desk.path("directory-history", rest)).await;
        assert!(matches!(reply.status, 400 | 404), "{rest}: {reply:?}");
    }
}
