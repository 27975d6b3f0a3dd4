//! What people see of the engine: states, counts, speed, time left. Owns how it is put together
//! from the journal's rows and what runs; changes nothing.

use std::{sync::Arc, time::Duration};

use albumen_model::Crc64;
use tokio::sync::watch;

use super::{
    Engine,
    live::{Shared, Told},
    meter::{Phase, Transfer, smoothed},
};
use crate::{
    error::Result,
    journal::Counts,
    mapping::{Mapping, MappingState},
    retry::Blocked,
};

/// Transfers named in an overview.
const CURRENT_MAX: usize = 3;
/// Snapshots are at least this far apart: 4 a second.
const COALESCE: Duration = Duration::from_millis(250);

/// One mapping at a glance.
#[derive(Clone, Debug)]
pub struct MappingOverview {
    /// The mapping.
    pub mapping: Mapping,
    /// What it is doing.
    pub state: MappingState,
    /// Its files by bucket.
    pub counts: Counts,
    /// Problems of its files.
    pub problems: u64,
    /// At most three files on their way.
    pub current: Vec<Transfer>,
    /// Whether changes are heard of at once; `true` as long as nobody has tried.
    pub watcher_healthy: bool,
    /// Seconds until its pending files are sent, as far as one can tell.
    pub eta_seconds: Option<u64>,
}

/// Everything at a glance.
#[derive(Clone, Debug)]
pub struct SyncOverview {
    /// The state that matters most among those of the mappings.
    pub state: MappingState,
    /// Bytes a second, smoothed.
    pub bytes_per_second: f64,
    /// Bytes in each of the last 60 whole seconds, oldest first.
    pub speed_history: Vec<u64>,
    /// Files pending.
    pub files_left: u64,
    /// Their bytes, less what is sent of them.
    pub bytes_left: u64,
    /// Seconds until they are sent, as far as one can tell.
    pub eta_seconds: Option<u64>,
    /// Problems of all mappings.
    pub problems: u64,
    /// Each mapping, oldest first.
    pub mappings: Vec<MappingOverview>,
}

/// What one run came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SyncReport {
    /// Files of the mapping, in all buckets.
    pub files: u64,
    /// In the cloud, check values compared.
    pub verified: u64,
    /// Still to go.
    pub pending: u64,
    /// Left out by a rule.
    pub skipped: u64,
    /// Cannot travel.
    pub failed: u64,
    /// Bytes of the verified files.
    pub bytes: u64,
    /// How long it took.
    pub seconds: f64,
}

impl SyncReport {
    pub(super) fn new(counts: Counts, took: Duration) -> Self {
        Self {
            files: counts.files(),
            verified: counts.verified.files,
            pending: counts.pending.files,
            skipped: counts.skipped.files,
            failed: counts.failed.files,
            bytes: counts.verified.bytes,
            seconds: took.as_secs_f64(),
        }
    }
}

/// A file that is not in the cloud as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deviation {
    /// Where it should be.
    pub path: String,
    /// Length and check value that were sent.
    pub expected: (u64, Crc64),
    /// What is there; `None`: nothing.
    pub found: Option<(u64, Option<Crc64>)>,
}

/// What a comparison with the cloud came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyReport {
    /// Files that are in the cloud as they were sent.
    pub equal: u64,
    /// Those that are not, at most 1,000 of them.
    pub deviations: Vec<Deviation>,
}

/// Tells when something has changed, at most four times a second.
#[derive(Debug)]
pub struct Changes {
    engine: Engine,
    changes: watch::Receiver<u64>,
}

impl Changes {
    /// The next overview: at once the first time, then after each change. Never ends by itself.
    ///
    /// # Errors
    /// What the journal says.
    pub async fn next(&mut self) -> Result<SyncOverview> {
        // The sender lives in the engine that is held here.
        let _ = self.changes.changed().await;
        tokio::time::sleep(COALESCE).await;
        self.changes.mark_unchanged();
        self.engine.overview()
    }
}

impl Engine {
    /// Tells of changes.
    pub fn subscribe(&self) -> Changes {
        let mut changes = self.shared.subscribe();
        changes.mark_changed();
        Changes { engine: self.clone(), changes }
    }

    /// Everything at a glance. Costs a few short reads a mapping, however many files there are.
    ///
    /// # Errors
    /// What the journal says.
    pub fn overview(&self) -> Result<SyncOverview> {
        let shared = &self.shared;
        let speed_history = shared.meter.history();
        let bytes_per_second = smoothed(&speed_history);
        let mut mappings = Vec::new();
        let (mut files_left, mut bytes_left) = (0, 0);
        for mapping in shared.journal.mappings()? {
            let (view, left) = one(shared, mapping, bytes_per_second)?;
            files_left += view.counts.pending.files;
            bytes_left += left;
            mappings.push(view);
        }
        let state = mappings.iter().map(|view| view.state).max_by_key(weight);
        Ok(SyncOverview {
            state: state.unwrap_or(MappingState::UpToDate),
            eta_seconds: eta(bytes_left, bytes_per_second),
            bytes_per_second,
            speed_history,
            files_left,
            bytes_left,
            problems: mappings.iter().map(|view| view.problems).sum(),
            mappings,
        })
    }
}

fn one(
    shared: &Arc<Shared>,
    mapping: Mapping,
    bytes_per_second: f64,
) -> Result<(MappingOverview, u64)> {
    let told = shared.live(mapping.row).told();
    let counts = shared.journal.counts(mapping.row)?;
    let problems = shared.journal.problem_count(Some(mapping.row))?;
    let moving: Vec<Transfer> =
        told.moving.iter().filter_map(|node| shared.meter.moving(*node)).collect();
    let sent: u64 = moving.iter().map(|transfer| transfer.sent).sum();
    let left = counts.pending.bytes.saturating_sub(sent);
    let state = state(&mapping, &told, &counts, problems, &moving);
    let view = MappingOverview {
        state,
        counts,
        problems,
        current: moving.into_iter().take(CURRENT_MAX).collect(),
        watcher_healthy: told.hears.unwrap_or(true),
        eta_seconds: eta(left, bytes_per_second),
        mapping,
    };
    Ok((view, left))
}

fn eta(left: u64, bytes_per_second: f64) -> Option<u64> {
    if left == 0 {
        return Some(0);
    }
    (bytes_per_second >= 1.0).then(|| (left as f64 / bytes_per_second).ceil() as u64)
}

/// Green means true: up to date needs an empty queue, no problem, a folder read whole, and a
/// watcher that hears.
fn state(
    mapping: &Mapping,
    told: &Told,
    counts: &Counts,
    problems: u64,
    moving: &[Transfer],
) -> MappingState {
    if told.blocked == Some(Blocked::Revoked) {
        return MappingState::BlockedRevoked;
    }
    if mapping.paused {
        return MappingState::Paused;
    }
    if told.folder_missing {
        return MappingState::BlockedFolderMissing;
    }
    match told.blocked {
        Some(Blocked::Quota) => return MappingState::BlockedQuota,
        Some(Blocked::Offline) => return MappingState::WaitingOffline,
        Some(Blocked::Service) => return MappingState::WaitingService,
        Some(Blocked::Person) => return MappingState::Attention,
        Some(Blocked::Revoked) | None => {}
    }
    if moving.iter().any(|transfer| transfer.phase != Phase::Hashing) {
        return MappingState::Transferring;
    }
    if !moving.is_empty() {
        return MappingState::Hashing;
    }
    if told.scanning || told.listing || mapping.last_scan_at.is_none() {
        return MappingState::Scanning;
    }
    if counts.pending.files > 0 {
        return MappingState::Transferring;
    }
    let deaf = told.hears == Some(false);
    if counts.failed.files > 0 || problems > 0 || told.incomplete || deaf {
        return MappingState::Attention;
    }
    MappingState::UpToDate
}

/// Which state of many is shown for the whole.
fn weight(state: &MappingState) -> u8 {
    match state {
        MappingState::UpToDate => 0,
        MappingState::Paused => 1,
        MappingState::Scanning => 2,
        MappingState::Hashing => 3,
        MappingState::Transferring => 4,
        MappingState::WaitingService => 5,
        MappingState::WaitingOffline => 6,
        MappingState::Attention => 7,
        MappingState::BlockedQuota => 8,
        MappingState::BlockedFolderMissing => 9,
        MappingState::BlockedRevoked => 10,
    }
}
