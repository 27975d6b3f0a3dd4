//! The arguments, and which file answers to which of them.

mod audit;
mod backup;
mod ca;
mod demo;
mod devices;
mod doctor;
mod hosting_only;
mod ignore;
mod join;
mod library;
mod login;
mod map;
mod move_database;
mod openapi;
mod openid;
mod operating;
mod owner;
mod pair;
mod people;
mod policy_words;
mod second_factor;
mod secret;
mod serve;
mod settle;
mod spaces;
mod status;
mod sync;
mod tokens_only;
mod watch;

use std::path::PathBuf;

use albumen_app::{AppError, Door, Surroundings};
use clap::{Parser, Subcommand};

use crate::{
    exit::{self, Exit},
    output::Output,
};

/// Keeps photo folders safe in a media library.
///
/// Albumen watches folders, uploads what is new straight to object storage and verifies every file
/// end to end. It only adds: nothing is ever deleted, neither here nor there. Without a window this
/// program does all that the desktop app does, on the same files. While the app or `albumen watch`
/// runs, other commands go through it; only `login`, `watch`, `sync` without --once, and
/// `second-factor` and `identity` with a password are refused.
#[derive(Debug, Parser)]
#[command(name = "albumen", version, after_long_help = exit::HELP, max_term_width = 100)]
pub(crate) struct Arguments {
    /// Folder of settings, profiles and built-in services [default: the platform's data folder]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) home: Option<PathBuf>,
    /// Print JSON for scripts: one value a line on standard output, errors on standard error
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the built-in services in the foreground
    Serve(Box<serve::Serve>),
    /// Back up the services of this computer: databases, content and keys
    Backup(backup::Backup),
    /// Restore the services of a backup into an empty home folder, verified
    Restore(backup::Restore),
    /// Move the databases of the built-in services to a PostgreSQL server
    MoveDatabase(move_database::MoveDatabase),
    /// Show or export the certificate authority of the built-in services
    Ca(ca::Ca),
    /// Show everything once, on throw-away files: services, library, upload, verification
    Demo(demo::Demo),
    /// Sign in at a server, or set up this computer as the media library
    Login(login::Login),
    /// Sign out of this device; files stay here and in the media library
    Logout,
    /// Folders that are kept in the media library
    Map(map::Map),
    /// Files that are left out, by rules in the syntax of gitignore
    Ignore(ignore::Ignore),
    /// Upload what is new
    Sync(sync::Sync),
    /// Keep syncing and print what happens, until interrupted
    Watch,
    /// Show how far everything is
    Status,
    /// Devices of the account
    Devices(devices::Devices),
    /// Give a library another secret
    Secret(secret::Secret),
    /// Who did what, when: show, check, export
    Audit(audit::Audit),
    /// Spaces of the libraries, and who may do what in them
    Spaces(spaces::Spaces),
    /// Media libraries of the server
    Library(library::Library),
    /// People who have an account at the server; for administrators
    People(people::People),
    /// A second factor for signing in
    SecondFactor(second_factor::SecondFactor),
    /// One's identity at the server's identity provider
    Identity(openid::Identity),
    /// The owner of the services in this home
    Owner(owner::Owner),
    /// Print how the library service is called, as an OpenAPI document
    ///
    /// The document describes every operation of the built-in library service, version 3.1 of
    /// OpenAPI, made from the program itself. A running service tells it too, at
    /// /albumen/v1/openapi.json. No service, home folder or network is needed.
    Openapi,
    /// Look for what could be wrong and say what to do about it
    Doctor,
}

impl Command {
    /// Whether it goes on syncing until interrupted.
    const fn keeps_on(&self) -> bool {
        match self {
            Self::Watch => true,
            Self::Sync(sync) => sync.keeps_on(),
            _ => false,
        }
    }

    /// Whether its log is for a program.
    pub(crate) const fn logs_json(&self) -> bool {
        matches!(self, Self::Serve(serve) if serve.logs_json())
    }

    /// Whether it cannot be done beside another Albumen: two cannot watch the same folders,
    /// signing in replaces what the other one shows, and no password or secret goes through another
    /// process.
    const fn is_alone(&self) -> bool {
        match self {
            Self::Login(_) => true,
            Self::Library(library) => library.is_secret(),
            Self::SecondFactor(second_factor) => second_factor.takes_password(),
            Self::Identity(identity) => identity.takes_password(),
            _ => self.keeps_on(),
        }
    }
}

/// Does it.
pub(crate) async fn run(
    command: Command,
    surroundings: Surroundings,
    output: &Output,
) -> Result<Exit, AppError> {
    if let Command::Audit(audit) = &command
        && let Some(done) = audit.offline(&surroundings, output).await
    {
        return done;
    }
    match command {
        Command::Serve(serve) => serve.run(surroundings, output).await,
        Command::Backup(backup) => backup.run(&surroundings, output).await,
        Command::Restore(restore) => restore.run(&surroundings, output).await,
        Command::MoveDatabase(moving) => moving.run(&surroundings, output).await,
        Command::Ca(ca) => ca.run(&surroundings, output),
        Command::Demo(demo) => demo.run(surroundings, output).await,
        Command::Owner(owner) => owner.run(&surroundings, output).await,
        Command::Doctor => doctor::run(surroundings, output).await,
        Command::Openapi => Ok(openapi::run(output)),
        command => {
            let surroundings = Surroundings { idle: !command.keeps_on(), ..surroundings };
            let door = if command.is_alone() {
                Door::open_alone(surroundings).await?
            } else {
                Door::open(surroundings).await?
            };
            let done = on(&door, command, output).await;
            door.close().await;
            done
        }
    }
}

async fn on(door: &Door, command: Command, output: &Output) -> Result<Exit, AppError> {
    match command {
        Command::Login(login) => login.run(door, output).await,
        Command::Logout => login::logout(door, output).await,
        Command::Map(map) => map.run(door, output).await,
        Command::Ignore(ignore) => ignore.run(door, output).await,
        Command::Sync(sync) => sync.run(door, output).await,
        Command::Watch => watch::run(door, output).await,
        Command::Status => status::run(door, output).await,
        Command::Devices(devices) => devices.run(door, output).await,
        Command::Secret(secret) => secret.run(door, output).await,
        Command::Audit(audit) => audit.run(door, output).await,
        Command::Spaces(spaces) => spaces.run(door, output).await,
        Command::Library(library) => library.run(door, output).await,
        Command::People(people) => people.run(door, output).await,
        Command::SecondFactor(second_factor) => second_factor.run(door, output).await,
        Command::Identity(identity) => identity.run(door, output).await,
        Command::Serve(_)
        | Command::Backup(_)
        | Command::Restore(_)
        | Command::MoveDatabase(_)
        | Command::Ca(_)
        | Command::Demo(_)
        | Command::Owner(_)
        | Command::Doctor
        | Command::Openapi => {
            unreachable!("these open no profile and are done by the caller")
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_make_sense() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn no_argument_takes_a_password_a_secret_or_a_code() {
        fn walk(command: &clap::Command) {
            for argument in command.get_arguments() {
                let name = argument.get_id().as_str();
                // A code or a link may be asked for by a word; none is ever the argument itself.
                let is_file = ["password_file", "code_file", "secret_file"].contains(&name);
                let words = ["password", "code", "link", "secret"];
                let secret = words.iter().any(|word| name.contains(word));
                assert!(!secret || is_file || !argument.get_action().takes_values(), "{name}");
            }
            command.get_subcommands().for_each(walk);
        }
        walk(&Arguments::command());
    }
}
