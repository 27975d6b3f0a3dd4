//! Local copies are put away when somebody asked for it: only those that are surely in the cloud,
//! into a trash with a record, and nothing is lost.

use std::fs;

use crate::{
    cloud::Call,
    kit::{Desk, album, content},
};
use albumen_sync::cloud::CloudErrorKind as Kind;

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_in_the_cloud_as_it_is_on_disk_is_put_away() {
    let desk = Desk::new();
    for name in ["a.jpg", "sub/b.jpg", "edited.jpg", "gone.jpg", "damaged.jpg"] {
        desk.write(name, &content(name.len(), 3000));
    }
    desk.write("note.tmp", b"left out by a rule");
    desk.rest();
    let (engine, id, _) = desk.synced(album("All")).await;
    // Deleted in the cloud, and the engine has seen it.
    desk.cloud.delete("All/gone.jpg");
    engine.sync_once(&id).await.unwrap();
    // Never arrives.
    desk.cloud.fail_all(Some(Kind::Revoked));
    desk.write("new.jpg", &content(9, 3000));
    desk.rest();
    engine.sync_once(&id).await.unwrap();
    // Changed since: one openly, one behind the engine's back with its old times.
    desk.write("edited.jpg", &content(77, 3000));
    let damaged = desk.path("damaged.jpg");
    let times = fs::metadata(&damaged).unwrap();
    fs::write(&damaged, content(78, 3000)).unwrap();
    let file = fs::File::options().write(true).open(&damaged).unwrap();
    file.set_modified(times.modified().unwrap()).unwrap();
    drop(file);

    let removal = engine.remove_copies("removed-1").await.unwrap();
    assert_eq!((removal.files, removal.bytes), (2, 6000), "{removal:?}");
    for gone in ["a.jpg", "sub/b.jpg"] {
        assert!(!desk.path(gone).exists(), "{gone}");
    }
    for kept in ["edited.jpg", "gone.jpg", "damaged.jpg", "new.jpg", "note.tmp"] {
        assert!(desk.path(kept).exists(), "{kept}");
    }
    let trash = &removal.trash[0];
    assert_eq!(*trash, desk.path(".albumen/trash/removed-1"));
    assert_eq!(fs::read(trash.join("files/sub/b.jpg")).unwrap(), content(9, 3000));
    let record = fs::read_to_string(trash.join("record.jsonl")).unwrap();
    assert_eq!(record.lines().count(), 2, "{record}");
    assert!(record.contains("sub/b.jpg"), "{record}");

    // Signed in again, nothing is inferred from it: the cloud keeps what it has.
    desk.cloud.fail_all(None);
    let before = desk.cloud.names();
    engine.sync_once(&id).await.unwrap();
    for name in before {
        assert!(desk.cloud.names().contains(&name), "{name}");
    }
    assert!(desk.cloud.count(Call::Begin) > 0);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_moved_through_a_link() {
    let desk = Desk::new();
    desk.write("sub/a.jpg", &content(1, 3000));
    desk.write("b.jpg", &content(2, 3000));
    desk.rest();
    let (engine, ..) = desk.synced(album("All")).await;
    let outside = tempfile::tempdir().unwrap();
    fs::rename(desk.path("sub"), outside.path().join("sub")).unwrap();
    std::os::unix::fs::symlink(outside.path().join("sub"), desk.path("sub")).unwrap();
    let removal = engine.remove_copies("r").await.unwrap();
    assert_eq!((removal.files, removal.kept), (1, 1));
    assert!(outside.path().join("sub/a.jpg").exists(), "what lies elsewhere stays there");

    desk.write("c.jpg", &content(3, 3000));
    let elsewhere = outside.path().join("elsewhere");
    fs::rename(desk.path(".albumen/trash"), &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, desk.path(".albumen/trash")).unwrap();
    let removal = engine.remove_copies("r2").await.unwrap();
    assert_eq!(removal.files, 0);
    assert!(!elsewhere.join("r2").exists());
}
