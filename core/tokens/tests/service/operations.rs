//! What those who run the service see of it, and who it takes a client for behind a proxy.

use albumen_client::DeviceKey;
use albumen_model::auth::{DeviceDescription, SignInRequest};
use albumen_ops::metrics::encoding::text::encode;
use reqwest::Method;

use crate::kit::{
    OWNER, PASSWORD, World,
    raw::{Raw, nonce, send_from},
};

async fn get(base: &str, path: &str) -> (u16, serde_json::Value) {
    let reply = reqwest::get(format!("{base}{path}")).await.unwrap();
    (reply.status().as_u16(), reply.json().await.unwrap_or_default())
}

#[tokio::test]
async fn alive_ready_and_stopping() {
    let world = World::start().await;
    let base = world.base();
    assert_eq!(get(&base, "/healthz").await, (200, serde_json::json!({"status": "alive"})));
    assert_eq!(get(&base, "/readyz").await, (200, serde_json::json!({"status": "ready"})));
    // A library service that is away is no reason to send nobody here: most calls do not need it.
    world.smh.inside().down = true;
    assert_eq!(get(&base, "/readyz").await.0, 200);
    world.handle.announce_stop();
    assert_eq!(get(&base, "/readyz").await, (503, serde_json::json!({"status": "stopping"})));
    assert_eq!(get(&base, "/auth/v1/service").await.0, 200);
}

#[tokio::test]
async fn requests_are_counted_by_route_and_nobody_is_named() {
    let world = World::start().await;
    let owner = world.owner().await;
    let device = owner.reply.device_id.as_str();
    get(&world.base(), &format!("/auth/v1/devices/{device}/receipt")).await;
    get(&world.base(), "/secret-word").await;
    let mut text = String::new();
    encode(&mut text, &world.handle.metrics()).unwrap();
    let requests = "albumen_tokens_requests_total";
    for line in [
        format!(r#"{requests}{{operation="/auth/v1/sign-in",method="POST",status="2xx"}} 1"#),
        format!(r#"{requests}{{operation="none",method="GET",status="4xx"}} 1"#),
        r#"albumen_tokens_refusals_total{code="RouteNotFound"} 1"#.to_owned(),
    ] {
        assert!(text.lines().any(|known| known == line), "{line}\n{text}");
    }
    assert!(text.contains(r#"operation="/auth/v1/devices/{device}/receipt""#), "{text}");
    for name in ["received_bytes_total", "sent_bytes_total", "database_commits_total"] {
        assert!(text.contains(&format!("albumen_tokens_{name} ")), "{text}");
    }
    for hidden in [device, OWNER, "secret-word", "127.0.0.1"] {
        assert!(!text.contains(hidden), "{hidden}\n{text}");
    }
}

#[tokio::test]
async fn an_id_that_a_proxy_gave_is_kept() {
    let world = World::start().await;
    let id = async |given: &str| {
        let request = reqwest::Client::new().get(format!("{}/auth/v1/service", world.base()));
        let reply = request.header("x-request-id", given).send().await.unwrap();
        reply.headers()["x-request-id"].to_str().unwrap().to_owned()
    };
    assert_eq!(id("from-the-balancer.7").await, "from-the-balancer.7");
    assert_ne!(id("with space").await, "with space");
}

/// Signs in with a password from an address; the code of the answer.
pub(crate) async fn sign_in(base: &str, service: &str, password: &str, from: &str) -> String {
    sign_in_by(&DeviceKey::generate().unwrap(), base, service, password, from).await
}

/// The same on a device that has a key already.
pub(crate) async fn sign_in_by(
    key: &DeviceKey,
    base: &str,
    service: &str,
    password: &str,
    from: &str,
) -> String {
    let device = DeviceDescription {
        name: "a phone".to_owned(),
        os: "TestOS 1".to_owned(),
        app_version: "0.0.0".to_owned(),
        public_key: key.public().to_string(),
    };
    let request = SignInRequest {
        account: OWNER.to_owned(),
        password: password.to_owned(),
        second_factor: None,
        device,
    };
    let body = serde_json::to_vec(&request).unwrap();
    let raw = Raw {
        key,
        key_id: "new",
        service,
        method: Method::POST,
        path: "/auth/v1/sign-in",
        nonce: nonce(base).await,
        signed_body: body.clone(),
        sent_body: body,
    };
    send_from(base, raw, from).await.1
}

#[tokio::test]
async fn wrong_passwords_count_for_the_address_behind_a_proxy_that_is_believed() {
    let world = World::start().await;
    let service = world.handle.service().service_id().as_str().to_owned();
    let behind = world.second_behind(&["127.0.0.0/8"]).await;
    let base = format!("http://{}", behind.local_addr());
    for _ in 0..5 {
        let code = sign_in(&base, &service, "wrong password", "10.0.0.1").await;
        assert_eq!(code, "WrongCredentials");
    }
    // What a client writes before what the proxy heard is not believed.
    let held = sign_in(&base, &service, PASSWORD, "9.9.9.9, 10.0.0.1").await;
    assert_eq!(held, "RateLimitExceeded");
    assert_eq!(sign_in(&base, &service, PASSWORD, "10.0.0.2").await, "");
    // Without a proxy that is believed, all come from where the connection does.
    for from in ["10.1.0.1", "10.1.0.2", "10.1.0.3", "10.1.0.4", "10.1.0.5"] {
        let code = sign_in(&world.base(), &service, "wrong password", from).await;
        assert_eq!(code, "WrongCredentials");
    }
    assert_eq!(sign_in(&world.base(), &service, PASSWORD, "10.1.0.6").await, "RateLimitExceeded");
}
