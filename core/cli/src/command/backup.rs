//! Backup and restore of the built-in services.

use std::path::PathBuf;

use albumen_app::{
    AppError, Surroundings,
    backup::{self, RestoreOptions},
};
use clap::Args;

use super::move_database::say_moved;
use crate::{
    exit::Exit,
    output::{Output, size},
    password,
};

/// Back up the services of this computer: databases, content and keys.
///
/// Works while they run, wherever their databases are: files, or on a PostgreSQL server. DIR is
/// empty, or a backup made before: then only content that is new is copied. Each run adds a copy of
/// the databases as they are at this moment; to get rid of old ones delete their folders below
/// `copies`. Content at object stores of others is not copied. A home where only the token service
/// runs has no content of its own.
///
/// The first run asks for a passphrase (12 characters at least) and writes the recovery kit,
/// recovery-kit.txt: the keys without which a backup cannot be used, sealed with the passphrase.
/// Print it or copy it to another place. Later runs ask for nothing, as long as the keys stay the
/// same.
#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// The backup's folder, best on another disk
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// Read the passphrase from the first line of this file, which nobody else may be able to read
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

impl Backup {
    pub(super) async fn run(
        self,
        surroundings: &Surroundings,
        output: &Output,
    ) -> Result<Exit, AppError> {
        let file = self.passphrase_file;
        let ask = || password::new_passphrase(file.as_deref(), output);
        let done = backup::back_up(surroundings, &self.dir, ask).await?;
        let (count, bytes) = (done.objects.to_string(), size(done.bytes));
        let new = done.new_objects.to_string();
        if done.tokens_only {
            output.say("cli.backup.tokens", &[("copy", &done.copy)]);
        } else {
            output.say(
                "cli.backup.done",
                &[("copy", &done.copy), ("count", &count), ("size", &bytes), ("new", &new)],
            );
        }
        if done.elsewhere > 0 {
            output.note("cli.backup.elsewhere", &[("count", &done.elsewhere.to_string())]);
        }
        if done.kit_is_new {
            output.say("cli.backup.kit", &[("file", &done.kit.display().to_string())]);
        }
        output.value(&done);
        Ok(Exit::Done)
    }
}

/// Restore the services of a backup into an empty home folder, verified.
///
/// The home (--home, or this computer's) must be empty. Every object's check value, the databases
/// and the audit log are verified. The databases become files in the home, or go to a PostgreSQL
/// server (--database-file), wherever they were. Start the services with `albumen serve`
/// afterwards, with `albumen serve --tokens-only` where it was the token service alone. What was
/// changed after the backup, revocations of devices included, is not in it: look through `albumen
/// devices` once it runs.
#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The backup's folder
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// The recovery kit [default: recovery-kit.txt in DIR]
    #[arg(long, value_name = "FILE")]
    kit: Option<PathBuf>,
    /// Which copy, as the folders below `copies` are called [default: the newest]
    #[arg(long, value_name = "NAME")]
    copy: Option<String>,
    /// File with the address of a PostgreSQL database to put the databases into:
    /// postgresql://USER:PASSWORD@HOST/NAME
    ///
    /// Nobody else may be able to read it (chmod 600). The schemas albumen_tokens and
    /// albumen_hosting must be empty there, or not be there. The services read the file at each
    /// start.
    #[arg(long, value_name = "FILE")]
    database_file: Option<PathBuf>,
    /// Read the kit's passphrase from the first line of this file
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

impl Restore {
    pub(super) async fn run(
        self,
        surroundings: &Surroundings,
        output: &Output,
    ) -> Result<Exit, AppError> {
        let file = self.passphrase_file;
        let Self { dir: folder, kit, copy, database_file, .. } = self;
        let options = RestoreOptions { folder, kit, copy, database_file };
        let ask = || password::passphrase(file.as_deref(), output);
        let done = backup::restore(surroundings, options, ask).await?;
        let (count, bytes) = (done.objects.to_string(), size(done.bytes));
        if let Some(moved) = &done.moved {
            say_moved(moved, output);
        }
        if done.tokens_only {
            output.say("cli.restore.tokens", &[("when", &done.made_at), ("home", &done.home)]);
        } else {
            let of = [("when", done.made_at.as_str()), ("home", &done.home)];
            output.say(
                "cli.restore.done",
                &[&of[..], &[("count", &count), ("size", &bytes)]].concat(),
            );
        }
        output.note("cli.restore.later", &[("when", &done.made_at)]);
        output.value(&done);
        Ok(Exit::Done)
    }
}
