//! How often somebody may ask. Counts in this process alone: with several instances behind a
//! balancer each gives the whole rate.
//!
//! Memory is bounded whoever asks: callers are counted at a place in a table of 65,536, found by a
//! hash that nobody outside can know. Two that meet there share one rate; the rates are so generous
//! that neither notices.

use std::{
    collections::HashMap,
    fmt,
    hash::{BuildHasher, Hash, RandomState},
    num::NonZeroU32,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use governor::{
    DefaultKeyedRateLimiter, Quota,
    clock::{Clock, DefaultClock},
};

/// So many each second in the long run, and so many at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// What comes back each second.
    pub per_second: NonZeroU32,
    /// What may be used up at once.
    pub burst: NonZeroU32,
}

impl Rate {
    /// A rate; `None`, which is no limit, when either is 0.
    pub const fn new(per_second: u32, burst: u32) -> Option<Self> {
        match (NonZeroU32::new(per_second), NonZeroU32::new(burst)) {
            (Some(per_second), Some(burst)) => Some(Self { per_second, burst }),
            _ => None,
        }
    }
}

/// One rate for each caller.
pub struct Limiter {
    seed: RandomState,
    table: DefaultKeyedRateLimiter<u16>,
}

impl fmt::Debug for Limiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limiter").field("places", &self.table.len()).finish()
    }
}

impl Limiter {
    /// With nothing used up yet.
    pub fn new(rate: Rate) -> Self {
        let quota = Quota::per_second(rate.per_second).allow_burst(rate.burst);
        Self { seed: RandomState::new(), table: DefaultKeyedRateLimiter::keyed(quota) }
    }

    /// Takes one of what a caller has.
    ///
    /// # Errors
    /// How long until it has one again.
    pub fn take(&self, who: &impl Hash) -> Result<(), Duration> {
        let taken = self.table.check_key(&place(&self.seed, who));
        taken.map_err(|until| until.wait_time_from(DefaultClock::default().now()))
    }
}

fn place(seed: &RandomState, who: &impl Hash) -> u16 {
    // The lowest bits are as good as any others.
    (seed.hash_one(who) & u64::from(u16::MAX)) as u16
}

/// For what shall not happen often, wrong credentials: who does it more often than the rate allows
/// is kept away for a while.
pub struct Penalty {
    faults: Limiter,
    /// The same fault again is none: a client that repeats itself guesses nothing.
    repeated: Limiter,
    kept_away: Mutex<HashMap<u16, Instant>>,
    time: Duration,
}

/// How long a fault is remembered: one more each minute, and none at once.
const REPEATED: Duration = Duration::from_secs(60);

impl fmt::Debug for Penalty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Penalty").field("faults", &self.faults).finish_non_exhaustive()
    }
}

impl Penalty {
    /// Keeps away for `time` whoever is over the rate.
    pub fn new(rate: Rate, time: Duration) -> Self {
        let once = Quota::with_period(REPEATED).unwrap_or(Quota::per_second(NonZeroU32::MIN));
        let repeated =
            Limiter { seed: RandomState::new(), table: DefaultKeyedRateLimiter::keyed(once) };
        Self { faults: Limiter::new(rate), repeated, kept_away: Mutex::default(), time }
    }

    /// Whether somebody is let in.
    ///
    /// # Errors
    /// How long they are kept away still.
    pub fn check(&self, who: &impl Hash) -> Result<(), Duration> {
        let place = place(&self.faults.seed, who);
        let mut kept_away = self.kept_away.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(until) = kept_away.get(&place) else { return Ok(()) };
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            kept_away.remove(&place);
            return Ok(());
        }
        Err(left)
    }

    /// Notes a fault. `what`: what was wrong, if it can be told from another wrong one.
    pub fn fault(&self, who: &impl Hash, what: Option<&impl Hash>) {
        let is_repeated = what.is_some_and(|what| self.repeated.take(&(who, what)).is_err());
        if is_repeated || self.faults.take(who).is_ok() {
            return;
        }
        let place = place(&self.faults.seed, who);
        let mut kept_away = self.kept_away.lock().unwrap_or_else(PoisonError::into_inner);
        kept_away.insert(place, Instant::now() + self.time);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOBODY: Option<&u8> = None;

    #[test]
    fn a_burst_then_the_rate_for_each_caller() {
        let limiter = Limiter::new(Rate::new(1, 3).unwrap());
        assert_eq!([0; 3].map(|_| limiter.take(&"ann").is_ok()), [true; 3]);
        let wait = limiter.take(&"ann").unwrap_err();
        assert!(wait > Duration::ZERO && wait <= Duration::from_secs(1), "{wait:?}");
        // Another one has a place of its own, but for one chance in 65,536 for each of ten.
        let others = (0..10).filter(|other| limiter.take(other).is_ok());
        assert!(others.count() >= 9);
        assert_eq!((Rate::new(0, 1), Rate::new(1, 0)), (None, None));
    }

    #[test]
    fn memory_is_bounded_whoever_asks() {
        let limiter = Limiter::new(Rate::new(1, 1).unwrap());
        for caller in 0..400_000_u32 {
            let _ = limiter.take(&caller);
        }
        let places = limiter.table.len();
        assert!((60_000..=65_536).contains(&places), "{places}");
    }

    #[test]
    fn who_is_wrong_too_often_is_kept_away_for_a_while() {
        let penalty = Penalty::new(Rate::new(1, 3).unwrap(), Duration::from_millis(300));
        for _ in 0..3 {
            penalty.fault(&"eve", NOBODY);
            assert_eq!(penalty.check(&"eve"), Ok(()));
        }
        penalty.fault(&"eve", NOBODY);
        let left = penalty.check(&"eve").unwrap_err();
        assert!(left > Duration::ZERO && left <= Duration::from_millis(300), "{left:?}");
        assert_eq!(penalty.check(&"ann"), Ok(()));
        std::thread::sleep(Duration::from_millis(310));
        assert_eq!(penalty.check(&"eve"), Ok(()));
    }

    #[test]
    fn one_wrong_thing_again_and_again_is_one_fault() {
        let penalty = Penalty::new(Rate::new(1, 3).unwrap(), Duration::from_secs(9));
        for _ in 0..100 {
            penalty.fault(&"ann", Some(&"an old token"));
        }
        assert_eq!(penalty.check(&"ann"), Ok(()));
        for guess in 0..100 {
            penalty.fault(&"eve", Some(&guess));
        }
        assert!(penalty.check(&"eve").is_err());
    }
}
