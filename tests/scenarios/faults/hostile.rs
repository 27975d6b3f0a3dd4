//! Requests that no client of ours sends: broken JSON, bodies without end, wrong shapes. Each gets
//! an error of the contract, and the services go on as if nothing had been.

use albumen_tests::smh::{http, send};
use albumen_tests::{Smh, World};
use reqwest::Method;

const JSON: &str = "application/json";

/// `[[[[...`: what a careless parser answers with the end of its stack.
fn nested() -> String {
    "[".repeat(200_000)
}

#[tokio::test]
async fn broken_and_oversize_bodies_at_the_library_service() {
    let mut world = World::new();
    let services = world.serve();
    let cloud = Smh::admin(&services).await;
    let long = format!("{{\"labels\": [\"{}\"]}}", "x".repeat(3 << 20));
    for (body, status, code) in [
        ("{".to_owned(), 400, "BadRequest"),
        ("{\"size\": ".to_owned(), 400, "BadRequest"),
        ("\u{0}\u{1}\u{2}".to_owned(), 400, "BadRequest"),
        (nested(), 400, "ParamInvalid"),
        (format!("{{\"x\": {}", nested()), 400, "BadRequest"),
        ("{\"size\": {}}".to_owned(), 400, "ParamInvalid"),
        ("{\"size\": -1}".to_owned(), 400, "ParamInvalid"),
        ("{\"labels\": 7}".to_owned(), 400, "ParamInvalid"),
        ("[1, 2]".to_owned(), 400, "ParamInvalid"),
        (long, 413, "RequestEntityTooLarge"),
    ] {
        let shown: String = body.chars().take(30).collect();
        let request = cloud.request(Method::PUT, "file", "Trip/a.jpg");
        let reply = send(request.header("Content-Type", JSON).body(body)).await;
        assert_eq!((reply.status, reply.code()), (status, code), "{shown}: {reply:?}");
    }
    let url = format!("{}/api/v1/token", services.hosting);
    for body in ["{", "{\"library_id\": 7}", "{\"library_id\": \"x\", \"library_secret\": \"y\"}"] {
        let reply = send(http().post(&url).header("Content-Type", JSON).body(body)).await;
        assert!(
            (400..500).contains(&reply.status) && !reply.code().is_empty(),
            "{body}: {reply:?}"
        );
    }
    let far = "x".repeat(60_000);
    let reply = cloud.ask(Method::GET, "directory", &far).await;
    assert!(matches!(reply.status, 414 | 431), "{}", reply.status);

    cloud.ask(Method::PUT, "directory", "Trip").await.is(201);
    cloud.upload("Trip/a.jpg", b"still here").await;
    assert_eq!(cloud.download("Trip/a.jpg").await, b"still here");
}

#[tokio::test]
async fn broken_and_oversize_bodies_at_the_token_service() {
    let mut world = World::new();
    let services = world.serve();
    let long = format!("{{\"account\": \"{}\"}}", "x".repeat(3 << 20));
    for path in ["sign-in", "token", "libraries", "accounts", "me/password"] {
        for body in ["{", "[]", "\u{0}", nested().as_str(), long.as_str()] {
            let shown: String = body.chars().take(30).collect();
            let request = http().post(format!("{}/auth/v1/{path}", services.tokens));
            let request = request.header("Content-Type", JSON).body(body.to_owned());
            // The service may hang up on a body it will not read to its end.
            let Ok(response) = request.send().await else {
                assert!(body.len() > 1 << 20, "{path} {shown}");
                continue;
            };
            let status = response.status().as_u16();
            assert!(matches!(status, 400 | 401 | 413), "{path} {shown}: {status}");
            if body.len() > 1 << 20 {
                assert_eq!(status, 413, "{path} {shown}");
            }
        }
    }
    world.device("laptop").login(&services);
}

#[tokio::test]
async fn requests_without_a_signature_get_nothing() {
    let mut world = World::new();
    let services = world.serve();
    for path in ["me", "libraries", "devices", "accounts", "events"] {
        let reply = send(http().get(format!("{}/auth/v1/{path}", services.tokens))).await;
        assert_eq!(reply.status, 401, "{path}: {reply:?}");
    }
}
