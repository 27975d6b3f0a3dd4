//! The terminal beside the window: the window owns the profile, and commands go through it.

use std::process::Output;
use std::time::Duration;

use albumen_tests::{Session, Window, photos, program};
use fantoccini::key::Key;
use serde_json::Value;

/// A few small photographs in a debug build on a busy machine.
const UPLOAD_LIMIT: Duration = Duration::from_secs(60);
const PHOTOS: usize = 3;

#[tokio::test]
async fn the_terminal_goes_through_the_window() {
    let mut session = Session::start();
    let folder = session.home().join("Pictures/Trip");
    photos::photos(&folder, PHOTOS);
    let window = Window::open(&mut session, &program("albumen-desktop"), &[]).await;
    window.click("onboarding-local").await;
    window.enter("onboarding-device-name", "Desk").await;
    window.press(&[Key::Enter.into()]).await;
    window.click("onboarding-skip").await;
    window.wait_for("nav-devices").await;

    let folder = folder.to_str().expect("our own folder has a plain name");
    said(&albumen(&session, &["map", "add", folder, "--album", "Trip"]), 0);
    let report = said(&albumen(&session, &["sync", "--once"]), 0);
    assert_eq!(report["verified"], PHOTOS, "{report}");
    let status = said(&albumen(&session, &["status"]), 0);
    assert_eq!(status["state"]["profile"]["deviceName"], "Desk");
    // The window shows what the terminal has asked for.
    window.click("nav-sync").await;
    let shown = async || window.attribute("mapping-card", "data-state").await;
    let shown = async || shown().await.filter(|state| state == "up_to_date");
    window.wait_until("The window shows the folder", UPLOAD_LIMIT, shown).await;

    let refused = albumen(&session, &["watch"]);
    assert_eq!(refused.status.code(), Some(6), "{refused:?}");
    window.close().await;
    let after = said(&albumen(&session, &["status"]), 0);
    assert_eq!(after["sync"]["mappings"][0]["filesVerified"], PHOTOS, "{after}");
}

fn albumen(session: &Session, arguments: &[&str]) -> Output {
    let mut command = session.command(&program("albumen"));
    command.arg("--json").args(arguments).stdout(std::process::Stdio::piped());
    command.output().expect("albumen runs")
}

/// The JSON it ended with, if it ended with this code.
fn said(output: &Output, code: i32) -> Value {
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(text.lines().last().unwrap_or_default()).expect("a JSON line")
}
