//! The reading connections: a fixed number, lent one transaction at a time.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::Semaphore;

use crate::{Error, Tx, open, sqlite::SqliteTx};

/// Connections at rest. A permit stands for the right to hold one.
pub(crate) struct Readers {
    path: PathBuf,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(crate) fn open(path: &Path, count: usize) -> Result<Self, Error> {
        let idle = (0..count).map(|_| open::reader(path)).collect::<Result<_, _>>()?;
        let permits = Arc::new(Semaphore::new(count));
        Ok(Self { path: path.to_owned(), permits, idle: Mutex::new(idle) })
    }

    /// Runs the closure in a read transaction on a blocking thread.
    pub(crate) async fn read<F, T, E>(self: &Arc<Self>, closure: F) -> Result<T, E>
    where
        F: FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let permits = Arc::clone(&self.permits);
        let permit = permits.acquire_owned().await.map_err(|_| E::from(Error::Closed))?;
        let readers = Arc::clone(self);
        let work = move || {
            let outcome = readers.run(closure);
            drop(permit);
            outcome
        };
        tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(E::from(Error::Closed)))
    }

    fn run<F, T, E>(&self, closure: F) -> Result<T, E>
    where
        F: FnOnce(&Tx<'_>) -> Result<T, E>,
        E: From<Error>,
    {
        let mut conn = match self.take() {
            Some(conn) => conn,
            // One was lost to a panic.
            None => open::reader(&self.path).map_err(E::from)?,
        };
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let tx = conn
                .transaction_with_behavior(TransactionBehavior::Deferred)
                .map_err(|e| E::from(e.into()))?;
            closure(&Tx::sqlite(SqliteTx::new(&tx)))
        }));
        // After a panic the connection may hold anything: it is dropped, not lent again.
        let Ok(outcome) = outcome else { return Err(E::from(Error::Panicked)) };
        if !self.permits.is_closed() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(conn);
        }
        outcome
    }

    fn take(&self) -> Option<Connection> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    /// Refuses new reads and closes what is at rest; what is lent closes when it comes back.
    pub(crate) fn close(&self) {
        self.permits.close();
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
