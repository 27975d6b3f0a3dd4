//! Signing in, here or at a server, and out. One at a time, held by the entrance.

use std::time::Duration;

use albumen_client::{DeviceKey, TokenService};
use albumen_model::auth::{CreateLibrary, CreateSpace};

use super::args::{Empty, LocalDevice, ServerSignIn, ServerUrl};
use crate::{
    App, AppError, Code, address, device_name,
    profile::{Profile, SignedIn},
    server::{Named, Server},
    services,
    session::Session,
    surroundings, text,
    views::{AppState, Phase, ProfileKind, ServerView},
};

/// Longest name of a device that the token service takes, in characters.
const DEVICE_NAME_MAX: usize = 80;
/// How long signing out waits for a server to hear of it.
const GOODBYE_MAX: Duration = Duration::from_secs(5);

pub(super) async fn onboard_local(app: &App, args: LocalDevice) -> Result<AppState, AppError> {
    let _entrance = app.0.entrance.lock().await;
    nobody_here(app)?;
    let server = app.local_server().await?;
    let password = services::owner_password(&app.0.keys).await?;
    let who = Who { kind: ProfileKind::Local, server: &server, account: services::OWNER };
    let session = sign_in(app, who, &password, &args.device_name).await?;
    ensure_library(app, session.service()).await?;
    Ok(app.state())
}

pub(super) async fn probe_server(_: &App, args: ServerUrl) -> Result<ServerView, AppError> {
    let url = address::base_url(&args.url)?;
    let named = Named::from_texts(args.ca_pem.as_deref(), args.ca_sha256.as_deref())?;
    let server = Server::at(url, named).await?;
    let info = server.info().await?;
    let (url, secure) = (server.url.clone(), surroundings::is_safe(&server.url));
    Ok(ServerView { url, name: info.name, version: info.version, secure })
}

pub(super) async fn onboard_server(app: &App, args: ServerSignIn) -> Result<AppState, AppError> {
    let _entrance = app.0.entrance.lock().await;
    nobody_here(app)?;
    let url = address::base_url(&args.url)?;
    let named = Named::from_texts(args.ca_pem.as_deref(), args.ca_sha256.as_deref())?;
    let server = Server::at(url, named).await?;
    let who = Who { kind: ProfileKind::Server, server: &server, account: args.account.trim() };
    sign_in(app, who, &args.password.take(), &args.device_name).await?;
    Ok(app.state())
}

pub(super) async fn sign_out(app: &App, _: Empty) -> Result<AppState, AppError> {
    let _entrance = app.0.entrance.lock().await;
    let session = app.leave().ok_or_else(|| AppError::new(Code::NotSignedIn))?;
    let profile = session.profile();
    session.stop().await;
    // A server that is away must not keep anybody signed in; the device can be revoked from
    // another.
    match tokio::time::timeout(GOODBYE_MAX, session.service().sign_out()).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::warn!(%error, "The service was not told of the sign-out"),
        Err(_) => tracing::warn!("The service did not answer to the sign-out"),
    }
    app.0.keys.forget(&profile.key_name()).await?;
    app.settings().change(|settings| {
        settings.active_profile = None;
        settings.signed_out = true;
    })?;
    app.tell_state();
    Ok(app.state())
}

/// A device that was revoked may be signed in again over the old profile. One whose keychain is
/// still locked is signed in.
pub(super) fn nobody_here(app: &App) -> Result<(), AppError> {
    match app.state().phase {
        Phase::Ready | Phase::WaitingForKeys => Err(AppError::new(Code::AlreadySignedIn)),
        Phase::Onboarding | Phase::SignedOut | Phase::Revoked => Ok(()),
    }
}

/// Where and as whom.
struct Who<'a> {
    kind: ProfileKind,
    server: &'a Server,
    account: &'a str,
}

/// Enrols this device with a fresh key and opens the session.
async fn sign_in(
    app: &App,
    who: Who<'_>,
    password: &str,
    device_name: &str,
) -> Result<std::sync::Arc<Session>, AppError> {
    let name = usable_name(device_name)?;
    let service = who.server.service()?;
    let key = DeviceKey::generate()?;
    let system = std::env::consts::OS;
    let device = (name.as_str(), system, env!("CARGO_PKG_VERSION"));
    let reply = service
        .sign_in(&key, who.account, password, device)
        .await
        .map_err(|error| AppError::from(error).with("url", &who.server.url))?;
    let Who { kind, server, .. } = who;
    let signed_in = SignedIn { kind, server, device_name: &name, reply };
    enter_as(app, signed_in, key).await
}

/// Opens the session of who just came in, over their old profile where there is one.
pub(super) async fn enter_as(
    app: &App,
    signed_in: SignedIn<'_>,
    key: DeviceKey,
) -> Result<std::sync::Arc<Session>, AppError> {
    // The journal may be the one of the session that was revoked: that must be closed first.
    if let Some(before) = app.leave() {
        before.stop().await;
    }
    let profile = Profile::create(&app.0.places, signed_in)?;
    app.0.keys.keep(&profile.key_name(), &key.to_secret()[..]).await?;
    app.settings().change(|settings| {
        settings.active_profile = Some(profile.id.clone());
        settings.signed_out = false;
    })?;
    let session = Session::start(app, profile, key).await?;
    app.enter(std::sync::Arc::clone(&session));
    app.tell_state();
    Ok(session)
}

/// A first library with a first space, where there is none yet.
async fn ensure_library(app: &App, service: &TokenService) -> Result<(), AppError> {
    let libraries = service.libraries().await?.libraries;
    let words = text::catalogue(app.state().locale);
    let library = match libraries.into_iter().next() {
        Some(library) => library,
        None => {
            let name = words.text("local.library").to_owned();
            let (is_file_library, is_multi_space, is_multi_album) = (false, true, false);
            let wanted = CreateLibrary { name, is_file_library, is_multi_space, is_multi_album };
            service.create_library(&wanted).await?
        }
    };
    if library.spaces.is_empty() {
        let name = words.text("local.space").to_owned();
        let wanted = CreateSpace { name, is_multi_album: true };
        service.create_space(&library.library_id, &wanted).await?;
    }
    Ok(())
}

/// The name to give the device: what somebody typed, or the computer's where that is nothing.
pub(super) fn usable_name(typed: &str) -> Result<String, AppError> {
    let name = typed.trim();
    if name.is_empty() {
        return Ok(device_name::proposed());
    }
    if name.chars().count() > DEVICE_NAME_MAX || name.chars().any(char::is_control) {
        let detail = "A device's name has at most 80 characters and no control characters";
        return Err(AppError::new(Code::BadRequest).with("detail", detail));
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_a_device_may_have() {
        assert_eq!(usable_name(" 小林的电脑 ").unwrap(), "小林的电脑");
        assert!(!usable_name("").unwrap().is_empty());
        assert!(usable_name(&"x".repeat(81)).is_err());
        assert!(usable_name("a\nb").is_err());
    }
}
