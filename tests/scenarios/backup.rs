//! Backup and restore of the services: beside running ones, with the databases in files or on a
//! server, of all services or the token service alone; what was changed is refused.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use albumen_tests::device::Device;
use albumen_tests::person::PASSWORD;
use albumen_tests::postgres::PostgresServer;
use albumen_tests::{Person, World, secrets};
use serde_json::Value;

use crate::operator::{files, secret, serve, text};

const PASSPHRASE: &str = "a passphrase for the kit";

/// How many of these files the object store of a home has, byte for byte.
fn kept(home: &Path, photos: &[PathBuf]) -> usize {
    let blobs: Vec<Vec<u8>> = files(&home.join("albumen/services/store/blobs"))
        .iter()
        .chain(&files(&home.join("albumen/services/store/staging")))
        .map(|path| fs::read(path).expect("a blob can be read"))
        .collect();
    let is_kept = |photo: &&PathBuf| blobs.contains(&fs::read(photo).expect("it is ours"));
    photos.iter().filter(is_kept).count()
}

/// Somebody new at services in a home, who may look into its first space.
async fn guest(computer: &Device, tokens: &str, account: &str) -> Person {
    let code = computer.run(&["people", "invite"]).is(0).value()["code"].clone();
    let library = computer.run(&["library", "list"]).is(0).value()[0].clone();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let place = (text(&library["libraryId"]), text(&library["spaces"][0]["spaceId"]));
    Person::invited(tokens, (account, &text(&code)), (&place.0, &place.1)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_confirmed_before_a_backup_is_there_after_a_restore() {
    let world = World::new();
    let (computer, home) = (world.device("computer"), world.path("computer"));
    let (running, _) = serve(&computer, &[]);
    computer.run(&["login", "--here"]).is(0);
    let before = computer.photos(20);
    computer.map(&["--album", "Trip"]);
    computer.sync_all();

    let backup = world.path("backup");
    secrets::learn("a passphrase", PASSPHRASE);
    let passphrase = secret(&world.path("passphrase"), PASSPHRASE);
    let back_up = ["backup", text(&backup), "--passphrase-file", &passphrase];
    computer.photos(60);
    let syncing = computer.begin_sync();
    let done = computer.run(&back_up).is(0).value();
    assert!(done["objects"].as_u64() >= Some(20) && done["kitIsNew"] == true, "{done}");
    syncing.end().is(0);
    // Again, with everything there now: only what is new travels, and nobody is asked for anything.
    let again = computer.run(&["backup", text(&backup)]).is(0).value();
    assert_eq!((&again["objects"], &again["kitIsNew"]), (&60.into(), &false.into()), "{again}");
    let new = again["newObjects"].as_u64().expect("a number");
    assert_eq!(done["objects"].as_u64().expect("a number") + new, 60, "{done} {again}");
    assert_holds_no_key(&backup, &home);

    drop(running);
    fs::remove_dir_all(home.join("albumen")).expect("the home is there");
    let first = done["copy"].as_str().expect("a name");
    let restore = ["restore", text(&backup), "--passphrase-file", &passphrase];
    let restored = computer.run(&[&restore[..], &["--copy", first]].concat()).is(0).value();
    assert_eq!(restored["objects"], done["objects"], "{restored}");
    assert_eq!(kept(&home, &before), 20);

    // It goes on as the same service: the folder's files are found again, not sent again.
    let (_running, line) = serve(&computer, &[]);
    computer.run(&["login", "--here"]).is(0);
    reads_back(&computer, line["tokens"].as_str().expect("an address"), &before).await;
    computer.map(&["--album", "Trip"]);
    assert_eq!(computer.sync_all().verified, 60);
    assert_eq!(kept(&home, &computer.photos(60)), 60);
}

/// The keys of the services are in the backup in no form that opens without the passphrase.
fn assert_holds_no_key(backup: &Path, home: &Path) {
    let authority = fs::read(home.join("albumen/keys.key")).expect("the key of the key file");
    for path in files(backup) {
        let bytes = fs::read(&path).expect("it can be read");
        let has = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
        assert!(!has(&authority) && !has(PASSPHRASE.as_bytes()), "{}", path.display());
        let mode = fs::metadata(&path).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{} is for its owner alone", path.display());
    }
}

#[test]
fn a_backup_that_was_changed_or_a_place_that_is_taken_is_refused() {
    let world = World::new();
    let computer = world.device("computer");
    let (running, _) = serve(&computer, &[]);
    computer.run(&["login", "--here"]).is(0);
    computer.photos(3);
    computer.map(&["--album", "Trip"]);
    computer.sync_all();
    let (backup, passphrase) = (world.path("backup"), world.path("passphrase"));
    let passphrase = secret(&passphrase, "short");
    let back_up = ["backup", text(&backup), "--passphrase-file", &passphrase];
    assert_eq!(computer.run(&back_up).is(2).error(), "bad_request");
    secret(&world.path("passphrase"), PASSPHRASE);
    computer.run(&back_up).is(0);
    let other = world.folder("photos");
    fs::write(other.join("a.jpg"), "mine").expect("our own folder");
    assert_eq!(computer.run(&["backup", text(&other)]).error(), "folder_not_empty");
    drop(running);

    let fresh = world.device("fresh");
    let restore = ["restore", text(&backup), "--passphrase-file", &passphrase];
    assert_eq!(computer.run(&restore).error(), "folder_not_empty", "its home is in use");
    secret(&world.path("passphrase"), "another passphrase");
    assert_eq!(fresh.run(&restore).is(7).error(), "recovery_kit_wrong");
    secret(&world.path("passphrase"), PASSPHRASE);
    let object = files(&backup.join("objects")).into_iter().find(|path| path.extension().is_none());
    let object = object.expect("an object");
    let bytes = fs::read(&object).expect("it is ours");
    let changed: Vec<u8> = bytes.iter().map(|byte| byte ^ 1).collect();
    fs::write(&object, &changed).expect("it is ours");
    assert_eq!(fresh.run(&restore).is(8).error(), "backup_damaged");
    fs::remove_dir_all(world.path("fresh/albumen")).expect("half a home");
    fs::write(&object, &bytes).expect("it is ours");
    let copy = files(&backup.join("copies"));
    let tokens = copy.iter().find(|path| path.ends_with("tokens.db")).expect("a database");
    let mut rows = fs::read(tokens).expect("it is ours");
    let last = rows.len() - 1;
    rows[last] ^= 1;
    fs::write(tokens, rows).expect("it is ours");
    assert_eq!(fresh.run(&restore).is(8).error(), "backup_damaged");
    assert_eq!(fresh.run(&["backup", text(&world.path("b2"))]).is(8).error(), "no_services");
}

/// A home of services whose databases are on a server, with a library, photos and people.
struct OnServer {
    world: World,
    computer: Device,
    /// Photos that were confirmed.
    before: Vec<PathBuf>,
    /// The server that has the databases.
    postgres: PostgresServer,
}

impl OnServer {
    /// Ready to be served; nothing runs.
    fn start() -> Self {
        let (world, postgres) = (World::new(), PostgresServer::start());
        let computer = world.device("computer");
        let (running, _) = serve(&computer, &[]);
        computer.run(&["login", "--here"]).is(0);
        let before = computer.photos(20);
        computer.map(&["--album", "Trip"]);
        computer.sync_all();
        drop(running);
        let address = secret(&world.path("database"), &postgres.address());
        computer.run(&["move-database", "--to-file", &address]).is(0);
        Self { world, computer, before, postgres }
    }

    /// Phones of the guest, by their ids.
    fn phones(&self, url: &str, count: usize) -> Vec<(Device, String)> {
        let password = secret(&self.world.path("guest.password"), PASSWORD);
        let sign_in = |number| {
            let phone = self.world.device(&format!("phone {number}"));
            let by = ["--account", "guest", "--password-file", &password];
            let named = ["--device-name", phone.name()];
            phone.run(&[&["login", url], &by[..], &named].concat()).is(0);
            let devices = phone.run(&["devices", "list"]).is(0).value();
            let own = devices.as_array().expect("a list").iter();
            let own = own.clone().find(|device| device["thisDevice"] == true).expect("itself");
            let id = own["deviceId"].as_str().expect("a text").to_owned();
            (phone, id)
        };
        (0..count).map(sign_in).collect()
    }

    fn revoke(&self, id: &str) {
        self.computer.run(&["devices", "revoke", id]).is(0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn databases_on_a_server_are_backed_up_under_load_and_restored_to_another() {
    let on = OnServer::start();
    let (computer, home) = (&on.computer, on.world.path("computer"));
    let (running, line) = serve(computer, &[]);
    let url = line["tokens"].as_str().expect("an address").to_owned();
    drop(guest(computer, &url, "guest").await);
    let phones = on.phones(&url, 5);
    on.revoke(&phones[0].1);

    let backup = on.world.path("backup");
    secrets::learn("a passphrase", PASSPHRASE);
    let passphrase = secret(&on.world.path("passphrase"), PASSPHRASE);
    computer.photos(80);
    let syncing = computer.begin_sync();
    let done = std::thread::scope(|scope| {
        // People are signed out one after the other while it is made.
        let revoking = scope.spawn(|| phones[1..4].iter().for_each(|(_, id)| on.revoke(id)));
        let back_up = ["backup", text(&backup), "--passphrase-file", &passphrase];
        let done = computer.run(&back_up).is(0).value();
        revoking.join().expect("each was revoked");
        done
    });
    assert!(done["objects"].as_u64() >= Some(20) && done["tokensOnly"] == false, "{done}");
    syncing.end().is(0);
    assert_holds_no_key(&backup, &home);
    assert_names_no_server(&backup);
    drop(running);

    // The server that has rows is left alone; then it is gone with all that was on it.
    fs::remove_dir_all(home.join("albumen")).expect("the home is there");
    let taken = text(&on.world.path("database")).to_owned();
    let restore = ["restore", text(&backup), "--passphrase-file", &passphrase, "--database-file"];
    let refused = computer.run(&[&restore[..], &[&taken]].concat()).is(8);
    assert_eq!(refused.error(), "database_not_empty");
    assert!(!home.join("albumen/services").exists(), "nothing was begun");
    let OnServer { world, computer, before, postgres } = on;
    drop(postgres);
    let fresh = PostgresServer::start();
    let address = secret(&world.path("fresh"), &fresh.address());
    let restored = computer.run(&[&restore[..], &[&address]].concat()).is(0).value();
    assert_eq!(restored["objects"], done["objects"], "{restored}");
    assert!(restored["moved"]["hostingRows"].as_u64() > Some(20), "{restored}");

    let (_running, line) = serve(&computer, &[]);
    computer.run(&["login", "--here"]).is(0);
    let now = line["tokens"].as_str().expect("an address");
    reads_back(&computer, now, &before).await;
    people_are_as_before(&world, &phones, &url, now);
    computer.run(&["audit", "verify"]).is(0);
    computer.map(&["--album", "Trip"]);
    assert_eq!(computer.sync_all().verified, 80);
    assert_eq!(kept(&home, &computer.photos(80)), 80);
}

/// The guest signs in, and a device that was revoked before the backup, the first, still is.
fn people_are_as_before(world: &World, phones: &[(Device, String)], url: &str, now: &str) {
    let password = secret(&world.path("guest.password"), PASSWORD);
    let by = ["--account", "guest", "--password-file", &password];
    world.device("the guest's").run(&[&["login", now], &by[..]].concat()).is(0);
    // Revoked before the backup, and never: each still is what it was. Somebody else may have taken
    // the port meanwhile; then the phones find nobody there.
    if now == url {
        assert_eq!(phones[0].0.run(&["devices", "list"]).is(4).error(), "device_revoked");
        phones[4].0.run(&["devices", "list"]).is(0);
    }
    let listed = world.device("computer").run(&["devices", "list"]).is(0).value();
    let is_revoked = |id: &str| {
        let mut devices = listed.as_array().expect("a list").iter();
        let known = devices.find(|device| device["deviceId"] == id).expect("it is known");
        known["revokedAt"].is_string()
    };
    assert!(is_revoked(&phones[0].1) && !is_revoked(&phones[4].1), "{listed}");
}

/// Every one of these photos comes back byte for byte, to somebody who joins now.
async fn reads_back(computer: &Device, url: &str, photos: &[PathBuf]) {
    let reader = guest(computer, url, "reader").await;
    for photo in photos {
        let name = photo.file_name().and_then(|name| name.to_str()).expect("a plain name");
        let bytes = reader.download(&format!("Trip/{name}")).await;
        assert!(bytes == fs::read(photo).expect("it is ours"), "{name} comes back as it was");
    }
}

/// A backup tells nobody how to reach the database.
fn assert_names_no_server(backup: &Path) {
    for path in files(backup) {
        let bytes = fs::read(&path).expect("it can be read");
        let word = b"postgresql://";
        assert!(!bytes.windows(word.len()).any(|w| w == word), "{}", path.display());
    }
}

#[test]
fn what_is_done_to_stopped_services_is_done_where_their_databases_are() {
    let on = OnServer::start();
    let (computer, world) = (&on.computer, &on.world);
    let whole = computer.run(&["audit", "verify", "--stopped"]).is(0).value();
    assert!(whole["last"].as_u64() >= Some(2) && whole["tamperedAt"].is_null(), "{whole}");
    let code = computer.run(&["owner", "reset"]).is(0).value()["set_up_code_file"].clone();
    let after = computer.run(&["audit", "verify", "--stopped"]).is(0).value();
    assert!(after["last"].as_u64() > whole["last"].as_u64(), "{whole} {after}");
    // A backup of services that do not run, restored to files: the way back from a server.
    let (backup, passphrase) = (world.path("backup"), world.path("passphrase"));
    let passphrase = secret(&passphrase, PASSPHRASE);
    let back_up = ["backup", text(&backup), "--passphrase-file", &passphrase];
    assert_eq!(computer.run(&back_up).is(0).value()["objects"], 20);
    let fresh = world.device("fresh");
    fresh.run(&["restore", text(&backup), "--passphrase-file", &passphrase]).is(0);
    assert_eq!(kept(&world.path("fresh"), &on.before), 20);
    assert!(world.path("fresh/albumen/services/hosting/hosting.db").is_file());

    let (_running, line) = serve(computer, &[]);
    let url = line["tokens"].as_str().expect("an address");
    let password = secret(&world.path("owner.password"), PASSWORD);
    let code = code.as_str().expect("a file");
    let by = ["--account", "owner", "--code-file", code, "--password-file", &password];
    world.device("laptop").run(&[&["login", url, "--set-up"], &by[..]].concat()).is(0);
}
