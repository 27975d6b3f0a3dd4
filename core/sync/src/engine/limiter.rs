//! How many files travel at once. Owns growing by one while all goes well and shrinking at the
//! first sign of overload; shared by all mappings of an engine.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::limits::Limits;

/// Kept of the limit after an overload.
const SHRINK: f64 = 0.7;

struct State {
    limit: f64,
    most: f64,
    active: usize,
}

/// The gate in front of all transfers.
pub(crate) struct Limiter {
    state: Mutex<State>,
    freed: Notify,
}

/// One file's place among those that travel; given back when dropped.
pub(crate) struct Slot(Arc<Limiter>);

impl Limiter {
    pub(crate) fn new(limits: &Limits) -> Self {
        let most = limits.transfers_max.max(1) as f64;
        let limit = (limits.transfers_start.max(1) as f64).min(most);
        Self { state: Mutex::new(State { limit, most, active: 0 }), freed: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place, if one is free.
    pub(crate) fn try_take(self: &Arc<Self>) -> Option<Slot> {
        let mut state = self.state();
        if state.active as f64 + 1.0 > state.limit {
            return None;
        }
        state.active += 1;
        Some(Slot(Arc::clone(self)))
    }

    /// Returns when a place was given back.
    pub(crate) async fn freed(&self) {
        self.freed.notified().await;
    }

    /// A file arrived: after as many as the limit, one more may travel.
    pub(crate) fn succeeded(&self) {
        let mut state = self.state();
        state.limit = (state.limit + 1.0 / state.limit).min(state.most);
    }

    /// The other side is overloaded.
    pub(crate) fn overloaded(&self) {
        let mut state = self.state();
        state.limit = (state.limit * SHRINK).max(1.0);
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.active = state.active.saturating_sub(1);
        drop(state);
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_slowly_and_shrinks_fast() {
        let limits = Limits { transfers_start: 4, transfers_max: 6, ..Limits::default() };
        let limiter = Arc::new(Limiter::new(&limits));
        let fill = || {
            let mut slots = Vec::new();
            while let Some(slot) = limiter.try_take() {
                slots.push(slot);
            }
            slots.len()
        };
        assert_eq!(fill(), 4);
        (0..5).for_each(|_| limiter.succeeded());
        assert_eq!(fill(), 5);
        (0..100).for_each(|_| limiter.succeeded());
        assert_eq!(fill(), 6);
        limiter.overloaded();
        assert_eq!(fill(), 4);
        (0..100).for_each(|_| limiter.overloaded());
        assert_eq!(fill(), 1);
    }
}
