//! Runs the suites one after the other, holds each to its time budget, and closes with what passed.

mod artifact;
mod left;
mod run;
mod table;
mod tally;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use albumen_tests::programs::output_folder;
use clap::{Parser, ValueEnum};

use run::Outcome;
use table::{SUITES, Stage, Suite};

/// Run the suites of a stage, each within its time budget.
#[derive(Parser)]
struct Arguments {
    /// Which suites.
    stage: Stage,
    /// What `cargo build --message-format=json` printed: the list of test programs.
    #[arg(long)]
    artifacts: PathBuf,
    /// One suite alone.
    #[arg(long)]
    only: Option<String>,
    /// Tests whose name holds this word alone; suites without such tests are left out.
    #[arg(long)]
    filter: Option<String>,
    /// Multiplies every budget: for a machine that is slow or busy with something else.
    #[arg(long, default_value_t = 1.0, env = "PATIENCE")]
    patience: f64,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut out = std::io::stdout().lock();
    match run_all(&arguments, &mut out) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(e) => {
            // Whoever reads standard output has gone: the exit code is all that is left to say.
            drop(writeln!(out, "{e}"));
            ExitCode::from(2)
        }
    }
}

/// True when everything passed within its budget.
fn run_all(arguments: &Arguments, out: &mut impl Write) -> std::io::Result<bool> {
    let programs = artifact::programs(&std::fs::read_to_string(&arguments.artifacts)?);
    let chosen: Vec<&Suite> = SUITES.iter().filter(|suite| is_chosen(suite, arguments)).collect();
    if chosen.is_empty() {
        let name = arguments.only.as_deref().unwrap_or("any");
        let stage = arguments.stage.to_possible_value();
        let stage = stage.as_ref().map_or("", |value| value.get_name());
        return Err(std::io::Error::other(format!("No such suite in `{stage}`: {name}")));
    }
    // What earlier runs left there would be taken for this one's.
    std::fs::remove_dir_all(output_folder("failures"))?;
    let mut results = Vec::new();
    for suite in chosen {
        let budget = suite.budget.mul_f64(arguments.patience);
        writeln!(out, "{:<10} ... (budget {} s)", suite.name, budget.as_secs())?;
        out.flush()?;
        let result = run::suite(suite, budget, &programs, arguments.filter.as_deref())?;
        writeln!(out, "{:<10} {result}", suite.name)?;
        if result.outcome != Outcome::Passed {
            writeln!(out, "{}", result.tail()?)?;
        }
        results.push((suite.name, result));
    }
    writeln!(out, "\n{:<10} {:>9} {:>9}  result", "suite", "budget", "took")?;
    for (name, result) in &results {
        let (budget, took) = (result.budget.as_secs(), result.took.as_secs_f64());
        writeln!(out, "{name:<10} {budget:>7} s {took:>7.1} s  {}", result.outcome)?;
    }
    let passed: u64 = results.iter().map(|(_, result)| result.passed()).sum();
    let failed: u64 = results.iter().map(|(_, result)| result.failed()).sum();
    writeln!(out, "\n{passed} passed, {failed} failed")?;
    Ok(failed == 0 && passed > 0)
}

fn is_chosen(suite: &Suite, arguments: &Arguments) -> bool {
    suite.stage == arguments.stage
        && arguments.only.as_ref().is_none_or(|only| only == suite.name)
        && (arguments.filter.is_none() || suite.has_test_programs())
}
