//! How long a token lives (SMH sections 3.1 and 3.2).

use albumen_model::Timestamp;

/// The period of a token that asked for none, or for something that is no positive number.
const PERIOD_DEFAULT_S: u64 = 86_400;
/// Ten years, the longest the contract's papers name.
const PERIOD_MAX_S: u64 = 315_360_000;
/// A use is written down when the last written one is older than this share of the period ...
const SLACK_SHARE: i64 = 20;
/// ... or than this, whichever is less.
const SLACK_MAX_MS: i64 = 30_000;

/// The period of a new token: 1 s to ten years; anything but a positive number is a day.
pub(crate) fn period_s(asked: Option<&str>) -> u64 {
    let asked = asked.and_then(|text| text.trim().parse::<u64>().ok()).filter(|s| *s > 0);
    asked.map_or(PERIOD_DEFAULT_S, |s| s.min(PERIOD_MAX_S))
}

/// How far the written end of a token may lag behind its last use. Every use extends a token, but
/// not every use is a write: a transfer of thousands of files would pay one each. In return a token
/// is honoured for this long past its written end, so that it never dies early, also after a crash;
/// it may live a twentieth of its period, at most 30 s, longer than the contract says.
fn slack_ms(period_s: u64) -> i64 {
    (millis(period_s) / SLACK_SHARE).min(SLACK_MAX_MS)
}

fn millis(period_s: u64) -> i64 {
    i64::try_from(period_s.min(PERIOD_MAX_S)).unwrap_or(i64::MAX / 1000) * 1000
}

/// When a token used now ends.
pub(crate) fn expires(now: Timestamp, period_s: u64) -> Timestamp {
    now.plus_millis(millis(period_s))
}

/// Whether a token with this written end is still good.
pub(crate) fn is_alive(now: Timestamp, written_end: Timestamp, period_s: u64) -> bool {
    now < written_end.plus_millis(slack_ms(period_s))
}

/// Whether this use must be written down.
pub(crate) fn is_stale(now: Timestamp, written_end: Timestamp, period_s: u64) -> bool {
    expires(now, period_s) >= written_end.plus_millis(slack_ms(period_s).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_of_section_3_1() {
        for (asked, period) in [
            (None, 86_400),
            (Some(""), 86_400),
            (Some("0"), 86_400),
            (Some("-5"), 86_400),
            (Some("1.5"), 86_400),
            (Some("soon"), 86_400),
            (Some("1"), 1),
            (Some("1200"), 1200),
            (Some("999999999999"), 315_360_000),
        ] {
            assert_eq!(period_s(asked), period, "{asked:?}");
        }
    }

    #[test]
    fn a_used_token_never_dies_within_its_period() {
        let start = Timestamp::from_millis(1_700_000_000_000);
        for period in [1, 60, 1200, 86_400, PERIOD_MAX_S] {
            // Uses so close together that none is written: the last one still gives a whole period.
            let written = expires(start, period);
            let last_use = start.plus_millis(slack_ms(period).max(1) - 1);
            assert!(!is_stale(last_use, written, period), "{period}");
            assert!(is_alive(expires(last_use, period).plus_millis(-1), written, period));
            // A later one is written.
            assert!(is_stale(start.plus_millis(slack_ms(period).max(1)), written, period));
        }
    }

    #[test]
    fn an_unused_token_ends() {
        let start = Timestamp::from_millis(0);
        let end = expires(start, 1200);
        assert!(is_alive(start.plus_seconds(1199), end, 1200));
        assert!(!is_alive(start.plus_seconds(1231), end, 1200));
    }
}
