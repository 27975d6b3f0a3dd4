//! The control socket under friends and strangers: what it answers, and that nobody holds it up.
#![allow(clippy::unwrap_used, reason = "a helper of a test fails as its tests do")]

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::UnixStream,
};

use super::{Trouble, place, remote::Remote, wire};
use crate::{
    App, Code, Door, Surroundings,
    views::{AppEvent, AppState, Locale},
};

/// Longer than a request may take to arrive, on a slow machine.
const PATIENCE: Duration = Duration::from_secs(20);

fn surroundings(home: &Path) -> Surroundings {
    Surroundings {
        home: Some(home.to_owned()),
        no_keychain: true,
        idle: true,
        ..Surroundings::default()
    }
}

/// A home with nobody in it, its owner and the path of the socket.
async fn owner() -> (tempfile::TempDir, App, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let app = App::open(surroundings(home.path())).await.unwrap();
    let socket = place::find(&home.path().join("profiles")).unwrap();
    (home, app, socket)
}

/// What comes back for these bytes; nothing when the connection is closed without an answer.
async fn say(socket: &Path, bytes: &[u8]) -> Option<Value> {
    let mut stream = UnixStream::connect(socket).await.unwrap();
    // Who is refused early may not be listened to until the end.
    drop(stream.write_all(bytes).await);
    heard(stream).await
}

async fn heard(mut stream: UnixStream) -> Option<Value> {
    let mut text = Vec::new();
    // An early close may also be a reset.
    let _ = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut text)).await.unwrap();
    (!text.is_empty()).then(|| serde_json::from_slice(&text).unwrap())
}

fn failed(answer: Option<Value>) -> String {
    answer.unwrap()["reply"]["failed"]["code"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_get_an_answer_or_nothing_and_friends_are_served_after_them() {
    let (home, app, socket) = owner().await;
    let long = [vec![b'x'; wire::REQUEST_MAX + 1], b"\n".to_vec()].concat();
    for garbage in [&long[..], b"hunter2\n", b"\xff\xfe\x00\n", b"{}\n", b"\n", b"[[[[\n"] {
        assert_eq!(failed(say(&socket, garbage).await), "bad_request");
    }
    for other in
        [&b"{\"v\":2,\"app\":\"9.9.9\",\"ask\":\"x\"}\n"[..], b"{\"v\":1,\"ask\":\"hello\"}\n"]
    {
        assert_eq!(failed(say(&socket, other).await), "restart_needed");
    }
    let unknown = wire::question(&wire::Ask::Call { name: "rm".into(), args: json!({}) });
    assert_eq!(failed(say(&socket, &unknown).await), "bad_request");

    let door = Door::open(surroundings(home.path())).await.unwrap();
    let state: AppState = door.ask("app_state", json!({})).await.unwrap();
    assert_eq!(state.profile, None);
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_line_and_silence_are_given_up_on() {
    let (_home, app, socket) = owner().await;
    let mut half = UnixStream::connect(&socket).await.unwrap();
    half.write_all(b"{\"v\":1,").await.unwrap();
    let silent = UnixStream::connect(&socket).await.unwrap();
    let began = Instant::now();
    assert_eq!((heard(half).await, heard(silent).await), (None, None));
    assert!(began.elapsed() >= Duration::from_secs(4), "a slow one gets its time");
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_connections_at_once_are_all_served_in_the_end() {
    let (home, app, socket) = owner().await;
    // More than there is room for, and none of them says anything.
    let mut crowd = Vec::new();
    for _ in 0..100 {
        crowd.push(UnixStream::connect(&socket).await.unwrap());
    }
    let remote = tokio::time::timeout(PATIENCE, async {
        loop {
            match Remote::find(&home.path().join("profiles")).await {
                Ok(remote) => return remote,
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    });
    let remote = remote.await.unwrap();
    drop(crowd);
    let calls = (0..200).map(|_| remote.call("app_state", json!({})));
    for answer in futures::future::join_all(calls).await {
        answer.unwrap();
    }
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn listeners_hear_events_and_do_not_crowd_out_commands() {
    let (home, app, _) = owner().await;
    let profiles = home.path().join("profiles");
    let remote = Remote::find(&profiles).await.unwrap();
    let mut listening = Vec::new();
    while let Ok(events) = remote.events().await {
        listening.push(events);
        assert!(listening.len() < 100, "there is a limit");
    }
    let args = json!({ "locale": "zh-CN" });
    remote.call("set_locale", args).await.unwrap();
    for events in &mut listening {
        let event = tokio::time::timeout(PATIENCE, events.next()).await.unwrap().unwrap();
        let AppEvent::State { state } = event else { panic!("{event:?}") };
        assert_eq!(state.locale, Locale::Chinese);
    }
    // Their places are free again once they are gone.
    let before = listening.len();
    listening.clear();
    let again = tokio::time::timeout(PATIENCE, async {
        while remote.events().await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    again.await.unwrap();
    assert!(before > 0);
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_is_for_the_owner_alone() {
    let (home, app, _) = owner().await;
    let remote = Remote::find(&home.path().join("profiles")).await.unwrap();
    for name in ["onboard_local", "onboard_server"] {
        let args = json!({ "deviceName": "x", "password": "hunter2" });
        let Err(Trouble::Said(refused)) = remote.call(name, args).await else { panic!("{name}") };
        assert_eq!(refused.code, Code::ProfileInUse);
        assert_eq!(refused.params["pid"], std::process::id().to_string());
    }
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_door_goes_on_by_itself_when_the_owner_ends() {
    let (home, app, socket) = owner().await;
    let door = Door::open(surroundings(home.path())).await.unwrap();
    let mut events = door.events().await.unwrap();
    let refused = App::open(surroundings(home.path())).await.err().unwrap();
    assert_eq!(refused.code, Code::ProfileInUse);
    assert_eq!(refused.params["pid"], std::process::id().to_string());

    app.shutdown().await;
    assert!(!socket.exists(), "a clean end takes the socket away");
    drop(app);
    let state: AppState = door.ask("app_state", json!({})).await.unwrap();
    assert_eq!(state.profile, None);
    assert!(socket.exists(), "the door owns the home now");
    door.call("set_locale", json!({ "locale": "en" })).await.unwrap();
    // Told or not before it listened anew: a change after that is.
    let heard = async {
        loop {
            tokio::select! {
                event = events.next() => return event.unwrap(),
                () = tokio::time::sleep(Duration::from_millis(100)) => {
                    door.call("set_locale", json!({ "locale": "en" })).await.unwrap();
                }
            }
        }
    };
    let event = tokio::time::timeout(PATIENCE, heard).await.unwrap();
    assert!(matches!(event, AppEvent::State { .. }));
    drop(events);
    door.close().await;
    assert!(!socket.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_that_is_gone_without_a_goodbye_is_no_owner() {
    let home = tempfile::tempdir().unwrap();
    let profiles = home.path().join("profiles");
    std::fs::create_dir(&profiles).unwrap();
    // What is left of a killed process: the socket's file, and nobody who has the lock.
    let (listener, left) = place::make(&profiles, &[]).unwrap();
    drop(listener);
    std::mem::forget(left);
    assert!(matches!(Remote::find(&profiles).await, Err(Trouble::Absent)));
    let door = Door::open(surroundings(home.path())).await.unwrap();
    door.call("app_state", json!({})).await.unwrap();
    assert!(Remote::find(&profiles).await.is_ok(), "it answers itself now");
    door.close().await;
}
