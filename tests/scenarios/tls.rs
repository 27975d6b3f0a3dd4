//! The services over TLS with an authority of their own: the whole job, who is refused, and that
//! nobody holds up anybody else.

use std::fs::{self, Permissions};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use albumen_tests::world::Services;
use albumen_tests::{Smh, World};

use crate::tools::Desk;

/// More connections than the store serves at once (256).
const SILENT: usize = 260;
/// How long a silent client is borne with.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);
/// Much shorter than that: what nobody is held up means.
const AT_ONCE: Duration = Duration::from_secs(5);

fn urls(services: &Services) -> [&String; 3] {
    [&services.hosting, &services.tokens, &services.store]
}

/// Host and port of a base URL.
fn address(url: &str) -> &str {
    url.strip_prefix("https://").unwrap_or_else(|| panic!("Not encrypted: {url}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_kept_over_tls_once_the_authority_is_named() {
    let mut world = World::new();
    let services = world.serve_secure();
    let sha256 = services.ca_sha256.clone().expect("they say whom to trust");
    for url in urls(&services) {
        address(url);
    }
    let laptop = world.device("laptop");
    let photo = fs::read(laptop.photos(3).remove(0)).expect("it is ours");

    let refused = laptop.try_login(&services, &[]).is(5).error_value();
    assert_eq!(refused["code"], "certificate_unknown", "{refused}");
    assert_eq!(refused["params"]["ca_sha256"], *sha256, "{refused}");

    let pairs: Vec<&str> = (0..32).map(|at| &sha256[2 * at..2 * at + 2]).collect();
    laptop.try_login(&services, &["--ca-sha256", &pairs.join(":").to_uppercase()]).is(0);
    laptop.map(&["--album", "Trip"]);
    laptop.sync_all();
    let cloud = Smh::admin(&services).await;
    assert_eq!(cloud.names("Trip").await, ["IMG_0000.jpg", "IMG_0001.jpg", "IMG_0002.jpg"]);
    assert!(cloud.download("Trip/IMG_0000.jpg").await == photo);
    let token = cloud.ask(reqwest::Method::GET, "directory", "Trip").await;
    assert_eq!(token.status, 200);

    // A new start makes a new certificate by the same authority.
    let again = world.serve_secure();
    assert_eq!(again.ca_sha256, services.ca_sha256);
    laptop.photos(4);
    laptop.sync_all();
}

#[test]
fn an_authority_of_others_is_refused() {
    let (mut ours, mut theirs) = (World::new(), World::new());
    let (services, others) = (ours.serve_secure(), theirs.serve_secure());
    let laptop = ours.device("laptop");
    laptop.photos(1);
    let file = others.ca_file.as_ref().expect("they have one").display().to_string();
    let sha256 = others.ca_sha256.as_ref().expect("they have one");
    for named in [["--ca", &file], ["--ca-sha256", sha256]] {
        let refused = laptop.try_login(&services, &named).is(5).error_value();
        assert_eq!(refused["code"], "certificate_unknown", "{refused}");
        assert_eq!(refused["params"]["ca_sha256"].as_str(), services.ca_sha256.as_deref());
    }
    assert_eq!(laptop.try_login(&services, &["--ca-sha256", "12"]).is(2).error(), "bad_request");
    laptop.sync_once().is(3);

    // Whoever signed in does not follow the server to another authority by itself.
    laptop.set_up(&services, "Trip");
    laptop.sync_all();
    ours.stop_serving();
    fs::remove_dir_all(ours.path("services/tls")).expect("the authority is there");
    let other = ours.serve_secure();
    assert_ne!(other.ca_sha256, services.ca_sha256);
    assert_eq!(laptop.run(&["devices", "list"]).is(5).error(), "certificate_unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_library_elsewhere_is_trusted_by_an_authority_of_its_own() {
    let (mut world, mut others) = (World::new(), World::new());
    let (far, strangers) = (world.serve_secure(), others.serve_secure());
    let file = |services: &Services| {
        services.ca_file.as_ref().expect("they have one").display().to_string()
    };
    let (right, wrong) = (file(&far), file(&strangers));
    let sha256 = far.ca_sha256.as_deref().expect("they say whom to trust");
    let computer = world.device("computer");
    let mut serving = computer.start(&["serve"]);
    serving.until_says("\"tokens\"");
    computer.run(&["login", "--here"]).is(0);
    let secret = world.path("library.secret");
    fs::write(&secret, &far.library_secret).expect("our own folder");
    fs::set_permissions(&secret, Permissions::from_mode(0o600)).expect("our own file");
    let secret = secret.to_str().expect("a plain name");
    let add = |more: &[&str]| {
        let at = ["library", "add", "--url", &far.hosting, "--id", &far.library_id];
        computer.run(&[&at[..], &["--name", "Far", "--secret-file", secret], more].concat())
    };
    for more in [&[][..], &["--ca", &wrong], &["--ca-sha256", &"0".repeat(64)]] {
        assert_eq!(add(more).is(5).error(), "library_service_untrusted", "{more:?}");
    }
    add(&["--ca", &right]).is(0);
    let listed = computer.run(&["library", "list"]).is(0).value();
    let entries = listed.as_array().expect("a list");
    let known = entries.iter().find(|one| one["name"] == "Far").expect("it is there");
    assert_eq!(known["caSha256"], sha256, "{known}");

    // The device was told with its token: it sends there and reads from there.
    let photo = fs::read(computer.photos(3).remove(0)).expect("it is ours");
    computer.map(&["--space", &far.space_id, "--album", "Trip"]);
    computer.sync_all();
    let cloud = Smh::admin(&far).await;
    assert!(cloud.download("Trip/IMG_0000.jpg").await == photo);

    let trust = |more: &[&str]| computer.run(&[&["library", "trust", "Far"], more].concat());
    assert_eq!(trust(&["--ca", &wrong]).is(5).error(), "library_service_untrusted");
    assert_eq!(trust(&[]).is(5).error(), "library_service_untrusted");
    // It gets a new authority; the fingerprint is enough to follow it.
    world.stop_serving();
    fs::remove_dir_all(world.path("services/tls")).expect("the authority is there");
    let renewed = world.serve_secure();
    let sha256 = renewed.ca_sha256.as_deref().expect("they say whom to trust");
    assert_eq!(trust(&["--ca-sha256", sha256]).is(0).value()["caSha256"], sha256);
    computer.photos(5);
    computer.sync_all();
    assert_eq!(Smh::admin(&renewed).await.names("Trip").await.len(), 5);
}

#[test]
fn plain_http_is_answered_and_the_key_is_for_its_owner_alone() {
    let mut world = World::new();
    let services = world.serve_secure();
    for url in urls(&services) {
        let start = Instant::now();
        let mut socket = TcpStream::connect(address(url)).expect("it listens");
        socket.write_all(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n").expect("it reads");
        socket.shutdown(std::net::Shutdown::Write).expect("it is open");
        let mut answer = String::new();
        socket.read_to_string(&mut answer).expect("it answers and closes");
        let (head, said) = answer.split_once("\r\n\r\n").expect("it is HTTP");
        assert!(head.starts_with("HTTP/1.1 400 ") && said.ends_with("https://"), "{answer}");
        assert!(start.elapsed() < AT_ONCE, "{:?}", start.elapsed());
    }
    let shown = world.device("laptop");
    let dir = world.path("services").display().to_string();
    let shown = shown.run(&["ca", "export", "--dir", &dir]).is(0).value();
    let file = services.ca_file.as_ref().expect("they have one");
    let pem = fs::read_to_string(file).expect("it is there");
    assert_eq!(shown["ca_pem"], *pem);
    assert_eq!(shown["ca_sha256"].as_str(), services.ca_sha256.as_deref());
    let mode = |path| {
        use std::os::unix::fs::PermissionsExt;
        fs::metadata(world.path(path)).expect("it is there").permissions().mode() & 0o777
    };
    assert_eq!((mode("services/tls"), mode("services/tls/ca.key")), (0o700, 0o600));
}

#[test]
fn silent_clients_hold_nobody_up_for_long() {
    let desk = Desk::open_secure();
    let silent = |url: &str, count: usize| -> Vec<TcpStream> {
        let connect = |_| TcpStream::connect(address(url)).expect("it listens");
        (0..count).map(connect).collect()
    };
    let few: Vec<_> = urls(&desk.services).into_iter().flat_map(|url| silent(url, 20)).collect();
    let start = Instant::now();
    // Nothing is there for somebody without a key; what matters is that it is said.
    let said = urls(&desk.services).map(|url| desk.fetch(&format!("{url}/nothing/here")));
    assert!(said.iter().all(|answer| answer.is_err()), "{said:?}");
    assert!(start.elapsed() < AT_ONCE, "{:?}", start.elapsed());
    drop(few);

    // Every place in the store taken: the next one waits for the end of somebody's patience.
    let all = silent(&desk.services.store, SILENT);
    let start = Instant::now();
    let answer = desk.fetch(&format!("{}/nothing/here", desk.services.store));
    assert_eq!(answer, Err("403".to_owned()));
    assert!(start.elapsed() < HANDSHAKE_TIME + AT_ONCE, "{:?}", start.elapsed());
    drop(all);
}
