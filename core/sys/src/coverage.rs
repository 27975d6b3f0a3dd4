//! Counters that the compiler puts at each branch when it is asked to (`.ci/counted`): a byte each,
//! one run of them a code unit, told of before `main`. Owns reading and clearing them; does not
//! know what for. Without such a build there are none.

use std::sync::{Mutex, PoisonError};

/// First byte and length of each run of counters.
static RUNS: Mutex<Vec<(usize, usize)>> = Mutex::new(Vec::new());

/// Tells each branch that was taken since the last call, by its number and how often (at most 255,
/// and then from the start), and clears all counters. For one thread at a time: what others run
/// meanwhile is counted, or lost.
pub fn taken(mut tell: impl FnMut(usize, u8)) {
    let runs = RUNS.lock().unwrap_or_else(PoisonError::into_inner);
    let mut number = 0;
    for &(first, length) in runs.iter() {
        for offset in 0..length {
            let counter = (first + offset) as *mut u8;
            // SAFETY: `first` and `length` are those of a static array of bytes that the compiler
            // made for counters; it lives as long as the program. A volatile access is not
            // reordered with the counting; a race can make a count wrong and nothing else, since
            // every byte is a count.
            let count = unsafe { counter.read_volatile() };
            if count > 0 {
                tell(number + offset, count);
                // SAFETY: as above.
                unsafe { counter.write_volatile(0) };
            }
        }
        number += length;
    }
}

/// Called by code that the compiler makes, once for each code unit.
///
/// # Safety
/// From `start` to `stop` lie counters that nobody frees.
#[cfg(albumen_counted)]
#[unsafe(no_mangle)]
unsafe extern "C" fn __sanitizer_cov_8bit_counters_init(start: *mut u8, stop: *mut u8) {
    let mut runs = RUNS.lock().unwrap_or_else(PoisonError::into_inner);
    let (first, end) = (start as usize, stop as usize);
    if !runs.iter().any(|&(known, _)| known == first) {
        runs.push((first, end.saturating_sub(first)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_told_once() {
        let counters: &'static mut [u8] = Vec::from([0, 3, 0, 255]).leak();
        RUNS.lock().unwrap().push((counters.as_mut_ptr() as usize, counters.len()));
        let mut told = Vec::new();
        taken(|_, count| told.push(count));
        assert!(told.ends_with(&[3, 255]), "{told:?}");
        taken(|number, count| assert!(count < 3, "{number} is told again"));
    }
}
