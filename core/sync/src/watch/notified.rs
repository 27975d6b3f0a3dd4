//! Watches by what the operating system tells (inotify, FSEvents, ReadDirectoryChangesW). Owns
//! turning its events into hints; never blocks its thread.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use notify::{
    Config, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _,
    event::{AccessKind, AccessMode, CreateKind, ModifyKind},
};
use tokio::sync::mpsc;

use super::{Hint, WatchError, Watcher, Watching};
use crate::local_path::LocalPath;

/// Watches by what the operating system tells.
#[derive(Clone, Copy, Debug, Default)]
pub struct NotifyWatcher;

struct Live(#[allow(dead_code, reason = "held for its threads")] RecommendedWatcher);

impl Watching for Live {
    fn hears(&self) -> bool {
        true
    }
}

impl Watcher for NotifyWatcher {
    fn watch(
        &self,
        folder: &Path,
        hints: mpsc::Sender<Hint>,
    ) -> Result<Box<dyn Watching>, WatchError> {
        let ear = Ear { folder: folder.to_owned(), hints, missed: Arc::default() };
        let config = Config::default().with_follow_symlinks(false);
        let mut watcher =
            RecommendedWatcher::new(move |event| ear.hear(event), config).map_err(failed)?;
        watcher.watch(folder, RecursiveMode::Recursive).map_err(failed)?;
        Ok(Box::new(Live(watcher)))
    }
}

fn failed(error: notify::Error) -> WatchError {
    match error.kind {
        notify::ErrorKind::MaxFilesWatch => WatchError::LimitReached,
        _ => WatchError::Failed(error.to_string()),
    }
}

struct Ear {
    folder: PathBuf,
    hints: mpsc::Sender<Hint>,
    missed: Arc<AtomicBool>,
}

impl Ear {
    fn hear(&self, event: notify::Result<Event>) {
        let event = match event {
            Ok(event) if event.need_rescan() => return self.miss(),
            Ok(event) => event,
            Err(error) => {
                tracing::warn!(%error, "The watcher failed");
                return self.miss();
            }
        };
        let appeared = match event.kind {
            // Reading a file, our own reading too, changes nothing.
            EventKind::Access(kind) if kind != AccessKind::Close(AccessMode::Write) => return,
            EventKind::Create(CreateKind::Folder) => true,
            // Something was renamed into here; it may be a folder.
            EventKind::Modify(ModifyKind::Name(_)) => true,
            _ => false,
        };
        for path in event.paths {
            let Ok(relative) = path.strip_prefix(&self.folder) else { continue };
            let place = LocalPath::from_relative(relative);
            if place.is_root() {
                continue;
            }
            let hint =
                if appeared && path.is_dir() { Hint::NewFolder(place) } else { Hint::At(place) };
            self.tell(hint);
        }
    }

    fn tell(&self, hint: Hint) {
        if self.missed.load(Ordering::Relaxed) {
            return self.miss();
        }
        if self.hints.try_send(hint).is_err() {
            self.miss();
        }
    }

    /// What does not fit is remembered until it does.
    fn miss(&self) {
        self.missed.store(self.hints.try_send(Hint::Missed).is_err(), Ordering::Relaxed);
    }
}
