//! A pause asked for by hand. Owns when it ends.

use jiff::{Timestamp, tz::TimeZone};

/// What a person can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PauseFor {
    /// For an hour.
    Hour,
    /// Until the calendar's next day begins.
    UntilTomorrow,
    /// Until somebody resumes.
    UntilResumed,
}

/// A pause as it is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Pause {
    /// There is none.
    #[default]
    Off,
    /// Until this moment, ms since 1970.
    Until(i64),
    /// Until somebody resumes.
    UntilResumed,
}

const HOUR_MS: i64 = 3_600_000;

impl Pause {
    /// The pause asked for at `now`, ms since 1970. Tomorrow begins when the calendar says so, at
    /// the first moment of the day where midnight is skipped; a moment that no calendar reaches
    /// means until resumed.
    pub fn asked(choice: PauseFor, now: i64, zone: &TimeZone) -> Self {
        match choice {
            PauseFor::Hour => Self::Until(now.saturating_add(HOUR_MS)),
            PauseFor::UntilTomorrow => tomorrow(now, zone).map_or(Self::UntilResumed, Self::Until),
            PauseFor::UntilResumed => Self::UntilResumed,
        }
    }

    /// Whether it holds.
    pub fn holds_at(self, now: i64) -> bool {
        match self {
            Self::Off => false,
            Self::Until(end) => now < end,
            Self::UntilResumed => true,
        }
    }

    /// When it ends by itself, ms since 1970.
    pub fn until(self) -> Option<i64> {
        match self {
            Self::Until(end) => Some(end),
            Self::Off | Self::UntilResumed => None,
        }
    }
}

fn tomorrow(now: i64, zone: &TimeZone) -> Option<i64> {
    let today = Timestamp::from_millisecond(now).ok()?.to_zoned(zone.clone());
    let begins = today.date().tomorrow().ok()?.to_zoned(zone.clone()).ok()?;
    Some(begins.timestamp().as_millisecond())
}
