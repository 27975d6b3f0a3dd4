//! Whole objects.

use std::{collections::BTreeMap, io};

use albumen_model::Crc64;
use albumen_store::{
    Attributes, Body, ByteRange, Error, Expected, ObjectAddress, ObjectStore, PutOptions, WriteMode,
};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, future, stream};

use crate::stores::{at, bucket};

/// CRC-64/XZ of `123456789`, from the catalogue of CRCs.
const CHECK: u64 = 0x995D_C9BB_DF19_39FA;

pub(crate) async fn read(store: &dyn ObjectStore, at: &ObjectAddress) -> Vec<u8> {
    let content = store.get(at, None).await.unwrap();
    let pieces: Vec<Bytes> = content.stream.try_collect().await.unwrap();
    pieces.concat()
}

async fn put(store: &dyn ObjectStore, key: &str, bytes: &[u8]) {
    let options = PutOptions::default();
    store.put(&at(key), Body::from(bytes.to_vec()), options).await.unwrap();
}

/// Bytes that differ everywhere, so that a wrong piece in a wrong place is seen.
pub(crate) fn pattern(size: usize) -> Vec<u8> {
    (0..size).map(|at| u8::try_from((at * 31 + at / 251) % 256).unwrap()).collect()
}

pub(crate) async fn what_was_put_is_read_back(store: &dyn ObjectStore) {
    let attributes = Attributes {
        content_type: Some("image/jpeg".into()),
        headers: BTreeMap::from([("cache-control".into(), "max-age=60".into())]),
        user: BTreeMap::from([("mtime".into(), "17.5".into())]),
    };
    let options = PutOptions { attributes: attributes.clone(), ..PutOptions::default() };
    let at = at("2024/a photo.jpg");
    let put = store.put(&at, Body::from(b"123456789".to_vec()), options).await.unwrap();
    let head = store.head(&at).await.unwrap();
    assert_eq!(head.size, 9);
    assert_eq!(head.crc64, Some(Crc64::new(CHECK)));
    assert_eq!(head.etag.as_str(), "25f9e794323b453885f5181f1b624d0b");
    assert_eq!(head.attributes, attributes);
    assert_eq!((put.size, put.crc64, put.etag), (head.size, head.crc64, head.etag.clone()));
    let content = store.get(&at, None).await.unwrap();
    assert_eq!((content.range, content.meta.etag), (0..9, head.etag));
    assert_eq!(read(store, &at).await, b"123456789");
}

pub(crate) async fn a_put_replaces(store: &dyn ObjectStore) {
    put(store, "k", b"first").await;
    put(store, "k", b"second!").await;
    assert_eq!(read(store, &at("k")).await, b"second!");
}

pub(crate) async fn an_empty_object_is_an_object(store: &dyn ObjectStore) {
    put(store, "empty", b"").await;
    assert_eq!(store.head(&at("empty")).await.unwrap().size, 0);
    assert_eq!(read(store, &at("empty")).await, b"");
}

pub(crate) async fn a_large_body_comes_in_pieces(store: &dyn ObjectStore) {
    let bytes = pattern(5_000_003);
    let pieces: Vec<_> = bytes.chunks(70_001).map(Bytes::copy_from_slice).map(Ok).collect();
    let body = Body::new(stream::iter(pieces).boxed(), bytes.len() as u64);
    store.put(&at("large"), body, PutOptions::default()).await.unwrap();
    assert!(read(store, &at("large")).await == bytes);
}

pub(crate) async fn ranges_are_cut(store: &dyn ObjectStore) {
    put(store, "k", b"0123456789").await;
    let table = [
        (ByteRange::From(7), Some("789")),
        (ByteRange::Inclusive(2, 4), Some("234")),
        (ByteRange::Inclusive(8, 99), Some("89")),
        (ByteRange::Last(2), Some("89")),
        (ByteRange::Last(99), Some("0123456789")),
        (ByteRange::From(10), None),
    ];
    for (range, expected) in table {
        match (store.get(&at("k"), Some(range)).await, expected) {
            (Ok(content), Some(expected)) => {
                assert_eq!(content.range.end - content.range.start, expected.len() as u64);
                let pieces: Vec<Bytes> = content.stream.try_collect().await.unwrap();
                assert_eq!(pieces.concat(), expected.as_bytes(), "{range:?}");
                assert_eq!(content.meta.size, 10);
            }
            (Err(Error::InvalidRange { .. }), None) => {}
            (other, _) => panic!("{range:?}: {other:?}"),
        }
    }
}

pub(crate) async fn what_is_not_there_is_not_found(store: &dyn ObjectStore) {
    assert!(matches!(store.head(&at("no")).await, Err(Error::NotFound(_))));
    assert!(matches!(store.get(&at("no"), None).await, Err(Error::NotFound(_))));
    let elsewhere = ObjectAddress::new("no-bucket".parse().unwrap(), "k".parse().unwrap());
    let put = store.put(&elsewhere, Body::from(vec![1]), PutOptions::default()).await;
    assert!(matches!(put, Err(Error::NoSuchBucket(_))), "{put:?}");
}

pub(crate) async fn a_body_of_the_wrong_length_is_not_stored(store: &dyn ObjectStore) {
    for (declared, sent) in [(10_u64, 9_usize), (3_000_000, 2_999_999), (9, 10)] {
        let body = Body { length: declared, ..Body::from(pattern(sent)) };
        let put = store.put(&at("cut"), body, PutOptions::default()).await;
        assert!(put.is_err(), "{declared} declared, {sent} sent");
        assert!(matches!(store.head(&at("cut")).await, Err(Error::NotFound(_))));
    }
}

pub(crate) async fn a_body_that_fails_is_not_stored(store: &dyn ObjectStore) {
    let broken = io::Error::from(io::ErrorKind::ConnectionReset);
    let pieces = [Ok(Bytes::from(pattern(100_000))), Err(broken)];
    let body = Body::new(stream::iter(pieces).boxed(), 200_000);
    assert!(store.put(&at("broken"), body, PutOptions::default()).await.is_err());
    assert!(matches!(store.head(&at("broken")).await, Err(Error::NotFound(_))));
}

pub(crate) async fn a_wrong_digest_is_not_stored(store: &dyn ObjectStore) {
    let right = Expected { crc64: Some(Crc64::new(CHECK)), md5: None };
    let wrong = Expected { crc64: Some(Crc64::new(CHECK ^ 1)), md5: None };
    let wrong_md5 = Expected { crc64: None, md5: Some([7; 16]) };
    for (expected, good) in [(wrong, false), (wrong_md5, false), (right, true)] {
        let options = PutOptions { expected, ..PutOptions::default() };
        let put = store.put(&at("digest"), Body::from(b"123456789".to_vec()), options).await;
        assert_eq!(put.is_ok(), good, "{put:?}");
        assert_eq!(store.head(&at("digest")).await.is_ok(), good);
    }
}

pub(crate) async fn write_once_is_write_once(store: &dyn ObjectStore) {
    let once = || PutOptions { mode: WriteMode::IfAbsent, ..PutOptions::default() };
    store.put(&at("once"), Body::from(b"first".to_vec()), once()).await.unwrap();
    let second = store.put(&at("once"), Body::from(b"second".to_vec()), once()).await;
    assert!(matches!(second, Err(Error::PreconditionFailed(_))), "{second:?}");
    assert_eq!(read(store, &at("once")).await, b"first");
}

pub(crate) async fn of_many_writers_one_wins(store: &dyn ObjectStore) {
    let once = || PutOptions { mode: WriteMode::IfAbsent, ..PutOptions::default() };
    let key = at("raced");
    let writers = (0..16_u8).map(|one| store.put(&key, Body::from(vec![one; 1000]), once()));
    let outcomes = future::join_all(writers).await;
    let winners: Vec<_> = (0..16_u8).filter(|one| outcomes[usize::from(*one)].is_ok()).collect();
    assert_eq!(winners.len(), 1, "{winners:?}");
    assert_eq!(read(store, &key).await, vec![winners[0]; 1000]);
}

pub(crate) async fn deleting_twice_is_harmless(store: &dyn ObjectStore) {
    put(store, "k", b"x").await;
    store.delete(&at("k")).await.unwrap();
    assert!(matches!(store.head(&at("k")).await, Err(Error::NotFound(_))));
    store.delete(&at("k")).await.unwrap();
}

pub(crate) async fn any_key_comes_back(store: &dyn ObjectStore) {
    let long = format!("{}z", "很".repeat(341));
    let keys = ["a/b", "a", "a b+c%2F", "照片/一.jpg", "a//b/", "é&=?#", "~-_.!*'()", &long];
    for key in keys {
        put(store, key, key.as_bytes()).await;
    }
    for key in keys {
        assert_eq!(read(store, &at(key)).await, key.as_bytes(), "{key}");
    }
}

pub(crate) async fn buckets_come_and_go(store: &dyn ObjectStore) {
    let second = "second-1".parse().unwrap();
    store.create_bucket(&second).await.unwrap();
    store.create_bucket(&second).await.unwrap();
    let names: Vec<_> = store.buckets().await.unwrap().into_iter().map(|b| b.name).collect();
    assert_eq!(names, [bucket(), second.clone()]);
    put(store, "k", b"x").await;
    assert!(matches!(store.delete_bucket(&bucket()).await, Err(Error::BucketNotEmpty(_))));
    store.delete_bucket(&second).await.unwrap();
    assert!(!store.has_bucket(&second).await.unwrap());
    assert!(store.has_bucket(&bucket()).await.unwrap());
    assert!(matches!(store.delete_bucket(&second).await, Err(Error::NoSuchBucket(_))));
}
