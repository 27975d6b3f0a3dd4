//! One process owns a profile. What others are asked for beside it goes through its control socket;
//! what cannot be done beside it says who is in the way.

use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use albumen_tests::{Device, Smh, World, photos};
use serde_json::Value;

const MIB: u64 = 1 << 20;
const FILM_BYTES: u64 = 120 * MIB;
/// Where the owner is killed: well within the film.
const KILL_AT: u64 = 30 * MIB;
/// How often it is looked whether an owner has come to rest.
const LOOKS_MAX: u32 = 40;
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// The control socket of the device's profiles.
fn socket(world: &World) -> PathBuf {
    world.path("laptop").join("albumen/profiles/control.sock")
}

/// What a command prints as JSON, less what changes from one moment to the next.
fn told(laptop: &Device, arguments: &[&str]) -> Value {
    let mut value = laptop.run(arguments).is(0).value();
    if let Some(sync) = value.get_mut("sync") {
        for name in ["bytesPerSecond", "speedHistory"] {
            sync[name].take();
        }
    }
    let mappings = match &mut value {
        Value::Array(rows) => Some(rows),
        other => other.pointer_mut("/sync/mappings").and_then(Value::as_array_mut),
    };
    for row in mappings.into_iter().flatten() {
        for name in ["lastScanAt", "lastSuccessAt", "lastSeenAt"] {
            row.as_object_mut().expect("a row").remove(name);
        }
    }
    value
}

/// What was told alone is told through the owner, too, as soon as that does not look through the
/// folder at the very moment.
fn assert_same_at_rest(laptop: &Device, look: &[&str], alone: &Value) {
    let mut through = Value::Null;
    for _ in 0..LOOKS_MAX {
        through = told(laptop, look);
        if through == *alone {
            return;
        }
        std::thread::sleep(LOOK_EVERY);
    }
    assert_eq!(through, *alone, "{look:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_one_watches_others_go_through_it() {
    let mut world = World::new();
    let services = world.serve();
    let laptop = world.device("laptop");
    laptop.photos(3);
    laptop.set_up(&services, "Trip");
    laptop.sync_all();
    let looks = [&["status"][..], &["map", "list"], &["devices"], &["doctor"]];
    let alone: Vec<Value> = looks.iter().map(|look| told(&laptop, look)).collect();
    assert!(!socket(&world).exists(), "nobody owns the profile now");

    let mut watch = laptop.start(&["watch"]);
    watch.until_says("up_to_date");
    let there = socket(&world).symlink_metadata().expect("the owner's socket");
    let folder = socket(&world).parent().expect("it lies in one").metadata().expect("a folder");
    assert!(there.file_type().is_socket());
    assert_eq!((there.mode() & 0o777, folder.mode() & 0o777), (0o600, 0o700));

    for (look, alone) in looks.iter().zip(&alone) {
        assert_same_at_rest(&laptop, look, alone);
    }
    laptop.write("new.jpg", &photos::make(77, 120, 80));
    assert_eq!(laptop.sync_all().verified, 4);
    let more = world.folder("more");
    std::fs::write(more.join("one.jpg"), photos::make(78, 120, 80)).expect("our own folder");
    let more = more.to_str().expect("a plain name");
    let id = laptop.run(&["map", "add", more, "--album", "More"]).is(0).value()["id"].clone();
    assert_eq!(laptop.sync_all().verified, 5);
    assert_eq!(Smh::admin(&services).await.names("More").await, ["one.jpg"]);
    laptop.run(&["map", "remove", id.as_str().expect("an id")]).is(0);
    assert_eq!(laptop.run(&["map", "list"]).is(0).value().as_array().map(Vec::len), Some(1));

    // Signing out ends the watching, too: there is nothing left to watch for.
    laptop.run(&["logout"]).is(0);
    assert_eq!(watch.end().is(3).error(), "not_signed_in");
    assert!(!socket(&world).exists(), "a clean end takes the socket away");
}

#[test]
fn what_cannot_be_done_beside_it_says_who_is_in_the_way() {
    let mut world = World::new();
    let services = world.serve();
    let laptop = world.device("laptop");
    laptop.photos(2);
    laptop.set_up(&services, "Trip");
    let mut first = laptop.start(&["watch"]);
    first.until_says("up_to_date");
    let pid = first.process_id().to_string();

    for arguments in [&["watch"][..], &["sync"], &["login", "--here"]] {
        let error = laptop.run(arguments).is(6).error_value();
        assert_eq!(error["code"], "profile_in_use", "{arguments:?}");
        assert_eq!(error["params"]["pid"], *pid, "{arguments:?}");
        assert_eq!(error["params"]["program"], "albumen", "{arguments:?}");
    }
    for (locale, words) in [("en", "has these files open. End it first"), ("zh-CN", "请先将其退出")]
    {
        let mut command: Command = world.albumen("laptop");
        let output = command.env("ALBUMEN_LOCALE", locale).arg("watch").output();
        let said = String::from_utf8(output.expect("albumen runs").stderr).expect("text");
        assert!(said.contains(words) && said.contains(&pid), "{said}");
    }

    // However the first one ends, the profile is free again, whatever it has left behind.
    first.kill();
    assert!(socket(&world).exists(), "nobody took it away");
    assert_eq!(laptop.sync_all().verified, 2);
    assert!(!socket(&world).exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_through_an_owner_that_is_killed_ends_well_by_itself() {
    let mut world = World::new();
    let (services, front) = world.serve_behind_proxies().await;
    let laptop = world.device("laptop");
    laptop.set_up(&services, "Films");
    let mut watch = laptop.start(&["watch"]);
    watch.until_says("up_to_date");
    let film = photos::film(1, usize::try_from(FILM_BYTES).expect("fits"));
    front.store.reset_counts();
    laptop.write("film.mp4", &film);

    let mut sync = laptop.begin_sync();
    sync.until("some of it is sent", || front.store.counts().up > KILL_AT);
    watch.kill();
    let before = front.store.counts().up;
    assert!(before < FILM_BYTES, "all {before} bytes were sent before the kill");
    let report = sync.end().is(0).report();
    assert_eq!((report.files, report.verified, report.bytes), (1, 1, FILM_BYTES));
    let cloud = Smh::admin(&services).await;
    assert_eq!(cloud.names("Films").await, ["film.mp4"]);
    assert!(cloud.download("Films/film.mp4").await == film, "the film changed on the way");
}
