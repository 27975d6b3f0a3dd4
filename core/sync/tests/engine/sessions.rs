//! Upload sessions that come to nothing: the journal knows each before a byte of it is sent, and
//! each is ended, so that no object stays in the bucket as part of no file.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use albumen_sync::{CrashPoint, cloud::CloudErrorKind as Kind};

use crate::{
    cloud::Call,
    kit::{Desk, album, buckets, content},
};

const NOTHING: [&str; 0] = [];

/// The session that the journal holds for whoever starts next.
fn noted(journal: &std::path::Path, key: &str) -> bool {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let conn = rusqlite::Connection::open_with_flags(journal, flags).unwrap();
    let mut rows = conn.prepare("SELECT 1 FROM intent WHERE confirm_key = ?1").unwrap();
    rows.exists([key]).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_journal_knows_a_session_before_a_byte_is_sent_to_it() {
    let desk = Desk::new();
    for n in 0..40 {
        desk.write(&format!("{n}.jpg"), &content(n, 300));
    }
    desk.rest();
    let (journal, unknown) = (desk.journal(), Arc::new(AtomicU32::new(0)));
    let counter = Arc::clone(&unknown);
    desk.cloud.before_put(move |_, key| {
        counter.fetch_add(u32::from(!noted(&journal, key)), Ordering::Relaxed);
    });
    let (_, _, report) = desk.synced(album("All")).await;
    assert_eq!(buckets(&report), (40, 40, 0, 0, 0));
    assert_eq!(unknown.load(Ordering::Relaxed), 0, "a kill here would have left an object");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_the_service_did_not_hear_is_told_again() {
    for kind in [Kind::Lost, Kind::Busy, Kind::Offline, Kind::TokenInvalid] {
        let desk = Desk::new();
        desk.write("a.jpg", b"first");
        desk.rest();
        let id = desk.ends_at(CrashPoint::Confirming, 1).await;
        assert_eq!(desk.cloud.strays().len(), 1);
        desk.write("a.jpg", b"second");
        desk.rest();
        desk.cloud.fail(Call::Cancel, kind, false, 2);
        let engine = desk.engine();
        for _ in 0..3 {
            engine.sync_once(&id).await.unwrap();
        }
        assert_eq!(desk.cloud.strays(), NOTHING, "{kind:?}");
        desk.is_there("a.jpg", "All/a.jpg");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_cannot_be_ended_holds_up_no_file() {
    for kind in [Kind::NoPermission, Kind::Missing, Kind::AlreadyConfirmed, Kind::Fault] {
        let desk = Desk::new();
        desk.write("a.jpg", b"content");
        desk.rest();
        let id = desk.ends_at(CrashPoint::Confirming, 1).await;
        desk.cloud.fail(Call::Cancel, kind, false, 1);
        let report = desk.engine().sync_once(&id).await.unwrap();
        assert_eq!(buckets(&report), (1, 1, 0, 0, 0), "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_session_before_is_ended_when_another_takes_its_place() {
    // It arrived, but its answer was lost, and the next send was refused.
    let desk = Desk::new();
    desk.write("a.jpg", b"content");
    desk.cloud.fail(Call::Put, Kind::Lost, true, 1);
    desk.cloud.fail(Call::Put, Kind::Expired, false, 1);
    let (_, _, report) = desk.synced(album("All")).await;
    assert_eq!(buckets(&report), (1, 1, 0, 0, 0));
    assert_eq!((desk.cloud.count(Call::Begin), desk.cloud.strays().len()), (2, 0));

    // Somebody removed the album after begin: confirm finds no place for the file.
    let desk = Desk::new();
    desk.write("a.jpg", b"content");
    let first = AtomicU32::new(0);
    desk.cloud.before_put(move |cloud, _| {
        if first.fetch_add(1, Ordering::Relaxed) == 0 {
            cloud.delete_directory("All");
        }
    });
    let (_, _, report) = desk.synced(album("All")).await;
    assert_eq!(buckets(&report), (1, 1, 0, 0, 0));
    // The second begin hears that the album is gone.
    assert_eq!((desk.cloud.count(Call::Begin), desk.cloud.strays().len()), (3, 0));

    for kind in [Kind::BadCrc, Kind::Incomplete] {
        let desk = Desk::new();
        desk.write("a.jpg", b"content");
        desk.cloud.fail(Call::Confirm, kind, false, 1);
        desk.cloud.fail(Call::Cancel, Kind::Lost, false, 1);
        let (_, _, report) = desk.synced(album("All")).await;
        assert_eq!(buckets(&report), (1, 1, 0, 0, 0), "{kind:?}");
        assert_eq!(desk.cloud.strays(), NOTHING, "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_device_brought_meanwhile_ends_ours() {
    for (story, len) in [("in one piece", 900), ("in parts", 160 * 1024)] {
        let mut desk = Desk::new();
        desk.limits.simple_max = 64 * 1024;
        desk.limits.part_min = 16 * 1024;
        desk.write("a.mp4", &content(1, len));
        desk.rest();
        for point in [CrashPoint::Confirming, CrashPoint::Sent] {
            let id = desk.ends_at(point, 1).await;
            desk.cloud.put("All/a.mp4", &content(1, len));
            assert_eq!(desk.cloud.strays().len(), 1, "{story}");
            let engine = desk.engine();
            let report = engine.sync_once(&id).await.unwrap();
            assert_eq!(buckets(&report), (1, 1, 0, 0, 0), "{story}");
            assert_eq!(desk.cloud.names(), ["All/a.mp4"], "{story}");
            assert_eq!(desk.cloud.strays(), NOTHING, "{story}, {point:?}");
            engine.remove_mapping(&id).await.unwrap();
            desk.cloud.delete("All/a.mp4");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_left_while_it_waited_leaves_no_session() {
    let desk = Desk::new();
    desk.write("a.jpg", b"content");
    desk.cloud.fail(Call::Confirm, Kind::Quota, false, 1);
    let (engine, id, report) = desk.synced(album("All")).await;
    assert_eq!((report.failed, desk.cloud.strays().len()), (1, 1));
    fs::remove_file(desk.path("a.jpg")).unwrap();
    engine.sync_once(&id).await.unwrap();
    assert_eq!(desk.cloud.strays(), NOTHING);
    assert_eq!(desk.cloud.names(), NOTHING);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_of_a_file_that_left_is_taken_for_no_other_file() {
    let desk = Desk::new();
    desk.write("a.jpg", b"of a");
    desk.rest();
    let id = desk.ends_at(CrashPoint::Confirmed, 1).await;
    assert_eq!(desk.cloud.names(), ["All/a.jpg"]);
    fs::remove_file(desk.path("a.jpg")).unwrap();
    desk.write("b.jpg", b"of b");
    desk.rest();
    let report = desk.engine().sync_once(&id).await.unwrap();
    assert_eq!(buckets(&report), (1, 1, 0, 0, 0));
    assert_eq!(desk.cloud.names(), ["All/a.jpg", "All/b.jpg"], "the backup of a file that left");
    desk.is_there("b.jpg", "All/b.jpg");
}
