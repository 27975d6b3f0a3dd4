//! Signing in by a server's identity provider: the browser is led there and waited for; one's own
//! identity is bound and unbound; `albumen serve` is told of a provider.

use std::path::PathBuf;

use albumen_app::{
    AppError, ClientSecret, Door, OpenIdConfig, secret_of_file,
    views::{AppState, IdentityView, OpenIdPage, OpenIdStep},
};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::{exit::Exit, output::Output, password};

/// One's identity at the server's identity provider: a way to sign in without a password.
///
/// Binding one opens the provider's page in the browser. The password is asked for on the terminal,
/// or read from standard input, so that an unlocked computer alone changes nothing.
#[derive(Debug, Args)]
pub(crate) struct Identity {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show it (the default)
    Show,
    /// Bind the identity that signs in at the provider now
    Bind {
        /// Read the password from the first line of this file
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
    },
    /// Take it from the account; the password is the way in from then on
    Unbind {
        /// Read the password from the first line of this file
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
    },
}

impl Identity {
    /// Whether a password goes with it.
    pub(super) const fn takes_password(&self) -> bool {
        matches!(self.action, Some(Action::Bind { .. } | Action::Unbind { .. }))
    }

    pub(super) async fn run(self, door: &Door, output: &Output) -> Result<Exit, AppError> {
        let state: AppState = door.ask("app_state", json!({})).await?;
        let account = state.profile.map(|profile| profile.account_name).unwrap_or_default();
        let view: Option<IdentityView> = match self.action.unwrap_or(Action::Show) {
            Action::Show => door.ask("identity", json!({})).await?,
            Action::Bind { password_file } => {
                let password = password::read(password_file.as_deref(), &account, output)?;
                let args = json!({ "password": *password });
                led(door, "begin_identity", args, output).await?;
                door.ask("identity", json!({})).await?
            }
            Action::Unbind { password_file } => {
                let password = password::read(password_file.as_deref(), &account, output)?;
                door.ask("unbind_identity", json!({ "password": *password })).await?
            }
        };
        match &view {
            Some(bound) => {
                let params = [("subject", bound.subject.as_str()), ("issuer", &bound.issuer)];
                output.say("cli.identity.bound", &params);
            }
            None => output.say("cli.identity.none", &[]),
        }
        output.value(&view);
        Ok(Exit::Done)
    }
}

/// Leads the browser to the provider and waits until it came back.
pub(super) async fn led(
    door: &Door,
    command: &str,
    args: Value,
    output: &Output,
) -> Result<AppState, AppError> {
    let page: OpenIdPage = door.ask(command, args).await?;
    let said = if page.opened { "cli.openid.opened" } else { "cli.openid.open" };
    output.note(said, &[("url", &page.url)]);
    output.value(&page);
    loop {
        let step: OpenIdStep = door.ask("await_openid", json!({})).await?;
        if let Some(state) = step.app {
            return Ok(state);
        }
    }
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Identity provider")]
pub(super) struct ProviderArguments {
    /// Let people sign in by this OpenID Connect provider: its issuer, exactly as it writes it
    ///
    /// https, or http on this computer. The client registered there must be allowed the redirect
    /// URI http://127.0.0.1/callback with any port (RFC 8252): the browser comes back to the
    /// person's own computer. Accounts are bound to identities by issuer and subject; who has none
    /// is refused unless they bring an invitation or registration is open.
    #[arg(
        long = "openid-issuer",
        value_name = "URL",
        requires = "client_id",
        conflicts_with = "hosting_only"
    )]
    issuer: Option<String>,
    /// As what this service is known to the provider
    #[arg(long = "openid-client-id", value_name = "ID", requires = "issuer")]
    client_id: Option<String>,
    /// Read the client secret from this file, which nobody else can read
    ///
    /// Without it the service shows no secret, and PKCE alone proves that a sign-in is its own.
    #[arg(long = "openid-secret-file", value_name = "FILE", requires = "issuer")]
    secret_file: Option<PathBuf>,
    /// What people know the provider by, on the button and in messages
    #[arg(long = "openid-name", value_name = "NAME", default_value = "OpenID Connect")]
    provider_name: String,
}

impl ProviderArguments {
    /// The provider, if there is to be one.
    pub(super) fn decided(&self) -> Result<Option<OpenIdConfig>, AppError> {
        let Some((issuer, client_id)) = self.issuer.clone().zip(self.client_id.clone()) else {
            return Ok(None);
        };
        let secret = self.secret_file.as_deref().map(secret_of_file).transpose()?;
        let client_secret = secret.map(|secret| ClientSecret::new(secret.as_str()));
        let name = self.provider_name.clone();
        Ok(Some(OpenIdConfig { issuer, client_id, client_secret, name }))
    }
}
