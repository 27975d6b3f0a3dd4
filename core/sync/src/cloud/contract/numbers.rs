//! Nodes by their numbers: where one is, whatever happened to it.

use albumen_model::Inode;

use super::ground::{Ground, number, path};
use crate::cloud::NodeKind::{Directory, File};

pub async fn tell_where_a_node_is(ground: Ground) {
    let directory = ground.make("a").await;
    let file = ground.upload("a/x", b"1").await;
    let by_number = ground.tree.node(&number(&file)).await.unwrap().unwrap();
    assert_eq!((&by_number.path, &by_number.name), (&path("a/x"), &file.name));
    assert_eq!(
        (by_number.inode, by_number.content_cas, by_number.crc64, by_number.size),
        (file.inode, file.content_cas, file.crc64, file.size)
    );
    let by_number = ground.tree.node(&number(&directory)).await.unwrap().unwrap();
    assert!(by_number.node_type.is_dir());
    assert_eq!(by_number.path, path("a"));
    // The root has a number too: events name it as a directory.
    let root = number(&ground.look("").await.unwrap());
    assert_eq!(ground.place(&root).await.as_deref(), Some(""));
    for nobody in ["987654321", "nobody"] {
        assert_eq!(ground.place(&Inode::parse(nobody).unwrap()).await, None, "{nobody}");
    }
}

pub async fn follow_a_move(ground: Ground) {
    let directory = number(&ground.make("a").await);
    let file = number(&ground.upload("a/x", b"1").await);
    ground.make("b").await;
    ground.rename(File, "a/x", "a/y").await.unwrap();
    assert_eq!(ground.place(&file).await.as_deref(), Some("a/y"));
    ground.rename(Directory, "a", "b/c").await.unwrap();
    assert_eq!(ground.place(&directory).await.as_deref(), Some("b/c"));
    assert_eq!(ground.place(&file).await.as_deref(), Some("b/c/y"));
}

pub async fn have_no_place_in_the_bin(ground: Ground) {
    let directory = number(&ground.make("a").await);
    let below = number(&ground.make("a/b").await);
    let deep = number(&ground.upload("a/b/x", b"1").await);
    let alone = number(&ground.upload("alone", b"2").await);
    ground.trash(File, "alone").await;
    ground.trash(Directory, "a").await;
    for (who, inode) in
        [("a file", &alone), ("a directory", &directory), ("below", &below), ("deep", &deep)]
    {
        assert_eq!(ground.place(inode).await, None, "{who}");
    }
}

pub async fn come_back_with_what_is_restored(ground: Ground) {
    let directory = number(&ground.make("a").await);
    let file = ground.upload("a/x", b"1").await;
    let item = ground.trash(File, "a/x").await;
    assert_eq!(ground.tree.restore(item).await.unwrap(), path("a/x"));
    let back = ground.look("a/x").await.unwrap();
    assert_eq!((&back.inode, &back.content_cas), (&file.inode, &file.content_cas));
    let item = ground.trash(Directory, "a").await;
    assert_eq!(ground.tree.restore(item).await.unwrap(), path("a"));
    assert_eq!(ground.place(&directory).await.as_deref(), Some("a"));
    assert_eq!(ground.place(&number(&file)).await.as_deref(), Some("a/x"));
}

pub async fn stay_when_content_is_replaced(ground: Ground) {
    let first = ground.upload("x", b"1").await;
    let second = ground.overwrite("x", b"22").await;
    assert_eq!(first.inode, second.inode);
    // One that makes room for another goes, with its number; the other keeps its own.
    let other = ground.upload("y", b"333").await;
    ground.elsewhere.move_onto(&path("y"), &path("x")).await;
    assert_eq!(ground.place(&number(&other)).await.as_deref(), Some("x"));
    assert_eq!(ground.place(&number(&first)).await, None);
}

pub async fn end_with_what_is_gone_for_good(ground: Ground) {
    let [purged, deleted, moved] = ["purged", "deleted", "moved"];
    let mut numbers = Vec::new();
    for name in [purged, deleted, moved] {
        numbers.push(number(&ground.upload(name, name.as_bytes()).await));
    }
    let item = ground.trash(File, purged).await;
    ground.elsewhere.purge(item).await;
    ground.elsewhere.delete_for_good(&path(deleted)).await;
    ground.elsewhere.move_away(&path(moved)).await;
    for inode in &numbers {
        assert_eq!(ground.place(inode).await, None, "{inode}");
    }
    ground.upload(deleted, b"again").await;
    let again = ground.look(deleted).await.unwrap();
    assert!(!numbers.contains(&number(&again)), "no number is given twice");
}
