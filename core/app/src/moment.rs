//! Moments as the pages read them: RFC 3339 text.

use albumen_model::Timestamp;

/// Text of ms since 1970.
pub(crate) fn text(ms: i64) -> String {
    Timestamp::from_millis(ms).to_string()
}

/// Text of a camera's clock, given in ms since 1970 as if that clock showed UTC, with its offset in
/// minutes east; without one there is none in the text either.
pub(crate) fn wall(ms: i64, offset_min: Option<i32>) -> String {
    let text = text(ms);
    let clock = text.trim_end_matches('Z');
    match offset_min {
        None => clock.to_owned(),
        Some(0) => text,
        Some(minutes) => {
            let sign = if minutes < 0 { '-' } else { '+' };
            let minutes = minutes.unsigned_abs();
            format!("{clock}{sign}{:02}:{:02}", minutes / 60, minutes % 60)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cameras_clock_keeps_its_zone() {
        for (offset, wanted) in [
            (None, "2020-10-14T10:17:57.953"),
            (Some(0), "2020-10-14T10:17:57.953Z"),
            (Some(480), "2020-10-14T10:17:57.953+08:00"),
            (Some(-210), "2020-10-14T10:17:57.953-03:30"),
        ] {
            assert_eq!(wall(1_602_670_677_953, offset), wanted);
        }
    }
}
