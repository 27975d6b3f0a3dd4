//! Signing in and out.

use std::path::{Path, PathBuf};

use albumen_app::{
    AppError, Code, Door,
    views::{AppState, ServerView},
};
use clap::Args;
use serde_json::json;

use crate::{exit::Exit, output::Output, password};

/// Sign in at a server, or set up this computer as the media library.
///
/// The password is asked for on the terminal, or read from standard input or from a file; it is
/// never an argument, because other programs can see those.
///
/// A server whose certificate comes from an authority of its own is refused until that is named, by
/// --ca or --ca-sha256. It is then trusted for this server, its storage and this profile alone. Ask
/// who runs the server for it: `albumen ca show` prints it there.
#[derive(Debug, Args)]
pub(crate) struct Login {
    /// Address of the server
    #[arg(required_unless_present = "here", requires = "account")]
    url: Option<String>,
    /// Account at the server
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// Read the password from the first line of this file
    #[arg(long, value_name = "FILE", conflicts_with = "here")]
    password_file: Option<PathBuf>,
    /// Use a media library that runs inside Albumen on this computer
    #[arg(long, conflicts_with_all = ["url", "account"])]
    here: bool,
    /// Trust the certificate authority in this file (PEM, one certificate) at the server
    #[arg(long, value_name = "FILE", conflicts_with = "here")]
    ca: Option<PathBuf>,
    /// Trust the authority with this SHA-256 fingerprint, which the server must show itself
    #[arg(long, value_name = "HEX", conflicts_with_all = ["here", "ca"])]
    ca_sha256: Option<String>,
    /// What to call this device [default: the computer's name]
    #[arg(long, value_name = "NAME")]
    device_name: Option<String>,
}

impl Login {
    pub(super) async fn run(self, door: &Door, output: &Output) -> Result<Exit, AppError> {
        let before: AppState = door.ask("app_state", json!({})).await?;
        let name = self.device_name.unwrap_or(before.default_device_name);
        let state: AppState = match (self.url, self.account) {
            (Some(url), Some(account)) => {
                let pem = self.ca.as_deref().map(read_ca).transpose()?;
                let sha256 = self.ca_sha256;
                let args = json!({ "url": url, "caPem": pem, "caSha256": sha256 });
                let server: ServerView = door.ask("probe_server", args).await?;
                if !server.secure {
                    output.note("notice.connection_not_encrypted", &[]);
                }
                let password = password::read(self.password_file.as_deref(), &account, output)?;
                let args = json!({
                    "url": server.url,
                    "caPem": pem,
                    "caSha256": sha256,
                    "account": account,
                    "password": password,
                    "deviceName": name,
                });
                door.ask("onboard_server", args).await?
            }
            _ => door.ask("onboard_local", json!({ "deviceName": name })).await?,
        };
        if let Some(profile) = &state.profile {
            output.say(
                "cli.login.done",
                &[("account", &profile.account_name), ("server", &profile.server_name)],
            );
        }
        for code in &state.warnings {
            output.note(&format!("notice.{code}"), &[]);
        }
        output.value(&state);
        Ok(Exit::Done)
    }
}

/// The text of an authority's file.
fn read_ca(path: &Path) -> Result<String, AppError> {
    std::fs::read_to_string(path).map_err(|error| {
        AppError::new(Code::FileUnreadable).with("path", path.display()).because(&error)
    })
}

/// Signs out.
pub(super) async fn logout(door: &Door, output: &Output) -> Result<Exit, AppError> {
    let state: AppState = door.ask("sign_out", json!({})).await?;
    output.say("cli.logout.done", &[]);
    output.value(&state);
    Ok(Exit::Done)
}
