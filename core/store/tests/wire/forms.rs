//! Form uploads: what a page can send with the fields of a begin reply, and nothing else.

use std::time::Instant;

use albumen_store::{
    ObjectStore,
    data_plane::{DataPlane, UploadTarget},
};
use reqwest::{Method, Response};

use crate::kit::{Served, at, key, refusal, request};

const BOUNDARY: &str = "----AlbumenFormBoundary";

/// A form as browsers write it; `end`: what comes after the last boundary.
fn form(fields: &[(String, String)], file: &[u8], end: &str) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!("Content-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(format!("--{BOUNDARY}\r\n{part}").as_bytes());
    }
    let head = "Content-Disposition: form-data; name=\"file\"; filename=\"a.jpg\"\r\n\
                Content-Type: text/html\r\n\r\n";
    body.extend_from_slice(format!("--{BOUNDARY}\r\n{head}").as_bytes());
    body.extend_from_slice(file);
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--{end}").as_bytes());
    body
}

fn fields(target: &UploadTarget) -> Vec<(String, String)> {
    target.form.clone().into_iter().collect()
}

async fn post(served: &Served, path: &str, body: Vec<u8>) -> Response {
    let url = format!("http://{}{path}", served.host);
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    let request = served.http.request(Method::POST, url).header("content-type", kind);
    request.body(body).send().await.expect("the store answers")
}

async fn begin(served: &Served, name: &str) -> UploadTarget {
    served.plane.begin_form(&request(name)).await.expect("a form begins")
}

#[tokio::test]
async fn a_page_sends_a_form_and_its_file_becomes_the_object() {
    let served = Served::start().await;
    for (name, path, end) in
        [("照片/a b.jpg", "/", "\r\n"), ("b", "/photos-125", ""), ("c", "/photos-125/", "\r\n")]
    {
        let target = begin(&served, name).await;
        assert_eq!((target.path.as_str(), target.headers.len()), ("/", 0));
        let answer = post(&served, path, form(&fields(&target), b"123456789", end)).await;
        assert_eq!(answer.status(), 204, "{name}");
        assert_eq!(answer.headers()["etag"], "\"25f9e794323b453885f5181f1b624d0b\"");
        assert_eq!(answer.headers()["x-cos-hash-crc64ecma"], "11051210869376104954");
        let done = served.plane.finish(&request(name), None, None).await.unwrap();
        assert_eq!((done.size, done.content_type()), (9, Some("image/jpeg")));
        let late = post(&served, path, form(&fields(&target), b"other", end)).await;
        assert_eq!(refusal(late).await, (403, "InvalidAccessKeyId".into()));
    }
}

#[tokio::test]
async fn a_form_is_held_to_its_byte_cap_and_to_its_end() {
    let served = Served::start().await;
    let target = begin(&served, "a").await;
    let over = post(&served, "/", form(&fields(&target), &[1; 1001], "")).await;
    assert_eq!(refusal(over).await, (400, "EntityTooLarge".into()));
    let mut torn = form(&fields(&target), &[1; 1000], "");
    torn.truncate(torn.len() - 2 * BOUNDARY.len());
    assert_eq!(refusal(post(&served, "/", torn).await).await, (400, "IncompleteBody".into()));
    assert!(served.store.head(&at("a")).await.is_err(), "nothing of it was kept");
    let full = post(&served, "/", form(&fields(&target), &[1; 1000], "")).await;
    assert_eq!(full.status(), 204);
    let empty = post(&served, "/", form(&fields(&target), &[], "")).await;
    assert_eq!(empty.status(), 204, "what is not confirmed may be sent again");
}

#[tokio::test]
async fn fields_cannot_be_changed_added_or_left_out() {
    let served = Served::start().await;
    let target = begin(&served, "a").await;
    let changed = |name: &str, value: &str| -> Vec<(String, String)> {
        let mut fields = target.form.clone();
        fields.insert(name.to_owned(), value.to_owned());
        fields.into_iter().collect()
    };
    for (name, value, code) in [
        ("key", "b", "AccessDenied"),
        ("content-type", "text/html", "AccessDenied"),
        ("x-cos-acl", "public-read", "AccessDenied"),
        ("X-Cos-Copy-Source", "photos-125/b", "AccessDenied"),
        ("x-amz-tagging", "a=b", "AccessDenied"),
        ("policy", "e30=", "SignatureDoesNotMatch"),
        ("q-key-time", "0;9999999999", "SignatureDoesNotMatch"),
        ("q-ak", "AKIDnobody", "InvalidAccessKeyId"),
    ] {
        let answer = post(&served, "/", form(&changed(name, value), b"x", "")).await;
        assert_eq!(refusal(answer).await, (403, code.into()), "{name}");
    }
    for name in target.form.keys() {
        let mut fields = target.form.clone();
        fields.remove(name);
        let fields: Vec<_> = fields.into_iter().collect();
        let answer = post(&served, "/", form(&fields, b"x", "")).await;
        assert!(answer.status().is_client_error(), "{name}");
    }
    let twice = [fields(&target), vec![("key".into(), "a".into())]].concat();
    let twice = refusal(post(&served, "/", form(&twice, b"x", "")).await).await;
    assert_eq!(twice, (400, "MalformedPOSTRequest".into()));
    let elsewhere = post(&served, "/other-125", form(&fields(&target), b"x", "")).await;
    assert_eq!(refusal(elsewhere).await, (403, "AccessDenied".into()));
    let query = post(&served, "/?acl", form(&fields(&target), b"x", "")).await;
    assert_eq!(refusal(query).await, (403, "AccessDenied".into()));
    assert!(served.store.head(&at("a")).await.is_err());
}

#[tokio::test]
async fn a_form_ends_with_its_time_and_with_a_fence() {
    let served = Served::start().await;
    let (one, other) = (begin(&served, "a").await, begin(&served, "b").await);
    served.plane.fence(&key("a")).await.unwrap();
    let fenced = post(&served, "/", form(&fields(&one), b"x", "")).await;
    assert_eq!(refusal(fenced).await, (403, "InvalidAccessKeyId".into()));
    served.clock.advance_seconds(1200);
    let late = refusal(post(&served, "/", form(&fields(&other), b"x", "")).await).await;
    assert_eq!(late, (403, "AccessDenied".into()));
}

#[tokio::test]
async fn what_is_no_form_is_refused_in_words() {
    let served = Served::start().await;
    let target = begin(&served, "a").await;
    let huge = vec![("note".to_owned(), "x".repeat(30_000))];
    let many: Vec<_> = (0..70).map(|n| (format!("f{n}"), String::new())).collect();
    for (body, code) in [
        (b"no form at all".to_vec(), "IncompleteBody"),
        (form(&[], b"x", ""), "MalformedPOSTRequest"),
        (form(&[huge, fields(&target)].concat(), b"x", ""), "EntityTooLarge"),
        (form(&many, b"x", ""), "MalformedPOSTRequest"),
        (format!("--{BOUNDARY}--\r\n").into_bytes(), "MalformedPOSTRequest"),
    ] {
        assert_eq!(refusal(post(&served, "/", body).await).await, (400, code.into()));
    }
    let url = format!("http://{}/", served.host);
    let bare = served.http.post(url).header("content-type", "multipart/form-data").body("x");
    let bare = refusal(bare.send().await.unwrap()).await;
    assert_eq!(bare, (400, "MalformedPOSTRequest".into()));
}

#[tokio::test]
async fn a_traffic_limit_is_kept_by_puts_forms_and_gets() {
    let served = Served::start().await;
    let limited = |name: &str| {
        let mut request = request(name);
        request.size_cap = 1_000_000;
        request.bytes_per_second = Some(102_400);
        request
    };
    let bytes = vec![7; 61_440];
    let slowly = |start: Instant| assert!(start.elapsed().as_millis() >= 250, "{start:?}");

    let target = served.plane.begin_simple(&limited("a")).await.unwrap();
    assert_eq!(target.headers["x-cos-traffic-limit"], "819200");
    assert!(target.headers["Authorization"].contains("x-cos-traffic-limit"));
    let mut hasty = target.clone();
    hasty.headers.remove("x-cos-traffic-limit");
    let hasty = refusal(served.put(&hasty, bytes.clone()).await).await;
    assert_eq!(hasty, (403, "SignatureDoesNotMatch".into()), "it cannot be left out");
    let start = Instant::now();
    assert_eq!(served.put(&target, bytes.clone()).await.status(), 200);
    slowly(start);

    let target = served.plane.begin_form(&limited("b")).await.unwrap();
    let start = Instant::now();
    let posted = post(&served, "/", form(&fields(&target), &bytes, "")).await;
    assert_eq!(posted.status(), 204);
    slowly(start);

    let options = albumen_store::data_plane::GetOptions {
        bytes_per_second: Some(102_400),
        ..Default::default()
    };
    let url = served.plane.signed_get(&key("a"), &options).unwrap();
    let start = Instant::now();
    let got = served.http.get(&url).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(got.len(), bytes.len());
    slowly(start);
    let hasty = url.replace("x-cos-traffic-limit=819200", "x-cos-traffic-limit=838860800");
    let hasty = refusal(served.http.get(hasty).send().await.unwrap()).await;
    assert_eq!(hasty, (403, "SignatureDoesNotMatch".into()));
}
