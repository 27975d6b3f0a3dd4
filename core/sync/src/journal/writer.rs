//! The one thread that writes. Owns grouping writes into commits and what each commit outlives;
//! does not know what is written.

use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::error::{Error, Result};

/// Writes in one commit at most: more gains nothing and makes the first one wait.
const GROUP_MAX: usize = 256;
/// Writes waiting at most; who comes then waits as well.
const QUEUE: usize = 1024;

/// What a write must outlive once it is committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outlives {
    /// A sudden end of the program: the system has the commit, the disk perhaps not yet.
    Kill,
    /// A power cut: the disk has the commit.
    PowerCut,
}

impl Outlives {
    /// With a write-ahead log, NORMAL leaves out nothing but the sync after a commit; the next FULL
    /// commit makes up for it.
    const fn pragma(self) -> &'static str {
        match self {
            Self::Kill => "PRAGMA synchronous=NORMAL",
            Self::PowerCut => "PRAGMA synchronous=FULL",
        }
    }
}

/// One write, with the place its answer goes to.
trait Job: Send {
    fn outlives(&self) -> Outlives;
    fn run(&mut self, conn: &Connection);
    fn answer(self: Box<Self>, commit: Result<(), rusqlite::Error>);
}

struct Write<T, F> {
    outlives: Outlives,
    work: Option<F>,
    outcome: Option<Result<T>>,
    reply: oneshot::Sender<Result<T>>,
}

impl<T, F> Job for Write<T, F>
where
    T: Send,
    F: FnOnce(&Connection) -> Result<T> + Send,
{
    fn outlives(&self) -> Outlives {
        self.outlives
    }

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
        let answer = self.queue(Outlives::PowerCut, work).await?;
        answer.await.map_err(|_| Error::JournalClosed)?
    }

    /// Runs the work in the next commit; the answer comes after that commit outlives a kill of the
    /// program, which costs no sync of the disk.
    pub(crate) async fn note<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        let answer = self.queue(Outlives::Kill, work).await?;
        answer.await.map_err(|_| Error::JournalClosed)?
    }

    /// As [`Self::note`], but nobody waits for it.
    pub(crate) async fn post<F>(&self, work: F) -> Result<()>
    where
        F: FnOnce(&Connection) -> Result<()> + Send + 'static,
    {
        self.queue(Outlives::Kill, work).await.map(drop)
    }

    /// [`Self::write`] for who cannot be async, on any thread. One of the runtime's own does
    /// nothing else meanwhile.
    pub(crate) fn write_blocking<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        // Within a task of the runtime, its budget would end before the answer came.
        futures::executor::block_on(tokio::task::unconstrained(self.write(work)))
    }

    async fn queue<T, F>(&self, outlives: Outlives, work: F) -> Result<oneshot::Receiver<Result<T>>>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        let (job, answer) = job(outlives, work);
        self.jobs()?.send(job).await.map_err(|_| Error::JournalClosed)?;
        Ok(answer)
    }
}

fn job<T, F>(outlives: Outlives, work: F) -> (Box<dyn Job>, oneshot::Receiver<Result<T>>)
where
    T: Send + 'static,
    F: FnOnce(&Connection) -> Result<T> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    (Box::new(Write { outlives, work: Some(work), outcome: None, reply }), answer)
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
/// One that has to outlive a power cut takes the others of its group along.
fn run_group(
    conn: &Connection,
    queue: &mut mpsc::Receiver<Box<dyn Job>>,
    group: &mut Vec<Box<dyn Job>>,
) -> Result<(), rusqlite::Error> {
    let mut join = |group: &mut Vec<Box<dyn Job>>| {
        let job = if group.len() < GROUP_MAX { queue.try_recv().ok() } else { None };
        job.map(|job| group.push(job)).is_some()
    };
    while join(group) {}
    let strongest = group.iter().map(|job| job.outlives()).max();
    let outlives = strongest.unwrap_or(Outlives::PowerCut);
    // Cannot be changed within a transaction.
    conn.execute_batch(outlives.pragma())?;
    conn.execute_batch("BEGIN IMMEDIATE")?;
    let mut next = 0;
    while next < group.len() {
        group[next].run(conn);
        next += 1;
        if outlives == Outlives::PowerCut {
            join(group);
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
