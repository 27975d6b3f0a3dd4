//! Gathers hints until a folder is quiet. Owns how long to wait and how much to remember; pure, the
//! clock is handed in.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::Hint;
use crate::{limits::Limits, local_path::LocalPath};

/// Folders remembered by name; more than this and everything is looked at.
const FOLDERS_MAX: usize = 1024;
/// Names remembered in one folder; more than this and the whole folder is looked at.
const NAMES_MAX: usize = 1024;
/// A folder that appeared is looked at a second time so much later: between its appearance and its
/// watch, files may have come that nobody told of.
const SECOND_LOOK: Duration = Duration::from_secs(2);

/// What is to be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// These names in a folder.
    Names(LocalPath, BTreeSet<Vec<u8>>),
    /// A folder and all below it.
    Tree(LocalPath),
    /// Everything.
    All,
}

#[derive(Debug)]
struct Waiting {
    names: BTreeSet<Vec<u8>>,
    whole: bool,
    first: u64,
    last: u64,
}

/// Gathers hints.
#[derive(Debug)]
pub(crate) struct Debounce {
    quiet: u64,
    longest: u64,
    folders: BTreeMap<LocalPath, Waiting>,
    second_looks: BTreeMap<LocalPath, u64>,
    all: bool,
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl Debounce {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            quiet: ms(limits.debounce),
            longest: ms(limits.debounce_max),
            folders: BTreeMap::new(),
            second_looks: BTreeMap::new(),
            all: false,
        }
    }

    /// Takes a hint at a moment of uptime, ms.
    pub(crate) fn hear(&mut self, hint: Hint, now: u64) {
        match hint {
            Hint::Missed => self.all = true,
            Hint::At(place) => self.wait(&place.parent(), Some(place.name()), now),
            Hint::NewFolder(place) => {
                self.wait(&place, None, now);
                self.second_looks.insert(place, now + ms(SECOND_LOOK));
            }
        }
        if self.folders.len() + self.second_looks.len() > FOLDERS_MAX {
            self.all = true;
        }
        if self.all {
            self.folders.clear();
            self.second_looks.clear();
        }
    }

    fn wait(&mut self, folder: &LocalPath, name: Option<&[u8]>, now: u64) {
        let fresh = || Waiting { names: BTreeSet::new(), whole: false, first: now, last: now };
        let waiting = self.folders.entry(folder.clone()).or_insert_with(fresh);
        waiting.last = now;
        match name {
            Some(name) if waiting.names.len() < NAMES_MAX => {
                waiting.names.insert(name.to_vec());
            }
            _ => waiting.whole = true,
        }
    }

    fn due_at(&self, waiting: &Waiting) -> u64 {
        (waiting.last + self.quiet).min(waiting.first + self.longest)
    }

    /// When something is due next, ms of uptime.
    pub(crate) fn next_due(&self) -> Option<u64> {
        if self.all {
            return Some(0);
        }
        let folders = self.folders.values().map(|waiting| self.due_at(waiting));
        folders.chain(self.second_looks.values().copied()).min()
    }

    /// Takes what is due.
    pub(crate) fn take(&mut self, now: u64) -> Vec<Due> {
        if std::mem::take(&mut self.all) {
            return vec![Due::All];
        }
        let mut due = Vec::new();
        let ripe: Vec<LocalPath> = self
            .folders
            .iter()
            .filter(|(_, waiting)| self.due_at(waiting) <= now)
            .map(|(folder, _)| folder.clone())
            .collect();
        for folder in ripe {
            if let Some(waiting) = self.folders.remove(&folder) {
                due.push(if waiting.whole {
                    Due::Tree(folder)
                } else {
                    Due::Names(folder, waiting.names)
                });
            }
        }
        let second: Vec<LocalPath> = self
            .second_looks
            .iter()
            .filter(|(_, at)| **at <= now)
            .map(|(folder, _)| folder.clone())
            .collect();
        for folder in second {
            self.second_looks.remove(&folder);
            due.push(Due::Tree(folder));
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(path: &str) -> Hint {
        Hint::At(path.into())
    }

    fn names(folder: &str, names: &[&str]) -> Due {
        Due::Names(folder.into(), names.iter().map(|name| name.as_bytes().to_vec()).collect())
    }

    #[test]
    fn a_folder_is_looked_at_when_it_is_quiet() {
        let mut debounce = Debounce::new(&Limits::default());
        debounce.hear(at("d/a"), 0);
        debounce.hear(at("d/b"), 400);
        debounce.hear(at("e/c"), 100);
        assert_eq!(debounce.next_due(), Some(600));
        assert_eq!(debounce.take(599), []);
        assert_eq!(debounce.take(600), [names("e", &["c"])]);
        assert_eq!(debounce.take(900), [names("d", &["a", "b"])]);
        assert_eq!(debounce.next_due(), None);
    }

    #[test]
    fn a_folder_that_is_never_quiet_is_looked_at_all_the_same() {
        let mut debounce = Debounce::new(&Limits::default());
        (0..=50).for_each(|n| debounce.hear(at("a"), n * 200));
        assert_eq!(debounce.take(10_000), [names("", &["a"])]);
    }

    #[test]
    fn a_new_folder_is_looked_at_twice() {
        let mut debounce = Debounce::new(&Limits::default());
        debounce.hear(Hint::NewFolder("d".into()), 0);
        assert_eq!(debounce.take(500), [Due::Tree("d".into())]);
        assert_eq!(debounce.next_due(), Some(2_000));
        assert_eq!(debounce.take(2_000), [Due::Tree("d".into())]);
    }

    #[test]
    fn what_is_too_much_to_remember_becomes_a_look_at_everything() {
        let mut debounce = Debounce::new(&Limits::default());
        (0..2_000).for_each(|n| debounce.hear(at(&format!("d/{n}")), 0));
        assert_eq!(debounce.take(500), [Due::Tree("d".into())]);
        (0..2_000).for_each(|n| debounce.hear(at(&format!("{n}/a")), 0));
        assert_eq!(debounce.take(0), [Due::All]);
        debounce.hear(Hint::Missed, 0);
        assert_eq!((debounce.next_due(), debounce.take(0)), (Some(0), vec![Due::All]));
    }
}
