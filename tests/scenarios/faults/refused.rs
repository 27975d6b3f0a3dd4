//! Access is withdrawn in the middle of a transfer: by an end of tokens, which is nothing, and by a
//! revocation, which is the end.

use std::time::Duration;

use albumen_tests::smh::{http, send};
use albumen_tests::world::{Front, Services};
use albumen_tests::{Device, Smh, World, photos};
use reqwest::Method;
use serde_json::{Value, json};

use super::assert_there_once;

const FILM_BYTES: usize = 64 << 20;
const UNDER_WAY: u64 = 10 << 20;
/// Half of a round trip to the store while a device is revoked.
const SLOW: Duration = Duration::from_secs(2);

async fn set() -> (World, Services, Front, Device) {
    let mut world = World::new();
    let (services, front) = world.serve_behind_proxies().await;
    let laptop = world.device("laptop");
    laptop.write("first.jpg", &photos::make(1, 64, 64));
    laptop.set_up(&services, "Trip");
    laptop.sync_all();
    laptop.write("film.mp4", &photos::film(1, FILM_BYTES));
    front.store.reset_counts();
    (world, services, front, laptop)
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_end_in_the_middle_are_asked_for_again() {
    let (_world, services, front, laptop) = set().await;
    let cloud = Smh::admin(&services).await;
    let first = cloud.ask(Method::GET, "file", "Trip/first.jpg?info=1").await.is(200);
    let user = first.json["userId"].as_str().expect("the file has an owner").to_owned();

    let mut sync = laptop.begin_sync();
    sync.until("the upload is under way", || front.store.counts().up > UNDER_WAY);
    cloud.delete_tokens(&services, &user).await;

    assert_eq!(sync.end().is(0).report().verified, 2);
    assert_there_once(&cloud, "Trip", &laptop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_revoked_in_the_middle_stops_and_nothing_of_it_arrives_later() {
    let (world, services, front, laptop) = set().await;
    let desktop = world.device("desktop");
    desktop.login(&services);
    let devices = desktop.run(&["devices", "list"]).is(0).value();
    let id = devices.as_array().expect("a list").iter().find(|d| d["name"] == "laptop");
    let id = id.and_then(|device| device["deviceId"].as_str()).expect("the laptop is listed");

    let mut sync = laptop.begin_sync();
    sync.until("the upload is under way", || front.store.counts().up > UNDER_WAY);
    // Slow enough that the film is surely not through before the receipt is.
    front.store.set_delay(SLOW);
    let receipt = desktop.run(&["devices", "revoke", id]).is(0).value();
    front.store.set_delay(Duration::ZERO);
    assert!(receipt["executedAt"].is_string(), "{receipt}");
    assert!(receipt["confirmedAt"].is_string(), "{receipt}");
    assert!(receipt["tokensDeleted"].as_u64() >= Some(1), "{receipt}");
    assert!(receipt["uploadsFenced"].as_u64() >= Some(1), "{receipt}");
    assert_eq!(receipt["writableUntil"], Value::Null, "the embedded store takes nothing more");

    let ended = sync.end().is(4);
    assert!(ended.error().is_empty() || ended.error() == "device_revoked", "{ended:?}");
    let cloud = Smh::admin(&services).await;
    assert_eq!(cloud.names("Trip").await, ["first.jpg"]);

    // Neither by waiting nor by trying again.
    let stored = front.store.counts().up;
    laptop.sync_once().is(4);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(front.store.counts().up, stored);
    assert_eq!(cloud.names("Trip").await, ["first.jpg"]);
}

/// Nothing runs beside the command that is told: it is the one to write it down.
#[test]
fn a_device_that_is_told_of_its_end_by_any_command_can_come_back() {
    let mut world = World::new();
    let services = world.serve();
    let (laptop, desktop) = (world.device("laptop"), world.device("desktop"));
    laptop.login(&services);
    desktop.login(&services);
    let id = |name: &str| {
        let devices = desktop.run(&["devices", "list"]).is(0).value();
        let all = devices.as_array().expect("a list").iter();
        let mut named =
            all.filter(|device| device["name"] == name && device["revokedAt"].is_null());
        named.next().and_then(|one| one["deviceId"].as_str()).expect("it is listed").to_owned()
    };
    let first = id("laptop");
    desktop.run(&["devices", "revoke", &first]).is(0);
    assert_eq!(laptop.run(&["devices", "list"]).is(4).error(), "device_revoked");
    let state = laptop.run(&["status"]).value();
    assert_eq!(state["state"]["phase"], "revoked", "{state}");
    laptop.login(&services);
    laptop.run(&["devices", "list"]).is(0);
    assert_ne!(id("laptop"), first, "it is another device now");
}

#[tokio::test]
async fn wrong_tokens_open_nothing() {
    let mut world = World::new();
    let services = world.serve();
    let cloud = Smh::admin(&services).await;
    let reader = Smh::with_grant(&services, "").await;
    let list = cloud.url("directory", "");
    let place = "Trip/a.jpg?conflict_resolution_strategy=ask";
    for (who, request, status, code) in [
        ("nobody", http().get(&list), 400, "EmptyAccessToken"),
        ("a stranger", http().get(&list).bearer_auth("x".repeat(40)), 403, "InvalidAccessToken"),
        ("a reader", reader.request(Method::GET, "directory", ""), 200, ""),
        ("a reader who writes", reader.request(Method::PUT, "file", place), 403, "NoPermission"),
        (
            "a reader who deletes",
            reader.request(Method::DELETE, "file", place),
            403,
            "NoPermission",
        ),
    ] {
        let reply = send(request).await;
        assert_eq!((reply.status, reply.code()), (status, code), "{who}: {reply:?}");
    }
    let mut wrong = services.clone();
    wrong.library_secret.push('x');
    let ask = json!({"library_id": wrong.library_id, "library_secret": wrong.library_secret});
    let reply = send(http().post(format!("{}/api/v1/token", wrong.hosting)).json(&ask)).await;
    assert_eq!((reply.status, reply.code()), (404, "WrongLibraryIdOrSecret"));
}
