//! Stops asking a service that does not answer. Owns when to stop and when to try again; pure, the
//! clock and chance are handed in.

use std::time::Duration;

use crate::{
    env::Chance,
    limits::Limits,
    retry::{Blocked, jitter},
};

/// Failures in a row of a service that answers badly, before it is left alone.
const PATIENCE: u32 = 5;
/// The same for one that cannot be reached at all.
const PATIENCE_OFFLINE: u32 = 2;

/// Guards the calls of one mapping.
#[derive(Debug, Default)]
pub(crate) struct Breaker {
    failures: u32,
    /// Times it opened in a row, without a success between.
    pub(crate) openings: u32,
    open: Option<(Blocked, u64)>,
}

impl Breaker {
    /// Why nothing is sent now; `None`: go on. Once the wait is over one try at a time is let
    /// through.
    pub(crate) fn blocked(&self, uptime_ms: u64) -> Option<Blocked> {
        self.open.filter(|(_, until)| uptime_ms < *until).map(|(why, _)| why)
    }

    /// Why people are told that it waits: also while a single try is under way.
    pub(crate) fn told(&self) -> Option<Blocked> {
        self.open.map(|(why, _)| why)
    }

    /// Whether the next try decides if all go on.
    pub(crate) fn probing(&self) -> bool {
        self.open.is_some()
    }

    /// When the next try is due, ms of uptime.
    pub(crate) fn until(&self) -> Option<u64> {
        self.open.map(|(_, until)| until).filter(|until| *until < u64::MAX)
    }

    pub(crate) fn succeeded(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn failed(
        &mut self,
        why: Blocked,
        uptime_ms: u64,
        limits: &Limits,
        chance: &dyn Chance,
    ) {
        self.failures += 1;
        let patience = match why {
            Blocked::Offline => PATIENCE_OFFLINE,
            Blocked::Service => PATIENCE,
            Blocked::Quota | Blocked::Revoked | Blocked::Person => 1,
        };
        let was_probing = self.probing();
        if self.failures < patience && !was_probing {
            return;
        }
        let wait = match why {
            Blocked::Revoked => Duration::MAX,
            Blocked::Quota | Blocked::Person => limits.breaker_cap,
            Blocked::Offline | Blocked::Service => {
                let (base, cap) = (limits.breaker_base, limits.breaker_cap);
                base / 2 + jitter(base, cap, self.openings, chance)
            }
        };
        self.openings += 1;
        let wait = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        self.open = Some((why, uptime_ms.saturating_add(wait)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::SystemChance;

    #[test]
    fn opens_after_a_row_of_failures_and_closes_with_one_success() {
        let limits = Limits::default();
        let mut breaker = Breaker::default();
        for _ in 0..4 {
            breaker.failed(Blocked::Service, 0, &limits, &SystemChance);
            assert_eq!(breaker.blocked(0), None);
        }
        breaker.failed(Blocked::Service, 0, &limits, &SystemChance);
        assert_eq!(breaker.blocked(0), Some(Blocked::Service));
        let until = breaker.until().unwrap();
        assert!((2_500..=7_500).contains(&until), "{until}");
        assert_eq!(breaker.blocked(until), None);
        assert!(breaker.probing());
        // The one try fails: closed again at once, for longer.
        breaker.failed(Blocked::Service, until, &limits, &SystemChance);
        assert!(breaker.blocked(until).is_some());
        breaker.succeeded();
        assert_eq!((breaker.blocked(until), breaker.probing()), (None, false));
    }

    #[test]
    fn a_revoked_device_never_tries_by_itself() {
        let mut breaker = Breaker::default();
        breaker.failed(Blocked::Revoked, 0, &Limits::default(), &SystemChance);
        assert_eq!(breaker.blocked(u64::MAX - 1), Some(Blocked::Revoked));
        assert_eq!(breaker.until(), None);
    }
}
