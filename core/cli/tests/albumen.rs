//! The program as scripts use it: real processes, real services, exit codes and JSON lines.
#![allow(clippy::unwrap_used, reason = "a helper of a test fails as its tests do")]
#![allow(clippy::disallowed_methods, reason = "a test makes the folders its program works on")]

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;

#[path = "albumen/ignoring.rs"]
mod ignoring;
#[path = "albumen/pairing.rs"]
mod pairing;
#[path = "albumen/people.rs"]
mod people;
#[path = "albumen/serving.rs"]
mod serving;

struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program with a home of its own and nothing of whoever runs the tests.
    fn albumen(&self, home: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_albumen"));
        command
            .args(arguments)
            .env_clear()
            .env("ALBUMEN_HOME", self.path(home))
            .env("ALBUMEN_NO_KEYCHAIN", "1")
            .env("TMPDIR", self.folder.path());
        command
    }

    fn run(&self, home: &str, arguments: &[&str]) -> Output {
        self.albumen(home, arguments).stdin(Stdio::null()).output().unwrap()
    }

    fn photos(&self, count: u32) -> PathBuf {
        let folder = self.path("photos");
        albumen_app::samples::write(&folder, count).unwrap();
        folder
    }
}

#[test]
fn the_library_service_describes_itself_without_running() {
    let bench = Bench::new();
    let printed = bench.run("none", &["openapi"]);
    assert!(printed.status.success(), "{printed:?}");
    let document: Value = serde_json::from_slice(&printed.stdout).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let info = &document["paths"]["/api/v1/file/{LibraryId}/{SpaceId}/{FilePath}#info"];
    assert_eq!(info["get"]["operationId"], "infoFile");
    assert_eq!(last_line(&bench.run("none", &["openapi", "--json"])), document);
    assert!(!bench.path("none").exists(), "a home folder was made");
}

fn last_line(output: &Output) -> Value {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let line = text.lines().last().unwrap_or_else(|| panic!("Nothing printed: {output:?}"));
    serde_json::from_str(line).unwrap()
}

fn error_code(output: &Output) -> String {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    let line = text.lines().last().unwrap_or_else(|| panic!("No error printed: {output:?}"));
    serde_json::from_str::<Value>(line).unwrap()["error"]["code"].as_str().unwrap().to_owned()
}

/// `serve --dev`, ended with the test.
struct Serving {
    child: Child,
    line: Value,
}

impl Serving {
    fn start(bench: &Bench, dir: &Path) -> Self {
        Self::start_with(bench, dir, &[], Stdio::null())
    }

    /// With more arguments, and where its log goes.
    fn start_with(bench: &Bench, dir: &Path, more: &[&str], log: Stdio) -> Self {
        let dir = dir.to_str().unwrap();
        let arguments = [&["serve", "--dev", "--json", "--dir", dir], more].concat();
        Self::spawn(bench.albumen("serve-home", &arguments).stderr(log))
    }

    fn of(bench: &Bench, home: &str, arguments: &[&str]) -> Self {
        Self::spawn(&mut bench.albumen(home, arguments))
    }

    fn spawn(command: &mut Command) -> Self {
        let levels = "warn,albumen_hosting=debug,albumen_tokens=debug";
        let mut child = command.env("ALBUMEN_LOG", levels).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, line: serde_json::from_str(&line).unwrap() }
    }

    fn text(&self, name: &str) -> &str {
        self.line[name].as_str().unwrap_or_else(|| panic!("{name} is missing"))
    }

    fn login(&self, bench: &Bench, home: &str, password: &str) -> Output {
        let arguments = ["login", self.text("tokens"), "--account", self.text("account"), "--json"];
        let mut child = bench
            .albumen(home, &arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        writeln!(child.stdin.take().unwrap(), "{password}").unwrap();
        child.wait_with_output().unwrap()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn demo_ends_with_its_line() {
    let bench = Bench::new();
    let dir = bench.path("demo");
    let output =
        bench.run("h", &["demo", "--json", "--count", "5", "--dir", dir.to_str().unwrap()]);
    assert!(output.status.success(), "{output:?}");
    let line = last_line(&output);
    assert_eq!(
        (&line["files"], &line["verified"], &line["failed"]),
        (&5.into(), &5.into(), &0.into())
    );
    assert!(line["bytes"].as_u64().unwrap() > 5 * 40_000);
    assert!(line["seconds"].as_f64().unwrap() > 0.0);
    assert_eq!(line.as_object().unwrap().len(), 5);
    let other = bench.path("other");
    fs::create_dir_all(other.join("mine")).unwrap();
    let refused = bench.run("h", &["demo", "--json", "--dir", other.to_str().unwrap()]);
    assert_eq!(
        (refused.status.code(), error_code(&refused).as_str()),
        (Some(8), "folder_not_empty")
    );
}

#[test]
fn a_script_signs_in_maps_and_syncs() {
    let bench = Bench::new();
    let serving = Serving::start(&bench, &bench.path("dev"));
    for name in ["hosting", "store", "console_key", "library_id", "library_secret", "space_id"] {
        assert!(!serving.text(name).is_empty(), "{name}");
    }
    for name in ["bucket", "access_key_id", "secret_access_key"] {
        assert!(!serving.text(name).is_empty(), "{name}");
    }
    let nobody = bench.run("h", &["sync", "--once", "--json"]);
    assert_eq!((nobody.status.code(), error_code(&nobody).as_str()), (Some(3), "not_signed_in"));
    let wrong = serving.login(&bench, "h", "wrong");
    assert_eq!((wrong.status.code(), error_code(&wrong).as_str()), (Some(7), "wrong_password"));
    let right = serving.login(&bench, "h", serving.text("password"));
    assert!(right.status.success(), "{right:?}");
    assert_eq!(last_line(&right)["phase"], "ready");

    let photos = bench.photos(4);
    let mapped =
        bench.run("h", &["map", "add", photos.to_str().unwrap(), "--per-folder", "--json"]);
    assert!(mapped.status.success(), "{mapped:?}");
    let synced = bench.run("h", &["sync", "--once", "--json"]);
    assert!(synced.status.success(), "{synced:?}");
    let line = last_line(&synced);
    assert_eq!(
        (&line["files"], &line["verified"], &line["failed"]),
        (&4.into(), &4.into(), &0.into())
    );
    let status = last_line(&bench.run("h", &["status", "--json"]));
    assert_eq!(status["sync"]["mappings"][0]["filesVerified"], 4);
    assert_eq!(status["problems"], serde_json::json!([]));
    assert_eq!(last_line(&bench.run("h", &["devices", "--json"])).as_array().unwrap().len(), 1);

    let text = String::from_utf8(synced.stdout).unwrap();
    assert!(!text.contains(serving.text("library_secret")));
}

#[test]
fn a_second_program_on_the_same_home_goes_through_the_first_or_says_so() {
    let bench = Bench::new();
    let serving = Serving::start(&bench, &bench.path("dev"));
    assert!(serving.login(&bench, "h", serving.text("password")).status.success());
    let mut watching =
        bench.albumen("h", &["watch", "--json"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(watching.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.contains("\"type\""), "{line}");
    let second = bench.run("h", &["status", "--json"]);
    let third = bench.run("h", &["watch", "--json"]);
    watching.kill().unwrap();
    watching.wait().unwrap();
    assert_eq!(last_line(&second)["state"]["phase"], "ready", "{second:?}");
    assert_eq!((third.status.code(), error_code(&third).as_str()), (Some(6), "profile_in_use"));
    let after = bench.run("h", &["status", "--json"]);
    assert!(after.status.success(), "the lock went with the process: {after:?}");
}

#[test]
fn the_services_of_a_home_are_trusted_there_with_and_without_tls() {
    let bench = Bench::new();
    let none = bench.run("h", &["ca", "show", "--json"]);
    assert_eq!((none.status.code(), error_code(&none).as_str()), (Some(8), "no_authority"));

    let serving = Serving::of(&bench, "h", &["serve", "--tls", "--json"]);
    assert!(serving.text("tokens").starts_with("https://"), "{}", serving.line);
    let shown = last_line(&bench.run("h", &["ca", "show", "--json"]));
    assert_eq!(shown["ca_sha256"].as_str(), Some(serving.text("ca_sha256")));
    let told = bench.run("h", &["ca", "show"]).stdout;
    assert!(String::from_utf8(told).unwrap().contains(serving.text("ca_sha256")));
    let login = bench.run("h", &["login", "--here", "--json"]);
    assert!(login.status.success(), "{login:?}");
    assert_eq!(last_line(&login)["profile"]["tokensUrl"].as_str(), Some(serving.text("tokens")));
    drop(serving);

    // Without them the app runs its own, in plain HTTP on the same ports.
    let devices = bench.run("h", &["devices", "--json"]);
    assert!(devices.status.success(), "{devices:?}");
    let again = Serving::of(&bench, "h", &["serve", "--tls", "--json"]);
    assert_eq!(shown["ca_sha256"].as_str(), Some(again.text("ca_sha256")));
    let devices = bench.run("h", &["devices", "--json"]);
    assert!(devices.status.success(), "{devices:?}");
}

#[test]
fn a_certificate_of_ones_own_is_served_under_its_name() {
    let bench = Bench::new();
    let paths = ["cert.pem", "key.pem"].map(|name| bench.path(name).to_str().unwrap().to_owned());
    let [certificate, key] = &paths;
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"])
        .args(["-subj", "/CN=nas.localhost", "-addext", "subjectAltName=DNS:nas.localhost"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-days", "2", "-keyout", key, "-out", certificate])
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let dir = bench.path("dev").to_str().unwrap().to_owned();
    let serve = ["serve", "--json", "--dev", "--dir", &dir, "--tls"];
    let own = ["--tls-cert", certificate, "--tls-key", key];
    let nameless = bench.run("h", &[&serve[..], &own].concat());
    assert_eq!(nameless.status.code(), Some(2), "{nameless:?}");
    let name = ["--tls-name", "nas.localhost"];
    let wrong = ["--tls-cert", certificate, "--tls-key", certificate];
    let refused = bench.run("h", &[&serve[..], &wrong, &name].concat());
    assert_eq!(error_code(&refused), "service_failed", "a certificate is no key");

    // The services themselves know where that name is, and speak to each other by it.
    let serving = Serving::of(&bench, "h", &[&serve[..], &own, &name].concat());
    assert!(serving.text("store").starts_with("https://nas.localhost:"), "{}", serving.line);
    assert!(serving.line.get("ca_sha256").is_none(), "{}", serving.line);
    let about = format!("{}/auth/v1/service", serving.text("tokens"));
    let curl = Command::new("curl").args(["-sS", "--cacert", certificate, &about]).output();
    let curl = curl.unwrap();
    assert_eq!(last_line(&curl)["name"], "Development", "{curl:?}");
}

#[test]
fn messages_are_in_the_language_of_the_user() {
    let bench = Bench::new();
    let said = |locale: &str| {
        let mut command = bench.albumen("h", &["status"]);
        let output = command.env("LANG", locale).output().unwrap();
        assert_eq!(output.status.code(), Some(3));
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(said("zh_CN.UTF-8").contains("登录"));
    assert!(said("en_US.UTF-8").contains("signed in"));
}

#[test]
fn arguments_that_make_no_sense_end_with_two() {
    let bench = Bench::new();
    for arguments in [
        &["login", "host"][..],
        &["login", "--here", "--account", "a"],
        &["serve", "--dev"],
        &["map", "add"],
        &["unknown"],
    ] {
        assert_eq!(bench.run("h", arguments).status.code(), Some(2), "{arguments:?}");
    }
    let output = bench.run("h", &["login", "ftp://host", "--account", "a", "--json"]);
    assert_eq!((output.status.code(), error_code(&output).as_str()), (Some(2), "bad_request"));
}

/// Signs in and looks again, in a session with an unlocked keyring.
const WITH_KEYRING: &str = r#"
printf %s secret | gnome-keyring-daemon --unlock --components=secrets > "$1/keyring.log" 2>&1
"$0" --json login --here --device-name k && "$0" --json status
"#;

#[test]
fn keys_go_to_the_keychain_where_there_is_one() {
    let bench = Bench::new();
    for folder in ["runtime", "user"] {
        let mut builder = fs::DirBuilder::new();
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(bench.path(folder)).unwrap();
    }
    let (home, runtime, user) = (bench.path("h"), bench.path("runtime"), bench.path("user"));
    let output = Command::new("dbus-run-session")
        .args(["--", "bash", "-c", WITH_KEYRING, env!("CARGO_BIN_EXE_albumen")])
        .arg(bench.folder.path())
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .env_remove("DISPLAY")
        .envs([("ALBUMEN_HOME", &home), ("XDG_RUNTIME_DIR", &runtime), ("HOME", &user)])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let status = last_line(&output);
    assert_eq!(status["state"]["secretStore"], "keychain");
    assert_eq!(status["state"]["phase"], "ready");
    assert_eq!(status["state"]["warnings"], serde_json::json!([]));
    assert!(!home.join("keys.vault").exists(), "no key lies in a file");

    // Without the keyring nothing is put in its place.
    let mut without = bench.albumen("h", &["status", "--json"]);
    let refused = without.env_remove("ALBUMEN_NO_KEYCHAIN").output().unwrap();
    assert_eq!(refused.status.code(), Some(8), "{refused:?}");
    assert_eq!(error_code(&refused), "keychain_unavailable");
}
