//! Letting a device in from the terminal: a code or a link goes in on standard input, never as an
//! argument, and one command of the other device says yes.

use std::{
    io::Write,
    process::{Child, Output, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{Bench, Serving, error_code, last_line};

/// Longer than anything here takes on a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);

fn json(bench: &Bench, home: &str, arguments: &[&str]) -> Value {
    let ended = bench.run(home, &[arguments, &["--json"]].concat());
    assert!(ended.status.success(), "{arguments:?}: {ended:?}");
    last_line(&ended)
}

/// A login that reads its secret from a pipe.
fn login(bench: &Bench, home: &str, arguments: &[&str], secret: &str) -> Child {
    let arguments = [&["login"], arguments, &["--json"]].concat();
    assert!(arguments.iter().all(|argument| !argument.contains(secret)));
    let mut child = bench
        .albumen(home, &arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    writeln!(child.stdin.take().unwrap(), "{secret}").unwrap();
    child
}

/// Waits for a device to bring the code, and lets it in.
fn let_in(bench: &Bench, home: &str, id: &str) -> Value {
    let began = Instant::now();
    loop {
        let stands = json(bench, home, &["devices", "pairing", id]);
        if stands["state"] == "pending" {
            assert_eq!(json(bench, home, &["devices", "approve", id])["state"], "approved");
            return stands;
        }
        assert!(began.elapsed() < PATIENCE, "nobody came: {stands}");
    }
}

fn ended(child: Child) -> Output {
    child.wait_with_output().unwrap()
}

#[test]
fn devices_come_in_by_code_and_by_link() {
    let bench = Bench::new();
    let serving = Serving::start(&bench, &bench.path("dev"));
    let laptop = serving.login(&bench, "laptop", serving.text("password"));
    assert!(laptop.status.success(), "{laptop:?}");
    let account = &last_line(&laptop)["profile"]["accountName"];

    for (home, by_link) in [("tablet", false), ("phone", true)] {
        let offer = json(&bench, "laptop", &["devices", "pair"]);
        let text = |name: &str| offer[name].as_str().unwrap();
        let child = if by_link {
            login(&bench, home, &["--link", "--device-name", home], text("link"))
        } else {
            let arguments = [text("server"), "--code", "--device-name", home];
            login(&bench, home, &arguments, text("code"))
        };
        let stands = let_in(&bench, "laptop", text("pairingId"));
        assert_eq!(stands["device"]["name"], home);
        assert_eq!(stands["device"]["address"], "127.0.0.1");
        let ended = ended(child);
        assert!(ended.status.success(), "{ended:?}");
        let inside = last_line(&ended);
        assert_eq!(
            (&inside["phase"], &inside["profile"]["accountName"]),
            (&"ready".into(), account)
        );
    }
    // The phone asks for something: from then on it is known where it was.
    json(&bench, "phone", &["devices"]);
    let devices = json(&bench, "laptop", &["devices"]);
    assert_eq!(devices.as_array().unwrap().len(), 3);
    let phone = devices.as_array().unwrap().iter().find(|one| one["name"] == "phone").unwrap();
    assert_eq!(phone["lastAddress"], "127.0.0.1");
    let id = phone["deviceId"].as_str().unwrap();
    assert_eq!(json(&bench, "laptop", &["devices", "rename", id, "pocket"])["name"], "pocket");
    assert_eq!(json(&bench, "phone", &["devices", "list"])[0]["name"], "pocket");
}

#[test]
fn what_is_no_code_or_link_lets_nobody_in() {
    let bench = Bench::new();
    let serving = Serving::start(&bench, &bench.path("dev"));
    let url = serving.text("tokens");
    let laptop = serving.login(&bench, "laptop", serving.text("password"));
    assert!(laptop.status.success(), "{laptop:?}");
    let evil = "albumen://pair?server=http%3A%2F%2Fevil.example&code=12345678";
    for (arguments, secret, code) in [
        (&["--link"][..], evil, "pairing_link_invalid"),
        (&["--link"], "https://photos.example", "pairing_link_invalid"),
        (&[url, "--code"], "00000000", "pairing_code_wrong"),
        (&[url, "--code"], "not a code", "pairing_code_wrong"),
    ] {
        let ended = ended(login(&bench, "tablet", arguments, secret));
        assert_eq!(error_code(&ended), code, "{secret}");
        assert!(!String::from_utf8_lossy(&ended.stderr).contains("12345678"), "{ended:?}");
    }
    let offer = json(&bench, "laptop", &["devices", "pair"]);
    let child = login(&bench, "tablet", &["--link"], offer["link"].as_str().unwrap());
    let id = offer["pairingId"].as_str().unwrap();
    let began = Instant::now();
    while json(&bench, "laptop", &["devices", "pairing", id])["state"] != "pending" {
        assert!(began.elapsed() < PATIENCE, "nobody came");
    }
    json(&bench, "laptop", &["devices", "refuse", id]);
    let ended = ended(child);
    assert_eq!((ended.status.code(), error_code(&ended).as_str()), (Some(7), "pairing_over"));
    let nobody = bench.run("tablet", &["status", "--json"]);
    assert_eq!(nobody.status.code(), Some(3), "{nobody:?}");
}
