//! Whether this computer's clock is right, by the time that the service tells with each reply. Owns
//! the rule; nothing else depends on its answer, which is for people.
//!
//! A reading counts only when the wall clock moved as far during the call as the monotonic one: a
//! clock that is set, or a computer that sleeps, in the middle of a call says nothing. How long the
//! reply took bounds how far the reading may be off, and is given to the clock's favour.

use std::{fmt, sync::Arc, time::Duration};

use albumen_model::Timestamp;

/// The clock on the wall, which may be wrong.
#[derive(Clone)]
pub struct WallClock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl WallClock {
    /// From what tells the time.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// What it shows.
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl fmt::Debug for WallClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WallClock")
    }
}

/// A clock that is off by more is wrong, in milliseconds. Computers that set their clocks
/// themselves are off by less than a second.
const WRONG_MS: i64 = 2 * 60 * 1000;
/// One that was wrong is right again when off by less: no flickering at the edge.
const RIGHT_MS: i64 = 60 * 1000;
/// A reply that took longer tells no time.
const SLOW: Duration = Duration::from_secs(30);
/// How far the two clocks of this computer may differ about how long a call took.
const STEP_MS: i64 = 2000;

/// A reply, as the clocks saw it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    /// The wall clock when the request went out.
    pub(crate) sent: Timestamp,
    /// The same when the reply was there.
    pub(crate) received: Timestamp,
    /// How long it took, by the monotonic clock.
    pub(crate) took: Duration,
    /// What the service said.
    pub(crate) service: Timestamp,
}

/// How far the wall clock is ahead of the service's, in milliseconds, when it is wrong; `before` is
/// the last answer, which stays when a reading tells nothing.
pub(crate) fn judged(before: Option<i64>, reading: Reading) -> Option<i64> {
    let took = i64::try_from(reading.took.as_millis()).unwrap_or(i64::MAX);
    let moved = reading.received.millis().saturating_sub(reading.sent.millis());
    if reading.took > SLOW || moved.saturating_sub(took).saturating_abs() > STEP_MS {
        return before;
    }
    // The service looked at its clock somewhere between the two ends.
    let middle = reading.received.millis().saturating_sub(took / 2);
    let ahead = middle.saturating_sub(reading.service.millis());
    let at_least = ahead.saturating_abs().saturating_sub(took / 2);
    let limit = if before.is_some() { RIGHT_MS } else { WRONG_MS };
    (at_least > limit).then_some(ahead)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MINUTE: i64 = 60_000;
    const NOON: i64 = 1_800_000_000_000;

    /// A reply that took 200 ms, to a computer whose clock is ahead by so much.
    fn reading(ahead: i64) -> Reading {
        Reading {
            sent: Timestamp::from_millis(NOON + ahead),
            received: Timestamp::from_millis(NOON + ahead + 200),
            took: Duration::from_millis(200),
            service: Timestamp::from_millis(NOON + 100),
        }
    }

    #[test]
    fn what_is_wrong_and_what_is_right_again() {
        for (before, ahead, wrong) in [
            (None, 0, None),
            (None, MINUTE, None),
            (None, 2 * MINUTE, None),
            (None, 3 * MINUTE, Some(3 * MINUTE)),
            (None, 120 * MINUTE, Some(120 * MINUTE)),
            (None, -120 * MINUTE, Some(-120 * MINUTE)),
            (Some(9), 90_000, Some(90_000)),
            (Some(9), 59_000, None),
            (Some(-9), -90_000, Some(-90_000)),
        ] {
            assert_eq!(judged(before, reading(ahead)), wrong, "{before:?} {ahead}");
        }
    }

    #[test]
    fn a_clock_that_is_set_or_a_computer_that_sleeps_meanwhile_says_nothing() {
        let good = reading(0);
        let stepped = Reading { received: good.received.plus_millis(120 * MINUTE), ..good };
        let back = Reading { received: good.received.plus_millis(-120 * MINUTE), ..good };
        let slow = Reading {
            received: good.sent.plus_millis(31_000),
            took: Duration::from_secs(31),
            ..reading(0)
        };
        for nothing in [stepped, back, slow] {
            assert_eq!(judged(None, nothing), None);
            assert_eq!(judged(Some(5), nothing), Some(5), "what was known stays");
        }
    }

    proptest! {
        /// However the time of a call is spread over its two ways, a right clock is never blamed.
        #[test]
        fn a_right_clock_is_never_blamed(took in 0u64..30_000, at in 0.0..1.0f64) {
            #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)]
            let looked = (took as f64 * at) as i64;
            let reading = Reading {
                sent: Timestamp::from_millis(NOON),
                received: Timestamp::from_millis(NOON + took.cast_signed()),
                took: Duration::from_millis(took),
                service: Timestamp::from_millis(NOON + looked),
            };
            prop_assert_eq!(judged(None, reading), None);
        }
    }
}
