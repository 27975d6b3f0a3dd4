//! kill -9 at twenty random moments of a sync of five hundred files: a command beside services that
//! live on, and a window that has them in its own process.

use albumen_tests::kills::{Blow, Blows, a_device_survives, a_window_survives, seed};

fn twenty() -> Blows {
    let blows = Blows { files: 500, kills: 20, seed: seed() };
    println!("ALBUMEN_SEED={} chooses the same moments", blows.seed);
    blows
}

fn fell_amid_uploads(fell: &[Blow]) {
    fell.iter().for_each(|blow| println!("{blow:?}"));
    let amid_uploads = fell.iter().filter(|blow| blow.stored > 0).count();
    println!("{amid_uploads} of {} fell amid the uploads", fell.len());
    assert!(amid_uploads >= 5, "hardly any blow fell amid the uploads: {fell:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_survives_twenty_kills() {
    fell_amid_uploads(&a_device_survives(twenty()).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_with_its_services_survives_twenty_kills() {
    fell_amid_uploads(&a_window_survives(twenty()).await);
}
