//! Statements on a SQLite connection.

use rusqlite::{Connection, ToSql, params_from_iter, types};

use crate::{Error, Row, value::ValueRef};

/// A connection inside a transaction.
pub(crate) struct SqliteTx<'a>(&'a Connection);

impl<'a> SqliteTx<'a> {
    pub(crate) const fn new(conn: &'a Connection) -> Self {
        Self(conn)
    }

    pub(crate) fn execute(&self, sql: &str, values: &[ValueRef<'_>]) -> Result<u64, Error> {
        let changed = self.0.prepare_cached(sql)?.execute(params_from_iter(values))?;
        Ok(u64::try_from(changed).unwrap_or(u64::MAX))
    }

    /// At most `limit` rows. SQLite's own errors go through `failed`.
    pub(crate) fn query<T, E>(
        &self,
        sql: &str,
        values: &[ValueRef<'_>],
        limit: usize,
        mut read: impl FnMut(&Row<'_>) -> Result<T, E>,
        failed: impl Fn(Error) -> E,
    ) -> Result<Vec<T>, E> {
        let failed = |error: rusqlite::Error| failed(Error::from(error));
        let mut statement = self.0.prepare_cached(sql).map_err(failed)?;
        let mut rows = statement.query(params_from_iter(values)).map_err(failed)?;
        let mut found = Vec::new();
        while found.len() < limit
            && let Some(row) = rows.next().map_err(failed)?
        {
            found.push(read(&Row::sqlite(SqliteRow(row)))?);
        }
        Ok(found)
    }
}

/// A row of a running statement.
pub(crate) struct SqliteRow<'a>(&'a rusqlite::Row<'a>);

impl SqliteRow<'_> {
    /// `None`: no such column, or a type that we never write.
    pub(crate) fn value(&self, index: usize) -> Option<ValueRef<'_>> {
        match self.0.get_ref(index).ok()? {
            types::ValueRef::Null => Some(ValueRef::Null),
            types::ValueRef::Integer(number) => Some(ValueRef::Integer(number)),
            types::ValueRef::Real(_) => None,
            types::ValueRef::Text(text) => std::str::from_utf8(text).ok().map(ValueRef::Text),
            types::ValueRef::Blob(bytes) => Some(ValueRef::Blob(bytes)),
        }
    }
}

impl ToSql for ValueRef<'_> {
    fn to_sql(&self) -> rusqlite::Result<types::ToSqlOutput<'_>> {
        let value = match self {
            Self::Null => types::ValueRef::Null,
            Self::Integer(number) => types::ValueRef::Integer(*number),
            Self::Boolean(truth) => types::ValueRef::Integer(i64::from(*truth)),
            Self::Text(text) => types::ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => types::ValueRef::Blob(bytes),
        };
        Ok(types::ToSqlOutput::Borrowed(value))
    }
}
