//! Every bound of the engine in one place, with its reason. Owns the numbers, not what obeys them.

use std::time::Duration;

/// One MiB.
pub(crate) const MIB: u64 = 1024 * 1024;

/// The bounds and waits of an engine. `Default` is what users get; tests shorten the waits.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of file content held at one time, in all transfers together. With the HTTP client's
    /// own buffers this stays below 48 MiB.
    pub buffer_bytes: u64,
    /// Files up to this size go in one piece from one buffer; larger ones in parts.
    pub simple_max: u64,
    /// Smallest part of a multipart upload, bytes. At least 1 MiB, the object store's own minimum.
    pub part_min: u64,
    /// Parts of one file in flight.
    pub parts_in_flight: usize,
    /// Files in flight at the start.
    pub transfers_start: usize,
    /// Files in flight at most.
    pub transfers_max: usize,
    /// How long a file must rest before it is read, unless it has rested already.
    pub settle: Duration,
    /// A file whose last change the file system dates before this has rested already.
    pub settled_age: Duration,
    /// First wait after a failure that may pass; doubled each time.
    pub retry_base: Duration,
    /// Longest such wait for one file.
    pub retry_cap: Duration,
    /// Tries after which a file is shown as failed and tried at `retry_slow` only.
    pub tries_max: u32,
    /// Wait between tries of a file that keeps failing.
    pub retry_slow: Duration,
    /// Wait before a refused file is offered again unchanged.
    pub retry_refused: Duration,
    /// First wait after the service stopped answering; grows to `breaker_cap`.
    pub breaker_base: Duration,
    /// Longest such wait.
    pub breaker_cap: Duration,
    /// Full scans at least this often, however healthy the watcher seems.
    pub rescan_every: Duration,
    /// Full scans this often where folders cannot be watched.
    pub poll_every: Duration,
    /// Listings of the mapped albums at least this often.
    pub relist_every: Duration,
    /// Signed parameters are renewed when this old: half of their 20 minutes.
    pub renew_after: Duration,
    /// Quiet time after which a directory's changes are looked at.
    pub debounce: Duration,
    /// A directory that never becomes quiet is looked at this often.
    pub debounce_max: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            buffer_bytes: 40 * MIB,
            simple_max: 16 * MIB,
            part_min: 8 * MIB,
            parts_in_flight: 4,
            transfers_start: 32,
            transfers_max: 64,
            settle: Duration::from_millis(1000),
            settled_age: Duration::from_secs(3),
            retry_base: Duration::from_millis(500),
            retry_cap: Duration::from_secs(60),
            tries_max: 8,
            retry_slow: Duration::from_secs(3600),
            retry_refused: Duration::from_secs(24 * 3600),
            breaker_base: Duration::from_secs(5),
            breaker_cap: Duration::from_secs(300),
            rescan_every: Duration::from_secs(6 * 3600),
            poll_every: Duration::from_secs(60),
            relist_every: Duration::from_secs(30 * 60),
            renew_after: Duration::from_secs(10 * 60),
            debounce: Duration::from_millis(500),
            debounce_max: Duration::from_secs(10),
        }
    }
}

/// A duration as whole milliseconds, for rows.
pub(crate) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
