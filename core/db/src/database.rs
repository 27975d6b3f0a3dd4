//! One open database. Cheap to clone; it closes with the last clone.

use std::{path::Path, sync::Arc};

use tokio::sync::{mpsc, oneshot};

use crate::{
    Error, Load, Place, Schema, Server, Tx,
    load::Counts,
    open,
    postgres::Postgres,
    readers::Readers,
    writer::{self, Command, Write},
};

/// Reading connections unless told otherwise: reads are short, and each connection holds its own
/// cache.
const READERS_DEFAULT: usize = 4;

/// How to open a file.
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

/// A SQLite file in WAL mode with durable commits, or a schema on a PostgreSQL server.
#[derive(Clone)]
pub struct Database {
    inner: Inner,
    counts: Arc<Counts>,
}

#[derive(Clone)]
enum Inner {
    Sqlite { writer: mpsc::Sender<Command>, readers: Arc<Readers> },
    Postgres(Arc<Postgres>),
}

impl Database {
    /// Opens what a service was told to use, and brings it to the newest schema.
    ///
    /// # Errors
    /// As [`Self::open`] and [`Self::connect`].
    pub async fn start(place: Place, schema: Schema) -> Result<Self, Error> {
        match place {
            Place::Server(server) => Self::connect(&server, schema).await,
            Place::File(path) => {
                let open = move || Self::open(&path, schema, Options::default());
                tokio::task::spawn_blocking(open).await.unwrap_or(Err(Error::Closed))
            }
        }
    }

    /// Opens or creates the file (its owner's alone) and brings it to the newest schema. Blocks:
    /// call it at start or from a blocking thread.
    ///
    /// # Errors
    /// [`Error::NewerSchema`] and [`Error::Foreign`] leave the file as it was.
    pub fn open(path: &Path, schema: Schema, options: Options) -> Result<Self, Error> {
        let mut conn = open::writer(path)?;
        schema.apply(&mut conn, path)?;
        let readers = Arc::new(Readers::open(path, options.readers.max(1))?);
        let counts = Arc::<Counts>::default();
        let writer = writer::spawn(conn, path, Arc::clone(&counts))?;
        Ok(Self { inner: Inner::Sqlite { writer, readers }, counts })
    }

    /// Connects to a server and brings our schema there to its newest version.
    ///
    /// # Errors
    /// [`Error::NewerSchema`] and [`Error::Foreign`] leave the schema as it was;
    /// [`Error::Address`], [`Error::Unreachable`].
    pub async fn connect(server: &Server, schema: Schema) -> Result<Self, Error> {
        let postgres = Arc::new(Postgres::connect(server, schema).await?);
        Ok(Self { inner: Inner::Postgres(postgres), counts: Arc::default() })
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
        let closure = in_this_span(closure);
        match &self.inner {
            Inner::Sqlite { readers, .. } => readers.read(closure).await,
            Inner::Postgres(postgres) => postgres.read(closure).await,
        }
    }

    /// Runs the closure in a transaction that writes. `Ok` is answered after the commit is durable;
    /// `Err` or a panic takes back what this closure changed and nothing else. Keep closures short
    /// and free of anything but the database. The closure runs even when the returned future is
    /// dropped after it began to wait its turn.
    ///
    /// A SQLite file has one writer: writes run one after the other, in the order they came. On a
    /// server they run beside each other, and beside those of other instances: what a closure
    /// looks up and then relies on, it must [`Tx::lock`] first.
    ///
    /// # Errors
    /// The closure's own, or [`Error`] turned into it.
    pub async fn write<F, T, E>(&self, closure: F) -> Result<T, E>
    where
        F: FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let closure = in_this_span(closure);
        let writer = match &self.inner {
            Inner::Sqlite { writer, .. } => writer,
            Inner::Postgres(postgres) => {
                let written = postgres.write(closure).await;
                if written.is_ok() {
                    self.counts.committed(1);
                }
                return written;
            }
        };
        let (job, answer) = Write::new(closure);
        let queued = writer.send(Command::Write(Box::new(job))).await;
        queued.map_err(|_| E::from(Error::Closed))?;
        answer.await.unwrap_or_else(|_| Err(E::from(Error::Closed)))
    }

    /// How busy it is now.
    pub fn load(&self) -> Load {
        self.counts.load(match &self.inner {
            Inner::Sqlite { writer, .. } => writer.max_capacity() - writer.capacity(),
            Inner::Postgres(postgres) => postgres.waiting(),
        })
    }

    /// Finishes what is under way and closes the file or the connections, for every clone. Later
    /// calls answer [`Error::Closed`].
    pub async fn close(&self) {
        match &self.inner {
            Inner::Postgres(postgres) => postgres.close().await,
            Inner::Sqlite { writer, readers } => {
                let (done, closed) = oneshot::channel();
                if writer.send(Command::Close(done)).await.is_ok() {
                    let _ = closed.await;
                }
                readers.close();
            }
        }
    }
}

/// What is logged on another thread belongs to the request that asked for it.
fn in_this_span<T, E>(
    closure: impl FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static,
) -> impl FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static {
    let span = tracing::Span::current();
    move |tx| span.in_scope(|| closure(tx))
}
