//! One target held against inputs: the known ones first, then mutations, until time or count is up.

use std::{
    collections::HashMap,
    fmt,
    io::Write,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::PathBuf,
    time::{Duration, Instant},
};

use albumen_sys::coverage;
use rand::{SeedableRng, rngs::StdRng};

use crate::{corpus, mutate};

/// The seed of the share that is the same in every run.
const SEED: u64 = 20_261_127;

/// When a hunt ends: at whichever comes first.
pub(crate) struct Limit {
    pub(crate) runs: u64,
    pub(crate) time: Duration,
}

/// A target and where its inputs are.
pub(crate) struct Hunt<'a, T> {
    pub(crate) name: &'a str,
    pub(crate) target: T,
    /// Inputs that broke it once.
    pub(crate) kept: PathBuf,
    /// Inputs that earlier hunts found worth mutating.
    pub(crate) grown: Option<PathBuf>,
    pub(crate) limit: Limit,
    /// Whether chance differs from run to run.
    pub(crate) fresh: bool,
}

/// What a hunt did.
pub(crate) struct Told<'a> {
    name: &'a str,
    runs: u64,
    took: Duration,
    inputs: usize,
    branches: usize,
}

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let each_second = self.runs as f64 / self.took.as_secs_f64().max(0.001);
        let Self { name, runs, inputs, branches, .. } = self;
        write!(f, "fuzz {name:<24} {runs:>9} runs {each_second:>9.0}/s {inputs:>6} inputs ")?;
        match branches {
            0 => f.write_str("(without counters)"),
            _ => write!(f, "{branches:>6} branches"),
        }
    }
}

impl<'a, T: Fn(&[u8])> Hunt<'a, T> {
    /// Goes on until its limit.
    ///
    /// # Panics
    /// As the target does, or when a folder of inputs cannot be read or written.
    pub(crate) fn run(&mut self, seeds: &[&[u8]]) -> Told<'a> {
        let start = Instant::now();
        let mut seen = Seen::default();
        let mut inputs: Vec<Vec<u8>> = seeds.iter().map(|seed| seed.to_vec()).collect();
        let earlier = self.grown.iter().chain([&self.kept]).flat_map(|folder| {
            corpus::read(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()))
        });
        inputs.extend(earlier);
        for input in &inputs {
            self.once(input);
            seen.grows();
        }
        let mut random = match self.fresh {
            true => StdRng::from_rng(&mut rand::rng()),
            false => StdRng::seed_from_u64(SEED),
        };
        let mut runs = inputs.len() as u64;
        while runs < self.limit.runs && start.elapsed() < self.limit.time {
            let input = mutate::mutated(&mut random, &inputs);
            self.once(&input);
            runs += 1;
            if seen.grows() {
                if let Some(folder) = &self.grown {
                    corpus::keep(folder, &input).expect("the folder of grown inputs takes files");
                }
                inputs.push(input);
            }
        }
        let (inputs, branches) = (inputs.len(), seen.branches());
        Told { name: self.name, runs, took: start.elapsed(), inputs, branches }
    }

    /// One run; what breaks the target is shortened and kept before the panic goes on.
    fn once(&self, input: &[u8]) {
        let Err(panic) = self.caught(input) else { return };
        let quiet = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        let short = mutate::shortened(input, |piece| self.caught(piece).is_err());
        std::panic::set_hook(quiet);
        let name = corpus::keep(&self.kept, &short).expect("the folder of kept inputs takes files");
        let place = self.kept.join(name);
        say(&format!("fuzz {}: broken by {}", place.display(), short.escape_ascii()));
        resume_unwind(panic);
    }

    fn caught(&self, input: &[u8]) -> std::thread::Result<()> {
        catch_unwind(AssertUnwindSafe(|| (self.target)(input)))
    }
}

/// Whoever reads standard error may have gone: the panic says the rest.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Branches that were taken, and how often, by powers of two: an input that goes round a loop far
/// more often is one to go on from as well.
#[derive(Default)]
struct Seen(HashMap<usize, u8>);

impl Seen {
    /// Whether the run that just ended took a way that none before it did.
    fn grows(&mut self) -> bool {
        let mut grows = false;
        coverage::taken(|branch, count| {
            let mark = 1 << count.ilog2();
            let marks = self.0.entry(branch).or_default();
            grows |= *marks & mark == 0;
            *marks |= mark;
        });
        grows
    }

    fn branches(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hunt<T: Fn(&[u8])>(folder: &tempfile::TempDir, target: T, runs: u64) -> Hunt<'_, T> {
        let kept = folder.path().join("kept");
        let limit = Limit { runs, time: Duration::from_secs(20) };
        Hunt { name: "test", target, kept, grown: None, limit, fresh: false }
    }

    #[test]
    fn what_breaks_a_target_is_found_shortened_and_tried_first_from_then_on() {
        let folder = tempfile::tempdir().unwrap();
        let breaks = |bytes: &[u8]| assert!(!bytes.contains(&b'%'), "an escape");
        let found = catch_unwind(AssertUnwindSafe(|| {
            hunt(&folder, breaks, 5_000).run(&[b"a harmless example"]);
        }));
        assert!(found.is_err());
        assert_eq!(corpus::read(&folder.path().join("kept")).unwrap(), [b"%"]);
        let again = catch_unwind(AssertUnwindSafe(|| hunt(&folder, breaks, 0).run(&[b"a"])));
        assert!(again.is_err(), "the kept input is tried without any mutation");
    }

    #[test]
    fn a_sound_target_is_run_as_often_as_asked() {
        let folder = tempfile::tempdir().unwrap();
        let runs = std::cell::Cell::new(0);
        let told = hunt(&folder, |_: &[u8]| runs.set(runs.get() + 1), 500).run(&[b"a", b"b"]);
        assert_eq!((told.runs, runs.get()), (500, 500));
    }
}
