//! What time it is, as a thing that is handed in.

use std::time::{SystemTime, UNIX_EPOCH};

use albumen_model::Timestamp;

/// A clock. Only the service's own counts: nothing compares it with another machine's.
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// The clock of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is the real clock that is passed in")]
        let now = SystemTime::now();
        let ms = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
        Timestamp::from_millis(i64::try_from(ms).unwrap_or(i64::MAX))
    }
}
