//! The schedule as a person writes it, one rule a line:
//! `mon-fri 08:00-18:00 up 500K down 2M`, `sat,sun 22:00-06:00 pause`, `daily 00:00-24:00 up none`.
//! Owns parsing and printing; what is printed is parsed to the same.

use std::{fmt, str::FromStr};

use thiserror::Error;

use super::{
    rate::{Rate, RateError},
    week::{DAY_MINUTES, Days, Effect, Week, WeekRule},
};

const DAY_NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const EVERY_DAY: &str = "daily";
const PAUSE: &str = "pause";
const COMMENT: char = '#';

/// A line that is no rule.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("Line {line}: {mistake}")]
pub struct WeekError {
    /// Which, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub mistake: WeekMistake,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WeekMistake {
    /// Days, window and effect are not all there.
    #[error("A rule is written as: mon-fri 08:00-18:00 up 500K")]
    Form,
    /// No day is called so.
    #[error("No such day: {0}")]
    Day(String),
    /// Not two times of a day, or the same one twice.
    #[error("Not a window of time: {0}")]
    Window(String),
    /// Neither `up`, `down` nor `pause`.
    #[error("Not an effect: {0}")]
    Effect(String),
    /// A direction is limited twice.
    #[error("Said twice: {0}")]
    Twice(String),
    /// Not a rate.
    #[error(transparent)]
    Rate(#[from] RateError),
}

impl FromStr for Week {
    type Err = WeekError;

    /// Blank lines, and what follows a `#`, are left out.
    fn from_str(text: &str) -> Result<Self, WeekError> {
        let mut rules = Vec::new();
        for (line, text) in (1..).zip(text.lines()) {
            let text = text.split(COMMENT).next().unwrap_or_default().trim();
            if !text.is_empty() {
                rules.push(rule(text).map_err(|mistake| WeekError { line, mistake })?);
            }
        }
        Ok(Self { rules })
    }
}

fn rule(text: &str) -> Result<WeekRule, WeekMistake> {
    let mut words = text.split_whitespace();
    let mut word = || words.next().ok_or(WeekMistake::Form);
    let days = days(&word()?.to_ascii_lowercase())?;
    let (from, to) = window(word()?)?;
    let first = word()?;
    let effect = effect(std::iter::once(first).chain(words))?;
    Ok(WeekRule { days, from, to, effect })
}

fn days(text: &str) -> Result<Days, WeekMistake> {
    if text == EVERY_DAY {
        return Ok(Days::ALL);
    }
    let number = |name: &str| {
        let found = (0_u8..).zip(DAY_NAMES).find(|(_, known)| *known == name);
        found.map(|(number, _)| number).ok_or_else(|| WeekMistake::Day(name.to_owned()))
    };
    let mut all = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (mut day, last) = (number(first)?, number(last)?);
        all.push(day);
        while day != last {
            day = (day + 1) % 7;
            all.push(day);
        }
    }
    Ok(Days::of(all))
}

fn window(text: &str) -> Result<(u16, u16), WeekMistake> {
    let wrong = || WeekMistake::Window(text.to_owned());
    let (from, to) = text.split_once('-').ok_or_else(wrong)?;
    let (from, to) = (minute(from).ok_or_else(wrong)?, minute(to).ok_or_else(wrong)?);
    // Midnight at an end is the end of the day.
    let to = if to == 0 { DAY_MINUTES } else { to };
    if from == to || from >= DAY_MINUTES { Err(wrong()) } else { Ok((from, to)) }
}

/// `08:30`, up to `24:00`.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let number = |text: &str| {
        let plain = matches!(text.len(), 1..=2) && text.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| text.parse::<u16>().ok()).flatten()
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    let all = hour * 60 + minute;
    (minute < 60 && all <= DAY_MINUTES).then_some(all)
}

fn effect<'a>(mut words: impl Iterator<Item = &'a str>) -> Result<Effect, WeekMistake> {
    let (mut up, mut down, mut pause) = (None, None, false);
    while let Some(word) = words.next() {
        let lower = word.to_ascii_lowercase();
        let place = match lower.as_str() {
            PAUSE if !pause => {
                pause = true;
                continue;
            }
            "up" => &mut up,
            "down" => &mut down,
            PAUSE => return Err(WeekMistake::Twice(lower)),
            _ => return Err(WeekMistake::Effect(word.to_owned())),
        };
        let rate: Rate = words.next().ok_or(WeekMistake::Form)?.parse()?;
        if place.replace(rate).is_some() {
            return Err(WeekMistake::Twice(lower));
        }
    }
    match (pause, up, down) {
        (true, None, None) => Ok(Effect::Pause),
        (false, up, down) => Ok(Effect::Limits { up, down }),
        _ => Err(WeekMistake::Form),
    }
}

impl fmt::Display for Week {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rules.iter().try_for_each(|rule| writeln!(f, "{rule}"))
    }
}

impl fmt::Display for WeekRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        write!(f, "{} {}-{}", self.days, time(self.from), time(self.to))?;
        match self.effect {
            Effect::Pause => write!(f, " {PAUSE}"),
            Effect::Limits { up, down } => {
                let told = [("up", up), ("down", down)];
                let told = told.into_iter().filter_map(|(way, rate)| Some((way, rate?)));
                told.into_iter().try_for_each(|(way, rate)| write!(f, " {way} {rate}"))
            }
        }
    }
}

impl fmt::Display for Days {
    /// Three days or more in a row are a range.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::ALL {
            return f.write_str(EVERY_DAY);
        }
        let days: Vec<u8> = (0..7).filter(|day| self.has(*day)).collect();
        let name = |day: u8| DAY_NAMES[usize::from(day)];
        let parts: Vec<String> = days
            .chunk_by(|a, b| a + 1 == *b)
            .flat_map(|run| match run {
                [first, _, .., last] => vec![format!("{}-{}", name(*first), name(*last))],
                few => few.iter().map(|day| name(*day).to_owned()).collect(),
            })
            .collect();
        f.write_str(&parts.join(","))
    }
}
