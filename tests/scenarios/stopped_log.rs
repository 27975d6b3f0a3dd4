//! The audit log of services that do not run: whoever has their files and their key sees whether
//! somebody had a hand in it, without starting anything.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use albumen_tests::World;
use albumen_tests::device::Device;
use rusqlite::Connection;
use serde_json::Value;

const VERIFY: [&str; 3] = ["audit", "verify", "--stopped"];

/// Services that ran, with a person in them, and do not run any more.
fn stopped(computer: &Device) {
    let mut running = computer.start(&["serve"]);
    running.until_says("\"tokens\"");
    computer.run(&["login", "--here"]).is(0);
    let there = computer.run(&VERIFY).is(6);
    assert_eq!(there.error(), "profile_in_use", "they run");
    drop(running);
}

/// Every file of a folder with its content.
fn content(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("the folder can be read");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.map(|path| (path.clone(), fs::read(path).expect("it can be read"))).collect()
}

/// Does something to the database by hand, past the triggers that keep a program from it.
fn hand(file: &Path, sql: &str) {
    let database = Connection::open(file).expect("it is a SQLite file");
    let triggers = "DROP TRIGGER IF EXISTS audit_is_not_changed;
                    DROP TRIGGER IF EXISTS audit_is_not_cut;";
    database.execute_batch(&format!("{triggers}{sql}")).expect("a hand can do anything");
}

#[test]
fn a_hand_in_the_log_of_stopped_services_is_found() {
    let world = World::new();
    let (computer, home) = (world.device("computer"), world.path("computer/albumen"));
    assert_eq!(computer.run(&VERIFY).is(8).error(), "no_services");
    stopped(&computer);

    let folder = home.join("services/tokens");
    let file = folder.join("tokens.db");
    let before = content(&folder);
    let whole = computer.run(&VERIFY).is(0).value();
    assert!(whole["last"].as_u64() >= Some(2) && whole["tamperedAt"].is_null(), "{whole}");
    assert!(whole["publicKey"].as_str().is_some_and(|key| key.len() > 40), "{whole}");
    assert_eq!(content(&folder), before, "looking changes nothing");

    let last = whole["last"].as_u64().expect("a number");
    let cases = [
        ("changed", "UPDATE audit SET account = 'eve' WHERE entry = 1".to_owned(), Some(1)),
        ("missing", "DELETE FROM audit WHERE entry = 1".to_owned(), Some(1)),
        (
            "swapped",
            "UPDATE audit SET entry = -1 WHERE entry = 1; UPDATE audit SET entry = 1 WHERE \
             entry = 2; UPDATE audit SET entry = 2 WHERE entry = -1"
                .to_owned(),
            Some(1),
        ),
        ("cut off", format!("DELETE FROM audit WHERE entry = {last}"), None),
        (
            "cut off with its seal",
            format!(
                "DELETE FROM audit WHERE entry = {last}; DELETE FROM setting WHERE name = \
                 'audit_head'"
            ),
            None,
        ),
        (
            "emptied",
            "DELETE FROM audit; DELETE FROM setting WHERE name = 'audit_head'".to_owned(),
            Some(1),
        ),
        (
            "cut by nobody's signature",
            "INSERT INTO audit_checkpoint (entry, mac, head) SELECT entry, mac, '{}' FROM audit \
             WHERE entry = 1; DELETE FROM audit WHERE entry = 1"
                .to_owned(),
            Some(1),
        ),
    ];
    for (what, sql, entry) in cases {
        hand(&file, &sql);
        let found = computer.run(&VERIFY).is(1).value();
        let at = found["tamperedAt"].as_u64();
        assert!(at.is_some() && entry.is_none_or(|entry| at == Some(entry)), "{what}: {found}");
        put_back(&folder, &before);
    }
    computer.run(&VERIFY).is(0);
    doctor_tells(&computer, &file);
}

/// Puts a folder's files back as they were, and nothing beside them.
fn put_back(folder: &Path, files: &BTreeMap<PathBuf, Vec<u8>>) {
    for path in content(folder).into_keys() {
        fs::remove_file(path).expect("it can be removed");
    }
    for (path, bytes) in files {
        fs::write(path, bytes).expect("it can be written");
    }
}

/// The doctor looks at it as at everything else.
fn doctor_tells(computer: &Device, file: &Path) {
    let audit = |found: Value| {
        let all = found.as_array().expect("a list").clone();
        all.into_iter().find(|finding| finding["check"] == "audit").expect("the log is looked at")
    };
    assert!(audit(computer.run(&["doctor"]).value())["error"].is_null());
    hand(file, "UPDATE audit SET subject = 'somebody else' WHERE entry = 2");
    let ended = computer.run(&["doctor"]).is(1);
    assert_eq!(audit(ended.value())["error"]["code"], "audit_tampered");
}

#[test]
fn another_key_and_an_older_end_are_told_apart_from_a_whole_log() {
    let world = World::new();
    let (computer, home) = (world.device("computer"), world.path("computer/albumen"));
    let mut running = computer.start(&["serve"]);
    running.until_says("\"tokens\"");
    computer.run(&["login", "--here"]).is(0);
    let export = world.path("export.jsonl");
    let export = export.to_str().expect("our own folder has a plain name");
    computer.run(&["audit", "export", export]).is(0);
    drop(running);

    let later = [&VERIFY[..], &["--export", export]].concat();
    computer.run(&later).is(0);
    let other = world.device("other");
    stopped(&other);
    // Whole in itself; the export of another log knows better.
    assert_eq!(other.run(&later).is(1).value()["last"], Value::Null, "it is of another log");
    let (folder, own) = (home.join("services/tokens"), content(&home.join("services/tokens")));
    let foreign = content(&world.path("other/albumen/services/tokens")).into_iter();
    let foreign = foreign
        .map(|(path, bytes)| (folder.join(path.file_name().expect("files have names")), bytes));
    put_back(&folder, &foreign.collect());
    assert_eq!(computer.run(&VERIFY).is(8).error(), "seal_key_wrong");
    put_back(&folder, &own);
    computer.run(&later).is(0);
}
