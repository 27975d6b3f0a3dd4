//! A bucket of bytes that fills at a steady rate. Owns the arithmetic; the clock is the caller's.

use std::num::NonZeroU64;

const NANOS: u128 = 1_000_000_000;

/// What a bucket gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Granted {
    /// So many bytes may travel now; fewer than asked for, or none.
    pub bytes: u64,
    /// When none: after so many nanoseconds there will be some.
    pub wait_ns: u64,
}

/// Lets through no more than its burst at once and its rate over time: in any span of `t` seconds
/// at most `rate * t + burst` bytes. Starts full. A clock that goes back fills nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    rate: NonZeroU64,
    burst: NonZeroU64,
    /// Bytes times nanoseconds, so that no fraction of a byte is ever lost or made.
    level: u128,
    at_ns: u64,
}

impl Bucket {
    /// A full one. `rate` in bytes a second, `burst` in bytes, `now_ns` of any steady clock.
    pub fn new(rate: NonZeroU64, burst: NonZeroU64, now_ns: u64) -> Self {
        Self { rate, burst, level: u128::from(burst.get()) * NANOS, at_ns: now_ns }
    }

    /// Takes up to `wanted` bytes.
    pub fn take(&mut self, now_ns: u64, wanted: u64) -> Granted {
        self.fill(now_ns);
        let there = u64::try_from(self.level / NANOS).unwrap_or(u64::MAX);
        let bytes = wanted.min(there);
        self.level -= u128::from(bytes) * NANOS;
        if bytes > 0 || wanted == 0 {
            return Granted { bytes, wait_ns: 0 };
        }
        // Waking for single bytes would cost more than they are worth: a tenth of the burst.
        let worth = wanted.min((self.burst.get() / 10).max(1));
        let missing = u128::from(worth) * NANOS - self.level;
        let wait = missing.div_ceil(u128::from(self.rate.get()));
        Granted { bytes: 0, wait_ns: u64::try_from(wait).unwrap_or(u64::MAX) }
    }

    /// Gives back what was taken and not used.
    pub fn give_back(&mut self, bytes: u64) {
        self.level = (self.level + u128::from(bytes) * NANOS).min(self.full());
    }

    /// Fills at another rate from now on; what is in it stays, up to the new burst.
    pub fn change(&mut self, now_ns: u64, rate: NonZeroU64, burst: NonZeroU64) {
        self.fill(now_ns);
        (self.rate, self.burst) = (rate, burst);
        self.level = self.level.min(self.full());
    }

    fn full(&self) -> u128 {
        u128::from(self.burst.get()) * NANOS
    }

    fn fill(&mut self, now_ns: u64) {
        let passed = now_ns.saturating_sub(self.at_ns);
        self.at_ns = self.at_ns.max(now_ns);
        let more = u128::from(passed) * u128::from(self.rate.get());
        self.level = self.level.saturating_add(more).min(self.full());
    }
}
