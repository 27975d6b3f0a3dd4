//! The one thread that writes. Owns grouping writes into commits; does not know what is written.

use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::error::{Error, Result};

/// Writes in one commit at most: more gains nothing and makes the first one wait.
const GROUP_MAX: usize = 256;
/// Writes waiting at most; who comes then waits as well.
const QUEUE: usize = 1024;

/// One write, with the place its answer goes to.
trait Job: Send {
    fn run(&mut self, conn: &Connection);
    fn answer(self: Box<Self>, commit: Result<(), rusqlite::Error>);
}

struct Write<T, F> {
    work: Option<F>,
    outcome: Option<Result<T>>,
    reply: oneshot::Sender<Result<T>>,
}

impl<T, F> Job for Write<T, F>
where
    T: Send,
    F: FnOnce(&Connection) -> Result<T> + Send,
{
    fn run(&mut self, conn: &Connection) {
        if let Some(work) = self.work.take() {
            self.outcome = Some(guarded(conn, work));
        }
    }

    fn answer(self: Box<Self>, commit: Result<(), rusqlite::Error>) {
        let outcome = self.outcome.unwrap_or(Err(Error::JournalClosed));
        // Who no longer waits for the answer does not need it.
        let _ = self.reply.send(commit.map_err(Error::from).and(outcome));
    }
}

/// One failed write must not undo the others of its group.
fn guarded<T>(conn: &Connection, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
    conn.execute_batch("SAVEPOINT job")?;
    match work(conn) {
        Ok(value) => {
            conn.execute_batch("RELEASE job")?;
            Ok(value)
        }
        Err(error) => {
            conn.execute_batch("ROLLBACK TO job; RELEASE job")?;
            Err(error)
        }
    }
}

/// The sending end of the writer thread.
pub(crate) struct Writer {
    jobs: Option<mpsc::Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(crate) fn start(conn: Connection) -> std::io::Result<Self> {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let thread =
            std::thread::Builder::new().name("journal".to_owned()).spawn(|| serve(conn, queue))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    fn jobs(&self) -> Result<&mpsc::Sender<Box<dyn Job>>> {
        self.jobs.as_ref().ok_or(Error::JournalClosed)
    }

    /// Runs the work in the next commit; the answer comes after that commit is durable.
    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Write { work: Some(work), outcome: None, reply });
        self.jobs()?.send(job).await.map_err(|_| Error::JournalClosed)?;
        answer.await.map_err(|_| Error::JournalClosed)?
    }

    /// Runs the work in a later commit; nobody waits for it.
    pub(crate) async fn post<F>(&self, work: F) -> Result<()>
    where
        F: FnOnce(&Connection) -> Result<()> + Send + 'static,
    {
        let (reply, _) = oneshot::channel();
        let job = Box::new(Write { work: Some(work), outcome: None, reply });
        self.jobs()?.send(job).await.map_err(|_| Error::JournalClosed)
    }

    /// [`Self::write`] for threads outside the async runtime.
    pub(crate) fn write_blocking<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Write { work: Some(work), outcome: None, reply });
        self.jobs()?.blocking_send(job).map_err(|_| Error::JournalClosed)?;
        answer.blocking_recv().map_err(|_| Error::JournalClosed)?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was reported when it happened.
            let _ = thread.join();
        }
    }
}

fn serve(conn: Connection, mut queue: mpsc::Receiver<Box<dyn Job>>) {
    while let Some(first) = queue.blocking_recv() {
        let mut group = vec![first];
        let commit = run_group(&conn, &mut queue, &mut group);
        if let Err(error) = &commit {
            tracing::error!(%error, "The journal could not commit");
            if !conn.is_autocommit() {
                let _ = conn.execute_batch("ROLLBACK");
            }
        }
        for job in group {
            job.answer(match &commit {
                Ok(()) => Ok(()),
                Err(error) => Err(again(error)),
            });
        }
    }
}

/// While one commit is made durable, the next group gathers in the queue: the disk sets the pace.
fn run_group(
    conn: &Connection,
    queue: &mut mpsc::Receiver<Box<dyn Job>>,
    group: &mut Vec<Box<dyn Job>>,
) -> Result<(), rusqlite::Error> {
    conn.execute_batch("BEGIN IMMEDIATE")?;
    let mut next = 0;
    while next < group.len() {
        group[next].run(conn);
        next += 1;
        if group.len() < GROUP_MAX
            && let Ok(job) = queue.try_recv()
        {
            group.push(job);
        }
    }
    conn.execute_batch("COMMIT")
}

/// The same error once more: every write of a group hears why its commit failed.
fn again(error: &rusqlite::Error) -> rusqlite::Error {
    match error {
        rusqlite::Error::SqliteFailure(code, text) => {
            rusqlite::Error::SqliteFailure(*code, text.clone())
        }
        _ => rusqlite::Error::InvalidQuery,
    }
}
