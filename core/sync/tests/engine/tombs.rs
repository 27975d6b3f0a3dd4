//! What happens in the cloud: deletions stay deleted, moves are followed, and nothing is concluded
//! from a failure.

use std::fs;

use albumen_sync::{ActivityKind, FileState, LocalPath, Target, cloud::CloudErrorKind as Kind};

use crate::{
    cloud::Call,
    kit::{Desk, album, buckets, content},
};

#[tokio::test(flavor = "multi_thread")]
async fn what_was_deleted_in_the_cloud_is_not_sent_again_by_itself() {
    let desk = Desk::new();
    for name in ["a.jpg", "b.jpg", "c.jpg"] {
        desk.write(name, name.as_bytes());
    }
    let (engine, id, _) = desk.synced(album("All")).await;
    desk.cloud.delete("All/a.jpg");
    let report = engine.sync_once(&id).await.unwrap();
    assert_eq!(buckets(&report), (3, 2, 0, 1, 0));
    let newest = &engine.activity(1, None).unwrap()[0];
    assert_eq!(
        (newest.kind, newest.path.as_deref()),
        (ActivityKind::DeletedInCloud, Some("All/a.jpg"))
    );

    // Renamed on disk it is still the same file.
    fs::rename(desk.path("a.jpg"), desk.path("renamed.jpg")).unwrap();
    let report = engine.sync_once(&id).await.unwrap();
    assert_eq!(buckets(&report), (3, 2, 0, 1, 0));
    assert_eq!(desk.cloud.names(), ["All/b.jpg", "All/c.jpg"]);

    // A person may want it back, and an edit makes it a new file.
    desk.cloud.delete("All/b.jpg");
    engine.sync_once(&id).await.unwrap();
    desk.write("b.jpg", b"edited since");
    engine.sync_once(&id).await.unwrap();
    desk.is_there("b.jpg", "All/b.jpg");
    desk.cloud.delete("All/c.jpg");
    engine.sync_once(&id).await.unwrap();
    assert_eq!(desk.cloud.names(), ["All/b.jpg"]);
    let mut again = Vec::new();
    let waiting = engine.without_facts(albumen_sync::trees::NodeId(0), 10).unwrap();
    assert_eq!(waiting.len(), 1, "only what travels is shown: {waiting:?}");
    for row in 1..10 {
        if let Ok(photo) = engine.photo(albumen_sync::trees::NodeId(row))
            && photo.path == LocalPath::from("c.jpg")
        {
            assert_eq!(photo.state, FileState::Skipped);
            again.push(photo.node);
        }
    }
    engine.upload_again(again[0]).await.unwrap();
    engine.sync_once(&id).await.unwrap();
    desk.is_there("c.jpg", "All/c.jpg");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_back_in_the_cloud_is_verified_again() {
    let desk = Desk::new();
    desk.write("a.jpg", b"content");
    let (engine, id, _) = desk.synced(album("All")).await;
    desk.cloud.delete_directory("All");
    assert_eq!(buckets(&engine.sync_once(&id).await.unwrap()), (1, 0, 0, 1, 0));
    desk.cloud.put("All/a.jpg", b"content");
    assert_eq!(buckets(&engine.sync_once(&id).await.unwrap()), (1, 1, 0, 0, 0));
    desk.cloud.put("All/a.jpg", b"retouched");
    assert_eq!(buckets(&engine.sync_once(&id).await.unwrap()), (1, 0, 0, 1, 0));
    assert_eq!(desk.cloud.files()["All/a.jpg"].size, 9, "their edit stays");
    assert_eq!(desk.cloud.count(Call::Put), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_file_goes_into_an_album_that_was_deleted() {
    let desk = Desk::new();
    desk.write("a.jpg", b"content");
    let (engine, id, _) = desk.synced(album("All")).await;
    desk.cloud.delete_directory("All");
    desk.write("b.jpg", b"another");
    assert_eq!(buckets(&engine.sync_once(&id).await.unwrap()), (2, 1, 0, 1, 0));
    assert_eq!(desk.cloud.names(), ["All/b.jpg"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_moves_files_in_the_cloud_gets_no_second_copy() {
    let desk = Desk::new();
    desk.write("one/a.jpg", b"a");
    desk.write("two/b.jpg", b"b");
    let (engine, id, _) = desk.synced(Target::PerFolder).await;
    desk.cloud.rename("one/a.jpg", "two/moved.jpg");
    assert_eq!(buckets(&engine.sync_once(&id).await.unwrap()), (2, 2, 0, 0, 0));
    assert_eq!(desk.cloud.names(), ["two/b.jpg", "two/moved.jpg"]);
    // An edit follows to where the file is now.
    desk.write("one/a.jpg", b"edited");
    assert_eq!(buckets(&engine.sync_once(&id).await.unwrap()), (2, 2, 0, 0, 0));
    desk.is_there("one/a.jpg", "two/moved.jpg");
    assert_eq!(desk.cloud.names().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_that_breaks_off_proves_nothing() {
    let desk = Desk::new();
    for n in 0..20 {
        desk.write(&format!("{n}.jpg"), &content(n, 100));
    }
    let (engine, id, _) = desk.synced(album("All")).await;
    for kind in [Kind::Lost, Kind::Busy, Kind::NoPermission, Kind::TokenInvalid, Kind::Fault] {
        // The first page comes, the second does not.
        desk.cloud.fail_later(Call::List, kind, 1, 1);
        let report = engine.sync_once(&id).await.unwrap();
        assert_eq!(report.verified, 20, "{kind:?}");
    }
    desk.cloud.fail_all(Some(Kind::Missing));
    let report = engine.sync_once(&id).await.unwrap();
    desk.cloud.fail_all(None);
    assert_eq!(report.verified, 20, "the space itself did not answer");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_leaves_the_disk_stays_in_the_cloud() {
    let desk = Desk::new();
    desk.write("a.jpg", b"a");
    desk.write("b.jpg", b"b");
    let (engine, id, _) = desk.synced(album("All")).await;
    fs::remove_file(desk.path("a.jpg")).unwrap();
    assert_eq!(buckets(&engine.sync_once(&id).await.unwrap()), (1, 1, 0, 0, 0));
    assert_eq!(desk.cloud.names(), ["All/a.jpg", "All/b.jpg"]);
    desk.write("a.jpg", b"a");
    assert_eq!(buckets(&engine.sync_once(&id).await.unwrap()), (2, 2, 0, 0, 0));
    assert_eq!(desk.cloud.count(Call::Put), 2);
}
