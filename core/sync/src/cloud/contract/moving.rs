//! Moving and renaming.

use super::ground::{Ground, kind, number, path};
use crate::cloud::{
    CloudErrorKind::{Missing, NameRefused, Stale, Taken},
    NodeKind::{Directory, File},
};

pub async fn a_file_keeps_its_content(ground: Ground) {
    ground.make("a").await;
    let before = ground.upload("x", b"1").await;
    let (from, to, cas) = (path("x"), path("a/y"), before.content_cas.as_deref());
    ground.tree.move_node(File, &from, &to, cas).await.unwrap();
    assert_eq!(ground.look("x").await, None);
    let after = ground.look("a/y").await.unwrap();
    assert_eq!(
        (after.inode, after.content_cas, after.crc64, after.version_id),
        (before.inode, before.content_cas, before.crc64, before.version_id)
    );
    assert_eq!(ground.read("a/y", 0).await.unwrap(), b"1");
}

pub async fn a_directory_takes_all_in_it_along(ground: Ground) {
    let directory = number(&ground.make("a").await);
    ground.make("a/b").await;
    ground.upload("a/b/x", b"1").await;
    ground.make("c").await;
    ground.rename(Directory, "a", "c/d").await.unwrap();
    assert_eq!(ground.names("").await, ["c"]);
    assert_eq!(number(&ground.look("c/d").await.unwrap()), directory);
    assert_eq!(ground.read("c/d/b/x", 0).await.unwrap(), b"1");
}

pub async fn a_taken_name_is_not_given(ground: Ground) {
    for directory in ["a", "b"] {
        ground.make(directory).await;
    }
    for file in ["x", "y"] {
        ground.upload(file, file.as_bytes()).await;
    }
    for (what, from, to) in
        [(File, "x", "y"), (File, "x", "a"), (Directory, "a", "b"), (Directory, "a", "x")]
    {
        assert_eq!(kind(ground.rename(what, from, to).await), Some(Taken), "{from} to {to}");
    }
    assert_eq!(ground.names("").await, ["a", "b", "x", "y"]);
    for file in ["x", "y"] {
        assert_eq!(ground.read(file, 0).await.unwrap(), file.as_bytes());
    }
}

pub async fn a_stale_stamp_moves_nothing(ground: Ground) {
    let first = ground.upload("x", b"1").await;
    ground.overwrite("x", b"22").await;
    let (from, to, cas) = (path("x"), path("y"), first.content_cas.as_deref());
    assert_eq!(kind(ground.tree.move_node(File, &from, &to, cas).await), Some(Stale));
    assert_eq!(ground.names("").await, ["x"]);
}

pub async fn what_is_missing_is_said_and_not_made(ground: Ground) {
    ground.make("a").await;
    ground.upload("x", b"1").await;
    for (what, from, to) in [
        (File, "nothing", "y"),
        (Directory, "nothing", "b"),
        (File, "x", "nowhere/x"),
        (Directory, "a", "nowhere/deep/a"),
        // Below what is no directory.
        (Directory, "a", "x/a"),
        (File, "x", "x/x"),
        // Something else has the place by now.
        (File, "a", "y"),
        (Directory, "x", "y"),
    ] {
        assert_eq!(kind(ground.rename(what, from, to).await), Some(Missing), "{from} to {to}");
    }
    assert_eq!(ground.names("").await, ["a", "x"]);
}

pub async fn a_directory_goes_into_none_of_its_own(ground: Ground) {
    ground.make("a/b").await;
    for to in ["a/a", "a/b/a"] {
        assert_eq!(kind(ground.rename(Directory, "a", to).await), Some(NameRefused), "{to}");
    }
    assert_eq!(ground.names("a").await, ["b"]);
}

pub async fn where_it_is_already_it_may_stay(ground: Ground) {
    ground.make("a").await;
    ground.upload("x", b"1").await;
    let cursor = ground.cursor().await;
    ground.rename(File, "x", "x").await.unwrap();
    ground.rename(Directory, "a", "a").await.unwrap();
    assert_eq!(ground.since(&cursor).await, [], "nothing happened");
    // Asked again after an answer that was lost, a move says that nothing is there any more.
    ground.rename(File, "x", "y").await.unwrap();
    assert_eq!(kind(ground.rename(File, "x", "y").await), Some(Missing));
}
