//! What we offer beyond the SMH contract, under `/albumen/v1/`.

use std::sync::Arc;

use albumen_model::{
    ErrorCode,
    smh::{Capabilities, FenceReceipt, FenceRequest},
};
use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{Method, header};

use crate::{
    error::Error,
    lock, openapi, quota_preview,
    repository::{
        token::{self, Holders},
        upload::{self, State as UploadState},
    },
    request::{Call, caller::check_secret},
    routes::{adopt, upload_batch},
    secret::SecretHash,
    service::Service,
    sweep,
};

/// What every path here begins with.
const PREFIX: &str = "/albumen/v1/";

/// Answers any request under the prefix.
pub(crate) async fn dispatch(
    State(service): State<Arc<Service>>,
    request: Request,
) -> Result<Response, Error> {
    let call = Call::read(request, PREFIX).await?;
    match (&call.method, call.noun.as_str(), call.tail.as_str()) {
        (&Method::GET, "capabilities", "") => Ok(capabilities(&service)),
        (&Method::GET, "openapi.json", "") => Ok(description()),
        (&Method::POST, "uploads", "fence") => fence(&service, &call).await,
        (&Method::POST, "uploads", tail) => match tail.strip_suffix("/adopt") {
            Some(key) => adopt::adopt(&service, &call, key).await,
            None => Err(ErrorCode::RouteNotFound.into()),
        },
        (&Method::POST, "quota-preview", "") => quota_preview::serve(&service, &call).await,
        (&Method::POST, "batch-begin", _) => upload_batch::begin(&service, &call).await,
        (&Method::POST, "batch-confirm", _) => upload_batch::confirm(&service, &call).await,
        _ => Err(ErrorCode::RouteNotFound.into()),
    }
}

fn capabilities(service: &Service) -> Response {
    let capabilities = Capabilities {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        data_scheme: service.data_scheme.clone(),
        fence: true,
        quota_preview: true,
        adopt: true,
        upload_batch: upload_batch::FILES_MAX,
    };
    Json(capabilities).into_response()
}

/// What this service answers to, for programs that are made from it.
fn description() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], openapi::served()).into_response()
}

/// Ends every token and every open session of one installation of one user. Durable before the
/// store is told; from then on nothing of it is renewed or confirmed, whatever the store still
/// takes.
async fn fence(service: &Service, call: &Call) -> Result<Response, Error> {
    let request: FenceRequest = call.needed()?;
    let secret = SecretHash::of(request.library_secret.expose());
    let now = service.now();
    let (tokens_deleted, sessions) = service
        .db
        .write(move |tx| -> Result<_, Error> {
            let FenceRequest { library_id, user_id, client_id, .. } = request;
            tx.lock(&[lock::library(&library_id)])?;
            check_secret(tx, &library_id, secret)?;
            let sessions = upload::fenceable(tx, &library_id, &user_id, &client_id)?;
            for session in &sessions {
                upload::end(tx, &session.confirm_key, UploadState::Fenced, now)?;
            }
            let holders = Holders {
                users: vec![user_id.into()],
                clients: vec![client_id.into()],
                sessions: Vec::new(),
            };
            Ok((token::delete_of(tx, &library_id, &holders)?, sessions))
        })
        .await?;
    let mut writable_until = None;
    for session in &sessions {
        writable_until = writable_until.max(sweep::settle_fenced(service, session).await?);
    }
    let uploads_fenced = u64::try_from(sessions.len()).unwrap_or(u64::MAX);
    Ok(Json(FenceReceipt { tokens_deleted, uploads_fenced, writable_until }).into_response())
}
