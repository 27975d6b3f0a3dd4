//! Lays a walk beside the journal's rows, both in path order, and says what is news. Owns the
//! comparison; pure over two streams, of which it holds one item each.

use std::iter::Peekable;

use super::{rules::SkipRule, walk::Entry};
use crate::{
    ignore::IgnoreRules,
    journal::{FileRow, FileState, Found, Observation},
    local_path::LocalPath,
    trees::{LocalStat, NodeId},
};

/// Folders that could not be read, kept apart from each other; beyond this many nothing is
/// concluded.
const INCOMPLETE_MAX: usize = 1000;

/// What a scan came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ScanSummary {
    /// Files and left-out entries seen.
    pub(crate) seen: u64,
    /// Observations written.
    pub(crate) news: u64,
    /// Folders that could not be read whole.
    pub(crate) incomplete: Vec<LocalPath>,
}

/// The walk laid beside the rows.
pub(crate) struct Merge<'a, W: Iterator, R: Iterator, S> {
    rules: &'a IgnoreRules,
    walk: Peekable<W>,
    rows: Peekable<R>,
    settles_at: S,
    pub(crate) summary: ScanSummary,
}

impl<'a, W, R, S> Merge<'a, W, R, S>
where
    W: Iterator<Item = Entry>,
    R: Iterator<Item = FileRow>,
    S: Fn(&LocalStat) -> i64,
{
    /// `settles_at` says when a file in this state may be read.
    pub(crate) fn new(rules: &'a IgnoreRules, walk: W, rows: R, settles_at: S) -> Self {
        Self {
            rules,
            walk: walk.peekable(),
            rows: rows.peekable(),
            settles_at,
            summary: ScanSummary::default(),
        }
    }

    fn pair(&mut self) -> Option<(Option<Entry>, Option<FileRow>)> {
        let order = match (self.walk.peek(), self.rows.peek()) {
            (None, None) => return None,
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some(entry), Some(row)) => entry.path().cmp(&row.path),
        };
        Some(match order {
            std::cmp::Ordering::Less => (self.walk.next(), None),
            std::cmp::Ordering::Greater => (None, self.rows.next()),
            std::cmp::Ordering::Equal => (self.walk.next(), self.rows.next()),
        })
    }

    fn compare(&mut self, entry: Option<Entry>, row: Option<FileRow>) -> Option<Observation> {
        let Some(entry) = entry else { return self.missing(&row?) };
        if let Entry::Incomplete { folder } = entry {
            self.summary.incomplete.push(folder);
            // A file is known where now is an unreadable folder: nothing is said of it either.
            return None;
        }
        self.summary.seen += 1;
        observe(entry, row.as_ref(), &self.settles_at)
    }

    fn missing(&self, row: &FileRow) -> Option<Observation> {
        let incomplete = &self.summary.incomplete;
        let unknown = incomplete.len() > INCOMPLETE_MAX
            || incomplete.iter().any(|folder| row.path.is_under(folder));
        let known = row.state == FileState::Archived;
        if unknown || known { None } else { gone(row, self.rules) }
    }
}

impl<W, R, S> Iterator for Merge<'_, W, R, S>
where
    W: Iterator<Item = Entry>,
    R: Iterator<Item = FileRow>,
    S: Fn(&LocalStat) -> i64,
{
    type Item = Observation;

    fn next(&mut self) -> Option<Observation> {
        loop {
            let (entry, row) = self.pair()?;
            if let Some(news) = self.compare(entry, row) {
                self.summary.news += 1;
                return Some(news);
            }
        }
    }
}

/// What is to be said of a file that is no longer there. One that the rules leave out and that may
/// have travelled before has dropped out of all trees: that it is gone is no deletion, so nothing
/// of that kind is said of it, now or later.
pub(crate) fn gone(row: &FileRow, rules: &IgnoreRules) -> Option<Observation> {
    let left_out = SkipRule::of(&rules.decide(&row.path, false));
    match left_out.filter(|_| row.target.is_some()) {
        None => Some(Observation::Vanished(row.node)),
        Some(rule) => skipped(Some(row), row.path.clone(), row.stat, rule),
    }
}

fn skipped(
    row: Option<&FileRow>,
    path: LocalPath,
    stat: LocalStat,
    rule: SkipRule,
) -> Option<Observation> {
    let (node, rule) = (row.map(|row| row.node), rule.as_str());
    let known = row
        .is_some_and(|row| row.state == FileState::Skipped && row.reason.as_deref() == Some(rule));
    (!known).then_some(Observation::Skipped { node, path, stat, rule })
}

/// What one entry tells that its row does not say.
pub(crate) fn observe(
    entry: Entry,
    row: Option<&FileRow>,
    settles_at: impl Fn(&LocalStat) -> i64,
) -> Option<Observation> {
    let node: Option<NodeId> = row.map(|row| row.node);
    match entry {
        Entry::Incomplete { .. } => None,
        Entry::Unreadable { path } => {
            let known = row.is_some_and(|row| {
                row.state == FileState::Failed && row.stat == LocalStat::default()
            });
            (!known).then_some(Observation::Unreadable { node, path })
        }
        Entry::Skipped { path, stat, rule } => skipped(row, path, stat, rule),
        Entry::File { path, stat } => {
            let known = row.is_some_and(|row| row.stat == stat && !stale(row));
            let next_at = settles_at(&stat);
            (!known).then_some(Observation::Found(Found { node, path, stat, next_at }))
        }
    }
}

/// Rows that must be looked at again although nothing seems to have changed.
fn stale(row: &FileRow) -> bool {
    let left_out_by_rule = row.state == FileState::Skipped
        && !matches!(row.reason.as_deref(), Some("deleted_in_cloud" | "changed_in_cloud"));
    (row.racy && row.state == FileState::Verified)
        || row.state == FileState::Archived
        || left_out_by_rule
}
