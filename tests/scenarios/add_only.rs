//! What add-only means: what is new goes up, what changed replaces our own earlier version, what
//! was deleted there stays deleted, what is there already is taken as it is.

use std::fs;

use albumen_tests::world::{Front, Services};
use albumen_tests::{Device, Smh, World, photos};
use reqwest::Method;
use serde_json::{Value, json};

async fn set() -> (World, Services, Front) {
    let mut world = World::new();
    let (services, front) = world.serve_behind_proxies().await;
    (world, services, front)
}

fn is_quiet(device: &Device, front: &Front) {
    front.store.reset_counts();
    device.sync_once().is(0);
    assert_eq!(front.store.counts().up, 0, "bytes went up");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_deleted_in_the_cloud_stays_deleted_until_it_changes_here() {
    let (world, services, front) = set().await;
    let laptop = world.device("laptop");
    let photo = laptop.photos(2).remove(0);
    laptop.set_up(&services, "Trip");
    laptop.sync_all();
    let cloud = Smh::admin(&services).await;

    cloud.delete("Trip/IMG_0000.jpg").await;
    is_quiet(&laptop, &front);
    assert_eq!(cloud.names("Trip").await, ["IMG_0001.jpg"]);
    let bin = cloud.ask(Method::GET, "recycled", "?by-marker=1").await.is(200);
    assert_eq!(bin.json["contents"].as_array().map(Vec::len), Some(1), "{bin:?}");

    // The same bytes written anew are no change.
    let bytes = fs::read(&photo).expect("it is ours");
    laptop.write("IMG_0000.jpg", &bytes);
    is_quiet(&laptop, &front);
    assert_eq!(cloud.names("Trip").await, ["IMG_0001.jpg"]);

    // Somebody worked on it again: that is new.
    let edited = photos::make(50, 120, 80);
    laptop.write("IMG_0000.jpg", &edited);
    laptop.sync_all();
    assert!(cloud.download("Trip/IMG_0000.jpg").await == edited);
    // And what stays on disk while the bin gives it back is there already.
    assert!(fs::exists(&photo).is_ok_and(|there| there));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_back_from_the_bin_is_taken_as_it_is() {
    let (world, services, front) = set().await;
    let laptop = world.device("laptop");
    laptop.photos(1);
    laptop.set_up(&services, "Trip");
    laptop.sync_all();
    let cloud = Smh::admin(&services).await;
    cloud.delete("Trip/IMG_0000.jpg").await;
    laptop.sync_once().is(0);
    let bin = cloud.ask(Method::GET, "recycled", "?by-marker=1").await.is(200);
    let item = bin.json["contents"][0]["recycledItemId"].as_u64().expect("one item");
    let reply = cloud.ask(Method::POST, "recycled", &format!("{item}?restore=1")).await;
    assert!(reply.status < 300, "{reply:?}");

    is_quiet(&laptop, &front);
    assert_eq!(laptop.sync_all().verified, 1);
    assert_eq!(cloud.names("Trip").await, ["IMG_0000.jpg"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_photo_replaces_our_own_earlier_version() {
    let (world, services, front) = set().await;
    let laptop = world.device("laptop");
    laptop.photos(2);
    laptop.set_up(&services, "Trip");
    laptop.sync_all();
    let edited = photos::make(50, 160, 100);
    laptop.write("IMG_0000.jpg", &edited);
    laptop.sync_all();

    let there = Smh::admin(&services).await.album("Trip").await;
    assert_eq!(there.keys().collect::<Vec<_>>(), ["IMG_0000.jpg", "IMG_0001.jpg"]);
    assert!(there["IMG_0000.jpg"].bytes == edited);
    assert_eq!((there["IMG_0000.jpg"].version, there["IMG_0001.jpg"].version), (2, 1));
    is_quiet(&laptop, &front);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_local_delete_deletes_nothing_in_the_cloud() {
    let (world, services, front) = set().await;
    let laptop = world.device("laptop");
    let photo = laptop.photos(2).remove(0);
    laptop.set_up(&services, "Trip");
    laptop.sync_all();
    fs::remove_file(photo).expect("it is ours");
    is_quiet(&laptop, &front);
    assert_eq!(Smh::admin(&services).await.names("Trip").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_folder_from_a_second_device_is_adopted() {
    let (world, services, front) = set().await;
    let laptop = world.device("laptop");
    laptop.photos(6);
    laptop.write("film.mp4", &photos::film(1, 20 << 20));
    laptop.set_up(&services, "Trip");
    laptop.sync_all();

    let desktop = world.device("desktop");
    desktop.photos(6);
    desktop.write("film.mp4", &photos::film(1, 20 << 20));
    // The same name, another photo.
    desktop.write("IMG_0005.jpg", &photos::make(60, 120, 80));
    desktop.set_up(&services, "Trip");
    front.store.reset_counts();
    assert_eq!(desktop.sync_all().verified, 7);
    let sent = front.store.counts().up;
    assert!(sent < 1 << 20, "{sent} bytes went up for one photo");

    let there = Smh::admin(&services).await.album("Trip").await;
    assert_eq!(there.len(), 8, "{:?}", there.keys());
    assert!(there.values().all(|file| file.version == 1), "somebody's file was replaced");
    assert!(there["IMG_0005.jpg"].bytes == photos::make(5, 120, 80), "the first one stays");
    let second = there.iter().find(|(name, _)| name.starts_with("IMG_0005 (from desktop"));
    let second = second.unwrap_or_else(|| panic!("no second content: {:?}", there.keys())).1;
    assert!(second.bytes == photos::make(60, 120, 80));
    is_quiet(&laptop, &front);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_sub_folder_gets_an_album_and_clashes_are_shown_before() {
    let (world, services, front) = set().await;
    let laptop = world.device("laptop");
    for (index, place) in
        ["loose.jpg", "Trip/a.jpg", "trip/b.jpg", "2024/Lake/c.jpg", "10:30/d.jpg"]
            .iter()
            .enumerate()
    {
        laptop.write(place, &photos::make(u32::try_from(index).expect("five"), 64, 64));
    }
    laptop.login(&services);
    let cloud = Smh::admin(&services).await;
    cloud.ask(Method::PUT, "directory", "2024%20-%20Lake").await.is(201);

    let folder = laptop.folder().to_str().expect("a plain name");
    let preview = laptop.run(&["map", "preview", folder, "--per-folder"]).is(0).value();
    let clashes: Vec<&Value> = preview["albums"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|album| album["clash"] == json!(true))
        .collect();
    assert_eq!(preview["clashes"], json!(1), "{preview}");
    assert_eq!(clashes.len(), 1, "{preview}");
    assert_eq!(clashes[0]["proposed"], json!("trip (2)"), "{preview}");
    let exists = |album: &&Value| album["exists"] == json!(true);
    let there: Vec<&Value> =
        preview["albums"].as_array().into_iter().flatten().filter(exists).collect();
    assert_eq!(there.len(), 1, "{preview}");
    assert_eq!(there[0]["album"], json!("2024 - Lake"), "{preview}");

    laptop.map(&["--per-folder"]);
    laptop.sync_all();
    let mut albums = Vec::new();
    for name in cloud.names("").await {
        let files = cloud.names(&name.replace(' ', "%20")).await;
        albums.push((name, files.join(",")));
    }
    let expected = [
        ("10_30", "d.jpg"),
        ("2024 - Lake", "c.jpg"),
        ("Pictures", "loose.jpg"),
        ("Trip", "a.jpg"),
        ("trip (2)", "b.jpg"),
    ];
    assert_eq!(albums, expected.map(|(album, files)| (album.to_owned(), files.to_owned())));
    is_quiet(&laptop, &front);
}
