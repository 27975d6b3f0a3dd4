//! A picture of every screen in both languages, for people to look at: `make screenshots DIR=...`.
//! Each screen once more in the dark, in the colours that the program itself gives the page.

use std::path::{Path, PathBuf};
use std::time::Duration;

use albumen_tests::world::{Front, Services};
use albumen_tests::{Session, Window, World, photos, program, programs};
use fantoccini::key::Key;

/// Photographs behind the pictures: more than a screen of the grid.
const PHOTOS: usize = 40;
/// All of them verified, in a debug build on a busy machine.
const UPLOAD_LIMIT: Duration = Duration::from_secs(90);
/// How far away the storage is while a running upload is pictured: each file takes seconds.
const FAR_AWAY: Duration = Duration::from_millis(700);
/// What the program shows at once, or after asking the service once.
const SOON: Duration = Duration::from_secs(10);
/// A name that the media library refuses.
const REFUSED: &str = "合同:2026.jpg";

#[tokio::test]
async fn screens_of_this_computer() {
    let mut session = Session::start();
    let folder = session.home().join("Pictures");
    photos::photos(&folder, PHOTOS);
    let window = Window::open(&mut session, &program("albumen-desktop"), &[]).await;
    let album = Album::new(&window, "local");
    window.wait_for("onboarding").await;

    album.picture("1-connect").await;
    window.click("onboarding-server").await;
    album.picture("2-connect-server").await;
    window.enter("server-url", "http://127.0.0.1:9").await;
    window.wait_for("error-note").await;
    album.picture("3-server-unreachable").await;
    window.click("onboarding-local").await;
    window.click("onboarding-continue").await;
    window.enter("folder-path", &folder.display().to_string()).await;
    window.wait_for("folder-preview").await;
    album.picture("4-folder").await;
    window.click("onboarding-continue").await;
    window.wait_for("mapping-preview").await;
    album.picture("5-target").await;
    window.click("onboarding-start").await;
    window.wait_for("mapping-card").await;
    card_is(&window, "up_to_date").await;

    for (screen, name) in [
        ("nav-sync", "6-sync"),
        ("nav-photos", "7-photos"),
        ("nav-devices", "8-devices"),
        ("nav-settings", "9-settings"),
    ] {
        window.click(screen).await;
        settle(&window).await;
        album.picture(name).await;
    }
    window.click("nav-photos").await;
    window.click("photo-tile").await;
    window.wait_for("lightbox").await;
    settle(&window).await;
    album.picture("10-viewer").await;
    album.assert_whole(10);
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn screens_at_a_server() {
    let mut world = World::new();
    let (services, front) = world.serve_behind_proxies().await;
    let laptop = world.device("书房的 MacBook");
    laptop.login(&services);
    let mut session = Session::start();
    let folder = session.home().join("Pictures");
    photos::photos(&folder, PHOTOS);
    std::fs::write(folder.join(REFUSED), photos::make(8001, 640, 480)).expect("written");
    let window = Window::open(&mut session, &program("albumen-desktop"), &[]).await;
    let album = Album::new(&window, "server");

    sign_in(&window, &services).await;
    empty_screens(&window, &album).await;
    add_folder(&window, &album, &folder).await;
    running_and_problems(&window, &album, &front).await;
    keys(&window, &album).await;
    other_device(&window, &album).await;
    signed_out_elsewhere(&world, &services, &window, &album).await;
    album.assert_whole(12);
    window.close().await;
}

#[tokio::test]
async fn a_dark_system_gets_dark_screens() {
    let mut session = Session::without_keyring();
    let settings = session.home().join("config/gtk-3.0");
    std::fs::create_dir_all(&settings).expect("our own folder can be written");
    let dark = "[Settings]\ngtk-application-prefer-dark-theme=1\n";
    std::fs::write(settings.join("settings.ini"), dark).expect("our own folder can be written");
    let window = Window::open(&mut session, &program("albumen-desktop"), &[]).await;
    window.wait_for("onboarding").await;
    let theme = "return document.documentElement.dataset.theme";
    assert_eq!(window.run(theme, Vec::new()).await, "dark");
    let album = Album::new(&window, "system-dark");
    window.screenshot(&album.path("1-connect-en.png")).await;
    window.close().await;
}

async fn sign_in(window: &Window, services: &Services) {
    window.click("onboarding-server").await;
    window.enter("server-url", &services.tokens).await;
    window.enter("server-account", &services.account).await;
    window.enter("server-password", &services.password).await;
    window.enter("onboarding-device-name", "客厅的电脑").await;
    window.press(&[Key::Enter.into()]).await;
    window.click("onboarding-skip").await;
    window.wait_for("nav-sync").await;
}

async fn empty_screens(window: &Window, album: &Album<'_>) {
    window.wait_for("empty-state").await;
    album.picture("1-sync-empty").await;
    window.click("nav-photos").await;
    window.wait_for("photos-add-folder").await;
    album.picture("2-photos-empty").await;
    window.click("nav-sync").await;
}

async fn add_folder(window: &Window, album: &Album<'_>, folder: &Path) {
    window.click("add-folder").await;
    window.enter("folder-path", &folder.display().to_string()).await;
    window.wait_for("folder-preview").await;
    album.picture("3-add-folder").await;
    window.click("add-folder-continue").await;
    window.wait_for("mapping-preview").await;
    album.picture("4-add-target").await;
}

async fn running_and_problems(window: &Window, album: &Album<'_>, front: &Front) {
    front.store.set_delay(FAR_AWAY);
    window.click("add-folder-start").await;
    card_is(window, "transferring").await;
    album.picture("5-sync-running").await;
    assert_eq!(
        window.attribute("mapping-card", "data-state").await.as_deref(),
        Some("transferring"),
        "the upload ended while it was pictured"
    );
    front.store.set_delay(Duration::ZERO);
    card_is(window, "attention").await;
    album.picture("6-sync-attention").await;
    window.click("problems-open").await;
    window.wait_for("problem-row").await;
    album.picture("7-problems").await;
    window.press(&[Key::Escape.into()]).await;
}

async fn keys(window: &Window, album: &Album<'_>) {
    let gone = async || (window.count("problems-drawer").await == 0).then_some(());
    window.wait_until("Escape closes the drawer", SOON, gone).await;
    window.press(&['?']).await;
    window.wait_for("shortcuts").await;
    album.picture("8-keys").await;
    window.press(&[Key::Escape.into()]).await;
}

async fn other_device(window: &Window, album: &Album<'_>) {
    window.click("nav-devices").await;
    window.wait_for("device-revoke").await;
    album.picture("9-devices").await;
    window.click("device-revoke").await;
    window.wait_for("confirm-revoke").await;
    album.picture("10-devices-confirm").await;
    window.click("confirm-revoke").await;
    window.wait_for("device-revoked-at").await;
    album.picture("11-devices-receipt").await;
}

/// A third device signs the one with the window out.
async fn signed_out_elsewhere(
    world: &World,
    services: &Services,
    window: &Window,
    album: &Album<'_>,
) {
    let phone = world.device("phone");
    phone.login(services);
    let own = "return document.querySelector('[data-this-device=true]').dataset.deviceId";
    let own = window.run(own, Vec::new()).await;
    phone.run(&["devices", "revoke", own.as_str().expect("this device has an id")]).is(0);
    let revoked = async || (window.count("revoked").await == 1).then_some(());
    window.wait_until("The window says it was signed out", UPLOAD_LIMIT, revoked).await;
    album.picture("12-revoked").await;
}

async fn card_is(window: &Window, state: &str) {
    let there =
        async || (window.attribute("mapping-card", "data-state").await? == state).then_some(());
    window.wait_until(&format!("The card says {state}"), UPLOAD_LIMIT, there).await;
}

/// Gives pictures of photos the time to come.
async fn settle(window: &Window) {
    let done = "await new Promise((done) => setTimeout(done, 1500)); return true";
    window.run_async(done, Vec::new()).await;
}

/// The pictures of one window.
struct Album<'a> {
    window: &'a Window,
    folder: PathBuf,
    part: &'static str,
}

impl<'a> Album<'a> {
    fn new(window: &'a Window, part: &'static str) -> Self {
        let folder = std::env::var_os("ALBUMEN_SCREENSHOTS")
            .map_or_else(|| programs::output_folder("screenshots"), PathBuf::from);
        Self { window, folder, part }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{}-{name}", self.part))
    }

    /// The screen in Chinese, light and dark, then in English.
    async fn picture(&self, name: &str) {
        self.speak("zh-CN").await;
        self.window.screenshot(&self.path(&format!("{name}-zh-CN.png"))).await;
        self.paint("dark").await;
        self.window.screenshot(&self.path(&format!("{name}-zh-CN-dark.png"))).await;
        self.paint("light").await;
        self.speak("en").await;
        self.window.screenshot(&self.path(&format!("{name}-en.png"))).await;
    }

    async fn speak(&self, locale: &str) {
        let choose = "await window.__TAURI_INTERNALS__.invoke('call',
            { name: 'set_locale', args: { locale: a[0] } }); return true";
        self.window.run_async(choose, vec![locale.into()]).await;
        let there = async || {
            let language =
                self.window.run("return document.documentElement.lang", Vec::new()).await;
            (language == locale).then_some(())
        };
        self.window.wait_until("The language has changed", SOON, there).await;
    }

    /// What the choice in the settings comes down to, without leaving the screen; colours take a
    /// moment to change.
    async fn paint(&self, theme: &str) {
        let body = "document.documentElement.dataset.theme = a[0];
            await new Promise((done) => setTimeout(done, 200));";
        self.window.run_async(body, vec![theme.into()]).await;
    }

    /// Every screen is there three times, and no picture is blank.
    fn assert_whole(&self, screens: usize) {
        let entries = std::fs::read_dir(&self.folder).expect("the pictures are there");
        let of_this_window = format!("{}-", self.part);
        let mut seen = 0;
        for entry in entries.flatten() {
            if !entry.file_name().to_string_lossy().starts_with(&of_this_window) {
                continue;
            }
            let picture = image::open(entry.path()).expect("a PNG").to_rgb8();
            let colours: std::collections::BTreeSet<_> = picture.pixels().map(|p| p.0).collect();
            assert!(colours.len() > 10, "blank: {}", entry.path().display());
            seen += 1;
        }
        assert!(seen >= 3 * screens, "only {seen} pictures");
    }
}
