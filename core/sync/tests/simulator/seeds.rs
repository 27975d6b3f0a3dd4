//! Which seeds are run. Owns the share of every test run and the time of long ones.

use std::time::Instant;

use crate::world::World;

/// One seed, from the first deed to the last look.
pub(crate) fn run(seed: u64) -> World {
    let mut world = World::new(seed);
    world.live();
    world.quieten();
    world.agree();
    world
}

#[test]
fn nothing_is_lost_whatever_happens() {
    let first: u64 = number("ALBUMEN_SEED").unwrap_or(0);
    let count: u64 = number("ALBUMEN_SEEDS").unwrap_or(2_000);
    let began = Instant::now();
    for seed in first..first + count {
        run(seed);
    }
    let rate = count as f64 / began.elapsed().as_secs_f64();
    println!("seeds {count} ({rate:.0}/s)");
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

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}
