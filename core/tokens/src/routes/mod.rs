//! The HTTP side: which path is which call. Owns nothing else; there is no CORS, for no page of a
//! browser has business here.

mod account;
mod audit;
mod device;
mod event;
mod library;
mod openid;
mod outcome;
mod pairing;
mod people;
mod policy;
mod second_factor;
mod sign_in;
mod signed;

use std::sync::Arc;

use albumen_model::ErrorCode;
use axum::{
    Json, Router,
    extract::State,
    middleware,
    routing::{get, patch, post, put},
};

use crate::{Error, Service};

/// What every route works on.
pub(crate) type Shared = State<Arc<Service>>;

/// All routes of the service.
pub(crate) fn router(service: &Arc<Service>) -> Router {
    let routes = openid::routes()
        .route("/service", get(about))
        .route("/sign-in", post(sign_in::sign_in))
        .route("/set-up", post(sign_in::set_up))
        .route("/join", post(sign_in::join))
        .route("/me", get(account::me))
        .route("/me/password", post(account::change_password))
        .route("/me/second-factor", get(second_factor::state).post(second_factor::begin))
        .route("/me/second-factor/confirm", post(second_factor::confirm))
        .route("/me/second-factor/off", post(second_factor::end))
        .route("/accounts", get(account::list).post(account::create))
        .route("/accounts/{account}", patch(account::change_role))
        .route("/accounts/{account}/disable", post(people::disable))
        .route("/accounts/{account}/enable", post(people::enable))
        .route("/accounts/{account}/remove", post(people::remove))
        .route("/accounts/{account}/second-factor/reset", post(second_factor::reset))
        .route("/invitations", get(people::invitations).post(people::invite))
        .route("/invitations/{invitation}/withdraw", post(people::withdraw))
        .route("/registration", get(people::registration).put(people::set_registration))
        .route("/libraries", get(library::list).post(library::create))
        .route("/libraries/adopt", post(library::adopt))
        .route("/libraries/{library}", patch(library::rename).delete(library::remove))
        .route("/libraries/{library}/authority", put(library::set_authority))
        .route("/libraries/{library}/spaces", post(library::create_space))
        .route("/libraries/{library}/spaces/{space}", patch(library::rename_space))
        .route("/pairings", post(pairing::begin))
        .route("/pairings/{pairing}", get(pairing::look))
        .route("/pairings/{pairing}/approve", post(pairing::approve))
        .route("/pairings/{pairing}/refuse", post(pairing::refuse))
        .route("/pair", post(pairing::pair))
        .route("/pair/{pairing}", get(pairing::wait))
        .route("/libraries/{library}/spaces/{space}/policy", get(policy::show).put(policy::set))
        .route("/token", post(device::token))
        .route("/devices", get(device::list))
        .route("/devices/self/report", post(device::report))
        .route("/devices/{device}", patch(device::rename))
        .route("/devices/{device}/revoke", post(device::revoke))
        .route("/devices/{device}/receipt", get(device::receipt))
        .route("/devices/{device}/allow", post(device::allow))
        .route("/devices/revoke-others", post(device::revoke_others))
        .route("/devices/self/revocation", get(device::own_revocation))
        .route("/devices/self/copies", post(device::note_copies))
        .route("/accounts/{account}/revoke-devices", post(device::revoke_account))
        .route("/libraries/{library}/rotate-secret", post(library::rotate))
        .route("/libraries/{library}/rotation", get(library::rotation))
        .route("/audit", get(audit::page))
        .route("/audit/verify", get(audit::verify))
        .route("/audit/end", get(audit::end))
        .route("/audit/cut", post(audit::cut))
        .route("/events", get(event::events));
    Router::new()
        .nest("/auth/v1", routes)
        .fallback(nothing)
        .method_not_allowed_fallback(nothing)
        .layer(middleware::from_fn_with_state(Arc::clone(service), outcome::finish))
        .with_state(Arc::clone(service))
        .merge(service.health.router())
}

async fn about(State(service): Shared) -> Json<albumen_model::auth::ServiceInfo> {
    Json(service.info())
}

async fn nothing() -> Error {
    Error::refused(ErrorCode::RouteNotFound, "There is nothing here")
}
