//! Tasks: operations that are too large for one request. One instance works at a task at a time,
//! one transaction after the other, and any instance takes over where another one stopped: all that
//! is known of the work is in the database.

mod run;
mod submit;

pub(crate) use run::run;
pub(crate) use submit::{Sort, submit};

/// How long what came of a task can be asked for, in milliseconds (SMH section 11.1: 30 days).
pub(crate) const KEPT_MS: i64 = 30 * 86_400_000;
