//! Coming in by a code or a link of a device that is signed in.

use std::io::{IsTerminal, stdin};

use albumen_app::{
    AppError, Code, Door,
    views::{AppState, JoinStep, JoinView, LinkView, PairingState},
};
use serde_json::{Value, json};

use super::login::{Place, looked_at};
use crate::{output::Output, password};

/// By the link that the other device shows: host and fingerprint first, then a yes.
pub(super) async fn by_link(
    door: &Door,
    place: Place,
    output: &Output,
) -> Result<AppState, AppError> {
    let link = password::read_shown("cli.join.link", output)?;
    let link: LinkView = door.ask("read_pair_link", json!({ "link": link })).await?;
    output.note("cli.join.host", &[("host", &link.host)]);
    if let Some(sha256) = &link.ca_sha256 {
        output.note("cli.join.authority", &[("sha256", sha256)]);
    }
    // Whoever pipes a link in has said yes to it.
    if stdin().is_terminal() && !password::agrees("cli.join.sure", output)? {
        return Err(AppError::new(Code::PairingOver));
    }
    let args = json!({
        "url": link.url, "caSha256": link.ca_sha256, "code": link.code, "deviceName": place.name,
    });
    wait(door, args, output).await
}

/// By the eight digits that the other device shows.
pub(super) async fn by_code(
    door: &Door,
    url: &str,
    place: Place,
    output: &Output,
) -> Result<AppState, AppError> {
    let Place { pem, sha256, name } = place;
    let server = looked_at(door, url, &pem, &sha256, output).await?;
    let code = password::read_shown("cli.join.code", output)?;
    let args = json!({
        "url": server.url, "caPem": pem, "caSha256": sha256, "code": code, "deviceName": name,
    });
    wait(door, args, output).await
}

/// Brings the code and waits until the other device said yes or no.
async fn wait(door: &Door, args: Value, output: &Output) -> Result<AppState, AppError> {
    let join: JoinView = door.ask("join_by_code", args).await?;
    let (account, server) = (join.account_name.as_str(), join.server_name.as_str());
    output.note("cli.join.waiting", &[("account", account), ("server", server)]);
    output.note("cli.join.check", &[("check", &join.check)]);
    loop {
        let step: JoinStep = door.ask("await_join", json!({})).await?;
        match (step.state, step.app) {
            (_, Some(state)) => return Ok(state),
            (PairingState::Pending, None) => {}
            _ => return Err(AppError::new(Code::PairingOver)),
        }
    }
}
