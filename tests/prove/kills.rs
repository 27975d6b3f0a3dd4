//! kill -9 at twenty random moments of a sync of five hundred files.

use albumen_tests::kills::{Blows, a_device_survives, seed};

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_survives_twenty_kills() {
    let blows = Blows { files: 500, kills: 20, seed: seed() };
    println!("ALBUMEN_SEED={} chooses the same moments", blows.seed);
    let outcome = a_device_survives(blows).await;
    let fell = outcome.fell;
    for blow in &fell {
        println!("{blow:?}");
    }
    println!("{} objects were sent and never confirmed", outcome.forgotten);
    let amid_uploads = fell.iter().filter(|blow| blow.stored > 0).count();
    assert!(amid_uploads >= 5, "hardly any blow fell amid the uploads: {fell:?}");
}
