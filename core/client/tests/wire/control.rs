//! Calls to the services: what is made again, what is followed, and what is never said.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};

use albumen_client::{BeginMode, Begun, ErrorKind, SpaceClient, TokenSource};
use albumen_model::{
    ConflictStrategy, LibraryId, RemotePath, SpaceId,
    auth::{NONCE_HEADER, TokenPurpose},
    smh::BeginUploadRequest,
};
use futures::StreamExt;
use serde_json::{Value, json};

use crate::kit::{Service, TOKEN, body, http, path, refusal, space, token_service};

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

#[tokio::test]
async fn a_redirection_of_a_control_call_is_not_followed() {
    let elsewhere = Service::start(|_| (200, Vec::new(), body(json!({})))).await;
    let target = elsewhere.url.clone();
    let service =
        Service::start(move |_| (307, vec![("location", target.clone())], Vec::new())).await;
    assert!(space(&service).info(&path("a")).await.is_err());
    assert!(elsewhere.seen().is_empty(), "nobody else sees the token");
}
