//! Devices of the account.

use albumen_app::{
    AppError, Door,
    views::{DeviceView, RevocationReceipt},
};
use clap::{Args, Subcommand};
use serde_json::json;

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
    }
    output.value(&devices);
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
