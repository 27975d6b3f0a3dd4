//! The week's schedule: which rule holds at a moment of the local calendar, and when that changes.
//! Owns the rules as values; their text form lies beside.

use jiff::{Timestamp, Zoned, civil::Date, tz::TimeZone};

use super::rate::{Rate, Rates};

/// Minutes of a day.
pub(super) const DAY_MINUTES: u16 = 24 * 60;
/// Days looked ahead for the next change: a week, and one for what began yesterday.
const DAYS_AHEAD: usize = 9;

/// Days of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Days(u8);

impl Days {
    /// All seven.
    pub const ALL: Self = Self(0b111_1111);

    /// From day numbers, Monday being 0; others are left out.
    pub fn of(days: impl IntoIterator<Item = u8>) -> Self {
        Self(days.into_iter().filter(|day| *day < 7).fold(0, |set, day| set | 1 << day))
    }

    /// Whether a day is among them, Monday being 0.
    pub const fn has(self, day: u8) -> bool {
        day < 7 && self.0 & (1 << day) != 0
    }
}

/// What a rule does while it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Nothing travels.
    Pause,
    /// Other limits than else; a direction that is absent keeps its own.
    Limits {
        /// Towards the cloud.
        up: Option<Rate>,
        /// From it.
        down: Option<Rate>,
    },
}

impl Effect {
    /// No rule holds.
    pub const NONE: Self = Self::Limits { up: None, down: None };

    pub(super) fn over(self, rates: Rates) -> Rates {
        match self {
            Self::Pause => rates,
            Self::Limits { up, down } => {
                Rates { up: up.unwrap_or(rates.up), down: down.unwrap_or(rates.down) }
            }
        }
    }

    /// What holds when `later` is said after this.
    fn then(self, later: Self) -> Self {
        match (self, later) {
            (Self::Limits { up, down }, Self::Limits { up: later_up, down: later_down }) => {
                Self::Limits { up: later_up.or(up), down: later_down.or(down) }
            }
            (_, later) => later,
        }
    }
}

/// A window of each of some days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WeekRule {
    /// The days on which the window begins.
    pub days: Days,
    /// Its first minute of the day, 0 to 1439.
    pub from: u16,
    /// The minute after its last, 1 to 1440; not after `from` means on the next day.
    pub to: u16,
    /// What it does.
    pub effect: Effect,
}

impl WeekRule {
    fn holds(&self, day: u8, minute: u16) -> bool {
        let began_today = self.days.has(day) && minute >= self.from;
        if self.from < self.to {
            return began_today && minute < self.to;
        }
        let began_yesterday = self.days.has((day + 6) % 7) && minute < self.to;
        began_today || began_yesterday
    }
}

/// Rules in their order; a later one says the last word on what it names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Week {
    /// The rules.
    pub rules: Vec<WeekRule>,
}

impl Week {
    /// What holds at a moment, ms since 1970, by the clock on the wall: a window that daylight
    /// saving skips is skipped, one that it repeats holds twice.
    pub fn effect_at(&self, now: i64, zone: &TimeZone) -> Effect {
        let Ok(moment) = Timestamp::from_millisecond(now) else { return Effect::NONE };
        let wall = moment.to_zoned(zone.clone());
        let (day, minute) = (day_of(wall.date()), minute_of(&wall));
        let holding = self.rules.iter().filter(|rule| rule.holds(day, minute));
        holding.fold(Effect::NONE, |before, rule| before.then(rule.effect))
    }

    /// The next moment at which another effect holds, ms since 1970; absent when none ever does.
    pub fn next_change(&self, now: i64, zone: &TimeZone) -> Option<i64> {
        let moment = Timestamp::from_millisecond(now).ok()?;
        let today = moment.to_zoned(zone.clone()).date();
        let mut turns: Vec<i64> = Vec::new();
        for date in today.series(jiff::Span::new().days(1)).take(DAYS_AHEAD) {
            for minute in self.rules.iter().flat_map(|rule| [rule.from, rule.to]) {
                turns.extend(at(date, minute, zone));
            }
        }
        // The wall's clock jumps here, and a window may begin or end with it.
        let last = turns.iter().max().copied()?;
        let jumps = zone.following(moment).map(|jump| jump.timestamp().as_millisecond());
        turns.extend(jumps.take_while(|jump| *jump <= last));
        turns.sort_unstable();
        let before = self.effect_at(now, zone);
        turns.into_iter().find(|turn| *turn > now && self.effect_at(*turn, zone) != before)
    }
}

/// Monday is 0.
fn day_of(date: Date) -> u8 {
    date.weekday().to_monday_zero_offset().unsigned_abs()
}

fn minute_of(wall: &Zoned) -> u16 {
    u16::from(wall.hour().unsigned_abs()) * 60 + u16::from(wall.minute().unsigned_abs())
}

/// The moments at which the wall's clock shows this minute of a day: two where an hour is repeated,
/// and the moment of the jump where it is skipped.
fn at(date: Date, minute: u16, zone: &TimeZone) -> impl Iterator<Item = i64> + use<> {
    let date = if minute == DAY_MINUTES { date.tomorrow().ok() } else { Some(date) };
    let part = |value: u16| i8::try_from(value).ok();
    let wall = date.zip(part(minute / 60 % 24)).zip(part(minute % 60));
    let ambiguous =
        wall.map(|((date, hour), minute)| zone.to_ambiguous_zoned(date.at(hour, minute, 0, 0)));
    let both = ambiguous.map(|moment| [moment.clone().earlier(), moment.later()]);
    let told = both.into_iter().flatten().flatten();
    told.map(|moment| moment.timestamp().as_millisecond())
}
