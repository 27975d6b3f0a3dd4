//! Statements on a PostgreSQL connection, from a thread that may wait.

use std::time::Duration;

use deadpool_postgres::ClientWrapper;
use sha2::{Digest, Sha256};
use tokio::runtime::Handle;
use tokio_postgres::types::ToSql;

use super::{failure::failed, place::STATEMENT_TIMEOUT, sql::Rewritten, value::Param};
use crate::{Error, LockKey, Row, value::ValueRef};

/// How much longer than the server's own limit we wait for it.
const GRACE: Duration = Duration::from_secs(10);

/// A connection inside a transaction.
pub(crate) struct PgTx<'a> {
    pub(crate) client: &'a ClientWrapper,
    pub(crate) runtime: &'a Handle,
    pub(crate) rewritten: &'a Rewritten,
    /// Part of every lock.
    pub(crate) schema: &'a str,
}

impl PgTx<'_> {
    fn wait<T>(
        &self,
        work: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, Error> {
        let limited = async { tokio::time::timeout(STATEMENT_TIMEOUT + GRACE, work).await };
        match self.runtime.block_on(limited) {
            Ok(outcome) => outcome.map_err(|error| failed(&error)),
            Err(_) => Err(Error::Unreachable("the server does not answer".to_owned())),
        }
    }

    /// Words that control the transaction itself.
    pub(crate) fn command(&self, sql: &str) -> Result<(), Error> {
        self.wait(self.client.batch_execute(sql))
    }

    pub(crate) fn execute(&self, sql: &str, values: &[ValueRef<'_>]) -> Result<u64, Error> {
        let sql = self.rewritten.of(sql);
        self.wait(async {
            let statement = self.client.prepare_cached(&sql).await?;
            self.client.execute_raw(&statement, params(values)).await
        })
    }

    /// The rows are all here before the first is looked at: its closure may run statements too.
    pub(crate) fn rows(
        &self,
        sql: &str,
        values: &[ValueRef<'_>],
    ) -> Result<Vec<tokio_postgres::Row>, Error> {
        let sql = self.rewritten.of(sql);
        self.wait(async {
            let statement = self.client.prepare_cached(&sql).await?;
            let params: Vec<Param<'_>> = params(values).collect();
            let params: Vec<_> = params.iter().map(|param| param as &(dyn ToSql + Sync)).collect();
            self.client.query(&statement, &params).await
        })
    }

    /// Takes locks in the order of their numbers.
    pub(crate) fn lock(&self, keys: &[LockKey]) -> Result<(), Error> {
        let mut locks: Vec<(i64, bool)> =
            keys.iter().map(|key| (number(self.schema, key), key.shared)).collect();
        // Of the same lock taken twice, `alone` (false) comes first and stays.
        locks.sort_unstable();
        locks.dedup_by_key(|(number, _)| *number);
        for (number, shared) in locks {
            let sql = if shared {
                "SELECT pg_advisory_xact_lock_shared(?1)"
            } else {
                "SELECT pg_advisory_xact_lock(?1)"
            };
            self.rows(sql, &[ValueRef::Integer(number)])?;
        }
        Ok(())
    }
}

fn params<'v>(values: &'v [ValueRef<'v>]) -> impl ExactSizeIterator<Item = Param<'v>> {
    values.iter().map(|value| Param(*value))
}

/// PostgreSQL knows locks by 64 bits. Two names that share them only wait for each other.
pub(crate) fn number(schema: &str, key: &LockKey) -> i64 {
    let name = format!("{schema}\0{}\0{}", key.sort, key.name);
    let digest = Sha256::digest(name.as_bytes());
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&digest[..8]);
    i64::from_be_bytes(bytes)
}

/// A row that came.
pub(crate) struct PgRow<'a>(pub(crate) &'a tokio_postgres::Row);

impl PgRow<'_> {
    /// `None`: no such column, or a type that we never ask for.
    pub(crate) fn value(&self, index: usize) -> Option<ValueRef<'_>> {
        self.0.try_get(index).ok()
    }
}

impl<'a> From<&'a tokio_postgres::Row> for Row<'a> {
    fn from(row: &'a tokio_postgres::Row) -> Self {
        Self::postgres(PgRow(row))
    }
}
