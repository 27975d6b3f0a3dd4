//! When a quota lets bytes in, and when what is too much goes by itself (SMH section 14).

use albumen_model::{Timestamp, smh::LibrarySettings};

const DAY_MS: i64 = 86_400_000;
/// The longest wait before a quota removes anything, in days.
pub(crate) const REMOVE_AFTER_DAYS_MAX: u64 = 3650;

/// Days for which is remembered what a quota took (`quotaCleanupRecordRetentionDays`).
pub(crate) const RECORDS_KEPT_DAYS: u32 = 180;

/// Whether a holding that would grow by so many bytes is still within its limit. What does not
/// grow is always let in, also over the limit: else nothing could be put in order.
pub(crate) fn admits(capacity: u64, used: u64, growth: i64) -> bool {
    match u64::try_from(growth) {
        Ok(growth) if growth > 0 => used.saturating_add(growth) <= capacity,
        _ => true,
    }
}

/// Bytes that are still free.
pub(crate) fn left(capacity: u64, used: u64) -> u64 {
    capacity.saturating_sub(used)
}

/// Bytes by which a space grows when a leaf of `new` bytes comes in, instead of one of `replaced`
/// bytes if there is one. History keeps what is replaced, and that counts as well.
pub(crate) fn growth(settings: &LibrarySettings, new: u64, replaced: Option<u64>) -> i64 {
    let signed = |size: u64| i64::try_from(size).unwrap_or(i64::MAX);
    match replaced {
        Some(old) if !settings.enable_file_history => signed(new) - signed(old),
        _ => signed(new),
    }
}

/// What a quota does when it is over its limit for long. Nothing, unless somebody asked for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Removal {
    /// Whether it removes anything at all.
    pub(crate) when_exceed: bool,
    /// Days over the limit before it does.
    pub(crate) after_days: u32,
    /// The newest files first, instead of the oldest.
    pub(crate) newest: bool,
}

/// Since when a quota is over its limit, given what was known before.
pub(crate) fn over_since(
    before: Option<Timestamp>,
    capacity: u64,
    used: u64,
    now: Timestamp,
) -> Option<Timestamp> {
    (used > capacity).then(|| before.unwrap_or(now))
}

/// When the days of grace of a quota that is over its limit end; `None`: it removes nothing.
pub(crate) fn removes_from(removal: Removal, over_since: Option<Timestamp>) -> Option<Timestamp> {
    let grace = i64::from(removal.after_days) * DAY_MS;
    over_since.filter(|_| removal.when_exceed).map(|since| since.plus_millis(grace))
}

/// Whether they have ended.
pub(crate) fn removes(removal: Removal, over_since: Option<Timestamp>, now: Timestamp) -> bool {
    removes_from(removal, over_since).is_some_and(|from| from <= now)
}

/// How many of these, in their order, have to go so that `excess` bytes are freed.
pub(crate) fn enough(sizes: impl IntoIterator<Item = u64>, excess: u64) -> usize {
    let mut freed = 0_u64;
    let goes = |size: &u64| {
        let still_over = freed < excess;
        freed = freed.saturating_add(*size);
        still_over
    };
    sizes.into_iter().take_while(goes).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_let_in_up_to_the_last_one() {
        for (capacity, used, growth, admitted) in [
            (10, 0, 10, true),
            (10, 0, 11, false),
            (10, 10, 0, true),
            (10, 10, 1, false),
            (10, 20, -5, true),
            (10, 20, 0, true),
            (0, 0, 1, false),
            (u64::MAX, u64::MAX, 1, true),
            (10, u64::MAX, i64::MAX, false),
        ] {
            assert_eq!(admits(capacity, used, growth), admitted, "{capacity} {used} {growth}");
        }
    }

    #[test]
    fn what_history_keeps_counts_too() {
        let with = LibrarySettings::default();
        let without = LibrarySettings { enable_file_history: false, ..LibrarySettings::default() };
        assert_eq!(growth(&with, 7, None), 7);
        assert_eq!(growth(&with, 7, Some(9)), 7);
        assert_eq!(growth(&without, 7, Some(9)), -2);
        assert_eq!(growth(&without, 7, None), 7);
    }

    #[test]
    fn removal_waits_for_its_days_and_is_off_unless_asked_for() {
        let since = Timestamp::from_millis(1_000);
        let asked = Removal { when_exceed: true, after_days: 2, newest: false };
        let later = |ms: i64| since.plus_millis(ms);
        assert!(!removes(asked, Some(since), later(2 * DAY_MS - 1)));
        assert!(removes(asked, Some(since), later(2 * DAY_MS)));
        assert!(!removes(asked, None, later(99 * DAY_MS)));
        assert!(!removes(Removal::default(), Some(since), later(99 * DAY_MS)));
        // Under the limit in between: the days begin anew.
        assert_eq!(over_since(Some(since), 10, 10, later(5)), None);
        assert_eq!(over_since(None, 10, 11, later(9)), Some(later(9)));
        assert_eq!(over_since(Some(since), 10, 11, later(9)), Some(since));
    }

    #[test]
    fn no_more_goes_than_has_to() {
        assert_eq!(enough([3, 3, 3], 0), 0);
        assert_eq!(enough([3, 3, 3], 1), 1);
        assert_eq!(enough([3, 3, 3], 6), 2);
        assert_eq!(enough([3, 3, 3], 7), 3);
        assert_eq!(enough([0, 5], 1), 2);
        assert_eq!(enough([3], 99), 1);
    }
}
