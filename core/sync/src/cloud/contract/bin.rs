//! Into the bin, and out of it.

use super::ground::{Ground, kind, number, path};
use crate::cloud::{
    Binned,
    CloudErrorKind::{Missing, Stale, Taken},
    NodeKind::{Directory, File},
};

pub async fn takes_a_file_that_is_the_one_meant(ground: Ground) {
    let first = ground.upload("x", b"1").await;
    let second = ground.overwrite("x", b"22").await;
    ground.make("a").await;
    let trash = async |what, at: &str, cas: Option<String>| {
        kind(ground.tree.trash(what, &path(at), cas.as_deref()).await)
    };
    assert_eq!(trash(File, "x", first.content_cas).await, Some(Stale));
    // Something else has the place by now, or nothing.
    for (what, at) in [(File, "a"), (Directory, "x"), (File, "y"), (Directory, "b")] {
        assert_eq!(trash(what, at, None).await, Some(Missing), "{at}");
    }
    assert_eq!(ground.names("").await, ["a", "x"]);
    assert_eq!(trash(File, "x", second.content_cas).await, None);
    assert_eq!(ground.names("").await, ["a"]);
    assert_eq!(trash(File, "x", None).await, Some(Missing), "once more");
}

pub async fn takes_a_directory_with_all_in_it(ground: Ground) {
    ground.make("a/b").await;
    let file = number(&ground.upload("a/b/x", b"1").await);
    let item = ground.trash(Directory, "a").await;
    assert_eq!(ground.names("").await, [""; 0]);
    assert_eq!(ground.tree.restore(item).await.unwrap(), path("a"));
    assert_eq!(number(&ground.look("a/b/x").await.unwrap()), file);
    assert_eq!(ground.read("a/b/x", 0).await.unwrap(), b"1");
}

pub async fn gives_back_only_to_a_free_name(ground: Ground) {
    ground.upload("x", b"1").await;
    let item = ground.trash(File, "x").await;
    ground.upload("x", b"another").await;
    assert_eq!(kind(ground.tree.restore(item).await), Some(Taken));
    assert_eq!(ground.read("x", 0).await.unwrap(), b"another");
    ground.rename(File, "x", "y").await.unwrap();
    assert_eq!(ground.tree.restore(item).await.unwrap(), path("x"));
    assert_eq!(ground.read("x", 0).await.unwrap(), b"1");
}

pub async fn gives_back_only_to_the_path_it_had(ground: Ground) {
    ground.make("a").await;
    ground.upload("a/x", b"1").await;
    let item = ground.trash(File, "a/x").await;
    ground.rename(Directory, "a", "b").await.unwrap();
    assert_eq!(kind(ground.tree.restore(item).await), Some(Missing), "it was renamed");
    assert_eq!(ground.names("").await, ["b"]);
    let gone = ground.trash(Directory, "b").await;
    assert_eq!(kind(ground.tree.restore(item).await), Some(Missing), "it is in the bin");
    ground.tree.restore(gone).await.unwrap();
    // It is the path that counts, and not which directory has it.
    ground.make("a").await;
    assert_eq!(ground.tree.restore(item).await.unwrap(), path("a/x"));
}

pub async fn knows_what_went_last_from_a_path(ground: Ground) {
    let binned = async |at: &str| ground.tree.binned(&path(at)).await.unwrap();
    let went = |item, bytes| Some(Binned { item, bytes });
    assert_eq!(binned("x").await, None);
    ground.upload("x", b"1").await;
    let first = ground.trash(File, "x").await;
    ground.upload("x", b"another").await;
    assert_eq!(binned("x").await, went(first, 1), "what is there now is not in the bin");
    let second = ground.trash(File, "x").await;
    assert_eq!(binned("x").await, went(second, 7));
    ground.make("a/b").await;
    ground.upload("a/b/x", b"22").await;
    ground.upload("a/y", b"333").await;
    let all = ground.trash(Directory, "a").await;
    assert_eq!(binned("a").await, went(all, 5), "with all below it");
    assert_eq!(binned("a/y").await, None, "which went as one");
    ground.tree.restore(second).await.unwrap();
    assert_eq!(binned("x").await, went(first, 1));
    ground.elsewhere.purge(first).await;
    assert_eq!(binned("x").await, None);
}

pub async fn has_no_more_what_was_taken_or_purged(ground: Ground) {
    ground.upload("x", b"1").await;
    let item = ground.trash(File, "x").await;
    ground.tree.restore(item).await.unwrap();
    let again = ground.trash(File, "x").await;
    ground.elsewhere.purge(again).await;
    for gone in [item, again, 987_654_321] {
        assert_eq!(kind(ground.tree.restore(gone).await), Some(Missing), "{gone}");
    }
    assert_eq!(ground.names("").await, [""; 0]);
}
