//! Secrets by their bytes, and the search for all of them at once. Never tells their text.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use aho_corasick::AhoCorasick;

/// Shorter texts stand in logs for other reasons.
pub(super) const LENGTH_MIN: usize = 8;
/// Files larger than this hold pictures and objects, unless they are [`LOGS`] or [`DATABASES`].
const LOG_MAX: u64 = 4 * 1024 * 1024;
/// How logs are called.
const LOGS: [&str; 3] = ["log", ".out", ".err"];
/// How databases begin: SQLite's file and its log of writes, and the index of the store.
const DATABASES: [&[u8]; 4] =
    [b"SQLite format 3\0", b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83", b"redb"];
/// How photographs begin and from which byte on: there are gigabytes of them, and no secrets.
const PICTURES: [(usize, &[u8]); 3] = [(0, b"\xff\xd8\xff"), (0, b"\x89PNG"), (4, b"ftyp")];
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

/// Secrets by their bytes, with what each is.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets(BTreeMap<Vec<u8>, String>);

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({} hidden)", self.0.len())
    }
}

/// Where a secret was found; never which text it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What it is.
    pub what: String,
    /// From 1.
    pub line: usize,
}

impl Secrets {
    /// Takes one in, if it is long enough to stand nowhere by chance; whether it is new.
    pub fn add(&mut self, what: &str, secret: &[u8]) -> bool {
        secret.len() >= LENGTH_MIN && self.0.insert(secret.to_vec(), what.to_owned()).is_none()
    }

    /// Those that programs noted for the runner; none when there is no file.
    ///
    /// # Errors
    /// When the file cannot be read or is none of [`super::learn`].
    pub fn noted(file: &Path) -> io::Result<Self> {
        let text = match fs::read_to_string(file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            read => read?,
        };
        let line = |line: &str| serde_json::from_str::<(String, Vec<u8>)>(line);
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
            if NAMES.iter().any(|known| name.ends_with(known)) {
                self.add(&format!("the tests' {name}"), text.as_bytes());
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

    /// Files below a folder that hold a secret, with where: `path:line: what`. `may_hold` names
    /// files that are meant to.
    pub fn in_folder(&self, folder: &Path, may_hold: &dyn Fn(&Path) -> bool) -> Vec<String> {
        let search = self.search();
        let mut told = Vec::new();
        for path in files(folder).into_iter().filter(|path| !may_hold(path)) {
            // What other programs remove meanwhile holds nothing any more.
            let Ok(bytes) = read(&path) else { continue };
            let place = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
            let found = search.find(&bytes).into_iter();
            told.extend(found.map(|found| format!("{place}:{}: {}", found.line, found.what)));
        }
        told
    }

    fn search(&self) -> Search<'_> {
        let beginnings = SHAPES.iter().map(|(beginning, ..)| beginning.as_bytes());
        let texts = self.0.keys().map(Vec::as_slice).chain(beginnings);
        let automaton = AhoCorasick::new(texts).expect("secrets are few and short");
        let known = self.0.iter().map(|(secret, what)| (is_number(secret), what.as_str()));
        Search { known: known.collect(), automaton }
    }
}

/// A code of digits stands within longer numbers by chance.
fn is_number(secret: &[u8]) -> bool {
    secret.iter().all(u8::is_ascii_digit)
}

/// All secrets at once: worlds hold large files and suites know thousands of secrets.
struct Search<'a> {
    /// Whether each has to stand alone, and what it is, in the order of the automaton's patterns;
    /// after them come the shapes.
    known: Vec<(bool, &'a str)>,
    automaton: AhoCorasick,
}

impl Search<'_> {
    fn find(&self, bytes: &[u8]) -> Vec<Found> {
        let mut found = Vec::new();
        let (mut line, mut counted) = (1, 0);
        for hit in self.automaton.find_overlapping_iter(bytes) {
            let index = hit.pattern().as_usize();
            let what = match self.known.get(index) {
                Some((true, _)) if !stands_alone(bytes, hit.range()) => continue,
                Some((_, what)) => *what,
                None => match shaped(index - self.known.len(), &bytes[hit.end()..]) {
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

/// Whether no letter or digit is on either side.
fn stands_alone(bytes: &[u8], place: std::ops::Range<usize>) -> bool {
    let before = place.start.checked_sub(1).and_then(|at| bytes.get(at));
    [before, bytes.get(place.end)].into_iter().flatten().all(|byte| !byte.is_ascii_alphanumeric())
}

/// What begins with one of the shapes, if enough digits follow.
fn shaped(shape: usize, rest: &[u8]) -> Option<&'static str> {
    let (_, digits, what) = SHAPES.get(shape)?;
    let follow = rest.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    (follow >= *digits).then_some(*what)
}

/// A file's bytes; none of a photograph, and of a large file that is no log and no database.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let mut bytes = Vec::new();
    file.by_ref().take(16).read_to_end(&mut bytes)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_log = LOGS.iter().any(|end| name.ends_with(end));
    let is_database = DATABASES.iter().any(|beginning| bytes.starts_with(beginning));
    let begins = |at: usize, how: &[u8]| bytes.get(at..).is_some_and(|from| from.starts_with(how));
    let is_picture = PICTURES.iter().any(|(at, beginning)| begins(*at, beginning));
    let is_small = file.metadata()?.len() <= LOG_MAX;
    if is_picture || !(is_small || is_log || is_database) {
        return Ok(Vec::new());
    }
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
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
