//! What every answer has: a nonce for the next request, an id to find it by, no place in any cache;
//! and how an error is told. Logs method, route and status; never a query, a body or a header.

use std::{sync::Arc, time::Duration};

use albumen_model::{ErrorCode, WireError, auth::NONCE_HEADER};
use axum::{
    Json,
    extract::{MatchedPath, Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{Error, Service, sealing::random};

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

/// Completes an answer.
pub(crate) async fn finish(
    State(service): State<Arc<Service>>,
    request: Request,
    next: Next,
) -> Response {
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    let request_id = random::<8>().map(hex::encode).unwrap_or_default();
    if let Some(told) = told(&mut response) {
        response = body(told, &request_id);
    }
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let nonce = service.nonces.issue(service.now()).unwrap_or_default();
    for (name, value) in [(NONCE_HEADER, nonce), ("x-request-id", request_id.clone())] {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    }
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    tracing::debug!(%method, route, status = response.status().as_u16(), request_id, "Answered");
    response
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
