//! Which seeds are run. Owns the share of every test run and the time of long ones, and the line
//! that says what came of them.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use albumen_sync::{Chance, SystemChance};

use crate::world::World;

/// Seeds of a run for which nobody said otherwise.
const SHARE: u64 = 1_000;

/// One seed, from the first deed to the last look.
pub(crate) fn run(seed: u64) -> World {
    let mut world = World::new(seed);
    world.live();
    world.quieten();
    world.agree();
    world
}

/// How long, and from which seed on.
struct Bounds {
    first: u64,
    count: u64,
    until: Option<Instant>,
}

impl Bounds {
    /// As the surroundings say: so many minutes from a seed of the moment, or so many seeds.
    fn told() -> Self {
        let first = number("ALBUMEN_SEED");
        let minutes = number("ALBUMEN_MINUTES");
        let of_the_moment = minutes.map(|_| SystemChance.below(1 << 40));
        Self {
            first: first.or(of_the_moment).unwrap_or(0),
            count: number("ALBUMEN_SEEDS").unwrap_or(minutes.map_or(SHARE, |_| u64::MAX >> 1)),
            until: minutes.map(|minutes| Instant::now() + Duration::from_secs(minutes * 60)),
        }
    }

    fn go_on(&self, done: u64) -> bool {
        done < self.count && self.until.is_none_or(|until| Instant::now() < until)
    }
}

#[test]
fn nothing_is_lost_whatever_happens() {
    let bounds = Bounds::told();
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let (next, violations) = (AtomicU64::new(0), AtomicU64::new(0));
    let began = Instant::now();
    let work = || {
        loop {
            let done = next.fetch_add(1, Ordering::Relaxed);
            if !bounds.go_on(done) {
                next.fetch_sub(1, Ordering::Relaxed);
                return;
            }
            let seed = bounds.first + done;
            if catch_unwind(AssertUnwindSafe(|| run(seed))).is_err() {
                violations.fetch_add(1, Ordering::Relaxed);
            }
        }
    };
    thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    let (seeds, bad) = (next.into_inner(), violations.into_inner());
    let rate = seeds as f64 / began.elapsed().as_secs_f64() / threads as f64;
    println!("violations {bad}, seeds {seeds} from {} ({rate:.0}/s/core)", bounds.first);
    assert_eq!(bad, 0, "each is told above; ALBUMEN_SEED=n ALBUMEN_SEEDS=1 tells one again");
}

#[test]
fn the_same_seed_is_the_same_run() {
    for seed in 0..50 {
        let (one, other) = (run(seed), run(seed));
        assert_eq!(one.ledger.trace(), other.ledger.trace(), "seed {seed}");
        assert_eq!(one.cloud.calls(), other.cloud.calls(), "seed {seed}");
        assert_eq!(one.cloud.files(), other.cloud.files(), "seed {seed}");
    }
}

/// Which of so many calls are tried: all of them where there is time, else every third, another
/// third for each trouble.
pub(crate) fn share(which: usize, calls: u64) -> impl Iterator<Item = u64> {
    let all = number("ALBUMEN_MINUTES").is_some();
    let (first, step) = if all { (0, 1) } else { (which % 3, 3) };
    (first as u64..calls).step_by(step)
}

#[allow(clippy::disallowed_methods, reason = "how many worlds, and which, is said from outside")]
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}
