//! The store, the library service or all of them go away in the middle of a sync and come back:
//! every file is verified in the end, and is there once.

use std::time::{Duration, Instant};

use albumen_tests::world::{Front, Services};
use albumen_tests::{Device, Smh, World, photos};

use super::assert_there_once;

/// Four parts: large enough to be cut in the middle of one.
const FILM_BYTES: usize = 32 << 20;
/// Where it is cut: the first part is through, the second is not.
const CUT_AT: u64 = 10 << 20;
/// How long something is away: long enough for more than one try.
const AWAY: Duration = Duration::from_millis(700);

/// A film and some photographs to send, services behind proxies.
struct Stage {
    world: World,
    services: Services,
    front: Front,
    laptop: Device,
}

impl Stage {
    async fn set() -> Self {
        let mut world = World::new();
        let (services, front) = world.serve_behind_proxies().await;
        let laptop = world.device("laptop");
        laptop.photos(12);
        laptop.write("film.mp4", &photos::film(1, FILM_BYTES));
        laptop.set_up(&services, "Trip");
        front.store.reset_counts();
        Self { world, services, front, laptop }
    }

    fn is_in_the_middle(&self) -> bool {
        self.front.store.counts().up > CUT_AT
    }

    async fn assert_done(&self) {
        let cloud = Smh::admin(&self.services).await;
        assert_there_once(&cloud, "Trip", &self.laptop).await;
        // Nothing is left to do, and doing it again does nothing.
        self.front.store.reset_counts();
        assert_eq!(self.laptop.sync_all().files, 13);
        assert_eq!(self.front.store.counts().up, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_goes_away_in_the_middle_of_an_upload() {
    let mut stage = Stage::set().await;
    let mut sync = stage.laptop.begin_sync();
    sync.until("the upload is under way", || stage.is_in_the_middle());
    stage.front.store.switch_off().await;
    tokio::time::sleep(AWAY).await;
    stage.front.store.switch_on().await;
    assert_eq!(sync.end().is(0).report().verified, 13);
    stage.assert_done().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_connection_breaks_in_the_middle_of_a_part() {
    let stage = Stage::set().await;
    stage.front.store.cut_after(CUT_AT);
    assert_eq!(stage.laptop.sync_all().verified, 13);
    stage.assert_done().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_library_service_goes_away_in_the_middle_of_an_upload() {
    let mut stage = Stage::set().await;
    let mut sync = stage.laptop.begin_sync();
    sync.until("the upload is under way", || stage.is_in_the_middle());
    stage.front.hosting.switch_off().await;
    tokio::time::sleep(AWAY).await;
    stage.front.hosting.switch_on().await;
    assert_eq!(sync.end().is(0).report().verified, 13);
    stage.assert_done().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_services_are_killed_and_started_again_in_the_middle_of_an_upload() {
    let mut stage = Stage::set().await;
    let mut sync = stage.laptop.begin_sync();
    sync.until("the upload is under way", || stage.is_in_the_middle());
    stage.world.stop_serving();
    stage.services = stage.world.serve_again(&stage.front);
    assert_eq!(sync.end().is(0).report().verified, 13);
    stage.assert_done().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_any_service_a_sync_says_so_and_a_later_one_makes_up_for_it() {
    let mut stage = Stage::set().await;
    stage.world.stop_serving();
    // It waits a while for them to come back before it gives up.
    let start = Instant::now();
    let ended = stage.laptop.run(&["sync", "--once", "--wait", "3"]).is(5);
    assert!(start.elapsed() >= Duration::from_secs(3), "{:?}", start.elapsed());
    assert_eq!(ended.error(), "server_unreachable");
    stage.services = stage.world.serve_again(&stage.front);
    assert_eq!(stage.laptop.sync_all().verified, 13);
    stage.assert_done().await;
}

#[tokio::test]
async fn a_full_disk_at_the_store_is_said_and_freed_space_is_used() {
    // The store leaves 64 MiB of every disk free; with the ballast no part of a film fits.
    const DISK_MIB: u32 = 160;
    const BALLAST_BYTES: usize = 92 << 20;
    let mut world = World::new();
    let Some((services, disk)) = world.serve_on_small_disk(DISK_MIB) else {
        // The store's own tests fill a disk by a seam; here it takes a system that lends one.
        return;
    };
    let laptop = world.device("laptop");
    laptop.photos(3);
    laptop.set_up(&services, "Trip");
    laptop.sync_all();
    let ballast = disk.join("ballast");
    std::fs::write(&ballast, photos::film(9, BALLAST_BYTES)).expect("the disk can be written");

    laptop.write("film.mp4", &photos::film(1, FILM_BYTES));
    for index in 0..12 {
        laptop.write(&format!("short-{index}.mp4"), &photos::film(20 + index, 4 << 20));
    }
    // Waiting does not help, so it does not wait.
    let start = Instant::now();
    let report = laptop.sync_once().is(1).report();
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    assert_eq!((report.verified, report.failed + report.pending), (3, 13), "{report:?}");
    let status = laptop.run(&["status"]).value();
    assert_eq!(status["problems"][0]["code"], "store_full", "{status}");
    let cloud = Smh::admin(&services).await;
    assert_eq!(cloud.names("Trip").await.len(), 3);
    assert_eq!(cloud.download("Trip/IMG_0000.jpg").await, photos::make(0, 120, 80));

    std::fs::remove_file(ballast).expect("the disk can be written");
    assert_eq!(laptop.sync_all().verified, 16);
    assert_there_once(&cloud, "Trip", &laptop).await;
}
