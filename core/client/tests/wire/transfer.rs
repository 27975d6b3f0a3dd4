//! Bytes to and from the store.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use albumen_client::{ByteRange, DataPlane, Error, ErrorKind, UploadBody};
use albumen_model::{Crc64, smh::UploadParameters};
use axum::body::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::json;

use crate::kit::{Service, TOKEN, http, path, space};

fn parameters(store: &Service) -> UploadParameters {
    let domain = store.url.trim_start_matches("http://");
    serde_json::from_value(json!({
        "domain": domain, "path": "/bucket/key", "uploadId": "up/1", "confirmKey": "c",
        "headers": { "Authorization": "q-sign", "Content-Length": "1" },
        "expiration": "2027-01-01T00:00:00.000Z"
    }))
    .unwrap()
}

#[tokio::test]
async fn parts_carry_the_given_headers_and_their_exact_length() {
    let store = Service::start(|_| {
        (200, vec![("etag", "\"e\"".into()), ("x-cos-hash-crc64ecma", "5".into())], Vec::new())
    })
    .await;
    let (plane, moved) = (DataPlane::new(http()), Arc::new(AtomicU64::new(0)));
    let content = Bytes::from(vec![7u8; 600 * 1024]);
    let length = content.len() as u64;
    let counter = Arc::clone(&moved);
    let progress: albumen_client::Progress = Arc::new(move |n| {
        counter.fetch_add(n, Ordering::SeqCst);
    });
    let receipt = plane
        .put_part(&parameters(&store), "http", 3, content.clone().into(), length, Some(progress))
        .await
        .unwrap();
    assert_eq!((receipt.etag.as_str(), receipt.crc64), ("\"e\"", Some(Crc64::new(5))));
    assert_eq!(moved.load(Ordering::SeqCst), length);
    let seen = &store.seen()[0];
    assert_eq!(seen.query, "partNumber=3&uploadId=up%2F1");
    assert_eq!(seen.headers["authorization"], "q-sign");
    assert_eq!(seen.headers["content-length"], length.to_string().as_str());
    assert!(!seen.headers.contains_key("transfer-encoding"));
    assert_eq!(seen.body, content);
}

#[tokio::test]
async fn content_that_shrinks_or_fails_while_it_is_sent_is_the_callers_fault() {
    let store = Service::start(|_| (200, Vec::new(), Vec::new())).await;
    let plane = DataPlane::new(http());
    let short = stream::iter([Ok(Bytes::from_static(b"abc"))]).boxed();
    let broken = stream::iter([Ok(Bytes::from_static(b"abc")), Err(std::io::Error::other("gone"))]);
    for body in [UploadBody::Stream(short), UploadBody::Stream(broken.boxed())] {
        let parameters = parameters(&store);
        let error = plane.put_object(&parameters, "http", body, 10, None).await.unwrap_err();
        assert!(matches!(error, Error::Source { .. }), "{error:?}");
        assert_eq!(error.kind(), ErrorKind::Source);
    }
    let long = UploadBody::Bytes(Bytes::from_static(b"abc"));
    let error = plane.put_object(&parameters(&store), "http", long, 2, None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Source);
}

#[tokio::test]
async fn what_a_store_refuses_is_told_by_what_to_do() {
    for (status, code, kind) in [
        (403, "AccessDenied", ErrorKind::Expired),
        (404, "NoSuchUpload", ErrorKind::NotFound),
        (503, "SlowDown", ErrorKind::Transient),
        (507, "InsufficientStorage", ErrorKind::StoreFull),
    ] {
        let store = Service::start(move |_| {
            let xml = format!("<Error><Code>{code}</Code><Message>secret-token</Message></Error>");
            (status, vec![("retry-after", "7".into())], xml.into_bytes())
        })
        .await;
        let plane = DataPlane::new(http());
        let bytes = UploadBody::Bytes(Bytes::from_static(b"abc"));
        let error =
            plane.put_object(&parameters(&store), "http", bytes, 3, None).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{code}");
        assert_eq!(error.retry_after().unwrap().as_secs(), 7);
        assert!(!format!("{error:?}").contains(TOKEN));
    }
}

#[tokio::test]
async fn content_is_fetched_from_the_store_without_the_token() {
    let store = Service::start(|seen| {
        let range = seen.headers.get("range").map(|v| v.to_str().unwrap().to_owned());
        match range.as_deref() {
            Some("bytes=2-4") => {
                (206, vec![("content-range", "bytes 2-4/6".into())], b"cde".into())
            }
            _ => (200, vec![("x-cos-hash-crc64ecma", "77".into())], b"abcdef".into()),
        }
    })
    .await;
    let location = format!("{}/object?sign=signature-text", store.url);
    let service = Service::start(move |_| {
        (302, vec![("location", location.clone()), ("x-smh-size", "6".into())], Vec::new())
    })
    .await;
    let client = space(&service);
    let whole = client.open(&path("a/b.jpg"), None).await.unwrap();
    assert_eq!((whole.total, whole.crc64), (Some(6), Some(Crc64::new(77))));
    let pieces: Vec<Bytes> = whole.into_stream().try_collect().await.unwrap();
    assert_eq!(pieces.concat(), b"abcdef");
    let range = Some(ByteRange { start: 2, length: Some(3) });
    let part = client.open(&path("a/b.jpg"), range).await.unwrap();
    assert_eq!((part.start, part.total, part.length), (2, Some(6), Some(3)));
    for seen in store.seen() {
        assert!(!seen.headers.contains_key("authorization"), "the token stays at home");
        assert_eq!(seen.query, "sign=signature-text");
    }
    let (url, _) = client.download_url(&path("a/b.jpg")).await.unwrap();
    assert_eq!(format!("{url:?}"), "SignedUrl(hidden)");
}
