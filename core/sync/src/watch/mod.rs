//! Hears of changes in a folder. Owns the trait and its kinds; what is heard is a hint, a scan
//! finds the truth.

mod debounce;
mod notified;
mod quiet;
mod simulated;

use std::path::Path;

use tokio::sync::mpsc;

pub(crate) use debounce::{Debounce, Due};
pub use notified::NotifyWatcher;
pub use quiet::PollWatcher;
pub use simulated::{SimulatedHand, SimulatedWatcher};

use crate::local_path::LocalPath;

/// Hints waiting at most; more than this become one hint to look at everything.
pub const HINTS_MAX: usize = 4096;

/// Something was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hint {
    /// Something happened at this place.
    At(LocalPath),
    /// A folder appeared: things may be in it that nobody told of.
    NewFolder(LocalPath),
    /// Something was missed: look at everything.
    Missed,
}

/// Why a folder cannot be watched.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// The system's limit of watches is reached.
    #[error("The system allows no more folders to be watched")]
    LimitReached,
    /// Anything else.
    #[error("The folder cannot be watched: {0}")]
    Failed(String),
}

/// A watched folder; dropping it ends the watching.
pub trait Watching: Send {
    /// Whether changes are heard at all: where they are not, the folder is scanned often.
    fn hears(&self) -> bool;
}

/// Watches folders.
pub trait Watcher: Send + Sync {
    /// Watches a folder and all below it; hints go to `hints`. When `hints` is full,
    /// [`Hint::Missed`] must follow as soon as there is room.
    ///
    /// # Errors
    /// [`WatchError`].
    fn watch(
        &self,
        folder: &Path,
        hints: mpsc::Sender<Hint>,
    ) -> Result<Box<dyn Watching>, WatchError>;
}
