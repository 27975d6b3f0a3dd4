//! When a deletion goes to the bin and how long it stays there (SMH sections 2.1, 6.9, 12).

use albumen_model::{Timestamp, smh::LibrarySettings};

const DAY_MS: i64 = 86_400_000;

/// Whether a delete is final: the library has no bin, or the caller asked for it.
pub(crate) fn is_final(settings: &LibrarySettings, permanent: bool) -> bool {
    !settings.use_recycle_bin || permanent
}

/// When an item removed now is purged by itself; `None` for never.
pub(crate) fn purge_time(settings: &LibrarySettings, now: Timestamp) -> Option<Timestamp> {
    let days = i64::from(settings.auto_remove_recycled_days);
    (days > 0).then(|| now.plus_millis(days * DAY_MS))
}

/// When an item goes that stays for so many days.
pub(crate) fn after_days(days: u32, now: Timestamp) -> Option<Timestamp> {
    Some(now.plus_millis(i64::from(days) * DAY_MS))
}

/// Whole days left, the last one begun counting; 0 when it is never purged by itself.
pub(crate) fn days_left(now: Timestamp, purge: Option<Timestamp>) -> u64 {
    let left = purge.map_or(0, |purge| (purge.millis() - now.millis()).max(0));
    u64::try_from(left).unwrap_or(0).div_ceil(DAY_MS.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bin_keeps_for_the_days_of_section_2_1() {
        let now = Timestamp::from_millis(1_700_000_000_000);
        let settings = |days| LibrarySettings {
            auto_remove_recycled_days: days,
            ..LibrarySettings::default()
        };
        assert_eq!(purge_time(&settings(0), now), None);
        let purge = purge_time(&settings(30), now);
        assert_eq!(purge, Some(now.plus_seconds(30 * 86_400)));
        for (passed_s, left) in [(0, 30), (1, 30), (86_400, 29), (30 * 86_400, 0), (99 * 86_400, 0)]
        {
            assert_eq!(days_left(now.plus_seconds(passed_s), purge), left, "{passed_s}");
        }
        assert_eq!(days_left(now, None), 0);
    }

    #[test]
    fn a_delete_is_final_without_a_bin_or_by_wish() {
        let with = LibrarySettings::default();
        let without = LibrarySettings { use_recycle_bin: false, ..LibrarySettings::default() };
        assert!(!is_final(&with, false) && is_final(&with, true));
        assert!(is_final(&without, false) && is_final(&without, true));
    }
}
