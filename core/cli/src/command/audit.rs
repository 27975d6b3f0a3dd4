//! The audit log: who did what, when. Shown, checked, exported, and cut once it was exported.

use std::path::PathBuf;

use albumen_app::{
    AppError, Code, Door, Surroundings, check_audit_export, check_stopped_audit,
    views::{AuditEntryView, AuditVerdict},
};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::{exit::Exit, output::Output};

/// Who did what, when (administrators).
#[derive(Debug, Args)]
pub(crate) struct Audit {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show entries, oldest first
    List(Wanted),
    /// Have the service check that nobody changed, left out or cut off an entry; or check an export
    ///
    /// Ends with 0 when everything fits and with 1 when an entry was changed. With --stopped also
    /// with 6 while the services run, and with 8 where there are none or their key is another one.
    Verify {
        /// An export to check by itself: no service and no secret is needed
        file: Option<PathBuf>,
        /// The public key that was noted before; only exports signed by it are believed
        #[arg(long, requires = "file")]
        key: Option<String>,
        /// Look at the log of the services in this home, which must not run; nothing is changed
        #[arg(long, conflicts_with_all = ["file", "key"])]
        stopped: bool,
        /// An export of an earlier day: the log must still go through its end
        #[arg(long, requires = "stopped")]
        export: Option<PathBuf>,
    },
    /// Write the whole log into a new file: an entry a line, and a signed end
    Export {
        /// The file; it must not be there yet
        file: PathBuf,
    },
    /// Cut from the log what an export holds; keep the file, it is all there is of it then
    Cut {
        /// The export
        file: PathBuf,
    },
}

#[derive(Debug, Args)]
struct Wanted {
    /// Entries after this number
    #[arg(long)]
    after: Option<u64>,
    /// At most so many
    #[arg(long)]
    limit: Option<u32>,
    /// Of this account, by its id
    #[arg(long)]
    account: Option<String>,
    /// Of this act, as in `device_revoked`
    #[arg(long)]
    act: Option<String>,
    /// Not before this moment, as in 2027-01-31T00:00:00.000Z
    #[arg(long)]
    from: Option<String>,
    /// Before this moment
    #[arg(long)]
    until: Option<String>,
}

impl Audit {
    /// What needs no service.
    pub(super) async fn offline(
        &self,
        surroundings: &Surroundings,
        output: &Output,
    ) -> Option<Result<Exit, AppError>> {
        let Action::Verify { file, key, stopped, export } = &self.action else { return None };
        let found = match file {
            Some(file) => check_audit_export(file, key.as_deref()),
            None if *stopped => check_stopped_audit(surroundings, export.as_deref()).await,
            None => return None,
        };
        Some(found.map(|found| tell(&found, output)))
    }

    pub(super) async fn run(self, door: &Door, output: &Output) -> Result<Exit, AppError> {
        let (name, args) = match self.action {
            Action::List(wanted) => return wanted.list(door, output).await,
            Action::Verify { .. } => ("check_audit", json!({})),
            Action::Export { file } => ("export_audit", of_file(&file)?),
            Action::Cut { file } => ("cut_audit", of_file(&file)?),
        };
        let found: AuditVerdict = door.ask(name, args).await?;
        Ok(tell(&found, output))
    }
}

/// The process that owns the home may stand in another folder.
fn of_file(file: &std::path::Path) -> Result<Value, AppError> {
    let path = std::path::absolute(file).map_err(|error| {
        AppError::new(Code::FileUnreadable).with("path", file.display()).because(&error)
    })?;
    Ok(json!({ "path": path.display().to_string() }))
}

impl Wanted {
    async fn list(self, door: &Door, output: &Output) -> Result<Exit, AppError> {
        let args = json!({
            "after": self.after, "limit": self.limit, "account": self.account, "act": self.act,
            "from": self.from, "until": self.until,
        });
        let entries: Vec<AuditEntryView> = door.ask("list_audit", args).await?;
        for one in &entries {
            let AuditEntryView { entry, at, account, device, act, subject } = one;
            let who = if account.is_empty() { "-" } else { account };
            let on = if device.is_empty() { "-" } else { device };
            output.line(&format!("{entry}  {at}  {who}  {on}  {act}  {subject}"));
        }
        output.value(&entries);
        Ok(Exit::Done)
    }
}

fn tell(found: &AuditVerdict, output: &Output) -> Exit {
    let text = |number: Option<u64>| number.map_or_else(|| "-".to_owned(), |n| n.to_string());
    output.value(found);
    if let Some(entry) = found.tampered_at {
        output.say("cli.audit.tampered", &[("entry", &entry.to_string())]);
        return Exit::SomeFailed;
    }
    let key = found.public_key.clone().unwrap_or_default();
    output.say("cli.audit.whole", &[("last", &text(found.last)), ("key", &key)]);
    Exit::Done
}
