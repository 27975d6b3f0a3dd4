//! A picture of every screen in both languages, for people to look at: `make screenshots DIR=...`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use albumen_tests::{Session, Window, photos, program, programs};

/// Photographs behind the pictures: more than a screen of the grid.
const PHOTOS: usize = 40;
/// All of them verified, in a debug build on a busy machine.
const UPLOAD_LIMIT: Duration = Duration::from_secs(90);

#[tokio::test]
async fn screens_in_both_languages() {
    let pictures = std::env::var_os("ALBUMEN_SCREENSHOTS")
        .map_or_else(|| programs::output_folder("screenshots"), PathBuf::from);
    let mut session = Session::start();
    let folder = session.home().join("Pictures");
    photos::photos(&folder, PHOTOS);
    let window = Window::open(&mut session, &program("albumen-desktop"), &[]).await;
    window.wait_for("onboarding").await;

    in_both(&window, &pictures, "1-connect").await;
    window.click("onboarding-server").await;
    in_both(&window, &pictures, "2-connect-server").await;
    window.click("onboarding-local").await;
    window.click("onboarding-continue").await;
    window.enter("folder-path", &folder.display().to_string()).await;
    window.wait_for("folder-preview").await;
    in_both(&window, &pictures, "3-folder").await;
    window.click("onboarding-continue").await;
    window.wait_for("mapping-preview").await;
    in_both(&window, &pictures, "4-target").await;
    window.click("onboarding-start").await;
    window.wait_for("mapping-card").await;
    window.screenshot(&pictures.join("5-sync-running.png")).await;
    let green = async || {
        (window.attribute("mapping-card", "data-state").await? == "up_to_date").then_some(())
    };
    window.wait_until("Everything is verified", UPLOAD_LIMIT, green).await;

    for (screen, name) in [
        ("nav-sync", "6-sync"),
        ("nav-photos", "7-photos"),
        ("nav-devices", "9-devices"),
        ("nav-settings", "10-settings"),
    ] {
        window.click(screen).await;
        settle(&window).await;
        in_both(&window, &pictures, name).await;
    }
    window.click("nav-photos").await;
    window.click("photo-tile").await;
    window.wait_for("lightbox").await;
    settle(&window).await;
    window.screenshot(&pictures.join("8-viewer.png")).await;
    window.close().await;
    assert_pictures(&pictures);
}

/// The same screen in Chinese and in English, English last.
async fn in_both(window: &Window, pictures: &Path, name: &str) {
    for locale in ["zh-CN", "en"] {
        let choose = "await window.__TAURI_INTERNALS__.invoke('call',
            { name: 'set_locale', args: { locale: a[0] } }); return true";
        window.run_async(choose, vec![locale.into()]).await;
        let there = async || {
            let language = window.run("return document.documentElement.lang", Vec::new()).await;
            (language == locale).then_some(())
        };
        window.wait_until("The language has changed", Duration::from_secs(5), there).await;
        window.screenshot(&pictures.join(format!("{name}-{locale}.png"))).await;
    }
}

/// Gives pictures of photos the time to come.
async fn settle(window: &Window) {
    let done = "await new Promise((done) => setTimeout(done, 1500)); return true";
    window.run_async(done, Vec::new()).await;
}

/// Every picture is one, and none is blank.
fn assert_pictures(folder: &Path) {
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).expect("the pictures are there").flatten() {
        let picture = image::open(entry.path()).expect("a PNG").to_rgb8();
        let colours: std::collections::BTreeSet<_> = picture.pixels().map(|p| p.0).collect();
        assert!(colours.len() > 10, "blank: {}", entry.path().display());
        seen += 1;
    }
    assert!(seen >= 18, "only {seen} pictures");
}
