//! Moving the databases of the built-in services to a PostgreSQL server.

use std::path::PathBuf;

use albumen_app::{
    AppError, Surroundings,
    moving::{self, MovedDatabases},
};
use clap::Args;

use crate::{exit::Exit, output::Output};

/// Move the databases of the built-in services to a PostgreSQL server.
///
/// Stop the services first. Each database is copied in one transaction into a schema of its own
/// (albumen_tokens, albumen_hosting) that must be empty; counts and check values of every table are
/// compared before it counts. Then `albumen serve` uses them there, and `albumen backup` copies
/// them from there. The old files stay beside, under another name. Make a backup before. The way
/// back is a backup, restored into a new home.
#[derive(Debug, Args)]
pub(crate) struct MoveDatabase {
    /// File with the address of the database, postgresql://USER:PASSWORD@HOST/NAME
    ///
    /// Nobody else may be able to read it (chmod 600). The services read it at each start.
    #[arg(long, value_name = "FILE")]
    to_file: PathBuf,
}

impl MoveDatabase {
    pub(super) async fn run(
        self,
        surroundings: &Surroundings,
        output: &Output,
    ) -> Result<Exit, AppError> {
        let moved = moving::move_databases(surroundings, &self.to_file).await?;
        say_moved(&moved, output);
        output.value(&moved);
        Ok(Exit::Done)
    }
}

/// What has arrived on a server.
pub(super) fn say_moved(moved: &MovedDatabases, output: &Output) {
    let rows = (moved.tokens_rows + moved.hosting_rows).to_string();
    let tables = moved.tables.to_string();
    output.say("cli.moved", &[("rows", &rows), ("tables", &tables)]);
}
