//! A breaker for one host: stops calls to a host that keeps failing and tries it again carefully.
//! Pure: moments and randomness come in as values (section 2.13 of the engine's design).

use std::time::Duration;

/// Failures in a row that open the breaker.
const FAILURES_IN_A_ROW: u32 = 5;
/// How many of the latest calls are looked at together.
const WINDOW: u32 = 20;
/// The first wait before a probe, smallest and widest.
const PROBE_MIN: Duration = Duration::from_secs(5);
const PROBE_SPREAD: Duration = Duration::from_secs(10);
/// The longest wait before a probe.
const PROBE_MAX: Duration = Duration::from_secs(300);

/// What the breaker lets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerState {
    /// Everything.
    Closed,
    /// Nothing until the moment, in time since the caller's own start.
    Open {
        /// When the next probe may go.
        until: Duration,
    },
    /// One probe is under way.
    HalfOpen,
}

/// Whether a call may go now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Go.
    Go,
    /// Wait this long, then ask again.
    Wait(Duration),
}

/// The breaker of one host. `now` is any monotonic moment, counted from one fixed start.
#[derive(Clone, Debug)]
pub struct Breaker {
    state: BreakerState,
    in_a_row: u32,
    /// One bit a call, newest lowest; 1 is a failure.
    history: u32,
    calls: u32,
    opened: u32,
}

impl Default for Breaker {
    fn default() -> Self {
        Self { state: BreakerState::Closed, in_a_row: 0, history: 0, calls: 0, opened: 0 }
    }
}

impl Breaker {
    /// Where it is.
    pub const fn state(&self) -> BreakerState {
        self.state
    }

    /// Asks for one call; `Go` in the open state makes that call the probe.
    pub fn ask(&mut self, now: Duration) -> Permission {
        match self.state {
            BreakerState::Closed => Permission::Go,
            BreakerState::Open { until } if now >= until => {
                self.state = BreakerState::HalfOpen;
                Permission::Go
            }
            BreakerState::Open { until } => Permission::Wait(until.saturating_sub(now)),
            BreakerState::HalfOpen => Permission::Wait(PROBE_MIN),
        }
    }

    /// A call got through (a refusal of the host counts: it is there).
    pub fn succeeded(&mut self) {
        if self.state != BreakerState::Closed {
            *self = Self::default();
        }
        self.in_a_row = 0;
        self.note(false);
    }

    /// A call failed for a passing reason. `random` in 0.0..1.0 spreads the probes of many clients.
    pub fn failed(&mut self, now: Duration, random: f64) {
        self.in_a_row += 1;
        self.note(true);
        let half = self.calls >= WINDOW && self.history.count_ones() * 2 > WINDOW;
        match self.state {
            BreakerState::HalfOpen => self.open(now, random),
            BreakerState::Closed if self.in_a_row >= FAILURES_IN_A_ROW || half => {
                self.open(now, random);
            }
            _ => {}
        }
    }

    fn note(&mut self, failure: bool) {
        self.history = (self.history << 1 | u32::from(failure)) & ((1 << WINDOW) - 1);
        self.calls = (self.calls + 1).min(WINDOW);
    }

    fn open(&mut self, now: Duration, random: f64) {
        let first = PROBE_MIN + PROBE_SPREAD.mul_f64(random.clamp(0.0, 1.0));
        let wait = first.saturating_mul(1 << self.opened.min(8)).min(PROBE_MAX);
        self.opened += 1;
        self.state = BreakerState::Open { until: now + wait };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn five_failures_in_a_row_open_it_and_one_probe_closes_it() {
        let mut breaker = Breaker::default();
        for _ in 0..4 {
            breaker.failed(s(0), 0.0);
        }
        assert_eq!(breaker.ask(s(0)), Permission::Go);
        breaker.failed(s(0), 0.0);
        assert_eq!(breaker.ask(s(1)), Permission::Wait(s(4)));
        assert_eq!(breaker.ask(s(5)), Permission::Go, "the probe");
        assert_eq!(breaker.ask(s(5)), Permission::Wait(PROBE_MIN), "only one probe");
        breaker.succeeded();
        assert_eq!(breaker.state(), BreakerState::Closed);
        assert_eq!(breaker.ask(s(5)), Permission::Go);
    }

    #[test]
    fn failed_probes_wait_longer_and_longer_up_to_five_minutes() {
        let mut breaker = Breaker::default();
        let mut now = s(0);
        for _ in 0..5 {
            breaker.failed(now, 0.0);
        }
        for wait in [5, 10, 20, 40, 80, 160, 300, 300] {
            assert_eq!(breaker.ask(now), Permission::Wait(s(wait)));
            now += s(wait);
            assert_eq!(breaker.ask(now), Permission::Go);
            breaker.failed(now, 0.0);
        }
    }

    #[test]
    fn more_than_half_of_twenty_open_it_even_when_never_five_in_a_row() {
        let mut breaker = Breaker::default();
        for round in 0..40 {
            if breaker.state() != BreakerState::Closed {
                return;
            }
            if round % 3 == 2 { breaker.succeeded() } else { breaker.failed(s(0), 0.5) }
        }
        panic!("it never opened");
    }
}
