//! What people do: on their devices, also while the program is at work, and at the web. Owns their
//! small alphabet of names, and the ledger of what they wrote and gave up.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard},
};

use albumen_sync::{cloud::simulated::SimulatedCloud, disk::simulated::SimulatedDisk};

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
        if std::env::var_os("DBG").is_some() {
            eprintln!("{line}");
        }
        self.contents().trace.push(line);
    }

    pub(crate) fn trace(&self) -> Vec<String> {
        self.contents().trace.clone()
    }

    /// A content never written before: it tells its number, and is whole or not.
    fn fresh(&self, below: &mut dyn FnMut(u64) -> u64) -> Vec<u8> {
        let mut contents = self.contents();
        contents.next += 1;
        let length = [3, 9, 40][usize::try_from(below(3)).unwrap()];
        let mut bytes = format!("<{}:", contents.next).into_bytes();
        bytes.extend(std::iter::repeat_n(b'.', length));
        bytes.push(b'>');
        contents.written.insert(bytes.clone(), false);
        bytes
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

fn pick<'a>(below: &mut dyn FnMut(u64) -> u64, from: &[&'a str]) -> &'a str {
    from[usize::try_from(below(from.len() as u64)).unwrap()]
}

fn some_path(below: &mut dyn FnMut(u64) -> u64) -> String {
    format!("{}{}", pick(below, FOLDERS), pick(below, NAMES))
}

/// One of the paths there are, or one made up.
fn some_of(below: &mut dyn FnMut(u64) -> u64, there: &[(String, Vec<u8>)]) -> String {
    if there.is_empty() || below(4) == 0 {
        return some_path(below);
    }
    there[usize::try_from(below(there.len() as u64)).unwrap()].0.clone()
}

fn files_of(disk: &SimulatedDisk) -> Vec<(String, Vec<u8>)> {
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
pub(crate) fn at_device(
    who: &str,
    disk: &SimulatedDisk,
    ledger: &Ledger,
    below: &mut dyn FnMut(u64) -> u64,
) {
    let there = files_of(disk);
    match below(12) {
        0..=4 => {
            let path = if below(2) == 0 { some_path(below) } else { some_of(below, &there) };
            if blocked(disk, &path) {
                return;
            }
            if let Some(old) = disk.content(&path) {
                ledger.give_up(&old);
            }
            let bytes = ledger.fresh(below);
            let how = below(3);
            ledger.tell(format!("{who} writes {path} {}", text(&bytes)));
            if let Some((folder, _)) = path.rsplit_once('/') {
                disk.folder(folder);
            }
            match how {
                0 => {
                    if let Some(left) = disk.content(&format!("{path}~")) {
                        ledger.give_up(&left);
                    }
                    disk.replace(&path, &bytes);
                }
                1 if disk.retouch(&path, &bytes) => {}
                _ => disk.write(&path, &bytes),
            }
        }
        5..=7 => {
            let (from, to) = (some_of(below, &there), some_path(below));
            if from != to
                && !blocked(disk, &to)
                && disk.content(&to).is_none()
                && disk.shift(&from, &to)
            {
                ledger.tell(format!("{who} moves {from} to {to}"));
            }
        }
        8 => {
            let (from, to) = (pick(below, FOLDER_NAMES), pick(below, FOLDER_NAMES));
            let inside = to.starts_with(&format!("{from}/"));
            if from != to && !inside && !blocked(disk, to) && disk.shift(from, to) {
                ledger.tell(format!("{who} moves the folder {from} to {to}"));
            }
        }
        9 => {
            let path = pick(below, FOLDER_NAMES);
            if !blocked(disk, path) && disk.content(path).is_none() {
                disk.folder(path);
                ledger.tell(format!("{who} makes the folder {path}"));
            }
        }
        10 => {
            let folder = pick(below, FOLDER_NAMES);
            let inside = format!("{folder}/");
            for (path, content) in there.iter().filter(|(path, _)| path.starts_with(&inside)) {
                let _ = path;
                ledger.give_up(content);
            }
            if disk.content(folder).is_none() && disk.delete(folder) {
                ledger.tell(format!("{who} deletes the folder {folder}"));
            }
        }
        _ => {
            let path = some_of(below, &there);
            if let Some(content) = disk.content(&path) {
                ledger.give_up(&content);
                disk.delete(&path);
                ledger.tell(format!("{who} deletes {path}"));
            }
        }
    }
}

/// Somebody does something at the web.
pub(crate) fn at_web(cloud: &SimulatedCloud, ledger: &Ledger, below: &mut dyn FnMut(u64) -> u64) {
    let there = cloud.files();
    let content_of = |path: &str| there.iter().find(|(at, _)| at == path).map(|(_, c)| c.clone());
    match below(10) {
        0..=3 => {
            let path = if below(2) == 0 { some_path(below) } else { some_of(below, &there) };
            let old = content_of(&path);
            let bytes = ledger.fresh(below);
            if cloud.write(&path, &bytes) {
                ledger.tell(format!("the web writes {path} {}", text(&bytes)));
                old.iter().for_each(|old| ledger.give_up(old));
            } else {
                ledger.give_up(&bytes);
            }
        }
        4..=5 => {
            let (from, to) = (some_of(below, &there), some_path(below));
            if cloud.shift(&from, &to) {
                ledger.tell(format!("the web moves {from} to {to}"));
            }
        }
        6 => {
            let (from, to) = (pick(below, FOLDER_NAMES), pick(below, FOLDER_NAMES));
            if cloud.shift(from, to) {
                ledger.tell(format!("the web moves the directory {from} to {to}"));
            }
        }
        7 => {
            let path = pick(below, FOLDER_NAMES);
            if cloud.directory(path) {
                ledger.tell(format!("the web makes the directory {path}"));
            }
        }
        8 => {
            let folder = pick(below, FOLDER_NAMES);
            let inside = format!("{folder}/");
            let lost = there.iter().filter(|(path, _)| path.starts_with(&inside) || path == folder);
            let lost: Vec<Vec<u8>> = lost.map(|(_, content)| content.clone()).collect();
            if cloud.delete(folder) {
                lost.iter().for_each(|content| ledger.give_up(content));
                ledger.tell(format!("the web deletes the directory {folder}"));
            }
        }
        _ => {
            let path = some_of(below, &there);
            if let Some(content) = content_of(&path) {
                ledger.give_up(&content);
                cloud.delete(&path);
                ledger.tell(format!("the web deletes {path}"));
            }
        }
    }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
