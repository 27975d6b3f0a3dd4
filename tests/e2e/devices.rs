//! Two devices of one account at a server: one signs the other out, and that one is refused at
//! once.

use std::process::Output;
use std::time::Duration;

use albumen_tests::{Session, Window, World, photos, program};
use fantoccini::key::Key;
use serde_json::Value;

/// What `albumen` ends with on a device that was signed out (`albumen --help` lists them).
const EXIT_REVOKED: i32 = 4;

#[tokio::test]
async fn a_device_signed_out_in_the_window_is_refused_at_once() {
    let mut world = World::new();
    let services = world.serve();
    let laptop = Laptop::sign_in(&world, &services);
    assert!(laptop.sync().status.success(), "the second device works before it is signed out");

    let mut session = Session::start();
    let window = Window::open(&mut session, &program("albumen-desktop"), &[]).await;
    sign_in_at_the_server(&window, &services).await;
    revoke_the_other(&window).await;

    laptop.add_a_photo();
    let refused = laptop.sync();
    assert_eq!(refused.status.code(), Some(EXIT_REVOKED), "{refused:?}");
    let again = laptop.sync();
    assert_eq!(again.status.code(), Some(EXIT_REVOKED), "it stays signed out: {again:?}");
    window.close().await;
}

async fn sign_in_at_the_server(window: &Window, services: &albumen_tests::world::Services) {
    window.click("onboarding-server").await;
    window.enter("server-url", &services.tokens).await;
    window.enter("server-account", &services.account).await;
    window.enter("server-password", &services.password).await;
    window.enter("onboarding-device-name", "Desk").await;
    window.press(&[Key::Enter.into()]).await;
    window.click("onboarding-skip").await;
    window.wait_for("nav-devices").await;
}

async fn revoke_the_other(window: &Window) {
    window.click("nav-devices").await;
    let both = async || (window.count("device-row").await == 2).then_some(());
    window.wait_until("Both devices are listed", Duration::from_secs(10), both).await;
    assert_eq!(window.count("device-revoke").await, 1, "this device is not offered for it");
    window.click("device-revoke").await;
    window.click("confirm-revoke").await;
    window.wait_for("device-revoked-at").await;
    let ended = window.attribute("device-revoked-at", "data-at").await.unwrap_or_default();
    assert!(ended.contains('T'), "no moment at which access ended: {ended:?}");
}

/// The second device: the same program in a terminal, with a home of its own.
struct Laptop<'a> {
    world: &'a World,
}

impl<'a> Laptop<'a> {
    fn sign_in(world: &'a World, services: &albumen_tests::world::Services) -> Self {
        let password = world.path("password");
        std::fs::write(&password, &services.password).expect("our own folder can be written");
        let login = world
            .albumen("laptop")
            .args(["login", &services.tokens, "--account", &services.account, "--password-file"])
            .arg(&password)
            .output()
            .expect("albumen runs");
        assert!(login.status.success(), "{login:?}");
        photos::photos(&world.path("laptop-photos"), 3);
        let mapped = world
            .albumen("laptop")
            .args(["map", "add", "--album", "Trip"])
            .arg(world.path("laptop-photos"))
            .output()
            .expect("albumen runs");
        assert!(mapped.status.success(), "{mapped:?}");
        Self { world }
    }

    fn add_a_photo(&self) {
        let path = self.world.path("laptop-photos").join("late.jpg");
        std::fs::write(path, photos::make(9001, 640, 480)).expect("our own folder can be written");
    }

    fn sync(&self) -> Output {
        let output = self.world.albumen("laptop").args(["sync", "--once", "--json"]).output();
        let output = output.expect("albumen runs");
        let last = String::from_utf8_lossy(&output.stdout).lines().last().map(str::to_owned);
        if output.status.success() {
            let report: Value = serde_json::from_str(&last.unwrap_or_default()).expect("JSON");
            assert_eq!(report["failed"], 0, "{report}");
        }
        output
    }
}
