//! Letting another device in from the terminal: a code, its link and picture, then a yes or no.

use std::{
    io::{IsTerminal, stdin},
    time::Duration,
};

use albumen_app::{
    AppError, Door,
    views::{PairingOffer, PairingState, PairingView},
};
use serde_json::json;

use crate::{exit::Exit, output::Output, password};

/// How often is looked whether a device brought the code.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Makes a code. On a terminal it waits for the device and asks; elsewhere `devices approve` and
/// `devices refuse` answer.
pub(super) async fn begin(door: &Door, output: &Output) -> Result<Exit, AppError> {
    let offer: PairingOffer = door.ask("begin_pairing", json!({})).await?;
    show(&offer, output);
    output.value(&offer);
    if output.is_json() || !stdin().is_terminal() {
        output.say("cli.pair.later", &[("id", &offer.pairing_id)]);
        return Ok(Exit::Done);
    }
    output.note("cli.pair.waiting", &[]);
    let mut stands = look(door, &offer.pairing_id).await?;
    while stands.state == PairingState::Open {
        tokio::time::sleep(LOOK_EVERY).await;
        stands = look(door, &offer.pairing_id).await?;
    }
    if stands.state == PairingState::Pending {
        describe(&stands, output);
        let yes = password::agrees("cli.pair.sure", output)?;
        stands = answer(door, &offer.pairing_id, yes).await?;
    }
    Ok(told(&stands, output))
}

/// Shows how a code stands.
pub(super) async fn state(door: &Door, id: &str, output: &Output) -> Result<Exit, AppError> {
    let stands = look(door, id).await?;
    describe(&stands, output);
    output.value(&stands);
    told(&stands, output);
    Ok(Exit::Done)
}

/// Says yes or no to the device that brought a code.
pub(super) async fn decide(
    door: &Door,
    id: &str,
    yes: bool,
    output: &Output,
) -> Result<Exit, AppError> {
    let stands = answer(door, id, yes).await?;
    output.value(&stands);
    told(&stands, output);
    Ok(Exit::Done)
}

async fn look(door: &Door, id: &str) -> Result<PairingView, AppError> {
    door.ask("pairing_state", json!({ "pairingId": id })).await
}

async fn answer(door: &Door, id: &str, yes: bool) -> Result<PairingView, AppError> {
    let command = if yes { "approve_pairing" } else { "refuse_pairing" };
    door.ask(command, json!({ "pairingId": id })).await
}

fn show(offer: &PairingOffer, output: &Output) {
    if let Some(qr) = &offer.qr {
        qr.lines.iter().for_each(|line| output.line(line));
    }
    let (first, second) = offer.code.split_at(offer.code.len() / 2);
    let minutes = offer.seconds_left.div_ceil(60).to_string();
    output.say("cli.pair.server", &[("server", &offer.server)]);
    output.say("cli.pair.code", &[("code", &format!("{first} {second}")), ("minutes", &minutes)]);
    match &offer.link {
        Some(link) => output.say("cli.pair.link", &[("link", link)]),
        None => output.say("cli.pair.no_link", &[]),
    }
}

fn describe(stands: &PairingView, output: &Output) {
    let Some(device) = &stands.device else { return };
    let (name, os, address) = (&device.name, &device.os, &device.address);
    output.say("cli.pair.device", &[("name", name), ("os", os), ("address", address)]);
    output.say("cli.join.check", &[("check", &device.check)]);
}

/// Says how it stands; the exit code for it.
fn told(stands: &PairingView, output: &Output) -> Exit {
    let (key, exit) = match stands.state {
        PairingState::Open => ("pairing.state.open", Exit::Done),
        PairingState::Pending => ("pairing.state.pending", Exit::Done),
        PairingState::Approved => ("pairing.state.approved", Exit::Done),
        PairingState::Refused => ("pairing.state.refused", Exit::SomeFailed),
        PairingState::Burnt => ("pairing.state.burnt", Exit::SomeFailed),
        PairingState::Expired => ("pairing.state.expired", Exit::SomeFailed),
    };
    output.say(key, &[]);
    exit
}
