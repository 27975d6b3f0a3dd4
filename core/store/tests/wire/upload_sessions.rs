//! What a holder of an upload session's key can and cannot do: one test for each line of the
//! promise.

use std::time::Duration;

use albumen_media::digest::Crc64Digest;
use albumen_model::Crc64;
use albumen_store::{Error, ObjectStore, data_plane::DataPlane};
use bytes::Bytes;
use futures::{StreamExt, stream};
use reqwest::Method;
use tokio::sync::mpsc;

use crate::kit::{Served, at, key, refusal, request, request_parts};

const MIB: usize = 1024 * 1024;

#[tokio::test]
async fn it_puts_its_object_and_the_same_headers_put_every_part() {
    let served = Served::start().await;
    let target = served.begin("照片/a b.jpg").await;
    let answer = served.put(&target, b"123456789".to_vec()).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["x-cos-hash-crc64ecma"], "11051210869376104954");
    assert_eq!(answer.headers()["etag"], "\"25f9e794323b453885f5181f1b624d0b\"");
    let done = served.plane.finish(&request("照片/a b.jpg"), None, None).await.unwrap();
    assert_eq!((done.size, done.content_type()), (9, Some("image/jpeg")));

    let target = served.begin_parts("film").await;
    let parts = [vec![1; MIB], vec![2; MIB], vec![3; 10]];
    for (n, bytes) in (1..).zip(&parts) {
        assert_eq!(served.put_part(&target, n, bytes.clone()).await.status(), 200);
    }
    let id = target.multipart_id.as_ref();
    let crc64 = Crc64Digest::of(&parts.concat());
    let done = served.plane.finish(&request_parts("film"), id, Some(crc64)).await.unwrap();
    assert_eq!((done.size, done.crc64), (2 * MIB as u64 + 10, Some(crc64)));
    assert_eq!(
        served.plane.finish(&request_parts("film"), id, Some(crc64)).await.unwrap().etag,
        done.etag
    );
}

#[tokio::test]
async fn it_is_bound_to_its_bucket() {
    let served = Served::start().await;
    served.store.create_bucket(&"other-125".parse().unwrap()).await.unwrap();
    let holder = served.grant("a", None);
    let put = served.signed(&holder, Method::PUT, "/other-125/a", "").body("x");
    assert_eq!(refusal(put.send().await.unwrap()).await, (403, "AccessDenied".into()));
    // The same through a host name that names the bucket.
    let host = format!("other-125.store.test:{}", served.server.local_addr().port());
    let put = served.signed(&holder, Method::PUT, "/a", "").header("host", host).body("x");
    assert_eq!(put.send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn it_is_bound_to_its_object_key() {
    let served = Served::start().await;
    let holder = served.grant("a", None);
    for path in ["/photos-125/b", "/photos-125/a/", "/photos-125/a/b", "/photos-125//a"] {
        let put = served.signed(&holder, Method::PUT, path, "").body("x").send().await.unwrap();
        assert_eq!(refusal(put).await, (403, "AccessDenied".into()), "{path}");
    }
    let mut target = served.begin("a").await;
    target.path = "/photos-125/b".into();
    let put = served.put(&target, b"x".to_vec()).await;
    assert_eq!(refusal(put).await, (403, "SignatureDoesNotMatch".into()));
}

#[tokio::test]
async fn it_is_bound_to_its_upload() {
    let served = Served::start().await;
    let (its, other) = (served.create_parts("a").await, served.create_parts("a").await);
    let holder = served.grant("a", Some(its.clone()));
    let table = [
        (format!("?uploadId={its}&partNumber=1"), 200),
        (format!("?partNumber=2&uploadId={its}"), 200),
        (format!("?uploadId={other}&partNumber=1"), 403),
        (String::new(), 403),
        (format!("?uploadId={its}"), 403),
        (format!("?uploadId={its}&uploadId={other}&partNumber=1"), 403),
        (format!("?uploadId={its}&partNumber=1&acl"), 403),
        (format!("?uploadId={its}&partNumber=0"), 400),
        (format!("?uploadId={its}&partNumber=10001"), 400),
    ];
    for (query, status) in table {
        let put = served.signed(&holder, Method::PUT, "/photos-125/a", &query).body("x");
        assert_eq!(put.send().await.unwrap().status(), status, "{query}");
    }
    let whole = served.grant("a", None);
    let query = format!("?uploadId={its}&partNumber=1");
    let put = served.signed(&whole, Method::PUT, "/photos-125/a", &query).body("x");
    assert_eq!(put.send().await.unwrap().status(), 403, "a key for whole objects puts no part");
}

#[tokio::test]
async fn it_has_a_byte_cap() {
    let served = Served::start().await;
    let target = served.begin("a").await;
    let over = served.put(&target, vec![1; 1001]).await;
    assert_eq!(refusal(over).await, (400, "EntityTooLarge".into()));
    assert_eq!(served.put(&target, vec![1; 1000]).await.status(), 200);
    // All parts together count, each time they are sent only once.
    let target = served.begin_parts("film").await;
    for n in [1, 2, 2, 3] {
        assert_eq!(served.put_part(&target, n, vec![1; MIB]).await.status(), 200);
    }
    let over = served.put_part(&target, 4, vec![1; 1]).await;
    assert_eq!(refusal(over).await, (400, "EntityTooLarge".into()));
    // Without a length nothing could be capped.
    let body = reqwest::Body::wrap_stream(stream::iter([Ok::<_, std::io::Error>("x")]));
    let unmeasured = served.send(&served.begin("b").await, Method::PUT, "").body(body);
    let unmeasured = refusal(unmeasured.send().await.unwrap()).await;
    assert_eq!(unmeasured, (411, "MissingContentLength".into()));
}

#[tokio::test]
async fn it_puts_and_does_nothing_else() {
    let served = Served::start().await;
    let holder = served.grant("a", None);
    let put = served.signed(&holder, Method::PUT, "/photos-125/a", "").body("x");
    assert_eq!(put.send().await.unwrap().status(), 200);
    let table = [
        (Method::GET, "/photos-125/a", ""),
        (Method::HEAD, "/photos-125/a", ""),
        (Method::DELETE, "/photos-125/a", ""),
        (Method::POST, "/photos-125/a", "?uploads"),
        (Method::GET, "/photos-125", ""),
        (Method::GET, "/photos-125", "?list-type=2"),
        (Method::GET, "/", ""),
        (Method::PUT, "/photos-125", ""),
        (Method::DELETE, "/photos-125", ""),
        (Method::POST, "/photos-125", "?delete"),
    ];
    for (method, path, query) in table {
        let what = format!("{method} {path}{query}");
        let asked = served.signed(&holder, method, path, query).header("content-length", "0");
        let answer = asked.send().await.unwrap();
        assert_eq!(answer.status(), 403, "{what}");
    }
    assert!(served.store.head(&at("a")).await.is_ok());
}

#[tokio::test]
async fn it_is_dead_when_the_upload_is_confirmed() {
    let served = Served::start().await;
    let target = served.begin("a").await;
    served.put(&target, b"x".to_vec()).await;
    served.plane.finish(&request("a"), None, None).await.unwrap();
    let late = served.put(&target, b"y".to_vec()).await;
    assert_eq!(refusal(late).await, (403, "InvalidAccessKeyId".into()));
}

#[tokio::test]
async fn it_lives_on_when_confirming_fails() {
    let served = Served::start().await;
    let target = served.begin("a").await;
    let missing = served.plane.finish(&request("a"), None, None).await;
    assert!(matches!(missing, Err(Error::NotFound(_))), "{missing:?}");
    served.put(&target, b"wrong".to_vec()).await;
    let right = Crc64Digest::of(b"right");
    let wrong = served.plane.finish(&request("a"), None, Some(right)).await;
    assert!(matches!(wrong, Err(Error::BadCrc64 { .. })), "{wrong:?}");
    assert_eq!(served.put(&target, b"right".to_vec()).await.status(), 200);
    served.plane.finish(&request("a"), None, Some(right)).await.unwrap();

    let target = served.begin_parts("film").await;
    served.put_part(&target, 2, vec![2; 10]).await;
    let id = target.multipart_id.as_ref();
    let gap = served.plane.finish(&request_parts("film"), id, None).await;
    assert!(matches!(gap, Err(Error::MissingPart(_))), "{gap:?}");
    served.put_part(&target, 1, vec![1; MIB]).await;
    let wrong = served.plane.finish(&request_parts("film"), id, Some(Crc64::new(1))).await;
    assert!(matches!(wrong, Err(Error::BadCrc64 { .. })), "{wrong:?}");
    served.put_part(&target, 2, vec![3; 10]).await;
    served.plane.finish(&request_parts("film"), id, None).await.unwrap();
}

#[tokio::test]
async fn it_is_dead_when_the_upload_is_cancelled() {
    let served = Served::start().await;
    let target = served.begin_parts("film").await;
    served.put_part(&target, 1, vec![1; MIB]).await;
    let id = target.multipart_id.clone();
    served.plane.abort(&key("film"), id.as_ref()).await.unwrap();
    let late = served.put_part(&target, 2, vec![1; 10]).await;
    assert_eq!(refusal(late).await, (403, "InvalidAccessKeyId".into()));
    served.plane.abort(&key("film"), id.as_ref()).await.unwrap();
    let renewed = served.plane.renew(&request_parts("film"), id.as_ref()).await;
    assert!(matches!(renewed, Err(Error::NoSuchUpload(_))), "{renewed:?}");
}

#[tokio::test]
async fn what_it_made_goes_at_once_when_the_upload_is_cancelled() {
    let served = Served::start().await;
    let draft = served.begin("draft").await;
    served.put(&draft, b"sent".to_vec()).await;
    let sealed = served.begin("sealed").await;
    served.put(&sealed, b"sent".to_vec()).await;
    served.plane.finish(&request("sealed"), None, None).await.unwrap();
    let film = served.begin_parts("film").await;
    served.put_part(&film, 1, vec![1; MIB]).await;
    let id = film.multipart_id.clone();
    served.plane.finish(&request_parts("film"), id.as_ref(), None).await.unwrap();
    for (name, id) in [("draft", None), ("sealed", None), ("film", id.as_ref())] {
        served.plane.head(&key(name)).await.unwrap();
        served.plane.abort(&key(name), id).await.unwrap();
        let head = served.plane.head(&key(name)).await;
        assert!(matches!(head, Err(Error::NotFound(_))), "{name}: {head:?}");
    }
}

#[tokio::test]
async fn it_is_dead_when_it_is_fenced_and_so_is_what_was_under_way() {
    let served = Served::start().await;
    let target = served.begin("a").await;
    let (pieces, queue) = mpsc::channel::<std::io::Result<Bytes>>(4);
    let queue = stream::unfold(queue, |mut queue| async { Some((queue.recv().await?, queue)) });
    let body = reqwest::Body::wrap_stream(queue.boxed());
    let put = served.send(&target, Method::PUT, "").header("content-length", "10").body(body);
    let put = tokio::spawn(put.send());
    pieces.send(Ok(Bytes::from_static(b"12345"))).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    served.plane.fence(&key("a")).await.unwrap();
    pieces.send(Ok(Bytes::from_static(b"67890"))).await.unwrap();
    drop(pieces);
    assert_eq!(refusal(put.await.unwrap().unwrap()).await, (403, "AccessDenied".into()));
    assert!(matches!(served.store.head(&at("a")).await, Err(Error::NotFound(_))));
    let late = served.put(&target, b"x".to_vec()).await;
    assert_eq!(refusal(late).await, (403, "InvalidAccessKeyId".into()));
    let again = served.plane.renew(&request("a"), None).await.unwrap();
    assert_eq!(served.put(&again, b"x".to_vec()).await.status(), 200);
}

#[tokio::test]
async fn it_is_dead_after_twenty_minutes_unless_renewed() {
    let served = Served::start().await;
    let target = served.begin_parts("film").await;
    served.clock.advance_seconds(20 * 60 - 1);
    assert_eq!(served.put_part(&target, 1, vec![1; MIB]).await.status(), 200);
    served.clock.advance_seconds(1);
    let late = served.put_part(&target, 2, vec![1; 10]).await;
    assert_eq!(refusal(late).await, (403, "AccessDenied".into()));
    let id = target.multipart_id.as_ref();
    let renewed = served.plane.renew(&request_parts("film"), id).await.unwrap();
    assert_eq!(renewed.path, target.path);
    assert_eq!(served.put_part(&renewed, 2, vec![1; 10]).await.status(), 200);
    assert_eq!(served.plane.parts(&key("film"), id.unwrap()).await.unwrap().len(), 2);
}

#[tokio::test]
async fn headers_that_are_not_signed_are_refused() {
    let served = Served::start().await;
    let target = served.begin("a").await;
    let table = [
        ("x-cos-copy-source", "photos-125.cos.region.example.com/secret"),
        ("x-amz-copy-source", "/photos-125/secret"),
        ("x-cos-acl", "public-read-write"),
        ("x-amz-acl", "public-read"),
        ("x-cos-grant-read", "id=\"everyone\""),
        ("x-cos-meta-note", "mine"),
        ("x-amz-meta-note", "mine"),
        ("x-cos-tagging", "a=b"),
        ("x-amz-tagging", "a=b"),
        ("x-cos-security-token", "t"),
        ("x-cos-forbid-overwrite", "false"),
        ("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
        ("X-Cos-Storage-Class", "STANDARD"),
    ];
    for (name, value) in table {
        let put = served.send(&target, Method::PUT, "").header(name, value).body("x");
        let put = refusal(put.send().await.unwrap()).await;
        assert_eq!(put, (403, "AccessDenied".into()), "{name}");
    }
    assert!(served.store.head(&at("a")).await.is_err());
}

#[tokio::test]
async fn subresources_are_refused() {
    let served = Served::start().await;
    let target = served.begin("a").await;
    let table = [
        "?acl",
        "?policy",
        "?tagging",
        "?cors",
        "?lifecycle",
        "?retention",
        "?legal-hold",
        "?versionId=1",
        "?uploads",
        "?restore",
        "?append&position=0",
        "?x-id=PutObject",
        "?response-content-type=text/html",
        "?x-cos-acl=public-read",
        "?partNumber=1&uploadId=x",
    ];
    for query in table {
        let put = served.send(&target, Method::PUT, query).body("x").send().await.unwrap();
        assert_eq!(refusal(put).await, (403, "AccessDenied".into()), "{query}");
    }
}

#[tokio::test]
async fn the_host_is_always_signed() {
    let served = Served::start().await;
    let target = served.begin("a").await;
    assert!(target.headers["Authorization"].contains("q-header-list=host&"));
    let put = served.send(&target, Method::PUT, "").header("host", "elsewhere.test").body("x");
    let put = refusal(put.send().await.unwrap()).await;
    assert_eq!(put, (403, "SignatureDoesNotMatch".into()));
}

#[tokio::test]
async fn what_was_not_confirmed_may_be_sent_again_and_what_was_may_not() {
    let served = Served::start().await;
    let target = served.begin("a").await;
    assert_eq!(served.put(&target, b"first".to_vec()).await.status(), 200);
    assert_eq!(served.put(&target, b"second".to_vec()).await.status(), 200);
    served.plane.finish(&request("a"), None, None).await.unwrap();
    // Whoever grants a key for it once more, by whatever mistake: it is write-once.
    let again = served.begin("a").await;
    let put = served.put(&again, b"third".to_vec()).await;
    assert_eq!(refusal(put).await, (412, "PreconditionFailed".into()));
    assert_eq!(served.store.head(&at("a")).await.unwrap().size, 6);
}

#[tokio::test]
async fn the_type_of_the_object_is_the_granted_one() {
    let served = Served::start().await;
    let mut target = served.begin("a").await;
    target.headers.insert("Content-Type".into(), "text/html".into());
    target.headers.insert("Cache-Control".into(), "max-age=1".into());
    assert_eq!(served.put(&target, b"<script>".to_vec()).await.status(), 200);
    let stored = served.store.head(&at("a")).await.unwrap();
    assert_eq!(stored.content_type(), Some("image/jpeg"));
    assert!(stored.attributes.headers.is_empty());
}
