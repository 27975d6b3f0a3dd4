//! What a program costs: seconds, CPU seconds and the most memory it held.
//!
//! The operating system adds up the children of a process, so each measured program gets a parent
//! of its own: the measuring program starts itself once more, with [`SHIM`] as its first argument.

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use serde::{Deserialize, Serialize};

/// The first argument that makes [`shim`] take over.
pub const SHIM: &str = "--measure-into";

/// The cost of one run of one program, its own children included.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub struct Cost {
    /// From start to end.
    pub seconds: f64,
    /// User and system time of all threads.
    pub cpu_seconds: f64,
    /// The largest resident memory of any one process.
    pub peak_rss_bytes: u64,
    /// Zero for success; absent when a signal ended it.
    pub exit_code: Option<i32>,
}

/// Why a program could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The program, or the measuring program itself, could not be started.
    #[error("Program cannot be measured: {program}")]
    Start {
        /// What was to run.
        program: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// One of those compared did not do its work.
    #[error("Contestant failed: {who} (round {round}, exit code {exit_code:?})")]
    Failed {
        /// What it is called.
        who: String,
        /// The round, from 0.
        round: usize,
        /// Absent when a signal ended it.
        exit_code: Option<i32>,
    },
    /// The measuring program left no figures behind.
    #[error("No figures for: {program}")]
    NoFigures {
        /// What was to run.
        program: String,
    },
}

/// Runs a command to its end. Only for programs whose `main` calls [`shim`] first; see
/// [`measure_by`] for all others.
///
/// # Errors
/// When it cannot be started; a program that fails is a [`Cost`] with its exit code.
pub fn measure(command: &Command) -> Result<Cost, Error> {
    let this = std::env::current_exe().map_err(|source| Error::Start {
        program: command.get_program().display().to_string(),
        source,
    })?;
    measure_by(&this, command)
}

/// Runs a command to its end below `measuring`, a program whose `main` calls [`shim`] first: from a
/// test, `bench`.
///
/// # Errors
/// When it cannot be started; a program that fails is a [`Cost`] with its exit code.
pub fn measure_by(measuring: &Path, command: &Command) -> Result<Cost, Error> {
    let program = command.get_program().display().to_string();
    let started = |source| Error::Start { program: program.clone(), source };
    let figures = tempfile::NamedTempFile::new().map_err(started)?;
    let mut parent = Command::new(measuring);
    parent.arg(SHIM).arg(figures.path()).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => parent.env(name, value),
            None => parent.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        parent.current_dir(folder);
    }
    // Standard output is the caller's report; what the measured program prints is not part of it.
    parent.stdin(Stdio::null()).stdout(Stdio::null()).status().map_err(started)?;
    let text = std::fs::read(figures.path()).map_err(started)?;
    serde_json::from_slice(&text).map_err(|_| Error::NoFigures { program })
}

/// One of those that do the same work for a comparison.
pub struct Contestant<'a> {
    /// What it is called in the figures.
    pub who: &'a str,
    /// The command for a round (0, 1...): each must do the whole work anew.
    pub command: Box<dyn Fn(usize) -> Command + 'a>,
}

/// How one contestant fared over all rounds.
#[derive(Clone, Debug, Serialize)]
pub struct Standing {
    /// What it is called.
    pub who: String,
    /// The middle one of the rounds.
    pub seconds: f64,
    /// The middle one of the rounds.
    pub cpu_seconds: f64,
    /// The highest of the rounds.
    pub peak_rss_bytes: u64,
    /// What the program on the other side spent meanwhile; the middle one of the rounds.
    pub beside_cpu_seconds: f64,
    /// Every round, in order.
    pub rounds: Vec<Cost>,
}

/// Lets all do the same work, turn by turn, so that a noisy minute hits none of them alone.
///
/// # Errors
/// When one cannot be started, or ends with anything but success: its seconds would mean nothing.
pub fn contest(contestants: &[Contestant<'_>], rounds: usize) -> Result<Vec<Standing>, Error> {
    contest_beside(contestants, rounds, &|| 0.0)
}

/// The same, and what a program beside them spent in each turn: `beside` tells the CPU seconds that
/// it has spent so far.
///
/// # Errors
/// As [`contest`].
pub fn contest_beside(
    contestants: &[Contestant<'_>],
    rounds: usize,
    beside: &dyn Fn() -> f64,
) -> Result<Vec<Standing>, Error> {
    let mut turns: Vec<Vec<(Cost, f64)>> = vec![Vec::new(); contestants.len()];
    for round in 0..rounds {
        for (contestant, turns) in contestants.iter().zip(&mut turns) {
            let command = (contestant.command)(round);
            let before = beside();
            let cost = measure(&command)?;
            let spent = beside() - before;
            if cost.exit_code != Some(0) {
                let (who, exit_code) = (contestant.who.to_owned(), cost.exit_code);
                return Err(Error::Failed { who, round, exit_code });
            }
            turns.push((cost, spent));
        }
    }
    Ok(contestants.iter().zip(turns).map(|(c, turns)| standing(c.who, turns)).collect())
}

fn standing(who: &str, turns: Vec<(Cost, f64)>) -> Standing {
    let of = |figure: fn(&(Cost, f64)) -> f64| {
        median(&turns.iter().map(figure).collect::<Vec<_>>()).unwrap_or_default()
    };
    Standing {
        who: who.to_owned(),
        seconds: of(|(cost, _)| cost.seconds),
        cpu_seconds: of(|(cost, _)| cost.cpu_seconds),
        peak_rss_bytes: turns.iter().map(|(cost, _)| cost.peak_rss_bytes).max().unwrap_or(0),
        beside_cpu_seconds: of(|(_, spent)| *spent),
        rounds: turns.into_iter().map(|(cost, _)| cost).collect(),
    }
}

/// The other half of [`measure`]: absent when the arguments do not ask for it.
pub fn shim() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_none_or(|first| first != SHIM) {
        return None;
    }
    let into = arguments.next()?;
    let mut command = Command::new(arguments.next()?);
    command.args(arguments);
    Some(match run_only_child(&mut command) {
        Ok(cost) => {
            let text = serde_json::to_vec(&cost).expect("numbers can be written as JSON");
            let written = std::fs::write(Path::new(&into), text).is_ok();
            if written { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(_) => ExitCode::FAILURE,
    })
}

fn run_only_child(command: &mut Command) -> std::io::Result<Cost> {
    let start = Instant::now();
    let status = command.status()?;
    let seconds = start.elapsed().as_secs_f64();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let time = |value: nix::sys::time::TimeVal| {
        std::time::Duration::new(
            u64::try_from(value.tv_sec()).unwrap_or_default(),
            u32::try_from(value.tv_usec()).unwrap_or_default() * 1000,
        )
        .as_secs_f64()
    };
    // Kilobytes on Linux, bytes on macOS.
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    Ok(Cost {
        seconds,
        cpu_seconds: time(usage.user_time()) + time(usage.system_time()),
        peak_rss_bytes: u64::try_from(usage.max_rss()).unwrap_or_default() * unit,
        exit_code: status.code(),
    })
}

/// The middle one of several figures (of the two in the middle, the smaller); absent for none.
pub fn median(figures: &[f64]) -> Option<f64> {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len().checked_sub(1)? / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        let cases: [(&[f64], Option<f64>); 5] = [
            (&[], None),
            (&[3.0], Some(3.0)),
            (&[3.0, 1.0], Some(1.0)),
            (&[9.0, 1.0, 5.0], Some(5.0)),
            (&[4.0, 1.0, 3.0, 2.0], Some(2.0)),
        ];
        for (figures, middle) in cases {
            assert_eq!(median(figures), middle, "{figures:?}");
        }
    }

    #[test]
    fn cost_is_that_of_the_child() {
        let mut command = Command::new("sh");
        command.args(["-c", "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; exit 3"]);
        let cost = run_only_child(&mut command).expect("sh runs");
        assert_eq!(cost.exit_code, Some(3));
        assert!(cost.cpu_seconds > 0.01, "{cost:?}");
        assert!(cost.peak_rss_bytes > 500_000, "{cost:?}");
    }
}
