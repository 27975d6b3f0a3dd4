//! What a signature protects: each request here is spoilt in one place and refused for it.

use crate::kit::{
    Device, World,
    raw::{Raw, nonce, send},
};
use albumen_model::ErrorCode;
use reqwest::Method;

const ME: &str = "/auth/v1/me";

async fn good<'a>(world: &World, device: &'a Device) -> Raw<'a> {
    Raw {
        key: &device.key,
        key_id: device.reply.device_id.as_str(),
        service: device.reply.service_id.as_str(),
        method: Method::GET,
        path: ME,
        nonce: nonce(&world.base()).await,
        signed_body: Vec::new(),
        sent_body: Vec::new(),
    }
}

#[tokio::test]
async fn a_good_request_passes_once() {
    let world = World::start().await;
    let owner = world.owner().await;
    let first = good(&world, &owner).await;
    let replay = Raw { nonce: first.nonce.clone(), ..good(&world, &owner).await };
    assert_eq!(send(&world.base(), first).await.0, 200);
    let (status, code, _) = send(&world.base(), replay).await;
    assert_eq!((status, code.as_str()), (401, "StaleNonce"));
}

#[tokio::test]
async fn whatever_is_changed_is_noticed() {
    let world = World::start().await;
    let owner = world.owner().await;
    let other = world.owner().await;
    let base = world.base();
    let account = br#"{"name":"eve","password":"long enough password","role":"member"}"#.to_vec();
    let admin = br#"{"name":"eve","password":"long enough password","role":"admin"}"#.to_vec();
    let spoilt = [
        ("another key", Raw { key: &other.key, ..good(&world, &owner).await }),
        ("another service", Raw { service: "svc000", ..good(&world, &owner).await }),
        ("an unknown device", Raw { key_id: "dev000", ..good(&world, &owner).await }),
        (
            "another body",
            Raw {
                method: Method::POST,
                path: "/auth/v1/accounts",
                signed_body: account,
                sent_body: admin,
                ..good(&world, &owner).await
            },
        ),
    ];
    for (what, raw) in spoilt {
        let (status, code, _) = send(&base, raw).await;
        assert_eq!((status, code.as_str()), (401, "SignatureInvalid"), "{what}");
    }
    for made_up in ["made-up", "AAAA", &"A".repeat(54)] {
        let raw = Raw { nonce: made_up.to_owned(), ..good(&world, &owner).await };
        assert_eq!(send(&base, raw).await.1, "StaleNonce", "{made_up}");
    }
    assert_eq!(owner.service.accounts().await.unwrap().accounts.len(), 1);
}

#[tokio::test]
async fn a_nonce_grows_old_and_the_client_simply_takes_another() {
    let world = World::start().await;
    let owner = world.owner().await;
    let old = good(&world, &owner).await;
    world.clock.advance(std::time::Duration::from_secs(120));
    assert_eq!(send(&world.base(), old).await.1, "StaleNonce");
    owner.service.me().await.unwrap();
}

#[tokio::test]
async fn bodies_that_are_too_large_or_no_json_are_refused() {
    let world = World::start().await;
    let owner = world.owner().await;
    let base = world.base();
    for (body, wanted) in [
        (vec![b'x'; 64 * 1024 + 1], (413, "RequestEntityTooLarge")),
        (b"{\"name\":".to_vec(), (400, "BadRequest")),
        (b"[]".to_vec(), (400, "BadRequest")),
    ] {
        let raw = Raw {
            method: Method::POST,
            path: "/auth/v1/accounts",
            signed_body: body.clone(),
            sent_body: body,
            ..good(&world, &owner).await
        };
        let (status, code, _) = send(&base, raw).await;
        assert_eq!((status, code.as_str()), wanted);
    }
    for (path, wanted) in [
        ("/auth/v1/nothing", "RouteNotFound"),
        ("/", "RouteNotFound"),
        ("/auth/v1/devices/a%20b/receipt", "BadRequest"),
        ("/auth/v1/devices/dev000/receipt", "DeviceNotFound"),
    ] {
        let raw = Raw { path, ..good(&world, &owner).await };
        assert_eq!(send(&base, raw).await.1, wanted, "{path}");
    }
    let unsigned = reqwest::get(format!("{base}{ME}")).await.unwrap();
    assert_eq!(unsigned.status(), ErrorCode::SignatureInvalid.status());
}

#[tokio::test]
async fn pages_in_browsers_get_no_answer() {
    let world = World::start().await;
    let ask = async |name: &str, value: &str, method: Method| {
        let path = if method == Method::POST { "/auth/v1/sign-in" } else { "/auth/v1/service" };
        let request = reqwest::Client::new().request(method, format!("{}{path}", world.base()));
        let response = request.header(name, value).body("{}").send().await.unwrap();
        let allowed = response.headers().contains_key("access-control-allow-origin");
        (response.status().as_u16(), allowed)
    };
    let own = world.base();
    for (name, value, method, status) in [
        ("origin", "https://evil.example", Method::POST, 403),
        ("origin", "null", Method::POST, 403),
        // A name of theirs that leads here, and the service's own: both are a page's.
        ("origin", own.as_str(), Method::GET, 403),
        ("sec-fetch-site", "cross-site", Method::GET, 403),
        ("sec-fetch-site", "same-origin", Method::GET, 403),
        ("origin", "https://evil.example", Method::OPTIONS, 403),
        ("sec-fetch-site", "none", Method::GET, 200),
        ("user-agent", "no page", Method::GET, 200),
        ("user-agent", "no page", Method::POST, 400),
    ] {
        let (found, allowed) = ask(name, value, method.clone()).await;
        assert_eq!((found, allowed), (status, false), "{method} {name}: {value}");
    }
}
