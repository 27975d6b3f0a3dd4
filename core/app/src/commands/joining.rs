//! Coming in by a code or a link from another device. Nothing here replaces who is signed in, and
//! nothing is sent before somebody has seen where it goes.

use albumen_model::auth::{PairOutcome, PairingCode};

use super::{
    args::{Empty, JoinByCode, LinkText},
    onboarding::{enter_as, nobody_here, usable_name},
    pairing::state,
};
use crate::{
    App, AppError, Code, address,
    join::Joining,
    pair_link::PairLink,
    profile::SignedIn,
    server::{Named, Server},
    surroundings,
    views::{JoinStep, JoinView, LinkView, PairingState, ProfileKind},
};

/// Reads a link, and only that: for a screen that shows host and fingerprint and asks.
pub(super) async fn read_pair_link(app: &App, args: LinkText) -> Result<LinkView, AppError> {
    nobody_here(app)?;
    let link = PairLink::parse(&args.link.take())?;
    Ok(LinkView {
        url: link.server().to_owned(),
        host: link.host().to_owned(),
        ca_sha256: link.authority().map(ToString::to_string),
        code: link.code().expose().to_owned(),
    })
}

pub(super) async fn join_by_code(app: &App, args: JoinByCode) -> Result<JoinView, AppError> {
    let _entrance = app.0.entrance.lock().await;
    nobody_here(app)?;
    let url = address::base_url(&args.url)?;
    let named = Named::from_texts(args.ca_pem.as_deref(), args.ca_sha256.as_deref())?;
    let code = PairingCode::parse(&args.code.take())
        .map_err(|error| AppError::new(Code::PairingCodeWrong).because(&error))?;
    let name = usable_name(&args.device_name)?;
    let server = Server::at(url, named).await?;
    let (joining, reply) = Joining::begin(server, code, name).await?;
    let view = JoinView {
        account_name: reply.account_name,
        server_name: reply.service_name,
        url: joining.server.url.clone(),
        secure: surroundings::is_safe(&joining.server.url),
        check: joining.check(),
        seconds_left: reply.expires_in,
    };
    app.0.joining.replace(Some(joining));
    Ok(view)
}

/// Waits some seconds for a yes or no; signs in with the yes.
pub(super) async fn await_join(app: &App, _: Empty) -> Result<JoinStep, AppError> {
    let joining = app.0.joining.now().ok_or_else(|| AppError::new(Code::PairingOver))?;
    let PairOutcome { state: stands, expires_in, enrolled } = joining.wait().await?;
    let stands = state(stands);
    let step = |app| JoinStep { state: stands, seconds_left: expires_in, app };
    let Some(reply) = enrolled else {
        if stands != PairingState::Pending {
            app.0.joining.forget(&joining);
        }
        return Ok(step(None));
    };
    let _entrance = app.0.entrance.lock().await;
    // Somebody may have given up, or signed in otherwise, meanwhile.
    if !app.0.joining.forget(&joining) {
        return Err(AppError::new(Code::PairingOver));
    }
    nobody_here(app)?;
    let signed_in = SignedIn {
        kind: ProfileKind::Server,
        server: &joining.server,
        device_name: &joining.device_name,
        reply,
    };
    enter_as(app, signed_in, joining.key.clone()).await?;
    Ok(step(Some(app.state())))
}

/// Gives up waiting. The other screen may still say yes; then the device is in its list and can be
/// signed out there.
pub(super) async fn cancel_join(app: &App, _: Empty) -> Result<(), AppError> {
    app.0.joining.replace(None);
    Ok(())
}
