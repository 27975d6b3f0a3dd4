//! A desktop of its own for one test: display, session bus, unlocked keyring, home and XDG folders.
//!
//! Two windows on one bus would be one: the program opens once per session. So each test gets its
//! own, and tests may run side by side. Everything ends and vanishes when the session is dropped.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::process::{Mark, SUITE_MARK};
use crate::programs;
use crate::secrets::{self, Exempt, Searched};
use crate::vaults;

/// How long a part of the session may take to be ready; each takes milliseconds on a quiet machine.
const READY_LIMIT: Duration = Duration::from_secs(20);
/// How long programs have to end by themselves before they are killed.
const END_PATIENCE: Duration = Duration::from_secs(3);
/// Wide and high enough for a native file dialog beside the window.
const SCREEN: &str = "1920x1200x24";

/// Variables of the machine that a session lets through.
const INHERITED: &[&str] =
    &["PATH", "RUST_BACKTRACE", "RUST_LOG", "ALBUMEN_PHOTOS", "LD_LIBRARY_PATH", SUITE_MARK];

/// Opens the keyring of a session.
const KEYRING_PASSWORD: &str = "a password for this test alone";
/// What may lie in a session in the clear.
const EXEMPT: &[Exempt] = &[
    Exempt::of_ours("set-up-code", "who can read the service's files may become its owner"),
    Exempt::of_ours(
        "keys.key",
        "opens the file of keys where there is no keychain; with a warning",
    ),
];

static COUNTER: AtomicU32 = AtomicU32::new(0);

/// A running private desktop.
#[derive(Debug)]
pub struct Session {
    home: Searched,
    mark: Mark,
    environment: Vec<(String, String)>,
    children: Vec<Child>,
}

impl Session {
    /// Starts display, bus and keyring, each awaited until it answers.
    ///
    /// # Panics
    /// When a program is missing or does not come up in time.
    pub fn start() -> Self {
        let mut session = Self::without_keyring();
        session.unlock_keyring();
        session
    }

    /// The same with no secret service at all: what a bare window manager has.
    ///
    /// # Panics
    /// When a program is missing or does not come up in time.
    pub fn without_keyring() -> Self {
        let home =
            tempfile::Builder::new().prefix("albumen-").tempdir().expect("a temporary folder");
        let home = Searched::for_all(home, EXEMPT);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let value = format!("{}-{number}", std::process::id());
        let mark = Mark { name: "ALBUMEN_SESSION_MARK", value };
        let environment = environment(home.path(), &mark);
        let mut session = Self { home, mark, environment, children: Vec::new() };
        session.make_folders();
        session.start_display();
        session.start_bus();
        session
    }

    /// The session's home folder.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// A folder for logs, kept with the screenshots when a test fails.
    pub fn logs(&self) -> PathBuf {
        self.home().join("logs")
    }

    /// What marks every process of this session.
    pub fn mark(&self) -> &Mark {
        &self.mark
    }

    /// A command in this session: its environment and nothing else, its errors in
    /// `logs/<name>.log`.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.current_dir(self.home()).stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(self.log(program));
        command
    }

    /// Starts a command that ends with the session.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn spawn(&mut self, command: &mut Command) -> &mut Child {
        let child = command.spawn().unwrap_or_else(|e| {
            panic!("Program cannot be started: {}: {e}", command.get_program().display())
        });
        self.children.push(child);
        self.children.last_mut().expect("just pushed")
    }

    /// A file that takes what a program says.
    fn log(&self, program: &Path) -> std::fs::File {
        let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let path = self.logs().join(format!("{name}.log"));
        let file = std::fs::File::options().create(true).append(true).open(&path);
        file.unwrap_or_else(|e| panic!("Log cannot be written: {}: {e}", path.display()))
    }

    fn make_folders(&self) {
        for name in ["run", "cache", "config", "data", "state", "logs", "Pictures"] {
            let path = self.home().join(name);
            std::fs::create_dir(&path).expect("a fresh home has none of these");
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt;
                let private = std::fs::Permissions::from_mode(0o700);
                std::fs::set_permissions(&path, private).expect("our own folder");
            }
        }
    }

    fn start_display(&mut self) {
        let mut command = self.command(Path::new("Xvfb"));
        command.args(["-displayfd", "1", "-screen", "0", SCREEN, "-nolisten", "tcp"]);
        command.stdout(Stdio::piped());
        let number = first_line(self.spawn(&mut command), "Xvfb tells its display");
        self.environment.push(("DISPLAY".to_owned(), format!(":{number}")));
    }

    fn start_bus(&mut self) {
        let address = format!("unix:path={}", self.home().join("run/bus").display());
        let mut command = self.command(Path::new("dbus-daemon"));
        command.args(["--session", "--nofork", "--print-address=1"]);
        command.arg(format!("--address={address}")).stdout(Stdio::piped());
        let address = first_line(self.spawn(&mut command), "dbus-daemon tells its address");
        self.environment.push(("DBUS_SESSION_BUS_ADDRESS".to_owned(), address));
    }

    /// Starts the secret service with a keyring that is open, as after signing in to a desktop.
    fn unlock_keyring(&mut self) {
        let mut command = self.command(Path::new("gnome-keyring-daemon"));
        command.args(["--foreground", "--unlock", "--components=secrets"]).stdin(Stdio::piped());
        let child = self.spawn(&mut command);
        let mut input = child.stdin.take().expect("stdin is piped");
        secrets::learn("a keyring's password", KEYRING_PASSWORD);
        input.write_all(KEYRING_PASSWORD.as_bytes()).expect("the keyring reads its password");
        drop(input);
        let start = Instant::now();
        while !self.has_secret_service() {
            assert!(start.elapsed() < READY_LIMIT, "The keyring did not come up: {}", self.tail());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn has_secret_service(&self) -> bool {
        let output = self
            .command(Path::new("dbus-send"))
            .args(["--session", "--print-reply", "--dest=org.freedesktop.DBus"])
            .args(["/org/freedesktop/DBus", "org.freedesktop.DBus.NameHasOwner"])
            .arg("string:org.freedesktop.secrets")
            .stdout(Stdio::piped())
            .output()
            .expect("dbus-send runs");
        String::from_utf8_lossy(&output.stdout).contains("boolean true")
    }

    /// The last lines of every log: what to show when something did not come up.
    pub fn tail(&self) -> String {
        const LINES: usize = 15;
        let mut text = String::new();
        for entry in std::fs::read_dir(self.logs()).into_iter().flatten().flatten() {
            let log = std::fs::read(entry.path()).unwrap_or_default();
            let log = String::from_utf8_lossy(&log).into_owned();
            let lines: Vec<&str> = log.lines().collect();
            let last = lines[lines.len().saturating_sub(LINES)..].join("\n  ");
            text.push_str(&format!("\n{}:\n  {last}", entry.file_name().display()));
        }
        text
    }

    /// Copies the logs where a person can find them after a failure.
    fn keep_logs(&self) {
        let test = std::thread::current().name().unwrap_or("main").replace("::", "-");
        let folder = programs::output_folder("failures").join(test);
        drop(std::fs::create_dir_all(&folder));
        for entry in std::fs::read_dir(self.logs()).into_iter().flatten().flatten() {
            drop(std::fs::copy(entry.path(), folder.join(entry.file_name())));
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.keep_logs();
        }
        self.mark.end(END_PATIENCE);
        for child in &mut self.children {
            drop(child.wait());
        }
        if !std::thread::panicking() {
            vaults::learn_all(self.home());
        }
    }
}

/// Everything a program of the session sees, display and bus aside.
fn environment(home: &Path, mark: &Mark) -> Vec<(String, String)> {
    let at = |name: &str| home.join(name).display().to_string();
    let mut environment: Vec<(String, String)> = INHERITED
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?)))
        .collect();
    let own = [
        ("HOME", home.display().to_string()),
        ("XDG_RUNTIME_DIR", at("run")),
        ("XDG_CACHE_HOME", at("cache")),
        ("XDG_CONFIG_HOME", at("config")),
        ("XDG_DATA_HOME", at("data")),
        ("XDG_STATE_HOME", at("state")),
        ("TMPDIR", at("run")),
        ("LANG", "C.UTF-8".to_owned()),
        ("GDK_BACKEND", "x11".to_owned()),
        ("GSETTINGS_BACKEND", "memory".to_owned()),
        ("NO_AT_BRIDGE", "1".to_owned()),
        // Software rendering without it is slow enough to hide what is slow of ours.
        ("WEBKIT_DISABLE_DMABUF_RENDERER", "1".to_owned()),
        (mark.name, mark.value.clone()),
    ];
    environment.extend(own.map(|(name, value)| (name.to_owned(), value)));
    environment
}

/// The first line that a program prints, within the limit.
fn first_line(child: &mut Child, what: &str) -> String {
    let output = child.stdout.take().expect("stdout is piped");
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut lines = BufReader::new(output).lines();
        // Read on to the end, so that the program never blocks on a full pipe.
        while let Some(Ok(line)) = lines.next() {
            drop(sender.send(line));
        }
    });
    receiver.recv_timeout(READY_LIMIT).unwrap_or_else(|_| panic!("Did not happen in time: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_private_and_leaves_nothing() {
        let session = Session::start();
        assert!(session.has_secret_service());
        let printed = session.command(Path::new("env")).stdout(Stdio::piped()).output();
        let printed = String::from_utf8(printed.expect("env runs").stdout).expect("text");
        assert!(printed.contains(&format!("HOME={}\n", session.home().display())), "{printed}");
        assert!(!printed.contains("CARGO"), "the machine's environment leaks in: {printed}");

        let other = Session::without_keyring();
        assert!(!other.has_secret_service(), "the second session sees the first one's keyring");

        let (mark, home) = (session.mark().clone(), session.home().to_owned());
        assert!(mark.processes().len() >= 3, "display, bus and keyring: {:?}", mark.processes());
        drop(session);
        assert_eq!(mark.processes(), [0; 0]);
        assert!(!home.exists());
        assert!(!other.mark().processes().is_empty(), "the other session was ended too");
    }
}
