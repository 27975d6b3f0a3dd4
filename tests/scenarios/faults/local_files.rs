//! The folder and its files change, vanish or cannot be read while they are synced.

use std::fs::{self, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use albumen_tests::world::{Front, Services};
use albumen_tests::{Device, Smh, World, photos};
use serde_json::Value;

use super::assert_there_once;

const FILM_BYTES: usize = 32 << 20;
const UNDER_WAY: u64 = 6 << 20;

async fn set() -> (World, Services, Front, Device) {
    let mut world = World::new();
    let (services, front) = world.serve_behind_proxies().await;
    let laptop = world.device("laptop");
    (world, services, front, laptop)
}

/// Code and file name of every open problem.
fn problems(device: &Device) -> Vec<(String, String)> {
    let status = device.run(&["status"]).value();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let name = |path: String| path.rsplit('/').next().unwrap_or_default().to_owned();
    let problem = |problem: &Value| (text(&problem["code"]), name(text(&problem["path"])));
    let mut problems: Vec<_> =
        status["problems"].as_array().expect("a list").iter().map(problem).collect();
    problems.sort();
    problems
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_folder_blocks_and_deletes_nothing() {
    let (world, services, _front, laptop) = set().await;
    laptop.photos(3);
    laptop.set_up(&services, "Trip");
    laptop.sync_all();
    let cloud = Smh::admin(&services).await;

    let away = world.path("away");
    fs::rename(laptop.folder(), &away).expect("the folder can be moved");
    laptop.sync_once().is(8);
    // A disk that is not mounted leaves an empty folder behind: that is no emptied folder.
    fs::create_dir(laptop.folder()).expect("a folder can be made");
    laptop.sync_once().is(8);
    assert_eq!(cloud.names("Trip").await.len(), 3);

    fs::remove_dir(laptop.folder()).expect("it is empty");
    fs::rename(&away, laptop.folder()).expect("the folder can be moved back");
    assert_eq!(laptop.sync_all().verified, 3);
    assert_there_once(&cloud, "Trip", &laptop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_vanishes_in_the_middle_loses_nothing() {
    let (world, services, front, laptop) = set().await;
    laptop.photos(40);
    laptop.write("film.mp4", &photos::film(2, FILM_BYTES));
    laptop.set_up(&services, "Trip");
    front.store.reset_counts();
    front.store.set_delay(SLOW);
    let mut sync = laptop.begin_sync();
    sync.until("the upload is under way", || front.store.counts().up > UNDER_WAY);
    let away = world.path("away");
    fs::rename(laptop.folder(), &away).expect("the folder can be moved");
    front.store.set_delay(Duration::ZERO);
    let ended = sync.end();
    assert!(matches!(ended.code, Some(1 | 8)), "{ended:?}");
    let cloud = Smh::admin(&services).await;
    for (name, file) in cloud.album("Trip").await {
        let bytes = fs::read(away.join(&name)).expect("it came from there");
        assert!(file.bytes == bytes, "Other bytes in the cloud: {name}");
    }

    fs::rename(&away, laptop.folder()).expect("the folder can be moved back");
    assert_eq!(laptop.sync_all().verified, 41);
    assert_there_once(&cloud, "Trip", &laptop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_said_and_all_else_arrives() {
    let (_world, services, _front, laptop) = set().await;
    laptop.photos(3);
    let closed = laptop.write("closed.jpg", &photos::make(90, 64, 64));
    let inside = laptop.write("locked/inside.jpg", &photos::make(91, 64, 64));
    let locked = inside.parent().expect("a folder");
    let mode = |path: &Path, mode| {
        fs::set_permissions(path, Permissions::from_mode(mode)).expect("it is ours");
    };
    laptop.set_up(&services, "Trip");
    mode(&closed, 0o000);
    mode(locked, 0o000);

    let report = laptop.sync_once_bound().is(1).report();
    assert_eq!((report.verified, report.pending), (3, 0), "{report:?}");
    assert!(report.failed >= 1, "{report:?}");
    let said = problems(&laptop);
    assert!(said.contains(&("file_unreadable".into(), "closed.jpg".into())), "{said:?}");

    mode(&closed, 0o600);
    mode(locked, 0o700);
    let report = laptop.sync_once_bound().is(0).report();
    assert_eq!((report.verified, report.failed), (5, 0), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_still_grows_arrives_whole() {
    let (_world, services, _front, laptop) = set().await;
    laptop.set_up(&services, "Trip");
    let film = photos::film(3, 6 << 20);
    let (first, rest) = film.split_at(film.len() / 2);
    let path = laptop.write("film.mp4", first);
    let mut writer = OpenOptions::new().append(true).open(path).expect("it is ours");
    let sync = laptop.begin_sync();
    for piece in rest.chunks(rest.len() / 12) {
        writer.write_all(piece).expect("our own folder can be written");
        std::thread::sleep(Duration::from_millis(100));
    }
    drop(writer);
    assert_eq!(sync.end().is(0).report().verified, 1);
    assert_there_once(&Smh::admin(&services).await, "Trip", &laptop).await;
}

/// Half of a round trip, while something happens to a film: its parts are read and on their way,
/// and no answer has come yet.
const SLOW: Duration = Duration::from_millis(400);

/// Lets something happen to a film while it is being sent, and then expects what is on disk. Beside
/// it lies another film to do it with.
async fn film_that(change: impl FnOnce(&Path, &Path)) {
    let (world, services, front, laptop) = set().await;
    let film = laptop.write("film.mp4", &photos::film(4, FILM_BYTES));
    let other = world.path("other.mp4");
    fs::write(&other, photos::film(5, FILM_BYTES)).expect("our own folder can be written");
    laptop.set_up(&services, "Trip");
    front.store.reset_counts();
    front.store.set_delay(SLOW);
    let mut sync = laptop.begin_sync();
    sync.until("the upload is under way", || front.store.counts().up > UNDER_WAY);
    change(&film, &other);
    assert_eq!(sync.end().is(0).report().verified, 1);
    assert_there_once(&Smh::admin(&services).await, "Trip", &laptop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_shrinks_while_it_is_sent_is_never_torn() {
    film_that(|film, _| {
        let file = OpenOptions::new().write(true).open(film);
        file.and_then(|file| file.set_len(1 << 20)).expect("it is ours");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_replaced_while_it_is_sent_is_never_torn() {
    film_that(|film, other| fs::rename(other, film).expect("it is ours")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_rewritten_in_place_while_it_is_sent_is_never_torn() {
    film_that(|film, other| assert!(fs::copy(other, film).is_ok())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_deleted_while_it_is_sent_is_no_problem_for_the_others() {
    let (_world, services, front, laptop) = set().await;
    laptop.photos(5);
    let film = photos::film(7, FILM_BYTES);
    laptop.write("film.mp4", &film);
    laptop.set_up(&services, "Trip");
    front.store.reset_counts();
    let mut sync = laptop.begin_sync();
    sync.until("the upload is under way", || front.store.counts().up > UNDER_WAY);
    fs::remove_file(laptop.folder().join("film.mp4")).expect("it is ours");
    let start = Instant::now();
    let ended = sync.end();
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
    assert!(matches!(ended.code, Some(0 | 1)), "{ended:?}");
    let report = laptop.sync_all();
    assert_eq!(report.files, 5, "{report:?}");
    // It was on disk when it was sent, so it may have arrived; then whole.
    let cloud = Smh::admin(&services).await;
    let there = cloud.album("Trip").await;
    assert!(there.get("film.mp4").is_none_or(|file| file.bytes == film), "a torn film");
    if there.contains_key("film.mp4") {
        cloud.delete("Trip/film.mp4").await;
    }
    assert_there_once(&cloud, "Trip", &laptop).await;
}
