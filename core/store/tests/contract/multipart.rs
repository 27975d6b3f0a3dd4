//! Multipart uploads.

use albumen_media::digest::Crc64Digest;
use albumen_store::{
    Attributes, Body, ByteRange, ETag, Error, ListQuery, ListedPart, MIN_PART_BYTES, MultipartId,
    ObjectStore, OpenUpload, PartMeta, PartNumber, PartOptions, WriteMode, all_parts,
};
use bytes::Bytes;
use futures::TryStreamExt;

use crate::{
    clauses::{pattern, read},
    stores::{at, bucket},
};

fn number(number: u16) -> PartNumber {
    PartNumber::try_from(number).unwrap()
}

async fn send(store: &dyn ObjectStore, id: &MultipartId, n: u16, bytes: &[u8]) -> PartMeta {
    let body = Body::from(bytes.to_vec());
    store.put_part(&at("film"), id, number(n), body, PartOptions::default()).await.unwrap()
}

async fn open(store: &dyn ObjectStore) -> MultipartId {
    store.create_multipart(&at("film"), Attributes::of_type("video/mp4")).await.unwrap()
}

fn mebibyte() -> usize {
    usize::try_from(MIN_PART_BYTES).unwrap()
}

pub(crate) async fn parts_become_one_object(store: &dyn ObjectStore) {
    let bytes = pattern(3 * mebibyte() + 17);
    let id = open(store).await;
    // Sent out of order, as parallel senders do.
    for n in [3_u16, 1, 4, 2] {
        let from = usize::from(n - 1) * mebibyte();
        let piece = &bytes[from..bytes.len().min(from + mebibyte())];
        let part = send(store, &id, n, piece).await;
        assert_eq!(part.crc64, Some(Crc64Digest::of(piece)));
    }
    let stored = store.parts(&at("film"), &id).await.unwrap();
    let sizes: Vec<_> = stored.iter().map(|part| (part.number.get(), part.size)).collect();
    let full = MIN_PART_BYTES;
    assert_eq!(sizes, [(1, full), (2, full), (3, full), (4, 17)]);
    let list = all_parts(stored).unwrap();
    let made = store.complete_multipart(&at("film"), &id, &list, WriteMode::Replace).await.unwrap();
    assert_eq!(made.size, bytes.len() as u64);
    assert_eq!(made.crc64, Some(Crc64Digest::of(&bytes)));
    assert!(made.etag.as_str().ends_with("-4"), "{}", made.etag);
    let head = store.head(&at("film")).await.unwrap();
    assert_eq!((head.crc64, head.content_type()), (made.crc64, Some("video/mp4")));
    assert!(read(store, &at("film")).await == bytes);
    let (first, last) = (mebibyte() - 5, 2 * mebibyte() + 5);
    let range = ByteRange::Inclusive(first as u64, last as u64 - 1);
    let across = store.get(&at("film"), Some(range)).await.unwrap();
    let pieces: Vec<Bytes> = across.stream.try_collect().await.unwrap();
    assert!(pieces.concat() == bytes[first..last]);
    let again = store.parts(&at("film"), &id).await;
    assert!(matches!(again, Err(Error::NoSuchUpload(_))), "{again:?}");
}

pub(crate) async fn a_part_sent_again_replaces(store: &dyn ObjectStore) {
    let id = open(store).await;
    send(store, &id, 1, b"wrong").await;
    send(store, &id, 1, b"right").await;
    let list = all_parts(store.parts(&at("film"), &id).await.unwrap()).unwrap();
    store.complete_multipart(&at("film"), &id, &list, WriteMode::Replace).await.unwrap();
    assert_eq!(read(store, &at("film")).await, b"right");
}

pub(crate) async fn wrong_lists_are_refused_and_the_upload_stays(store: &dyn ObjectStore) {
    let id = open(store).await;
    let part = ListedPart::from(send(store, &id, 1, b"bytes").await);
    let other = ListedPart { etag: ETag::new(&"0".repeat(32)), ..part.clone() };
    let absent = ListedPart { number: number(2), ..part.clone() };
    for list in [vec![other], vec![part.clone(), absent]] {
        let made = store.complete_multipart(&at("film"), &id, &list, WriteMode::Replace).await;
        assert!(matches!(made, Err(Error::InvalidPart(_))), "{made:?}");
    }
    let made = store.complete_multipart(&at("film"), &id, &[part], WriteMode::Replace).await;
    assert_eq!(made.unwrap().size, 5);
}

pub(crate) async fn small_parts_are_refused(store: &dyn ObjectStore) {
    let id = open(store).await;
    send(store, &id, 1, b"too small").await;
    send(store, &id, 2, b"last").await;
    let list = all_parts(store.parts(&at("film"), &id).await.unwrap()).unwrap();
    let made = store.complete_multipart(&at("film"), &id, &list, WriteMode::Replace).await;
    assert!(matches!(made, Err(Error::PartTooSmall { .. })), "{made:?}");
    assert!(matches!(store.head(&at("film")).await, Err(Error::NotFound(_))));
}

pub(crate) async fn an_aborted_upload_is_gone(store: &dyn ObjectStore) {
    let id = open(store).await;
    send(store, &id, 1, b"bytes").await;
    store.abort_multipart(&at("film"), &id).await.unwrap();
    let body = Body::from(b"late".to_vec());
    let late = store.put_part(&at("film"), &id, number(2), body, PartOptions::default()).await;
    assert!(matches!(late, Err(Error::NoSuchUpload(_))), "{late:?}");
    let parts = store.parts(&at("film"), &id).await;
    assert!(matches!(parts, Err(Error::NoSuchUpload(_))), "{parts:?}");
}

pub(crate) async fn a_key_under_upload_is_not_there(store: &dyn ObjectStore) {
    let id = open(store).await;
    send(store, &id, 1, b"bytes").await;
    assert!(matches!(store.head(&at("film")).await, Err(Error::NotFound(_))));
    let page = store.list(&bucket(), &ListQuery::under("")).await.unwrap();
    assert!(page.objects.is_empty());
    // An id is good for its own key only.
    let elsewhere = store.parts(&at("other"), &id).await;
    assert!(matches!(elsewhere, Err(Error::NoSuchUpload(_))), "{elsewhere:?}");
}

pub(crate) async fn open_uploads_are_listed(store: &dyn ObjectStore) {
    assert!(store.uploads(&bucket(), "").await.unwrap().is_empty());
    let mut opened = Vec::new();
    for key in ["b", "a/1 +&", "a/1 +&", "a/照"] {
        let id = store.create_multipart(&at(key), Attributes::default()).await.unwrap();
        opened.push((key.to_owned(), id));
    }
    let listed = |uploads: Vec<OpenUpload>| -> Vec<_> {
        uploads.into_iter().map(|upload| (upload.key.to_string(), upload.id)).collect()
    };
    let mut all = listed(store.uploads(&bucket(), "").await.unwrap());
    let keys: Vec<_> = all.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["a/1 +&", "a/1 +&", "a/照", "b"]);
    all.sort();
    opened.sort();
    assert_eq!(all, opened);
    assert_eq!(listed(store.uploads(&bucket(), "a/").await.unwrap()).len(), 3);
    let (key, id) = &opened[0];
    store.abort_multipart(&at(key), id).await.unwrap();
    assert_eq!(store.uploads(&bucket(), "").await.unwrap().len(), 3);
}
