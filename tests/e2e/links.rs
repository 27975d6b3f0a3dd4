//! A pairing link that the system hands to the program: shown to the person first, and nothing is
//! asked of the server for it before they say so.

use std::time::Duration;

use albumen_tests::{Session, Window, World, program};
use serde_json::Value;

const SEEN_WITHIN: Duration = Duration::from_secs(10);
/// Long enough for a program that asks without being told to.
const NOTHING_FOR: Duration = Duration::from_secs(3);

#[tokio::test]
async fn a_link_is_shown_and_enrols_nothing_until_somebody_agrees() {
    let mut world = World::new();
    let services = world.serve();
    let laptop = world.device("laptop");
    laptop.login(&services);
    let offer = laptop.run(&["devices", "pair"]).is(0).value();
    let text = |name: &str| offer[name].as_str().expect("a text").to_owned();
    let (link, code, pairing) = (text("link"), text("code"), text("pairingId"));
    let state = || {
        let stands = laptop.run(&["devices", "pairing", &pairing]).value();
        stands["state"].as_str().unwrap_or_default().to_owned()
    };

    let mut session = Session::start();
    let window = Window::open(&mut session, &program("albumen-desktop"), &[]).await;
    window.wait_for("onboarding-server").await;
    // What the system does with a link: it starts the program anew, which hands it to the one that
    // has a window and ends.
    let mut handed = session.command(&program("albumen-desktop"));
    let child = session.spawn(handed.arg(&link));
    let ended = child.wait().expect("our own child can be waited for");
    assert!(ended.success(), "there is one window: {ended}");

    let host = window.text("pair-host").await;
    let server = services.tokens.strip_prefix("http://").expect("a base URL");
    assert!(host.contains(server), "whom it would be asked of is shown: {host}");
    assert_eq!(window.count("pair-waiting").await, 0, "nothing was asked");
    tokio::time::sleep(NOTHING_FOR).await;
    assert_eq!(state(), "open", "nobody brought the code");
    let devices = laptop.run(&["devices", "list"]).is(0).value();
    assert_eq!(devices.as_array().map(Vec::len), Some(1), "{devices}");
    assert!(!session.tail().contains(&code), "the code is in no log");

    window.enter("onboarding-device-name", "Desk").await;
    window.click("onboarding-continue").await;
    window.wait_for("pair-waiting").await;
    let brought = async || (state() == "pending").then_some(());
    window.wait_until("The code was brought", SEEN_WITHIN, brought).await;
    laptop.run(&["devices", "approve", &pairing]).is(0);
    window.click("onboarding-skip").await;
    window.wait_for("nav-devices").await;
    let devices: Value = laptop.run(&["devices", "list"]).is(0).value();
    assert_eq!(devices.as_array().map(Vec::len), Some(2), "{devices}");
    window.close().await;
}
