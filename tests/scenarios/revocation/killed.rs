//! The services are killed between writing a revocation down and carrying it out; and what a device
//! does with its copies when it is asked to put them away.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use albumen_tests::{Person, Smh, World, photos};
use rusqlite::Connection;
use serde_json::Value;

/// Devices revoked at once: so many that a kill falls between the first and the last.
const DEVICES: usize = 60;
/// Tries at hitting the moment.
const TRIES: usize = 5;
/// From the services' start to the last receipt.
const CARRIED_ON_WITHIN: Duration = Duration::from_secs(30);

fn count(database: &Connection, condition: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM revocation WHERE {condition}");
    database.query_row(&sql, [], |row| row.get(0)).expect("a number")
}

fn open(path: &Path) -> Connection {
    let database = Connection::open(path).expect("the token service's database");
    database.busy_timeout(Duration::from_secs(10)).expect("a setting");
    database
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_that_was_only_written_down_is_carried_out_after_a_kill() {
    let mut world = World::new();
    let mut services = world.serve();
    let path = world.path("services").join("tokens").join("tokens.db");
    for round in 0..TRIES {
        let owner = Person::owner(&services, "the test").await;
        let database = open(&path);
        drop(owner.more(&services, &path, &format!("extra{round}"), DEVICES));
        let before = count(&database, "1 = 1");
        let asking = tokio::spawn(async move {
            owner.service.revoke_others(albumen_model::auth::RevocationKind::SignOut).await
        });
        let written = Instant::now();
        while count(&database, "1 = 1") == before {
            assert!(written.elapsed() < Duration::from_secs(20), "it is never written down");
        }
        world.stop_serving();
        asking.await.expect("no panic").expect_err("nobody was there to answer");
        let left = count(&database, "confirmed_at IS NULL");
        services = world.serve();
        if left == 0 {
            // All done in a moment: once more.
            continue;
        }
        let start = Instant::now();
        while count(&database, "confirmed_at IS NULL") > 0 {
            assert!(start.elapsed() < CARRIED_ON_WITHIN, "it is never carried on");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(count(&database, "executed_at IS NULL"), 0, "each has its receipt");
        let owner = Person::owner(&services, "afterwards").await;
        let check = owner.service.check_audit().await.expect("a check");
        assert_eq!(check.tampered_at, None, "the audit log is whole");
        println!("{left} revocations were open when the services were killed");
        return;
    }
    panic!("no kill in {TRIES} fell between writing down and carrying out");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_is_asked_to_puts_its_verified_copies_away_and_nothing_else() {
    let mut world = World::new();
    let services = world.serve();
    let (laptop, desktop) = (world.device("laptop"), world.device("desktop"));
    laptop.photos(3);
    laptop.set_up(&services, "Trip");
    laptop.sync_all();
    desktop.login(&services);
    let edited = laptop.write("IMG_0001.jpg", &photos::make(99, 90, 90));
    let id = laptop.run(&["status"]).is(0).value();
    let id = id["state"]["profile"]["deviceId"].as_str().expect("an id").to_owned();
    let own = desktop.run(&["status"]).is(0).value();
    let own = own["state"]["profile"]["deviceId"].as_str().expect("an id").to_owned();
    desktop.run(&["devices", "revoke", &own, "--remove-copies"]).is(2);

    let receipt = desktop.run(&["devices", "revoke", &id, "--remove-copies"]).is(0).value();
    assert_eq!((&receipt["kind"], &receipt["copies"]), (&"remove_copies".into(), &Value::Null));
    laptop.sync_once().is(4);
    let status = laptop.run(&["status"]).is(4).value();
    let copies = &status["state"]["revocation"]["copies"];
    assert_eq!((&copies["files"], &copies["kept"]), (&2.into(), &1.into()), "{status}");
    assert!(edited.exists(), "what is not in the library stays");
    assert!(!laptop.folder().join("IMG_0000.jpg").exists());
    let trash = copies["trash"][0].as_str().expect("where they lie").to_owned();
    assert!(Path::new(&trash).join("files/IMG_0000.jpg").exists());
    assert!(Path::new(&trash).join("record.jsonl").exists());
    let devices = desktop.run(&["devices", "list"]).is(0).value();
    let told =
        devices.as_array().expect("a list").iter().find(|one| one["deviceId"] == id.as_str());
    assert_eq!(told.expect("it is listed")["revocation"], "remove_copies");

    // Connected again, the library has everything still.
    laptop.login(&services);
    laptop.sync_once().is(0);
    let cloud = Smh::admin(&services).await;
    assert!(cloud.names("Trip").await.len() >= 3);
}
