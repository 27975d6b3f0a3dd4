//! kill -9 at twenty random moments of a sync of five hundred files.

use albumen_tests::kills::{Blows, a_device_survives, seed};

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_survives_twenty_kills() {
    let blows = Blows { files: 500, kills: 20, seed: seed() };
    println!("{blows:?}; ALBUMEN_SEED={} chooses the same moments", blows.seed);
    a_device_survives(blows).await;
}
