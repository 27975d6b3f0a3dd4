//! The one writer of the index. Owns the thread that turns waiting changes into transactions, one
//! fsync for as many as are waiting (FORMAT.md, "One put" steps 4 and 5).

use std::{sync::Arc, thread::JoinHandle};

use tokio::sync::{mpsc, oneshot};

use super::{change::Change, index::Index, rows::BlobId, volume::Volume};
use crate::Error;

/// Most changes of one transaction: bounds its memory and how long the first waits for the last.
const MAX_BATCH: usize = 256;
/// Changes that may wait; whoever comes later waits before the queue.
const QUEUE: usize = 1024;

/// Applies itself and gives what is to be done when the fate of the transaction is known.
type Job = Box<dyn FnOnce(&mut Change<'_>) -> Finish + Send>;
type Finish = Box<dyn FnOnce(Result<(), Error>) + Send>;

/// A handle to the thread; it ends when the handle is dropped.
pub(crate) struct Committer {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Committer {
    /// Starts the thread. `unlinked` is garbage whose files are gone already.
    pub(crate) fn start(
        index: Arc<Index>,
        volume: Arc<Volume>,
        unlinked: Vec<BlobId>,
    ) -> Result<Self, Error> {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let writer = Writer { index, volume, unlinked };
        let thread = std::thread::Builder::new()
            .name("store-index".into())
            .spawn(move || writer.run(queue))
            .map_err(Error::io("start the writer of the index"))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Applies one change and waits until it is durable. A change that fails must not have touched
    /// anything: look first, then touch.
    pub(crate) async fn commit<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Change<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        const GONE: Error = Error::Damaged("the writer of the index stopped");
        let (reply, outcome) = oneshot::channel();
        let job: Job = Box::new(move |batch| {
            let before = batch.touched;
            let result = change(batch);
            batch.is_torn |= result.is_err() && batch.touched != before;
            Box::new(move |committed| {
                // Nobody may be waiting any more; the change stands all the same.
                let _ = reply.send(committed.and(result));
            })
        });
        let jobs = self.jobs.as_ref().ok_or(GONE)?;
        jobs.send(job).await.map_err(|_| GONE)?;
        outcome.await.map_err(|_| GONE)?
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // The lock on the index must be free when the store is gone.
            let _ = thread.join();
        }
    }
}

struct Writer {
    index: Arc<Index>,
    volume: Arc<Volume>,
    /// Garbage whose files are gone; forgotten with the next transaction.
    unlinked: Vec<BlobId>,
}

impl Writer {
    fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        while let Some(first) = queue.blocking_recv() {
            let mut batch = vec![first];
            while batch.len() < MAX_BATCH {
                let Ok(job) = queue.try_recv() else { break };
                batch.push(job);
            }
            self.commit(batch);
        }
    }

    fn commit(&mut self, batch: Vec<Job>) {
        let mut finishes = Vec::with_capacity(batch.len());
        let outcome = self.try_commit(batch, &mut finishes);
        if let Err(error) = &outcome {
            tracing::error!(%error, changes = finishes.len(), "Could not commit to the index");
        }
        for finish in finishes {
            finish(outcome.as_ref().map_or_else(|error| Err(error.same()), |()| Ok(())));
        }
    }

    fn try_commit(&mut self, batch: Vec<Job>, finishes: &mut Vec<Finish>) -> Result<(), Error> {
        let transaction = self.index.db.begin_write()?;
        let mut change = Change::new(&transaction);
        for job in batch {
            finishes.push(job(&mut change));
        }
        let Change { staged, garbage, touched, is_torn, .. } = change;
        if is_torn {
            return Err(Error::Damaged("a change failed half-way, its batch was undone"));
        }
        if touched == 0 {
            return Ok(());
        }
        Change::new(&transaction).forget(&self.unlinked)?;
        if !staged.is_empty() {
            self.volume.sync_staging()?;
        }
        if let Err(error) = transaction.commit() {
            // Nobody knows whether it is durable: the files stay until the next start has looked.
            for blob in staged {
                blob.release();
            }
            return Err(error.into());
        }
        for blob in staged {
            self.volume.bring_home(blob.release());
        }
        for blob in &garbage {
            self.volume.unlink(*blob);
        }
        self.unlinked = garbage;
        Ok(())
    }
}
