//! The moments at which blows fall. Owns chance and the waiting; knows nothing of what is struck
//! but how far it has come.

use std::time::{Duration, Instant};

use super::Run;

/// A moment that is chosen by progress comes a little later than the progress.
const LATER_MS: u64 = 25;
/// A moment that does not come by itself comes now.
const PATIENCE: Duration = Duration::from_secs(20);
/// Requests are small: a begin and a confirm are about two kilobytes.
const ASKED_MAX: u64 = 40_000;

/// When to kill.
#[derive(Clone, Copy, Debug)]
pub enum Moment {
    /// So long after the start.
    After(Duration),
    /// When so many bytes have gone to the object store, and then so long.
    Stored(u64, Duration),
    /// When so many bytes have gone to the library service, and then so long.
    Asked(u64, Duration),
}

/// A sequence of moments (splitmix64).
pub(super) struct Moments {
    state: u64,
    latest: Duration,
}

impl Moments {
    /// `latest`: the latest moment that is chosen by the clock; start, scan and first uploads are
    /// before it.
    pub(super) fn new(seed: u64, latest: Duration) -> Self {
        Self { state: seed, latest }
    }

    fn below(&mut self, end: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ mixed >> 31) % end.max(1)
    }

    /// `share`: bytes that one of them should let through at most, so that there is work for all.
    pub(super) fn next(&mut self, share: u64) -> Moment {
        let kind = self.below(3);
        let later = Duration::from_millis(self.below(LATER_MS));
        match kind {
            0 => {
                let latest = u64::try_from(self.latest.as_millis()).expect("some seconds");
                Moment::After(Duration::from_millis(self.below(latest)))
            }
            1 => Moment::Stored(self.below(share), later),
            _ => Moment::Asked(self.below(ASKED_MAX), later),
        }
    }
}

impl Moment {
    /// Waits for it; false when nothing was left to strike at before.
    pub(super) fn comes<R: Run>(self, run: &mut R) -> bool {
        let start = Instant::now();
        let is_now = |run: &R| match self {
            Self::After(time) => start.elapsed() >= time,
            Self::Stored(bytes, _) => run.stored() >= bytes,
            Self::Asked(bytes, _) => run.asked() >= bytes,
        };
        while !is_now(&*run) && start.elapsed() < PATIENCE {
            if run.is_over() {
                return false;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        if let Self::Stored(_, later) | Self::Asked(_, later) = self {
            std::thread::sleep(later);
        }
        !run.is_over()
    }
}
