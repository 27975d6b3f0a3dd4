//! What the parts of a running engine share, and what is known of each mapping while it runs. Owns
//! no rule; what must survive a restart is in the journal.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::{Notify, Semaphore, watch};

use super::{config::EngineConfig, limiter::Limiter, meter::Meter};
use crate::{
    cloud::CloudFactory, journal::Journal, retry::Blocked, stable::BufferPool, trees::NodeId,
};

/// What all mappings of an engine share.
pub(crate) struct Shared {
    pub(crate) config: EngineConfig,
    pub(crate) journal: Arc<Journal>,
    pub(crate) clouds: Arc<dyn CloudFactory>,
    pub(crate) limiter: Arc<Limiter>,
    pub(crate) buffers: Arc<Semaphore>,
    pub(crate) pool: BufferPool,
    pub(crate) meter: Arc<Meter>,
    pub(crate) mappings_changed: Notify,
    changes: watch::Sender<u64>,
    lives: Mutex<BTreeMap<i64, Arc<Live>>>,
}

impl Shared {
    pub(crate) fn new(
        config: EngineConfig,
        journal: Journal,
        clouds: Arc<dyn CloudFactory>,
    ) -> Self {
        let permits = usize::try_from(config.limits.buffer_bytes / 1024).unwrap_or(usize::MAX);
        Self {
            journal: Arc::new(journal),
            clouds,
            limiter: Arc::new(Limiter::new(&config.limits)),
            buffers: Arc::new(Semaphore::new(permits.min(Semaphore::MAX_PERMITS))),
            pool: BufferPool::default(),
            meter: Arc::new(Meter::new(Arc::clone(&config.clock))),
            mappings_changed: Notify::new(),
            changes: watch::Sender::new(0),
            lives: Mutex::default(),
            config,
        }
    }

    pub(crate) fn live(&self, row: i64) -> Arc<Live> {
        let mut lives = self.lives.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(lives.entry(row).or_default())
    }

    pub(crate) fn forget(&self, row: i64) {
        self.lives.lock().unwrap_or_else(PoisonError::into_inner).remove(&row);
    }

    /// Something that people see has changed.
    pub(crate) fn changed(&self) {
        self.changes.send_modify(|n| *n = n.wrapping_add(1));
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}

/// What people are told of a mapping, beside what its rows say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    pub(crate) scanning: bool,
    pub(crate) listing: bool,
    pub(crate) folder_missing: bool,
    pub(crate) blocked: Option<Blocked>,
    /// `None`: nobody watches, because the engine does not run.
    pub(crate) hears: Option<bool>,
    pub(crate) incomplete: bool,
    pub(crate) moving: Vec<NodeId>,
}

#[derive(Default)]
struct Asked {
    asked: u64,
    removed: bool,
}

/// One mapping while the engine runs.
#[derive(Default)]
pub(crate) struct Live {
    /// Held by whoever works on the mapping.
    pub(crate) working: Arc<tokio::sync::Mutex<()>>,
    /// Held while a listing of the cloud is gathered.
    pub(crate) listing: tokio::sync::Mutex<()>,
    /// Set: take no new step.
    pub(crate) stop: Arc<AtomicBool>,
    pub(crate) wake: Notify,
    asked: Mutex<Asked>,
    served: watch::Sender<u64>,
    told: Mutex<Told>,
}

impl Live {
    fn state(&self) -> MutexGuard<'_, Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks for a look through everything; returns the number to wait for.
    pub(crate) fn ask(&self) -> u64 {
        let mut state = self.state();
        state.asked += 1;
        let asked = state.asked;
        drop(state);
        self.wake.notify_one();
        asked
    }

    /// The newest number asked for.
    pub(crate) fn asked(&self) -> u64 {
        self.state().asked
    }

    pub(crate) fn remove(&self) {
        self.state().removed = true;
        self.stop.store(true, Ordering::Relaxed);
        self.served.send_modify(|served| *served = u64::MAX);
        self.wake.notify_one();
    }

    pub(crate) fn removed(&self) -> bool {
        self.state().removed
    }

    pub(crate) fn pause(&self, paused: bool) {
        self.stop.store(paused, Ordering::Relaxed);
        self.wake.notify_one();
    }

    /// Everything asked for up to this number is done as far as it can be.
    pub(crate) fn serve(&self, number: u64) {
        self.served.send_modify(|served| *served = (*served).max(number));
    }

    /// Returns when that number is done.
    pub(crate) async fn served(&self, number: u64) {
        // It cannot fail: the sender is in `self`.
        let _ = self.served.subscribe().wait_for(|served| *served >= number).await;
    }

    pub(crate) fn told(&self) -> Told {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn tell(&self, change: impl FnOnce(&mut Told)) {
        change(&mut self.told.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
