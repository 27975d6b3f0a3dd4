//! Libraries of the server: shown, taken in from elsewhere, renamed, let go of.

use std::path::PathBuf;

use albumen_app::{
    AppError, Code, Door,
    views::{LibraryRemoval, LibraryView},
};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::login::read_ca;
use crate::{exit::Exit, output::Output, password};

/// Media libraries of the server.
#[derive(Debug, Args)]
pub(crate) struct Library {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show them (the default)
    List,
    /// Add a library whose files are kept by another library service, such as Tencent's
    ///
    /// The server tries the secret there before it keeps it, sealed. The secret is asked for on the
    /// terminal, or read from standard input or from a file; it is never an argument, because other
    /// programs can see those. It goes to the server over HTTPS, or not at all.
    Add {
        /// Base URL of the library service
        #[arg(long, value_name = "URL")]
        url: String,
        /// Id of the library there
        #[arg(long, value_name = "LIBRARY")]
        id: String,
        /// What to call it [default: its id]
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// It is a file library, not a media library
        #[arg(long)]
        file_library: bool,
        /// Read the secret from the first line of this file, which nobody else may be able to read
        #[arg(long, value_name = "FILE")]
        secret_file: Option<PathBuf>,
        #[command(flatten)]
        trusted: Trusted,
    },
    /// Say by which certificate authority the service of a library elsewhere is trusted
    ///
    /// As when it was added: for that library alone, and its devices are told. It is tried first.
    /// With no argument but the library, only those that the server's system trusts.
    Trust {
        /// Name or id of the library
        library: String,
        #[command(flatten)]
        trusted: Trusted,
    },
    /// Give a library another name
    Rename {
        /// Name or id of the library
        library: String,
        /// The new name
        name: String,
    },
    /// Let go of a library whose files are kept elsewhere; they stay there
    ///
    /// From now on nobody gets access to it through this server. Access tokens that are in use are
    /// deleted first, then the secret is forgotten.
    Remove {
        /// Name or id of the library
        library: String,
    },
}

/// Whom to trust where a library is kept.
#[derive(Debug, Args)]
struct Trusted {
    /// Trust the certificate authority in this file (PEM, one certificate) there
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Trust the authority with this SHA-256 fingerprint, which the library service must show
    #[arg(long, value_name = "HEX", conflicts_with = "ca")]
    ca_sha256: Option<String>,
}

impl Trusted {
    /// Adds it to the arguments of a command.
    fn add_to(&self, args: &mut Value) -> Result<(), AppError> {
        if let Some(file) = &self.ca {
            args["caPem"] = json!(read_ca(file)?);
        }
        if let Some(sha256) = &self.ca_sha256 {
            args["caSha256"] = json!(sha256);
        }
        Ok(())
    }
}

impl Library {
    /// Whether it takes a secret along, which goes through no other process.
    pub(super) const fn is_secret(&self) -> bool {
        matches!(self.action, Some(Action::Add { .. }))
    }

    pub(super) async fn run(self, door: &Door, output: &Output) -> Result<Exit, AppError> {
        match self.action.unwrap_or(Action::List) {
            Action::List => list(door, output).await,
            Action::Add { url, id, name, file_library, secret_file, trusted } => {
                let secret = password::read_private(secret_file.as_deref(), &id, output)?;
                let mut args = json!({
                    "url": url,
                    "libraryId": id,
                    "secret": secret,
                    "name": name.unwrap_or_else(|| id.clone()),
                    "fileLibrary": file_library,
                });
                trusted.add_to(&mut args)?;
                let library: LibraryView = door.ask("adopt_library", args).await?;
                let count = library.spaces.len().to_string();
                output.say("cli.library.added", &[("name", &library.name), ("count", &count)]);
                output.value(&library);
                Ok(Exit::Done)
            }
            Action::Trust { library, trusted } => {
                let mut args = json!({ "libraryId": find(door, &library).await? });
                trusted.add_to(&mut args)?;
                let library: LibraryView = door.ask("trust_library", args).await?;
                let name = ("name", library.name.as_str());
                match &library.ca_sha256 {
                    Some(sha256) => output.say("cli.library.trusted", &[name, ("sha256", sha256)]),
                    None => output.say("cli.library.untrusted", &[name]),
                }
                output.value(&library);
                Ok(Exit::Done)
            }
            Action::Rename { library, name } => {
                let id = find(door, &library).await?;
                let args = json!({ "libraryId": id, "name": name });
                let library: LibraryView = door.ask("rename_library", args).await?;
                output.say("cli.library.renamed", &[("name", &library.name)]);
                output.value(&library);
                Ok(Exit::Done)
            }
            Action::Remove { library } => {
                let id = find(door, &library).await?;
                let removal: LibraryRemoval =
                    door.ask("remove_library", json!({ "libraryId": id })).await?;
                match removal.tokens_left {
                    0 => output.say("cli.library.removed", &[("name", &library)]),
                    _ => output.say("cli.library.removing", &[("name", &library)]),
                }
                output.value(&removal);
                Ok(Exit::Done)
            }
        }
    }
}

async fn list(door: &Door, output: &Output) -> Result<Exit, AppError> {
    let libraries: Vec<LibraryView> = door.ask("list_libraries", json!({})).await?;
    for library in &libraries {
        let place = library.hosting_url.as_deref().unwrap_or_default();
        output.line(format!("{}  {}  {place}", library.library_id, library.name).trim_end());
        if let Some(sha256) = &library.ca_sha256 {
            output.say("cli.library.authority", &[("sha256", sha256)]);
        }
    }
    output.value(&libraries);
    Ok(Exit::Done)
}

/// The id of the library somebody means.
async fn find(door: &Door, wanted: &str) -> Result<String, AppError> {
    let libraries: Vec<LibraryView> = door.ask("list_libraries", json!({})).await?;
    let fits = |l: &&LibraryView| l.library_id == wanted || l.name == wanted;
    let mut fitting = libraries.iter().filter(fits).map(|library| library.library_id.clone());
    let missing = || AppError::new(Code::SpaceMissing).with("name", wanted);
    let id = fitting.next().ok_or_else(missing)?;
    match fitting.next() {
        None => Ok(id),
        Some(other) => {
            let detail = format!("Several are called so: {id}, {other}");
            Err(AppError::new(Code::BadRequest).with("detail", detail))
        }
    }
}
