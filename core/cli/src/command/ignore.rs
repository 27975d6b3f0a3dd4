//! What never travels: the rules of a folder, and which of them decides.

use std::{
    io::Read,
    path::{self, Path, PathBuf},
};

use albumen_app::{
    AppError, Code, Door,
    views::{IgnoreRulesView, IgnoreSource, IgnoreVerdict, SyncOverview},
};
use clap::{Args, Subcommand};
use serde_json::json;

use crate::{exit::Exit, output::Output};

/// Files that are left out, by rules in the syntax of gitignore.
///
/// A file that a rule leaves out is never deleted, neither here nor in the media library, also when
/// it was uploaded before.
#[derive(Debug, Args)]
pub(crate) struct Ignore {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Say of paths whether they are left out, and by which line
    Test {
        /// Files or folders
        #[arg(required = true)]
        paths: Vec<PathBuf>,
    },
    /// Show the rules of a folder
    List {
        /// Its id, as `map list` shows it [default: the only one]
        id: Option<String>,
    },
    /// Replace the rules of a folder
    Set {
        /// Its id, as `map list` shows it
        id: String,
        /// A file with one pattern a line; - for standard input
        file: PathBuf,
    },
}

/// The most that is read of a file of rules; the program takes less.
const READ_MAX: u64 = 1024 * 1024;

impl Ignore {
    pub(super) async fn run(self, door: &Door, output: &Output) -> Result<Exit, AppError> {
        match self.action {
            Action::Test { paths } => test(door, &paths, output).await,
            Action::List { id } => list(door, id, output).await,
            Action::Set { id, file } => {
                let args = json!({ "id": id, "text": text_of(&file)? });
                let rules: IgnoreRulesView = door.ask("set_ignore_text", args).await?;
                output.say("cli.ignore.stored", &[]);
                output.value(&rules);
                Ok(Exit::Done)
            }
        }
    }
}

async fn test(door: &Door, paths: &[PathBuf], output: &Output) -> Result<Exit, AppError> {
    let absolute: Vec<PathBuf> = paths
        .iter()
        .map(|path| path::absolute(path).map_err(|error| local(&error, path)))
        .collect::<Result<_, _>>()?;
    let args = json!({ "paths": absolute });
    let verdicts: Vec<IgnoreVerdict> = door.ask("test_ignore", args).await?;
    verdicts.iter().for_each(|verdict| tell(verdict, output));
    output.value(&verdicts);
    Ok(Exit::Done)
}

fn tell(verdict: &IgnoreVerdict, output: &Output) {
    let path = ("path", verdict.path.as_str());
    if verdict.mapping_id.is_none() {
        return output.say("cli.ignore.outside", &[path]);
    }
    let (Some(source), Some(pattern)) = (verdict.source, &verdict.pattern) else {
        return output.say("cli.ignore.unnamed", &[path]);
    };
    let key = if verdict.ignored { "cli.ignore.left_out" } else { "cli.ignore.taken" };
    let line = verdict.line.unwrap_or_default().to_string();
    let source = output.catalogue().text(source_key(source));
    output.say(key, &[path, ("line", &line), ("source", source), ("pattern", pattern)]);
}

const fn source_key(source: IgnoreSource) -> &'static str {
    match source {
        IgnoreSource::BuiltIn => "cli.ignore.built_in",
        IgnoreSource::Mapping => "cli.ignore.mapping",
        IgnoreSource::Folder => "cli.ignore.folder",
        IgnoreSource::Policy => "cli.ignore.policy",
        IgnoreSource::Own => "cli.ignore.own",
    }
}

async fn list(door: &Door, id: Option<String>, output: &Output) -> Result<Exit, AppError> {
    let id = match id {
        Some(id) => id,
        None => only(door.ask("sync_overview", json!({})).await?)?,
    };
    let rules: IgnoreRulesView = door.ask("ignore_text", json!({ "id": id })).await?;
    output.line(&format!("# {}", output.catalogue().text("cli.ignore.built_in")));
    rules.built_in.iter().for_each(|line| output.line(&line.escape_debug().to_string()));
    output.line(&format!("# {}", output.catalogue().text("cli.ignore.mapping")));
    rules.text.lines().for_each(|line| output.line(line));
    output.value(&rules);
    Ok(Exit::Done)
}

/// The only mapping there is.
fn only(overview: SyncOverview) -> Result<String, AppError> {
    let count = overview.mappings.len();
    let mut ids = overview.mappings.into_iter().map(|mapping| mapping.id);
    match (ids.next(), count) {
        (Some(id), 1) => Ok(id),
        _ => {
            let detail = format!("{count} folders are kept, name one by its id");
            Err(AppError::new(Code::BadRequest).with("detail", detail))
        }
    }
}

fn text_of(file: &Path) -> Result<String, AppError> {
    let mut text = String::new();
    let read = if file.as_os_str() == "-" {
        std::io::stdin().take(READ_MAX).read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|file| file.take(READ_MAX).read_to_string(&mut text))
    };
    read.map_err(|error| local(&error, file))?;
    Ok(text)
}

fn local(error: &std::io::Error, path: &Path) -> AppError {
    AppError::new(Code::FileUnreadable).with("path", path.display()).because(error)
}
