//! How busy a database is, for whoever watches a service. Counts only; nothing depends on it.

use std::sync::atomic::{AtomicU64, Ordering};

/// How busy one open database is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Writes that wait for the one writer of a file; on a server, transactions that wait for a
    /// connection.
    pub waiting: usize,
    /// Writing transactions committed since it was opened.
    pub commits: u64,
    /// Writes that were run for them. A file commits in groups: writes through commits is the mean
    /// size of one.
    pub writes: u64,
}

/// What is counted, by every clone together.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    commits: AtomicU64,
    writes: AtomicU64,
}

impl Counts {
    /// A commit of so many writes.
    pub(crate) fn committed(&self, writes: usize) {
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.writes.fetch_add(u64::try_from(writes).unwrap_or(0), Ordering::Relaxed);
    }

    /// With what waits now.
    pub(crate) fn load(&self, waiting: usize) -> Load {
        let (commits, writes) = (&self.commits, &self.writes);
        let [commits, writes] = [commits, writes].map(|count| count.load(Ordering::Relaxed));
        Load { waiting, commits, writes }
    }
}
