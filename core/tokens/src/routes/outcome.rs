//! What every answer has: a nonce for the next request, the time, an id, no place in any cache; and
//! how an error is told. Logs method, route and status; never a query, a body or a header.

use std::{borrow::Cow, net::IpAddr, sync::Arc, time::Duration};

use albumen_model::{
    ErrorCode, WireError,
    auth::{NONCE_HEADER, TIME_HEADER},
};
use albumen_ops::taken_over;
use axum::{
    Json,
    extract::{ConnectInfo, MatchedPath, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use tokio::time::Instant;
use tracing::Instrument;

use crate::{Error, Service, counting::Peer, sealing::random};

/// What an error tells its client, on the way to becoming a body.
#[derive(Clone, Copy)]
struct Told {
    code: ErrorCode,
    why: &'static str,
    retry_after: Option<Duration>,
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let code = self.code();
        let (why, retry_after) = match &self {
            Self::Refused { why, retry_after, .. } => (*why, *retry_after),
            Self::Hosting(error) if code == ErrorCode::LibraryServiceUnreachable => {
                tracing::warn!(%error, "The library service cannot be reached");
                ("The library service cannot be reached", error.retry_after())
            }
            error => {
                let source = std::error::Error::source(error);
                tracing::error!(%error, ?source, "A call failed");
                ("The service could not do this", None)
            }
        };
        let mut response = status(code).into_response();
        response.extensions_mut().insert(Told { code, why, retry_after });
        response
    }
}

fn status(code: ErrorCode) -> StatusCode {
    StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// The address of whoever asks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client(pub(crate) IpAddr);

/// Completes an answer.
pub(crate) async fn finish(
    State(service): State<Arc<Service>>,
    ConnectInfo(Peer(peer)): ConnectInfo<Peer>,
    mut request: Request,
    next: Next,
) -> Response {
    let client = service.config.trusted_proxies.client(peer.ip(), request.headers());
    request.extensions_mut().insert(Client(client));
    let fresh = || random::<8>().map(hex::encode).unwrap_or_default();
    let request_id = taken_over(request.headers()).map_or_else(fresh, str::to_owned);
    // On every line of this request, whatever level is asked for.
    let span = tracing::error_span!("request", id = request_id);
    answer(&service, request, next, request_id).instrument(span).await
}

async fn answer(service: &Service, request: Request, next: Next, request_id: String) -> Response {
    let method = request.method().clone();
    // A word of the table of routes, with names of its parameters and never their values.
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.map_or(Cow::Borrowed("none"), |route| route.as_str().to_owned().into());
    let started = Instant::now();
    let exchange = service.traffic.begin(route.clone(), method.as_str());
    let mut response = match is_of_a_page(request.headers()) {
        true => Error::refused(ErrorCode::NoPermission, "Pages are not answered").into_response(),
        false => next.run(request).await,
    };
    let told = told(&mut response);
    if let Some(told) = told {
        response = body(told, &request_id);
    }
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let now = service.now();
    let nonce = service.nonces.issue(now).unwrap_or_default();
    let time = now.millis().to_string();
    let told_too = [(NONCE_HEADER, nonce), (TIME_HEADER, time), ("x-request-id", request_id)];
    for (name, value) in told_too {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    }
    let code = told.map(|told| told.code.as_str());
    exchange.answered(response.status(), code);
    let (status, code) = (response.status().as_u16(), code.unwrap_or_default());
    let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::debug!(%method, operation = &*route, status, code, ms, "Request");
    response
}

/// Whether a page in a browser asks: no page has any business here, also not one whose name was
/// made to lead to this computer. Browsers say so themselves, and let no page unsay it. What
/// somebody types into the address bar is no page's.
fn is_of_a_page(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    headers.contains_key(header::ORIGIN) || site.is_some_and(|site| site != b"none")
}

/// What an answer tells as an error; refusals of the HTTP layer itself, as of a path whose id is no
/// id, are told the same way.
fn told(response: &mut Response) -> Option<Told> {
    if let Some(told) = response.extensions_mut().remove::<Told>() {
        return Some(told);
    }
    let why = "The request is not well formed";
    let bare = response.status().is_client_error();
    bare.then_some(Told { code: ErrorCode::BadRequest, why, retry_after: None })
}

fn body(told: Told, request_id: &str) -> Response {
    let error = WireError {
        code: told.code.as_str().to_owned(),
        message: told.why.to_owned(),
        request_id: request_id.to_owned(),
    };
    let mut response = (status(told.code), Json(error)).into_response();
    if let Some(wait) = told.retry_after {
        // Whole seconds, rounded up: not a moment too early.
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}
