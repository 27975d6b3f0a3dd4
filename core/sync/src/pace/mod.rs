//! When files may travel, and how fast. Owns the decision over values: what the user chose, what
//! the week's schedule says, what is known of network and battery. Pure; the caller reads the
//! clock, the time zone and the system.

mod bucket;
mod pause;
mod rate;
#[cfg(test)]
mod tests;
mod week;
mod week_text;

use jiff::tz::TimeZone;

pub use bucket::{Bucket, Granted};
pub use pause::{Pause, PauseFor};
pub use rate::{Rate, RateError, Rates};
pub use week::{Days, Effect, Week, WeekRule};
pub use week_text::{WeekError, WeekMistake};

/// What the user, or the policy of a space, has decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaceSettings {
    /// A pause asked for by hand.
    pub pause: Pause,
    /// Limits where the week says nothing else.
    pub rates: Rates,
    /// The week's schedule.
    pub week: Week,
    /// Whether to wait while the network is one that is paid by the byte.
    pub wait_when_metered: bool,
    /// When to wait while the computer runs on its battery.
    pub on_battery: BatteryRule,
}

impl Default for PaceSettings {
    /// No limits; waits on a metered network, because that costs money unasked, and on a battery
    /// that is nearly empty.
    fn default() -> Self {
        Self {
            pause: Pause::Off,
            rates: Rates::default(),
            week: Week::default(),
            wait_when_metered: true,
            on_battery: BatteryRule::WaitBelow(BATTERY_LOW_PERCENT),
        }
    }
}

/// Where systems begin to warn.
const BATTERY_LOW_PERCENT: u8 = 20;

/// When to wait while the computer runs on its battery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BatteryRule {
    /// Never.
    Go,
    /// As long as it does.
    Wait,
    /// While the charge is below so many percent; an unknown charge is enough.
    WaitBelow(u8),
}

/// What the system tells of the computer's surroundings; absent where it does not tell, and what is
/// unknown stops nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// Whether the network is paid by the byte.
    pub metered: Option<bool>,
    /// Whether the computer runs on its battery.
    pub on_battery: Option<bool>,
    /// The charge, 0 to 100.
    pub battery_percent: Option<u8>,
}

/// Why nothing travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// The user said so.
    User,
    /// The week's schedule says so.
    Schedule,
    /// The network is paid by the byte.
    Metered,
    /// The computer runs on its battery.
    Battery,
}

/// Whether files may travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum May {
    /// They may.
    Go,
    /// They may not.
    Wait {
        /// The first reason, in the order of [`Cause`].
        cause: Cause,
        /// When that reason ends by itself, ms since 1970; absent when somebody must act or the
        /// surroundings must change.
        until: Option<i64>,
    },
}

/// The decision for one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Whether files may travel at all.
    pub may: May,
    /// Bytes a second at most, each way.
    pub rates: Rates,
    /// When to decide again at the latest, ms since 1970; absent when time alone changes nothing.
    pub again_at: Option<i64>,
}

/// Decides for the moment `now`, ms since 1970, on this computer's calendar.
pub fn pace(
    settings: &PaceSettings,
    surroundings: &Surroundings,
    now: i64,
    zone: &TimeZone,
) -> Pace {
    let effect = settings.week.effect_at(now, zone);
    let turn = settings.week.next_change(now, zone);
    let paused = settings.pause.holds_at(now);
    let may = if paused {
        May::Wait { cause: Cause::User, until: settings.pause.until() }
    } else if effect == Effect::Pause {
        May::Wait { cause: Cause::Schedule, until: turn }
    } else if settings.wait_when_metered && surroundings.metered == Some(true) {
        May::Wait { cause: Cause::Metered, until: None }
    } else if settings.on_battery.waits(surroundings) {
        May::Wait { cause: Cause::Battery, until: None }
    } else {
        May::Go
    };
    let ends = if paused { settings.pause.until() } else { None };
    Pace { may, rates: effect.over(settings.rates), again_at: ends.into_iter().chain(turn).min() }
}

impl BatteryRule {
    fn waits(self, surroundings: &Surroundings) -> bool {
        let on_battery = surroundings.on_battery == Some(true);
        match self {
            Self::Go => false,
            Self::Wait => on_battery,
            Self::WaitBelow(percent) => {
                on_battery && surroundings.battery_percent.is_some_and(|charge| charge < percent)
            }
        }
    }
}
