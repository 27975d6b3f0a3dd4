//! A transaction as callers see it: one SQL text, one set of types, whichever database is below.
//!
//! SQL is the common subset of both: `?1 ?2 ...` (or `?`, counted) for parameters, `RETURNING` for
//! new ids, `ON CONFLICT`, no function that only one of them has, and a `CAST` around a parameter
//! whose type nothing in the statement tells.

use crate::{
    Error, LockKey,
    sqlite::{SqliteRow, SqliteTx},
    value::{FromValue, ToValue, ValueRef},
};

/// A transaction that somebody opened and will end.
pub struct Tx<'a>(Backend<'a>);

enum Backend<'a> {
    Sqlite(SqliteTx<'a>),
}

impl<'a> Tx<'a> {
    pub(crate) const fn sqlite(tx: SqliteTx<'a>) -> Self {
        Self(Backend::Sqlite(tx))
    }

    /// Runs a statement; how many rows it changed.
    ///
    /// # Errors
    /// What the database says.
    pub fn execute(&self, sql: &str, params: &[&dyn ToValue]) -> Result<u64, Error> {
        let values = values(params)?;
        match &self.0 {
            Backend::Sqlite(tx) => tx.execute(sql, &values),
        }
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
        let values = values(params)?;
        match &self.0 {
            Backend::Sqlite(tx) => tx.query(sql, &values, usize::MAX, read),
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
        let values = values(params)?;
        let rows = match &self.0 {
            Backend::Sqlite(tx) => tx.query(sql, &values, 1, read)?,
        };
        Ok(rows.into_iter().next())
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
    /// is still so when it is acted on. Take all of them in one call, before anything else: they
    /// are taken in an order of their own, which no two transactions can disagree about. On SQLite
    /// there is nothing to do, as one write runs at a time.
    ///
    /// # Errors
    /// What the database says; waiting too long is transient.
    pub fn lock(&self, _keys: &[LockKey]) -> Result<(), Error> {
        match &self.0 {
            Backend::Sqlite(_) => Ok(()),
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
}

impl<'a> Row<'a> {
    pub(crate) const fn sqlite(row: SqliteRow<'a>) -> Self {
        Self(RowBackend::Sqlite(row))
    }

    /// The column at a position, from 0.
    ///
    /// # Errors
    /// [`Error::Column`] when it is not there or holds something else.
    pub fn get<T: FromValue>(&self, index: usize) -> Result<T, Error> {
        let value = match &self.0 {
            RowBackend::Sqlite(row) => row.value(index),
        };
        value.and_then(T::from_value).ok_or(Error::Column { index })
    }
}
