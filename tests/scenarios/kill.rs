//! A power cut in the middle, again and again: the light version of what `make prove` does at
//! length.

use albumen_tests::kills::{Blows, a_device_survives, seed};

#[tokio::test(flavor = "multi_thread")]
async fn what_five_kills_interrupt_is_whole_and_there_once() {
    let blows = Blows { files: 120, kills: 5, seed: seed() };
    let fell = a_device_survives(blows).await;
    assert_eq!(fell.len(), blows.kills);
}
