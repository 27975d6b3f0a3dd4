//! A plain S3 bucket. Our own store plays the foreign one here; others do in the scenarios.

use std::sync::Arc;

use albumen_media::digest::Crc64Digest;
use albumen_model::Crc64;
use albumen_store::{
    Clock, Error, ObjectStore, SystemClock,
    data_plane::{DataPlane, GetOptions, S3Config, S3DataPlane, UploadRequest, UploadTarget},
    sign::S3Endpoint,
};
use reqwest::{Method, Response};

use crate::kit::{Served, bucket, key, refusal};

const MIB: usize = 1024 * 1024;

async fn open(prefix: &str) -> (Served, S3DataPlane) {
    let served = Served::start().await;
    let url = format!("http://{}", served.host).parse().unwrap();
    let config = S3Config {
        endpoint: S3Endpoint::path_style(url),
        public_url: None,
        bucket: bucket(),
        prefix: prefix.to_owned(),
        credential: served.root.clone(),
    };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    (served, S3DataPlane::new(config, clock).unwrap())
}

fn request(name: &str, cap: usize) -> UploadRequest {
    let content_type = Some("image/jpeg".to_owned());
    UploadRequest { content_type, ..UploadRequest::new(key(name), cap as u64) }
}

async fn put(served: &Served, target: &UploadTarget, bytes: &[u8]) -> Response {
    served.put(target, bytes.to_vec()).await
}

async fn put_part(served: &Served, target: &UploadTarget, number: u16, bytes: &[u8]) -> Response {
    let part = &target.parts.as_ref().unwrap()[&number];
    let query = format!("?{}", part.query.as_deref().unwrap());
    served.send(target, Method::PUT, &query).body(bytes.to_vec()).send().await.unwrap()
}

#[tokio::test]
async fn one_address_is_good_for_one_object() {
    let (served, plane) = open("albumen/").await;
    let request = request("lib/照片 a", 1000);
    let target = plane.begin_simple(&request).await.unwrap();
    assert_eq!((target.scheme.as_str(), &target.domain), ("http", &served.host));
    assert_eq!(put(&served, &target, b"123456789").await.status(), 200);
    let mut elsewhere = target.clone();
    elsewhere.path = elsewhere.path.replace("incoming", "content");
    let elsewhere = refusal(put(&served, &elsewhere, b"x").await).await;
    assert_eq!(elsewhere, (403, "SignatureDoesNotMatch".into()));
    let mut typed = target.clone();
    typed.headers.insert("Content-Type".into(), "text/html".into());
    let typed = refusal(put(&served, &typed, b"<script>").await).await;
    assert_eq!(typed, (403, "SignatureDoesNotMatch".into()));

    let crc64 = Crc64Digest::of(b"123456789");
    let done = plane.finish(&request, None, Some(crc64)).await.unwrap();
    assert_eq!((done.size, done.crc64, done.content_type()), (9, Some(crc64), Some("image/jpeg")));
    assert_eq!(plane.finish(&request, None, Some(crc64)).await.unwrap().etag, done.etag);
    // The signature cannot be taken back, but what it brings is not the content any more.
    assert_eq!(put(&served, &target, b"other").await.status(), 200);
    assert_eq!(plane.finish(&request, None, None).await.unwrap().size, 9);
    let url = plane.signed_get(&request.key, &GetOptions::default()).unwrap();
    assert_eq!(served.http.get(url).send().await.unwrap().bytes().await.unwrap(), "123456789");
    plane.delete(&request.key).await.unwrap();
    assert!(plane.head(&request.key).await.is_err());
}

#[tokio::test]
async fn every_part_has_an_address_of_its_own() {
    let (served, plane) = open("").await;
    let mut request = request("lib/film", 3 * MIB);
    let target = plane.begin_multipart(&request).await.unwrap();
    let id = target.multipart_id.clone().unwrap();
    assert!(target.headers.is_empty());
    let signed: Vec<u16> = target.parts.as_ref().unwrap().keys().copied().collect();
    assert_eq!(signed, (1..=100).collect::<Vec<_>>());
    let first = vec![1; MIB];
    assert_eq!(put_part(&served, &target, 1, &first).await.status(), 200);
    request.parts = 2..=3;
    let renewed = plane.renew(&request, Some(&id)).await.unwrap();
    assert_eq!(renewed.parts.as_ref().unwrap().keys().copied().collect::<Vec<_>>(), [2, 3]);
    assert_eq!(put_part(&served, &renewed, 2, b"second").await.status(), 200);
    assert_eq!(plane.parts(&request.key, &id).await.unwrap().len(), 2);

    let bytes = [&first[..], b"second"].concat();
    let crc64 = Crc64Digest::of(&bytes);
    let done = plane.finish(&request, Some(&id), Some(crc64)).await.unwrap();
    assert_eq!((done.size, done.crc64), (bytes.len() as u64, Some(crc64)));
    let late = refusal(put_part(&served, &renewed, 2, b"other").await).await;
    assert_eq!(late, (404, "NoSuchUpload".into()));
    let again = plane.finish(&request, Some(&id), Some(crc64)).await.unwrap();
    assert_eq!(again.etag, done.etag);
}

#[tokio::test]
async fn what_is_missing_wrong_or_too_much_is_refused() {
    let (served, plane) = open("a/b/").await;
    let small = request("small", 4);
    let target = plane.begin_simple(&small).await.unwrap();
    assert!(matches!(plane.finish(&small, None, None).await, Err(Error::NotFound(_))));
    put(&served, &target, b"12345").await;
    let over = plane.finish(&small, None, None).await;
    assert!(matches!(over, Err(Error::TooLarge { limit: 4 })), "{over:?}");
    put(&served, &target, b"1234").await;
    let wrong = plane.finish(&small, None, Some(Crc64::new(1))).await;
    assert!(matches!(wrong, Err(Error::BadCrc64 { .. })), "{wrong:?}");
    let right = Crc64Digest::of(b"1234");
    plane.finish(&small, None, Some(right)).await.unwrap();
    // A second question with a wrong value does not take away what was confirmed.
    assert!(plane.finish(&small, None, Some(Crc64::new(1))).await.is_err());
    assert_eq!(plane.head(&small.key).await.unwrap().size, 4);

    let parts = request("parts", 4);
    let target = plane.begin_multipart(&parts).await.unwrap();
    let id = target.multipart_id.as_ref();
    let none = plane.finish(&parts, id, None).await;
    assert!(matches!(none, Err(Error::MissingPart(_))), "{none:?}");
    put_part(&served, &target, 1, b"12345").await;
    assert!(matches!(plane.finish(&parts, id, None).await, Err(Error::TooLarge { .. })));
    assert!(plane.fence(&parts.key).await.unwrap().is_some(), "told until when bytes may come");
    plane.abort(&parts.key, id).await.unwrap();
    assert_eq!(put_part(&served, &target, 1, b"1234").await.status(), 404);
    plane.abort(&parts.key, id).await.unwrap();
    assert!(matches!(plane.begin_form(&parts).await, Err(Error::NotOffered(_))));
    let left = served.store.uploads(&bucket(), "").await.unwrap();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn a_copy_takes_only_what_was_looked_at() {
    let (served, plane) = open("").await;
    let request = request("a", 100);
    let target = plane.begin_simple(&request).await.unwrap();
    put(&served, &target, b"first").await;
    let from = crate::kit::at("incoming/a");
    let tag = served.store.head(&from).await.unwrap().etag;
    put(&served, &target, b"second").await;
    let copied = served.store.copy(&from, &crate::kit::at("content/a"), &tag).await;
    assert!(matches!(copied, Err(Error::PreconditionFailed(_))), "{copied:?}");
    assert!(plane.head(&request.key).await.is_err());
}
