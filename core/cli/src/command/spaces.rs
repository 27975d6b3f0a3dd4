//! Spaces, who may do what in them, and when deletions are held.

use albumen_app::{
    AppError, Code, Door,
    views::{DeleteGuardView, LibraryView, NamedSpace, PolicyView},
};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::policy_words::{self, Change};
use crate::{exit::Exit, output::Output};

/// Spaces of the libraries, and who may do what in them.
#[derive(Debug, Args)]
pub(crate) struct Spaces {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show them (the default)
    List,
    /// Who may read, upload and delete, and what a space takes
    Policy(Policy),
    /// When deletions in a space are held on this device until you agree
    ///
    /// Without options it is shown. Deletions are held when there are more in one go than the
    /// larger of a number of files and a share of all. Where an administrator has locked it, no
    /// other can be chosen.
    Guard {
        /// Name or id of the space
        space: String,
        /// Choose another for this device, as in 20,2%
        #[arg(long, value_name = "FILES,PERCENT%", value_parser = policy_words::guard,
            conflicts_with_all = ["off", "usual"])]
        at: Option<(u32, u8)>,
        /// Hold nothing on this device
        #[arg(long, conflicts_with = "usual")]
        off: bool,
        /// As the administrator says, again
        #[arg(long)]
        usual: bool,
    },
}

#[derive(Debug, Args)]
struct Policy {
    #[command(subcommand)]
    action: PolicyAction,
}

#[derive(Debug, Subcommand)]
enum PolicyAction {
    /// Show the policy of a space
    Show {
        /// Name or id of the space
        space: String,
    },
    /// Change the policy of a space; what is not named stays
    ///
    /// A policy narrows what roles allow (viewers look, members add and delete) and never gives
    /// more. WHO is a role, meaning it and all above (viewer, member, admin, owner), or nobody;
    /// then accounts by name, as in admin,@mia,@ben or nobody,@mia. Who may not read does not learn
    /// that the space is there. Tokens that had more end at once.
    Set {
        /// Name or id of the space
        space: String,
        #[command(flatten)]
        change: Box<Change>,
    },
}

impl Spaces {
    pub(super) async fn run(self, door: &Door, output: &Output) -> Result<Exit, AppError> {
        match self.action.unwrap_or(Action::List) {
            Action::List => list(door, output).await,
            Action::Policy(Policy { action: PolicyAction::Show { space } }) => {
                let place = find(door, &space).await?;
                let policy: PolicyView = door.ask("space_policy", place).await?;
                show(&policy, output);
                Ok(Exit::Done)
            }
            Action::Policy(Policy { action: PolicyAction::Set { space, change } }) => {
                let place = find(door, &space).await?;
                let before: PolicyView = door.ask("space_policy", place).await?;
                let args = json!({ "policy": change.applied_to(before) });
                let policy: PolicyView = door.ask("set_space_policy", args).await?;
                show(&policy, output);
                Ok(Exit::Done)
            }
            Action::Guard { space, at, off, usual } => {
                let mut args = find(door, &space).await?;
                let command = if at.is_some() || off || usual {
                    let (files, percent) = at.unzip();
                    args["files"] = json!(files);
                    args["percent"] = json!(percent);
                    args["off"] = json!(off);
                    "set_delete_guard"
                } else {
                    "delete_guard"
                };
                let guard: DeleteGuardView = door.ask(command, args).await?;
                show_guard(&guard, output);
                Ok(Exit::Done)
            }
        }
    }
}

async fn list(door: &Door, output: &Output) -> Result<Exit, AppError> {
    let libraries: Vec<LibraryView> = door.ask("list_libraries", json!({})).await?;
    for library in &libraries {
        for space in &library.spaces {
            let rights = output.catalogue().text(rights(space));
            let (id, name) = (&space.space_id, &space.name);
            output.line(&format!("{id}  {} / {name}  {rights}", library.name));
        }
    }
    output.value(&libraries);
    Ok(Exit::Done)
}

/// What the account may do in a space, in words.
const fn rights(space: &NamedSpace) -> &'static str {
    match (space.can_read, space.can_upload, space.can_delete) {
        (false, ..) => "cli.spaces.closed",
        (true, false, false) => "cli.spaces.read",
        (true, true, false) => "cli.spaces.upload",
        (true, false, true) => "cli.spaces.delete",
        (true, true, true) => "cli.spaces.all",
    }
}

/// The space somebody means, as a command takes it.
async fn find(door: &Door, wanted: &str) -> Result<Value, AppError> {
    let libraries: Vec<LibraryView> = door.ask("list_libraries", json!({})).await?;
    let mut fitting = libraries.iter().flat_map(|library| {
        let spaces = library.spaces.iter();
        spaces.filter(|s| s.space_id == wanted || s.name == wanted).map(move |s| (library, s))
    });
    let missing = || AppError::new(Code::SpaceMissing).with("name", wanted);
    let (library, space) = fitting.next().ok_or_else(missing)?;
    if let Some((_, other)) = fitting.next() {
        let detail = format!("Several are called so: {}, {}", space.space_id, other.space_id);
        return Err(AppError::new(Code::BadRequest).with("detail", detail));
    }
    Ok(json!({ "libraryId": library.library_id, "spaceId": space.space_id }))
}

fn show(policy: &PolicyView, output: &Output) {
    for (key, text) in policy_words::rows(policy, output.catalogue()) {
        output.line(&format!("{}: {text}", output.catalogue().text(key)));
    }
    if !policy.applied {
        output.note("cli.policy.not_applied", &[]);
    }
    output.value(policy);
}

fn show_guard(guard: &DeleteGuardView, output: &Output) {
    match (guard.files, guard.percent) {
        (Some(files), Some(percent)) => {
            let (files, percent) = (files.to_string(), percent.to_string());
            output.say("cli.guard.at", &[("files", &files), ("percent", &percent)]);
        }
        _ => output.say("cli.guard.off", &[]),
    }
    if guard.locked {
        output.say("cli.guard.locked", &[]);
    }
    output.value(guard);
}
