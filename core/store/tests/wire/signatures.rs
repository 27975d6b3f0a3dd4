//! Who gets in: both signature forms, by header and by URL.

use std::collections::BTreeMap;

use albumen_store::{
    Body, Credential, ObjectStore, PutOptions,
    data_plane::{DataPlane, GetOptions},
    sign::{CosSigner, KeyTime, S3Endpoint, S3Presigner, Validity},
};
use albumen_store::{Clock, SystemClock};
use reqwest::Method;

use crate::kit::{Served, at, bucket, key, refusal};

async fn put(served: &Served, name: &str, bytes: &[u8]) {
    let options = PutOptions::of_type("image/png");
    served.store.put(&at(name), Body::from(bytes.to_vec()), options).await.unwrap();
}

fn presigner(served: &Served, credential: &Credential) -> S3Presigner {
    let url = format!("http://{}", served.host).parse().unwrap();
    S3Presigner::new(&S3Endpoint::path_style(url), &bucket(), credential).unwrap()
}

#[tokio::test]
async fn downloads_go_by_signed_url() {
    let served = Served::start().await;
    put(&served, "照片/a b.png", b"0123456789").await;
    let options = GetOptions {
        content_disposition: Some("attachment; filename*=UTF-8''%E4%B8%80.png".into()),
        content_type: Some("application/octet-stream".into()),
        bytes_per_second: None,
    };
    let url = served.plane.signed_get(&key("照片/a b.png"), &options).unwrap();
    let whole = served.http.get(&url).send().await.unwrap();
    assert_eq!(whole.status(), 200);
    assert_eq!(whole.headers()["content-length"], "10");
    assert_eq!(whole.headers()["content-type"], "application/octet-stream");
    assert!(whole.headers()["content-disposition"].to_str().unwrap().contains("%E4%B8%80"));
    assert!(whole.headers().contains_key("x-cos-hash-crc64ecma"));
    assert_eq!(whole.bytes().await.unwrap(), "0123456789");
    let part = served.http.get(&url).header("range", "bytes=2-4").send().await.unwrap();
    assert_eq!(part.status(), 206);
    assert_eq!(part.headers()["content-range"], "bytes 2-4/10");
    assert_eq!(part.bytes().await.unwrap(), "234");
    let beyond = served.http.get(&url).header("range", "bytes=10-").send().await.unwrap();
    assert_eq!(refusal(beyond).await, (416, "InvalidRange".into()));
    let other = url.replace("a%20b.png", "c.png");
    let other = refusal(served.http.get(other).send().await.unwrap()).await;
    assert_eq!(other, (403, "SignatureDoesNotMatch".into()));
    let delete = refusal(served.http.delete(&url).send().await.unwrap()).await;
    assert_eq!(delete, (403, "SignatureDoesNotMatch".into()));
}

#[tokio::test]
async fn expired_and_wrong_signatures_are_told_apart() {
    let served = Served::start().await;
    put(&served, "a", b"x").await;
    let long_ago = Validity { from: SystemClock.now().plus_seconds(-1201), seconds: 1200 };
    let get = |credential: &Credential, valid| {
        let url = presigner(&served, credential).get(&key("a"), &GetOptions::default(), valid);
        served.http.get(url).send()
    };
    let expired = refusal(get(&served.root, long_ago).await.unwrap()).await;
    assert_eq!(expired, (403, "AccessDenied".into()));
    let now = Validity { from: SystemClock.now(), seconds: 60 };
    let forged = Credential::new(&served.root.access_key_id, "guessed");
    let forged = refusal(get(&forged, now).await.unwrap()).await;
    assert_eq!(forged, (403, "SignatureDoesNotMatch".into()));
    let stranger = refusal(get(&Credential::random(), now).await.unwrap()).await;
    assert_eq!(stranger, (403, "InvalidAccessKeyId".into()));
    assert_eq!(get(&served.root, now).await.unwrap().status(), 200);
}

#[tokio::test]
async fn cos_headers_of_the_root_key_do_everything() {
    let served = Served::start().await;
    let root = served.root.clone();
    let call = |method, path: &str, query: &str| served.signed(&root, method, path, query);
    let made = call(Method::PUT, "/photos-125/a", "").header("x-cos-meta-note", "hi").body("123");
    assert_eq!(made.send().await.unwrap().status(), 200);
    let got = call(Method::GET, "/photos-125/a", "").send().await.unwrap();
    assert_eq!(got.headers()["x-cos-meta-note"], "hi");
    assert!(got.headers().contains_key("x-cos-request-id"));
    assert_eq!(got.bytes().await.unwrap(), "123");
    let copy = call(Method::PUT, "/photos-125/b", "");
    let copy = copy.header("x-cos-copy-source", "photos-125.cos.r.example.com/a");
    assert_eq!(copy.send().await.unwrap().status(), 200);
    let list = call(Method::GET, "/photos-125", "?prefix=b").send().await.unwrap();
    assert!(list.text().await.unwrap().contains("<Key>b</Key>"));
    let once = call(Method::PUT, "/photos-125/a", "").header("x-cos-forbid-overwrite", "true");
    let once = refusal(once.body("9").send().await.unwrap()).await;
    assert_eq!(once, (412, "PreconditionFailed".into()));
    assert_eq!(call(Method::DELETE, "/photos-125/a", "").send().await.unwrap().status(), 204);
    let gone = refusal(call(Method::GET, "/photos-125/a", "").send().await.unwrap()).await;
    assert_eq!(gone, (404, "NoSuchKey".into()));
}

#[tokio::test]
async fn cos_urls_are_signed_too() {
    let served = Served::start().await;
    put(&served, "a b", b"123").await;
    let time = KeyTime { start: served.now(), end: served.now() + 60 };
    let params = BTreeMap::from([("response-content-type".into(), "text/plain; a=b".into())]);
    let signer = CosSigner::new(served.root.clone());
    let query = signer.presign_query("GET", &served.host, "/photos-125/a b", &params, time);
    let url = format!("http://{}/photos-125/a%20b?{query}", served.host);
    let got = served.http.get(&url).send().await.unwrap();
    assert_eq!(
        (got.status().as_u16(), &got.headers()["content-type"]),
        (200, &"text/plain; a=b".parse().unwrap())
    );
    let changed = url.replace("a%3Db", "a%3Dc");
    let changed = refusal(served.http.get(changed).send().await.unwrap()).await;
    assert_eq!(changed, (403, "SignatureDoesNotMatch".into()));
    served.clock.advance_seconds(61);
    let late = served.http.get(&url).send().await.unwrap();
    let text = late.text().await.unwrap();
    assert!(text.contains("<Code>AccessDenied</Code>") && text.contains("Request has expired"));
    assert!(text.contains("<RequestId>"), "{text}");
}

#[tokio::test]
async fn buckets_are_found_in_host_names() {
    let served = Served::start().await;
    put(&served, "a", b"123").await;
    let host = format!("photos-125.store.test:{}", served.server.local_addr().port());
    let time = KeyTime { start: served.now(), end: served.now() + 60 };
    let signer = CosSigner::new(served.root.clone());
    // Python's SDK signs the host without its port.
    for signed_host in [host.as_str(), "photos-125.store.test"] {
        let value = signer.sign_headers("get", signed_host, "/a", &BTreeMap::new(), time);
        let get = served.http.get(format!("http://{}/a", served.host));
        let get = get.header("host", &host).header("authorization", value);
        assert_eq!(get.send().await.unwrap().bytes().await.unwrap(), "123", "{signed_host}");
    }
}

#[tokio::test]
async fn what_is_not_signed_or_signed_otherwise_stays_out() {
    let served = Served::start().await;
    put(&served, "a", b"123").await;
    let url = format!("http://{}/photos-125/a", served.host);
    let bare = served.http.get(&url).send().await.unwrap();
    assert_eq!(refusal(bare).await, (403, "AccessDenied".into()));
    for value in ["AWS key:c2lnbmF0dXJl", "Bearer token", "q-sign-algorithm=sha1&q-ak=x"] {
        let get = served.http.get(&url).header("authorization", value).send().await.unwrap();
        assert!(matches!(get.status().as_u16(), 400 | 403), "{value}");
    }
    let query =
        format!("?AWSAccessKeyId={}&Signature=y&Expires=9999999999", served.root.access_key_id);
    for method in [Method::GET, Method::PUT] {
        let older = served.http.request(method, format!("{url}{query}"));
        assert_eq!(older.header("content-length", "0").send().await.unwrap().status(), 403);
    }
    let form = served.http.post(format!("http://{}/photos-125", served.host));
    let form = form.header("content-type", "multipart/form-data; boundary=x").body("--x--");
    assert_eq!(form.send().await.unwrap().status(), 400, "a form without a file");
}

#[tokio::test]
async fn a_signed_url_takes_no_headers_that_were_not_signed() {
    let served = Served::start().await;
    put(&served, "secret", b"123").await;
    let now = Validity { from: SystemClock.now(), seconds: 60 };
    let url = presigner(&served, &served.root).put(&key("a"), Some("image/png"), now);
    let put = || served.http.put(url.clone()).header("content-type", "image/png");
    let copied = put().header("x-amz-copy-source", "/photos-125/secret").send().await.unwrap();
    assert_eq!(refusal(copied).await, (403, "AccessDenied".into()));
    assert_eq!(put().body("x").send().await.unwrap().status(), 200);
    let other_type = served.http.put(url.clone()).header("content-type", "text/html").body("x");
    assert_eq!(other_type.send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn an_upload_key_does_not_sign_in_the_other_form() {
    let served = Served::start().await;
    let holder = served.grant("a", None);
    let now = Validity { from: SystemClock.now(), seconds: 60 };
    let url = presigner(&served, &holder).put(&key("a"), None, now);
    let put = refusal(served.http.put(url).body("x").send().await.unwrap()).await;
    assert_eq!(put, (403, "InvalidAccessKeyId".into()));
}
