//! The first evening with Albumen: sign in on this computer, choose a folder, watch it go up, look
//! at the photos, take another one. Done as a person does it, with mouse and keyboard in the real
//! window.

use std::path::Path;
use std::time::{Duration, Instant};

use albumen_tests::first_steps::{all_verified, start_on_this_computer};
use albumen_tests::{Session, Window, photos, program};
use fantoccini::key::Key;

/// Real photographs in the folder: enough to fill more than a screen of the grid.
const PHOTOS: usize = 60;
/// Sixty photographs of a few megabytes each, in a debug build on a busy machine.
const UPLOAD_LIMIT: Duration = Duration::from_secs(90);
/// What the issue of a new photo promises: from the file being there to the photo being in the
/// cloud.
const ARRIVAL_LIMIT: Duration = Duration::from_secs(3);

#[tokio::test]
async fn a_folder_of_real_photographs_goes_up_and_is_shown() {
    let mut session = Session::start();
    let folder = session.home().join("Pictures");
    photos::photos(&folder, PHOTOS);
    let window = Window::open(&mut session, &program("albumen-desktop"), &[]).await;

    start_on_this_computer(&session, &window, &folder, PHOTOS, "家庭 2026").await;
    all_verified(&window, PHOTOS, UPLOAD_LIMIT).await;
    shown_in_the_grid(&window, PHOTOS).await;
    looked_at_by_keyboard(&window).await;
    another_photo_arrives(&window, &folder).await;

    window.close().await;
    still_there_after_a_restart(&mut session).await;
}

async fn shown_in_the_grid(window: &Window, count: usize) {
    window.click("nav-photos").await;
    let counted = async || (window.text("photo-count").await == count.to_string()).then_some(());
    window.wait_until("The grid has them all", Duration::from_secs(60), counted).await;
    window.wait_for("photo-tile").await;
    let pictures = async || {
        let loaded = "return [...document.querySelectorAll('[data-testid=photo-tile] img')]
            .filter((image) => image.complete && image.naturalWidth > 0).length";
        (window.run(loaded, Vec::new()).await.as_u64()? >= 8).then_some(())
    };
    window.wait_until("Pictures, not only colours", Duration::from_secs(30), pictures).await;
}

async fn looked_at_by_keyboard(window: &Window) {
    window.click("photo-tile").await;
    window.wait_for("lightbox").await;
    window.press(&[Key::Right.into(), Key::Left.into(), Key::Escape.into()]).await;
    let gone = async || (window.count("lightbox").await == 0).then_some(());
    window.wait_until("The viewer is closed", Duration::from_secs(5), gone).await;
}

async fn another_photo_arrives(window: &Window, folder: &Path) {
    window.click("nav-sync").await;
    window.wait_for("mapping-card").await;
    std::fs::write(folder.join("new.jpg"), photos::make(7001, 1200, 800)).expect("written");
    let written = Instant::now();
    all_verified(window, PHOTOS + 1, ARRIVAL_LIMIT).await;
    let took = written.elapsed();
    assert!(took < ARRIVAL_LIMIT, "the new photo took {took:?}");
    window.click("nav-photos").await;
    let wanted = (PHOTOS + 1).to_string();
    let counted = async || (window.text("photo-count").await == wanted).then_some(());
    window.wait_until("The grid has the new one", Duration::from_secs(20), counted).await;
}

async fn still_there_after_a_restart(session: &mut Session) {
    let window = Window::open(session, &program("albumen-desktop"), &[]).await;
    window.click("nav-sync").await;
    all_verified(&window, PHOTOS + 1, UPLOAD_LIMIT).await;
    window.close().await;
}
