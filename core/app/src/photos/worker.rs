//! Works out the facts of photos, in the background and only once somebody looks at photos: what
//! nobody sees must not slow an upload. Owns the pace.

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use albumen_media::kind::MediaFormat;
use albumen_sync::{Engine, PhotoFacts, trees::NodeId};
use futures::{StreamExt, stream};
use tokio::sync::Notify;

use super::facts;
use crate::{AppError, blocking::off_thread, events::Events, views::AppEvent};

/// Files taken from the journal at once, and facts written at once.
const BATCH: usize = 64;
/// Files read at the same time; more would take the disk from the uploads.
const AT_ONCE: usize = 2;
/// Shortest time between two passes.
const PAUSE_MIN: Duration = Duration::from_millis(250);
/// A pass that took long is followed by a pause this many times as long.
const PAUSE_FACTOR: u32 = 4;
/// Files that are no photos in spite of their names, remembered so that they are not read each
/// time.
const STRANGE_MAX: usize = 10_000;

/// The worker of one session.
pub(crate) struct FactsWorker {
    engine: Engine,
    wanted: Arc<Notify>,
    looked: Arc<Notify>,
    events: Events,
    strange: BTreeSet<NodeId>,
}

impl FactsWorker {
    /// Waits for `wanted`, then works whenever `looked` says that something changed.
    pub(crate) fn new(
        engine: Engine,
        wanted: Arc<Notify>,
        looked: Arc<Notify>,
        events: Events,
    ) -> Self {
        Self { engine, wanted, looked, events, strange: BTreeSet::new() }
    }

    /// Runs until dropped.
    pub(crate) async fn run(mut self) {
        self.wanted.notified().await;
        loop {
            let began = Instant::now();
            if let Err(error) = self.pass().await {
                tracing::warn!(%error, "The facts of photos could not be worked out");
            }
            tokio::time::sleep(PAUSE_MIN.max(began.elapsed() * PAUSE_FACTOR)).await;
            self.looked.notified().await;
        }
    }

    /// Every file without facts once.
    async fn pass(&mut self) -> Result<(), AppError> {
        let mut after = NodeId(i64::MIN);
        loop {
            let engine = self.engine.clone();
            let files = off_thread(move || engine.without_facts(after, BATCH)).await??;
            let Some((last, _)) = files.last() else { return Ok(()) };
            after = *last;
            let candidates: Vec<(NodeId, PathBuf)> =
                files.into_iter().filter(|(node, path)| self.may_be_photo(*node, path)).collect();
            let read = read_all(candidates).await;
            let mut found = Vec::new();
            for (node, facts) in read {
                match facts {
                    Some(facts) => found.push((node, facts)),
                    None if self.strange.len() < STRANGE_MAX => drop(self.strange.insert(node)),
                    None => {}
                }
            }
            if !found.is_empty() {
                self.engine.record_facts(found).await?;
                let engine = self.engine.clone();
                let total = off_thread(move || engine.photo_count()).await??;
                self.events.send(AppEvent::PhotosChanged { total });
            }
        }
    }

    fn may_be_photo(&self, node: NodeId, path: &std::path::Path) -> bool {
        let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        MediaFormat::claimed_by(&name).is_some() && !self.strange.contains(&node)
    }
}

/// Reads a few files at a time.
async fn read_all(files: Vec<(NodeId, PathBuf)>) -> Vec<(NodeId, Option<PhotoFacts>)> {
    stream::iter(files)
        .map(|(node, path)| async move {
            let read = off_thread(move || facts::read(&path)).await;
            match read {
                Ok(Ok(facts)) => Some((node, facts)),
                // A file that cannot be read now is looked at again in the next pass.
                Ok(Err(_)) | Err(_) => None,
            }
        })
        .buffer_unordered(AT_ONCE)
        .filter_map(std::future::ready)
        .collect()
        .await
}
