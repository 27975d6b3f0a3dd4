//! Files go from the computer to the store and past the services: counted on the wire.

use albumen_tests::{World, photos};

const FILM_BYTES: usize = 100_000_000;
const CONTROL_MAX: u64 = 1_000_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_large_upload_moves_past_the_services() {
    let mut world = World::new();
    let (services, front) = world.serve_behind_proxies().await;
    let laptop = world.device("laptop");
    laptop.write("film.mp4", &photos::film(1, FILM_BYTES));
    laptop.set_up(&services, "Films");
    assert!(front.control_bytes() > 0, "signing in went past the proxies");

    let report = laptop.sync_all();

    assert_eq!((report.files, report.bytes), (1, FILM_BYTES as u64));
    let control = front.control_bytes();
    assert!(control < CONTROL_MAX, "{control} bytes moved through the services");
    let stored = front.store.counts().up;
    assert!(stored > FILM_BYTES as u64, "{stored} bytes went to the store");
    // Sent once: what is more than the film is headers.
    assert!(stored < FILM_BYTES as u64 + CONTROL_MAX, "{stored} bytes went to the store");
}
