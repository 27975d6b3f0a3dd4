//! Which paths never travel, by rules in the syntax of gitignore, and which line of which source
//! decided. Owns the order of the sources and the meaning of a decision; pure: texts in, decisions
//! out. Who reads the texts, and when, is the caller's business.
//!
//! One thing is otherwise than in git: braces are alternatives (`*.{psd,xcf}`).

mod built_in;
mod matcher;
#[cfg(test)]
mod tests;

use std::sync::{Arc, LazyLock};

use thiserror::Error;

pub use built_in::BuiltIn;

use crate::local_path::LocalPath;
use matcher::Matcher;

/// The longest text of rules, in bytes.
pub const TEXT_MAX: usize = 64 * 1024;
/// The most lines of one.
pub const LINES_MAX: usize = 1000;

/// Where a rule comes from, the weakest first. The strongest source with a word on a path decides;
/// within a source it is the last line.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// What this program leaves out by itself.
    BuiltIn(BuiltIn),
    /// The mapping's own text.
    Mapping,
    /// A file of rules in this folder, for what lies in it; deeper ones are stronger.
    Folder(LocalPath),
    /// The policy of the space: users cannot take back what an administrator leaves out.
    Policy,
    /// Our own folder: nobody can.
    Own,
}

/// Whether letter case counts in the rules of users and policies. In the built-in ones it never
/// does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Letters {
    /// It does.
    Exact,
    /// It does not.
    AnyCase,
}

/// The line that decided.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    /// Where it stands.
    pub source: Source,
    /// Which line of it, from 1.
    pub line: usize,
    /// The line.
    pub pattern: String,
    /// What it matched: the path itself, or a folder above that is left out whole.
    pub at: LocalPath,
}

/// What the rules say of a path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Decision {
    /// Whether it is left out.
    pub ignored: bool,
    /// The line that said so, or that took it in again; absent when none has a word on it.
    pub by: Option<Rule>,
}

/// A text that is no list of rules.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum IgnoreError {
    /// A line that is no pattern.
    #[error("Line {line} is not a pattern: {pattern} ({reason})")]
    Pattern {
        /// Which, from 1.
        line: usize,
        /// The line.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// More than [`TEXT_MAX`] bytes or [`LINES_MAX`] lines.
    #[error("The rules are too long: at most {TEXT_MAX} bytes and {LINES_MAX} lines")]
    TooLong,
}

/// All rules that hold for a mapping. Starts with the built-in ones.
#[derive(Clone, Debug)]
pub struct IgnoreRules {
    letters: Letters,
    /// The strongest first.
    layers: Vec<Layer>,
}

#[derive(Clone, Debug)]
struct Layer {
    source: Source,
    /// The folder that its patterns start from.
    base: LocalPath,
    matcher: Arc<Matcher>,
}

/// Made ready once: each look at a folder begins with these.
static BUILT_IN: LazyLock<Vec<Layer>> = LazyLock::new(|| {
    let layer = |(source, text): &(Source, &str)| Layer {
        source: source.clone(),
        base: LocalPath::default(),
        matcher: Matcher::parse(text, Letters::AnyCase)
            .expect("the built-in rules are tested")
            .into(),
    };
    built_in::ALL.iter().map(layer).collect()
});

impl IgnoreRules {
    /// The built-in rules.
    pub fn new(letters: Letters) -> Self {
        let mut rules = Self { letters, layers: BUILT_IN.clone() };
        rules.sort();
        rules
    }

    /// With the policy's rules.
    ///
    /// # Errors
    /// [`IgnoreError`] names the line.
    pub fn with_policy(self, text: &str) -> Result<Self, IgnoreError> {
        self.with(Source::Policy, LocalPath::default(), text)
    }

    /// With the mapping's own rules.
    ///
    /// # Errors
    /// [`IgnoreError`] names the line.
    pub fn with_mapping(self, text: &str) -> Result<Self, IgnoreError> {
        self.with(Source::Mapping, LocalPath::default(), text)
    }

    /// With the rules that a folder keeps for what lies in it.
    ///
    /// # Errors
    /// [`IgnoreError`] names the line.
    pub fn with_folder(self, folder: LocalPath, text: &str) -> Result<Self, IgnoreError> {
        self.with(Source::Folder(folder.clone()), folder, text)
    }

    fn with(mut self, source: Source, base: LocalPath, text: &str) -> Result<Self, IgnoreError> {
        let matcher = Arc::new(Matcher::parse(text, self.letters)?);
        self.layers.retain(|layer| layer.source != source);
        self.layers.push(Layer { source, base, matcher });
        self.sort();
        Ok(self)
    }

    fn sort(&mut self) {
        self.layers.sort_by(|a, b| b.source.cmp(&a.source));
    }

    /// What the rules say of a path. As in git, what lies in a folder that is left out cannot be
    /// taken in again.
    pub fn decide(&self, path: &LocalPath, is_dir: bool) -> Decision {
        self.decide_in(self.left_out(&path.parent()), path, is_dir)
    }

    /// The rule by which a folder is left out whole, if one does.
    pub fn left_out(&self, folder: &LocalPath) -> Option<Rule> {
        if folder.is_root() {
            return None;
        }
        let decision = self.decide(folder, true);
        decision.by.filter(|_| decision.ignored)
    }

    /// The same as [`decide`](Self::decide) for one who walks a folder and knows already by what
    /// that folder is left out.
    pub fn decide_in(&self, above: Option<Rule>, path: &LocalPath, is_dir: bool) -> Decision {
        if above.is_some() {
            return Decision { ignored: true, by: above };
        }
        let word = |layer: &Layer| {
            let inside = path.is_under(&layer.base) && *path != layer.base;
            let below = inside.then(|| below(path, &layer.base))?;
            let word = layer.matcher.word_on(below, is_dir)?;
            let by = Rule {
                source: layer.source.clone(),
                line: word.line,
                pattern: word.pattern.to_owned(),
                at: path.clone(),
            };
            Some(Decision { ignored: word.ignores, by: Some(by) })
        };
        self.layers.iter().find_map(word).unwrap_or_default()
    }
}

/// Checks a text without keeping it.
///
/// # Errors
/// [`IgnoreError`] names the line.
pub fn check(text: &str) -> Result<(), IgnoreError> {
    Matcher::parse(text, Letters::Exact).map(drop)
}

/// The text without the lines that are no patterns, for a file that somebody wrote by hand: the
/// rest of it still holds. Too long a text is cut after its last whole line that fits.
pub fn only_patterns(text: &str) -> String {
    let mut kept = String::new();
    for line in text.lines().take(LINES_MAX) {
        if kept.len() + line.len() >= TEXT_MAX {
            break;
        }
        // An empty line in its place: numbers of lines stay true.
        if check(line).is_ok() {
            kept.push_str(line);
        }
        kept.push('\n');
    }
    kept
}

fn below<'a>(path: &'a LocalPath, base: &LocalPath) -> &'a [u8] {
    let skipped = if base.is_root() { 0 } else { base.as_bytes().len() + 1 };
    path.as_bytes().get(skipped..).unwrap_or_default()
}
