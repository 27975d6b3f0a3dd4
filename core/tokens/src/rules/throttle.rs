//! How wrong passwords slow the next try down.

use std::time::Duration;

/// Wrong tries that cost nothing: people mistype.
const FREE: u32 = 5;
/// The longest wait between tries.
const WAIT_MAX: Duration = Duration::from_secs(15 * 60);
/// Without a try for this long, everything is forgotten.
pub(crate) const FORGET_AFTER_MS: i64 = 24 * 3600 * 1000;

/// How long after the last try the next one is taken, after so many wrong ones in a row.
pub(crate) fn wait_after(failures: u32) -> Duration {
    match failures.checked_sub(FREE) {
        None => Duration::ZERO,
        Some(over) => Duration::from_secs(1 << over.min(20)).min(WAIT_MAX),
    }
}

/// How long to wait still, if the next try may not be made yet.
pub(crate) fn must_wait(failures: u32, last_ms: i64, now_ms: i64) -> Option<Duration> {
    // A clock that was set back must not lock anybody out for longer than the wait itself.
    let since = u64::try_from(now_ms.saturating_sub(last_ms)).unwrap_or(0);
    let left = wait_after(failures).saturating_sub(Duration::from_millis(since));
    (!left.is_zero()).then_some(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_grows_from_the_fifth_wrong_try_on() {
        for (failures, seconds) in [(0, 0), (4, 0), (5, 1), (6, 2), (8, 8), (14, 512), (15, 900)] {
            assert_eq!(wait_after(failures).as_secs(), seconds, "{failures}");
        }
        assert_eq!(wait_after(u32::MAX), WAIT_MAX);
    }

    #[test]
    fn the_wait_ends_with_time() {
        assert_eq!(must_wait(7, 1000, 2500), Some(Duration::from_millis(2500)));
        assert_eq!(must_wait(7, 1000, 5000), None);
        assert_eq!(must_wait(2, 1000, 1000), None);
    }
}
