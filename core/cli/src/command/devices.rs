//! Devices of the account: shown, revoked in one of three ways, allowed again.

use albumen_app::{
    AppError, Door,
    views::{DeviceView, RevocationKind, RevocationReceipt},
};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::pair;
use crate::{exit::Exit, output::Output};

/// Devices of the account.
#[derive(Debug, Args)]
pub(crate) struct Devices {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show them (the default)
    List,
    /// Let another device in: shows a code for it, and asks when it brings it
    Pair,
    /// Show how a code stands that this device made
    Pairing {
        /// Its id, as `devices pair` tells it
        id: String,
    },
    /// Let the device in that brought a code
    Approve {
        /// The code's id, as `devices pair` tells it
        id: String,
    },
    /// Send the device away that brought a code, or take the code back
    Refuse {
        /// The code's id, as `devices pair` tells it
        id: String,
    },
    /// Give a device another name
    Rename {
        /// Its id, as `devices list` shows it
        id: String,
        /// The new name
        name: String,
    },
    /// End a device's access at once, uploads in progress included
    ///
    /// Without more it is signed out: the person may sign in again on it. Whatever was chosen, its
    /// queue and its files stay as they are unless --remove-copies asks for more.
    Revoke(Revoke),
    /// Let the account of a blocked device sign in on new devices again
    ///
    /// For administrators. The blocked device itself stays blocked: its key is never taken again.
    Allow {
        /// Its id, as `devices list` shows it
        id: String,
    },
}

#[derive(Debug, Args)]
struct Revoke {
    /// Its id, as `devices list` shows it
    #[arg(required_unless_present_any = ["others", "user"])]
    #[arg(conflicts_with_all = ["others", "user"])]
    id: Option<String>,
    /// Every other device of the account: sign out everywhere else
    #[arg(long, conflicts_with = "user")]
    others: bool,
    /// Every device of this person, except the one that asks (administrators)
    #[arg(long, value_name = "ACCOUNT")]
    user: Option<String>,
    /// And let the account's password enrol no new device until an administrator allows it
    #[arg(long, conflicts_with = "remove_copies")]
    block: bool,
    /// And ask it to put its local copies away: only files that are verified in the library, moved
    /// into .albumen/trash of their folder beside a record
    #[arg(long)]
    remove_copies: bool,
}

impl Devices {
    pub(super) async fn run(self, door: &Door, output: &Output) -> Result<Exit, AppError> {
        match self.action.unwrap_or(Action::List) {
            Action::List => list(door, output).await,
            Action::Pair => pair::begin(door, output).await,
            Action::Pairing { id } => pair::state(door, &id, output).await,
            Action::Approve { id } => pair::decide(door, &id, true, output).await,
            Action::Refuse { id } => pair::decide(door, &id, false, output).await,
            Action::Rename { id, name } => rename(door, &id, &name, output).await,
            Action::Revoke(revoke) => revoke.run(door, output).await,
            Action::Allow { id } => {
                let args = json!({ "deviceId": id });
                let receipt: RevocationReceipt = door.ask("allow_again", args).await?;
                output.say("cli.devices.allowed", &[]);
                output.value(&receipt);
                Ok(Exit::Done)
            }
        }
    }
}

async fn list(door: &Door, output: &Output) -> Result<Exit, AppError> {
    let devices: Vec<DeviceView> = door.ask("list_devices", json!({})).await?;
    let words = output.catalogue();
    for device in &devices {
        let mark = match (device.this_device, &device.revocation, &device.silent_since) {
            (true, ..) => words.text("devices.this").to_owned(),
            (_, Some(kind), _) => words.text(&format!("devices.kind.{}", word(*kind))).to_owned(),
            (_, None, _) if device.revoked_at.is_some() => words.text("devices.revoked").to_owned(),
            (_, None, Some(since)) => words.fill("devices.silent", &[("when", since)]),
            (..) => words.text("devices.active").to_owned(),
        };
        let (id, name, os) = (&device.device_id, &device.name, &device.os);
        output.line(&format!("{id}  {name}  {os}  {mark}"));
        if device.revoked_at.is_none() {
            facts(device, output);
        }
    }
    output.value(&devices);
    Ok(Exit::Done)
}

/// What is known of a device beside its name; nothing is said of what it never told.
fn facts(device: &DeviceView, output: &Output) {
    let seen = device.last_seen_at.as_ref().unwrap_or(&device.enrolled_at);
    let address = device.last_address.as_deref().unwrap_or("—");
    let version = device.app_version.as_str();
    let about = [("version", version), ("when", seen.as_str()), ("address", address)];
    output.say("cli.devices.seen", &about);
    if let (Some(mappings), Some(pending)) = (device.mappings, device.pending) {
        let (mappings, pending) = (mappings.to_string(), pending.to_string());
        output.say("cli.devices.reported", &[("mappings", &mappings), ("pending", &pending)]);
    }
    if let Some(when) = &device.last_synced_at {
        output.say("cli.devices.synced", &[("when", when)]);
    }
}

async fn rename(door: &Door, id: &str, name: &str, output: &Output) -> Result<Exit, AppError> {
    let args = json!({ "deviceId": id, "name": name });
    let device: DeviceView = door.ask("rename_device", args).await?;
    output.say("cli.devices.renamed", &[("name", &device.name)]);
    output.value(&device);
    Ok(Exit::Done)
}

impl Revoke {
    async fn run(self, door: &Door, output: &Output) -> Result<Exit, AppError> {
        let kind = match (self.block, self.remove_copies) {
            (true, _) => RevocationKind::Block,
            (_, true) => RevocationKind::RemoveCopies,
            _ => RevocationKind::SignOut,
        };
        if let Some(id) = &self.id {
            let args = json!({ "deviceId": id, "kind": kind });
            let receipt: RevocationReceipt = door.ask("revoke_device", args).await?;
            tell(&receipt, output);
            output.value(&receipt);
            return Ok(Exit::Done);
        }
        let (name, args): (_, Value) = match &self.user {
            Some(account) => ("revoke_account", json!({ "account": account, "kind": kind })),
            None => ("revoke_others", json!({ "kind": kind })),
        };
        let receipts: Vec<RevocationReceipt> = door.ask(name, args).await?;
        output.say("cli.devices.count", &[("count", &receipts.len().to_string())]);
        receipts.iter().for_each(|receipt| tell(receipt, output));
        output.value(&receipts);
        Ok(Exit::Done)
    }
}

/// What ended and when, and what the way of it means.
fn tell(receipt: &RevocationReceipt, output: &Output) {
    output.line(&receipt.device_id);
    match &receipt.executed_at {
        Some(when) => output.say("devices.ended", &[("when", when)]),
        None => output.say("devices.requested", &[("when", &receipt.requested_at)]),
    }
    if let Some(until) = &receipt.writable_until {
        output.say("devices.writable", &[("when", until)]);
    }
    output.say(&format!("devices.means.{}", word(receipt.kind)), &[]);
}

/// The way's word in the catalogue.
pub(super) const fn word(kind: RevocationKind) -> &'static str {
    match kind {
        RevocationKind::SignOut => "sign_out",
        RevocationKind::Block => "block",
        RevocationKind::RemoveCopies => "remove_copies",
    }
}

#[cfg(test)]
mod tests {
    use albumen_app::{text, views::Locale};

    use super::*;

    #[test]
    fn every_way_has_texts_of_its_own_in_both_languages() {
        for locale in [Locale::English, Locale::Chinese] {
            let words = text::catalogue(locale);
            let mut seen = Vec::new();
            for kind in
                [RevocationKind::SignOut, RevocationKind::Block, RevocationKind::RemoveCopies]
            {
                for part in ["kind", "means"] {
                    let key = format!("devices.{part}.{}", word(kind));
                    assert!(words.has(&key), "{key}");
                    seen.push(words.text(&key).to_owned());
                }
                let key = format!("revoked.text.{}", word(kind));
                assert!(words.has(&key), "{key}");
                seen.push(words.text(&key).to_owned());
            }
            let count = seen.len();
            seen.sort();
            seen.dedup();
            assert_eq!(seen.len(), count, "two of them say the same");
        }
    }
}
