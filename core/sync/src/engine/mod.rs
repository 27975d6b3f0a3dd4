//! The engine of one profile: mappings in, verified files out. Owns who works on which mapping; the
//! work itself is the worker's, the questions are answered by `overview` and `queries`.

mod breaker;
mod config;
mod limiter;
mod listing;
mod live;
mod looking;
pub(crate) mod meter;
mod overview;
mod queries;
mod turn;
mod worker;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tokio::task::{AbortHandle, JoinSet};

pub use config::EngineConfig;
pub use meter::{Phase, Transfer};
pub use overview::{Changes, Deviation, MappingOverview, SyncOverview, SyncReport, VerifyReport};

use crate::{
    album::Layout,
    cloud::CloudFactory,
    error::{Error, Result, io},
    execute::{cancel_orphans, end_session},
    journal::Journal,
    mapping::{Mapping, MappingId, NewMapping},
    scan::root,
};
use live::{Live, Shared};
use worker::{Goal, Worker};

/// How soon the worker of a mapping that ended with an error begins again.
const RESTART: Duration = Duration::from_secs(5);

/// The engine of one profile. Cloning is cheap; all clones are the same engine.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("journal", &self.shared.journal).finish_non_exhaustive()
    }
}

impl Engine {
    /// Opens the journal of a profile. Nothing moves before [`Self::run`] or [`Self::sync_once`].
    ///
    /// # Errors
    /// [`Error::InUse`] when another process has it; see [`Journal::open`].
    pub fn open(config: EngineConfig, clouds: Arc<dyn CloudFactory>) -> Result<Self> {
        let journal = Journal::open(&config.journal_path)?;
        Ok(Self { shared: Arc::new(Shared::new(config, journal, clouds)) })
    }

    /// Binds a folder to a place in the cloud. A running engine begins with it at once.
    ///
    /// # Errors
    /// [`Error::FolderNotAbsolute`], [`Error::FolderMissing`], [`Error::FolderUnreadable`],
    /// [`Error::FolderOverlaps`] with a folder mapped into the same space.
    pub async fn add_mapping(&self, new: NewMapping) -> Result<Mapping> {
        let shared = &self.shared;
        let mut new = new;
        if !new.folder.is_absolute() {
            return Err(Error::FolderNotAbsolute(new.folder));
        }
        let missing = |_| Error::FolderMissing(new.folder.clone());
        let folder = std::fs::canonicalize(&new.folder).map_err(missing)?;
        if !folder.is_dir() {
            return Err(Error::FolderMissing(new.folder));
        }
        if std::fs::read_dir(&folder).is_err() {
            return Err(Error::FolderUnreadable(new.folder));
        }
        new.folder = folder;
        for other in shared.journal.mappings()? {
            let (ours, theirs) = (&new.folder, &other.bound.folder);
            let same_space =
                (&new.library, &new.space) == (&other.bound.library, &other.bound.space);
            if same_space && (ours.starts_with(theirs) || theirs.starts_with(ours)) {
                return Err(Error::FolderOverlaps {
                    folder: new.folder,
                    mapped: other.bound.folder,
                });
            }
        }
        let identity =
            root::identity(&new.folder).map_err(io("Look at the folder", &new.folder))?;
        let id = MappingId::new(shared.config.chance.as_ref());
        root::mark(&new.folder, &id)?;
        let now = shared.config.clock.now_ms();
        shared.journal.add_mapping(id.clone(), new, identity, now).await?;
        shared.mappings_changed.notify_one();
        shared.changed();
        shared.journal.mapping(&id)
    }

    /// Forgets a mapping. Files stay where they are, on both sides; uploads under way are given up.
    ///
    /// # Errors
    /// [`Error::NoMapping`].
    pub async fn remove_mapping(&self, id: &MappingId) -> Result<()> {
        let shared = &self.shared;
        let mapping = shared.journal.mapping(id)?;
        let live = shared.live(mapping.row);
        live.remove();
        let _working = live.working.lock().await;
        if let Ok(cloud) = shared.clouds.open(&mapping.bound.library, &mapping.bound.space) {
            let orphans = shared.journal.intents_of(mapping.row)?;
            for key in orphans.into_iter().filter_map(|intent| intent.confirm_key) {
                // Nobody will be there to say it again; the service forgets by itself in a week.
                if let Err(error) = end_session(cloud.as_ref(), &key).await {
                    tracing::info!(%error, "An upload session could not be given up");
                }
            }
        }
        shared.journal.remove_mapping(&mapping, shared.config.clock.now_ms()).await?;
        root::unmark(&mapping.bound.folder, id);
        shared.forget(mapping.row);
        shared.mappings_changed.notify_one();
        shared.changed();
        Ok(())
    }

    /// Takes no new step for a mapping; parts under way are finished. Lasts until resumed, over
    /// restarts.
    ///
    /// # Errors
    /// [`Error::NoMapping`].
    pub async fn pause(&self, id: &MappingId) -> Result<()> {
        self.set_paused(id, true).await
    }

    /// Goes on with a paused mapping.
    ///
    /// # Errors
    /// [`Error::NoMapping`].
    pub async fn resume(&self, id: &MappingId) -> Result<()> {
        self.set_paused(id, false).await
    }

    async fn set_paused(&self, id: &MappingId, paused: bool) -> Result<()> {
        let mapping = self.shared.journal.mapping(id)?;
        self.shared.journal.set_paused(mapping.row, paused).await?;
        self.shared.live(mapping.row).pause(paused);
        self.shared.changed();
        Ok(())
    }

    /// Looks through folder and cloud now and tries again what failed. Also the way out of a block:
    /// a revoked device tries once more only when told to.
    ///
    /// # Errors
    /// [`Error::NoMapping`].
    pub async fn sync_now(&self, id: Option<&MappingId>) -> Result<()> {
        for mapping in self.shared.journal.mappings()? {
            if id.is_none_or(|id| *id == mapping.id) {
                self.shared.journal.hurry(mapping.row).await?;
                self.shared.live(mapping.row).ask();
            }
        }
        match id {
            Some(id) => self.shared.journal.mapping(id).map(|_| ()),
            None => Ok(()),
        }
    }

    /// Keeps every mapping in sync until dropped. To be called once, as a task of its own.
    ///
    /// # Errors
    /// What the journal says.
    pub async fn run(&self) -> Result<()> {
        let mut workers = JoinSet::new();
        let mut running: BTreeMap<i64, AbortHandle> = BTreeMap::new();
        loop {
            for mapping in self.shared.journal.mappings()? {
                let row = mapping.row;
                running.entry(row).or_insert_with(|| {
                    let shared = Arc::clone(&self.shared);
                    workers.spawn(async move { (row, keep(shared, mapping).await) })
                });
            }
            tokio::select! {
                () = self.shared.mappings_changed.notified() => {}
                Some(ended) = workers.join_next() => match ended {
                    Ok((row, outcome)) => {
                        running.remove(&row);
                        if let Err(error) = outcome {
                            tracing::error!(%error, "The work on a mapping ended");
                            tokio::time::sleep(RESTART).await;
                        }
                    }
                    Err(error) => {
                        tracing::error!(%error, "The work on a mapping broke off");
                        running.clear();
                        workers.shutdown().await;
                        tokio::time::sleep(RESTART).await;
                    }
                },
            }
        }
    }

    /// Syncs one mapping until nothing more can be done now, and reports. With the engine running
    /// this waits for it; else it does the work itself.
    ///
    /// # Errors
    /// [`Error::NoMapping`]; what the journal says. That files failed is no error but in the
    /// report.
    pub async fn sync_once(&self, id: &MappingId) -> Result<SyncReport> {
        let shared = &self.shared;
        let mapping = shared.journal.mapping(id)?;
        let live = shared.live(mapping.row);
        let begun = shared.config.clock.uptime_ms();
        shared.journal.hurry(mapping.row).await?;
        let asked = live.ask();
        if let Ok(working) = live.working.try_lock() {
            let worker = Worker::new(Arc::clone(shared), mapping.clone(), Arc::clone(&live))?;
            worker.run(Goal::Once).await?;
            drop(working);
        } else {
            live.served(asked).await;
        }
        let counts = shared.journal.counts(mapping.row)?;
        let ms = shared.config.clock.uptime_ms().saturating_sub(begun);
        Ok(SyncReport::new(counts, Duration::from_millis(ms)))
    }

    /// Compares every verified file of a mapping with a fresh listing of the cloud: length and
    /// check value must be those that were sent. Changes nothing.
    ///
    /// # Errors
    /// [`Error::NoMapping`], [`Error::Cloud`].
    pub async fn verify(&self, id: &MappingId) -> Result<VerifyReport> {
        let mapping = self.shared.journal.mapping(id)?;
        listing::verify(&self.shared, &mapping).await
    }

    /// Waits until nobody works on a mapping, and keeps others from it.
    pub(crate) async fn working(&self, row: i64) -> tokio::sync::OwnedMutexGuard<()> {
        Arc::clone(&self.shared.live(row).working).lock_owned().await
    }

    pub(crate) fn journal_shared(&self) -> Arc<Journal> {
        Arc::clone(&self.shared.journal)
    }

    /// The journal, for what is asked of it directly.
    pub(crate) fn journal(&self) -> &Journal {
        &self.shared.journal
    }

    /// Where a mapping that is not made yet would put its files.
    pub fn layout(new: &NewMapping) -> Layout {
        Layout::of(new)
    }
}

/// Works on a mapping as long as it is there.
async fn keep(shared: Arc<Shared>, mapping: Mapping) -> Result<()> {
    let live: Arc<Live> = shared.live(mapping.row);
    let _working = live.working.lock().await;
    let Ok(mapping) = shared.journal.mapping(&mapping.id) else { return Ok(()) };
    let worker = Worker::new(Arc::clone(&shared), mapping, Arc::clone(&live))?;
    let outcome = worker.run(Goal::Forever).await;
    if live.removed() { Ok(()) } else { outcome }
}

pub(crate) async fn tidy(shared: &Shared, mapping: &Mapping) -> Result<()> {
    let cloud = shared.clouds.open(&mapping.bound.library, &mapping.bound.space)?;
    if let Err(error) = cancel_orphans(&shared.journal, cloud.as_ref(), mapping.row).await {
        tracing::info!(%error, "Old upload sessions could not be given up yet");
    }
    Ok(())
}
