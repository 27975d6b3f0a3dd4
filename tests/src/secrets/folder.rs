//! A test's own folder, which is looked through before it goes. Owns which files in it may hold a
//! secret in the clear, and why.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use tempfile::TempDir;

use super::{Secrets, learn, learned};

/// Files that are meant to hold a secret in the clear.
#[derive(Clone, Copy, Debug)]
pub struct Exempt {
    /// How the file's name ends.
    pub ends: &'static str,
    /// Whether a program of ours wrote it: then nobody else may read it.
    pub is_ours: bool,
    /// Why it may.
    pub why: &'static str,
}

impl Exempt {
    /// What is written by whoever runs a program, as they would.
    pub const fn of_test(ends: &'static str, why: &'static str) -> Self {
        Self { ends, is_ours: false, why }
    }

    /// What our programs write.
    pub const fn of_ours(ends: &'static str, why: &'static str) -> Self {
        Self { ends, is_ours: true, why }
    }
}

/// Secrets of one test alone: where there are hundreds of tests, each looks for its own.
#[derive(Clone, Debug, Default)]
pub struct Known(Arc<Mutex<Secrets>>);

impl Known {
    /// Notes one, for this test and for the runner.
    pub fn learn(&self, what: &str, text: &str) {
        learn(what, text);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).add(what, text.as_bytes());
    }

    /// The same of a key, in each form that one is written in.
    pub fn learn_key(&self, what: &str, key: &[u8]) {
        super::learn_key(what, key);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for form in super::forms(key) {
            known.add(what, &form);
        }
    }

    /// The same of a code, as it is told and as it is compared.
    pub fn learn_code(&self, what: &str, code: &str) {
        self.learn(what, code);
        self.learn(what, &code.replace(['-', ' '], ""));
    }

    /// The same of what an answer tells once.
    pub fn learn_answer(&self, answer: &str) {
        for (what, text) in answer.lines().flat_map(super::told::told_once) {
            self.learn(what, &text);
        }
    }
}

/// A folder that holds no secret when it goes, or its test has failed.
#[derive(Debug)]
pub struct Searched {
    folder: TempDir,
    /// Absent: everything that this process has learned.
    known: Option<Known>,
    exempt: &'static [Exempt],
}

impl Searched {
    /// Will be looked through for everything that this process has learned.
    pub fn for_all(folder: TempDir, exempt: &'static [Exempt]) -> Self {
        Self { folder, known: None, exempt }
    }

    /// Will be looked through for what its own test has learned.
    pub fn for_its_own(folder: TempDir, known: Known, exempt: &'static [Exempt]) -> Self {
        Self { folder, known: Some(known), exempt }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// What is wrong with it now: `path:line: what`.
    pub fn told(&self) -> Vec<String> {
        let secrets = match &self.known {
            Some(known) => known.0.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            None => learned(),
        };
        let may_hold = |path: &Path| self.exempts(path).is_some();
        let mut told = secrets.in_folder(self.path(), &may_hold);
        let ours = |path: &Path| self.exempts(path).is_some_and(|exempt| exempt.is_ours);
        for path in super::files(self.path()).iter().filter(|path| ours(path)) {
            let mode = fs::metadata(path).map_or(0, |about| about.permissions().mode());
            if mode & 0o077 != 0 {
                let place = path.strip_prefix(self.path()).unwrap_or(path).display();
                told.push(format!("{place}: others may read it"));
            }
        }
        told
    }

    fn exempts(&self, path: &Path) -> Option<&Exempt> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        self.exempt.iter().find(|exempt| name.ends_with(exempt.ends))
    }
}

impl Drop for Searched {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let told = self.told();
        assert!(told.is_empty(), "Secrets in files of this test:\n  {}", told.join("\n  "));
    }
}
