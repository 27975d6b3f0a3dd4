//! Lost answers, refusals, lies and outages: nothing is lost, nothing is there twice, and people
//! are told what is the matter.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use albumen_sync::{CrashPoint, CrashSeam, MappingState, cloud::CloudErrorKind as Kind, no_crash};

use crate::{
    cloud::Call,
    kit::{Desk, album, buckets, content, run, until},
};

/// Ten files through a cloud with this fault.
async fn all_arrive(story: &str, fault: impl FnOnce(&Desk)) {
    let mut desk = Desk::new();
    desk.limits.simple_max = 64 * 1024;
    desk.limits.part_min = 16 * 1024;
    for n in 0..9 {
        desk.write(&format!("{n}.jpg"), &content(n, 700));
    }
    desk.write("film.mp4", &content(9, 100 * 1024));
    desk.rest();
    fault(&desk);
    let (engine, id, report) = desk.synced(album("All")).await;
    assert_eq!(buckets(&report), (10, 10, 0, 0, 0), "{story}");
    let names = desk.cloud.names();
    assert_eq!(names.len(), 10, "{story}: {names:?}");
    assert_eq!(engine.verify(&id).await.unwrap().equal, 10, "{story}");
    assert_eq!(engine.problems(None).unwrap(), [], "{story}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_answers_lead_to_no_second_file() {
    for call in [Call::Begin, Call::Put, Call::Part, Call::Confirm, Call::Mkdir, Call::Info] {
        let story = format!("{call:?} is done, its answer lost");
        all_arrive(&story, |desk| desk.cloud.fail(call, Kind::Lost, true, 3)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_that_pass_are_waited_out() {
    for call in [Call::Begin, Call::Put, Call::Part, Call::Confirm, Call::Mkdir, Call::List] {
        for kind in [Kind::Lost, Kind::Busy, Kind::Offline] {
            let story = format!("{call:?} is {kind:?}");
            all_arrive(&story, |desk| desk.cloud.fail(call, kind, false, 3)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_signatures_are_replaced() {
    for call in [Call::Put, Call::Part] {
        let story = format!("{call:?} is refused as expired");
        all_arrive(&story, |desk| desk.cloud.fail(call, Kind::Expired, false, 2)).await;
        let story = format!("{call:?} finds no upload");
        all_arrive(&story, |desk| desk.cloud.fail(call, Kind::Missing, false, 2)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_took_other_bytes_is_asked_again() {
    all_arrive("one lie", |desk| desk.cloud.lie(1)).await;
    for kind in [Kind::BadCrc, Kind::Incomplete, Kind::Missing, Kind::AlreadyConfirmed] {
        let story = format!("confirm says {kind:?}");
        all_arrive(&story, |desk| desk.cloud.fail(Call::Confirm, kind, false, 2)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_refused_holds_up_no_other() {
    let desk = Desk::new();
    for n in 0..5 {
        desk.write(&format!("{n}.jpg"), &content(n, 100));
    }
    desk.rest();
    desk.cloud.fail(Call::Begin, Kind::TypeRefused, false, 1);
    let (engine, id, report) = desk.synced(album("All")).await;
    assert_eq!(buckets(&report), (5, 4, 0, 0, 1));
    let problem = engine.problems(Some(&id)).unwrap().remove(0);
    assert_eq!(problem.code, "file_type_not_allowed");
    assert!(problem.next_at.is_some());
    engine.retry_problem(problem.id).await.unwrap();
    let report = engine.sync_once(&id).await.unwrap();
    assert_eq!(buckets(&report), (5, 5, 0, 0, 0));
    assert_eq!(engine.problems(None).unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_device_stops_and_keeps_its_queue() {
    let desk = Desk::new();
    for n in 0..300 {
        desk.write(&format!("{n}.jpg"), &content(n, 100));
    }
    desk.rest();
    desk.cloud.fail_later(Call::Begin, Kind::Revoked, 10, 400);
    let engine = desk.engine();
    desk.map(&engine, album("All")).await;
    let running = run(&engine);
    let state = || engine.overview().unwrap().mappings[0].state;
    until("the revocation is told", || state() == MappingState::BlockedRevoked).await;
    tokio::time::sleep(Duration::from_millis(150)).await;
    let begins = desk.cloud.count(Call::Begin);
    assert!(begins < 150, "only what was under way asked: {begins}");
    let counts = engine.overview().unwrap().mappings[0].counts;
    assert_eq!(counts.pending.files + counts.verified.files, 300);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(desk.cloud.count(Call::Begin), begins, "it does not try by itself");
    drop(running);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_waited_out_and_told() {
    let desk = Desk::new();
    for n in 0..20 {
        desk.write(&format!("{n}.jpg"), &content(n, 100));
    }
    desk.rest();
    desk.cloud.fail_all(Some(Kind::Offline));
    let engine = desk.engine();
    let id = desk.map(&engine, album("All")).await;
    let _running = run(&engine);
    let state = || engine.overview().unwrap().mappings[0].state;
    until("the outage is told", || state() == MappingState::WaitingOffline).await;
    let counts = engine.overview().unwrap().mappings[0].counts;
    assert_eq!((counts.pending.files, counts.failed.files), (20, 0));
    desk.cloud.fail_all(None);
    until("all arrive", || engine.overview().unwrap().mappings[0].counts.verified.files == 20)
        .await;
    let report = engine.sync_once(&id).await.unwrap();
    assert_eq!(buckets(&report), (20, 20, 0, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_space_is_told_and_tried_again_later() {
    let desk = Desk::new();
    desk.write("a.jpg", b"a");
    desk.rest();
    desk.cloud.fail(Call::Begin, Kind::Quota, false, 1);
    let (engine, id, report) = desk.synced(album("All")).await;
    assert_eq!(buckets(&report), (1, 0, 0, 0, 1));
    assert_eq!(engine.problems(None).unwrap()[0].code, "quota_reached");
    assert_eq!(engine.overview().unwrap().mappings[0].state, MappingState::BlockedQuota);
    let report = engine.sync_once(&id).await.unwrap();
    assert_eq!(buckets(&report), (1, 1, 0, 0, 0));
}

/// A run that is to end, which meets something that stops it while others still wait for their
/// turn.
async fn ends(story: &str, desk: &Desk, crash: CrashSeam) -> MappingState {
    for n in 0..60 {
        desk.write(&format!("{n}.jpg"), &content(n, 100));
    }
    desk.rest();
    let engine = desk.engine_with(crash);
    let id = desk.map(&engine, album("All")).await;
    let run = tokio::time::timeout(Duration::from_secs(10), engine.sync_once(&id)).await;
    let report = run.unwrap_or_else(|_| panic!("never ends: {story}")).unwrap();
    assert_eq!(report.files, 60, "{story}");
    assert!(report.verified < 60, "{story}: it was to be stopped");
    engine.overview().unwrap().mappings[0].state
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_stopped_in_the_middle_ends() {
    for (kind, state) in [
        (Kind::Revoked, MappingState::BlockedRevoked),
        (Kind::Quota, MappingState::BlockedQuota),
        (Kind::Offline, MappingState::WaitingOffline),
    ] {
        let desk = Desk::new();
        desk.cloud.fail_later(Call::Begin, kind, 10, 1000);
        assert_eq!(ends(&format!("{kind:?}"), &desk, no_crash()).await, state);
    }
    let desk = Desk::new();
    let (folder, aside) = (desk.folder.path().to_owned(), tempfile::tempdir().unwrap());
    let (moved, sent) = (aside.path().join("moved"), AtomicU32::new(0));
    let vanish: CrashSeam = Arc::new(move |point| {
        if point == CrashPoint::Sent && sent.fetch_add(1, Ordering::Relaxed) == 10 {
            fs::rename(&folder, &moved).unwrap();
        }
        false
    });
    let state = ends("the folder vanishes", &desk, vanish).await;
    assert_eq!(state, MappingState::BlockedFolderMissing);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_vanishes_concludes_nothing() {
    let desk = Desk::new();
    for n in 0..10 {
        desk.write(&format!("{n}.jpg"), &content(n, 100));
    }
    let (engine, id, _) = desk.synced(album("All")).await;
    let aside = tempfile::tempdir().unwrap();
    fs::rename(desk.folder.path(), aside.path().join("moved")).unwrap();
    for _ in 0..2 {
        let report = engine.sync_once(&id).await.unwrap();
        assert_eq!(report.verified, 10);
        let state = engine.overview().unwrap().mappings[0].state;
        assert_eq!(state, MappingState::BlockedFolderMissing);
        // The second time there is an empty folder, as under a mount that is gone.
        let _ = fs::create_dir(desk.folder.path());
    }
    fs::remove_dir(desk.folder.path()).unwrap();
    fs::rename(aside.path().join("moved"), desk.folder.path()).unwrap();
    let report = engine.sync_once(&id).await.unwrap();
    assert_eq!(buckets(&report), (10, 10, 0, 0, 0));
    assert_eq!(desk.cloud.count(Call::Put), 10);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_read_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    desk.write("a.jpg", b"a");
    desk.write("closed.jpg", b"b");
    fs::set_permissions(desk.path("closed.jpg"), fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(desk.path("closed.jpg")).is_ok() {
        // Whoever may read everything cannot see this.
        return;
    }
    let (engine, _, report) = desk.synced(album("All")).await;
    assert_eq!(buckets(&report), (2, 1, 0, 0, 1));
    assert_eq!(engine.problems(None).unwrap()[0].code, "file_unreadable");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_being_written_waits_until_it_is_whole() {
    use std::io::Write;
    let desk = Desk::new();
    let mut file = fs::File::create(desk.path("growing.jpg")).unwrap();
    file.write_all(b"half").unwrap();
    let engine = desk.engine();
    let id = desk.map(&engine, album("All")).await;
    let _running = run(&engine);
    tokio::time::sleep(Duration::from_millis(250)).await;
    assert_eq!(desk.cloud.names(), Vec::<String>::new(), "half a file is no file");
    file.write_all(b" and the other half").unwrap();
    drop(file);
    engine.sync_once(&id).await.unwrap();
    desk.is_there("growing.jpg", "All/growing.jpg");
}

#[tokio::test(flavor = "multi_thread")]
async fn paused_means_nothing_moves() {
    let desk = Desk::new();
    for n in 0..10 {
        desk.write(&format!("{n}.jpg"), &content(n, 100));
    }
    desk.rest();
    let engine = desk.engine();
    let id = desk.map(&engine, album("All")).await;
    engine.pause(&id).await.unwrap();
    let _running = run(&engine);
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert_eq!(desk.cloud.count(Call::Begin), 0);
    assert_eq!(engine.overview().unwrap().state, MappingState::Paused);
    engine.resume(&id).await.unwrap();
    until("all arrive", || desk.cloud.names().len() == 10).await;
}
