//! Signing in and out.

use std::path::{Path, PathBuf};

use albumen_app::{
    AppError, Code, Door,
    views::{AppState, ServerView},
};
use clap::{ArgGroup, Args};
use serde_json::json;

use super::{join, openid};
use crate::{exit::Exit, output::Output, password};

/// Sign in at a server, or set up this computer as the media library.
///
/// Passwords, codes and links are asked for on the terminal, or read from standard input, a line
/// each in the order code, password; passwords and codes also from files. They are never
/// arguments, because other programs can see those. Where an account has a second factor its code
/// is asked for after the password.
///
/// With --set-up the code is the one-time code of a server that has no owner yet, or whose owner
/// was reset: `albumen serve` and `albumen owner reset` say which file at the server holds it. With
/// --join it is that of an invitation. Both take a password of your own choosing.
///
/// With --openid it is the server's identity provider that says who you are: its page is opened in
/// the browser, which comes back to this computer. The account has to be bound to that identity
/// (`albumen identity bind`), or is made by it with --join or --register.
///
/// A server whose certificate comes from an authority of its own is refused until that is named, by
/// --ca or --ca-sha256. It is then trusted for this server, its storage and this profile alone. Ask
/// who runs the server for it: `albumen ca show` prints it there.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("coming").args(["set_up", "join", "register", "code", "link"])))]
pub(crate) struct Login {
    /// Address of the server
    #[arg(required_unless_present_any = ["here", "link"])]
    url: Option<String>,
    /// Account at the server; with --set-up and --join what it is to be called
    #[arg(long, value_name = "NAME",
        required_unless_present_any = ["here", "set_up", "join", "code", "link", "openid"])]
    account: Option<String>,
    /// Come in by a pairing code of a device that is signed in (`albumen devices pair` makes one)
    #[arg(long, conflicts_with_all = ["here", "account", "password_file"])]
    code: bool,
    /// The same by the link that such a device shows; it names the server too
    #[arg(long, conflicts_with_all = ["here", "url", "account", "password_file", "code", "ca"])]
    link: bool,
    /// Read the password from the first line of this file
    #[arg(long, value_name = "FILE", conflicts_with = "here")]
    password_file: Option<PathBuf>,
    /// Sign in by the server's identity provider, in the browser
    #[arg(long, conflicts_with_all = ["here", "set_up", "code", "link", "password_file"])]
    openid: bool,
    /// Become the owner of a server by its one-time code, or give its owner a new password
    #[arg(long, conflicts_with = "here")]
    set_up: bool,
    /// Make an account at the server by the code of an invitation
    #[arg(long, conflicts_with = "here")]
    join: bool,
    /// Make an account at a server where nobody needs an invitation
    #[arg(long, conflicts_with = "here")]
    register: bool,
    /// Read the code from the first line of this file: of --set-up, of --join or of the second
    /// factor
    #[arg(long, value_name = "FILE", conflicts_with_all = ["here", "register"])]
    code_file: Option<PathBuf>,
    /// Use a media library that runs inside Albumen on this computer
    #[arg(long, conflicts_with_all = ["url", "account"])]
    here: bool,
    /// Trust the certificate authority in this file (PEM, one certificate) at the server
    #[arg(long, value_name = "FILE", conflicts_with = "here")]
    ca: Option<PathBuf>,
    /// Trust the authority with this SHA-256 fingerprint, which the server must show itself
    #[arg(long, value_name = "HEX", conflicts_with_all = ["here", "ca", "link"])]
    ca_sha256: Option<String>,
    /// What to call this device [default: the computer's name]
    #[arg(long, value_name = "NAME")]
    device_name: Option<String>,
}

impl Login {
    pub(super) async fn run(mut self, door: &Door, output: &Output) -> Result<Exit, AppError> {
        let before: AppState = door.ask("app_state", json!({})).await?;
        let name = self.device_name.take().unwrap_or(before.default_device_name);
        let pem = self.ca.as_deref().map(read_ca).transpose()?;
        let place = Place { pem, sha256: self.ca_sha256.take(), name };
        let state: AppState = match self.url.take() {
            _ if self.link => join::by_link(door, place, output).await?,
            Some(url) if self.code => join::by_code(door, &url, place, output).await?,
            Some(url) => self.at(&url, place, door, output).await?,
            None => door.ask("onboard_local", json!({ "deviceName": place.name })).await?,
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

    async fn at(
        &self,
        url: &str,
        place: Place,
        door: &Door,
        output: &Output,
    ) -> Result<AppState, AppError> {
        let Place { pem, sha256, name } = place;
        let server = looked_at(door, url, &pem, &sha256, output).await?;
        let mut args = json!({
            "url": server.url,
            "caPem": pem,
            "caSha256": sha256,
            "account": self.account,
            "deviceName": name,
        });
        if self.openid {
            if self.join {
                let file = self.code_file.as_deref();
                args["code"] = json!(*password::code(file, "cli.code.once", output)?);
            }
            return openid::led(door, "begin_openid", args, output).await;
        }
        let (file, code_file) = (self.password_file.as_deref(), self.code_file.as_deref());
        if self.set_up || self.join || self.register {
            if !self.register {
                args["code"] = json!(*password::code(code_file, "cli.code.once", output)?);
            }
            args["password"] = json!(*password::choose(file, output)?);
            let command = if self.set_up { "set_up_server" } else { "join_server" };
            return door.ask(command, args).await;
        }
        let account = self.account.as_deref().unwrap_or_default();
        args["password"] = json!(*password::read(file, account, output)?);
        match door.ask("onboard_server", args.clone()).await {
            Err(error) if error.code == Code::SecondFactorNeeded => {
                let code = password::code(code_file, "cli.code.second_factor", output)?;
                args["secondFactor"] = json!(*code);
                door.ask("onboard_server", args).await
            }
            outcome => outcome,
        }
    }
}

/// What a sign-in needs beside an address and a secret.
pub(super) struct Place {
    /// The authority to trust, in PEM.
    pub(super) pem: Option<String>,
    /// The same by its fingerprint.
    pub(super) sha256: Option<String>,
    /// What to call this device.
    pub(super) name: String,
}

/// The server at an address, before anything secret is sent there.
pub(super) async fn looked_at(
    door: &Door,
    url: &str,
    pem: &Option<String>,
    sha256: &Option<String>,
    output: &Output,
) -> Result<ServerView, AppError> {
    let args = json!({ "url": url, "caPem": pem, "caSha256": sha256 });
    let server: ServerView = door.ask("probe_server", args).await?;
    if !server.secure {
        output.note("notice.connection_not_encrypted", &[]);
    }
    Ok(server)
}

/// The text of an authority's file.
pub(super) fn read_ca(path: &Path) -> Result<String, AppError> {
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
