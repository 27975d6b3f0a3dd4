//! Content on its way down.

use albumen_media::digest::Crc64Digest;
use futures::TryStreamExt;

use super::ground::{Ground, kind, new_file, path};
use crate::cloud::{Begin, CloudErrorKind::Missing};

pub async fn comes_whole_or_from_an_offset(ground: Ground) {
    let long: Vec<u8> = (0..700_000_u32).map(|n| (n % 251) as u8).collect();
    for (name, bytes) in [("long", &long[..]), ("short", b"12345"), ("empty", b"")] {
        ground.upload(name, bytes).await;
        let end = bytes.len() as u64;
        for from in [0, 1, end / 2, end.saturating_sub(1), end, end + 7] {
            let content = ground.tree.fetch(&path(name), from).await.unwrap();
            let told = (content.size, content.crc64);
            assert_eq!(told, (end, Some(Crc64Digest::of(bytes))), "{name} from {from}");
            let pieces: Vec<_> = content.pieces.try_collect().await.unwrap();
            let wanted = bytes.get(from as usize..).unwrap_or_default();
            assert!(pieces.concat() == wanted, "{name} from {from}");
        }
    }
}

pub async fn comes_of_files_alone(ground: Ground) {
    ground.make("a").await;
    for at in ["a", "x", "nowhere/x"] {
        assert_eq!(kind(ground.read(at, 0).await), Some(Missing), "{at}");
    }
    ground.upload("x", b"1").await;
    ground.elsewhere.quota_takes_all().await;
    let left = ground.look("x").await.unwrap();
    assert_eq!(left.removed_by_quota, Some(true), "it stays and says so");
    assert_eq!(kind(ground.read("x", 0).await), Some(Missing));
}

pub async fn comes_with_the_files_own_time(ground: Ground) {
    let taken = Some("2024-05-01T10:20:30.456Z".to_owned());
    let begin = Begin { local_modification_time: taken, ..new_file("x", b"1") };
    ground.send(&begin, b"1").await.unwrap();
    ground.upload("y", b"2").await;
    for (name, own) in [("x", Some(1_714_558_830_456_000_000)), ("y", None)] {
        let content = ground.tree.fetch(&path(name), 0).await.unwrap();
        assert_eq!(content.modified_ns, own, "{name}");
    }
}

pub async fn is_that_of_the_moment(ground: Ground) {
    ground.upload("x", b"first").await;
    ground.overwrite("x", b"second").await;
    assert_eq!(ground.read("x", 0).await.unwrap(), b"second");
    let content = ground.tree.fetch(&path("x"), 2).await.unwrap();
    assert_eq!(content.crc64, Some(Crc64Digest::of(b"second")), "of the whole, whatever comes");
}
