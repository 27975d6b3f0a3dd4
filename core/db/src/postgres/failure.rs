//! PostgreSQL's errors in our words.

use std::error::Error as StdError;

use deadpool_postgres::{PoolError, TimeoutType};
use tokio_postgres::error::SqlState;

use crate::Error;

/// Of a statement or a connection.
pub(crate) fn failed(error: &tokio_postgres::Error) -> Error {
    match error.as_db_error() {
        // Not the detail: it may quote what is in a row.
        Some(said) => Error::Postgres {
            code: said.code().code().to_owned(),
            message: said.message().to_owned(),
        },
        None if error.is_closed() || error.source().is_some_and(is_of_the_line) => {
            Error::Unreachable(told(error))
        }
        None => Error::Postgres { code: String::new(), message: told(error) },
    }
}

/// The error and what lies below it.
fn told(error: &tokio_postgres::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |below| format!("{error}: {below}"))
}

fn is_of_the_line(source: &(dyn StdError + 'static)) -> bool {
    source.is::<std::io::Error>()
}

/// Of the pool.
pub(crate) fn not_lent(error: PoolError) -> Error {
    match error {
        PoolError::Backend(error) => match failed(&error) {
            // Whatever the reason, there is no connection.
            Error::Postgres { code, message } if code.is_empty() => Error::Unreachable(message),
            error => error,
        },
        PoolError::Closed => Error::Closed,
        PoolError::Timeout(TimeoutType::Wait) => {
            Error::Unreachable("all connections are in use".to_owned())
        }
        error => Error::Unreachable(error.to_string()),
    }
}

/// Whether the same again may go well.
pub(crate) fn is_transient(code: &str) -> bool {
    let other = [
        &SqlState::LOCK_NOT_AVAILABLE,
        // A statement that took too long, or that somebody cancelled.
        &SqlState::QUERY_CANCELED,
        &SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
        // The server has become a standby.
        &SqlState::READ_ONLY_SQL_TRANSACTION,
    ];
    // Connection lost; rolled back for others (deadlocks too); out of resources; the operator.
    let classes = ["08", "40", "53", "57P"];
    classes.iter().any(|class| code.starts_with(class)) || other.iter().any(|o| o.code() == code)
}

/// Whether the disk is full.
pub(crate) fn is_full(code: &str) -> bool {
    code == SqlState::DISK_FULL.code()
}

/// Whether a connection on which this happened is as good as new after a rollback. Plans of
/// another schema version are not.
pub(crate) fn is_harmless(error: &Error) -> bool {
    let broken = ["08", "0A", "26", "57P", "58", "XX"];
    match error {
        Error::Postgres { code, .. } => {
            !code.is_empty() && !broken.iter().any(|class| code.starts_with(class))
        }
        Error::Unreachable(_) => false,
        _ => true,
    }
}
