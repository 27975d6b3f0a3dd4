//! The suites: what each runs, and how long it may take on two cores.
//!
//! A budget covers running, not the first build. A suite over its budget is ended and has failed.

use std::time::Duration;

use clap::ValueEnum;

use crate::artifact::Program;

/// When a suite runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Stage {
    /// `make test`: before every change.
    Test,
    /// `make prove`: heavier, when there is time.
    Prove,
    /// `make prove ONLY=fuzz`: programs that count their branches.
    Fuzz,
}

/// What a suite consists of.
pub(crate) enum Work {
    /// Commands in a folder, relative to the top; each counts as one test unless it tells its own
    /// number.
    Commands { folder: &'static str, commands: &'static [&'static [&'static str]] },
    /// The test programs of the workspace that this chooses.
    Programs(fn(&Program) -> bool),
    /// The same, with a PostgreSQL server for them.
    OnPostgres(fn(&Program) -> bool),
    /// Their fuzz targets alone, one at a time: counters belong to the whole program.
    Targets(fn(&Program) -> bool),
}

/// How the tests that are fuzz targets begin.
pub(crate) const TARGET: &str = "fuzz_";

/// A named part of the checks.
pub(crate) struct Suite {
    pub(crate) name: &'static str,
    pub(crate) stage: Stage,
    pub(crate) budget: Duration,
    pub(crate) work: Work,
}

impl Suite {
    /// Whether it runs programs that can be asked for some of their tests.
    pub(crate) fn has_test_programs(&self) -> bool {
        !matches!(self.work, Work::Commands { .. })
    }
}

/// Every suite, in the order in which they run: quick to fail first.
pub(crate) const SUITES: &[Suite] = &[
    Suite {
        name: "tidy",
        stage: Stage::Test,
        budget: Duration::from_secs(30),
        work: Work::Programs(|program| program.is("tests", "tidy")),
    },
    Suite {
        name: "lint",
        stage: Stage::Test,
        // Checks and fetches every dependency anew on a fresh clone; seconds after that.
        budget: Duration::from_secs(280),
        work: Work::Commands { folder: "", commands: &[&["make", "--no-print-directory", "lint"]] },
    },
    Suite {
        name: "ui",
        stage: Stage::Test,
        // Most of it in a browser: every screen by axe and by keyboard.
        budget: Duration::from_secs(180),
        work: Work::Commands {
            folder: "ui",
            commands: &[&["npm", "run", "check"], &["npm", "test"]],
        },
    },
    Suite {
        name: "unit",
        stage: Stage::Test,
        budget: Duration::from_secs(320),
        work: Work::Programs(Program::is_unit),
    },
    Suite {
        name: "postgres",
        stage: Stage::Test,
        // What `unit` tells of SQLite, told of the other database.
        budget: Duration::from_secs(450),
        work: Work::OnPostgres(|program| {
            let on_either = ["core/db", "core/hosting", "core/tokens"];
            let of_either = on_either.iter().any(|core| program.folder.ends_with(core));
            program.kind == "test" && of_either || program.is("tests", "cloud")
        }),
    },
    Suite {
        name: "scenarios",
        stage: Stage::Test,
        budget: Duration::from_secs(300),
        work: Work::Programs(|program| {
            ["scenarios", "cloud"].iter().any(|target| program.is("tests", target))
        }),
    },
    Suite {
        name: "e2e",
        stage: Stage::Test,
        budget: Duration::from_secs(230),
        work: Work::Programs(|program| program.is("tests", "e2e")),
    },
    Suite {
        name: "prove",
        stage: Stage::Prove,
        budget: Duration::from_secs(3600),
        work: Work::Programs(Program::is_proof),
    },
    Suite {
        name: "fuzz",
        stage: Stage::Fuzz,
        // Targets end by themselves, after the time that was asked for; this is for one that hangs.
        budget: Duration::from_secs(24 * 3600),
        work: Work::Targets(Program::has_targets),
    },
];

#[test]
fn the_budgets_of_make_test_are_below_half_an_hour() {
    let all: Duration =
        SUITES.iter().filter(|suite| suite.stage == Stage::Test).map(|suite| suite.budget).sum();
    assert!(all <= Duration::from_secs(30 * 60), "{all:?}");
}

#[test]
fn suites_have_names_of_their_own() {
    let mut names: Vec<&str> = SUITES.iter().map(|suite| suite.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), SUITES.len());
}
