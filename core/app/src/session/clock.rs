//! The engine's clocks: the wall as the surroundings have it, and one that never goes back.

use std::time::Instant;

use albumen_client::WallClock;
use albumen_sync::Clock;

/// Both.
pub(super) struct EngineClock {
    wall: WallClock,
    start: Instant,
}

impl EngineClock {
    /// Begins at zero uptime.
    pub(super) fn new(wall: WallClock) -> Self {
        Self { wall, start: Instant::now() }
    }
}

impl Clock for EngineClock {
    fn now_ms(&self) -> i64 {
        self.wall.now().millis()
    }

    fn uptime_ms(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
