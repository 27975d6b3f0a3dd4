//! The client against small real services: what it makes again, what it follows, and what it never
//! says.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};

use albumen_client::{
    Access, BeginMode, Begun, ByteRange, DataPlane, DeviceKey, Enrolment, Error, ErrorKind,
    HttpClient, HttpClientConfig, SpaceClient, TokenService, TokenSource, UploadBody,
};
use albumen_model::{
    AccessToken, ConflictStrategy, Crc64, DeviceId, LibraryId, RemotePath, ServiceId, SpaceId,
    auth::{NONCE_HEADER, TokenPurpose},
    smh::{BeginUploadRequest, UploadParameters},
};
use axum::{
    Router,
    body::Bytes,
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};

type Answer = (u16, Vec<(&'static str, String)>, Vec<u8>);
type Answerer = Arc<dyn Fn(&Seen) -> Answer + Send + Sync>;

/// A request as it arrived.
#[derive(Clone, Debug)]
struct Seen {
    method: String,
    path: String,
    query: String,
    headers: HeaderMap,
    body: Bytes,
}

/// A service that answers as the test says and remembers what came.
struct Service {
    url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Service {
    async fn start(answer: impl Fn(&Seen) -> Answer + Send + Sync + 'static) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let answer: Answerer = Arc::new(answer);
        let app = Router::new().fallback(reply).with_state((answer, Arc::clone(&seen)));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, seen }
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

async fn reply(
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

fn body(value: Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

fn refusal(status: u16, code: &str) -> Answer {
    let text = json!({ "code": code, "message": "secret-token in a message", "requestId": "r7" });
    (status, Vec::new(), body(text))
}

fn http() -> HttpClient {
    HttpClient::new(&HttpClientConfig::loopback()).unwrap()
}

const TOKEN: &str = "secret-token";

fn space(service: &Service) -> SpaceClient {
    let access = Access::given(AccessToken::new(TOKEN), &service.url, "http").unwrap();
    let tokens = Arc::new(TokenSource::given(access));
    let library = LibraryId::parse("smh1").unwrap();
    SpaceClient::new(http(), tokens, library, SpaceId::single(), TokenPurpose::Backup)
}

fn path(text: &str) -> RemotePath {
    RemotePath::parse(text).unwrap()
}

fn token_service(url: &str) -> Arc<TokenService> {
    let enrolment = Enrolment {
        key: DeviceKey::generate().unwrap(),
        device_id: DeviceId::parse("dev1").unwrap(),
        service_id: ServiceId::parse("svc1").unwrap(),
    };
    Arc::new(TokenService::enrolled(http(), url, enrolment).unwrap())
}

#[tokio::test]
async fn a_stale_nonce_is_replaced_once() {
    let tries = AtomicU64::new(0);
    let service = Service::start(move |seen| {
        let n = tries.fetch_add(1, Ordering::SeqCst);
        let nonce = vec![(NONCE_HEADER, format!("nonce{n}"))];
        let good = seen.headers.get("signature-input").is_some_and(|input| {
            let input = input.to_str().unwrap();
            input.contains("nonce=\"nonce1\"") && input.contains("keyid=\"dev1\"")
        });
        if seen.path.ends_with("/service") {
            let info = json!({ "service_id": "svc1", "name": "x", "version": "1",
                               "time": "2027-01-01T00:00:00.000Z" });
            (200, nonce, body(info))
        } else if good {
            let me = json!({ "account_id": "a", "name": "anna", "role": "member" });
            (200, nonce, body(me))
        } else {
            (401, nonce, refusal(401, "StaleNonce").2)
        }
    })
    .await;
    let client = token_service(&service.url);
    assert_eq!(client.me().await.unwrap().name, "anna");
    let paths: Vec<_> = service.seen().into_iter().map(|seen| seen.path).collect();
    assert_eq!(paths, ["/auth/v1/service", "/auth/v1/me", "/auth/v1/me"]);
    let error = client.me().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth, "a service that is never content ends it");
}

fn token_reply(url: &str, token: &str) -> Vec<u8> {
    body(json!({
        "access_token": token, "expires_in": 1200, "hard_limit_in": 43200,
        "hosting_url": url, "data_scheme": "http", "user_id": "u", "client_id": "c", "grants": ""
    }))
}

/// A token service and an SMH in one: tokens are `t0`, `t1` ..., and the SMH takes those `good`
/// says.
async fn both(good: fn(&str) -> bool) -> Service {
    let (count, url) = (AtomicU64::new(0), Arc::new(Mutex::new(String::new())));
    let known = Arc::clone(&url);
    let service = Service::start(move |seen| {
        let nonce = vec![(NONCE_HEADER, "n".to_owned())];
        if seen.path == "/auth/v1/service" {
            let info = json!({ "service_id": "svc1", "name": "x", "version": "1",
                               "time": "2027-01-01T00:00:00.000Z" });
            return (200, nonce, body(info));
        }
        if seen.path == "/auth/v1/token" {
            let token = format!("t{}", count.fetch_add(1, Ordering::SeqCst));
            return (200, nonce, token_reply(&known.lock().unwrap(), &token));
        }
        let bearer = seen.headers["authorization"].to_str().unwrap();
        if good(bearer.trim_start_matches("Bearer ")) {
            (200, Vec::new(), body(json!({ "path": [], "contents": [] })))
        } else {
            refusal(403, "InvalidAccessToken")
        }
    })
    .await;
    *url.lock().unwrap() = service.url.clone();
    service
}

fn asking(service: &Service) -> SpaceClient {
    let tokens = Arc::new(TokenSource::new(token_service(&service.url)));
    let library = LibraryId::parse("smh1").unwrap();
    SpaceClient::new(http(), tokens, library, SpaceId::single(), TokenPurpose::Browse)
}

fn asked_for_tokens(service: &Service) -> usize {
    service.seen().iter().filter(|seen| seen.path == "/auth/v1/token").count()
}

#[tokio::test]
async fn a_token_that_is_refused_is_replaced_once() {
    let service = both(|token| token == "t1").await;
    asking(&service).list_page(&RemotePath::root(), None).await.unwrap();
    assert_eq!(asked_for_tokens(&service), 2);

    let service = both(|_| false).await;
    let error = asking(&service).list_page(&RemotePath::root(), None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert_eq!(asked_for_tokens(&service), 2, "and no third time");
}

#[tokio::test]
async fn many_calls_at_once_ask_for_one_token() {
    let service = both(|_| true).await;
    let client = asking(&service);
    let root = RemotePath::root();
    let calls = (0..20).map(|_| client.list_page(&root, None));
    futures::future::try_join_all(calls).await.unwrap();
    client.list_page(&root, None).await.unwrap();
    assert_eq!(asked_for_tokens(&service), 1);
}

#[tokio::test]
async fn content_is_fetched_from_the_store_without_the_token() {
    let store = Service::start(|seen| {
        let range = seen.headers.get("range").map(|v| v.to_str().unwrap().to_owned());
        match range.as_deref() {
            Some("bytes=2-4") => {
                (206, vec![("content-range", "bytes 2-4/6".into())], b"cde".into())
            }
            _ => (200, vec![("x-cos-hash-crc64ecma", "77".into())], b"abcdef".into()),
        }
    })
    .await;
    let location = format!("{}/object?sign=signature-text", store.url);
    let service = Service::start(move |_| {
        (302, vec![("location", location.clone()), ("x-smh-size", "6".into())], Vec::new())
    })
    .await;
    let client = space(&service);
    let whole = client.open(&path("a/b.jpg"), None).await.unwrap();
    assert_eq!((whole.total, whole.crc64), (Some(6), Some(Crc64::new(77))));
    let pieces: Vec<Bytes> = whole.into_stream().try_collect().await.unwrap();
    assert_eq!(pieces.concat(), b"abcdef");
    let range = Some(ByteRange { start: 2, length: Some(3) });
    let part = client.open(&path("a/b.jpg"), range).await.unwrap();
    assert_eq!((part.start, part.total, part.length), (2, Some(6), Some(3)));
    for seen in store.seen() {
        assert!(!seen.headers.contains_key("authorization"), "the token stays at home");
        assert_eq!(seen.query, "sign=signature-text");
    }
    let (url, _) = client.download_url(&path("a/b.jpg")).await.unwrap();
    assert_eq!(format!("{url:?}"), "SignedUrl(hidden)");
}

#[tokio::test]
async fn errors_tell_no_token_url_or_sentence() {
    let service = Service::start(|_| refusal(404, "FileNotFound")).await;
    let refused = space(&service).info(&path("a.jpg")).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NotFound);
    assert_eq!(refused.request_id(), Some("r7"));

    let garbled = Service::start(|_| (200, Vec::new(), b"{\"secret-token\": 1}".into())).await;
    let garbled = space(&garbled).info(&path("a.jpg")).await.unwrap_err();
    assert_eq!(garbled.kind(), ErrorKind::Protocol);

    let gone = Service { url: "http://127.0.0.1:1/secret-token".into(), ..service };
    let offline = space(&gone).info(&path("a.jpg")).await.unwrap_err();
    assert_eq!(offline.kind(), ErrorKind::Offline);

    for error in [refused, garbled, offline] {
        for text in [format!("{error}"), format!("{error:?}"), format!("{error:#?}")] {
            assert!(!text.contains(TOKEN), "{text}");
            assert!(!text.contains("http://"), "{text}");
            assert!(!text.contains("in a message"), "{text}");
        }
    }
}

#[tokio::test]
async fn a_directory_that_is_there_is_as_good_as_made() {
    let service = Service::start(|seen| {
        let node = |kind: &str| {
            json!({ "name": "a", "path": ["a"], "type": kind, "inode": "i1",
                    "creationTime": "2027-01-01T00:00:00.000Z",
                    "modificationTime": "2027-01-01T00:00:00.000Z" })
        };
        match (seen.method.as_str(), seen.path.rsplit('/').next().unwrap()) {
            ("PUT", _) => refusal(409, "SameNameDirectoryOrFileExists"),
            (_, "a") => (200, Vec::new(), body(node("dir"))),
            _ => (200, Vec::new(), body(node("image"))),
        }
    })
    .await;
    let outcome = space(&service).create_directory(&path("a")).await.unwrap();
    assert!(outcome.existed);
    assert_eq!(outcome.directory.inode.unwrap().as_str(), "i1");
    let error = space(&service).create_directory(&path("a file")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Precondition, "a file has that name");
}

#[tokio::test]
async fn a_listing_ends_with_an_error_and_never_early() {
    let row = |name: &str| {
        json!({ "name": name, "path": [name], "type": "image",
                "creationTime": "2027-01-01T00:00:00.000Z",
                "modificationTime": "2027-01-01T00:00:00.000Z" })
    };
    let service = Service::start(move |seen| {
        let page = |rows: Vec<Value>, next: Option<&str>| {
            let list = json!({ "path": [], "contents": rows, "nextMarker": next });
            (200, Vec::new(), body(list))
        };
        match seen.query.split("marker=").last() {
            Some("m1") if seen.query.contains("&marker=") => refusal(503, "ServerOverloaded"),
            _ => page(vec![row("a"), row("b")], Some("m1")),
        }
    })
    .await;
    let rows: Vec<_> = space(&service).list_directory(&RemotePath::root()).collect().await;
    assert_eq!(rows.len(), 3);
    assert!(rows[..2].iter().all(Result::is_ok));
    assert_eq!(rows[2].as_ref().unwrap_err().kind(), ErrorKind::Transient);
}

#[tokio::test]
async fn begin_tells_its_three_answers_apart_and_names_the_strategy() {
    for (status, answer, full, wanted) in [
        (202, Vec::new(), false, "wants"),
        (200, Vec::new(), false, "error"),
        (
            201,
            body(json!({ "domain": "h", "path": "/k", "confirmKey": "c",
            "expiration": "2027-01-01T00:00:00.000Z" })),
            false,
            "upload",
        ),
    ] {
        let service = Service::start(move |_| (status, Vec::new(), answer.clone())).await;
        let request = BeginUploadRequest {
            full_hash: full.then(|| "00".to_owned()),
            ..BeginUploadRequest::default()
        };
        let (name, ask) = (path("a.jpg"), ConflictStrategy::Ask);
        let begun = space(&service)
            .begin_upload(&name, BeginMode::Multipart, &request, ask, Some("cas"), 7)
            .await;
        let got = match begun {
            Ok(Begun::Upload(_)) => "upload",
            Ok(Begun::WantsFullHash) => "wants",
            Ok(Begun::AlreadyThere(_)) => "there",
            Err(_) => "error",
        };
        assert_eq!(got, wanted, "{status}");
        let seen = &service.seen()[0];
        assert_eq!(
            (seen.method.as_str(), seen.path.as_str()),
            ("POST", "/api/v1/file/smh1/-/a.jpg")
        );
        for part in
            ["multipart=1", "conflict_resolution_strategy=ask", "filesize=7", "content_cas=cas"]
        {
            assert!(seen.query.contains(part), "{part} in {}", seen.query);
        }
    }
}

fn parameters(store: &Service) -> UploadParameters {
    let domain = store.url.trim_start_matches("http://");
    serde_json::from_value(json!({
        "domain": domain, "path": "/bucket/key", "uploadId": "up/1", "confirmKey": "c",
        "headers": { "Authorization": "q-sign", "Content-Length": "1" },
        "expiration": "2027-01-01T00:00:00.000Z"
    }))
    .unwrap()
}

#[tokio::test]
async fn parts_carry_the_given_headers_and_their_exact_length() {
    let store = Service::start(|_| {
        (200, vec![("etag", "\"e\"".into()), ("x-cos-hash-crc64ecma", "5".into())], Vec::new())
    })
    .await;
    let (plane, moved) = (DataPlane::new(http()), Arc::new(AtomicU64::new(0)));
    let content = Bytes::from(vec![7u8; 600 * 1024]);
    let length = content.len() as u64;
    let counter = Arc::clone(&moved);
    let progress: albumen_client::Progress = Arc::new(move |n| {
        counter.fetch_add(n, Ordering::SeqCst);
    });
    let receipt = plane
        .put_part(&parameters(&store), "http", 3, content.clone().into(), length, Some(progress))
        .await
        .unwrap();
    assert_eq!((receipt.etag.as_str(), receipt.crc64), ("\"e\"", Some(Crc64::new(5))));
    assert_eq!(moved.load(Ordering::SeqCst), length);
    let seen = &store.seen()[0];
    assert_eq!(seen.query, "partNumber=3&uploadId=up%2F1");
    assert_eq!(seen.headers["authorization"], "q-sign");
    assert_eq!(seen.headers["content-length"], length.to_string().as_str());
    assert!(!seen.headers.contains_key("transfer-encoding"));
    assert_eq!(seen.body, content);
}

#[tokio::test]
async fn content_that_shrinks_or_fails_while_it_is_sent_is_the_callers_fault() {
    let store = Service::start(|_| (200, Vec::new(), Vec::new())).await;
    let plane = DataPlane::new(http());
    let short = stream::iter([Ok(Bytes::from_static(b"abc"))]).boxed();
    let broken = stream::iter([Ok(Bytes::from_static(b"abc")), Err(std::io::Error::other("gone"))]);
    for body in [UploadBody::Stream(short), UploadBody::Stream(broken.boxed())] {
        let parameters = parameters(&store);
        let error = plane.put_object(&parameters, "http", body, 10, None).await.unwrap_err();
        assert!(matches!(error, Error::Source { .. }), "{error:?}");
        assert_eq!(error.kind(), ErrorKind::Source);
    }
    let long = UploadBody::Bytes(Bytes::from_static(b"abc"));
    let error = plane.put_object(&parameters(&store), "http", long, 2, None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Source);
}

#[tokio::test]
async fn what_a_store_refuses_is_told_by_what_to_do() {
    for (status, code, kind) in [
        (403, "AccessDenied", ErrorKind::Expired),
        (404, "NoSuchUpload", ErrorKind::NotFound),
        (503, "SlowDown", ErrorKind::Transient),
        (507, "InsufficientStorage", ErrorKind::StoreFull),
    ] {
        let store = Service::start(move |_| {
            let xml = format!("<Error><Code>{code}</Code><Message>secret-token</Message></Error>");
            (status, vec![("retry-after", "7".into())], xml.into_bytes())
        })
        .await;
        let plane = DataPlane::new(http());
        let bytes = UploadBody::Bytes(Bytes::from_static(b"abc"));
        let error =
            plane.put_object(&parameters(&store), "http", bytes, 3, None).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{code}");
        assert_eq!(error.retry_after().unwrap().as_secs(), 7);
        assert!(!format!("{error:?}").contains(TOKEN));
    }
}

#[tokio::test]
async fn a_redirection_of_a_control_call_is_not_followed() {
    let elsewhere = Service::start(|_| (200, Vec::new(), body(json!({})))).await;
    let target = elsewhere.url.clone();
    let service =
        Service::start(move |_| (307, vec![("location", target.clone())], Vec::new())).await;
    assert!(space(&service).info(&path("a")).await.is_err());
    assert!(elsewhere.seen().is_empty(), "nobody else sees the token");
}
