//! Devices of the account.

use albumen_app::{
    AppError, Door,
    views::{DeviceView, RevocationReceipt},
};
use clap::{Args, Subcommand};
use serde_json::json;

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
    /// Sign a device out at once, uploads in progress included
    Revoke {
        /// Its id, as `devices list` shows it
        id: String,
    },
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
            Action::Revoke { id } => revoke(door, &id, output).await,
        }
    }
}

async fn list(door: &Door, output: &Output) -> Result<Exit, AppError> {
    let devices: Vec<DeviceView> = door.ask("list_devices", json!({})).await?;
    for device in &devices {
        let mark = match (device.this_device, &device.revoked_at) {
            (true, _) => output.catalogue().text("devices.this"),
            (false, Some(_)) => output.catalogue().text("devices.revoked"),
            (false, None) => output.catalogue().text("devices.active"),
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
}

async fn rename(door: &Door, id: &str, name: &str, output: &Output) -> Result<Exit, AppError> {
    let args = json!({ "deviceId": id, "name": name });
    let device: DeviceView = door.ask("rename_device", args).await?;
    output.say("cli.devices.renamed", &[("name", &device.name)]);
    output.value(&device);
    Ok(Exit::Done)
}

async fn revoke(door: &Door, id: &str, output: &Output) -> Result<Exit, AppError> {
    let receipt: RevocationReceipt = door.ask("revoke_device", json!({ "deviceId": id })).await?;
    match &receipt.executed_at {
        Some(when) => output.say("devices.ended", &[("when", when)]),
        None => output.say("devices.requested", &[("when", &receipt.requested_at)]),
    }
    output.value(&receipt);
    Ok(Exit::Done)
}
