//! A computer in a test: the real `albumen` with places of its own and a folder of photographs.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::Value;

use crate::photos;
use crate::programs::program;
use crate::secrets;
use crate::world::Services;

/// How long one run of the program may take before the test gives up: longer than it waits for a
/// service that stays away.
const RUN_LIMIT: Duration = Duration::from_secs(100);
/// How often a running program is looked at.
const POLL: Duration = Duration::from_millis(5);

/// A computer with Albumen on it.
#[derive(Debug)]
pub struct Device {
    name: String,
    home: PathBuf,
    folder: PathBuf,
    /// Programs that everything runs below.
    above: Vec<String>,
}

/// `albumen` as on the computer of that home, which keeps its places apart from all others. It
/// finds no secret service, and says so on the way.
pub fn albumen(home: &Path) -> Command {
    albumen_below(&[], home)
}

/// The same below another program, which must in the end become it.
pub(crate) fn albumen_below(above: &[&str], home: &Path) -> Command {
    let albumen = program("albumen");
    let mut words = above.iter().map(OsStr::new).chain([albumen.as_os_str()]);
    let mut command = Command::new(words.next().expect("our own program at least"));
    command.args(words);
    command.env("ALBUMEN_HOME", home.join("albumen")).env("HOME", home);
    command.env_remove("DBUS_SESSION_BUS_ADDRESS").env_remove("XDG_RUNTIME_DIR");
    command.env("ALBUMEN_NO_BROWSER", "1");
    command.stdin(Stdio::null());
    command
}

impl Device {
    pub(crate) fn new(name: &str, home: PathBuf) -> Self {
        let folder = home.join("Pictures");
        fs::create_dir_all(&folder).expect("our own folder can be written");
        Self { name: name.to_owned(), home, folder, above: Vec::new() }
    }

    /// The same computer with all of it below another program, which must in the end become it.
    #[must_use]
    pub fn below(mut self, above: &[&str]) -> Self {
        self.above = above.iter().map(|&word| word.to_owned()).collect();
        self
    }

    /// What the computer is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The folder of photographs.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Puts a file into the folder, with the folders above it; replaces what is there.
    ///
    /// # Panics
    /// When the folder cannot be written.
    pub fn write(&self, place: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.join(place);
        let parent = path.parent().expect("a place lies in a folder");
        fs::create_dir_all(parent).expect("the photo folder can be written");
        fs::write(&path, bytes).expect("the photo folder can be written");
        path
    }

    /// Puts `count` different photographs into the folder.
    pub fn photos(&self, count: usize) -> Vec<PathBuf> {
        let pictures = u32::try_from(count).expect("few photographs");
        (0..pictures)
            .map(|index| self.write(&format!("IMG_{index:04}.jpg"), &photos::make(index, 120, 80)))
            .collect()
    }

    /// Signs in as the owner of the development server.
    ///
    /// # Panics
    /// When that is refused.
    pub fn login(&self, services: &Services) -> Ended {
        let ca = services.ca_file.as_ref().map(|file| file.display().to_string());
        let ca: Vec<&str> = ca.iter().flat_map(|file| ["--ca", file]).collect();
        self.try_login(services, &ca).is(0)
    }

    /// Tries to sign in as the owner of the development server, with these arguments more.
    ///
    /// # Panics
    /// When our own folder cannot be written.
    pub fn try_login(&self, services: &Services, more: &[&str]) -> Ended {
        let password = self.home.join("password");
        fs::write(&password, &services.password).expect("our own folder can be written");
        let password = password.to_str().expect("our own folder has a plain name").to_owned();
        let arguments = ["--account", &services.account, "--password-file", &password];
        let name = ["--device-name", &self.name];
        self.run(&[&["login", &services.tokens], &arguments[..], &name[..], more].concat())
    }

    /// Maps the folder into the development space: `map add FOLDER` and these arguments.
    ///
    /// # Panics
    /// When that is refused.
    pub fn map(&self, arguments: &[&str]) -> Ended {
        let folder = self.folder.to_str().expect("our own folder has a plain name");
        self.run(&[&["map", "add", folder], arguments].concat()).is(0)
    }

    /// Signs in and maps the folder to an album of its own.
    ///
    /// # Panics
    /// When either is refused.
    pub fn set_up(&self, services: &Services, album: &str) {
        self.login(services);
        self.map(&["--album", album]);
    }

    /// One sync to its end.
    pub fn sync_once(&self) -> Ended {
        self.run(&["sync", "--once"])
    }

    /// One sync to its end, which must be the best one: every file verified.
    ///
    /// # Panics
    /// When it is another.
    pub fn sync_all(&self) -> Report {
        let report = self.sync_once().is(0).report();
        assert_eq!((report.verified, report.failed, report.pending), (report.files, 0, 0));
        report
    }

    /// Begins a sync that the test goes on beside.
    pub fn begin_sync(&self) -> Running {
        self.start(&["sync", "--once"])
    }

    /// One sync by a user whom file permissions bind, also where the tests run as root.
    pub fn sync_once_bound(&self) -> Ended {
        let root = fs::metadata(&self.home).is_ok_and(|home| home.uid() == 0);
        let without = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"];
        self.start_below(if root { &without } else { &[] }, &["sync", "--once"]).end()
    }

    /// Runs `albumen --json` with these arguments to its end.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        self.start(arguments).end()
    }

    /// Starts `albumen --json` with these arguments.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start(&self, arguments: &[&str]) -> Running {
        let above: Vec<&str> = self.above.iter().map(String::as_str).collect();
        self.start_below(&above, arguments)
    }

    /// The same below another program.
    fn start_below(&self, above: &[&str], arguments: &[&str]) -> Running {
        static RUNS: AtomicU32 = AtomicU32::new(0);
        let number = RUNS.fetch_add(1, Ordering::Relaxed);
        let path = |end: &str| self.home.join(format!("run-{number}.{end}"));
        let (out, err) = (path("out"), path("err"));
        let create = |path: &Path| File::create(path).expect("our own folder can be written");
        let mut command = albumen_below(above, &self.home);
        command.arg("--json").args(arguments).stdout(create(&out)).stderr(create(&err));
        let child = command.spawn().expect("albumen starts");
        Running { what: format!("{} {}", self.name, arguments.join(" ")), child, out, err }
    }
}

/// `albumen` at work. Killed when dropped.
#[derive(Debug)]
pub struct Running {
    what: String,
    child: Child,
    out: PathBuf,
    err: PathBuf,
}

impl Running {
    /// Waits for its end.
    ///
    /// # Panics
    /// When that does not come.
    pub fn end(mut self) -> Ended {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("our own child can be waited for") {
                return self.ended(status);
            }
            if start.elapsed() > RUN_LIMIT {
                self.stop();
                panic!("No end within {} s: {}", RUN_LIMIT.as_secs(), self.tail());
            }
            std::thread::sleep(POLL);
        }
    }

    /// Waits until something has happened that the test can see, while it runs.
    ///
    /// # Panics
    /// When it ended before that, or takes too long.
    pub fn until(&mut self, what: &str, happened: impl Fn() -> bool) {
        let start = Instant::now();
        while !happened() {
            let ended = self.child.try_wait().expect("our own child can be waited for");
            assert!(ended.is_none(), "Ended before: {what}: {ended:?}: {}", self.tail());
            assert!(start.elapsed() < RUN_LIMIT, "Never: {what}: {}", self.tail());
            std::thread::sleep(POLL);
        }
    }

    /// Whether it has come to its end by itself.
    ///
    /// # Panics
    /// When the system does not tell.
    pub fn is_over(&mut self) -> bool {
        self.child.try_wait().expect("our own child can be waited for").is_some()
    }

    /// Its process.
    pub fn process_id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until standard output holds this.
    ///
    /// # Panics
    /// As [`Running::until`].
    pub fn until_says(&mut self, text: &str) {
        let out = self.out.clone();
        self.until(text, || fs::read_to_string(&out).is_ok_and(|said| said.contains(text)));
    }

    /// What it has said so far on standard output.
    pub fn said(&self) -> String {
        fs::read_to_string(&self.out).unwrap_or_default()
    }

    /// Kills it as a crash would.
    ///
    /// # Panics
    /// When it had ended before.
    pub fn kill(mut self) {
        let ended = self.child.try_wait().expect("our own child can be waited for");
        assert!(ended.is_none(), "It had ended before it was killed: {}", self.tail());
        self.stop();
    }

    fn stop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }

    fn ended(&self, status: ExitStatus) -> Ended {
        let read =
            |path: &Path| String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned();
        let stdout = read(&self.out);
        secrets::learn_answer(&stdout);
        Ended { what: self.what.clone(), code: status.code(), stdout, stderr: read(&self.err) }
    }

    /// What it was and what it said, for the message of a test that fails.
    fn tail(&self) -> String {
        let said = fs::read(&self.err).unwrap_or_default();
        format!("{}\n{}", self.what, String::from_utf8_lossy(&said))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

/// How a run of `albumen` ended.
#[derive(Clone, Debug)]
pub struct Ended {
    what: String,
    /// The exit code; absent when a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Ended {
    /// Itself, if it ended with this code.
    ///
    /// # Panics
    /// When it ended otherwise.
    pub fn is(self, code: i32) -> Self {
        let Self { what, code: ended, stdout, stderr } = &self;
        assert_eq!(*ended, Some(code), "{what}\n{stdout}\n{stderr}");
        self
    }

    /// The last line of standard output, which is JSON.
    ///
    /// # Panics
    /// When it is not.
    pub fn value(&self) -> Value {
        let line = self.stdout.lines().last().unwrap_or_default();
        serde_json::from_str(line).unwrap_or_else(|e| panic!("No JSON: {e}: {self:?}"))
    }

    /// The same as the report of a sync.
    ///
    /// # Panics
    /// When it is none.
    pub fn report(&self) -> Report {
        serde_json::from_value(self.value()).unwrap_or_else(|e| panic!("No report: {e}: {self:?}"))
    }

    /// The error's code on standard error, empty without one.
    pub fn error(&self) -> String {
        self.error_value()["code"].as_str().unwrap_or_default().to_owned()
    }

    /// The whole error on standard error, null without one.
    ///
    /// # Panics
    /// When it is no JSON.
    pub fn error_value(&self) -> Value {
        let line = self.stderr.lines().find(|line| line.starts_with("{\"error\""));
        line.map_or(Value::Null, |line| {
            let mut value: Value =
                serde_json::from_str(line).unwrap_or_else(|e| panic!("No JSON: {e}: {self:?}"));
            value["error"].take()
        })
    }
}

/// The last line of `albumen sync --once --json`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Report {
    /// Files that belong in the media library.
    pub files: u64,
    /// Of these, uploaded and verified.
    pub verified: u64,
    /// Of these, still to upload.
    pub pending: u64,
    /// Of these, failed with a reason.
    pub failed: u64,
    /// Files beside them that a rule leaves alone.
    pub skipped: u64,
    /// Bytes verified.
    pub bytes: u64,
    /// How long it took.
    pub seconds: f64,
}
