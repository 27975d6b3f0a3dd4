//! A large upload that ends in the middle, by kill -9, by signing out, by a token service that is
//! away: the next start goes on where it was, sends nothing twice that the store has, and verifies.

use std::time::Duration;

use albumen_tests::{
    Device, Smh, World, photos,
    world::{Front, Services},
};

const MIB: u64 = 1 << 20;
const FILM_BYTES: u64 = 200 * MIB;
/// Where it is killed: well past the first parts, well before the last.
const KILL_AT: u64 = 100 * MIB;
/// Parts under way at the moment of the kill, and what a part has in headers.
const LOST_MAX: u64 = 5 * 8 * MIB;
/// Half of a round trip to the store while a session is ended: the film is surely not through.
const SLOW: Duration = Duration::from_secs(1);

/// A large film on a device that keeps its folder; none of it is sent yet.
struct Stage {
    services: Services,
    front: Front,
    laptop: Device,
    film: Vec<u8>,
}

impl Stage {
    async fn of(world: &mut World) -> Self {
        let (services, front) = world.serve_behind_proxies().await;
        let laptop = world.device("laptop");
        let film = photos::film(1, usize::try_from(FILM_BYTES).expect("fits"));
        laptop.write("film.mp4", &film);
        laptop.set_up(&services, "Films");
        front.store.reset_counts();
        Self { services, front, laptop, film }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_was_killed_goes_on_where_it_was() {
    let mut world = World::new();
    let Stage { services, front, laptop, film } = Stage::of(&mut world).await;

    let mut sync = laptop.begin_sync();
    sync.until("half of it is sent", || front.store.counts().up > KILL_AT);
    sync.kill();
    let before = front.store.counts().up;
    assert!(before < FILM_BYTES, "all {before} bytes were sent before the kill");
    let cloud = Smh::admin(&services).await;
    assert!(cloud.names("Films").await.is_empty(), "a torn film is visible");

    front.store.reset_counts();
    assert_eq!(laptop.sync_all().bytes, FILM_BYTES);
    let after = front.store.counts().up;
    assert!(before + after < FILM_BYTES + LOST_MAX, "{before} bytes before, {after} after");
    assert_eq!(cloud.names("Films").await, ["film.mp4"]);
    assert!(cloud.download("Films/film.mp4").await == film, "the film changed on the way");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_goes_on_where_it_was_after_signing_out_and_in_again() {
    let mut world = World::new();
    let Stage { services, front, laptop, film } = Stage::of(&mut world).await;

    let mut watching = laptop.start(&["watch"]);
    watching.until("half of it is sent", || front.store.counts().up > KILL_AT);
    front.store.set_delay(SLOW);
    laptop.run(&["logout"]).is(0);
    drop(watching);
    let before = front.store.counts().up;
    front.store.set_delay(Duration::ZERO);
    assert!(before < FILM_BYTES, "all {before} bytes were sent before the end");
    laptop.sync_once().is(3);
    let cloud = Smh::admin(&services).await;
    assert!(cloud.names("Films").await.is_empty(), "a torn film is visible");

    laptop.login(&services);
    front.store.reset_counts();
    assert_eq!(laptop.sync_all().bytes, FILM_BYTES, "the folder is still kept");
    let after = front.store.counts().up;
    assert!(before + after < FILM_BYTES + LOST_MAX, "{before} bytes before, {after} after");
    assert!(cloud.download("Films/film.mp4").await == film, "the film changed on the way");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_goes_on_where_it_was_after_a_renewal_that_failed() {
    let mut world = World::new();
    let Stage { mut front, laptop, .. } = Stage::of(&mut world).await;

    let mut sync = laptop.begin_sync();
    sync.until("half of it is sent", || front.store.counts().up > KILL_AT);
    front.store.set_delay(SLOW);
    front.tokens.switch_off().await;
    sync.kill();
    let before = front.store.counts().up;
    front.store.set_delay(Duration::ZERO);
    assert!(before < FILM_BYTES, "all {before} bytes were sent before the end");
    let refused = laptop.run(&["sync", "--once", "--wait", "1"]);
    assert_ne!(refused.code, Some(0), "no token is given: {refused:?}");
    assert_eq!(laptop.run(&["status"]).is(0).value()["sync"]["mappings"][0]["filesPending"], 1);

    front.tokens.switch_on().await;
    front.store.reset_counts();
    assert_eq!(laptop.sync_all().bytes, FILM_BYTES, "nobody had to sign in again");
    let after = front.store.counts().up;
    assert!(before + after < FILM_BYTES + LOST_MAX, "{before} bytes before, {after} after");
}
