//! The main job: folders arrive in the cloud, once, verified, and a second look finds nothing to
//! do.

use std::{fs, time::Duration};

use albumen_sync::{ActivityKind, Error, MappingState, Target, trees::NodeId};

use crate::{
    cloud::Call,
    kit::{Desk, album, buckets, content},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_arrives_and_every_file_is_in_one_bucket() {
    let desk = Desk::new();
    for n in 0..60 {
        desk.write(&format!("trip {}/IMG_{n:03}.jpg", n % 3), &content(n, 3_000 + n * 7));
    }
    desk.write("loose.png", b"png");
    desk.write("empty.jpg", b"");
    desk.write("trip 0/.DS_Store", b"x");
    desk.write("trip 0/bad:name.jpg", b"x");
    desk.rest();
    let (engine, id, report) = desk.synced(Target::PerFolder).await;
    assert_eq!(buckets(&report), (64, 62, 0, 1, 1));
    let root = desk.folder.path().file_name().unwrap().to_str().unwrap();
    desk.is_there("trip 1/IMG_001.jpg", "trip 1/IMG_001.jpg");
    desk.is_there("loose.png", &format!("{}/loose.png", root.trim()));
    desk.is_there("empty.jpg", &format!("{}/empty.jpg", root.trim()));
    assert_eq!(desk.cloud.names().len(), 62);
    assert_eq!(desk.cloud.sessions(), 0);
    assert_eq!(desk.cloud.count(Call::Mkdir), 4, "each album is made once");

    let puts = desk.cloud.count(Call::Put);
    let again = engine.sync_once(&id).await.unwrap();
    assert_eq!(buckets(&again), (64, 62, 0, 1, 1));
    assert_eq!(desk.cloud.count(Call::Put), puts, "nothing is sent twice");
    let verified = engine.verify(&id).await.unwrap();
    assert_eq!((verified.equal, verified.deviations.len()), (62, 0));

    let overview = engine.overview().unwrap();
    assert_eq!(overview.mappings[0].state, MappingState::Attention, "a name was refused");
    assert_eq!(overview.problems, 1);
    assert_eq!((overview.files_left, overview.bytes_left), (0, 0));
    fs::remove_file(desk.path("trip 0/bad:name.jpg")).unwrap();
    engine.sync_once(&id).await.unwrap();
    let overview = engine.overview().unwrap();
    assert_eq!(overview.mappings[0].state, MappingState::UpToDate);
    assert!(overview.mappings[0].mapping.last_success_at.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_edited_replaces_our_own_earlier_version() {
    let desk = Desk::new();
    desk.write("a.jpg", b"first");
    let (engine, id, _) = desk.synced(album("All")).await;
    desk.is_there("a.jpg", "All/a.jpg");
    desk.write("a.jpg", b"second, longer");
    let report = engine.sync_once(&id).await.unwrap();
    assert_eq!(buckets(&report), (1, 1, 0, 0, 0));
    assert_eq!(desk.cloud.names(), ["All/a.jpg"]);
    desk.is_there("a.jpg", "All/a.jpg");
    let kinds: Vec<_> = engine.activity(10, None).unwrap().iter().map(|a| a.kind).collect();
    let wanted = [ActivityKind::Replaced, ActivityKind::Uploaded, ActivityKind::MappingAdded];
    assert_eq!(kinds, wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_put_there_is_never_overwritten() {
    let desk = Desk::new();
    desk.cloud.put("All/new.jpg", b"theirs");
    desk.cloud.put("All/same.jpg", b"the same");
    desk.write("new.jpg", b"ours");
    desk.write("same.jpg", b"the same");
    desk.write("later.jpg", b"one");
    let (engine, id, report) = desk.synced(album("All")).await;
    assert_eq!(buckets(&report), (3, 3, 0, 0, 0));
    let names = desk.cloud.names();
    assert_eq!(names.len(), 4, "{names:?}");
    let beside = names.iter().find(|name| name.contains("(from Anna's PC ")).unwrap();
    desk.is_there("new.jpg", beside);
    assert_eq!(desk.cloud.files()["All/new.jpg"].size, 6);
    assert_eq!(desk.cloud.count(Call::Put), 2, "what is there already is not sent");

    // Edited on both sides: both stay.
    desk.cloud.put("All/later.jpg", b"edited in the cloud");
    desk.write("later.jpg", b"edited on disk, too");
    let report = engine.sync_once(&id).await.unwrap();
    assert_eq!(buckets(&report), (3, 3, 0, 0, 0));
    let beside: Vec<_> =
        desk.cloud.names().into_iter().filter(|n| n.starts_with("All/later (from ")).collect();
    assert_eq!(beside.len(), 1, "{:?}", desk.cloud.names());
    desk.is_there("later.jpg", &beside[0]);
    assert_eq!(engine.verify(&id).await.unwrap().deviations, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_journal_costs_no_second_copy() {
    let desk = Desk::new();
    for n in 0..30 {
        desk.write(&format!("{n}/a.jpg"), &content(n, 500));
    }
    desk.rest();
    let (engine, _, _) = desk.synced(album("All")).await;
    let before = desk.cloud.files();
    assert_eq!(before.len(), 30);
    assert!(before.contains_key("All/a (2).jpg"));
    drop(engine);
    fs::remove_file(desk.journal()).unwrap();
    let _ = fs::remove_file(desk.journal().with_extension("db-wal"));
    let _ = fs::remove_file(desk.journal().with_extension("db-shm"));

    let puts = desk.cloud.count(Call::Put);
    let (_, _, report) = desk.synced(album("All")).await;
    assert_eq!(buckets(&report), (30, 30, 0, 0, 0));
    assert_eq!(desk.cloud.files(), before);
    assert_eq!(desk.cloud.count(Call::Put), puts);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_touched_file_is_read_again_but_not_sent() {
    let desk = Desk::new();
    desk.write("a.jpg", b"content");
    let (engine, id, _) = desk.synced(album("All")).await;
    let file = fs::File::options().write(true).open(desk.path("a.jpg")).unwrap();
    file.set_modified(std::time::SystemTime::now() - Duration::from_secs(86_400)).unwrap();
    drop(file);
    let report = engine.sync_once(&id).await.unwrap();
    assert_eq!(buckets(&report), (1, 1, 0, 0, 0));
    assert_eq!(desk.cloud.count(Call::Put), 1);
    // An edit that puts the old time back is seen all the same.
    let before = fs::metadata(desk.path("a.jpg")).unwrap().modified().unwrap();
    desk.write("a.jpg", b"CONTENT");
    let file = fs::File::options().write(true).open(desk.path("a.jpg")).unwrap();
    file.set_modified(before).unwrap();
    drop(file);
    engine.sync_once(&id).await.unwrap();
    assert_eq!(desk.cloud.count(Call::Put), 2);
    desk.is_there("a.jpg", "All/a.jpg");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_process_is_told_and_mappings_do_not_overlap() {
    let desk = Desk::new();
    desk.write("sub/a.jpg", b"x");
    let engine = desk.engine();
    let clouds = std::sync::Arc::new(crate::cloud::MemoryClouds(desk.cloud.clone()));
    let second = albumen_sync::Engine::open(desk.config(albumen_sync::no_crash()), clouds);
    assert!(matches!(second, Err(Error::InUse(_))));
    let id = desk.map(&engine, Target::Root).await;
    let mut inner = desk.bound(Target::Root);
    inner.folder = desk.path("sub");
    assert!(matches!(engine.add_mapping(inner).await, Err(Error::FolderOverlaps { .. })));
    let mut relative = desk.bound(Target::Root);
    relative.folder = "photos".into();
    assert!(matches!(engine.add_mapping(relative).await, Err(Error::FolderNotAbsolute(_))));
    let mut gone = desk.bound(Target::Root);
    gone.folder = desk.path("gone");
    assert!(matches!(engine.add_mapping(gone).await, Err(Error::FolderMissing(_))));

    engine.sync_once(&id).await.unwrap();
    engine.remove_mapping(&id).await.unwrap();
    assert!(matches!(engine.sync_once(&id).await, Err(Error::NoMapping(_))));
    assert!(desk.path("sub/a.jpg").is_file(), "files stay on disk");
    assert_eq!(desk.cloud.names(), ["a.jpg"], "and in the cloud");
    assert!(!desk.path(".albumen").exists());
    assert_eq!(engine.overview().unwrap().mappings.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn photos_come_newest_first_and_lose_their_facts_when_they_change() {
    let desk = Desk::new();
    for name in ["a.jpg", "b.jpg", "c.jpg"] {
        desk.write(name, name.as_bytes());
    }
    let (engine, id, _) = desk.synced(album("All")).await;
    let waiting = engine.without_facts(NodeId(0), 10).unwrap();
    assert_eq!(waiting.len(), 3);
    let facts = |day| albumen_sync::PhotoFacts {
        day,
        taken_ms: i64::from(day) * 86_400_000,
        offset_min: Some(480),
        from_exif: true,
        video: false,
        width: 400,
        height: 300,
        rgb: [1, 2, 3],
        camera: Some("X100".to_owned()),
    };
    let recorded = waiting.iter().zip([10, 30, 20]).map(|((node, _), day)| (*node, facts(day)));
    engine.record_facts(recorded.collect()).await.unwrap();
    let mut days = Vec::new();
    engine.photo_rows(|row| days.push((row.day, row.rgb))).unwrap();
    assert_eq!(days, [(30, [1, 2, 3]), (20, [1, 2, 3]), (10, [1, 2, 3])]);
    let detail = engine.photo(waiting[0].0).unwrap();
    assert_eq!(detail.facts, Some(facts(10)));
    assert_eq!(detail.target.as_deref(), Some("All/a.jpg"));
    desk.write("a.jpg", b"another picture");
    engine.sync_once(&id).await.unwrap();
    assert_eq!(engine.photo_count().unwrap(), 2);
    assert_eq!(engine.without_facts(NodeId(0), 10).unwrap().len(), 1);
}
