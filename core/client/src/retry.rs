//! When to try again. Owns the rule (full jitter, a cap, the other side's wish) and the loop around
//! a call; randomness comes in as a value.

use std::time::Duration;

use crate::Error;

/// The first ceiling of the random wait.
const BASE: Duration = Duration::from_millis(500);
/// The highest ceiling for one item.
const CAP: Duration = Duration::from_secs(60);
/// How often one call is made in all, before the caller is told.
const TRIES: u32 = 8;

/// How failed calls are repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The first ceiling; doubles with every try.
    pub base: Duration,
    /// The highest ceiling.
    pub cap: Duration,
    /// How often the call is made in all, at least once.
    pub tries: u32,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { base: BASE, cap: CAP, tries: TRIES }
    }
}

impl RetryPolicy {
    /// How long to wait after failure number `failures` (from 1): a random share of
    /// `min(cap, base * 2^(failures - 1))`, and never less than the other side asked for. `random`
    /// lies in 0.0..1.0; what lies outside is clamped.
    pub fn delay(&self, failures: u32, retry_after: Option<Duration>, random: f64) -> Duration {
        let doublings = failures.saturating_sub(1).min(20);
        let ceiling = self.base.saturating_mul(1 << doublings).min(self.cap);
        let random = if random.is_finite() { random.clamp(0.0, 1.0) } else { 1.0 };
        ceiling.mul_f64(random).max(retry_after.unwrap_or_default())
    }

    /// What follows failure number `failures`: a wait, or `None` to give up.
    pub fn after(&self, failures: u32, error: &Error, random: f64) -> Option<Duration> {
        (error.is_transient() && failures < self.tries)
            .then(|| self.delay(failures, error.retry_after(), random))
    }
}

/// Makes a call until it succeeds, fails for good, or has been tried often enough. For calls that
/// may be repeated only: reads, parts, confirm with the same key.
///
/// # Errors
/// The last failure.
pub async fn retrying<T, F, Fut>(policy: &RetryPolicy, mut call: F) -> Result<T, Error>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, Error>>,
{
    let mut failures = 0;
    loop {
        let error = match call().await {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        failures += 1;
        let Some(wait) = policy.after(failures, &error, rand::random()) else {
            return Err(error);
        };
        tracing::debug!(failures, ?wait, %error, "A call is tried again");
        tokio::time::sleep(wait).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_ceiling_doubles_up_to_the_cap() {
        let policy = RetryPolicy::default();
        for (failures, ms) in
            [(1, 500), (2, 1000), (3, 2000), (7, 32_000), (8, 60_000), (99, 60_000)]
        {
            assert_eq!(policy.delay(failures, None, 1.0), Duration::from_millis(ms), "{failures}");
        }
        assert_eq!(policy.delay(5, None, 0.0), Duration::ZERO);
    }

    #[test]
    fn the_other_sides_wish_is_honoured() {
        let policy = RetryPolicy::default();
        let wish = Some(Duration::from_secs(90));
        assert_eq!(policy.delay(1, wish, 0.3), Duration::from_secs(90));
    }

    proptest! {
        #[test]
        fn a_wait_never_exceeds_its_ceiling(failures in 0u32..200, random in 0.0f64..1.0) {
            let policy = RetryPolicy::default();
            let wait = policy.delay(failures, None, random);
            prop_assert!(wait <= policy.delay(failures, None, 1.0));
            prop_assert!(wait <= policy.cap);
        }
    }
}
