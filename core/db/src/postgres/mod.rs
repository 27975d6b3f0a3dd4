//! PostgreSQL: a small pool of connections, each lent to one transaction at a time.
//!
//! Reads see one snapshot. Writes see what is committed at each statement and take locks by name
//! before they look, so that what they found is still so when they act on it. Closures run on a
//! blocking thread, as they do over SQLite.

mod failure;
mod place;
mod schema;
mod sql;
mod tx;
mod value;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime, Timeouts};
use tokio::runtime::Handle;
use tokio_postgres::{NoTls, config::SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

pub use place::{PostgresUrl, Server};

pub(crate) use failure::{is_full, is_transient};
pub(crate) use tx::{PgRow, PgTx};

use crate::{Error, Schema, Tx};
use failure::{is_harmless, not_lent};
use sql::Rewritten;

/// How long a transaction waits for a free connection: longer, and the server is overloaded.
const WAIT: Duration = Duration::from_secs(10);
/// Statements kept prepared on each connection: more than any caller's fixed ones.
const STATEMENTS_CACHED: usize = 256;
/// How often closing looks whether the last transaction has ended.
const CLOSING_POLL: Duration = Duration::from_millis(10);

/// How a transaction begins.
#[derive(Clone, Copy)]
enum Mode {
    Read,
    Write,
}

impl Mode {
    const fn begin(self) -> &'static str {
        match self {
            Self::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            Self::Write => "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
        }
    }
}

/// A database on a server.
pub(crate) struct Postgres {
    pool: Pool,
    schema: String,
    rewritten: Rewritten,
}

impl Postgres {
    /// Connects and brings the schema to its newest version.
    pub(crate) async fn connect(server: &Server, schema: Schema) -> Result<Self, Error> {
        let postgres = Self::unprepared(server)?;
        let mut client = postgres.pool.get().await.map_err(not_lent)?;
        schema::apply(&mut client, server, schema).await?;
        Ok(postgres)
    }

    /// The same without looking at the schema or changing it; connects at the first transaction.
    pub(crate) fn unprepared(server: &Server) -> Result<Self, Error> {
        Ok(Self {
            pool: pool(server)?,
            schema: server.schema.clone(),
            rewritten: Rewritten::default(),
        })
    }

    pub(crate) async fn read<F, T, E>(self: &Arc<Self>, closure: F) -> Result<T, E>
    where
        F: FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.run(Mode::Read, closure).await
    }

    pub(crate) async fn write<F, T, E>(self: &Arc<Self>, closure: F) -> Result<T, E>
    where
        F: FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.run(Mode::Write, closure).await
    }

    async fn run<F, T, E>(self: &Arc<Self>, mode: Mode, closure: F) -> Result<T, E>
    where
        F: FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let client = self.pool.get().await.map_err(|error| E::from(not_lent(error)))?;
        let (postgres, runtime) = (Arc::clone(self), Handle::current());
        let work = move || postgres.transaction(client, &runtime, mode, closure);
        tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(E::from(Error::Closed)))
    }

    fn transaction<F, T, E>(
        &self,
        client: Object,
        runtime: &Handle,
        mode: Mode,
        closure: F,
    ) -> Result<T, E>
    where
        F: FnOnce(&Tx<'_>) -> Result<T, E>,
        E: From<Error>,
    {
        let (rewritten, schema) = (&self.rewritten, self.schema.as_str());
        let pg = PgTx { client: &client, runtime, rewritten, schema };
        let tx = Tx::postgres(pg);
        let outcome = self.in_transaction(&tx, mode, closure);
        let harmless = match &outcome {
            Ok(_) => true,
            Err(Ended::Refused(_)) => tx.failure().as_ref().is_none_or(is_harmless),
            Err(Ended::Failed(error)) => is_harmless(error),
            Err(Ended::Panicked) => false,
        };
        // A transaction that did not end by itself must not be there for the next one.
        let ended = match &outcome {
            Ok(_) => true,
            Err(_) => harmless && tx.command("ROLLBACK").is_ok(),
        };
        drop(tx);
        self.give_back(client, ended);
        outcome.map_err(|ended| match ended {
            Ended::Refused(error) => error,
            Ended::Failed(error) => E::from(error),
            Ended::Panicked => E::from(Error::Panicked),
        })
    }

    fn in_transaction<F, T, E>(&self, tx: &Tx<'_>, mode: Mode, closure: F) -> Result<T, Ended<E>>
    where
        F: FnOnce(&Tx<'_>) -> Result<T, E>,
    {
        tx.command(mode.begin()).map_err(Ended::Failed)?;
        let value = catch_unwind(AssertUnwindSafe(|| closure(tx)))
            .map_err(|_| Ended::Panicked)?
            .map_err(Ended::Refused)?;
        // PostgreSQL would answer COMMIT by a rollback, and call it a success.
        if let Some(error) = tx.failure() {
            return Err(Ended::Failed(error));
        }
        tx.command("COMMIT").map_err(Ended::Failed)?;
        Ok(value)
    }

    /// Lends the connection to the next, or throws it away: the pool then opens another.
    fn give_back(&self, client: Object, whole: bool) {
        if !whole {
            drop(Object::take(client));
        } else if client.statement_cache.size() > STATEMENTS_CACHED {
            client.statement_cache.clear();
        }
    }

    /// Transactions that wait for a connection.
    pub(crate) fn waiting(&self) -> usize {
        self.pool.status().waiting
    }

    /// Refuses new transactions and waits for those under way.
    pub(crate) async fn close(&self) {
        self.pool.close();
        while self.pool.status().size > 0 {
            tokio::time::sleep(CLOSING_POLL).await;
        }
    }
}

/// How a transaction ended that did not go well.
enum Ended<E> {
    Refused(E),
    Failed(Error),
    Panicked,
}

fn pool(server: &Server) -> Result<Pool, Error> {
    let config = server.config()?;
    // A connection that died at rest is noticed when it is lent next.
    let how = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = if config.get_ssl_mode() == SslMode::Disable {
        Manager::from_config(config, NoTls, how)
    } else {
        let (tls, unread) = MakeRustlsConnect::with_native_certs()
            .map_err(|_| Error::Address("this system has no root certificates for TLS"))?;
        for error in unread {
            tracing::warn!(%error, "A root certificate could not be read");
        }
        Manager::from_config(config, tls, how)
    };
    let timeouts = Timeouts { wait: Some(WAIT), create: None, recycle: None };
    Pool::builder(manager)
        .max_size(server.connections.max(1))
        .runtime(Runtime::Tokio1)
        .timeouts(timeouts)
        .build()
        .map_err(|error| Error::Unreachable(error.to_string()))
}
