//! Whether two files come from one press of the shutter. Owns the evidence that counts; knows no
//! names.

use albumen_media::facts::{CaptureSource, CaptureTime};
use time::Duration;

use super::Entry;

/// Files of one shot are dated at most this many seconds apart: a live photo's film begins one and
/// a half seconds before its picture and lasts three, and both clocks are cut to whole seconds.
const PAIR_SECONDS_MAX: i64 = 5;
/// Time zones differ by whole quarters of an hour.
const ZONE_STEP_SECONDS: i64 = 15 * 60;
/// Two places on Earth are at most this far apart: from UTC-12 to UTC+14.
const ZONE_SECONDS_MAX: i64 = 26 * 3600;

/// What is known of two files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Evidence {
    /// One shot.
    Same,
    /// Two.
    Apart,
    /// Nobody can tell.
    Unknown,
}

/// Compares what Apple wrote into both, else when they were taken.
pub(super) fn compare(a: &Entry<'_>, b: &Entry<'_>) -> Evidence {
    match (a.content_id, b.content_id) {
        (Some(a), Some(b)) if a == b => return Evidence::Same,
        (Some(_), Some(_)) => return Evidence::Apart,
        _ => {}
    }
    match (&a.taken, &b.taken) {
        (Some(a), Some(b)) if seconds_between(a, b) <= PAIR_SECONDS_MAX => Evidence::Same,
        (Some(_), Some(_)) => Evidence::Apart,
        _ => Evidence::Unknown,
    }
}

/// Both in UTC where both say their zone; else by the clock on the wall. A film that only keeps UTC
/// beside a picture without a zone may be off by a zone, no matter which.
fn seconds_between(a: &CaptureTime, b: &CaptureTime) -> i64 {
    let local = (a.local - b.local).whole_seconds().abs();
    let in_utc = |taken: &CaptureTime| {
        let offset = Duration::minutes(i64::from(taken.offset_minutes?));
        taken.local.checked_sub(offset)
    };
    if let (Some(a), Some(b)) = (in_utc(a), in_utc(b)) {
        return (a - b).whole_seconds().abs();
    }
    let keeps_utc = |taken: &CaptureTime| {
        taken.source == CaptureSource::Container && taken.offset_minutes == Some(0)
    };
    if (keeps_utc(a) || keeps_utc(b)) && local <= ZONE_SECONDS_MAX {
        let rest = local % ZONE_STEP_SECONDS;
        return rest.min(ZONE_STEP_SECONDS - rest);
    }
    local
}

#[cfg(test)]
mod tests {
    use time::{PrimitiveDateTime, macros::datetime};

    use super::*;

    fn taken(local: PrimitiveDateTime, zone: Option<i16>, source: CaptureSource) -> CaptureTime {
        CaptureTime { local, offset_minutes: zone, source }
    }

    #[test]
    fn one_shot_or_two() {
        use CaptureSource::{Container, Exif};
        let noon = datetime!(2024-05-01 12:00:00);
        let picture = |zone| taken(noon, zone, Exif);
        for (picture, film, seconds) in [
            (picture(None), taken(datetime!(2024-05-01 12:00:03), None, Container), 3),
            (picture(None), taken(datetime!(2024-05-01 12:00:09), Some(120), Container), 9),
            (picture(Some(120)), taken(datetime!(2024-05-01 10:00:01), Some(0), Container), 1),
            (picture(Some(120)), taken(noon, Some(0), Container), 7200),
            (picture(None), taken(datetime!(2024-05-01 10:00:01), Some(0), Container), 1),
            (picture(None), taken(datetime!(2024-05-01 06:14:58), Some(0), Container), 2),
            (picture(None), taken(datetime!(2024-05-01 10:07:00), Some(0), Container), 420),
            (picture(None), taken(datetime!(2024-05-01 10:00:00), Some(0), Exif), 7200),
            (picture(None), taken(datetime!(2024-05-03 12:00:00), Some(0), Container), 172_800),
        ] {
            assert_eq!(seconds_between(&picture, &film), seconds, "{film:?}");
            assert_eq!(seconds_between(&film, &picture), seconds, "{film:?}");
        }
    }

    #[test]
    fn what_apple_wrote_comes_before_the_clock() {
        let noon = taken(datetime!(2024-05-01 12:00), None, CaptureSource::Exif);
        let entry = |content_id, taken| Entry { folder: "", name: "a", taken, content_id };
        for (a, b, found) in [
            (entry(Some("X"), None), entry(Some("X"), None), Evidence::Same),
            (entry(Some("X"), Some(noon)), entry(Some("Y"), Some(noon)), Evidence::Apart),
            (entry(Some("X"), Some(noon)), entry(None, Some(noon)), Evidence::Same),
            (entry(None, Some(noon)), entry(None, None), Evidence::Unknown),
        ] {
            assert_eq!(compare(&a, &b), found);
        }
    }
}
