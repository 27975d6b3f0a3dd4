//! Directories and uploads, and what is told of them.

use albumen_media::digest::Crc64Digest;

use super::ground::{Ground, kind, new_file, number, path, replacement};
use crate::cloud::CloudErrorKind::{Missing, Stale, Taken};

pub async fn directories_come_with_all_above_them(ground: Ground) {
    let deepest = ground.make("a/b/c").await;
    assert!(deepest.node_type.is_dir());
    assert_eq!(ground.names("").await, ["a"]);
    assert_eq!(ground.names("a").await, ["b"]);
    let again = ground.make("a/b/c").await;
    assert_eq!(number(&again), number(&deepest), "one that is there is as good as made");
    ground.upload("file", b"1").await;
    assert_eq!(kind(ground.tree.create_directory(&path("file")).await), Some(Taken));
    assert_eq!(kind(ground.tree.list(&path("nowhere"), None).await), Some(Missing));
}

pub async fn an_upload_is_there_once_it_is_confirmed(ground: Ground) {
    ground.make("a").await;
    let bytes = b"the first picture";
    let file = ground.upload("a/x.jpg", bytes).await;
    let told = (file.size, file.crc64, file.node_type.is_dir());
    assert_eq!(told, (Some(bytes.len() as u64), Some(Crc64Digest::of(bytes)), false));
    assert!(file.content_cas.is_some() && file.version_id.is_some());
    let rows = ground.list("a").await;
    let [row] = &rows[..] else { panic!("not one row: {rows:?}") };
    let facts = |item: &albumen_model::smh::NodeItem| {
        (item.inode.clone(), item.content_cas.clone(), item.crc64, item.size, item.version_id)
    };
    assert_eq!(facts(row), facts(&file));
    assert_eq!(row.path, path("a/x.jpg"));
    assert_eq!(ground.upload("a/empty", b"").await.size, Some(0));
}

pub async fn an_upload_never_takes_a_name(ground: Ground) {
    ground.make("a/sub").await;
    ground.upload("a/x", b"1").await;
    for (file, refused) in [("a/x", Taken), ("a/sub", Taken), ("nowhere/x", Missing)] {
        assert_eq!(kind(ground.send(&new_file(file, b"2"), b"2").await), Some(refused), "{file}");
    }
    assert_eq!(ground.read("a/x", 0).await.unwrap(), b"1");
    assert_eq!(ground.names("a").await, ["sub", "x"]);
}

pub async fn an_overwrite_names_what_it_replaces(ground: Ground) {
    let first = ground.upload("x", b"1").await;
    let second = ground.overwrite("x", b"22").await;
    assert_ne!(first.content_cas, second.content_cas);
    assert!(second.version_id > first.version_id);
    let late = replacement("x", first.content_cas, b"333");
    assert_eq!(kind(ground.send(&late, b"333").await), Some(Stale));
    assert_eq!(ground.read("x", 0).await.unwrap(), b"22");
}

pub async fn long_lists_come_in_pages_that_end(ground: Ground) {
    let names: Vec<String> = (0..30).map(|n| format!("d{n:02}")).collect();
    for name in &names {
        ground.make(name).await;
    }
    assert_eq!(ground.names("").await, names);
    assert_eq!(ground.names("d00").await, [""; 0]);
}
