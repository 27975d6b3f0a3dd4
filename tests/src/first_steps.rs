//! The first steps of a person with Albumen's window, up to a folder that is shown as safe. The one
//! place in the kit that knows screens of ours.

use std::path::Path;
use std::time::Duration;

use fantoccini::key::Key;

use crate::{Session, Window, dialog};

/// From asking for the services of this computer to their answer.
const SIGN_IN_LIMIT: Duration = Duration::from_secs(20);
/// From choosing a folder to its files being counted.
const COUNT_LIMIT: Duration = Duration::from_secs(20);
/// From one step to the next.
const STEP_LIMIT: Duration = Duration::from_secs(10);

/// From the first page to a folder of `count` photographs that goes into an album, with the
/// services in the window's own process.
///
/// # Panics
/// When a step does not come; so do all of these.
pub async fn start_on_this_computer(
    session: &Session,
    window: &Window,
    folder: &Path,
    count: usize,
    album: &str,
) {
    sign_in_on_this_computer(window).await;
    choose_with_the_dialog(session, window, folder, count).await;
    start_into_an_album(window, album).await;
}

async fn sign_in_on_this_computer(window: &Window) {
    window.click("onboarding-local").await;
    window.enter("onboarding-device-name", "书房的电脑").await;
    // Enter continues, as in any form.
    window.press(&[Key::Enter.into()]).await;
    let there = async || step_is(window, "folder").await;
    window.wait_until("The folder step", SIGN_IN_LIMIT, there).await;
}

async fn choose_with_the_dialog(session: &Session, window: &Window, folder: &Path, count: usize) {
    let before = dialog::windows(session);
    window.click("folder-choose").await;
    dialog::choose(session, &before, folder).await;
    let counted = async || {
        let text = window.text("folder-preview").await;
        text.contains(&count.to_string()).then_some(())
    };
    window.wait_until("The folder is counted", COUNT_LIMIT, counted).await;
    window.click("onboarding-continue").await;
    let there = async || step_is(window, "target").await;
    window.wait_until("The target step", STEP_LIMIT, there).await;
}

async fn start_into_an_album(window: &Window, album: &str) {
    window.click("target-album").await;
    window.enter("album-name", album).await;
    window.click("onboarding-start").await;
    window.wait_for("mapping-card").await;
}

/// Waits until the card of the one mapping is green with so many files, and the sidebar agrees.
///
/// # Panics
/// When that does not come within `limit`.
pub async fn all_verified(window: &Window, count: usize, limit: Duration) {
    let green = async || {
        let card = window.attribute("mapping-card", "data-state").await?;
        // Thousands are set apart by a comma, in both languages.
        let text = window.text("mapping-card").await.replace(',', "");
        (card == "up_to_date" && text.contains(&count.to_string())).then_some(())
    };
    window.wait_until(&format!("{count} photos are verified"), limit, green).await;
    let pill = window.attribute("status-pill", "data-state").await;
    assert_eq!(pill.as_deref(), Some("up_to_date"), "the sidebar says something else");
}

async fn step_is(window: &Window, step: &str) -> Option<()> {
    (window.attribute("onboarding", "data-step").await? == step).then_some(())
}
