//! Pauses, weeks and buckets over a calendar and a clock that the tests hold.

use std::num::NonZeroU64;

use jiff::civil::{DateTime, date};
use proptest::prelude::*;

use super::*;

/// Central Europe: an hour forward on the last Sunday of March, back on the last of October.
fn berlin() -> TimeZone {
    TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap()
}

/// Chile's islands and Havana spring forward at midnight: that day has none.
fn havana() -> TimeZone {
    TimeZone::posix("CST5CDT,M3.2.0/0,M11.1.0/1").unwrap()
}

fn ms(wall: DateTime, zone: &TimeZone) -> i64 {
    wall.to_zoned(zone.clone()).unwrap().timestamp().as_millisecond()
}

fn rate(bytes: u64) -> Rate {
    Rate::PerSecond(NonZeroU64::new(bytes).unwrap())
}

const HOUR: i64 = 3_600_000;

#[test]
fn tomorrow_comes_by_the_calendar() {
    let (berlin, havana) = (berlin(), havana());
    for (zone, now, hours) in [
        (&berlin, date(2024, 5, 1).at(22, 0, 0, 0), 2.0),
        (&berlin, date(2024, 3, 31).at(0, 0, 0, 0), 23.0),
        (&berlin, date(2024, 10, 27).at(0, 0, 0, 0), 25.0),
        // The day that begins at one o'clock.
        (&havana, date(2024, 3, 9).at(22, 30, 0, 0), 1.5),
        (&havana, date(2024, 3, 10).at(1, 0, 0, 0), 23.0),
    ] {
        let start = ms(now, zone);
        let Pause::Until(end) = Pause::asked(PauseFor::UntilTomorrow, start, zone) else {
            panic!("{now}");
        };
        assert_eq!((end - start) as f64 / HOUR as f64, hours, "{now}");
        assert!(Pause::Until(end).holds_at(end - 1) && !Pause::Until(end).holds_at(end));
    }
    assert_eq!(Pause::asked(PauseFor::Hour, 5, &berlin), Pause::Until(5 + HOUR));
    assert!(Pause::asked(PauseFor::UntilResumed, 5, &berlin).holds_at(i64::MAX));
    assert_eq!(Pause::asked(PauseFor::UntilTomorrow, i64::MAX, &berlin), Pause::UntilResumed);
}

#[test]
fn rates_as_people_write_them() {
    for (text, bytes, printed) in [
        ("800", Some(800), "800"),
        ("500K", Some(500 << 10), "500K"),
        ("500k", Some(500 << 10), "500K"),
        ("1024K", Some(1 << 20), "1M"),
        ("2M", Some(2 << 20), "2M"),
        ("1G", Some(1 << 30), "1G"),
        ("none", None, "none"),
    ] {
        let rate: Rate = text.parse().unwrap();
        assert_eq!((rate.bytes(), rate.to_string().as_str()), (bytes, printed), "{text}");
    }
    for text in ["", "K", "0", "-1", "+5", "1.5M", "5T", "99999999999999999999", "17179869184G"] {
        assert_eq!(text.parse::<Rate>(), Err(RateError), "{text}");
    }
}

#[test]
fn a_week_as_people_write_it() {
    let text = "mon-fri 08:00-18:00 up 500K\n\n# nights\nsat,sun 22:00-6:00 pause # quiet\n\
                Fri-Mon 00:00-00:00 down none up 1M\ndaily 9:05-24:00 down 2M\n";
    let week: Week = text.parse().unwrap();
    assert_eq!(
        week.to_string(),
        "mon-fri 08:00-18:00 up 500K\nsat,sun 22:00-06:00 pause\n\
         mon,fri-sun 00:00-24:00 up 1M down none\ndaily 09:05-24:00 down 2M\n"
    );
    use WeekMistake::{Day, Effect, Form, Twice, Window};
    for (line, mistake) in [
        ("mon", Form),
        ("mon 08:00-18:00", Form),
        ("mon 08:00-18:00 up", Form),
        ("mon 08:00-18:00 pause up 5K", Form),
        ("mondy 08:00-18:00 pause", Day("mondy".to_owned())),
        ("mon,, 08:00-18:00 pause", Day(String::new())),
        ("mon 08:00 pause", Window("08:00".to_owned())),
        ("mon 08:00-08:00 pause", Window("08:00-08:00".to_owned())),
        ("mon 24:00-06:00 pause", Window("24:00-06:00".to_owned())),
        ("mon 08:60-09:00 pause", Window("08:60-09:00".to_owned())),
        ("mon 08:00-18:00 sideways 5K", Effect("sideways".to_owned())),
        ("mon 08:00-18:00 up 5K up 6K", Twice("up".to_owned())),
        ("mon 08:00-18:00 pause pause", Twice("pause".to_owned())),
        ("mon 08:00-18:00 up fast", WeekMistake::Rate(RateError)),
    ] {
        let found = format!("daily 00:00-24:00 pause\n{line}").parse::<Week>();
        assert_eq!(found, Err(WeekError { line: 2, mistake }), "{line}");
    }
}

#[test]
fn the_rule_that_holds_and_when_it_ends() {
    let zone = berlin();
    let week: Week = "mon-fri 08:00-18:00 up 500K\nfri 17:00-02:00 down 1M".parse().unwrap();
    let limits = |up: Option<u64>, down: Option<u64>| Effect::Limits {
        up: up.map(rate),
        down: down.map(rate),
    };
    let (k500, m1) = (Some(500 << 10), Some(1 << 20));
    // 2024-05-03 was a Friday.
    let day = |day, hour, minute| date(2024, 5, day).at(hour, minute, 0, 0);
    for (now, effect, next) in [
        (day(3, 7, 59), limits(None, None), day(3, 8, 0)),
        (day(3, 8, 0), limits(k500, None), day(3, 17, 0)),
        (day(3, 17, 30), limits(k500, m1), day(3, 18, 0)),
        (day(3, 23, 0), limits(None, m1), day(4, 2, 0)),
        (day(4, 1, 59), limits(None, m1), day(4, 2, 0)),
        (day(4, 2, 0), limits(None, None), day(6, 8, 0)),
        (day(5, 1, 0), limits(None, None), day(6, 8, 0)),
    ] {
        let at = ms(now, &zone);
        assert_eq!(week.effect_at(at, &zone), effect, "{now}");
        assert_eq!(week.next_change(at, &zone), Some(ms(next, &zone)), "{now}");
    }
    let always: Week = "daily 00:00-24:00 up 1K".parse().unwrap();
    assert_eq!(always.next_change(ms(day(3, 8, 0), &zone), &zone), None);
    assert_eq!(Week::default().next_change(0, &zone), None);
}

#[test]
fn a_window_that_the_clock_skips_or_repeats() {
    let zone = berlin();
    let week: Week = "daily 02:00-02:30 pause".parse().unwrap();
    // Skipped in March: from the evening before, the next pause is a day later.
    let evening = ms(date(2024, 3, 30).at(22, 0, 0, 0), &zone);
    let next = week.next_change(evening, &zone).unwrap();
    assert_eq!(next, ms(date(2024, 4, 1).at(2, 0, 0, 0), &zone));
    // Repeated in October: it holds for half an hour, twice.
    let mut at = ms(date(2024, 10, 27).at(1, 0, 0, 0), &zone);
    let mut turns = Vec::new();
    for _ in 0..4 {
        let next = week.next_change(at, &zone).unwrap();
        turns.push((next - at) / 60_000);
        at = next;
    }
    assert_eq!(turns, [60, 30, 30, 30]);
}

#[test]
fn the_first_reason_is_told() {
    let zone = berlin();
    let now = ms(date(2024, 5, 1).at(12, 0, 0, 0), &zone);
    let week: Week = "daily 12:00-13:00 pause".parse().unwrap();
    let (one, two) = (now + HOUR, now + 2 * HOUR);
    let known =
        Surroundings { metered: Some(true), on_battery: Some(true), battery_percent: Some(19) };
    let calm = PaceSettings::default();
    let wait = |cause, until| May::Wait { cause, until };
    let go_metered = PaceSettings { wait_when_metered: false, ..calm.clone() };
    let battery = |on_battery| PaceSettings { on_battery, ..go_metered.clone() };
    let paused = PaceSettings { pause: Pause::Until(two), week: week.clone(), ..calm.clone() };
    for (settings, surroundings, may) in [
        (calm.clone(), Surroundings::default(), May::Go),
        (calm.clone(), known, wait(Cause::Metered, None)),
        (go_metered.clone(), known, wait(Cause::Battery, None)),
        (go_metered.clone(), Surroundings { battery_percent: Some(20), ..known }, May::Go),
        (go_metered.clone(), Surroundings { battery_percent: None, ..known }, May::Go),
        (go_metered.clone(), Surroundings { on_battery: Some(false), ..known }, May::Go),
        (battery(BatteryRule::Go), known, May::Go),
        (
            battery(BatteryRule::Wait),
            Surroundings { battery_percent: None, ..known },
            wait(Cause::Battery, None),
        ),
        (battery(BatteryRule::Wait), Surroundings { on_battery: None, ..known }, May::Go),
        (
            PaceSettings { week: week.clone(), ..calm.clone() },
            known,
            wait(Cause::Schedule, Some(one)),
        ),
        (paused.clone(), known, wait(Cause::User, Some(two))),
        (
            PaceSettings { pause: Pause::UntilResumed, ..calm },
            Surroundings::default(),
            wait(Cause::User, None),
        ),
    ] {
        assert_eq!(pace(&settings, &surroundings, now, &zone).may, may, "{settings:?}");
    }
    // The schedule turns before the pause ends; after it, only the schedule counts.
    assert_eq!(pace(&paused, &known, now, &zone).again_at, Some(one));
    assert_eq!(pace(&paused, &known, one, &zone).again_at, Some(two));
}

#[test]
fn the_week_goes_over_the_limits_that_else_hold() {
    let zone = TimeZone::UTC;
    let settings = PaceSettings {
        rates: Rates { up: rate(7), down: rate(8) },
        week: "daily 00:00-12:00 up none".parse().unwrap(),
        ..PaceSettings::default()
    };
    let at = |hours: i64| pace(&settings, &Surroundings::default(), hours * HOUR, &zone);
    assert_eq!(at(1).rates, Rates { up: Rate::Unlimited, down: rate(8) });
    assert_eq!(at(12).rates, settings.rates);
    assert_eq!(at(1).again_at, Some(12 * HOUR));
}

fn any_rule() -> impl Strategy<Value = WeekRule> {
    let rates = || proptest::option::of((1..1_u64 << 40).prop_map(rate));
    let effect = (any::<bool>(), rates(), rates());
    (1..128_u8, 0..1440_u16, 1..1441_u16, effect).prop_filter_map("a window", |rule| {
        let (days, from, to, (pause, up, down)) = rule;
        let limits = Effect::Limits { up, down };
        let effect = if pause || limits == Effect::NONE { Effect::Pause } else { limits };
        let days = Days::of((0..7).filter(|day| days & (1 << day) != 0));
        (from != to).then_some(WeekRule { days, from, to, effect })
    })
}

proptest! {
    #[test]
    fn what_is_printed_is_read_back(rules in proptest::collection::vec(any_rule(), 0..4)) {
        let week = Week { rules };
        prop_assert_eq!(week.to_string().parse::<Week>(), Ok(week));
    }

    #[test]
    fn no_text_breaks_the_reader(text in "[a-z0-9:, #\n-]{0,40}") {
        let _ = text.parse::<Week>();
    }

    #[test]
    fn nothing_changes_before_the_next_change(
        rules in proptest::collection::vec(any_rule(), 1..4),
        start in 0..400_i64 * 24 * 60,
        steps in proptest::collection::vec(0..10_000_i64, 8),
    ) {
        let (week, zone) = (Week { rules }, berlin());
        let now = ms(date(2024, 1, 1).at(0, 0, 0, 0), &zone) + start * 60_000;
        let effect = week.effect_at(now, &zone);
        let end = week.next_change(now, &zone);
        let span = end.map_or(8 * 24 * HOUR, |end| end - now);
        prop_assert!(span > 0);
        for step in steps {
            prop_assert_eq!(week.effect_at(now + span * step / 10_000, &zone), effect);
        }
        if let Some(end) = end {
            prop_assert_ne!(week.effect_at(end, &zone), effect);
        }
    }

    #[test]
    fn no_span_lets_more_through_than_rate_and_burst(
        rate in 1..5_000_000_u64,
        burst in 1..1_000_000_u64,
        takes in proptest::collection::vec((0..400_000_000_u64, 0..2_000_000_u64), 1..40),
    ) {
        let (rate, burst) = (NonZeroU64::new(rate).unwrap(), NonZeroU64::new(burst).unwrap());
        let mut bucket = Bucket::new(rate, burst, 0);
        let mut now = 0;
        let mut given: Vec<(u64, u64)> = Vec::new();
        for (passed, wanted) in takes {
            now += passed;
            let granted = bucket.take(now, wanted);
            prop_assert!(granted.bytes <= wanted);
            given.push((now, granted.bytes));
            if granted.bytes == 0 && wanted > 0 {
                prop_assert!(granted.wait_ns > 0);
                now += granted.wait_ns;
                let after = bucket.take(now, wanted);
                prop_assert!(after.bytes > 0, "waiting was in vain");
                given.push((now, after.bytes));
            }
        }
        for (first, (start, _)) in given.iter().enumerate() {
            let mut sum = 0_u128;
            for (end, bytes) in &given[first..] {
                sum += u128::from(*bytes);
                let span = u128::from(end - start) * u128::from(rate.get());
                prop_assert!(sum * 1_000_000_000 <= span + u128::from(burst.get()) * 1_000_000_000);
            }
        }
    }

    #[test]
    fn a_clock_that_goes_back_fills_nothing(
        times in proptest::collection::vec(0..1000_u64, 1..20),
    ) {
        let one = |count| NonZeroU64::new(count).unwrap();
        let mut bucket = Bucket::new(one(1_000_000_000), one(10), 1000);
        prop_assert_eq!(bucket.take(1000, 10).bytes, 10);
        for time in times {
            prop_assert_eq!(bucket.take(time, 1).bytes, 0);
        }
        bucket.give_back(3);
        prop_assert_eq!(bucket.take(0, 10).bytes, 3);
        bucket.change(1000, one(1_000_000_000), one(4));
        prop_assert_eq!(bucket.take(2000, 10).bytes, 4);
    }
}
