//! Chance in the simulated world, the same for the same seed. Owns how a seed becomes choices.

use albumen_sync::disk::simulated::chance;

/// Throws that follow from a seed.
pub(crate) struct Dice(Box<dyn FnMut(u64) -> u64 + Send>);

impl Dice {
    /// Seeds that differ little differ at once.
    pub(crate) fn new(seed: u64) -> Self {
        let mut below = chance(seed.wrapping_add(0x9e37_79b9_7f4a_7c15).rotate_left(17) ^ seed);
        for _ in 0..4 {
            below(u64::MAX);
        }
        Self(Box::new(below))
    }

    /// A number below this one, which is not 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        (self.0)(bound)
    }

    /// Whether one of two came up.
    pub(crate) fn toss(&mut self) -> bool {
        self.below(2) == 0
    }

    /// One of these, of which there is one at least.
    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[usize::try_from(self.below(from.len() as u64)).unwrap()]
    }

    /// The throws as the disk wants them.
    pub(crate) fn throws(&mut self) -> &mut dyn FnMut(u64) -> u64 {
        &mut self.0
    }
}
