//! Which database a service is told to use.

use std::path::PathBuf;

use crate::Server;

/// Where a database is.
#[derive(Clone, Debug)]
pub enum Place {
    /// A SQLite file; made if it is not there. Its folder must be.
    File(PathBuf),
    /// A PostgreSQL server.
    Server(Server),
}
