//! The tables of the token service. Each function runs inside a transaction that its caller holds;
//! none decides anything.

pub(crate) mod account;
pub(crate) mod attempt;
pub(crate) mod audit;
pub(crate) mod device;
pub(crate) mod library;
pub(crate) mod revocation;
pub(crate) mod schema;
pub(crate) mod setting;
pub(crate) mod token;

use albumen_db::rusqlite::{self, types::Type};
use albumen_model::Timestamp;

/// A column that holds what this program never wrote.
fn corrupt(column: usize) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, "not as written".into())
}

/// Reads an id column.
fn id<T>(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<T>
where
    T: TryFrom<String>,
{
    T::try_from(row.get::<_, String>(column)?).map_err(|_| corrupt(column))
}

fn moment(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    row.get(column).map(Timestamp::from_millis)
}

fn maybe_moment(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp::from_millis))
}
