//! One open database: a writer, some readers. Cheap to clone; the file closes with the last clone.

use std::{path::Path, sync::Arc};

use tokio::sync::{mpsc, oneshot};

use crate::{
    Error, Schema, Tx, open,
    readers::Readers,
    writer::{self, Command, Write},
};

/// Reading connections unless told otherwise: reads are short, and each connection holds its own
/// cache.
const READERS_DEFAULT: usize = 4;

/// How to open.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Connections for reading, at least 1.
    pub readers: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { readers: READERS_DEFAULT }
    }
}

/// A SQLite database in WAL mode with durable commits.
#[derive(Clone)]
pub struct Database {
    writer: mpsc::Sender<Command>,
    readers: Arc<Readers>,
}

impl Database {
    /// Opens or creates the file (its owner's alone) and brings it to the newest schema. Blocks:
    /// call it at start or from a blocking thread.
    ///
    /// # Errors
    /// [`Error::NewerSchema`] and [`Error::Foreign`] leave the file as it was.
    pub fn open(path: &Path, schema: Schema, options: Options) -> Result<Self, Error> {
        let mut conn = open::writer(path)?;
        schema.apply(&mut conn, path)?;
        let readers = Arc::new(Readers::open(path, options.readers.max(1))?);
        let writer = writer::spawn(conn, path)?;
        Ok(Self { writer, readers })
    }

    /// Runs the closure on a snapshot, on a blocking thread. It cannot write.
    ///
    /// # Errors
    /// The closure's own, or [`Error`] turned into it.
    pub async fn read<F, T, E>(&self, closure: F) -> Result<T, E>
    where
        F: FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.readers.read(closure).await
    }

    /// Runs the closure on the writer. `Ok` is answered after the commit is durable; `Err` or a
    /// panic takes back what this closure changed and nothing else. Writes run in the order they
    /// were queued. Keep closures short and free of anything but the database: all writers wait
    /// behind them. The closure runs even when the returned future is dropped after queueing.
    ///
    /// # Errors
    /// The closure's own, or [`Error`] turned into it.
    pub async fn write<F, T, E>(&self, closure: F) -> Result<T, E>
    where
        F: FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (job, answer) = Write::new(closure);
        self.writer
            .send(Command::Write(Box::new(job)))
            .await
            .map_err(|_| E::from(Error::Closed))?;
        answer.await.unwrap_or_else(|_| Err(E::from(Error::Closed)))
    }

    /// Finishes queued writes and closes the file, for every clone. Later calls answer
    /// [`Error::Closed`]. Returns once the writer has let go of the file.
    pub async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.writer.send(Command::Close(done)).await.is_ok() {
            let _ = closed.await;
        }
        self.readers.close();
    }
}
