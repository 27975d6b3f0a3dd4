//! The harness drives a window: shown on WebKit's own small browser, so that a failure here is not
//! ours.

use std::path::{Path, PathBuf};
use std::time::Duration;

use albumen_tests::{Session, Window, process};

const PAGE: &str = "data:text/html;charset=utf-8,<title>t</title>\
    <label>Name <input data-testid='name' autofocus></label>\
    <button data-testid='greet' onclick=\"setTimeout(() => { document.querySelector\
    ('[data-testid=greeting]').textContent = 'Hello ' + \
    document.querySelector('input').value }, 100)\">Greet</button>\
    <p data-testid='greeting'></p><p data-testid='hidden' hidden>Nobody sees this</p>";

/// Comes with the library that every window of ours needs.
fn browser() -> PathBuf {
    let folder = format!("/usr/lib/{}-linux-gnu/webkit2gtk-4.1", std::env::consts::ARCH);
    Path::new(&folder).join("MiniBrowser")
}

#[tokio::test]
async fn a_window_is_driven_read_pictured_and_closed() {
    let mut session = Session::start();
    let window = Window::open(&mut session, &browser(), &["--automation"]).await;
    window.go_to(PAGE).await;

    window.enter("name", "小明").await;
    window.click("greet").await;
    let read = async || {
        let text = window.text("greeting").await;
        (!text.is_empty()).then_some(text)
    };
    let greeting = window.wait_until("A greeting", Duration::from_secs(5), read).await;
    assert_eq!(greeting, "Hello 小明");
    assert_eq!(window.count("greeting").await, 1);
    assert_eq!(window.count("absent").await, 0);

    let picture = session.home().join("picture.png");
    window.screenshot(&picture).await;
    let picture = image::open(picture).expect("a PNG").to_rgb8();
    let colours: std::collections::BTreeSet<_> = picture.pixels().map(|pixel| pixel.0).collect();
    assert!(colours.len() > 10, "the picture is blank: {} colours", colours.len());

    let pid = window.process_id();
    window.close().await;
    assert!(process::gone(pid, Duration::from_secs(5)), "the program outlived its window");
}

#[tokio::test]
async fn keys_go_where_the_focus_is_and_a_killed_window_can_be_opened_again() {
    let mut session = Session::without_keyring();
    let window = Window::open(&mut session, &browser(), &["--automation"]).await;
    window.go_to(PAGE).await;
    window.click("name").await;
    let tab = char::from(fantoccini::key::Key::Tab);
    window.press(&['H', 'i', tab, ' ']).await;
    let read = async || (window.text("greeting").await == "Hello Hi").then_some(());
    window.wait_until("The greeting by keyboard", Duration::from_secs(5), read).await;

    let pid = window.process_id();
    window.kill();
    assert!(process::executable(pid).is_none());

    let window = Window::open(&mut session, &browser(), &["--automation"]).await;
    assert_ne!(window.process_id(), pid);
    assert_eq!(window.run("return 6 * 7", Vec::new()).await, 42);
    window.close().await;
}

#[tokio::test]
#[should_panic(expected = "Part is visible: hidden: not within")]
async fn what_nobody_sees_is_not_there() {
    let mut session = Session::without_keyring();
    let window = Window::open(&mut session, &browser(), &["--automation"]).await;
    window.go_to(PAGE).await;
    window.wait_for("hidden").await;
}

#[tokio::test]
#[should_panic(expected = "The window did not open")]
async fn a_program_that_ends_at_once_is_an_error_not_a_hang() {
    let mut session = Session::without_keyring();
    Window::open(&mut session, Path::new("/bin/false"), &[]).await;
}
