//! Starts scans and listings when they are due and takes in what they came to. Owns when to look;
//! what is seen is written by the scan and judged by the planner.

use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use super::{
    listing,
    live::Shared,
    worker::{Report, Worker, ms},
};
use crate::{
    env::CrashPoint,
    error::{Error, Result},
    execute::Executor,
    journal::Milestone,
    local_path::LocalPath,
    retry::Failure,
    scan::{
        Scan, ScanSummary,
        root::{self, RootCheck},
    },
    watch::Due,
};

/// A folder that is missing is looked for again this often.
const MISSING_RETRY: Duration = Duration::from_secs(5);

/// One kind of look: when it was last done, for which request, and when it may be tried again.
#[derive(Default)]
pub(super) struct Look {
    pub(super) running: bool,
    pub(super) done_at: Option<u64>,
    pub(super) served: u64,
    pub(super) not_before: u64,
    /// In a row.
    pub(super) failures: u32,
}

impl Look {
    pub(super) fn due(&self, asked: u64, every: Duration, now: u64) -> bool {
        let age = self.done_at.map(|at| now.saturating_sub(at));
        let old = age.is_none_or(|age| u128::from(age) >= every.as_millis());
        !self.running && now >= self.not_before && (self.served < asked || old)
    }

    pub(super) fn next_at(&self, every: Duration) -> u64 {
        let regular = self.done_at.map_or(0, |at| at.saturating_add(ms(every)));
        if self.running { u64::MAX } else { regular.max(self.not_before) }
    }
}

impl Worker {
    /// Starts the scans and listings that are due.
    pub(super) fn look(&mut self) {
        let (now, asked) = (self.uptime(), self.live.asked());
        self.due.extend(self.debounce.take(now));
        if self.due.contains(&Due::All) {
            self.due.clear();
            self.scan.done_at = None;
        }
        if self.scan.due(asked, self.scan_every(), now) {
            self.due.clear();
            self.start_scan(Some(asked), vec![Due::All]);
        } else if !self.scan.running && !self.due.is_empty() {
            let due = std::mem::take(&mut self.due);
            self.start_scan(None, due);
        }
        let limits = &self.shared.config.limits;
        let scanned = self.scan.done_at.is_some() && !self.scan.running;
        let open = self.breaker.blocked(now).is_none();
        if scanned && open && self.list.due(asked, limits.relist_every, now) {
            self.list.running = true;
            self.live.tell(|told| told.listing = true);
            let (shared, executor) = (Arc::clone(&self.shared), Arc::clone(&self.executor));
            self.tasks.spawn(async move {
                let (cloud, mapping) = (executor.cloud.as_ref(), &executor.mapping);
                let outcome =
                    listing::refresh(&shared, cloud, mapping, &executor.directories).await;
                Report::Listed { asked, outcome }
            });
        }
    }

    fn start_scan(&mut self, full: Option<u64>, places: Vec<Due>) {
        self.scan.running = true;
        self.scan_began = self.uptime();
        self.live.tell(|told| told.scanning = full.is_some());
        let (shared, executor) = (Arc::clone(&self.shared), Arc::clone(&self.executor));
        self.tasks.spawn_blocking(move || Report::Scanned {
            full,
            outcome: scan(&shared, &executor, &places),
        });
    }

    pub(super) async fn scanned(
        &mut self,
        full: Option<u64>,
        outcome: Result<Option<ScanSummary>>,
    ) -> Result<()> {
        let now = self.uptime();
        self.scan.running = false;
        let summary = match outcome {
            Ok(summary) => summary,
            Err(Error::Stopped) => {
                self.live.tell(|told| told.scanning = false);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let missing = summary.is_none();
        self.live.tell(|told| {
            told.scanning = false;
            told.folder_missing = missing;
            if let (Some(summary), Some(_)) = (&summary, full) {
                told.incomplete = !summary.incomplete.is_empty();
            }
        });
        if let Some(asked) = full {
            self.scan.served = asked;
        }
        if missing {
            self.scan.done_at = None;
            self.scan.not_before = now + ms(MISSING_RETRY);
        } else if full.is_some() {
            self.scan.not_before = 0;
            self.scan.done_at = Some(now);
            let wall = self.shared.config.clock.now_ms();
            self.shared.journal.reached(self.mapping.row, Milestone::Scanned, wall).await?;
        }
        Ok(())
    }

    pub(super) fn listed(&mut self, asked: u64, outcome: Result<u64>) -> Result<()> {
        let now = self.uptime();
        self.list.running = false;
        self.live.tell(|told| told.listing = false);
        match outcome {
            Ok(_) => {
                self.list.done_at = Some(now);
                self.list.served = asked;
                self.list.not_before = 0;
                self.list.failures = 0;
                self.breaker.succeeded();
                Ok(())
            }
            Err(Error::Cloud(error)) => {
                tracing::info!(%error, "The cloud could not be listed");
                self.list.failures += 1;
                self.list.not_before = now + ms(self.shared.config.limits.breaker_base).max(1);
                self.failed(&Failure::Cloud(error), 0);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}

/// Looks at some places, or at everything. `None`: the folder is not there, so nothing was
/// concluded.
fn scan(shared: &Shared, executor: &Executor, places: &[Due]) -> Result<Option<ScanSummary>> {
    let mapping = &executor.mapping;
    if root::check(mapping) == RootCheck::Absent {
        return Ok(None);
    }
    let before_batch = || {
        if (executor.crash)(CrashPoint::ScanBatch) {
            // A scan runs on a thread; it stands still until it is told to stop.
            while !executor.stop.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    };
    let scan = Scan {
        journal: &shared.journal,
        mapping,
        limits: &shared.config.limits,
        clock: shared.config.clock.as_ref(),
        stop: &executor.stop,
        before_batch: &before_batch,
    };
    let mut whole = ScanSummary::default();
    for place in places {
        let summary = match place {
            Due::All => scan.below(&LocalPath::default())?,
            Due::Tree(folder) => scan.below(folder)?,
            Due::Names(folder, names) => scan.names(folder, names)?,
        };
        whole.seen += summary.seen;
        whole.news += summary.news;
        whole.incomplete.extend(summary.incomplete);
    }
    Ok(Some(whole))
}

/// The names of one place, for a look at it alone.
pub(super) fn only(path: &LocalPath) -> Due {
    Due::Names(path.parent(), BTreeSet::from([path.name().to_vec()]))
}
