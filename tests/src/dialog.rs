//! The system's own file dialog, driven by real key presses: no WebDriver reaches it.
//!
//! A session has no window manager, so nobody gives a new window the keyboard: that is done here.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::session::Session;

/// From the click that asks for it to a dialog that can be seen.
const APPEAR_LIMIT: Duration = Duration::from_secs(10);
/// How often that is looked at.
const POLL: Duration = Duration::from_millis(50);
/// The dialog opens its line for a path, and completes names in it, in its own time.
const SETTLE: Duration = Duration::from_millis(500);

/// The windows that can be seen now: what is there before a dialog opens.
pub fn windows(session: &Session) -> Vec<String> {
    let found = xdotool(session, &["search", "--onlyvisible", "--name", "."]);
    found.split_whitespace().map(str::to_owned).collect()
}

/// Waits for a window that was not there `before`, types a path into it and accepts.
///
/// # Panics
/// When no dialog opens, or it is still there afterwards.
pub async fn choose(session: &Session, before: &[String], path: &Path) {
    let dialog = until(session, "A dialog opens", || {
        windows(session).into_iter().find(|window| !before.contains(window))
    })
    .await;
    xdotool(session, &["windowfocus", "--sync", &dialog]);
    // A slash opens the line for a path; what follows too closely gets lost.
    xdotool(session, &["type", "/"]);
    tokio::time::sleep(SETTLE).await;
    xdotool(session, &["key", "ctrl+a"]);
    xdotool(session, &["type", "--delay", "5", &path.display().to_string()]);
    tokio::time::sleep(SETTLE).await;
    xdotool(session, &["key", "Return"]);
    until(session, "The dialog closes", || (!windows(session).contains(&dialog)).then_some(()))
        .await;
}

async fn until<T>(session: &Session, what: &str, look: impl Fn() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < APPEAR_LIMIT, "{what}: not in time{}", session.tail());
        tokio::time::sleep(POLL).await;
    }
}

fn xdotool(session: &Session, arguments: &[&str]) -> String {
    let mut command = session.command(Path::new("xdotool"));
    let output = command.args(arguments).stdout(Stdio::piped()).output().expect("xdotool runs");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
