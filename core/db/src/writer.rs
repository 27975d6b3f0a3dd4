//! The one writer: a thread that owns the writing connection and commits queued writes in groups.
//!
//! A commit costs an fsync; two thousand uploads that each pay their own are bound by the disk. So
//! whatever is queued when the thread comes round goes into one transaction, each write behind a
//! savepoint of its own, and all are answered after the one commit.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::Arc,
};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::{Error, Tx, load::Counts, sqlite::SqliteTx};

/// Writes that may wait: callers past it wait for a place, which bounds memory.
const QUEUE_MAX: usize = 1024;
/// Writes in one commit: enough to spread an fsync thin, few enough that the first is not kept
/// long.
const GROUP_MAX: usize = 128;

/// A queued write. It is run once, then told how the commit went.
pub(crate) trait Job: Send {
    /// Runs the closure; whether its changes shall stay.
    fn run(&mut self, conn: &Connection) -> bool;
    /// Answers the caller.
    fn answer(self: Box<Self>, committed: Result<(), Error>);
}

/// The closure of one caller and where its answer goes.
pub(crate) struct Write<F, T, E> {
    closure: Option<F>,
    outcome: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Write<F, T, E> {
    pub(crate) fn new(closure: F) -> (Self, oneshot::Receiver<Result<T, E>>) {
        let (reply, answer) = oneshot::channel();
        (Self { closure: Some(closure), outcome: None, reply }, answer)
    }
}

impl<F, T, E> Job for Write<F, T, E>
where
    F: FnOnce(&Tx<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<Error> + Send,
{
    fn run(&mut self, conn: &Connection) -> bool {
        let Some(closure) = self.closure.take() else { return false };
        let tx = Tx::sqlite(SqliteTx::new(conn));
        let mut outcome = catch_unwind(AssertUnwindSafe(|| closure(&tx)))
            .unwrap_or_else(|_| Err(E::from(Error::Panicked)));
        if let (Ok(_), Some(error)) = (&outcome, tx.failure()) {
            outcome = Err(E::from(error));
        }
        let keep = outcome.is_ok();
        self.outcome = Some(outcome);
        keep
    }

    fn answer(self: Box<Self>, committed: Result<(), Error>) {
        let outcome = match (committed, self.outcome) {
            // What the closure refused by itself was rolled back; the commit does not concern it.
            (_, Some(Err(refused))) => Err(refused),
            (Ok(()), Some(Ok(value))) => Ok(value),
            (Err(error), _) => Err(E::from(error)),
            (Ok(()), None) => Err(E::from(Error::Closed)),
        };
        // A caller that went away wants no answer; its write stands all the same.
        let _ = self.reply.send(outcome);
    }
}

/// Commands to the thread.
pub(crate) enum Command {
    /// Run this write.
    Write(Box<dyn Job>),
    /// Finish what came before, close the connection, then say so.
    Close(oneshot::Sender<()>),
}

/// Starts the thread. It ends when told to close, or when the last sender is gone.
pub(crate) fn spawn(
    conn: Connection,
    path: &Path,
    counts: Arc<Counts>,
) -> Result<mpsc::Sender<Command>, Error> {
    let (sender, queue) = mpsc::channel(QUEUE_MAX);
    std::thread::Builder::new()
        .name("db-writer".to_owned())
        .spawn(move || work(conn, queue, &counts))
        .map_err(|source| Error::Open { path: path.to_owned(), source: source.into() })?;
    Ok(sender)
}

fn work(conn: Connection, mut queue: mpsc::Receiver<Command>, counts: &Counts) {
    let mut closing = None;
    while closing.is_none() {
        let Some(first) = queue.blocking_recv() else { break };
        let mut group = Vec::new();
        let mut next = Some(first);
        while let Some(command) = next.take() {
            match command {
                Command::Write(job) => group.push(job),
                Command::Close(done) => {
                    closing = Some(done);
                    break;
                }
            }
            if group.len() < GROUP_MAX {
                next = queue.try_recv().ok();
            }
        }
        if !group.is_empty() {
            commit_group(&conn, group, counts);
        }
    }
    // Nothing may come in after the last commit: dropped jobs answer `Closed`.
    drop(queue);
    if let Err((_, error)) = conn.close() {
        tracing::warn!(%error, "Database did not close cleanly");
    }
    if let Some(done) = closing {
        let _ = done.send(());
    }
}

fn commit_group(conn: &Connection, mut group: Vec<Box<dyn Job>>, counts: &Counts) {
    let committed = run_group(conn, &mut group).map_err(Error::from);
    match &committed {
        Ok(()) => counts.committed(group.len()),
        Err(error) => give_up(conn, error, group.len()),
    }
    for job in group {
        job.answer(committed.clone());
    }
}

fn give_up(conn: &Connection, error: &Error, writes: usize) {
    tracing::error!(%error, writes, "Database commit failed");
    if !conn.is_autocommit()
        && let Err(error) = conn.execute_batch("ROLLBACK")
    {
        tracing::error!(%error, "Database rollback failed");
    }
}

fn run_group(conn: &Connection, group: &mut [Box<dyn Job>]) -> Result<(), rusqlite::Error> {
    run(conn, "BEGIN IMMEDIATE")?;
    for job in group.iter_mut() {
        run(conn, "SAVEPOINT job")?;
        if !job.run(conn) {
            // Fails when SQLite already gave up the whole transaction (disk full, I/O error): then
            // the writes before this one are gone as well and every one must hear of it.
            run(conn, "ROLLBACK TO job")?;
        }
        run(conn, "RELEASE job")?;
    }
    run(conn, "COMMIT")
}

fn run(conn: &Connection, sql: &str) -> Result<(), rusqlite::Error> {
    conn.prepare_cached(sql)?.execute([]).map(drop)
}
