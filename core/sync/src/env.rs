//! What the engine takes from its surroundings: the clock, chance, and the points where a test may
//! end it. Owns the traits and their real forms; holds no state of its own.

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use rand::RngExt;

/// The clocks of this machine. Moments of other machines are never compared with them.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970: for names, logs and rows that outlive the process.
    fn now_ms(&self) -> i64;
    /// Milliseconds on a clock that never goes back: for speed and waiting.
    fn uptime_ms(&self) -> u64;
}

/// The clocks of the operating system.
#[derive(Debug)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// Begins at zero uptime.
    pub fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }

    fn uptime_ms(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// Where jitter and ids come from.
pub trait Chance: Send + Sync {
    /// A number below `bound`, every one as likely; 0 when `bound` is 0.
    fn below(&self, bound: u64) -> u64;
}

/// The random numbers of the operating system's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemChance;

impl Chance for SystemChance {
    fn below(&self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { rand::rng().random_range(0..bound) }
    }
}

/// The moments of an upload at which a sudden end is proved to be harmless, in their order. The
/// comments say what has just happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CrashPoint {
    /// CP1: a batch of the scan is about to be written.
    ScanBatch,
    /// CP2: the content is hashed, nothing is noted yet.
    Hashed,
    /// CP3: the intent is durable, begin was not sent.
    IntentNoted,
    /// CP4: begin was answered, the answer is not looked at.
    Begun,
    /// CP5: the answer is read, the session's key is not noted.
    KeyUnsaved,
    /// CP6: between two sends of bytes.
    Sending,
    /// CP7: all bytes were taken, nothing is noted.
    Sent,
    /// CP8: a part was taken, its row is not written.
    PartUnsaved,
    /// CP9: confirm is about to be sent.
    Confirming,
    /// CP10: confirm was answered, the answer is not looked at.
    Confirmed,
    /// CP11: the answer is checked, the synced tree is not written.
    Uncommitted,
    /// CP12: the content was found in the cloud, the synced tree is not written.
    Adopting,
}

impl CrashPoint {
    /// Every point.
    pub const ALL: &[Self] = &[
        Self::ScanBatch,
        Self::Hashed,
        Self::IntentNoted,
        Self::Begun,
        Self::KeyUnsaved,
        Self::Sending,
        Self::Sent,
        Self::PartUnsaved,
        Self::Confirming,
        Self::Confirmed,
        Self::Uncommitted,
        Self::Adopting,
    ];
}

/// Asked at every crash point; `true` means: go no further. The engine then stands still there
/// until it is dropped.
pub type CrashSeam = Arc<dyn Fn(CrashPoint) -> bool + Send + Sync>;

/// The seam of every real run: never ends anything.
pub fn no_crash() -> CrashSeam {
    Arc::new(|_| false)
}
