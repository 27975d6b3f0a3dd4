//! An SMH that does what a token service needs and nothing more, remembers what it was asked, and
//! fails or waits when told to.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use albumen_model::smh::{FenceRequest, TokenRequest};
use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{delete, get, post, put},
};
use serde_json::json;
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;

use super::secure::{self, Shown};

pub(crate) const LIBRARY_SECRET: &str = "library-secret-that-never-leaves-9f2c";

/// A token that was given out, and whether its device had been fenced by then.
#[derive(Clone, Debug)]
pub(crate) struct Answered {
    pub(crate) token: String,
    pub(crate) after_fence: bool,
}

pub(crate) struct Inside {
    /// The library's secret; rotations change it.
    pub(crate) secret: String,
    pub(crate) rotations: u64,
    /// Mints asked for so far.
    pub(crate) asked: u32,
    /// Mints take up to this long, before and after the token is there, each another time.
    pub(crate) mint_takes: (Duration, Duration),
    pub(crate) answered: Vec<Answered>,
    /// Token text to what was asked for.
    pub(crate) live: BTreeMap<String, TokenRequest>,
    pub(crate) minted: u64,
    pub(crate) deleted: Vec<String>,
    pub(crate) fences: Vec<(String, String)>,
    pub(crate) down: bool,
    pub(crate) cannot_fence: bool,
    /// Mints wait for `gate` when set.
    pub(crate) hold_mints: bool,
    pub(crate) spaces: Vec<serde_json::Value>,
    /// What was asked of each space's attributes and quota, newest last.
    pub(crate) settled: Vec<(String, serde_json::Value)>,
    /// Spaces under a quota.
    pub(crate) quotas: BTreeMap<String, serde_json::Value>,
}

impl Default for Inside {
    fn default() -> Self {
        Self {
            secret: LIBRARY_SECRET.to_owned(),
            rotations: 0,
            asked: 0,
            mint_takes: (Duration::ZERO, Duration::ZERO),
            answered: Vec::new(),
            live: BTreeMap::new(),
            minted: 0,
            deleted: Vec::new(),
            fences: Vec::new(),
            down: false,
            cannot_fence: false,
            hold_mints: false,
            spaces: Vec::new(),
            settled: Vec::new(),
            quotas: BTreeMap::new(),
        }
    }
}

#[derive(Default)]
struct Shared {
    inside: Mutex<Inside>,
    gate: Notify,
    waiting: Notify,
}

#[derive(Clone)]
pub(crate) struct FakeSmh {
    shared: Arc<Shared>,
    address: SocketAddr,
    /// What it shows; absent without TLS.
    shown: Option<Shown>,
}

type S = State<Arc<Shared>>;

impl FakeSmh {
    pub(crate) async fn start() -> Self {
        let shared = Arc::new(Shared::default());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, app) = (listener.local_addr().unwrap(), routes(&shared));
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { shared, address, shown: None }
    }

    /// The same over TLS.
    pub(crate) async fn start_secure(tls: TlsAcceptor) -> Self {
        let shared = Arc::new(Shared::default());
        let (address, shown) = secure::serve(tls, routes(&shared)).await;
        Self { shared, address, shown: Some(shown) }
    }

    /// From the next connection on it shows another certificate.
    pub(crate) fn shows(&self, tls: TlsAcceptor) {
        *self.shown.as_ref().unwrap().lock().unwrap() = tls;
    }

    pub(crate) fn url(&self) -> String {
        let scheme = if self.shown.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    pub(crate) fn inside(&self) -> MutexGuard<'_, Inside> {
        self.shared.inside.lock().unwrap()
    }

    /// Returns once a mint is waiting at the gate.
    pub(crate) async fn mint_waits(&self) {
        self.shared.waiting.notified().await;
    }

    pub(crate) fn open_gate(&self) {
        self.shared.gate.notify_one();
    }
}

fn routes(shared: &Arc<Shared>) -> Router {
    Router::new()
        .route("/console/v1/libraries", post(create_library))
        .route("/console/v1/libraries/{library}/secret", post(rotate))
        .route("/albumen/v1/capabilities", get(capabilities))
        .route("/albumen/v1/uploads/fence", post(fence))
        .route("/api/v1/token", post(mint))
        .route("/api/v1/token/{library}", delete(delete_of))
        .route("/api/v1/token/{library}/{token}", delete(delete_one))
        .route("/api/v1/space/{library}", post(create_space))
        .route("/api/v1/space/{library}/list", get(list_spaces))
        .route("/api/v1/space/{library}/{space}/extension", post(change_space).get(look))
        .route("/api/v1/quota/{library}", post(create_quota))
        .route("/api/v1/quota/{library}/{space}", put(change_quota))
        .with_state(Arc::clone(shared))
}

fn refused(status: StatusCode, code: &str) -> Response {
    (status, Json(json!({ "code": code, "message": "no", "requestId": "smh-1" }))).into_response()
}

fn down(shared: &Shared) -> Option<Response> {
    let inside = shared.inside.lock().unwrap();
    inside.down.then(|| refused(StatusCode::SERVICE_UNAVAILABLE, "ServerOverloaded"))
}

async fn create_library(State(shared): S, headers: HeaderMap) -> Response {
    if let Some(response) = down(&shared) {
        return response;
    }
    let wanted = format!("Bearer {}", super::CONSOLE_KEY);
    if headers.get("authorization").is_none_or(|value| value != wanted.as_str()) {
        return refused(StatusCode::FORBIDDEN, "ConsoleKeyInvalid");
    }
    Json(json!({
        "library": { "libraryId": "smh0001", "remark": "", "settings": {},
                     "creationTime": "2027-01-01T00:00:00.000Z" },
        "librarySecret": shared.inside.lock().unwrap().secret,
    }))
    .into_response()
}

async fn rotate(State(shared): S, headers: HeaderMap) -> Response {
    if let Some(response) = down(&shared) {
        return response;
    }
    let wanted = format!("Bearer {}", super::CONSOLE_KEY);
    if headers.get("authorization").is_none_or(|value| value != wanted.as_str()) {
        return refused(StatusCode::FORBIDDEN, "ConsoleKeyInvalid");
    }
    let mut inside = shared.inside.lock().unwrap();
    inside.rotations += 1;
    inside.secret = format!("{LIBRARY_SECRET}-{}", inside.rotations);
    Json(json!({ "librarySecret": inside.secret })).into_response()
}

async fn capabilities(State(shared): S) -> Response {
    if let Some(response) = down(&shared) {
        return response;
    }
    if shared.inside.lock().unwrap().cannot_fence {
        return refused(StatusCode::NOT_FOUND, "RouteNotFound");
    }
    Json(json!({ "version": "1", "dataScheme": "http", "fence": true })).into_response()
}

async fn mint(State(shared): S, Json(asked): Json<TokenRequest>) -> Response {
    if let Some(response) = down(&shared) {
        return response;
    }
    if asked.library_secret.expose() != shared.inside.lock().unwrap().secret {
        return refused(StatusCode::NOT_FOUND, "WrongLibraryIdOrSecret");
    }
    let (before, after) = {
        let mut inside = shared.inside.lock().unwrap();
        inside.asked += 1;
        let (asked, (before, after)) = (inside.asked, inside.mint_takes);
        // Percents that follow each other in no order that a race could lean on.
        (before * (asked * 7919 % 101) / 100, after * (asked * 4241 % 101) / 100)
    };
    tokio::time::sleep(before).await;
    let token = {
        let mut inside = shared.inside.lock().unwrap();
        inside.minted += 1;
        let token = format!("acctk-{}-secret-text", inside.minted);
        inside.live.insert(token.clone(), asked.clone());
        token
    };
    if shared.inside.lock().unwrap().hold_mints {
        shared.waiting.notify_one();
        shared.gate.notified().await;
    }
    tokio::time::sleep(after).await;
    let mut inside = shared.inside.lock().unwrap();
    let client = asked.client_id.as_str();
    let after_fence = inside.fences.iter().any(|(_, fenced)| fenced == client);
    inside.answered.push(Answered { token: token.clone(), after_fence });
    Json(json!({ "accessToken": token, "expiresIn": asked.period })).into_response()
}

async fn delete_one(State(shared): S, Path((_, token)): Path<(String, String)>) -> Response {
    if let Some(response) = down(&shared) {
        return response;
    }
    let mut inside = shared.inside.lock().unwrap();
    inside.live.remove(&token);
    inside.deleted.push(token);
    StatusCode::NO_CONTENT.into_response()
}

async fn delete_of(State(shared): S, Query(query): Query<BTreeMap<String, String>>) -> Response {
    if let Some(response) = down(&shared) {
        return response;
    }
    if query
        .get("library_secret")
        .is_none_or(|secret| *secret != shared.inside.lock().unwrap().secret)
    {
        return refused(StatusCode::NOT_FOUND, "WrongLibraryIdOrSecret");
    }
    let (user, client) = (&query["user_id"], &query["client_id"]);
    end_all(&mut shared.inside.lock().unwrap(), user, client);
    StatusCode::NO_CONTENT.into_response()
}

async fn fence(State(shared): S, Json(asked): Json<FenceRequest>) -> Response {
    if let Some(response) = down(&shared) {
        return response;
    }
    if asked.library_secret.expose() != shared.inside.lock().unwrap().secret {
        return refused(StatusCode::NOT_FOUND, "WrongLibraryIdOrSecret");
    }
    let mut inside = shared.inside.lock().unwrap();
    let (user, client) = (asked.user_id.to_string(), asked.client_id.to_string());
    let ended = end_all(&mut inside, &user, &client);
    inside.fences.push((user, client));
    Json(json!({ "tokensDeleted": ended, "uploadsFenced": 3, "writableUntil": null }))
        .into_response()
}

fn end_all(inside: &mut Inside, user: &str, client: &str) -> usize {
    let before = inside.live.len();
    inside
        .live
        .retain(|_, asked| !(asked.user_id.as_str() == user && asked.client_id.as_str() == client));
    before - inside.live.len()
}

async fn create_space(
    State(shared): S,
    headers: HeaderMap,
    Json(asked): Json<serde_json::Value>,
) -> Response {
    if let Some(response) = down(&shared) {
        return response;
    }
    let mut inside = shared.inside.lock().unwrap();
    let bearer = headers.get("authorization").and_then(|v| v.to_str().ok()).unwrap_or_default();
    let token = bearer.strip_prefix("Bearer ").unwrap_or_default();
    let may = inside.live.get(token).is_some_and(|t| t.grant.to_string() == "create_space");
    if !may {
        return refused(StatusCode::FORBIDDEN, "NoPermission");
    }
    inside.spaces.push(asked);
    let id = format!("space{:04}", inside.spaces.len());
    (StatusCode::CREATED, Json(json!({ "spaceId": id }))).into_response()
}

/// Whether the token of a request may do everything.
fn administers(shared: &Shared, headers: &HeaderMap) -> bool {
    let bearer = headers.get("authorization").and_then(|v| v.to_str().ok()).unwrap_or_default();
    let token = bearer.strip_prefix("Bearer ").unwrap_or_default();
    let inside = shared.inside.lock().unwrap();
    inside.live.get(token).is_some_and(|asked| asked.grant.to_string() == "admin")
}

/// Notes what was asked, unless the service is away or the token may not.
fn settle(
    shared: &Shared,
    headers: &HeaderMap,
    what: String,
    asked: serde_json::Value,
) -> Option<Response> {
    if let Some(response) = down(shared) {
        return Some(response);
    }
    if !administers(shared, headers) {
        return Some(refused(StatusCode::FORBIDDEN, "NoPermission"));
    }
    shared.inside.lock().unwrap().settled.push((what, asked));
    None
}

async fn list_spaces(State(shared): S, headers: HeaderMap) -> Response {
    if !administers(&shared, &headers) {
        return refused(StatusCode::FORBIDDEN, "NoPermission");
    }
    let count = shared.inside.lock().unwrap().spaces.len();
    let row = |number: usize| {
        json!({ "spaceId": format!("space{number:04}"), "userId": "",
                "creationTime": "2027-01-01T00:00:00.000Z" })
    };
    Json(json!({ "list": (1..=count).map(row).collect::<Vec<_>>() })).into_response()
}

async fn look() -> Response {
    Json(json!({ "isMultiAlbum": true })).into_response()
}

async fn change_space(
    State(shared): S,
    Path((_, space)): Path<(String, String)>,
    headers: HeaderMap,
    Json(asked): Json<serde_json::Value>,
) -> Response {
    let refused = settle(&shared, &headers, format!("space {space}"), asked);
    refused.unwrap_or_else(|| StatusCode::NO_CONTENT.into_response())
}

async fn create_quota(
    State(shared): S,
    headers: HeaderMap,
    Json(asked): Json<serde_json::Value>,
) -> Response {
    let space = asked["spaces"][0].as_str().unwrap_or("-").to_owned();
    let capacity = asked["capacity"].clone();
    if let Some(refused) = settle(&shared, &headers, format!("new quota {space}"), asked) {
        return refused;
    }
    shared.inside.lock().unwrap().quotas.insert(space, capacity);
    (StatusCode::CREATED, Json(json!({ "quotaId": 7 }))).into_response()
}

async fn change_quota(
    State(shared): S,
    Path((_, space)): Path<(String, String)>,
    headers: HeaderMap,
    Json(asked): Json<serde_json::Value>,
) -> Response {
    if let Some(refused) = settle(&shared, &headers, format!("quota {space}"), asked.clone()) {
        return refused;
    }
    let mut inside = shared.inside.lock().unwrap();
    match inside.quotas.get_mut(&space) {
        Some(capacity) => *capacity = asked["capacity"].clone(),
        None => return refused(StatusCode::NOT_FOUND, "NoQuota"),
    }
    StatusCode::NO_CONTENT.into_response()
}
