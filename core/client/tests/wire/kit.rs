//! A service that answers as a test says, and clients that speak to it.

use std::sync::{Arc, Mutex};

use albumen_client::{
    Access, DeviceKey, Enrolment, HttpClient, HttpClientConfig, SpaceClient, TokenService,
    TokenSource,
};
use albumen_model::{
    AccessToken, DeviceId, LibraryId, RemotePath, ServiceId, SpaceId, auth::TokenPurpose,
};
use axum::{
    Router,
    body::Bytes,
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

pub(crate) type Answer = (u16, Vec<(&'static str, String)>, Vec<u8>);
pub(crate) type Answerer = Arc<dyn Fn(&Seen) -> Answer + Send + Sync>;

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// A service that answers as the test says and remembers what came.
pub(crate) struct Service {
    pub(crate) url: String,
    pub(crate) seen: Arc<Mutex<Vec<Seen>>>,
}

impl Service {
    pub(crate) async fn start(answer: impl Fn(&Seen) -> Answer + Send + Sync + 'static) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let answer: Answerer = Arc::new(answer);
        let app = Router::new().fallback(reply).with_state((answer, Arc::clone(&seen)));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, seen }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

pub(crate) async fn reply(
    State((answer, seen)): State<(Answerer, Arc<Mutex<Vec<Seen>>>)>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let arrived = Seen {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body: axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default(),
    };
    let (status, headers, body) = answer(&arrived);
    seen.lock().unwrap().push(arrived);
    let mut response = (StatusCode::from_u16(status).unwrap(), body).into_response();
    for (name, value) in headers {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}

pub(crate) fn body(value: Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

pub(crate) fn refusal(status: u16, code: &str) -> Answer {
    let text = json!({ "code": code, "message": "secret-token in a message", "requestId": "r7" });
    (status, Vec::new(), body(text))
}

pub(crate) fn http() -> HttpClient {
    HttpClient::new(&HttpClientConfig::loopback()).unwrap()
}

pub(crate) const TOKEN: &str = "secret-token";

pub(crate) fn space(service: &Service) -> SpaceClient {
    let access = Access::given(AccessToken::new(TOKEN), &service.url, "http").unwrap();
    let tokens = Arc::new(TokenSource::given(access));
    let library = LibraryId::parse("smh1").unwrap();
    SpaceClient::new(http(), tokens, library, SpaceId::single(), TokenPurpose::Backup)
}

pub(crate) fn path(text: &str) -> RemotePath {
    RemotePath::parse(text).unwrap()
}

pub(crate) fn token_service(url: &str) -> Arc<TokenService> {
    let enrolment = Enrolment {
        key: DeviceKey::generate().unwrap(),
        device_id: DeviceId::parse("dev1").unwrap(),
        service_id: ServiceId::parse("svc1").unwrap(),
    };
    Arc::new(TokenService::enrolled(http(), url, enrolment).unwrap())
}
