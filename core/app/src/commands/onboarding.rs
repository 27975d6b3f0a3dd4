//! Signing in, here or at a server, and out. One at a time, held by the entrance.

use std::time::Duration;

use albumen_client::{self as client, DeviceKey, TokenService};
use albumen_model::{
    ErrorCode, OneTimeCode,
    auth::{CreateLibrary, CreateSpace},
};

use super::args::{Empty, LocalDevice, Password, ServerCode, ServerSignIn, ServerUrl};
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
    let at = At { kind: ProfileKind::Local, server: &server, device_name: &args.device_name };
    let account = services::OWNER;
    // Services that others reach wait for somebody who can read their files to set them up.
    let session = match services::waiting_code(&app.0.places)? {
        Some(code) => {
            let code = OneTimeCode::new(code.as_str());
            let by = By::SetUp { code: &code, account: Some(account), password: &password };
            match enrol(app, at, by).await {
                Err(error) if error.code == Code::CodeInvalid => {
                    enrol(app, at, By::Password { account, password: &password, code: None }).await
                }
                outcome => outcome,
            }
        }
        None => enrol(app, at, By::Password { account, password: &password, code: None }).await,
    }?;
    ensure_library(app, session.service()).await?;
    Ok(app.state())
}

pub(super) async fn probe_server(_: &App, args: ServerUrl) -> Result<ServerView, AppError> {
    let server = named(&args.url, args.ca_pem.as_deref(), args.ca_sha256.as_deref()).await?;
    let info = server.info().await?;
    let (url, secure) = (server.url.clone(), surroundings::is_safe(&server.url));
    let openid = info.openid.map(|offer| offer.name);
    Ok(ServerView { url, name: info.name, version: info.version, secure, openid })
}

pub(super) async fn onboard_server(app: &App, args: ServerSignIn) -> Result<AppState, AppError> {
    let _entrance = app.0.entrance.lock().await;
    nobody_here(app)?;
    let server = named(&args.url, args.ca_pem.as_deref(), args.ca_sha256.as_deref()).await?;
    let at = At { kind: ProfileKind::Server, server: &server, device_name: &args.device_name };
    let (password, code) = (args.password.take(), args.second_factor.map(Password::take));
    let code = code.as_ref().map(|code| code.as_str());
    let by = By::Password { account: args.account.trim(), password: &password, code };
    enrol(app, at, by).await?;
    Ok(app.state())
}

/// Sets a server up by its one-time code, or gives its owner a new password.
pub(super) async fn set_up_server(app: &App, args: ServerCode) -> Result<AppState, AppError> {
    come_by_code(app, args, |code, account, password| {
        let code = code.ok_or_else(|| AppError::new(Code::CodeInvalid))?;
        Ok(By::SetUp { code, account, password })
    })
    .await
}

/// Makes an account at a server by an invitation, or where registration is open.
pub(super) async fn join_server(app: &App, args: ServerCode) -> Result<AppState, AppError> {
    come_by_code(app, args, |code, account, password| Ok(By::Join { code, account, password }))
        .await
}

async fn come_by_code(
    app: &App,
    args: ServerCode,
    by: impl for<'a> FnOnce(
        Option<&'a OneTimeCode>,
        Option<&'a str>,
        &'a str,
    ) -> Result<By<'a>, AppError>,
) -> Result<AppState, AppError> {
    let _entrance = app.0.entrance.lock().await;
    nobody_here(app)?;
    let server = named(&args.url, args.ca_pem.as_deref(), args.ca_sha256.as_deref()).await?;
    let at = At { kind: ProfileKind::Server, server: &server, device_name: &args.device_name };
    let code = args.code.map(|code| OneTimeCode::new(code.take().as_str()));
    let (account, password) = (args.account.as_deref().map(str::trim), args.password.take());
    enrol(app, at, by(code.as_ref(), account, &password)?).await?;
    Ok(app.state())
}

pub(super) async fn named(
    url: &str,
    pem: Option<&str>,
    sha256: Option<&str>,
) -> Result<Server, AppError> {
    let url = address::base_url(url)?;
    Server::at(url, Named::from_texts(pem, sha256)?).await
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

/// Where a device comes to, and what it is to be called.
#[derive(Clone, Copy)]
struct At<'a> {
    kind: ProfileKind,
    server: &'a Server,
    device_name: &'a str,
}

/// As whom, and by what.
enum By<'a> {
    Password { account: &'a str, password: &'a str, code: Option<&'a str> },
    SetUp { code: &'a OneTimeCode, account: Option<&'a str>, password: &'a str },
    Join { code: Option<&'a OneTimeCode>, account: Option<&'a str>, password: &'a str },
}

/// Enrols this device with a fresh key and opens the session.
async fn enrol(app: &App, at: At<'_>, by: By<'_>) -> Result<std::sync::Arc<Session>, AppError> {
    let At { kind, server, device_name } = at;
    let name = usable_name(device_name)?;
    let service = server.service()?;
    let key = DeviceKey::generate()?;
    let system = std::env::consts::OS;
    let device = (name.as_str(), system, env!("CARGO_PKG_VERSION"));
    let makes_account = !matches!(by, By::Password { .. });
    let reply = match by {
        By::Password { account, password, code } => {
            service.sign_in_with(&key, account, password, code, device).await
        }
        By::SetUp { code, account, password } => {
            service.set_up(&key, code, account, password, device).await
        }
        By::Join { code, account, password } => {
            service.join(&key, code, account, password, device).await
        }
    };
    let reply = reply.map_err(|error| told(error, makes_account, server))?;
    let signed_in = SignedIn { kind, server, device_name: &name, reply };
    enter_as(app, signed_in, key).await
}

/// Why a device did not come in.
pub(super) fn told(error: client::Error, makes_account: bool, server: &Server) -> AppError {
    let told = match error.code() {
        Some(ErrorCode::ParamInvalid) if makes_account => {
            AppError::new(Code::AccountUnsuitable).because(&error)
        }
        _ => AppError::from(error),
    };
    told.with("url", &server.url)
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
