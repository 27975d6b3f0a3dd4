//! People who have an account at the server.

use albumen_app::{
    AppError, Code, Door,
    views::{InvitationView, InvitedView, PersonState, PersonView, RegistrationView, Role},
};
use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{exit::Exit, output::Output};

/// Seconds of a day.
const DAY_S: u64 = 24 * 3600;

/// People who have an account at the server; for administrators.
#[derive(Debug, Args)]
pub(crate) struct People {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show people and open invitations (the default)
    List {
        /// Those who were removed as well
        #[arg(long)]
        all: bool,
    },
    /// Invite a person: prints a code that works once
    Invite {
        /// What the person may do; not more than you
        #[arg(long, value_enum, default_value = "member")]
        role: RoleWord,
        /// What the account will be called [default: the person chooses]
        #[arg(long)]
        name: Option<String>,
        /// How many days the invitation holds
        #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u64).range(1..=90))]
        days: u64,
    },
    /// Withdraw an invitation
    Withdraw {
        /// Its id, as `people list` shows it
        invitation: String,
    },
    /// Change what a person may do
    Role {
        /// Name or id of the account
        account: String,
        /// The new role
        #[arg(value_enum)]
        role: RoleWord,
    },
    /// Refuse a person and their devices until they are enabled again
    Disable {
        /// Name or id of the account
        account: String,
    },
    /// Let a person in again
    Enable {
        /// Name or id of the account
        account: String,
    },
    /// End an account for good and sign its devices out; files stay in the media library
    Remove {
        /// Name or id of the account
        account: String,
    },
    /// Take a person's second factor, whose authenticator is lost
    ResetSecondFactor {
        /// Name or id of the account
        account: String,
    },
    /// Show or say whether people may make accounts without an invitation
    Registration {
        /// closed, or the role of such accounts
        #[arg(value_enum)]
        wanted: Option<RegistrationWord>,
    },
}

/// A role that can be given.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum RoleWord {
    Viewer,
    Member,
    Admin,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RegistrationWord {
    Closed,
    Viewer,
    Member,
}

impl RoleWord {
    const fn role(self) -> Role {
        match self {
            Self::Viewer => Role::Viewer,
            Self::Member => Role::Member,
            Self::Admin => Role::Admin,
        }
    }
}

impl RegistrationWord {
    const fn role(self) -> Option<Role> {
        match self {
            Self::Closed => None,
            Self::Viewer => Some(Role::Viewer),
            Self::Member => Some(Role::Member),
        }
    }
}

impl People {
    pub(super) async fn run(self, door: &Door, output: &Output) -> Result<Exit, AppError> {
        match self.action.unwrap_or(Action::List { all: false }) {
            Action::List { all } => list(all, door, output).await,
            Action::Invite { role, name, days } => {
                let expires = days * DAY_S;
                let args = json!({ "role": role.role(), "name": name, "expiresInS": expires });
                invite(args, door, output).await
            }
            Action::Withdraw { invitation } => {
                let args = json!({ "id": invitation });
                let left: Vec<InvitationView> = door.ask("withdraw_invitation", args).await?;
                output.say("cli.people.withdrawn", &[]);
                output.value(&left);
                Ok(Exit::Done)
            }
            Action::Role { account, role } => {
                let mut person = find(&account, door).await?;
                let args = json!({ "accountId": person.account_id, "role": role.role() });
                door.ask::<()>("change_role", args).await?;
                person.role = role.role();
                show(&person, output);
                Ok(Exit::Done)
            }
            Action::Disable { account } => change(&account, "disable", door, output).await,
            Action::Enable { account } => change(&account, "enable", door, output).await,
            Action::Remove { account } => change(&account, "remove", door, output).await,
            Action::ResetSecondFactor { account } => {
                change(&account, "reset_second_factor", door, output).await
            }
            Action::Registration { wanted } => registration(wanted, door, output).await,
        }
    }
}

async fn list(all: bool, door: &Door, output: &Output) -> Result<Exit, AppError> {
    let mut people: Vec<PersonView> = door.ask("list_people", json!({})).await?;
    people.retain(|person| all || person.state != PersonState::Removed);
    let invitations: Vec<InvitationView> = door.ask("list_invitations", json!({})).await?;
    people.iter().for_each(|person| line(person, output));
    for invitation in &invitations {
        let role = said("settings.role", &invitation.role, output);
        let name = invitation.name.as_deref().unwrap_or("-");
        let until = [("when", invitation.expires_at.as_str())];
        let until = output.catalogue().fill("cli.people.invited_until", &until);
        output.line(&format!("{}  {name}  {role}  {until}", invitation.id));
    }
    output.value(&json!({ "people": people, "invitations": invitations }));
    Ok(Exit::Done)
}

async fn invite(args: Value, door: &Door, output: &Output) -> Result<Exit, AppError> {
    let invited: InvitedView = door.ask("invite_person", args).await?;
    let when = &invited.invitation.expires_at;
    let params = [("url", invited.url.as_str()), ("code", &invited.code), ("when", when)];
    output.say("cli.people.invited", &params);
    output.value(&invited);
    Ok(Exit::Done)
}

async fn change(account: &str, how: &str, door: &Door, output: &Output) -> Result<Exit, AppError> {
    let person = find(account, door).await?;
    let args = json!({ "accountId": person.account_id, "change": how });
    let person: PersonView = door.ask("change_person", args).await?;
    show(&person, output);
    Ok(Exit::Done)
}

async fn registration(
    wanted: Option<RegistrationWord>,
    door: &Door,
    output: &Output,
) -> Result<Exit, AppError> {
    let known: RegistrationView = match wanted {
        None => door.ask("registration", json!({})).await?,
        Some(wanted) => door.ask("set_registration", json!({ "openAs": wanted.role() })).await?,
    };
    match known.open_as {
        None => output.say("cli.people.registration_closed", &[]),
        Some(role) => {
            let role = said("settings.role", &role, output);
            output.say("cli.people.registration_open", &[("role", &role)]);
        }
    }
    output.value(&known);
    Ok(Exit::Done)
}

/// The account of that name or id, among those that are not removed.
async fn find(account: &str, door: &Door) -> Result<PersonView, AppError> {
    let people: Vec<PersonView> = door.ask("list_people", json!({})).await?;
    let wanted = account.trim().to_lowercase();
    let is_it =
        |person: &PersonView| person.account_id == account || person.name.to_lowercase() == wanted;
    let mut present = people.into_iter().filter(|person| person.state != PersonState::Removed);
    let missing = || AppError::new(Code::PersonMissing).with("name", account);
    present.find(is_it).ok_or_else(missing)
}

fn show(person: &PersonView, output: &Output) {
    line(person, output);
    output.value(person);
}

fn line(person: &PersonView, output: &Output) {
    let role = said("settings.role", &person.role, output);
    let state = said("cli.people", &person.state, output);
    let mut text = format!("{}  {}  {role}  {state}", person.account_id, person.name);
    if person.second_factor {
        text = format!("{text}  {}", output.catalogue().text("cli.people.second_factor"));
    }
    if let Some(identity) = &person.identity {
        let params = [("subject", identity.subject.as_str()), ("issuer", &identity.issuer)];
        text = format!("{text}  {}", output.catalogue().fill("cli.people.identity", &params));
    }
    output.line(&text);
}

/// What the catalogue says for a value that is a word on the wire.
fn said(of: &str, value: &impl Serialize, output: &Output) -> String {
    let word = json!(value);
    let key = format!("{of}.{}", word.as_str().unwrap_or_default());
    output.catalogue().text(&key).to_owned()
}
