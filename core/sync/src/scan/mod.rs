//! Looks through a mapped folder and writes what is news into the journal. Owns the order of a scan
//! and its batches; runs on a thread that may block.

pub(crate) mod ignoring;
pub(crate) mod inspect;
mod merge;
pub(crate) mod root;
pub(crate) mod rules;
mod stat;
#[cfg(test)]
mod tests;
mod walk;

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, Ordering},
};

pub(crate) use merge::ScanSummary;
pub use rules::SkipRule;
pub(crate) use stat::stat_of;

use crate::{
    env::Clock,
    error::{Error, Result},
    ignore::IgnoreRules,
    journal::{FileRow, Journal, Observation},
    limits::{Limits, millis},
    local_path::LocalPath,
    mapping::Mapping,
    trees::LocalStat,
};
use merge::Merge;

/// Rows read from the journal at a time.
const PAGE: usize = 1000;
/// Observations written at a time.
const BATCH: usize = 500;

/// What a scan needs.
pub(crate) struct Scan<'a> {
    pub(crate) journal: &'a Journal,
    pub(crate) mapping: &'a Mapping,
    pub(crate) limits: &'a Limits,
    pub(crate) clock: &'a dyn Clock,
    /// Set to end the scan early.
    pub(crate) stop: &'a AtomicBool,
    /// Called before each batch is written.
    pub(crate) before_batch: &'a dyn Fn(),
}

impl Scan<'_> {
    /// Scans everything below a folder; the empty path is the whole mapping.
    ///
    /// # Errors
    /// What the journal says; [`Error::Stopped`] when told to stop. Folders that cannot be read are
    /// no error but part of the summary.
    pub(crate) fn below(&self, under: &LocalPath) -> Result<ScanSummary> {
        if is_own(under) {
            return Ok(ScanSummary::default());
        }
        let Some(rules) = self.rules() else { return Ok(nothing_concluded()) };
        let newest = self.journal.newest_file()?;
        let mut rows = Rows {
            scan: self,
            under,
            newest,
            page: Vec::new().into_iter(),
            last: None,
            failure: None,
            ended: false,
        };
        let walk = walk::walk(&self.mapping.bound.folder, under, &rules);
        let settles_at = |stat: &LocalStat| self.settles_at(stat);
        let mut merge = Merge::new(&rules, walk, rows.by_ref(), settles_at);
        let mut batch = Vec::new();
        for news in merge.by_ref() {
            batch.push(news);
            if batch.len() >= BATCH {
                self.write(&mut batch)?;
            }
        }
        let summary = std::mem::take(&mut merge.summary);
        drop(merge);
        if let Some(error) = rows.failure {
            return Err(error);
        }
        self.write(&mut batch)?;
        Ok(summary)
    }

    /// Looks at single names of one folder: what a watcher heard of.
    pub(crate) fn names(
        &self,
        folder: &LocalPath,
        names: &BTreeSet<Vec<u8>>,
    ) -> Result<ScanSummary> {
        let Some(rules) = self.rules() else { return Ok(nothing_concluded()) };
        let mut summary = ScanSummary::default();
        let mut batch = Vec::new();
        for name in names {
            let path = folder.join(name);
            if is_own(&path) {
                continue;
            }
            let Some(on_disk) = path.on_disk(&self.mapping.bound.folder) else { continue };
            let row = self.journal.file_at(self.mapping.row, &path)?;
            match walk::look(&on_disk, &path, &rules) {
                walk::Look::Folder => {
                    let below = self.below(&path)?;
                    summary.seen += below.seen;
                    summary.news += below.news;
                    summary.incomplete.extend(below.incomplete);
                    batch.extend(row.and_then(|row| merge::gone(&row, &rules)));
                }
                walk::Look::Entry(entry) => {
                    summary.seen += 1;
                    batch.extend(merge::observe(entry, row.as_ref(), |stat| self.settles_at(stat)));
                }
                walk::Look::Missing => {
                    batch.extend(row.and_then(|row| merge::gone(&row, &rules)));
                    // It may have been a folder.
                    summary.news += self.below(&path)?.news;
                }
            }
        }
        summary.news += batch.len() as u64;
        self.write(&mut batch)?;
        Ok(summary)
    }

    /// The rules of the folder. `None`: nobody can say what is left out, so nothing may travel.
    fn rules(&self) -> Option<IgnoreRules> {
        let rules = ignoring::ignore_rules(&self.mapping.bound.folder);
        rules.inspect_err(|error| tracing::warn!(%error, "The folder is not looked through")).ok()
    }

    fn write(&self, batch: &mut Vec<Observation>) -> Result<()> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(Error::Stopped);
        }
        if batch.is_empty() {
            return Ok(());
        }
        (self.before_batch)();
        self.journal.observe(self.mapping, std::mem::take(batch), self.clock.now_ms())
    }

    /// When a file in this state may be read: at once when it has rested for a while already, else
    /// after one more wait, when it must still be in the same state. What counts is the later of
    /// content and inode change: importers set the one to the day of the photo, nobody can set the
    /// other.
    fn settles_at(&self, stat: &LocalStat) -> i64 {
        let now = self.clock.now_ms();
        let changed = stat.mtime_ns.max(stat.ctime_ns) / 1_000_000;
        let age = now - changed;
        if stat.ctime_ns != 0 && age >= millis(self.limits.settled_age) {
            return 0;
        }
        now + millis(self.limits.settle)
    }
}

/// As if the mapped folder itself could not be read.
fn nothing_concluded() -> ScanSummary {
    ScanSummary { incomplete: vec![LocalPath::default()], ..ScanSummary::default() }
}

/// Whether this is our own folder or in it: what we write there is no file of the user's.
fn is_own(path: &LocalPath) -> bool {
    path.is_under(&LocalPath::from(rules::OWN_FOLDER))
}

/// The journal's rows below a folder, a page at a time. Rows written by the scan itself are left
/// out by their number.
struct Rows<'a> {
    scan: &'a Scan<'a>,
    under: &'a LocalPath,
    newest: i64,
    page: std::vec::IntoIter<FileRow>,
    last: Option<LocalPath>,
    failure: Option<Error>,
    ended: bool,
}

impl Iterator for Rows<'_> {
    type Item = FileRow;

    fn next(&mut self) -> Option<FileRow> {
        if let Some(row) = self.page.next() {
            self.last = Some(row.path.clone());
            return Some(row);
        }
        if self.ended {
            return None;
        }
        let (journal, mapping) = (self.scan.journal, self.scan.mapping.row);
        match journal.page(mapping, self.under, self.last.as_ref(), self.newest, PAGE) {
            Ok(page) => {
                self.ended = page.len() < PAGE;
                self.page = page.into_iter();
            }
            Err(error) => {
                self.failure = Some(error);
                self.ended = true;
            }
        }
        let row = self.page.next()?;
        self.last = Some(row.path.clone());
        Some(row)
    }
}
