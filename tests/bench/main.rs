//! Figures, not tests: how fast, how much memory, beside what others need for the same in the same
//! run.
//!
//! Each figure writes `target/bench/<name>.json`. It fails when it cannot be measured, never
//! because a number is bad: that is for the reader to judge.

mod data;
mod figure;
mod grid;
mod ground;
mod proxy;
mod rescan;
mod service;
mod upload;

use std::io::Write;
use std::process::ExitCode;

use figure::{FIGURES, Machine};

fn main() -> ExitCode {
    if let Some(code) = albumen_tests::measure::shim() {
        return code;
    }
    let only = std::env::args().nth(1);
    let mut out = std::io::stdout().lock();
    let chosen: Vec<_> =
        FIGURES.iter().filter(|f| only.as_deref().is_none_or(|name| name == f.name)).collect();
    if chosen.is_empty() {
        let names: Vec<&str> = FIGURES.iter().map(|figure| figure.name).collect();
        drop(writeln!(out, "No such figure; there are: {}", names.join(", ")));
        return ExitCode::from(2);
    }
    let machine = Machine::look();
    let mut all_fine = true;
    for figure in chosen {
        drop(writeln!(out, "{}: {}", figure.name, figure.about));
        match figure.take(&machine, &mut out) {
            Ok(path) => drop(writeln!(out, "  written to {}", path.display())),
            Err(e) => {
                all_fine = false;
                drop(writeln!(out, "  could not be measured: {e}"));
            }
        }
    }
    if all_fine { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
