//! Running the services for others: on which addresses, moved to a database server, with libraries
//! that are kept elsewhere, under policies.

use std::fs::{self, Permissions};
use std::net::{IpAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use albumen_tests::device::{Device, Running};
use albumen_tests::postgres::PostgresServer;
use albumen_tests::{Smh, World};
use serde_json::Value;

/// A file that only its owner can read.
pub(crate) fn secret(path: &Path, text: &str) -> String {
    fs::write(path, text).expect("our own folder can be written");
    fs::set_permissions(path, Permissions::from_mode(0o600)).expect("our own file");
    path.to_str().expect("our own folder has a plain name").to_owned()
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("our own folder has a plain name")
}

/// The services of a computer in a process of their own, and what they said of themselves.
pub(crate) fn serve(computer: &Device, arguments: &[&str]) -> (Running, Value) {
    let mut running = computer.start(&[&["serve"], arguments].concat());
    running.until_says("\"tokens\"");
    let said = running.said();
    (running, serde_json::from_str(said.lines().next().expect("a line")).expect("it is JSON"))
}

/// Every file below a folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.expect("an entry"));
    let paths = entries.map(|entry| entry.path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// An address of this machine that is not of this machine alone.
fn own_address() -> Option<IpAddr> {
    let said = Command::new("hostname").arg("-I").output().ok()?;
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    text.split_whitespace().filter_map(|word| word.parse().ok()).find(IpAddr::is_ipv4)
}

fn host_and_port(url: &str) -> (&str, u16) {
    let (_, rest) = url.split_once("://").expect("a base URL");
    let (host, port) = rest.rsplit_once(':').expect("it has a port");
    (host, port.parse().expect("a number"))
}

#[test]
fn other_computers_are_let_in_over_tls_alone() {
    let world = World::new();
    let computer = world.device("computer");
    for open in ["0.0.0.0", "192.0.2.1", "::"] {
        let refused = computer.run(&["serve", "--bind", open]).is(2).error_value();
        assert_eq!(refused["code"], "bad_request", "{refused}");
        assert!(refused["params"]["detail"].as_str().is_some_and(|d| d.contains("--tls")));
    }
    let (running, line) = serve(&computer, &["--bind", "127.0.0.2"]);
    let url = line["tokens"].as_str().expect("an address");
    let (host, port) = host_and_port(url);
    assert_eq!(host, "127.0.0.2");
    assert!(TcpStream::connect(("127.0.0.2", port)).is_ok());
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err(), "there it does not listen");
    drop(running);

    let Some(own) = own_address() else { return };
    let own = own.to_string();
    let (_running, line) = serve(&computer, &["--tls", "--bind", &own]);
    let (url, sha256) = (line["tokens"].as_str(), line["ca_sha256"].as_str());
    let (url, sha256) = (url.expect("an address"), sha256.expect("an authority"));
    assert_eq!(host_and_port(url).0, own);
    assert!(url.starts_with("https://"));
    let password = secret(&world.path("password"), "no password of anybody");
    let laptop = world.device("laptop");
    let login = ["login", url, "--account", "owner", "--password-file", &password];
    let unknown = laptop.run(&login).is(5).error();
    assert_eq!(unknown, "certificate_unknown");
    let wrong = laptop.run(&[&login[..], &["--ca-sha256", sha256]].concat()).is(7).error();
    assert_eq!(wrong, "wrong_password", "it answers, over TLS, at the machine's own address");
}

#[test]
fn the_databases_move_to_a_server_and_nothing_is_different() {
    let postgres = PostgresServer::start();
    let world = World::new();
    let computer = world.device("computer");
    let address = secret(&world.path("database"), &postgres.address());
    let (running, _) = serve(&computer, &[]);
    computer.run(&["login", "--here"]).is(0);
    computer.photos(10);
    computer.map(&["--album", "Trip"]);
    computer.sync_all();
    let move_it = ["move-database", "--to-file", &address];
    assert_eq!(computer.run(&move_it).is(6).error(), "profile_in_use", "the services run");
    drop(running);

    let moved = computer.run(&move_it).is(0).value();
    assert!(moved["tokensRows"].as_u64() > Some(5), "{moved}");
    assert!(moved["hostingRows"].as_u64() > Some(20), "{moved}");
    assert_eq!(computer.run(&move_it).is(2).error(), "bad_request", "it was moved before");
    let written = fs::read_to_string(world.path("computer/albumen/services/database.json"));
    assert!(!written.expect("it is there").contains("postgresql://"), "no address, no password");

    let (running, _) = serve(&computer, &[]);
    computer.run(&["devices", "list"]).is(0);
    assert_eq!(computer.sync_all().verified, 10);
    computer.photos(15);
    assert_eq!(computer.sync_all().verified, 15, "new rows get new numbers");
    drop(running);

    // Another home has no business in schemas that are in use.
    let other = world.device("other");
    let (running, _) = serve(&other, &[]);
    other.run(&["login", "--here"]).is(0);
    drop(running);
    let refused = other.run(&move_it).is(8).error_value();
    assert_eq!(refused["code"], "database_not_empty", "{refused}");
    let (_running, _) = serve(&other, &[]);
    other.run(&["devices", "list"]).is(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_library_that_is_kept_elsewhere_is_used_through_the_own_server() {
    let mut world = World::new();
    // A library service in another process, known by address, id and secret alone.
    let far = world.serve();
    let computer = world.device("computer");
    let (_running, _) = serve(&computer, &[]);
    computer.run(&["login", "--here"]).is(0);
    let file = secret(&world.path("library.secret"), "wrong secret\n");
    let id = far.library_id.as_str();
    let add = |url: &str| {
        let library = ["library", "add", "--url", url, "--id", id, "--name", "Far"];
        computer.run(&[&library[..], &["--secret-file", &file]].concat())
    };
    assert_eq!(add(&far.hosting).is(7).error(), "library_secret_wrong");
    secret(&world.path("library.secret"), &far.library_secret);
    assert_eq!(add("http://photos.example").is(7).error(), "library_service_insecure");
    assert_eq!(add("http://127.0.0.1:9").is(5).error(), "library_service_unreachable");
    fs::set_permissions(world.path("library.secret"), Permissions::from_mode(0o644)).expect("ours");
    let open = add(&far.hosting).error_value();
    assert!(open["params"]["detail"].as_str().is_some_and(|d| d.contains("chmod 600")), "{open}");
    secret(&world.path("library.secret"), &far.library_secret);
    let added = add(&far.hosting).is(0).value();
    assert_eq!(added["spaces"][0]["spaceId"], far.space_id, "{added}");
    assert_eq!(add(&far.hosting).error(), "library_exists");

    computer.photos(5);
    computer.map(&["--space", &far.space_id, "--album", "Trip"]);
    computer.sync_all();
    assert_eq!(Smh::admin(&far).await.names("Trip").await.len(), 5);
    for path in files(&world.path("computer/albumen")) {
        let bytes = fs::read(&path).unwrap_or_default();
        let secret = far.library_secret.as_bytes();
        assert!(!bytes.windows(secret.len()).any(|w| w == secret), "{}", path.display());
    }

    let removed = computer.run(&["library", "remove", "Far"]).is(0).value();
    assert_eq!(removed["tokensLeft"], 0, "{removed}");
    computer.photos(6);
    computer.sync_once();
    assert_eq!(Smh::admin(&far).await.names("Trip").await.len(), 5, "nothing more goes there");
}

#[test]
fn a_policy_is_set_shown_and_kept_to() {
    let world = World::new();
    let computer = world.device("computer");
    let (_running, _) = serve(&computer, &[]);
    computer.run(&["login", "--here"]).is(0);
    let libraries = computer.run(&["spaces"]).is(0).value();
    let space = libraries[0]["spaces"][0]["spaceId"].as_str().expect("a space").to_owned();
    let set = |more: &[&str]| {
        computer.run(&[&["spaces", "policy", "set", space.as_str()], more].concat())
    };
    let policy = set(&["--delete", "admin,@owner", "--quota", "5GB", "--kinds", "photos"]);
    let policy = policy.is(0).value();
    assert_eq!(policy["delete"]["accounts"][0], "owner", "{policy}");
    assert_eq!(
        (&policy["quotaBytes"], &policy["videos"]),
        (&5_000_000_000_u64.into(), &false.into())
    );
    assert_eq!(policy["applied"], true, "{policy}");
    let shown = computer.run(&["spaces", "policy", "show", &space]).is(0).value();
    assert_eq!(shown, policy);
    assert_eq!(set(&["--read", "@nobody"]).code, Some(2));
    assert_eq!(set(&["--read", "nobody,@stranger"]).is(2).error(), "bad_request");

    // A guard of one's own, until an administrator settles it.
    let guard =
        |more: &[&str]| computer.run(&[&["spaces", "guard", space.as_str()], more].concat());
    assert_eq!(guard(&["--off"]).is(0).value()["own"], true);
    set(&["--guard", "3,1%", "--lock-guard"]).is(0);
    computer.run(&["spaces"]).is(0);
    let settled = guard(&[]).is(0).value();
    assert_eq!((&settled["files"], &settled["locked"]), (&3.into(), &true.into()), "{settled}");
    assert_eq!(guard(&["--at", "900,90%"]).is(7).error(), "no_permission");

    // What the space does not take is refused, what it takes goes on.
    computer.photos(2);
    computer.map(&["--space", &space, "--album", "Trip"]);
    computer.sync_all();
    set(&["--upload", "nobody"]).is(0);
    computer.photos(3);
    let held = computer.sync_once();
    assert_ne!(held.code, Some(0), "{held:?}");
    set(&["--upload", "member"]).is(0);
    assert_eq!(computer.sync_all().verified, 3);
}
