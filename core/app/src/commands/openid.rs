//! Signing in by a server's provider, and the identity that is bound to one's account. The person's
//! browser goes to the provider; what it brings back goes to the server, which alone can use it.

use albumen_client::{BroughtBack, DeviceKey, Newcomer};
use albumen_model::{
    ErrorCode, OneTimeCode,
    auth::{BoundIdentity, IdentityState, OpenIdBegun},
};

use super::{
    args::{Empty, OpenIdSignIn, OwnPassword},
    onboarding::{enter_as, named, nobody_here, told, usable_name},
};
use crate::{
    App, AppError, Code,
    at_provider::{Coming, Purpose, UnderWay},
    browser,
    callback::{Outcome, Port},
    profile::SignedIn,
    views::{IdentityView, OpenIdPage, OpenIdStep, ProfileKind, WaysIn},
};

/// Begins a sign-in and opens the provider's page.
pub(super) async fn begin_openid(app: &App, args: OpenIdSignIn) -> Result<OpenIdPage, AppError> {
    let _entrance = app.0.entrance.lock().await;
    nobody_here(app)?;
    let server = named(&args.url, args.ca_pem.as_deref(), args.ca_sha256.as_deref()).await?;
    let device_name = usable_name(&args.device_name)?;
    // A stranger's certificate is met here, and told with what is needed to decide.
    server.info().await?;
    let (port, key) = (Port::take().await?, DeviceKey::generate()?);
    let begun = server.service()?.begin_openid(&key, port.number()).await;
    let begun = begun.map_err(|error| AppError::from(error).with("url", &server.url))?;
    let invitation = args.code.map(|code| OneTimeCode::new(code.take().as_str()));
    let named = args.account.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let account = named.map(str::to_owned);
    let coming = Coming { server, key, device_name, invitation, account };
    lead(app, begun, port, Purpose::Come(Box::new(coming)))
}

/// Begins to bind an identity to the account that is signed in here.
pub(super) async fn begin_identity(app: &App, args: OwnPassword) -> Result<OpenIdPage, AppError> {
    let (session, port) = (app.session()?, Port::take().await?);
    let password = args.password.take();
    let begun = session.service().begin_identity(&password, port.number()).await?;
    lead(app, begun, port, Purpose::Bind)
}

/// Begins to give the account that is signed in here its first password: its person has to sign in
/// at the provider anew.
pub(super) async fn begin_first_password(
    app: &App,
    args: OwnPassword,
) -> Result<OpenIdPage, AppError> {
    let (session, port) = (app.session()?, Port::take().await?);
    let new = args.password.take();
    let begun = session.service().begin_first_password(&new, port.number()).await;
    let begun = begun.map_err(|error| match error.code() {
        Some(ErrorCode::ParamInvalid) => AppError::new(Code::AccountUnsuitable).because(&error),
        _ => AppError::from(error),
    })?;
    lead(app, begun, port, Purpose::FirstPassword(new))
}

/// Opens the page, and waits for the browser to come back from it.
fn lead(
    app: &App,
    begun: OpenIdBegun,
    port: Port,
    purpose: Purpose,
) -> Result<OpenIdPage, AppError> {
    let url = browser::page(begun.url)?;
    let callback = port.wait_for(begun.state, app.state().locale);
    let under_way = UnderWay::new(purpose, callback, begun.expires_in);
    let seconds_left = under_way.seconds_left();
    app.0.at_provider.replace(Some(under_way));
    let opened = app.0.surroundings.browser.as_ref().is_some_and(|browser| browser.open(&url));
    Ok(OpenIdPage { url, opened, seconds_left })
}

/// Waits some seconds for the browser; does what was begun with what it brings.
pub(super) async fn await_openid(app: &App, _: Empty) -> Result<OpenIdStep, AppError> {
    let under_way = app.0.at_provider.now()?;
    let Some(outcome) = under_way.wait().await? else {
        let seconds_left = under_way.seconds_left();
        return Ok(OpenIdStep { done: false, seconds_left, app: None });
    };
    let _entrance = app.0.entrance.lock().await;
    app.0.at_provider.forget(&under_way)?;
    let Outcome::Code(brought) = outcome else {
        return Err(AppError::new(Code::IdentityRefused));
    };
    match &under_way.purpose {
        Purpose::Come(coming) => come(app, coming, brought).await?,
        Purpose::Bind => {
            app.session()?.service().bind_identity(brought).await?;
        }
        Purpose::FirstPassword(new) => {
            app.session()?.service().set_first_password(brought, new).await?;
        }
    }
    Ok(OpenIdStep { done: true, seconds_left: 0, app: Some(app.state()) })
}

async fn come(app: &App, coming: &Coming, brought: BroughtBack) -> Result<(), AppError> {
    nobody_here(app)?;
    let Coming { server, key, device_name, invitation, account } = coming;
    let device = (device_name.as_str(), std::env::consts::OS, env!("CARGO_PKG_VERSION"));
    let newcomer = Newcomer { invitation: invitation.as_ref(), account: account.as_deref() };
    let reply = server.service()?.finish_openid(key, brought, newcomer, device).await;
    let reply = reply.map_err(|error| told(error, true, server))?;
    let signed_in = SignedIn { kind: ProfileKind::Server, server, device_name, reply };
    enter_as(app, signed_in, key.clone()).await.map(drop)
}

/// Gives up waiting; what the browser still brings is not used.
pub(super) async fn cancel_openid(app: &App, _: Empty) -> Result<(), AppError> {
    app.0.at_provider.replace(None);
    Ok(())
}

/// The ways into the account.
pub(super) async fn identity(app: &App, _: Empty) -> Result<WaysIn, AppError> {
    Ok(ways_in(app.session()?.service().identity().await?))
}

/// Takes it from the account.
pub(super) async fn unbind_identity(app: &App, args: OwnPassword) -> Result<WaysIn, AppError> {
    let password = args.password.take();
    Ok(ways_in(app.session()?.service().unbind_identity(&password).await?))
}

fn ways_in(state: IdentityState) -> WaysIn {
    let IdentityState { identity, provider, has_password } = state;
    let identity_opens = identity.as_ref().is_some_and(|identity| {
        provider.as_ref().is_some_and(|provider| provider.issuer == identity.issuer)
    });
    WaysIn {
        identity: identity.map(identity_view),
        identity_opens,
        provider: provider.map(|provider| provider.name),
        has_password,
    }
}

/// An identity as people see it.
pub(super) fn identity_view(identity: BoundIdentity) -> IdentityView {
    let BoundIdentity { issuer, subject, bound_at } = identity;
    IdentityView { issuer, subject, bound_at: bound_at.to_string() }
}
