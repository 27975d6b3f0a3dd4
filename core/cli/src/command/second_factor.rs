//! One's own second factor.

use std::path::PathBuf;

use albumen_app::{
    AppError, Door,
    views::{AppState, RecoveryCodes, SecondFactorSecret, SecondFactorView},
};
use clap::{Args, Subcommand};
use serde_json::json;

use crate::{exit::Exit, output::Output, password};

/// A second factor for signing in: codes of an authenticator beside the password.
///
/// Password and code are asked for on the terminal, or read from standard input, a line each.
#[derive(Debug, Args)]
pub(crate) struct SecondFactor {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show whether there is one (the default)
    Show,
    /// Switch it on: prints the secret for the authenticator, asks for a first code, and prints
    /// recovery codes
    On {
        /// Read the password from the first line of this file
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
    },
    /// Switch it off, with a code of the authenticator or a recovery code
    Off {
        /// Read the password from the first line of this file
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
    },
}

impl SecondFactor {
    /// Whether a password goes with it.
    pub(super) const fn takes_password(&self) -> bool {
        matches!(self.action, Some(Action::On { .. } | Action::Off { .. }))
    }

    pub(super) async fn run(self, door: &Door, output: &Output) -> Result<Exit, AppError> {
        let state: AppState = door.ask("app_state", json!({})).await?;
        let account = state.profile.map(|profile| profile.account_name).unwrap_or_default();
        let view: SecondFactorView = match self.action.unwrap_or(Action::Show) {
            Action::Show => door.ask("second_factor", json!({})).await?,
            Action::On { password_file } => {
                let password = password::read(password_file.as_deref(), &account, output)?;
                return on(&password, door, output).await;
            }
            Action::Off { password_file } => {
                let password = password::read(password_file.as_deref(), &account, output)?;
                let code = password::code(None, "cli.code.second_factor", output)?;
                let args = json!({ "password": *password, "code": *code });
                door.ask("end_second_factor", args).await?
            }
        };
        if view.on {
            let left = view.recovery_codes_left.to_string();
            output.say("cli.second_factor.on", &[("count", &left)]);
        } else {
            output.say("cli.second_factor.off", &[]);
        }
        output.value(&view);
        Ok(Exit::Done)
    }
}

async fn on(password: &str, door: &Door, output: &Output) -> Result<Exit, AppError> {
    let args = json!({ "password": password });
    let secret: SecondFactorSecret = door.ask("begin_second_factor", args).await?;
    output.say("cli.second_factor.secret", &[("uri", &secret.uri)]);
    output.value(&secret);
    let code = password::code(None, "cli.code.second_factor", output)?;
    let args = json!({ "code": *code });
    let recovery: RecoveryCodes = door.ask("confirm_second_factor", args).await?;
    output.say("cli.second_factor.recovery", &[]);
    recovery.codes.iter().for_each(|code| output.line(&format!("  {code}")));
    output.value(&recovery);
    Ok(Exit::Done)
}
