//! When a picture was taken, as its file tells it. Owns the rules by which such a claim is
//! believed; knows no clock and no time zone table.

use time::{
    Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset,
    macros::{datetime, format_description},
};

/// Years before photography are a camera with a dead battery, not a date.
const FIRST_PHOTOGRAPH: i32 = 1826;

/// No zone of the world was ever further from UTC than this many minutes.
const MAX_OFFSET_MINUTES: i16 = 16 * 60;

/// Films count seconds from here (ISO/IEC 14496-12, 8.2.2).
const MOVIE_EPOCH: OffsetDateTime = datetime!(1904-01-01 00:00 UTC);

/// Containers that were never given a time count from one of the two epochs; digital film files are
/// younger than both.
const FIRST_MOVIE_FILE: i32 = 1971;

/// Who told the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CaptureSource {
    /// The camera's EXIF block.
    Exif,
    /// The film's container.
    Container,
}

/// The wall-clock time where the picture was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CaptureTime {
    /// Date and time as the camera's clock showed them. For a film whose container only keeps UTC
    /// this is UTC, with an offset of 0.
    pub local: PrimitiveDateTime,
    /// Minutes east of UTC; absent where the camera did not say, which is common.
    pub offset_minutes: Option<i16>,
    /// Who told.
    pub source: CaptureSource,
}

impl CaptureTime {
    /// From the parts of an EXIF date; absent when they are no date of a photograph.
    pub(super) fn from_exif(told: &exif::DateTime) -> Option<Self> {
        let month = Month::try_from(told.month).ok()?;
        let date = Date::from_calendar_date(i32::from(told.year), month, told.day).ok()?;
        // Leap seconds are written as 60 by some cameras; the last real second stands for them.
        let second = told.second.min(59);
        let nano = told.nanosecond.unwrap_or(0);
        let clock = Time::from_hms_nano(told.hour, told.minute, second, nano).ok()?;
        (date.year() >= FIRST_PHOTOGRAPH).then(|| Self {
            local: PrimitiveDateTime::new(date, clock),
            offset_minutes: told.offset.filter(|offset| offset.abs() <= MAX_OFFSET_MINUTES),
            source: CaptureSource::Exif,
        })
    }

    /// From a film's seconds since 1904 UTC; zero and other defaults are no time.
    pub(super) fn from_movie_seconds(seconds: u64) -> Option<Self> {
        let since = time::Duration::seconds(i64::try_from(seconds).ok()?);
        let moment = MOVIE_EPOCH.checked_add(since)?;
        (moment.year() >= FIRST_MOVIE_FILE).then(|| Self {
            local: PrimitiveDateTime::new(moment.date(), moment.time()),
            offset_minutes: Some(0),
            source: CaptureSource::Container,
        })
    }

    /// From the date that phones write into films beside the container's:
    /// `2019-02-12T15:27:12+0800`, with or without the colon, or ending in `Z`.
    pub(super) fn from_movie_text(text: &str) -> Option<Self> {
        let plain = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
        let (stamp, zone) = text.split_at_checked(19)?;
        let local = PrimitiveDateTime::parse(stamp, &plain).ok()?;
        (local.year() >= FIRST_MOVIE_FILE).then(|| Self {
            local,
            offset_minutes: offset(zone),
            source: CaptureSource::Container,
        })
    }
}

fn offset(zone: &str) -> Option<i16> {
    if zone == "Z" {
        return Some(0);
    }
    let digits: String = zone.chars().filter(|sign| *sign != ':').collect();
    let form = format_description!("[offset_hour sign:mandatory][offset_minute]");
    let offset = UtcOffset::parse(&digits, &form).ok()?.whole_minutes();
    (offset.abs() <= MAX_OFFSET_MINUTES).then_some(offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exif_date(text: &[u8]) -> Option<PrimitiveDateTime> {
        let told = exif::DateTime::from_ascii(text).ok()?;
        CaptureTime::from_exif(&told).map(|time| time.local)
    }

    #[test]
    fn only_dates_of_photographs_are_believed() {
        assert_eq!(exif_date(b"2008:02:29 13:11:23"), Some(datetime!(2008-02-29 13:11:23)));
        assert_eq!(exif_date(b"2016:12:31 23:59:60"), Some(datetime!(2016-12-31 23:59:59)));
        for wrong in [
            b"0000:00:00 00:00:00",
            b"2009:02:29 13:11:23",
            b"2009:13:01 13:11:23",
            b"2009:12:01 25:11:23",
            b"1601:01:01 00:00:00",
            b"    :  :     :  :  ",
        ] {
            assert_eq!(exif_date(wrong), None, "{}", wrong.escape_ascii());
        }
    }

    #[test]
    fn a_films_seconds_are_utc_and_its_epochs_are_no_time() {
        let told = CaptureTime::from_movie_seconds(3_789_788_738).unwrap();
        assert_eq!(told.local, datetime!(2024-02-03 07:05:38));
        assert_eq!(told.offset_minutes, Some(0));
        for nothing in [0, 2_082_844_800, u64::MAX] {
            assert_eq!(CaptureTime::from_movie_seconds(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn a_films_text_keeps_the_local_time_and_its_zone() {
        let table = [
            ("2019-02-12T15:27:12+0800", Some(Some(480))),
            ("2019-02-12T15:27:12-03:30", Some(Some(-210))),
            ("2019-02-12T15:27:12Z", Some(Some(0))),
            ("2019-02-12T15:27:12", Some(None)),
            ("2019-02-12T15:27:12+9900", Some(None)),
            ("2019-02-30T15:27:12Z", None),
            ("yesterday", None),
            ("二〇一九年二月十二日下午三点", None),
        ];
        for (text, expected) in table {
            let told = CaptureTime::from_movie_text(text);
            assert_eq!(told.map(|time| time.offset_minutes), expected, "{text}");
        }
    }
}
