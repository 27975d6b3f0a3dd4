//! Secrets that tests know, and the search for them in what tests and their programs wrote. A test
//! that learns one says so; the runner of the suites looks for all of them in every log, and a
//! test's own folder is looked through before it goes. Owns what was learned; never tells its text.
//! The tests of the services use this file too.

#[path = "secrets/folder.rs"]
mod folder;
#[path = "secrets/search.rs"]
mod search;
#[path = "secrets/told.rs"]
mod told;

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use base64::{Engine, engine::general_purpose};

pub use folder::{Exempt, Known, Searched};
pub use search::{Found, Secrets, files};
pub use told::learn_answer;

/// Environment variable: the file in which the runner wants to be told of secrets.
pub const FILE: &str = "ALBUMEN_TEST_SECRETS";

/// What this process has learned.
static LEARNED: Mutex<Option<Secrets>> = Mutex::new(None);

/// Notes a secret that a test has learned, for itself and for the runner.
///
/// # Panics
/// When the runner's file cannot be written.
pub fn learn(what: &str, text: &str) {
    learn_bytes(what, text.as_bytes());
}

/// The same of a key, in each form that one is written in.
///
/// # Panics
/// As [`learn`].
pub fn learn_key(what: &str, key: &[u8]) {
    for form in forms(key) {
        learn_bytes(what, &form);
    }
}

#[allow(clippy::disallowed_methods, reason = "the runner of the suites says where it gathers them")]
fn learn_bytes(what: &str, secret: &[u8]) {
    let mut learned = LEARNED.lock().unwrap_or_else(PoisonError::into_inner);
    if learned.get_or_insert_default().add(what, secret)
        && let Some(file) = std::env::var_os(FILE)
    {
        note(Path::new(&file), what, secret).expect("the runner's file can be written");
    }
}

/// A key as it is, in hexadecimal digits, and in both alphabets of base64 (where whatever follows
/// may change the last digit).
fn forms(key: &[u8]) -> Vec<Vec<u8>> {
    let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let whole = &key[..key.len() - key.len() % 3];
    let [standard, url] =
        [general_purpose::STANDARD, general_purpose::URL_SAFE].map(|form| form.encode(whole));
    vec![key.to_vec(), hex.to_uppercase().into(), hex.into(), standard.into(), url.into()]
}

pub(crate) fn note(file: &Path, what: &str, secret: &[u8]) -> io::Result<()> {
    let line = format!("{}\n", serde_json::json!([what, secret]));
    let mut options = OpenOptions::new();
    // In one piece: programs of one suite write beside one another.
    options.append(true).create(true).mode(0o600).open(file)?.write_all(line.as_bytes())
}

/// What this process has learned so far.
pub fn learned() -> Secrets {
    let learned = LEARNED.lock().unwrap_or_else(PoisonError::into_inner);
    learned.clone().unwrap_or_default()
}
