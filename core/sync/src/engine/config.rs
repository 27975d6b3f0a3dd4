//! What an engine is made from. Owns the values; the defaults are those of a real run.

use std::{path::PathBuf, sync::Arc};

use crate::{
    env::{Chance, Clock, CrashSeam, SystemChance, SystemClock, no_crash},
    limits::Limits,
    watch::{NotifyWatcher, Watcher},
};

/// What an engine is made from.
#[derive(Clone)]
pub struct EngineConfig {
    /// The database of the profile; its folder must exist.
    pub journal_path: PathBuf,
    /// What this device is called, for the names of second contents.
    pub device_name: String,
    /// The clocks.
    pub clock: Arc<dyn Clock>,
    /// Jitter and ids.
    pub chance: Arc<dyn Chance>,
    /// The bounds.
    pub limits: Limits,
    /// What hears of changes.
    pub watcher: Arc<dyn Watcher>,
    /// Where tests end an engine.
    pub crash: CrashSeam,
}

impl EngineConfig {
    /// The real thing.
    pub fn new(journal_path: PathBuf, device_name: String) -> Self {
        Self {
            journal_path,
            device_name,
            clock: Arc::new(SystemClock::new()),
            chance: Arc::new(SystemChance),
            limits: Limits::default(),
            watcher: Arc::new(NotifyWatcher),
            crash: no_crash(),
        }
    }
}

impl std::fmt::Debug for EngineConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EngineConfig")
            .field("journal_path", &self.journal_path)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
