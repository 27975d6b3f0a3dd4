//! Secrets that tests know, and the search for them in what tests and their programs wrote. A test
//! that learns one says so; the runner of the suites looks for all of them in every log, and a
//! world looks through its own folder before that goes. Owns what counts as one and where one may
//! be; never tells its text.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use aho_corasick::AhoCorasick;

/// Environment variable: the file in which the runner wants to be told of secrets.
pub const FILE: &str = "ALBUMEN_TEST_SECRETS";
/// Shorter texts stand in logs for other reasons.
const LENGTH_MIN: usize = 8;
/// Files larger than this hold pictures and objects, no logs.
const LOG_MAX: u64 = 4 * 1024 * 1024;
/// Names of constants in tests that are secrets.
const NAMES: [&str; 4] = ["PASSWORD", "PASSPHRASE", "SECRET", "CONSOLE_KEY"];
/// What secrets of ours look like, whoever made them: a beginning, how many hexadecimal digits
/// follow at least, and what it is.
const SHAPES: [(&str, usize, &str); 4] = [
    ("acctk", 64, "an access token"),
    ("q-signature=", 40, "a signed address"),
    ("X-Amz-Signature=", 64, "a signed address"),
    ("x-amz-signature=", 64, "a signed address"),
];

/// What this process has learned: text to what it is.
static LEARNED: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());

/// Secrets by their text, with what each is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Secrets(BTreeMap<String, String>);

/// Where a secret was found; never which text it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What it is.
    pub what: String,
    /// From 1.
    pub line: usize,
}

/// Notes a secret that a test has learned, for itself and for the runner.
///
/// # Panics
/// When the runner's file cannot be written.
pub fn learn(what: &str, text: &str) {
    if text.len() < LENGTH_MIN {
        return;
    }
    let mut learned = LEARNED.lock().unwrap_or_else(PoisonError::into_inner);
    if learned.insert(text.to_owned(), what.to_owned()).is_some() {
        return;
    }
    if let Some(file) = std::env::var_os(FILE) {
        note(Path::new(&file), what, text).expect("the runner's file can be written");
    }
}

fn note(file: &Path, what: &str, text: &str) -> io::Result<()> {
    let line = format!("{}\n", serde_json::json!([what, text]));
    let mut options = OpenOptions::new();
    // In one piece: programs of one suite write beside one another.
    options.append(true).create(true).mode(0o600).open(file)?.write_all(line.as_bytes())
}

/// What this process has learned so far.
pub fn learned() -> Secrets {
    Secrets(LEARNED.lock().unwrap_or_else(PoisonError::into_inner).clone())
}

impl Secrets {
    /// Those that programs noted for the runner; none when there is no file.
    ///
    /// # Errors
    /// When the file cannot be read or is none of [`learn`].
    pub fn noted(file: &Path) -> io::Result<Self> {
        let text = match fs::read_to_string(file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            read => read?,
        };
        let line = |line: &str| serde_json::from_str::<(String, String)>(line);
        let pairs = text.lines().map(|text| line(text).map(|(what, secret)| (secret, what)));
        Ok(Self(pairs.collect::<Result<_, _>>()?))
    }

    /// These and those that stand as constants in the source of a test.
    #[must_use]
    pub fn with_source(mut self, source: &str) -> Self {
        for line in source.lines().filter(|line| line.contains("const ")) {
            let Some((name, rest)) = line.split_once(": &str = \"") else { continue };
            let name = name.rsplit(' ').next().unwrap_or_default();
            let text = rest.split('"').next().unwrap_or_default();
            if NAMES.iter().any(|known| name.ends_with(known)) && text.len() >= LENGTH_MIN {
                self.0.insert(text.to_owned(), format!("the tests' {name}"));
            }
        }
        self
    }

    /// These and those.
    #[must_use]
    pub fn and(mut self, others: &Self) -> Self {
        self.0.extend(others.0.clone());
        self
    }

    /// Every place in a text that holds one of these, or what looks like one of ours.
    pub fn find(&self, bytes: &[u8]) -> Vec<Found> {
        self.search().find(bytes)
    }

    fn search(&self) -> Search<'_> {
        let beginnings = SHAPES.iter().map(|(beginning, ..)| *beginning);
        let texts = self.0.keys().map(String::as_str).chain(beginnings);
        let automaton = AhoCorasick::new(texts).expect("secrets are few and short");
        Search { whats: self.0.values().map(String::as_str).collect(), automaton }
    }
}

/// All secrets at once: worlds hold large files and suites know thousands of secrets.
struct Search<'a> {
    /// What each is, in the order of the automaton's patterns; after them come the shapes.
    whats: Vec<&'a str>,
    automaton: AhoCorasick,
}

impl Search<'_> {
    fn find(&self, bytes: &[u8]) -> Vec<Found> {
        let mut found = Vec::new();
        let (mut line, mut counted) = (1, 0);
        for hit in self.automaton.find_overlapping_iter(bytes) {
            let index = hit.pattern().as_usize();
            let what = match self.whats.get(index) {
                Some(what) => *what,
                None => match shaped(index - self.whats.len(), &bytes[hit.end()..]) {
                    Some(what) => what,
                    None => continue,
                },
            };
            // Hits come in the order of their ends.
            line += bytes[counted..hit.end()].iter().filter(|byte| **byte == b'\n').count();
            counted = hit.end();
            let one = Found { what: what.to_owned(), line };
            if !found.contains(&one) {
                found.push(one);
            }
        }
        found
    }
}

/// What begins with one of the shapes, if enough digits follow.
fn shaped(shape: usize, rest: &[u8]) -> Option<&'static str> {
    let (_, digits, what) = SHAPES.get(shape)?;
    let follow = rest.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    (follow >= *digits).then_some(*what)
}

/// Files below a folder that hold a secret, with where: `path:line: what`. `may_hold` names files
/// that are meant to.
pub fn in_folder(
    secrets: &Secrets,
    folder: &Path,
    may_hold: &dyn Fn(&Path) -> bool,
) -> Vec<String> {
    let search = secrets.search();
    let mut told = Vec::new();
    for path in files(folder).into_iter().filter(|path| !may_hold(path)) {
        let small = fs::metadata(&path).is_ok_and(|about| about.len() <= LOG_MAX);
        // What other programs remove meanwhile holds nothing any more.
        let Some(bytes) = small.then(|| fs::read(&path).ok()).flatten() else { continue };
        let place = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
        let found = search.find(&bytes).into_iter();
        told.extend(found.map(|found| format!("{place}:{}: {}", found.line, found.what)));
    }
    told
}

/// Every file below a folder; none where there is no folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let of_entry = |entry: fs::DirEntry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => files(&entry.path()),
        Ok(kind) if kind.is_file() => vec![entry.path()],
        _ => Vec::new(),
    };
    entries.flat_map(of_entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_planted_secret_is_found_in_a_log() {
        let secrets = Secrets::default().with_source(
            "const PASSWORD: &str = \"correct horse battery\";\n\
             const NAME: &str = \"a long name\";",
        );
        let token = format!("bearer acctk{}", "0a".repeat(32));
        let signed = format!("GET /b/k?q-ak=x&q-signature={}", "ab".repeat(20));
        let log =
            format!("fine\npassword: correct horse battery\na long name\n{token}\n{signed}\n");
        let found = secrets.find(log.as_bytes());
        let told: Vec<_> = found.iter().map(|found| (found.line, found.what.as_str())).collect();
        assert_eq!(
            told,
            [(2, "the tests' PASSWORD"), (4, "an access token"), (5, "a signed address")]
        );
        let harmless = "acctk01\nq-signature=00\n";
        assert_eq!(secrets.find(harmless.as_bytes()), []);
    }

    #[test]
    fn what_is_noted_is_read_back_and_nobody_else_reads_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("secrets");
        assert_eq!(Secrets::noted(&file).expect("no file is no secret"), Secrets::default());
        note(&file, "a code", "ABCD-\"1234\"").expect("it can be written");
        note(&file, "a password", "two\nlines of it").expect("it can be written");
        let mode = fs::metadata(&file).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let noted = Secrets::noted(&file).expect("it can be read");
        assert_eq!(noted.find(b"x ABCD-\"1234\" y")[0].what, "a code");
    }

    #[test]
    fn a_folder_is_looked_through_but_for_what_is_meant_to_hold_secrets() {
        let folder = tempfile::tempdir().expect("a folder");
        let secrets = Secrets(BTreeMap::from([("hunter2hunter2".to_owned(), "it".to_owned())]));
        fs::create_dir(folder.path().join("a")).expect("a folder");
        for name in ["a/log", "password"] {
            fs::write(folder.path().join(name), "1\nhunter2hunter2").expect("a file");
        }
        let told = in_folder(&secrets, folder.path(), &|path| path.ends_with("password"));
        assert_eq!(told, ["a/log:2: it"]);
    }
}
