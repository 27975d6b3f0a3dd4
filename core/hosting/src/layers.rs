//! What every request goes through, whoever answers it: limits, a bound on how many are worked on,
//! a request id, the error body, the log line.
//!
//! The log line has no path and no query: tokens and secrets travel in both (SMH section 26, trap
//! 25), and names of files are nobody's business.

use std::{net::IpAddr, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use albumen_model::{ErrorCode, WireError};
use albumen_ops::taken_over;
use axum::{
    Json, Router,
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::any,
};
use futures::FutureExt;
use http::{HeaderName, HeaderValue, Method, header};
use tokio::time::Instant;
use tower_http::cors::{AllowHeaders, Any, CorsLayer, ExposeHeaders};
use tracing::Instrument;

use crate::{
    console,
    error::{Error, ItemsRefused, Refusal, refuse},
    extension,
    operations::Shown,
    routes, secret,
    service::Service,
};

/// The longest path and query: a path of 4096 bytes, percent-encoded, and room.
const URI_MAX: usize = 16 * 1024;
/// How long a request waits for its turn before the service says it is overloaded.
const TURN_TIME: Duration = Duration::from_secs(5);
/// How long a request may be worked on; its database writes finish all the same.
const WORK_TIME: Duration = Duration::from_secs(60);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const SMH_REQUEST_ID: HeaderName = HeaderName::from_static("x-smh-request-id");

/// The whole service as one router.
pub(crate) fn router(service: &Arc<Service>) -> Router {
    let gate = from_fn_with_state(Arc::clone(service), admit);
    // A page is to read a refusal of the gate too, so CORS is around it.
    let business = Router::new()
        .route("/api/v1/{*rest}", any(routes::dispatch))
        .route("/albumen/v1/capabilities", any(extension::dispatch))
        .route("/albumen/v1/openapi.json", any(extension::dispatch))
        .layer(gate.clone())
        .layer(cors());
    let others = Router::new()
        .route("/albumen/v1/{*rest}", any(extension::dispatch))
        .route("/console/v1/{*rest}", any(console::dispatch))
        .fallback(|| async { refuse(ErrorCode::RouteNotFound, "There is no such route") })
        .layer(gate);
    let gated = business.merge(others).with_state(Arc::clone(service));
    // Outside of the gate: an overloaded service is alive.
    gated.merge(service.operations.health.router())
}

/// Open to browsers everywhere, without credentials of their own (SMH section 1.13). The fence and
/// the console are not: no page has business there.
fn cors() -> CorsLayer {
    let named = |name: &'static str| HeaderName::from_static(name);
    let methods = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::DELETE];
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods(methods)
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(ExposeHeaders::list([
            named("x-smh-request-id"),
            named("x-request-id"),
            named("x-smh-type"),
            named("x-smh-creation-time"),
            named("x-smh-modification-time"),
            named("x-smh-content-type"),
            named("x-smh-size"),
            named("x-smh-etag"),
            named("x-smh-crc64"),
            header::ETAG,
            header::LOCATION,
            header::DATE,
            // Custom metadata has names of its own; without credentials this means all.
            named("*"),
        ]))
        .max_age(Duration::from_secs(600))
}

/// The address at the other end of a connection.
#[derive(Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// Lets a request in when there is room, and dresses its reply.
async fn admit(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let peer = head.extensions.get::<Peer>().map_or(IpAddr::from([0; 4]), |peer| peer.0);
    let client = service.operations.proxies.client(peer, &head.headers);
    let shown = Shown::of(&head, client);
    let request_id = taken_over(&head.headers).map_or_else(secret::request_id, str::to_owned);
    // On every line of this request, whatever level is asked for.
    let span = tracing::error_span!("request", id = request_id);
    let request = Request::from_parts(head, body);
    answer(&service, &shown, request, next, request_id).instrument(span).await
}

async fn answer(
    service: &Service,
    shown: &Shown,
    request: Request,
    next: Next,
    request_id: String,
) -> Response {
    let (exchange, started) = (service.operations.begin(shown), Instant::now());
    let mut response = match work(service, shown, request, next).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    };
    let (status, mut code) = (response.status(), None);
    if let Some(refusal) = response.extensions_mut().remove::<Refusal>() {
        service.operations.guards.answered(shown, refusal.code);
        code = Some(refusal.code.as_str());
        response = with_body(response, &refusal, &request_id);
    }
    if let Some(ItemsRefused(codes)) = response.extensions_mut().remove() {
        service.operations.counters.items_refused(&codes);
    }
    exchange.answered(status, code);
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert(REQUEST_ID, value.clone());
        response.headers_mut().insert(SMH_REQUEST_ID, value);
    }
    let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let (operation, method) = (shown.operation, &shown.method);
    let (status, code) = (status.as_u16(), code.unwrap_or_default());
    tracing::debug!(%method, operation, status, code, ms, "Request");
    response
}

async fn work(
    service: &Service,
    shown: &Shown,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    let length = request.uri().path_and_query().map_or(0, |text| text.as_str().len());
    if length > URI_MAX {
        return Err(ErrorCode::URITooLong.into());
    }
    if let Err((limit, wait)) = service.operations.guards.check(shown) {
        service.operations.counters.limited(limit);
        return Ok(held_back(wait));
    }
    let turn = {
        let _waiting = service.operations.counters.waits();
        tokio::time::timeout(TURN_TIME, service.gate.acquire()).await
    };
    let _turn = turn.map_err(|_| ErrorCode::ServerOverloaded)?;
    // A bug in one handler must not take the connection of the client with it.
    let answer = AssertUnwindSafe(next.run(request)).catch_unwind();
    match tokio::time::timeout(WORK_TIME, answer).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(_)) => Err(Error::Panicked),
        Err(_) => Err(ErrorCode::RequestTimeout.into()),
    }
}

/// The refusal of what comes too often.
fn held_back(wait: Duration) -> Response {
    let mut response = Error::from(ErrorCode::RateLimitExceeded).into_response();
    // Whole seconds, rounded up: not a moment too early.
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    response
}

/// The error body of SMH section 1.8.
fn with_body(response: Response, refusal: &Refusal, request_id: &str) -> Response {
    let body = Json(WireError {
        code: refusal.code.as_str().to_owned(),
        message: refusal.message.clone(),
        request_id: request_id.to_owned(),
    });
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    let (body_parts, body) = body.into_response().into_parts();
    parts.headers.extend(body_parts.headers);
    Response::from_parts(parts, body)
}
