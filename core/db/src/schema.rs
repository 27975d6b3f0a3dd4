//! Forward migrations by `user_version`. Owns the order of steps; the steps are the caller's.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use crate::Error;

/// One step of a schema, in the words of each database.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// For SQLite.
    pub sqlite: &'static str,
    /// For PostgreSQL; names without a schema, which is put on the search path.
    pub postgres: &'static str,
}

/// A database's own mark and the steps that build it.
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    /// Marks the data as belonging to this program (SQLite's `application_id`); not zero.
    pub application_id: i32,
    /// Step `n` (from 0) turns schema version `n` into `n + 1`. Published steps are never edited.
    pub steps: &'static [Step],
}

impl Schema {
    /// Brings an open database to the newest version, each step in a transaction of its own.
    pub(crate) fn apply(self, conn: &mut Connection, path: &Path) -> Result<(), Error> {
        let known = self.steps.len();
        let place = || path.display().to_string();
        loop {
            // Read inside the lock: another process may be migrating at this moment.
            let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let version: i64 = tx.pragma_query_value(None, "user_version", |row| row.get(0))?;
            let id: i32 = tx.pragma_query_value(None, "application_id", |row| row.get(0))?;
            let tables: i64 =
                tx.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
            let fresh = version == 0 && id == 0 && tables == 0;
            if !fresh && id != self.application_id {
                return Err(Error::Foreign { place: place(), found: id });
            }
            let version = usize::try_from(version).unwrap_or(usize::MAX);
            if version > known {
                return Err(Error::NewerSchema { place: place(), found: version, known });
            }
            let Some(step) = self.steps.get(version) else { return Ok(()) };
            tx.execute_batch(step.sqlite)?;
            tx.pragma_update(None, "application_id", self.application_id)?;
            tx.pragma_update(None, "user_version", i64::try_from(version + 1).unwrap_or(i64::MAX))?;
            tx.commit()?;
        }
    }
}
