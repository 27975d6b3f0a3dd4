//! A device over its life, with the real services in this process: let in by a code, its clock
//! wrong, its service away, its keychain locked or emptied. It is never signed out for any of it.
#![allow(clippy::unwrap_used, reason = "a helper of a test fails as its tests do")]
#![allow(clippy::disallowed_methods, reason = "a test looks at its own clock and files")]

mod kit;

use std::{
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use albumen_app::{
    App, Code, Surroundings, WallClock,
    doctor::{Check, Finding},
    samples,
    serve::Development,
    views::{
        ActivityKind, ActivityView, AppEvent, AppState, DeviceView, JoinStep, JoinView, LinkView,
        MappingState, PairingOffer, PairingState, PairingView, Phase, SpaceView, SyncOverview,
    },
};
use serde_json::json;

use kit::{ask, develop, enrol, surroundings, until};

async fn state(app: &App) -> AppState {
    ask(app, "app_state", json!({})).await.unwrap()
}

async fn overview(app: &App) -> SyncOverview {
    ask(app, "sync_overview", json!({})).await.unwrap()
}

async fn sign_in(app: &App, development: &Development, name: &str) -> AppState {
    enrol(app, development, name).await.unwrap()
}

async fn keep(app: &App, folder: &Path, photos: u32) {
    samples::write(folder, photos).unwrap();
    let spaces: Vec<SpaceView> = ask(app, "list_spaces", json!({})).await.unwrap();
    let args = json!({
        "folder": folder,
        "libraryId": spaces[0].library_id,
        "spaceId": spaces[0].space_id,
        "target": { "kind": "per_folder" },
    });
    app.call("add_mapping", args).await.unwrap();
    green(app, u64::from(photos)).await;
}

async fn green(app: &App, files: u64) {
    until("every file verified", async || {
        let overview = overview(app).await;
        let verified: u64 = overview.mappings.iter().map(|m| m.files_verified).sum();
        (overview.state == MappingState::UpToDate && verified == files).then_some(())
    })
    .await;
}

async fn uploads(app: &App) -> usize {
    let args = json!({ "limit": 100 });
    let activity: Vec<ActivityView> = ask(app, "list_activity", args).await.unwrap();
    activity.iter().filter(|line| line.kind == ActivityKind::Uploaded).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_comes_in_by_the_link_of_another() {
    let folder = tempfile::tempdir().unwrap();
    let development = develop(folder.path()).await.unwrap();
    let laptop = App::open(surroundings(&folder.path().join("laptop"))).await.unwrap();
    let tablet = App::open(surroundings(&folder.path().join("tablet"))).await.unwrap();
    sign_in(&laptop, &development, "laptop").await;
    let mut events = laptop.subscribe();
    let offer: PairingOffer = ask(&laptop, "begin_pairing", json!({})).await.unwrap();
    let link = offer.link.clone().unwrap();
    assert!(!format!("{offer:?}").contains(&offer.code), "a code is never printed");
    assert!(offer.qr.is_some_and(|qr| qr.side > 21 && !qr.lines.is_empty()));

    let args = json!({ "link": link });
    let used = laptop.call("read_pair_link", args.clone()).await.unwrap_err();
    assert_eq!(used.code, Code::AlreadySignedIn, "a link replaces nobody");
    let read: LinkView = ask(&tablet, "read_pair_link", args).await.unwrap();
    assert_eq!(
        (read.url.as_str(), read.code.as_str()),
        (offer.server.as_str(), offer.code.as_str())
    );
    assert_eq!(state(&tablet).await.phase, Phase::Onboarding, "reading does nothing");
    let args = json!({ "url": read.url, "code": read.code, "deviceName": "平板" });
    let join: JoinView = ask(&tablet, "join_by_code", args).await.unwrap();
    assert_eq!(join.account_name, development.line().account);

    let told = until("the laptop hears of it", async || match events.recv().await {
        Ok(AppEvent::PairingChanged { pairing_id }) => Some(pairing_id),
        _ => None,
    });
    assert_eq!(told.await, offer.pairing_id);
    let args = json!({ "pairingId": offer.pairing_id });
    let view: PairingView = ask(&laptop, "pairing_state", args.clone()).await.unwrap();
    assert_eq!(view.state, PairingState::Pending);
    let device = view.device.unwrap();
    assert_eq!((device.name.as_str(), &device.check), ("平板", &join.check), "both show the same");
    let waiting = tablet.clone();
    let waits =
        tokio::spawn(async move { ask::<JoinStep>(&waiting, "await_join", json!({})).await });
    let _: PairingView = ask(&laptop, "approve_pairing", args).await.unwrap();
    let step = waits.await.unwrap().unwrap();
    assert_eq!(step.state, PairingState::Approved);
    let inside = step.app.unwrap();
    assert_eq!(inside.phase, Phase::Ready);
    keep(&tablet, &folder.path().join("photos"), 2).await;

    // What the other one calls it, it is called; and what it keeps is told.
    let id = inside.profile.unwrap().device_id;
    let args = json!({ "deviceId": id, "name": " 书房 " });
    let named: DeviceView = ask(&laptop, "rename_device", args).await.unwrap();
    assert_eq!(named.name, "书房");
    let listed: Vec<DeviceView> = ask(&tablet, "list_devices", json!({})).await.unwrap();
    assert_eq!(listed.len(), 2);
    assert_eq!(state(&tablet).await.profile.unwrap().device_name, "书房");
    let reported = until("the tablet reports", async || {
        let listed: Vec<DeviceView> = ask(&laptop, "list_devices", json!({})).await.unwrap();
        listed.into_iter().find(|device| device.device_id == id && device.mappings.is_some())
    })
    .await;
    assert_eq!(reported.last_address.as_deref(), Some("127.0.0.1"));
    laptop.shutdown().await;
    tablet.shutdown().await;
    development.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_is_not_let_in_stays_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let development = develop(folder.path()).await.unwrap();
    let laptop = App::open(surroundings(&folder.path().join("laptop"))).await.unwrap();
    let tablet = App::open(surroundings(&folder.path().join("tablet"))).await.unwrap();
    sign_in(&laptop, &development, "laptop").await;
    let url = development.line().tokens.clone();
    let join = |code: &str| json!({ "url": url, "code": code, "deviceName": "t" });
    let offer: PairingOffer = ask(&laptop, "begin_pairing", json!({})).await.unwrap();
    let wrong = tablet.call("join_by_code", join("1")).await.unwrap_err();
    assert_eq!(wrong.code, Code::PairingCodeWrong);
    let _: JoinView = ask(&tablet, "join_by_code", join(&offer.code)).await.unwrap();
    let args = json!({ "pairingId": offer.pairing_id });
    let _: PairingView = ask(&laptop, "refuse_pairing", args).await.unwrap();
    let step: JoinStep = ask(&tablet, "await_join", json!({})).await.unwrap();
    assert_eq!((step.state, step.app), (PairingState::Refused, None));
    let over = tablet.call("await_join", json!({})).await.unwrap_err();
    assert_eq!(over.code, Code::PairingOver);

    // Who gave up is not signed in by a yes that comes later.
    let offer: PairingOffer = ask(&laptop, "begin_pairing", json!({})).await.unwrap();
    let _: JoinView = ask(&tablet, "join_by_code", join(&offer.code)).await.unwrap();
    let waiting = tablet.clone();
    let waits = tokio::spawn(async move { waiting.call("await_join", json!({})).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    tablet.call("cancel_join", json!({})).await.unwrap();
    let args = json!({ "pairingId": offer.pairing_id });
    let _: PairingView = ask(&laptop, "approve_pairing", args).await.unwrap();
    assert_eq!(waits.await.unwrap().unwrap_err().code, Code::PairingOver);
    assert_eq!(state(&tablet).await.phase, Phase::Onboarding);
    laptop.shutdown().await;
    tablet.shutdown().await;
    development.stop().await;
}

/// The system's clock, and so much.
fn clock_off_by(seconds: i64) -> WallClock {
    WallClock::new(move || {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
        albumen_model::Timestamp::from_millis(i64::try_from(now).unwrap() + seconds * 1000)
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_two_hours_off_is_said_and_everything_works() {
    let folder = tempfile::tempdir().unwrap();
    let development = develop(folder.path()).await.unwrap();
    for (seconds, said) in [(7200, Some("clock_ahead")), (-7200, Some("clock_behind")), (0, None)] {
        let home = folder.path().join(format!("home{seconds}"));
        let clock = Some(clock_off_by(seconds));
        let app = App::open(Surroundings { clock, ..surroundings(&home) }).await.unwrap();
        let mut events = app.subscribe();
        sign_in(&app, &development, "laptop").await;
        if let Some(said) = said {
            until("the window is told", async || match events.recv().await {
                Ok(AppEvent::State { state }) => {
                    state.warnings.iter().any(|code| code == said).then_some(())
                }
                _ => None,
            })
            .await;
        }
        keep(&app, &folder.path().join(format!("photos{seconds}")), 3).await;
        assert_eq!(app.read_back(|_| ()).await.unwrap().equal, 3, "{seconds}");
        let warnings = state(&app).await.warnings;
        let clocks: Vec<&str> =
            warnings.iter().map(String::as_str).filter(|code| code.contains("clock")).collect();
        assert_eq!(clocks, said.into_iter().collect::<Vec<_>>(), "{seconds}");
        let findings: Vec<Finding> = ask(&app, "examine", json!({})).await.unwrap();
        let clock = findings.iter().find(|finding| finding.check == Check::Clock).unwrap();
        let code = clock.error.as_ref().map(|error| error.code);
        assert_eq!(code, said.map(|_| Code::ClockWrong), "{seconds}");
        let hours = if seconds > 0 { "+2:00:0" } else { "-" };
        assert!(said.is_none() || clock.seen.starts_with(hours), "{}", clock.seen);
        app.shutdown().await;
    }
    development.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_away_is_a_pause_and_no_sign_out() {
    let folder = tempfile::tempdir().unwrap();
    let development = develop(folder.path()).await.unwrap();
    let app = App::open(surroundings(&folder.path().join("home"))).await.unwrap();
    sign_in(&app, &development, "laptop").await;
    keep(&app, &folder.path().join("photos"), 2).await;
    let paused = |state: &AppState| state.warnings.contains(&"paused_away".to_owned());
    assert!(!paused(&state(&app).await));
    let mut events = app.subscribe();
    development.stop().await;
    until("the pause is told", async || match events.recv().await {
        Ok(AppEvent::State { state }) => paused(&state).then_some(()),
        _ => None,
    })
    .await;
    samples::write(&folder.path().join("photos"), 3).unwrap();
    let now = state(&app).await;
    assert_eq!((now.phase, now.profile.is_some()), (Phase::Ready, true));
    until("the new photo waits", async || {
        (overview(&app).await.mappings[0].files_pending == 1).then_some(())
    })
    .await;
    app.shutdown().await;
    drop(app);

    // The same after a restart: the service is away still, and nobody has to sign in.
    let app = App::open(surroundings(&folder.path().join("home"))).await.unwrap();
    until("the pause is told again", async || paused(&state(&app).await).then_some(())).await;
    assert_eq!(state(&app).await.phase, Phase::Ready);
    let refused = app.call("list_spaces", json!({})).await.unwrap_err();
    assert_eq!(refused.code, Code::ServerUnreachable);
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keychain_that_unlocks_late_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let development = develop(folder.path()).await.unwrap();
    let (passphrase, away) = (folder.path().join("passphrase"), folder.path().join("away"));
    std::fs::write(&passphrase, "correct horse battery\n").unwrap();
    let home = folder.path().join("home");
    let locked =
        || Surroundings { passphrase_file: Some(passphrase.clone()), ..surroundings(&home) };
    let app = App::open(locked()).await.unwrap();
    let before = sign_in(&app, &development, "laptop").await.profile.unwrap();
    keep(&app, &folder.path().join("photos"), 2).await;
    app.shutdown().await;
    drop(app);

    std::fs::rename(&passphrase, &away).unwrap();
    let idle = App::open(Surroundings { idle: true, ..locked() }).await.err().unwrap();
    assert_eq!(idle.code, Code::KeychainUnavailable, "one command does not wait");
    let app = App::open(locked()).await.unwrap();
    assert_eq!(state(&app).await.phase, Phase::WaitingForKeys);
    let refused = app.call("list_spaces", json!({})).await.unwrap_err();
    assert_eq!(refused.code, Code::KeychainUnavailable, "and not: nobody is signed in");
    let line = development.line();
    let args = json!({
        "url": line.tokens, "account": line.account, "password": line.password, "deviceName": "x",
    });
    let refused = app.call("onboard_server", args).await.unwrap_err();
    assert_eq!(refused.code, Code::AlreadySignedIn);
    let mut events = app.subscribe();
    std::fs::rename(&away, &passphrase).unwrap();
    let unlocked = until("the keychain is open", async || match events.recv().await {
        Ok(AppEvent::State { state }) if state.phase == Phase::Ready => Some(state),
        _ => None,
    })
    .await;
    assert_eq!(unlocked.profile.unwrap().device_id, before.device_id);
    samples::write(&folder.path().join("photos"), 3).unwrap();
    green(&app, 3).await;
    app.shutdown().await;
    development.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_gone_keeps_everything_for_who_signs_in_again() {
    let folder = tempfile::tempdir().unwrap();
    let development = develop(folder.path()).await.unwrap();
    let (home, photos) = (folder.path().join("home"), folder.path().join("photos"));
    let app = App::open(surroundings(&home)).await.unwrap();
    let before = sign_in(&app, &development, "laptop").await.profile.unwrap();
    keep(&app, &photos, 2).await;
    assert_eq!(uploads(&app).await, 2);
    app.shutdown().await;
    drop(app);
    samples::write(&photos, 3).unwrap();
    std::fs::remove_file(home.join("keys.vault")).unwrap();

    for _ in ["found at once", "and after another start"] {
        let app = App::open(surroundings(&home)).await.unwrap();
        let lost = state(&app).await;
        assert_eq!((lost.phase, lost.profile), (Phase::SignedOut, None));
        assert!(lost.warnings.contains(&"key_missing".to_owned()), "never silently");
        app.shutdown().await;
    }
    let app = App::open(surroundings(&home)).await.unwrap();
    let after = sign_in(&app, &development, "laptop").await;
    assert!(!after.warnings.contains(&"key_missing".to_owned()));
    let after = after.profile.unwrap();
    assert_eq!(after.id, before.id, "the same journal");
    assert_ne!(after.device_id, before.device_id, "as a new device");
    green(&app, 3).await;
    assert_eq!(uploads(&app).await, 3, "what was there is not uploaded again");
    app.shutdown().await;
    development.stop().await;
}
