//! A sudden end at each of the twelve points of an upload: whoever opens the journal again ends
//! with each file once, verified.

use albumen_sync::{CrashPoint, no_crash};

use crate::{
    cloud::Call,
    kit::{Desk, buckets, content},
};

/// Runs until the point stands still, ends suddenly, runs again.
async fn ends_well(point: CrashPoint, nth: u32, large: bool) {
    let mut desk = Desk::new();
    desk.limits.simple_max = 64 * 1024;
    desk.limits.part_min = 16 * 1024;
    let sizes = if large { vec![150 * 1024 + 7] } else { vec![900; 12] };
    for (n, size) in sizes.iter().enumerate() {
        desk.write(&format!("{n}.jpg"), &content(n, *size));
    }
    if point == CrashPoint::Adopting {
        desk.cloud.put("All/0.jpg", &content(0, sizes[0]));
    }
    desk.rest();
    let id = desk.ends_at(point, nth).await;
    let engine = desk.engine_with(no_crash());
    let report = engine.sync_once(&id).await.unwrap();
    let count = sizes.len() as u64;
    assert_eq!(buckets(&report), (count, count, 0, 0, 0), "{point:?}");
    assert_eq!(desk.cloud.names().len(), sizes.len(), "{point:?}: {:?}", desk.cloud.names());
    for n in 0..sizes.len() {
        desk.is_there(&format!("{n}.jpg"), &format!("All/{n}.jpg"));
    }
    assert_eq!(engine.verify(&id).await.unwrap().equal, count);
    assert_eq!(desk.cloud.strays(), Vec::<String>::new(), "{point:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sudden_end_is_harmless_at_every_point_of_a_small_upload() {
    for point in CrashPoint::ALL {
        if *point == CrashPoint::PartUnsaved {
            continue;
        }
        for nth in [1, 3] {
            let nth =
                if matches!(point, CrashPoint::ScanBatch | CrashPoint::Adopting) { 1 } else { nth };
            ends_well(*point, nth, false).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sudden_end_is_harmless_at_every_point_of_an_upload_in_parts() {
    for point in CrashPoint::ALL {
        let nth =
            if matches!(point, CrashPoint::Sending | CrashPoint::PartUnsaved) { 5 } else { 1 };
        ends_well(*point, nth, true).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_edited_after_a_sudden_end_replaces_what_had_arrived() {
    let desk = Desk::new();
    desk.write("a.jpg", b"first");
    desk.rest();
    let id = desk.ends_at(CrashPoint::Confirmed, 1).await;
    assert_eq!(desk.cloud.names(), ["All/a.jpg"]);
    desk.write("a.jpg", b"second");
    let engine = desk.engine();
    engine.sync_once(&id).await.unwrap();
    assert_eq!(desk.cloud.names(), ["All/a.jpg"], "our own upload is known as ours");
    desk.is_there("a.jpg", "All/a.jpg");
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_that_arrived_before_a_sudden_end_are_not_sent_again() {
    let mut desk = Desk::new();
    desk.limits.simple_max = 64 * 1024;
    desk.limits.part_min = 16 * 1024;
    desk.limits.parts_in_flight = 1;
    desk.write("film.mp4", &content(7, 10 * 16 * 1024));
    desk.rest();
    let id = desk.ends_at(CrashPoint::Sending, 8).await;
    assert_eq!(desk.cloud.count(Call::Part), 7);
    let engine = desk.engine();
    let report = engine.sync_once(&id).await.unwrap();
    assert_eq!(buckets(&report), (1, 1, 0, 0, 0));
    assert_eq!(desk.cloud.count(Call::Part), 10, "three were missing");
    assert_eq!(desk.cloud.count(Call::Begin), 1, "the same session went on");
    desk.is_there("film.mp4", "All/film.mp4");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_that_changed_meanwhile_begins_anew() {
    let mut desk = Desk::new();
    desk.limits.simple_max = 64 * 1024;
    desk.limits.part_min = 16 * 1024;
    desk.write("film.mp4", &content(7, 10 * 16 * 1024));
    desk.rest();
    let id = desk.ends_at(CrashPoint::PartUnsaved, 6).await;
    desk.write("film.mp4", &content(8, 10 * 16 * 1024));
    let engine = desk.engine();
    engine.sync_once(&id).await.unwrap();
    desk.is_there("film.mp4", "All/film.mp4");
    assert_eq!(desk.cloud.sessions(), 0, "the old session was given up");
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_without_a_file_are_given_up_at_the_next_start() {
    let mut desk = Desk::new();
    desk.limits.simple_max = 64 * 1024;
    desk.limits.part_min = 16 * 1024;
    desk.write("film.mp4", &content(7, 10 * 16 * 1024));
    desk.rest();
    let id = desk.ends_at(CrashPoint::PartUnsaved, 3).await;
    assert_eq!(desk.cloud.sessions(), 1);
    std::fs::remove_file(desk.path("film.mp4")).unwrap();
    let engine = desk.engine();
    engine.sync_once(&id).await.unwrap();
    engine.sync_once(&id).await.unwrap();
    assert_eq!(desk.cloud.sessions(), 0);
    assert_eq!(desk.cloud.names(), Vec::<String>::new());
}
