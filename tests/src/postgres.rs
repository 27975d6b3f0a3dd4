//! A PostgreSQL server for tests, in a folder that goes with it. Started again when it goes down,
//! as an operator would: a test may kill it and see who finds it again.
//!
//! What it has written survives its own end but no power cut (`fsync` is off, except where a figure
//! is taken). Its language is English: whoever orders names must say how, or be found out.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tempfile::TempDir;

use crate::{process, proxy::free_port};

/// Tells test programs of the server; the tests of `core/db` and what stands on it read it.
pub const ADDRESS: &str = "ALBUMEN_TEST_POSTGRES";

/// Where TLS looks for the authorities it trusts; ours is the server's own certificate.
pub const AUTHORITIES: &str = "SSL_CERT_FILE";

/// Debian's place for the programs of each version.
const VERSIONS: &str = "/usr/lib/postgresql";
const CERTIFICATE: &str = "server.crt";
const KEY: &str = "server.key";
/// The user that Debian's package makes. The server refuses to run as root.
const USER: &str = "postgres";
/// Settings of a server whose data need not survive a power cut.
const HASTY: &[&str] = &["fsync=off", "full_page_writes=off"];
/// How long the server may take to answer.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// How often a wait looks again, and the pause before a server that went down is started again.
const POLL: Duration = Duration::from_millis(100);

/// A running server. It ends with this value.
pub struct PostgresServer {
    port: u16,
    state: Arc<Mutex<State>>,
    keeper: Option<JoinHandle<()>>,
    folder: TempDir,
}

#[derive(Default)]
struct State {
    pid: Option<u32>,
    stopping: bool,
}

impl PostgresServer {
    /// Makes an empty server and waits until it answers.
    ///
    /// # Panics
    /// When PostgreSQL is not installed, or does not start.
    pub fn start() -> Self {
        Self::start_with(HASTY)
    }

    /// The same as an operator would run it: what it has answered survives a power cut.
    ///
    /// # Panics
    /// As [`PostgresServer::start`].
    pub fn start_durable() -> Self {
        Self::start_with(&[])
    }

    fn start_with(settings: &'static [&'static str]) -> Self {
        let folder = tempfile::Builder::new().prefix("albumen-postgres-").tempdir();
        let folder = folder.expect("a temporary folder");
        let (owner, port) = (Owner::of(folder.path()), free_port());
        let data = folder.path().join("data");
        let mut init = owner.command(owner.program("initdb"));
        init.arg("-D").arg(&data).args(["--no-sync", "--auth=trust", "--username", USER]);
        init.args(["--encoding=UTF8", "--locale=C", "--locale-provider=icu"]);
        let made = init.arg("--icu-locale=en-US").stdout(Stdio::null()).status();
        assert!(made.is_ok_and(|status| status.success()), "initdb failed: {}", data.display());

        make_certificate(&owner, folder.path());
        let log = folder.path().join("log");
        let state = Arc::new(Mutex::new(State::default()));
        let ready = owner.command(owner.program("pg_isready"));
        let keeper = std::thread::spawn({
            let state = Arc::clone(&state);
            move || keep(&owner, &data, port, &log, settings, &state)
        });
        let server = Self { port, state, keeper: Some(keeper), folder };
        server.wait(ready);
        server
    }

    /// Where it is, as test programs are told by [`ADDRESS`].
    pub fn address(&self) -> String {
        format!("postgresql://{USER}@127.0.0.1:{}/postgres", self.port)
    }

    /// Its folder, once everything that clients have written is in its files.
    ///
    /// # Panics
    /// When it does not answer.
    pub fn at_rest(&self) -> &Path {
        let psql = newest(Path::new(VERSIONS)).map_or_else(|| "psql".into(), |at| at.join("psql"));
        let mut command = Command::new(psql);
        command.args(["--quiet", "--dbname", &self.address(), "--command", "CHECKPOINT"]);
        let done = command.stdin(Stdio::null()).status();
        assert!(done.is_ok_and(|status| status.success()), "No checkpoint of {}", self.address());
        self.folder.path()
    }

    /// CPU seconds that the server and its processes for each client spent so far.
    pub fn cpu_seconds(&self) -> f64 {
        let pid = self.state.lock().unwrap_or_else(PoisonError::into_inner).pid;
        pid.and_then(process::cpu_seconds_with_children).unwrap_or_default()
    }

    /// The file with its certificate, which is good for its address alone.
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join(CERTIFICATE)
    }

    fn wait(&self, mut ready: Command) {
        let start = Instant::now();
        let port = self.port.to_string();
        ready.args(["--quiet", "--host=127.0.0.1", "--port", &port]);
        while !ready.status().is_ok_and(|status| status.success()) {
            assert!(start.elapsed() < READY_WITHIN, "The PostgreSQL server does not answer");
            std::thread::sleep(POLL);
        }
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        let pid = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.stopping = true;
            state.pid
        };
        if let Some(pid) = pid.and_then(|pid| i32::try_from(pid).ok()) {
            // Without waiting for its clients. One that is down already is what was wanted.
            let _down = kill(Pid::from_raw(pid), Signal::SIGINT);
        }
        if let Some(keeper) = self.keeper.take() {
            let _ended = keeper.join();
        }
    }
}

/// Makes a key and a certificate that it signs itself.
fn make_certificate(owner: &Owner, folder: &Path) {
    let mut make = owner.command("openssl".into());
    make.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]);
    make.args(["-nodes", "-days", "2", "-subj", "/CN=albumen-tests"]);
    make.args(["-addext", "subjectAltName=IP:127.0.0.1"]);
    make.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
    make.arg("-keyout").arg(folder.join(KEY)).arg("-out").arg(folder.join(CERTIFICATE));
    let made = make.stderr(Stdio::null()).status();
    assert!(made.is_ok_and(|status| status.success()), "openssl failed: {}", folder.display());
}

/// Runs the server, again and again, until it is to stop.
fn keep(
    owner: &Owner,
    data: &Path,
    port: u16,
    log: &Path,
    settings: &[&str],
    state: &Mutex<State>,
) {
    loop {
        let mut child = {
            let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
            if state.stopping {
                return;
            }
            let child = run(owner, data, port, log, settings);
            state.pid = Some(child.id());
            child
        };
        let _ended = child.wait();
        state.lock().unwrap_or_else(PoisonError::into_inner).pid = None;
        std::thread::sleep(POLL);
    }
}

fn run(owner: &Owner, data: &Path, port: u16, log: &Path, settings: &[&str]) -> Child {
    let log = std::fs::File::options().create(true).append(true).open(log);
    let mut server = owner.command(owner.program("postgres"));
    let folder = data.parent().expect("the data lie in our folder");
    for (setting, file) in [("ssl_cert_file", CERTIFICATE), ("ssl_key_file", KEY)] {
        server.arg("-c").arg(format!("{setting}={}", folder.join(file).display()));
    }
    server.arg("-D").arg(data).args(["-p", &port.to_string()]);
    let always =
        ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=300", "ssl=on"];
    for setting in always.iter().chain(settings) {
        server.args(["-c", setting]);
    }
    server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log.expect("the log can be written"));
    server.spawn().expect("the server starts")
}

/// Who the server runs as, and where its programs are.
struct Owner {
    /// Whether we are root and have to be somebody else for it.
    other: bool,
    programs: Option<PathBuf>,
}

impl Owner {
    /// Gives the folder to whoever will run the server.
    fn of(folder: &Path) -> Self {
        use std::os::unix::fs::MetadataExt;
        let other = std::fs::metadata(folder).expect("our own folder").uid() == 0;
        if other {
            let given = Command::new("chown").arg(USER).arg(folder).status();
            let how = "apt-get install postgresql";
            assert!(given.is_ok_and(|status| status.success()), "No user {USER} (made by `{how}`)");
        }
        Self { other, programs: newest(Path::new(VERSIONS)) }
    }

    /// One of PostgreSQL's programs.
    fn program(&self, name: &str) -> PathBuf {
        self.programs.as_ref().map_or_else(|| name.into(), |folder| folder.join(name))
    }

    /// A program run as that user. It ends when we do, whatever happens to us.
    fn command(&self, program: PathBuf) -> Command {
        if !self.other {
            return Command::new(program);
        }
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig=INT", "--init-groups"]);
        command.arg(format!("--reuid={USER}")).arg(format!("--regid={USER}"));
        // Where that user may be: our own folder may be closed to it.
        command.current_dir("/").arg("--").arg(program);
        command
    }
}

/// The programs of the newest version there; absent where they are on the path, or not at all.
fn newest(versions: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(versions).ok()?.flatten();
    let number = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    let newest = entries.map(|entry| entry.path()).filter(|path| number(path).is_some());
    newest.max_by_key(number).map(|path| path.join("bin"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_answers_comes_back_and_is_gone_with_its_value() {
        let server = PostgresServer::start();
        let port = server.port;
        let pid = || server.state.lock().unwrap().pid;
        let first = pid().expect("it runs");
        assert!(crate::process::kill_9(first));
        let start = Instant::now();
        while pid().is_none_or(|pid| pid == first) {
            assert!(start.elapsed() < READY_WITHIN, "nobody started it again");
            std::thread::sleep(POLL);
        }
        let owner = Owner { other: false, programs: newest(Path::new(VERSIONS)) };
        server.wait(owner.command(owner.program("pg_isready")));
        let second = pid().expect("it runs");
        drop(server);
        assert!(crate::process::gone(second, Duration::from_secs(10)));
        assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
    }

    #[test]
    fn the_newest_version_counts_by_its_number() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["9", "15", "backup"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        assert_eq!(newest(folder.path()), Some(folder.path().join("15/bin")));
        assert_eq!(newest(&folder.path().join("nowhere")), None);
    }
}
