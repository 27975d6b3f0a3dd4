//! What people do: on their devices, also while the program is at work, and at the web. Owns their
//! small alphabet of names, and the ledger of what they wrote and gave up.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard},
};

use albumen_sync::{cloud::simulated::SimulatedCloud, disk::simulated::SimulatedDisk};

use crate::dice::Dice;

/// Few names, so that people meet.
const FOLDERS: &[&str] = &["", "d/", "e/", "d/e/"];
const NAMES: &[&str] = &["a.jpg", "b.jpg", "c"];
const FOLDER_NAMES: &[&str] = &["d", "e", "d/e", "e/d", "f"];

/// Every content that people wrote, and whether somebody who saw it gave it up: wrote over it or
/// deleted it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger(Arc<Mutex<Contents>>);

#[derive(Debug, Default)]
struct Contents {
    written: BTreeMap<Vec<u8>, bool>,
    next: u64,
    trace: Vec<String>,
}

impl Ledger {
    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap()
    }

    pub(crate) fn tell(&self, line: String) {
        self.contents().trace.push(line);
    }

    pub(crate) fn trace(&self) -> Vec<String> {
        self.contents().trace.clone()
    }

    /// A content never written before: it tells its number, and is whole or not.
    fn fresh(&self, dice: &mut Dice) -> Vec<u8> {
        let mut contents = self.contents();
        contents.next += 1;
        let length = *dice.pick(&[3, 9, 40]);
        let mut bytes = format!("<{}:", contents.next).into_bytes();
        bytes.extend(std::iter::repeat_n(b'.', length));
        bytes.push(b'>');
        contents.written.insert(bytes.clone(), false);
        bytes
    }

    /// Somebody writes this.
    pub(crate) fn writes(&self, content: &[u8]) {
        self.contents().written.insert(content.to_vec(), false);
    }

    pub(crate) fn give_up(&self, content: &[u8]) {
        if let Some(given_up) = self.contents().written.get_mut(content) {
            *given_up = true;
        }
    }

    /// What a power cut left of a content; nobody misses it.
    pub(crate) fn was_left(&self, content: &[u8]) {
        self.contents().written.entry(content.to_vec()).or_insert(true);
    }

    pub(crate) fn is_whole(&self, content: &[u8]) -> bool {
        self.contents().written.contains_key(content)
    }

    /// What nobody gave up.
    pub(crate) fn wanted(&self) -> BTreeSet<Vec<u8>> {
        let contents = self.contents();
        contents.written.iter().filter(|(_, gone)| !**gone).map(|(c, _)| c.clone()).collect()
    }
}

fn some_path(dice: &mut Dice) -> String {
    format!("{}{}", dice.pick(FOLDERS), dice.pick(NAMES))
}

/// One of the paths there are, or one made up.
fn some_of(dice: &mut Dice, there: &[(String, Vec<u8>)]) -> String {
    if there.is_empty() || dice.below(4) == 0 {
        return some_path(dice);
    }
    dice.pick(there).0.clone()
}

/// Every file of the user with its content, by path.
pub(crate) fn files_of(disk: &SimulatedDisk) -> Vec<(String, Vec<u8>)> {
    let all = disk.files().into_iter().map(|(path, content)| (path.to_string(), content));
    all.filter(|(path, _)| !path.starts_with(".albumen")).collect()
}

/// Whether a path is a folder, or lies below a file: nobody can write there.
fn blocked(disk: &SimulatedDisk, path: &str) -> bool {
    let files = files_of(disk);
    let folder = disk.is_folder(path);
    let below = |file: &str| path.starts_with(&format!("{file}/"));
    folder || files.iter().any(|(file, _)| below(file))
}

/// Somebody does something on a device.
pub(crate) fn at_device(who: &str, disk: &SimulatedDisk, ledger: &Ledger, dice: &mut Dice) {
    let there = files_of(disk);
    match dice.below(12) {
        0..=4 => writes(who, disk, ledger, dice, &there),
        5..=7 => {
            let (from, to) = (some_of(dice, &there), some_path(dice));
            let free = from != to && !blocked(disk, &to) && disk.content(&to).is_none();
            if free && disk.shift(&from, &to) {
                ledger.tell(format!("{who} moves {from} to {to}"));
            }
        }
        8 => {
            let (from, to) = (*dice.pick(FOLDER_NAMES), *dice.pick(FOLDER_NAMES));
            let inside = to.starts_with(&format!("{from}/"));
            if from != to && !inside && !blocked(disk, to) && disk.shift(from, to) {
                ledger.tell(format!("{who} moves the folder {from} to {to}"));
            }
        }
        9 => {
            let path = *dice.pick(FOLDER_NAMES);
            if !blocked(disk, path) && disk.content(path).is_none() {
                disk.folder(path);
                ledger.tell(format!("{who} makes the folder {path}"));
            }
        }
        10 => {
            let folder = *dice.pick(FOLDER_NAMES);
            let inside = format!("{folder}/");
            let lost = there.iter().filter(|(path, _)| path.starts_with(&inside));
            lost.for_each(|(_, content)| ledger.give_up(content));
            if disk.content(folder).is_none() && disk.delete(folder) {
                ledger.tell(format!("{who} deletes the folder {folder}"));
            }
        }
        _ => {
            let path = some_of(dice, &there);
            if let Some(content) = disk.content(&path) {
                ledger.give_up(&content);
                disk.delete(&path);
                ledger.tell(format!("{who} deletes {path}"));
            }
        }
    }
}

/// As a careful editor does it, as a tool for tags, or plainly.
fn writes(
    who: &str,
    disk: &SimulatedDisk,
    ledger: &Ledger,
    dice: &mut Dice,
    there: &[(String, Vec<u8>)],
) {
    let path = if dice.toss() { some_path(dice) } else { some_of(dice, there) };
    if blocked(disk, &path) {
        return;
    }
    disk.content(&path).iter().for_each(|old| ledger.give_up(old));
    let (bytes, how) = (ledger.fresh(dice), dice.below(3));
    ledger.tell(format!("{who} writes {path} {}", text(&bytes)));
    if let Some((folder, _)) = path.rsplit_once('/') {
        disk.folder(folder);
    }
    match how {
        0 => {
            let left = disk.content(&format!("{path}~"));
            left.iter().for_each(|left| ledger.give_up(left));
            disk.replace(&path, &bytes);
        }
        1 if disk.retouch(&path, &bytes) => {}
        _ => disk.write(&path, &bytes),
    }
}

/// Somebody does something at the web.
pub(crate) fn at_web(cloud: &SimulatedCloud, ledger: &Ledger, dice: &mut Dice) {
    let there = cloud.files();
    let content_of = |path: &str| there.iter().find(|(at, _)| at == path).map(|(_, c)| c.clone());
    match dice.below(10) {
        0..=3 => {
            let path = if dice.below(2) == 0 { some_path(dice) } else { some_of(dice, &there) };
            let old = content_of(&path);
            let bytes = ledger.fresh(dice);
            if cloud.write(&path, &bytes) {
                ledger.tell(format!("the web writes {path} {}", text(&bytes)));
                old.iter().for_each(|old| ledger.give_up(old));
            } else {
                ledger.give_up(&bytes);
            }
        }
        4..=5 => {
            let (from, to) = (some_of(dice, &there), some_path(dice));
            if cloud.shift(&from, &to) {
                ledger.tell(format!("the web moves {from} to {to}"));
            }
        }
        6 => {
            let (from, to) = (*dice.pick(FOLDER_NAMES), *dice.pick(FOLDER_NAMES));
            if cloud.shift(from, to) {
                ledger.tell(format!("the web moves the directory {from} to {to}"));
            }
        }
        7 => {
            let path = *dice.pick(FOLDER_NAMES);
            if cloud.directory(path) {
                ledger.tell(format!("the web makes the directory {path}"));
            }
        }
        8 => {
            let folder = *dice.pick(FOLDER_NAMES);
            let inside = format!("{folder}/");
            let lost = there.iter().filter(|(path, _)| path.starts_with(&inside) || path == folder);
            let lost: Vec<Vec<u8>> = lost.map(|(_, content)| content.clone()).collect();
            if cloud.delete(folder) {
                lost.iter().for_each(|content| ledger.give_up(content));
                ledger.tell(format!("the web deletes the directory {folder}"));
            }
        }
        _ => {
            let path = some_of(dice, &there);
            if let Some(content) = content_of(&path) {
                ledger.give_up(&content);
                cloud.delete(&path);
                ledger.tell(format!("the web deletes {path}"));
            }
        }
    }
}

/// The service takes a file away by itself.
pub(crate) fn withdraw(cloud: &SimulatedCloud, ledger: &Ledger, dice: &mut Dice) {
    let there = cloud.files();
    let path = some_of(dice, &there);
    let content = there.iter().find(|(at, _)| *at == path).map(|(_, content)| content.clone());
    if let Some(content) = content
        && cloud.withdraw(&path)
    {
        ledger.tell(format!("the service takes {path} away"));
        ledger.give_up(&content);
    }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
