//! Database plumbing: open, migrate, read, write. Owns connections and transactions; has no table
//! of its own and does not know what is stored.
//!
//! Invariant: a write is answered only after its commit reached the disk.

mod database;
mod error;
mod open;
mod readers;
mod schema;
mod writer;

pub use database::{Database, Options};
pub use error::Error;
pub use rusqlite;
pub use schema::Schema;
