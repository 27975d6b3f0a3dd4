//! The tables of the token service. Each function runs inside a transaction that its caller holds;
//! none decides anything.

pub(crate) mod account;
pub(crate) mod attempt;
pub(crate) mod audit;
pub(crate) mod device;
pub(crate) mod familiar;
pub(crate) mod identity;
pub(crate) mod invitation;
pub(crate) mod library;
pub(crate) mod mint;
pub(crate) mod pairing;
pub(crate) mod policy;
pub(crate) mod revocation;
pub(crate) mod rotation;
pub(crate) mod schema;
pub(crate) mod second_factor;
pub(crate) mod set_up;
pub(crate) mod setting;
pub(crate) mod token;

use albumen_db::{Error, Result, Row};
use albumen_model::Timestamp;

/// A column that holds what this program never wrote.
const fn corrupt(index: usize) -> Error {
    Error::Column { index }
}

/// Reads an id column.
fn id<T>(row: &Row<'_>, column: usize) -> Result<T>
where
    T: TryFrom<String>,
{
    T::try_from(row.get::<String>(column)?).map_err(|_| corrupt(column))
}

fn moment(row: &Row<'_>, column: usize) -> Result<Timestamp> {
    row.get(column).map(Timestamp::from_millis)
}

fn maybe_moment(row: &Row<'_>, column: usize) -> Result<Option<Timestamp>> {
    Ok(row.get::<Option<i64>>(column)?.map(Timestamp::from_millis))
}
