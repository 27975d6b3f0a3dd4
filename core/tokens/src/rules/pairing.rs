//! How long a code is good, how a new one is chosen, and how guessing is bounded.
//!
//! A code has eight digits: a slot of three that says which of the open codes is meant, and five
//! more. No two open codes share a slot, and slots are chosen at random, so
//!
//! * a stranger who guesses needs all eight digits: 10^-8 for each try and open code;
//! * who has seen the slot has five tries at 10^5, then the code is burnt;
//! * a wrong try counts against the one code in its slot, so that burning codes one does not know
//!   takes as many tries as guessing: five for each slot, and most slots are empty.
//!
//! Tries are bounded twice. One address (of IPv6, one network) has five, then it must wait longer
//! and longer ([`super::throttle`]): about a hundred a day. All addresses together have
//! [`WRONG_IN_ALL`] wrong ones, refilled over ten minutes: with that a stranger burns at most 20 of
//! 1,000 slots in the life of a code. When all are used up, only addresses from which an enrolled
//! device was seen are still served, so that a flood from elsewhere does not shut out a household
//! that is already there; each of them is still bounded by itself.

use std::time::Duration;

use albumen_model::{
    Timestamp,
    auth::{PairingCode, PairingState},
};

/// How long a code is good, in milliseconds; the device that used it must be let in within it too.
pub(crate) const LIFE_MS: i64 = 10 * 60 * 1000;
/// Wrong tries at one code; the last of them burns it.
pub(crate) const WRONG_MAX: u32 = 5;
/// Wrong tries of all addresses together within [`LIFE_MS`].
pub(crate) const WRONG_IN_ALL: u32 = 100;
/// How long after its end a code is kept, for who waits to learn how it ended.
pub(crate) const KEPT_MS: i64 = 60 * 60 * 1000;
/// In this time one of the tries of all comes back.
const REFILL_MS: i64 = LIFE_MS / WRONG_IN_ALL as i64;

/// A new code in a slot that is free; `None` when every slot is taken. `taken` is in ascending
/// order; the two numbers are random, so large that what a remainder favours does not show.
pub(crate) fn chosen(taken: &[u32], [slot, rest]: [u64; 2]) -> Option<PairingCode> {
    let free: Vec<u32> =
        (0..PairingCode::SLOTS).filter(|slot| taken.binary_search(slot).is_err()).collect();
    let count = u64::try_from(free.len()).ok().filter(|count| *count > 0)?;
    let slot = free[usize::try_from(slot % count).ok()?];
    let rest = u32::try_from(rest % u64::from(PairingCode::RESTS)).ok()?;
    Some(PairingCode::from_halves(slot, rest))
}

/// How a code stands at a moment, given what is stored.
pub(crate) fn state_at(
    stored: PairingState,
    expires_at: Timestamp,
    now: Timestamp,
) -> PairingState {
    if stored.is_live() && now >= expires_at { PairingState::Expired } else { stored }
}

/// Seconds until a code ends; 0 when nothing can become of it any more.
pub(crate) fn seconds_left(state: PairingState, expires_at: Timestamp, now: Timestamp) -> u64 {
    if !state.is_live() {
        return 0;
    }
    let left = expires_at.millis().saturating_sub(now.millis()).max(0);
    // A clock that was set back must not promise more than a whole life.
    u64::try_from(left.min(LIFE_MS)).unwrap_or(0).div_ceil(1000)
}

/// Wrong tries of all together, as a bucket that empties with time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bucket {
    /// Tries in it.
    pub(crate) level: u32,
    /// As of when, in milliseconds.
    pub(crate) at_ms: i64,
}

impl Bucket {
    /// The same now.
    pub(crate) fn at(self, now_ms: i64) -> Self {
        let gone = now_ms.saturating_sub(self.at_ms);
        let back = u32::try_from(gone.max(0) / REFILL_MS).unwrap_or(u32::MAX);
        let level = self.level.saturating_sub(back);
        // What is left of the time stays, else a try a second would never let one come back; a
        // clock that was set back begins anew.
        let at_ms =
            if level == 0 || gone < 0 { now_ms } else { self.at_ms + i64::from(back) * REFILL_MS };
        Self { level, at_ms }
    }

    /// One try more.
    pub(crate) const fn plus_one(self) -> Self {
        Self { level: self.level.saturating_add(1), at_ms: self.at_ms }
    }

    /// How long to wait for the next, when it is full.
    pub(crate) fn must_wait(self) -> Option<Duration> {
        let over = self.level.checked_sub(WRONG_IN_ALL)? + 1;
        Some(Duration::from_millis(u64::from(over) * REFILL_MS.unsigned_abs()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_code_is_chosen_in_a_free_slot() {
        let all: Vec<u32> = (0..PairingCode::SLOTS).collect();
        let code = |taken: &[u32], random| chosen(taken, random).map(|c| c.expose().to_owned());
        assert_eq!(code(&[], [7, 42]).as_deref(), Some("00700042"));
        assert_eq!(code(&[0, 1], [0, 100_000]).as_deref(), Some("00200000"));
        assert_eq!(code(&all[..999], [12, 1]).as_deref(), Some("99900001"));
        assert_eq!(code(&all, [0, 0]), None, "no slot is shared");
    }

    #[test]
    fn time_ends_what_is_live_and_nothing_else() {
        use PairingState::{Approved, Burnt, Expired, Open, Pending, Refused};
        let (end, at) = (Timestamp::from_millis(LIFE_MS), Timestamp::from_millis);
        for (stored, now, state, left) in [
            (Open, 0, Open, 600),
            (Open, LIFE_MS - 1, Open, 1),
            (Open, LIFE_MS, Expired, 0),
            (Pending, LIFE_MS - 1500, Pending, 2),
            (Pending, LIFE_MS, Expired, 0),
            (Approved, LIFE_MS + 1, Approved, 0),
            (Refused, 0, Refused, 0),
            (Burnt, 0, Burnt, 0),
            (Open, -LIFE_MS, Open, 600),
        ] {
            let is = state_at(stored, end, at(now));
            assert_eq!((is, seconds_left(is, end, at(now))), (state, left), "{stored:?} {now}");
        }
    }

    #[test]
    fn the_bucket_of_all_fills_and_empties() {
        let mut bucket = Bucket::default().at(1_000_000);
        for _ in 0..WRONG_IN_ALL {
            assert_eq!(bucket.must_wait(), None);
            bucket = bucket.plus_one();
        }
        assert_eq!(bucket.must_wait(), Some(Duration::from_secs(6)));
        let later = bucket.at(1_000_000 + 5999);
        assert!(later.must_wait().is_some(), "not a moment too early");
        assert_eq!(later.at(1_000_000 + 6000).must_wait(), None, "asking meanwhile costs nothing");
        assert_eq!(bucket.at(1_000_000 + LIFE_MS).level, 0);
        assert_eq!(bucket.at(0).level, WRONG_IN_ALL, "a clock set back forgives nothing");
    }

    proptest! {
        /// However tries are spread, no more than two buckets full pass in the life of a code.
        #[test]
        fn guessing_is_bounded(steps in prop::collection::vec(0i64..20_000, 1..600)) {
            let (mut bucket, mut now, mut passed) = (Bucket::default(), 0, Vec::new());
            for step in steps {
                now += step;
                bucket = bucket.at(now);
                if bucket.must_wait().is_none() {
                    bucket = bucket.plus_one();
                    passed.push(now);
                }
            }
            for (n, first) in passed.iter().enumerate() {
                let within = passed[n..].iter().take_while(|at| **at < first + LIFE_MS).count();
                prop_assert!(within <= 2 * WRONG_IN_ALL as usize, "{within}");
            }
        }
    }
}
