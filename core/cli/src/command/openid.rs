//! Signing in by a server's identity provider: the browser is led there and waited for; one's own
//! identity is bound and unbound; `albumen serve` is told of a provider.

use std::path::{Path, PathBuf};

use albumen_app::{
    AppError, Certificate, ClientSecret, Code, Door, OpenIdConfig, secret_of_file,
    views::{AppState, OpenIdPage, OpenIdStep, WaysIn},
};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::login::read_ca;
use crate::{exit::Exit, output::Output, password};

/// One's identity at the server's identity provider: a way to sign in without a password.
///
/// Binding one opens the provider's page in the browser. The password is asked for on the terminal,
/// or read from standard input, so that an unlocked computer alone changes nothing. An account that
/// was made by an identity has no password; the first one takes a fresh sign-in at the provider.
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
    /// Choose the first password of an account that was made by an identity
    ///
    /// The provider's page asks you to sign in anew, whoever is signed in there already. With the
    /// password you can unbind the identity later, or switch a second factor on.
    Password {
        /// Read the new password from the first line of this file
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
    },
}

impl Identity {
    /// Whether a password goes with it.
    pub(super) const fn takes_password(&self) -> bool {
        !matches!(self.action, None | Some(Action::Show))
    }

    pub(super) async fn run(self, door: &Door, output: &Output) -> Result<Exit, AppError> {
        let state: AppState = door.ask("app_state", json!({})).await?;
        let account = state.profile.map(|profile| profile.account_name).unwrap_or_default();
        let ways: WaysIn = match self.action.unwrap_or(Action::Show) {
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
            Action::Password { password_file } => {
                let password = password::choose(password_file.as_deref(), output)?;
                let args = json!({ "password": *password });
                led(door, "begin_first_password", args, output).await?;
                output.say("cli.identity.password_set", &[]);
                door.ask("identity", json!({})).await?
            }
        };
        tell(&ways, output);
        output.value(&ways);
        Ok(Exit::Done)
    }
}

fn tell(ways: &WaysIn, output: &Output) {
    match &ways.identity {
        Some(bound) => {
            let params = [("subject", bound.subject.as_str()), ("issuer", &bound.issuer)];
            output.say("cli.identity.bound", &params);
            if !ways.identity_opens {
                output.say("cli.identity.shut", &[]);
            }
            if !ways.has_password {
                output.say("cli.identity.no_password", &[]);
            }
        }
        None => output.say("cli.identity.none", &[]),
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
    /// Trust the authorities in this file (PEM) at the provider, beside the system's own
    ///
    /// For a provider whose certificate a company's own authority made. They are trusted for the
    /// connection to the provider and for nothing else. Each person's browser has to trust them by
    /// itself, as for any page of the provider.
    #[arg(long = "openid-ca", value_name = "FILE", requires = "issuer")]
    ca: Option<PathBuf>,
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
        let authorities = self.ca.as_deref().map(authorities).transpose()?.unwrap_or_default();
        Ok(Some(OpenIdConfig { issuer, client_id, client_secret, name, authorities }))
    }
}

/// The certificates in a file; one without any is a mistake.
fn authorities(path: &Path) -> Result<Vec<Certificate>, AppError> {
    let found = Certificate::all_from_pem(&read_ca(path)?).unwrap_or_default();
    if found.is_empty() {
        let detail = format!("There is no certificate in PEM in {}", path.display());
        return Err(AppError::new(Code::BadRequest).with("detail", detail));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use clap::Parser;

    use super::*;
    use crate::command::Arguments;

    const PEM: &str = "-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n";

    #[test]
    fn a_file_of_authorities_holds_one_or_more() {
        for (text, count) in [(PEM, Some(1)), (&*PEM.repeat(2), Some(2)), ("", None), ("x", None)] {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(text.as_bytes()).unwrap();
            let found = authorities(file.path());
            assert_eq!(found.as_ref().ok().map(Vec::len), count, "{text}");
            let code = found.err().map(|error| error.code);
            assert_eq!(code, count.is_none().then_some(Code::BadRequest), "{text}");
        }
        let missing = authorities(Path::new("/nowhere/authority.pem"));
        assert_eq!(missing.unwrap_err().code, Code::FileUnreadable);
    }

    #[test]
    fn an_authority_is_named_for_a_provider() {
        let serve = ["albumen", "serve", "--openid-ca", "authority.pem"];
        assert!(Arguments::try_parse_from(serve).is_err());
        let provider = ["--openid-issuer", "https://id.example", "--openid-client-id", "albumen"];
        assert!(Arguments::try_parse_from(serve.iter().chain(&provider)).is_ok());
    }
}
