//! kill -9 in the middle of a large upload: the next start goes on where it was, sends nothing
//! twice that the store has, and verifies.

use albumen_tests::{Smh, World, photos};

const MIB: u64 = 1 << 20;
const FILM_BYTES: u64 = 200 * MIB;
/// Where it is killed: well past the first parts, well before the last.
const KILL_AT: u64 = 100 * MIB;
/// Parts under way at the moment of the kill, and what a part has in headers.
const LOST_MAX: u64 = 5 * 8 * MIB;

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_was_killed_goes_on_where_it_was() {
    let mut world = World::new();
    let (services, front) = world.serve_behind_proxies().await;
    let laptop = world.device("laptop");
    let film = photos::film(1, usize::try_from(FILM_BYTES).expect("fits"));
    laptop.write("film.mp4", &film);
    laptop.set_up(&services, "Films");
    front.store.reset_counts();

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
