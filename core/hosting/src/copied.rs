//! The service's database in the hands of whoever runs it: moved to a server, or a copy looked at
//! for the objects it needs. Nothing is served from it.

use std::path::{Path, PathBuf};

use albumen_db::{Database, MovedTable, Place, Server, copy_server, transfer};

use crate::{
    Error,
    repository::{SCHEMA, object},
};

pub use crate::repository::object::KeptObject;

/// The copy.
pub struct CopiedDatabase(Database);

impl CopiedDatabase {
    /// Opens a copy; one that an older version made is brought to the newest schema.
    ///
    /// # Errors
    /// [`Error::Database`] when it is none of ours or cannot be read.
    pub async fn open(file: &Path) -> Result<Self, Error> {
        Ok(Self(Database::start(Place::File(file.to_owned()), SCHEMA).await?))
    }

    /// Objects that it refers to, after a row (0 for the first), at most `limit`, with their rows.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn objects(&self, row: i64, limit: u32) -> Result<Vec<(i64, KeptObject)>, Error> {
        Ok(self.0.read(move |tx| object::after(tx, row, limit)).await?)
    }

    /// Closes it; the file is whole then.
    pub async fn close(self) {
        self.0.close().await;
    }
}

/// Moves the service's database from its file, which nobody may have open, into an empty schema on
/// a server.
///
/// # Errors
/// [`Error::Database`]; then nothing is kept there.
pub async fn move_database(from: PathBuf, to: &Server) -> Result<Vec<MovedTable>, Error> {
    Ok(transfer(from, to, SCHEMA).await?)
}

/// Copies the service's database on a server, as it is at this moment, into a file that is not
/// there yet. Works beside running instances, and changes nothing there.
///
/// # Errors
/// [`Error::Database`].
pub async fn copy_database(from: &Server, to: PathBuf) -> Result<(), Error> {
    copy_server(from, to, SCHEMA).await?;
    Ok(())
}
