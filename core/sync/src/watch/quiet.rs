//! Watches nothing: for folders whose system tells nothing, as on network disks. The engine scans
//! them often instead.

use std::path::Path;

use tokio::sync::mpsc;

use super::{Hint, WatchError, Watcher, Watching};

/// Never gives a hint.
#[derive(Clone, Copy, Debug, Default)]
pub struct PollWatcher;

/// Holds the sender, so that silence is not taken for a broken watcher.
pub(super) struct Silence(#[allow(dead_code, reason = "held, never used")] mpsc::Sender<Hint>);

impl Silence {
    pub(super) fn new(hints: mpsc::Sender<Hint>) -> Self {
        Self(hints)
    }
}

impl Watching for Silence {
    fn hears(&self) -> bool {
        false
    }
}

impl Watcher for PollWatcher {
    fn watch(&self, _: &Path, hints: mpsc::Sender<Hint>) -> Result<Box<dyn Watching>, WatchError> {
        Ok(Box::new(Silence::new(hints)))
    }
}
