//! A transaction as callers see it: one SQL text, one set of types, whichever database is below.
//!
//! SQL is the common subset of both: `?1 ?2 ...` (or `?`, counted) for parameters, `RETURNING` for
//! new ids, `ON CONFLICT`, no function that only one of them has, and a `CAST` around a parameter
//! whose type nothing in the statement tells.

use std::cell::RefCell;

use crate::{
    Error, LockKey,
    postgres::{PgRow, PgTx},
    sqlite::{SqliteRow, SqliteTx},
    value::{FromValue, ToValue, ValueRef},
};

/// A transaction that somebody opened and will end.
///
/// An error of the database is the end of it: whatever the closure answers afterwards, nothing of
/// it is kept, as PostgreSQL has it.
pub struct Tx<'a> {
    backend: Backend<'a>,
    /// The first statement that failed.
    failure: RefCell<Option<Error>>,
}

enum Backend<'a> {
    Sqlite(SqliteTx<'a>),
    Postgres(PgTx<'a>),
}

impl<'a> Tx<'a> {
    pub(crate) const fn sqlite(tx: SqliteTx<'a>) -> Self {
        Self { backend: Backend::Sqlite(tx), failure: RefCell::new(None) }
    }

    pub(crate) const fn postgres(tx: PgTx<'a>) -> Self {
        Self { backend: Backend::Postgres(tx), failure: RefCell::new(None) }
    }

    /// What failed in it, if anything did.
    pub(crate) fn failure(&self) -> Option<Error> {
        self.failure.borrow().clone()
    }

    fn noted<T>(&self, outcome: Result<T, Error>) -> Result<T, Error> {
        outcome.inspect_err(|error| self.note(error))
    }

    fn note(&self, error: &Error) {
        self.failure.borrow_mut().get_or_insert_with(|| error.clone());
    }

    /// `BEGIN` and the like, for those who own the transaction.
    pub(crate) fn command(&self, sql: &str) -> Result<(), Error> {
        match &self.backend {
            Backend::Sqlite(tx) => tx.execute(sql, &[]).map(drop),
            Backend::Postgres(tx) => tx.command(sql),
        }
    }

    /// Runs a part that stands or falls by itself: when it refuses, what it changed is undone, and
    /// the rest of the transaction may go on. A statement that fails is the end of all of it.
    ///
    /// # Errors
    /// The closure's own, and what the database says.
    pub fn part<T, E: From<Error>>(
        &self,
        closure: impl FnOnce(&Self) -> Result<T, E>,
    ) -> Result<T, E> {
        self.noted(self.command("SAVEPOINT part"))?;
        let outcome = closure(self);
        if self.failure.borrow().is_some() {
            return outcome;
        }
        if outcome.is_err() {
            self.noted(self.command("ROLLBACK TO SAVEPOINT part"))?;
        }
        self.noted(self.command("RELEASE SAVEPOINT part"))?;
        outcome
    }

    /// Runs a statement; how many rows it changed.
    ///
    /// # Errors
    /// What the database says.
    pub fn execute(&self, sql: &str, params: &[&dyn ToValue]) -> Result<u64, Error> {
        let values = values(params)?;
        self.noted(match &self.backend {
            Backend::Sqlite(tx) => tx.execute(sql, &values),
            Backend::Postgres(tx) => tx.execute(sql, &values),
        })
    }

    /// All rows, each through the closure.
    ///
    /// # Errors
    /// What the database says, and the closure's own.
    pub fn query<T, E, F>(&self, sql: &str, params: &[&dyn ToValue], read: F) -> Result<Vec<T>, E>
    where
        F: FnMut(&Row<'_>) -> Result<T, E>,
        E: From<Error>,
    {
        self.rows(sql, params, usize::MAX, read)
    }

    /// At most `limit` rows.
    fn rows<T, E, F>(
        &self,
        sql: &str,
        params: &[&dyn ToValue],
        limit: usize,
        mut read: F,
    ) -> Result<Vec<T>, E>
    where
        F: FnMut(&Row<'_>) -> Result<T, E>,
        E: From<Error>,
    {
        let values = values(params)?;
        match &self.backend {
            Backend::Sqlite(tx) => {
                let failed = |error| {
                    self.note(&error);
                    E::from(error)
                };
                tx.query(sql, &values, limit, read, failed)
            }
            Backend::Postgres(tx) => {
                let rows = self.noted(tx.rows(sql, &values))?;
                rows.iter().take(limit).map(|row| read(&Row::from(row))).collect()
            }
        }
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    /// As [`Self::query`].
    pub fn query_opt<T, E, F>(
        &self,
        sql: &str,
        params: &[&dyn ToValue],
        read: F,
    ) -> Result<Option<T>, E>
    where
        F: FnMut(&Row<'_>) -> Result<T, E>,
        E: From<Error>,
    {
        Ok(self.rows(sql, params, 1, read)?.into_iter().next())
    }

    /// The first row.
    ///
    /// # Errors
    /// [`Error::NoRow`], and as [`Self::query`].
    pub fn query_one<T, E, F>(&self, sql: &str, params: &[&dyn ToValue], read: F) -> Result<T, E>
    where
        F: FnMut(&Row<'_>) -> Result<T, E>,
        E: From<Error>,
    {
        self.query_opt(sql, params, read)?.ok_or_else(|| E::from(Error::NoRow))
    }

    /// Whether there is a row.
    ///
    /// # Errors
    /// What the database says.
    pub fn exists(&self, sql: &str, params: &[&dyn ToValue]) -> Result<bool, Error> {
        Ok(self.query_opt(sql, params, |_| Ok::<_, Error>(()))?.is_some())
    }

    /// Runs an `INSERT ... RETURNING id`; the id.
    ///
    /// # Errors
    /// [`Error::NoRow`] when nothing was inserted; what the database says.
    pub fn insert_id(&self, sql: &str, params: &[&dyn ToValue]) -> Result<i64, Error> {
        self.query_one(sql, params, |row| row.get(0))
    }

    /// Waits for locks and holds them until the transaction ends, so that what is looked up next
    /// is still so when it is acted on. Take all of one sort in one call, before anything else:
    /// they are taken in an order that no two transactions can disagree about. Locks of a later
    /// call must be of a sort that everybody takes later. On SQLite there is nothing to do, as one
    /// write runs at a time.
    ///
    /// # Errors
    /// What the database says; waiting too long is transient.
    pub fn lock(&self, keys: &[LockKey]) -> Result<(), Error> {
        match &self.backend {
            Backend::Sqlite(_) => Ok(()),
            Backend::Postgres(tx) => self.noted(tx.lock(keys)),
        }
    }
}

fn values<'p>(params: &'p [&dyn ToValue]) -> Result<Vec<ValueRef<'p>>, Error> {
    params.iter().map(|param| param.to_value().checked()).collect()
}

/// A row under the eyes of a closure.
pub struct Row<'a>(RowBackend<'a>);

enum RowBackend<'a> {
    Sqlite(SqliteRow<'a>),
    Postgres(PgRow<'a>),
}

impl<'a> Row<'a> {
    pub(crate) const fn sqlite(row: SqliteRow<'a>) -> Self {
        Self(RowBackend::Sqlite(row))
    }

    pub(crate) const fn postgres(row: PgRow<'a>) -> Self {
        Self(RowBackend::Postgres(row))
    }

    /// The value at a position as it is; `None` when it is not there, or of a type we never write.
    pub(crate) fn value(&self, index: usize) -> Option<ValueRef<'_>> {
        match &self.0 {
            RowBackend::Sqlite(row) => row.value(index),
            RowBackend::Postgres(row) => row.value(index),
        }
    }

    /// The column at a position, from 0.
    ///
    /// # Errors
    /// [`Error::Column`] when it is not there or holds something else.
    pub fn get<T: FromValue>(&self, index: usize) -> Result<T, Error> {
        self.value(index).and_then(T::from_value).ok_or(Error::Column { index })
    }
}
