//! The window under blows, with the three services in its own process: each blow ends device,
//! library service, token service and object store at one and the same moment.

use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use super::held::{blobs, disk_holds_the_same};
use super::{ALBUM, Blow, Blows, Moments, Run, Struck, fill, strike};
use crate::device::Report;
use crate::first_steps::{all_verified, start_on_this_computer};
use crate::{Session, Window, program};

/// The latest moment that is chosen by the clock: a window takes longer to start than a command.
const LATEST: Duration = Duration::from_millis(4000);
/// From the last start to a window that shows all of it green.
const GREEN_LIMIT: Duration = Duration::from_secs(120);
/// How long the locks of a killed window may stay, and how often they are tried.
const LET_GO_LIMIT: Duration = Duration::from_secs(10);
const LET_GO_POLL: Duration = Duration::from_millis(100);
/// How often the store's folder is looked at: that reads some hundred folders.
const LOOK: Duration = Duration::from_millis(10);
/// About what one file costs in requests: a begin and a confirm.
const ASKED_BY_FILE: u64 = 2_000;

/// Sets up this computer as its own service, kills the window so often while it syncs, and then
/// holds what it shows and what lies on the disk against what must be. Returns where the blows
/// fell.
///
/// # Panics
/// When something is missing, different, there twice or part of no file, or not shown as it is.
pub async fn a_window_survives(blows: Blows) -> Vec<Blow> {
    let mut session = Session::start();
    let folder = session.home().join("Pictures");
    let store = session.home().join("data/albumen/services/store");
    let bytes = fill(&folder, 0..blows.files);
    let window = Window::open(&mut session, &program("albumen-desktop"), &[]).await;
    start_on_this_computer(&session, &window, &folder, blows.files, ALBUM).await;
    // The first blow of all, to a window that has only just begun.
    window.kill();

    let mut open = Open { session: &session, folder: &folder, store: &store };
    let (files, fell) = strike(&mut open, blows, bytes, Moments::new(blows.seed, LATEST));

    let window = Window::open(&mut session, &program("albumen-desktop"), &[]).await;
    window.click("nav-sync").await;
    all_verified(&window, files, GREEN_LIMIT).await;
    // At rest there is nothing that the next start has to repair.
    window.kill();
    disk_holds_the_same(&store, &folder, blows);

    let report = looked_at_again(&session);
    assert_eq!((report.files, report.verified), (files as u64, files as u64), "{blows:?}");
    disk_holds_the_same(&store, &folder, blows);
    fell
}

/// What a command in a terminal finds: the same home, the album listed anew.
fn looked_at_again(session: &Session) -> Report {
    let start = Instant::now();
    loop {
        let mut command = session.command(&program("albumen"));
        command.args(["--json", "sync", "--once"]).stdout(Stdio::piped());
        let output = command.output().expect("albumen starts");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        if let Some(report) = said.lines().last() {
            return serde_json::from_str(report)
                .unwrap_or_else(|e| panic!("No report: {e}: {said}{}", session.tail()));
        }
        // The system takes a moment to let go of the locks of what was killed.
        assert!(start.elapsed() < LET_GO_LIMIT, "No report{}", session.tail());
        std::thread::sleep(LET_GO_POLL);
    }
}

/// The window as a person opens it, with nobody who drives it: the engine begins before the page is
/// there.
struct Open<'a> {
    session: &'a Session,
    folder: &'a Path,
    store: &'a Path,
}

impl<'a> Struck for Open<'a> {
    type Run = Opened<'a>;

    fn begin(&mut self, files: usize) -> Opened<'a> {
        let store = self.store.to_owned();
        let before = held(&store);
        let command = self.session.command(&program("albumen-desktop")).spawn();
        let child = command.expect("the window starts");
        let looked = (Instant::now(), before);
        Opened { session: self.session, child, store, files, before, looked }
    }

    fn ended(&mut self, run: Opened<'a>, _files: usize) {
        // A window goes on when nothing is left to do; that all is there is held at the end.
        run.kill();
    }

    fn folder(&self) -> &Path {
        self.folder
    }
}

/// One start of the window.
struct Opened<'a> {
    session: &'a Session,
    child: Child,
    store: PathBuf,
    files: usize,
    before: Held,
    /// When the store was last looked at, and what was seen.
    looked: (Instant, Held),
}

/// Contents that lie in a store, and their bytes.
#[derive(Clone, Copy)]
struct Held {
    contents: u64,
    bytes: u64,
}

fn held(store: &Path) -> Held {
    // One that is put away while it is looked at is counted at the next look.
    let sizes = blobs(store).into_iter().filter_map(|path| Some(path.metadata().ok()?.len()));
    let (contents, bytes) = sizes.fold((0, 0), |(count, sum), size| (count + 1, sum + size));
    Held { contents, bytes }
}

impl Run for Opened<'_> {
    fn asked(&self) -> u64 {
        self.looked.1.contents.saturating_sub(self.before.contents) * ASKED_BY_FILE
    }

    fn stored(&self) -> u64 {
        self.looked.1.bytes.saturating_sub(self.before.bytes)
    }

    fn is_over(&mut self) -> bool {
        let ended = self.child.try_wait().expect("our own child can be waited for");
        assert!(ended.is_none(), "The window ended by itself: {ended:?}{}", self.session.tail());
        if self.looked.0.elapsed() >= LOOK {
            self.looked = (Instant::now(), held(&self.store));
        }
        self.looked.1.contents >= self.files as u64
    }

    fn kill(mut self) {
        self.child.kill().expect("our own child can be killed");
        self.child.wait().expect("our own child can be waited for");
    }
}
