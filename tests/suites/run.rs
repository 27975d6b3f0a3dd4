//! Runs one suite: its programs one after the other, all they say in a log, an end when time is up.

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use albumen_tests::postgres::{self, PostgresServer};
use albumen_tests::process::{Mark, SUITE_MARK};
use albumen_tests::programs::{output_folder, workspace_folder};
use albumen_tests::secrets::{self, Secrets};

use crate::artifact::Program;
use crate::left::{self, Arguments};
use crate::table::{Suite, TARGET, Work};
use crate::tally::Tally;

/// How often a running program is looked at.
const POLL: Duration = Duration::from_millis(50);
/// How often the arguments of what it started are: that reads all of `/proc`.
const LOOK: Duration = Duration::from_millis(500);
/// How long programs whose time is up have to end by themselves.
const END_PATIENCE: Duration = Duration::from_secs(2);
/// How much of a failed program's log is shown; all of it stays in the file.
const TAIL_LINES: usize = 150;

/// How a suite ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed,
    Failed,
    /// Ended because its budget was used up.
    OverBudget,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Passed => "ok",
            Self::Failed => "FAILED",
            Self::OverBudget => "OVER BUDGET",
        })
    }
}

/// What came of one suite.
pub(crate) struct SuiteResult {
    pub(crate) outcome: Outcome,
    pub(crate) budget: Duration,
    pub(crate) took: Duration,
    tally: Tally,
    /// Logs of what did not pass.
    failed_logs: Vec<PathBuf>,
}

impl SuiteResult {
    /// Tests that passed.
    pub(crate) fn passed(&self) -> u64 {
        self.tally.passed
    }

    /// Tests that failed; one at least when the suite did.
    pub(crate) fn failed(&self) -> u64 {
        self.tally.failed.max(u64::from(self.outcome != Outcome::Passed))
    }

    /// The last lines of what failed.
    pub(crate) fn tail(&self) -> std::io::Result<String> {
        let mut text = String::new();
        for path in &self.failed_logs {
            let log = String::from_utf8_lossy(&std::fs::read(path)?).into_owned();
            let lines: Vec<&str> = log.lines().collect();
            let skipped = lines.len().saturating_sub(TAIL_LINES);
            let shown = lines[skipped..].join("\n");
            text.push_str(&format!("--- {} ({skipped} lines before)\n{shown}\n", path.display()));
        }
        Ok(text)
    }
}

impl fmt::Display for SuiteResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (took, outcome) = (self.took.as_secs_f64(), self.outcome);
        write!(f, "{outcome}, {took:.1} s, {} passed, {} failed", self.passed(), self.failed())
    }
}

/// Runs a suite to its end or to that of its budget.
pub(crate) fn suite(
    suite: &Suite,
    budget: Duration,
    programs: &[Program],
    filter: Option<&str>,
) -> std::io::Result<SuiteResult> {
    let start = Instant::now();
    let mut result = SuiteResult {
        outcome: Outcome::Passed,
        budget,
        took: Duration::ZERO,
        tally: Tally::default(),
        failed_logs: Vec::new(),
    };
    let server = matches!(suite.work, Work::OnPostgres(_)).then(PostgresServer::start);
    let mut steps = steps(suite, programs, filter);
    if let Some(server) = &server {
        for step in &mut steps {
            step.env(postgres::ADDRESS, server.address());
            step.env(postgres::AUTHORITIES, server.certificate());
        }
    }
    if steps.is_empty() {
        return Err(std::io::Error::other(format!("Suite has no tests: {}", suite.name)));
    }
    let folder = output_folder("suites");
    let noted = folder.join("secrets");
    forget(&noted)?;
    let of_sources = in_tests(workspace_folder())?;
    let last = steps.len() - 1;
    for (number, mut step) in steps.into_iter().enumerate() {
        let log = folder.join(format!("{}-{number}.log", suite.name));
        step.env(secrets::FILE, &noted);
        let mut arguments = Arguments::default();
        let left = budget.saturating_sub(start.elapsed());
        let outcome = run(&mut step, &log, left, &mut arguments)?;
        let output = String::from_utf8_lossy(&std::fs::read(&log)?).into_owned();
        let by_exit = Tally { passed: u64::from(outcome == Outcome::Passed), failed: 0 };
        result.tally = result.tally.plus(Tally::read(&output).unwrap_or(by_exit));
        let secrets = Secrets::noted(&noted)?.and(&of_sources);
        // It keeps what each program wrote, and there is much of it: looked through once.
        let beside = server.as_ref().filter(|_| number == last).map(PostgresServer::at_rest);
        let told = left::tells(&log, &arguments, beside, &secrets)?;
        let outcome = if told && outcome == Outcome::Passed { Outcome::Failed } else { outcome };
        if outcome != Outcome::Passed {
            result.failed_logs.push(log);
            result.outcome = outcome;
        }
        if outcome == Outcome::OverBudget {
            break;
        }
    }
    forget(&noted)?;
    result.took = start.elapsed();
    Ok(result)
}

/// Secrets that stand in the sources of tests.
fn in_tests(top: &Path) -> std::io::Result<Secrets> {
    let mut secrets = Secrets::default();
    let of_crates = std::fs::read_dir(top.join("core"))?.flatten();
    let folders = of_crates.map(|entry| entry.path().join("tests")).chain([top.join("tests")]);
    for path in folders.flat_map(|folder| secrets::files(&folder)) {
        if path.extension().is_some_and(|extension| extension == "rs") {
            secrets = secrets.with_source(&std::fs::read_to_string(path)?);
        }
    }
    Ok(secrets)
}

/// Removes the file of secrets, if it is there.
fn forget(noted: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(noted) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// The commands of a suite, in order.
fn steps(suite: &Suite, programs: &[Program], filter: Option<&str>) -> Vec<Command> {
    match &suite.work {
        Work::Commands { folder, commands } => {
            let folder = workspace_folder().join(folder);
            let in_folder = |words: &&[&str]| {
                let mut command = Command::new(words[0]);
                command.args(&words[1..]).current_dir(&folder);
                command
            };
            commands.iter().map(in_folder).collect()
        }
        Work::Programs(chosen) | Work::OnPostgres(chosen) | Work::Targets(chosen) => {
            let of_program = |program: &Program| {
                let mut command = Command::new(&program.path);
                command.current_dir(&program.folder);
                match &suite.work {
                    Work::Targets(_) => {
                        command.args([filter.unwrap_or(TARGET), "--test-threads=1"]);
                    }
                    _ => {
                        command.args(filter);
                    }
                }
                command.env("CARGO_MANIFEST_DIR", &program.folder);
                command
            };
            programs.iter().filter(|program| chosen(program)).map(of_program).collect()
        }
    }
}

/// Runs one command within what is left of the budget, and looks at what it starts.
fn run(
    command: &mut Command,
    log: &Path,
    left: Duration,
    arguments: &mut Arguments,
) -> std::io::Result<Outcome> {
    let file = File::create(log)?;
    let mark =
        Mark { name: SUITE_MARK, value: format!("{}-{}", std::process::id(), log.display()) };
    command.env(mark.name, &mark.value).env("NO_COLOR", "1").env_remove("CARGO_TERM_COLOR");
    command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
    let start = Instant::now();
    let mut child = command.spawn()?;
    let mut looked = start;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break Some(status);
        }
        if start.elapsed() >= left {
            break None;
        }
        if looked.elapsed() >= LOOK {
            arguments.look(&mark);
            looked = Instant::now();
        }
        std::thread::sleep(POLL);
    };
    // Also after a test program that ended: what it left behind would disturb the next one.
    mark.end(END_PATIENCE);
    drop(child.wait());
    Ok(match status {
        None => Outcome::OverBudget,
        Some(status) if status.success() => Outcome::Passed,
        Some(_) => Outcome::Failed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_hangs_is_ended_with_its_children() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 60 & sleep 60"]);
        let start = Instant::now();
        let (log, left) = (folder.path().join("log"), Duration::from_millis(300));
        let outcome = run(&mut command, &log, left, &mut Arguments::default());
        assert_eq!(outcome.expect("sh starts"), Outcome::OverBudget);
        assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    }

    #[test]
    fn secrets_of_tests_are_known_by_their_source() {
        assert!(in_tests(workspace_folder()).expect("our own tree") != Secrets::default());
    }

    #[test]
    fn the_exit_code_decides() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (script, expected) in [("exit 0", Outcome::Passed), ("exit 1", Outcome::Failed)] {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            let (log, left) = (folder.path().join("log"), Duration::from_secs(20));
            let outcome = run(&mut command, &log, left, &mut Arguments::default());
            assert_eq!(outcome.expect("sh starts"), expected, "{script}");
        }
    }
}
