//! The patterns of one source, made ready. Owns finding the line that a match came from; the syntax
//! is the `ignore` crate's.

use std::{collections::HashMap, path::Path};

use ::ignore::{
    Match,
    gitignore::{Gitignore, GitignoreBuilder},
};

use super::{IgnoreError, LINES_MAX, Letters, TEXT_MAX};

/// Patterns of one source.
#[derive(Clone, Debug)]
pub(super) struct Matcher {
    patterns: Gitignore,
    /// Of lines that are the same the last one decides.
    lines: HashMap<String, usize>,
}

/// What a source says of a path.
pub(super) struct Word<'a> {
    pub(super) ignores: bool,
    pub(super) line: usize,
    pub(super) pattern: &'a str,
}

impl Matcher {
    pub(super) fn parse(text: &str, letters: Letters) -> Result<Self, IgnoreError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text.len() > TEXT_MAX || text.lines().count() > LINES_MAX {
            return Err(IgnoreError::TooLong);
        }
        let mut builder = builder(letters);
        let mut lines = HashMap::new();
        for (line, pattern) in (1..).zip(text.lines()) {
            let refused =
                |reason: String| IgnoreError::Pattern { line, pattern: pattern.to_owned(), reason };
            if says_nothing(pattern) {
                return Err(refused("it names nothing".to_owned()));
            }
            builder.add_line(None, pattern).map_err(|error| refused(error.to_string()))?;
            lines.insert(kept(pattern).to_owned(), line);
        }
        match builder.build() {
            Ok(patterns) => Ok(Self { patterns, lines }),
            Err(error) => Err(too_much(text, letters, &error.to_string())),
        }
    }

    /// The last line that matches the path, which is relative to the folder of the source.
    pub(super) fn word_on(&self, path: &[u8], is_dir: bool) -> Option<Word<'_>> {
        let found = match self.patterns.matched(as_path(path).as_ref(), is_dir) {
            Match::None => return None,
            Match::Ignore(glob) => (true, glob),
            Match::Whitelist(glob) => (false, glob),
        };
        let (ignores, glob) = found;
        let pattern = glob.original();
        let line = self.lines.get(pattern).copied().unwrap_or_default();
        Some(Word { ignores, line, pattern })
    }
}

fn builder(letters: Letters) -> GitignoreBuilder {
    let mut builder = GitignoreBuilder::new("");
    builder.allow_unclosed_class(false);
    if letters == Letters::AnyCase {
        // It cannot fail; its signature is older than that.
        let _ = builder.case_insensitive(true);
    }
    builder
}

/// A pattern that can be read and is too large to be made ready: the one that fails alone, else the
/// last, for all together are too much.
fn too_much(text: &str, letters: Letters, reason: &str) -> IgnoreError {
    let fails = |pattern: &str| {
        let mut alone = builder(letters);
        alone.add_line(None, pattern).is_err() || alone.build().is_err()
    };
    let mut lines = (1..).zip(text.lines());
    let found = lines.find(|(_, pattern)| fails(pattern));
    let (line, pattern) =
        found.unwrap_or((text.lines().count(), text.lines().last().unwrap_or_default()));
    IgnoreError::Pattern { line, pattern: pattern.to_owned(), reason: reason.to_owned() }
}

/// The line as the crate keeps it.
fn kept(line: &str) -> &str {
    if line.ends_with("\\ ") { line } else { line.trim_end() }
}

/// `!`, `/` and `!/` are read by the crate and would match what nobody meant.
fn says_nothing(line: &str) -> bool {
    let pattern = kept(line);
    !pattern.is_empty() && pattern.trim_start_matches('!').trim_matches('/').is_empty()
}

#[cfg(unix)]
fn as_path(bytes: &[u8]) -> std::borrow::Cow<'_, Path> {
    use std::os::unix::ffi::OsStrExt;
    Path::new(std::ffi::OsStr::from_bytes(bytes)).into()
}

#[cfg(not(unix))]
fn as_path(bytes: &[u8]) -> std::borrow::Cow<'_, Path> {
    std::path::PathBuf::from(String::from_utf8_lossy(bytes).into_owned()).into()
}
