//! Database plumbing: open, migrate, read, write. Owns connections and transactions; has no table
//! of its own and does not know what is stored.
//!
//! Invariant: a write is answered only after its commit reached the disk.

mod copy;
mod database;
mod error;
mod load;
mod lock;
mod open;
mod place;
mod postgres;
mod readers;
mod schema;
mod sqlite;
#[cfg(feature = "testing")]
pub mod testing;
mod transfer;
mod tx;
mod value;
mod writer;

pub use copy::copy_file;
pub use database::{Database, Options};
pub use error::{Error, Result};
pub use load::Load;
pub use lock::LockKey;
pub use place::Place;
pub use postgres::{PostgresUrl, Server};
pub use schema::{Schema, Step};
pub use transfer::{MovedTable, copy_server, must_be_vacant, transfer};
pub use tx::{Row, Tx};
pub use value::{FromValue, ToValue, Value, ValueRef};
