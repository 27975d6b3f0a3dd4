//! A running engine hears of changes, by hand and from the real system, and survives a deaf
//! watcher.

use std::{
    fs,
    sync::Arc,
    time::{Duration, Instant},
};

use albumen_sync::{
    Limits, LocalPath, MappingState, Target,
    watch::{Hint, NotifyWatcher, SimulatedWatcher},
};

use crate::kit::{Desk, album, content, run, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_new_photo_arrives_within_three_seconds_with_the_real_watcher_and_waits() {
    let mut desk = Desk::new();
    desk.limits = Limits::default();
    desk.watcher = Arc::new(NotifyWatcher);
    desk.write("trip/a.jpg", b"first");
    let engine = desk.engine();
    desk.map(&engine, Target::PerFolder).await;
    let _running = run(&engine);
    until("the first is there", || desk.cloud.names().len() == 1).await;
    let state = || engine.overview().unwrap().mappings[0].state;
    until("green", || state() == MappingState::UpToDate).await;

    let begun = Instant::now();
    desk.write("trip/b.jpg", &content(2, 300_000));
    until("the second is there", || desk.cloud.names().len() == 2).await;
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    desk.is_there("trip/b.jpg", "trip/b.jpg");

    // A folder that appears with files in it, before anybody can watch it.
    let begun = Instant::now();
    let aside = tempfile::tempdir_in(desk.folder.path().parent().unwrap()).unwrap();
    fs::create_dir(aside.path().join("new")).unwrap();
    fs::write(aside.path().join("new/c.jpg"), b"third").unwrap();
    fs::rename(aside.path().join("new"), desk.path("new")).unwrap();
    until("the third is there", || desk.cloud.names().len() == 3).await;
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn hints_lead_to_looks_and_missed_ones_to_a_look_at_everything() {
    let mut desk = Desk::new();
    let watcher = SimulatedWatcher::default();
    let hand = watcher.hand();
    desk.watcher = Arc::new(watcher);
    let engine = desk.engine();
    desk.map(&engine, album("All")).await;
    let _running = run(&engine);
    let state = || engine.overview().unwrap().mappings[0].state;
    until("green", || state() == MappingState::UpToDate).await;

    desk.write("a.jpg", b"a");
    desk.write("b.jpg", b"b");
    hand.give(&Hint::At(LocalPath::from("a.jpg")));
    until("a is there", || desk.cloud.names() == ["All/a.jpg"]).await;
    hand.give(&Hint::Missed);
    until("b is found", || desk.cloud.names().len() == 2).await;

    // The watcher dies: it is started anew, and what happened meanwhile is found.
    desk.write("c.jpg", b"c");
    hand.die();
    until("c is found", || desk.cloud.names().len() == 3).await;
    until("somebody watches again", || hand.watching() == 1).await;
    until("green again", || state() == MappingState::UpToDate).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_can_be_watched_the_folder_is_scanned_often_and_people_are_told() {
    let mut desk = Desk::new();
    desk.watcher = Arc::new(SimulatedWatcher::refusing());
    desk.limits.poll_every = Duration::from_millis(100);
    desk.write("a.jpg", b"a");
    let engine = desk.engine();
    desk.map(&engine, album("All")).await;
    let _running = run(&engine);
    until("a is there", || desk.cloud.names().len() == 1).await;
    desk.write("b.jpg", b"b");
    until("b is found", || desk.cloud.names().len() == 2).await;
    let view = engine.overview().unwrap().mappings.remove(0);
    assert!(!view.watcher_healthy);
    assert_ne!(view.state, MappingState::UpToDate, "not green without a watcher");
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_are_told_at_most_four_times_a_second() {
    let desk = Desk::new();
    for n in 0..200 {
        desk.write(&format!("{n}.jpg"), &content(n, 100));
    }
    desk.rest();
    let engine = desk.engine();
    desk.map(&engine, album("All")).await;
    let mut changes = engine.subscribe();
    let _running = run(&engine);
    let begun = Instant::now();
    let mut told = 0;
    loop {
        let overview = changes.next().await.unwrap();
        told += 1;
        if overview.mappings[0].counts.verified.files == 200 {
            break;
        }
    }
    let most = begun.elapsed().as_millis() / 250 + 1;
    assert!(told <= most, "{told} times, at most {most}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mapping_added_and_removed_while_running_is_picked_up() {
    let desk = Desk::new();
    desk.write("a.jpg", b"a");
    let engine = desk.engine();
    let _running = run(&engine);
    let id = desk.map(&engine, album("All")).await;
    until("a is there", || desk.cloud.names().len() == 1).await;
    let report = engine.sync_once(&id).await.unwrap();
    assert_eq!(report.verified, 1, "a run by hand waits for the running engine");
    engine.remove_mapping(&id).await.unwrap();
    desk.write("b.jpg", b"b");
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(desk.cloud.names(), ["All/a.jpg"]);
}
