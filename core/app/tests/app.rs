//! The façade as a shell uses it, with the real services in this process: sign in, keep a folder,
//! look at photos, revoke a device.
#![allow(clippy::unwrap_used, reason = "a helper of a test fails as its tests do")]

mod kit;

use std::path::Path;

use albumen_app::{
    App, Code, samples,
    views::{
        AppEvent, AppState, DeviceView, IgnoreRulesView, IgnoreVerdict, MappingState, MappingView,
        Phase, PhotoView, ProfileKind, RevocationReceipt, SpaceView, SyncOverview, SyncState,
    },
};
use serde_json::json;

use kit::{ask, develop, enrol, surroundings, until};

async fn map(app: &App, folder: &Path) -> MappingView {
    let spaces: Vec<SpaceView> = ask(app, "list_spaces", json!({})).await.unwrap();
    let args = json!({
        "folder": folder,
        "libraryId": spaces[0].library_id,
        "spaceId": spaces[0].space_id,
        "target": { "kind": "per_folder" },
    });
    ask(app, "add_mapping", args).await.unwrap()
}

async fn green(app: &App) -> SyncOverview {
    until("every file verified", async || {
        let overview: SyncOverview = ask(app, "sync_overview", json!({})).await.unwrap();
        (overview.state == MappingState::UpToDate && !overview.mappings.is_empty())
            .then_some(overview)
    })
    .await
}

fn words(index: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(index[at..at + 4].try_into().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_kept_on_this_computer_and_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let photos = folder.path().join("photos");
    samples::write(&photos, 6).unwrap();
    let home = folder.path().join("home");
    let app = App::open(surroundings(&home)).await.unwrap();
    let before: AppState = ask(&app, "app_state", json!({})).await.unwrap();
    assert_eq!((before.phase, before.profile), (Phase::Onboarding, None));

    let args = json!({"deviceName": "测试"});
    let state: AppState = ask(&app, "onboard_local", args).await.unwrap();
    let profile = state.profile.unwrap();
    assert_eq!((state.phase, profile.kind), (Phase::Ready, ProfileKind::Local));
    assert_eq!(profile.device_name, "测试");
    assert!(state.warnings.contains(&"key_file".to_owned()), "{:?}", state.warnings);
    let again = app.call("onboard_local", json!({"deviceName": "x"})).await.unwrap_err();
    assert_eq!(again.code, Code::AlreadySignedIn);

    let mut events = app.subscribe();
    let mapping = map(&app, &photos).await;
    let overview = green(&app).await;
    assert_eq!(overview.mappings[0].id, mapping.id);
    assert_eq!((overview.mappings[0].files_verified, overview.problems), (6, 0));
    let read_back = app.read_back(|_| ()).await.unwrap();
    assert_eq!((read_back.equal, read_back.wrong.len()), (6, 0));
    assert!(read_back.bytes > 6 * 40_000);

    let index = until("facts of all photos", async || {
        let index = app.call_bytes("photo_index", json!({})).await.unwrap();
        (words(&index, 8) == 6).then_some(index)
    })
    .await;
    let row = words(&index, 16);
    let photo: PhotoView = ask(&app, "photo_detail", json!({"row": row})).await.unwrap();
    assert_eq!((photo.width, photo.height, photo.sync_state), (960, 640, SyncState::Verified));
    assert!(photo.taken_at.unwrap().ends_with("+08:00"));
    assert!(photo.album.is_some());
    for size in [256, 1024] {
        for _ in ["decoded", "from the cache"] {
            let thumbnail = app.thumbnail(row, size).await.unwrap();
            assert_eq!(thumbnail.content_type, "image/jpeg");
            let picture = image::load_from_memory(&thumbnail.bytes).unwrap();
            assert_eq!(picture.width(), size.min(960));
        }
    }
    assert_eq!(app.thumbnail(row, 17).await.unwrap_err().code, Code::BadRequest);
    assert_eq!(app.thumbnail(999_999, 256).await.unwrap_err().code, Code::FileMissing);
    let mut told_of_sync = false;
    while let Ok(event) = events.try_recv() {
        told_of_sync |= matches!(event, AppEvent::Sync { .. });
    }
    assert!(told_of_sync);

    app.shutdown().await;
    drop((app, events));
    let app = App::open(surroundings(&home)).await.unwrap();
    samples::write(&photos, 7).unwrap();
    let state: AppState = ask(&app, "app_state", json!({})).await.unwrap();
    assert_eq!(state.profile.unwrap().device_id, profile.device_id);
    until("the seventh photo", async || {
        let overview: SyncOverview = ask(&app, "sync_overview", json!({})).await.unwrap();
        (overview.mappings[0].files_verified == 7).then_some(())
    })
    .await;
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_rule_leaves_out_stays_where_it_is_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let photos = folder.path().join("photos");
    samples::write(&photos, 3).unwrap();
    let app = App::open(surroundings(&folder.path().join("home"))).await.unwrap();
    let _: AppState = ask(&app, "onboard_local", json!({"deviceName": "a"})).await.unwrap();
    let id = map(&app, &photos).await.id;
    green(&app).await;
    let set = |text: &str| app.call("set_ignore_text", json!({ "id": id, "text": text }));
    let error = set("*.psd\nb[\n").await.unwrap_err();
    assert_eq!((error.code, error.params["line"].as_str()), (Code::IgnoreRuleInvalid, "2"));
    let rules: IgnoreRulesView = ask(&app, "ignore_text", json!({ "id": id })).await.unwrap();
    assert_eq!(rules.text, "", "a text with a bad line is not taken");

    set("# none of them\n*.JPG\n").await.unwrap();
    until("every file left out", async || {
        let overview: SyncOverview = ask(&app, "sync_overview", json!({})).await.unwrap();
        (overview.mappings[0].files_skipped == 3).then_some(())
    })
    .await;
    let asked = json!({ "paths": [photos.join("new.JPG"), photos, folder.path()] });
    let told: Vec<IgnoreVerdict> = ask(&app, "test_ignore", asked).await.unwrap();
    assert_eq!((told[0].ignored, told[0].line), (true, Some(2)));
    assert_eq!((told[1].ignored, told[1].mapping_id.as_ref()), (false, Some(&id)));
    assert_eq!(told[2].mapping_id, None);
    let read_back = app.read_back(|_| ()).await.unwrap();
    assert_eq!(read_back.wrong.len(), 0, "nothing was deleted anywhere");

    set("").await.unwrap();
    until("every file back", async || {
        let overview: SyncOverview = ask(&app, "sync_overview", json!({})).await.unwrap();
        (overview.mappings[0].files_verified == 3).then_some(())
    })
    .await;
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_process_is_told_and_signing_out_leaves_everything() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let app = App::open(surroundings(&home)).await.unwrap();
    let second = App::open(surroundings(&home)).await.err().unwrap();
    assert_eq!(second.code, Code::ProfileInUse);

    let _: AppState = ask(&app, "onboard_local", json!({"deviceName": "a"})).await.unwrap();
    let photos = folder.path().join("photos");
    samples::write(&photos, 2).unwrap();
    map(&app, &photos).await;
    green(&app).await;
    let state: AppState = ask(&app, "sign_out", json!({})).await.unwrap();
    assert_eq!((state.phase, state.profile), (Phase::SignedOut, None));
    assert_eq!(app.call("list_spaces", json!({})).await.unwrap_err().code, Code::NotSignedIn);
    assert!(photos.join("Lake/IMG_0001.JPG").exists());

    // Who comes back finds the folder still mapped, and nothing is uploaded twice.
    let _: AppState = ask(&app, "onboard_local", json!({"deviceName": "b"})).await.unwrap();
    let overview = green(&app).await;
    assert_eq!(overview.mappings[0].files_verified, 2);
    assert_eq!(app.read_back(|_| ()).await.unwrap().equal, 2);
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_a_wrong_password() {
    let folder = tempfile::tempdir().unwrap();
    let development = develop(folder.path()).await.unwrap();
    let app = App::open(surroundings(&folder.path().join("home"))).await.unwrap();
    let args = json!({
        "url": development.line().tokens, "account": development.line().account,
        "password": "not this one", "deviceName": "a",
    });
    let refused = app.call("onboard_server", args).await.unwrap_err();
    assert_eq!(refused.code, Code::WrongPassword);
    assert!(!serde_json::to_string(&refused).unwrap().contains("not this one"));
    let state: AppState = ask(&app, "app_state", json!({})).await.unwrap();
    assert_eq!(state.phase, Phase::Onboarding);
    app.shutdown().await;
    development.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_device_is_told_at_once_and_stops() {
    let folder = tempfile::tempdir().unwrap();
    let development = develop(folder.path()).await.unwrap();
    let first = App::open(surroundings(&folder.path().join("one"))).await.unwrap();
    let second = App::open(surroundings(&folder.path().join("two"))).await.unwrap();
    enrol(&first, &development, "first").await.unwrap();
    let state = enrol(&second, &development, "second").await.unwrap();
    let second_id = state.profile.unwrap().device_id;

    let devices: Vec<DeviceView> = ask(&first, "list_devices", json!({})).await.unwrap();
    assert_eq!(devices.len(), 2);
    assert_eq!(devices.iter().filter(|device| device.this_device).count(), 1);
    let args = json!({ "deviceId": second_id });
    let receipt: RevocationReceipt = ask(&first, "revoke_device", args).await.unwrap();
    assert_eq!(receipt.device_id, second_id);
    until("the second device hears of it", async || {
        let state: AppState = ask(&second, "app_state", json!({})).await.unwrap();
        (state.phase == Phase::Revoked).then_some(())
    })
    .await;
    let refused = second.call("list_spaces", json!({})).await.unwrap_err();
    assert_eq!(refused.code, Code::DeviceRevoked);

    // It may come back by signing in again, as another device with the same journal.
    let state = enrol(&second, &development, "second again").await.unwrap();
    assert_eq!(state.phase, Phase::Ready);
    assert_ne!(state.profile.unwrap().device_id, second_id);
    let spaces: Vec<SpaceView> = ask(&second, "list_spaces", json!({})).await.unwrap();
    assert_eq!(spaces[0].space_id, development.line().space_id);
    first.shutdown().await;
    second.shutdown().await;
    development.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_is_refused_without_repeating_it() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::open(surroundings(folder.path())).await.unwrap();
    for (name, args) in [
        ("no_such_command", json!({})),
        ("set_locale", json!({"locale": "tlh"})),
        ("inspect_folder", json!({})),
        ("inspect_folder", json!({"path": "x", "more": 1})),
        ("photo_detail", json!({"row": -1})),
        ("onboard_server", json!({"password": "hunter2", "url": 7})),
        ("probe_server", json!({"url": "gopher://x"})),
    ] {
        let refused = app.call(name, args).await.unwrap_err();
        assert_eq!(refused.code, Code::BadRequest, "{name}");
        assert!(!serde_json::to_string(&refused).unwrap().contains("hunter2"));
    }
    for path in ["relative", "/no/such/folder/anywhere"] {
        let refused = app.call("inspect_folder", json!({ "path": path })).await.unwrap_err();
        assert!(matches!(refused.code, Code::FolderNotAbsolute | Code::FolderMissing), "{path}");
    }
    let index = app.call_bytes("photo_index", json!({})).await.unwrap();
    assert_eq!(index.len(), 16, "nobody is signed in: no photos");
    assert_eq!(app.thumbnail(1, 256).await.unwrap_err().code, Code::NotSignedIn);
}
