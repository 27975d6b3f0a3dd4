//! A watcher in the hand of a test: tells exactly what it is told to tell, and loses what it is
//! told to lose.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::mpsc;

use super::{Hint, WatchError, Watcher, Watching};

/// Watches by hand.
#[derive(Clone, Debug, Default)]
pub struct SimulatedWatcher {
    hand: SimulatedHand,
    refuses: bool,
}

/// Gives hints to whoever watches.
#[derive(Clone, Debug, Default)]
pub struct SimulatedHand(Arc<Mutex<Vec<mpsc::Sender<Hint>>>>);

impl SimulatedWatcher {
    /// One that refuses every folder, as a system without free watches does.
    pub fn refusing() -> Self {
        Self { refuses: true, ..Self::default() }
    }

    /// What gives the hints.
    pub fn hand(&self) -> SimulatedHand {
        self.hand.clone()
    }
}

impl SimulatedHand {
    /// Gives a hint to every watched folder.
    pub fn give(&self, hint: &Hint) {
        let watching = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for hints in watching.iter() {
            // A full channel loses the hint, as a real one would.
            let _ = hints.try_send(hint.clone());
        }
    }

    /// Breaks every watch, as the death of a system's thread does.
    pub fn die(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// How many folders are watched.
    pub fn watching(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

struct Held;

impl Watching for Held {
    fn hears(&self) -> bool {
        true
    }
}

impl Watcher for SimulatedWatcher {
    fn watch(&self, _: &Path, hints: mpsc::Sender<Hint>) -> Result<Box<dyn Watching>, WatchError> {
        if self.refuses {
            return Err(WatchError::LimitReached);
        }
        self.hand.0.lock().unwrap_or_else(PoisonError::into_inner).push(hints);
        Ok(Box::new(Held))
    }
}
