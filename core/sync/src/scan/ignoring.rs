//! The ignore rules of a mapped folder, kept as text in our own folder in it: so they outlive a
//! lost journal, which would else upload what its user had left out. Owns reading and writing the
//! text; what it means is `ignore`'s business.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use super::rules::{OWN_FOLDER, SkipRule};
use crate::{
    error::{Result, io as io_error},
    ignore::{IgnoreRules, Letters, Rule, TEXT_MAX, only_patterns},
    local_path::LocalPath,
};

const RULES_FILE: &str = "ignore";

/// What one volume's rules are compared by.
const LETTERS: Letters =
    if cfg!(any(windows, target_os = "macos")) { Letters::AnyCase } else { Letters::Exact };

/// The text of a mapped folder's own rules; empty when there are none. Blocks.
///
/// # Errors
/// [`Error::Io`](crate::Error::Io) when there is a text that cannot be read.
pub fn read_ignore_text(folder: &Path) -> Result<String> {
    let path = rules_path(folder);
    let failed = io_error("Read the ignore rules", &path);
    let mut bytes = Vec::new();
    // One byte more than allowed, so that what is too long is seen to be.
    let limit = TEXT_MAX as u64 + 1;
    let read = fs::File::open(&path).and_then(|file| file.take(limit).read_to_end(&mut bytes));
    match read {
        Ok(_) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(failed(error)),
    }
}

/// Stores the text of a mapped folder's own rules, whole or not at all; an empty one is removed.
/// Check it before, with [`ignore::check`](crate::ignore::check). Blocks.
///
/// # Errors
/// [`Error::Io`](crate::Error::Io), for a folder that cannot be written to as well.
pub fn write_ignore_text(folder: &Path, text: &str) -> Result<()> {
    let path = rules_path(folder);
    let staged = folder.join(OWN_FOLDER).join("ignore.new");
    let written = if text.trim().is_empty() {
        forget(folder)
    } else {
        fs::create_dir_all(folder.join(OWN_FOLDER))
            .and_then(|()| fs::write(&staged, text))
            .and_then(|()| fs::File::open(&staged)?.sync_all())
            .and_then(|()| fs::rename(&staged, &path))
    };
    written.map_err(io_error("Write the ignore rules", path))
}

/// Removes the text, if there is one: also with the last mapping of the folder.
pub(super) fn forget(folder: &Path) -> io::Result<()> {
    match fs::remove_file(rules_path(folder)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The rules that hold in a mapped folder. Of a text written by hand the lines that are no patterns
/// are left out. Blocks.
///
/// # Errors
/// [`Error::Io`](crate::Error::Io) when there is a text that cannot be read: what it leaves out
/// must not travel meanwhile.
pub fn ignore_rules(folder: &Path) -> Result<IgnoreRules> {
    let text = read_ignore_text(folder)?;
    let built_in = IgnoreRules::new(LETTERS);
    let rules = built_in.clone().with_mapping(&text).or_else(|error| {
        tracing::warn!(%error, "A line of the ignore rules is left out");
        built_in.clone().with_mapping(&only_patterns(&text))
    });
    // All lines fit alone and are still too much together: nobody writes such by accident.
    Ok(rules.unwrap_or(built_in))
}

fn rules_path(folder: &Path) -> PathBuf {
    folder.join(OWN_FOLDER).join(RULES_FILE)
}

/// Decides for the files of a walk: each folder is looked at once.
pub(super) struct Decider<'a> {
    rules: &'a IgnoreRules,
    folder: LocalPath,
    above: Option<Rule>,
}

impl<'a> Decider<'a> {
    pub(super) fn new(rules: &'a IgnoreRules) -> Self {
        Self { rules, folder: LocalPath::default(), above: None }
    }

    /// Why the file does not travel, if it does not.
    pub(super) fn rule_for(&mut self, path: &LocalPath) -> Option<SkipRule> {
        let folder = path.parent();
        if folder != self.folder {
            self.above = self.rules.left_out(&folder);
            self.folder = folder;
        }
        SkipRule::of(&self.rules.decide_in(self.above.clone(), path, false))
    }
}
