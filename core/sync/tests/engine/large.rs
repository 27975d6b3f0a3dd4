//! Large files: in parts, renewed in time, with little memory.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use albumen_sync::{CrashPoint, cloud::CloudErrorKind as Kind};

use crate::{
    cloud::Call,
    kit::{Desk, album, buckets, content},
};

fn desk() -> Desk {
    let mut desk = Desk::new();
    desk.limits.simple_max = 64 * 1024;
    desk.limits.part_min = 16 * 1024;
    desk
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_are_put_together_in_order() {
    let desk = desk();
    // Whole parts, a short last part, just above the limit, just at it.
    for (n, len) in [64 * 1024 + 1, 160 * 1024, 163 * 1024 + 5, 64 * 1024].into_iter().enumerate() {
        desk.write(&format!("{n}.mp4"), &content(n, len));
    }
    desk.rest();
    let (_, _, report) = desk.synced(album("All")).await;
    assert_eq!(buckets(&report), (4, 4, 0, 0, 0));
    for n in 0..4 {
        desk.is_there(&format!("{n}.mp4"), &format!("All/{n}.mp4"));
    }
    assert_eq!(desk.cloud.count(Call::Part), 5 + 10 + 11);
    assert_eq!(desk.cloud.count(Call::Put), 1);
    let sent = desk.cloud.bytes_put.load(Ordering::Relaxed);
    assert_eq!(sent, report.bytes, "every byte is sent once");
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_are_renewed_before_they_end() {
    let mut desk = desk();
    desk.limits.renew_after = Duration::ZERO;
    desk.write("film.mp4", &content(1, 160 * 1024));
    desk.rest();
    let (_, _, report) = desk.synced(album("All")).await;
    assert_eq!(buckets(&report), (1, 1, 0, 0, 0));
    assert!(desk.cloud.count(Call::Renew) >= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_the_service_forgot_begins_again() {
    let desk = desk();
    desk.write("film.mp4", &content(1, 160 * 1024));
    desk.rest();
    desk.cloud.fail_later(Call::Part, albumen_sync::cloud::CloudErrorKind::Missing, 4, 1);
    let (_, _, report) = desk.synced(album("All")).await;
    assert_eq!(buckets(&report), (1, 1, 0, 0, 0));
    assert_eq!(desk.cloud.count(Call::Begin), 2);
    desk.is_there("film.mp4", "All/film.mp4");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_budget_slows_and_stops_nothing() {
    let mut desk = desk();
    desk.limits.buffer_bytes = 64 * 1024;
    for n in 0..20 {
        desk.write(&format!("{n}.jpg"), &content(n, 60 * 1024));
    }
    desk.write("film.mp4", &content(99, 300 * 1024));
    desk.rest();
    let (_, _, report) = desk.synced(album("All")).await;
    assert_eq!(buckets(&report), (21, 21, 0, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_replaced_when_all_is_sent_is_sent_anew() {
    for (story, len) in [("in parts", 160 * 1024), ("in one piece", 10 * 1024)] {
        let desk = desk();
        desk.write("film.mp4", &content(1, len));
        let aside = tempfile::tempdir_in(desk.folder.path().parent().unwrap()).unwrap();
        let newer = aside.path().join("newer.mp4");
        fs::write(&newer, content(2, len)).unwrap();
        desk.rest();
        let (film, done) = (desk.path("film.mp4"), AtomicBool::new(false));
        let engine = desk.engine_with(Arc::new(move |point| {
            if point == CrashPoint::Sent && !done.swap(true, Ordering::Relaxed) {
                fs::rename(&newer, &film).unwrap();
            }
            false
        }));
        let id = desk.map(&engine, album("All")).await;
        let report = engine.sync_once(&id).await.unwrap();
        assert_eq!(buckets(&report), (1, 1, 0, 0, 0), "{story}");
        desk.is_there("film.mp4", "All/film.mp4");
        assert_eq!(desk.cloud.count(Call::Confirm), 1, "{story}: the older content was confirmed");
        assert_eq!(desk.cloud.sessions(), 0, "{story}: the older session was given up");
    }
}

/// A device that is revoked in the middle and signed in again, with what strikes the adoption.
async fn goes_on(strike: impl FnOnce(&Desk)) -> Desk {
    let desk = desk();
    desk.write("film.mp4", &content(1, 160 * 1024));
    desk.rest();
    desk.cloud.fail_later(Call::Part, Kind::Revoked, 6, 100);
    let (engine, _, report) = desk.synced(album("All")).await;
    assert_eq!(report.verified, 0);
    drop(engine);
    desk.cloud.state().faults.clear();
    desk.cloud.fence();
    strike(&desk);
    let engine = desk.engine();
    let id = engine.mappings().unwrap()[0].id.clone();
    let report = engine.sync_once(&id).await.unwrap();
    assert_eq!(buckets(&report), (1, 1, 0, 0, 0));
    desk.is_there("film.mp4", "All/film.mp4");
    desk
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_was_revoked_and_is_back_sends_no_part_twice() {
    let desk = goes_on(|_| {}).await;
    assert_eq!(desk.cloud.count(Call::Begin), 1);
    assert_eq!(desk.cloud.count(Call::Adopt), 1);
    let sent = desk.cloud.bytes_put.load(Ordering::Relaxed);
    assert_eq!(sent, 160 * 1024, "every byte is sent once");
    assert_eq!(desk.cloud.sessions(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_adoption_whose_answer_was_lost_is_asked_for_again() {
    let desk = goes_on(|desk| desk.cloud.fail(Call::Adopt, Kind::Lost, true, 1)).await;
    assert_eq!(desk.cloud.count(Call::Begin), 1);
    assert_eq!(desk.cloud.count(Call::Adopt), 2);
    assert_eq!(desk.cloud.bytes_put.load(Ordering::Relaxed), 160 * 1024);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_adoption_it_begins_anew() {
    let desk = goes_on(|desk| desk.cloud.fail(Call::Adopt, Kind::Missing, false, 1)).await;
    assert_eq!(desk.cloud.count(Call::Begin), 2);
    assert_eq!(desk.cloud.sessions(), 1, "the fenced one, which the service forgets in a day");
}
