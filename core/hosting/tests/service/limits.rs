//! Who asks too often is told so, and when to come again; nobody else notices.

use std::{net::SocketAddr, time::Duration};

use albumen_hosting::{HostingHandle, Limits, Rate, TrustedProxies};
use serde_json::json;

use crate::world::{Desk, Reply, World};

const NO_LIMITS: Limits = Limits { requests: None, searches: None, wrong_credentials: None };

/// An instance with these limits.
async fn limited(world: &World, limits: Limits, proxies: &[&str]) -> HostingHandle {
    let trusted = TrustedProxies::parse(proxies).expect("networks");
    let change = |config: &mut albumen_hosting::HostingConfig| {
        config.limits = limits;
        config.trusted_proxies = trusted;
    };
    world.second_with(change).await
}

async fn at(world: &World, address: SocketAddr, method: &str, path: &str, from: &str) -> Reply {
    let request = world.request_at(address, method, path).header("x-forwarded-for", from);
    world.send(request).await
}

fn is_held_back(reply: &Reply) {
    reply.is(429, "RateLimitExceeded");
    let seconds: u64 = reply.header("retry-after").parse().expect("whole seconds");
    assert!((1..=60).contains(&seconds), "{reply:?}");
}

/// How many of these are done when all come at once; the others are held back. However slow the
/// machine, it takes less than ten seconds.
fn done(replies: &[Reply]) -> usize {
    let (done, others): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == 200);
    others.into_iter().for_each(is_held_back);
    done.len()
}

#[tokio::test]
async fn requests_of_one_token_and_no_other() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let other = desk.with(&world, "user_id=bob&grant=upload_file").await;
    let limits = Limits { requests: Rate::new(1, 10), ..NO_LIMITS };
    let instance = limited(&world, limits, &[]).await;
    let address = instance.local_addr();
    // One token in three spellings.
    let plain = desk.path("directory", "");
    let encoded = plain.replace("access_token=a", "access_token=%61");
    let bare = format!("/api/v1/directory/{}/{}/", desk.library.id, desk.space);
    let bearer = || world.request_at(address, "GET", &bare).bearer_auth(&desk.token);
    let all = (0..20).flat_map(|_| {
        let requests = [&plain, &encoded].map(|path| world.request_at(address, "GET", path));
        requests.into_iter().chain([bearer()]).map(|request| world.send(request))
    });
    let replies = futures::future::join_all(all).await;
    let count = done(&replies);
    assert!((10..20).contains(&count), "{count}");
    // A page can read that it was held back.
    assert!(replies.iter().all(|reply| reply.header("access-control-allow-origin") == "*"));
    assert_eq!(at(&world, address, "GET", &other.path("directory", ""), "").await.status, 200);
    // It is for each instance: nothing that another one would need is kept here.
    assert_eq!(world.at(&desk, "GET", "directory", "").await.status, 200);
    tokio::time::sleep(Duration::from_millis(1050)).await;
    assert_eq!(world.send(bearer()).await.status, 200);
    let text = World::metrics(&instance);
    let held = replies.len() - count;
    for line in [
        format!(r#"albumen_hosting_rate_limited_total{{limit="requests"}} {held}"#),
        format!(r#"albumen_hosting_refusals_total{{code="RateLimitExceeded"}} {held}"#),
    ] {
        assert!(text.lines().any(|known| known == line), "{line}\n{text}");
    }
}

#[tokio::test]
async fn requests_of_an_address_without_a_token() {
    let world = World::start().await;
    let limits = Limits { requests: Rate::new(1, 10), ..NO_LIMITS };
    let many = async |address: SocketAddr, from: [&'static str; 2]| {
        let path = "/albumen/v1/capabilities";
        let all = (0..40).map(|number| at(&world, address, "GET", path, from[number % 2]));
        done(&futures::future::join_all(all).await)
    };
    // Nobody is believed by default: all are the other end of the connection.
    let plain = limited(&world, limits, &[]).await;
    assert!((10..20).contains(&many(plain.local_addr(), ["10.0.0.1", "10.0.0.2"]).await));
    // Behind a proxy that is, each client has its own; what a client writes itself is not believed.
    let instance = limited(&world, limits, &["127.0.0.0/8"]).await;
    let behind = instance.local_addr();
    assert!((10..20).contains(&many(behind, ["10.0.0.1", "1.1.1.1, 10.0.0.1"]).await));
    assert!((20..40).contains(&many(behind, ["10.0.0.2", "10.0.0.3"]).await));
    // What is no bearer buys nobody an allowance of his own.
    let dressed = (0..40).map(|number| {
        let request = world.request_at(behind, "GET", "/albumen/v1/capabilities");
        let request = request.header("authorization", format!("Basic x{number}"));
        world.send(request.header("x-forwarded-for", "10.0.0.4"))
    });
    assert!((10..20).contains(&done(&futures::future::join_all(dressed).await)));
    // One customer has a whole network of IPv6.
    assert!((10..20).contains(&many(behind, ["2001:db8::1", "[2001:db8::2]:4711"]).await));
}

#[tokio::test]
async fn searches_about_ten_a_second() {
    let world = World::start().await;
    let desk = world.desk(json!({"isFileLibrary": true, "enableSearch": true}), json!({})).await;
    let limits = Limits { searches: Limits::default().searches, ..NO_LIMITS };
    let instance = limited(&world, limits, &[]).await;
    let search = || {
        let path = desk.path("search", "search-fs");
        let body = json!({"keywords": ["x"]});
        world.send(world.request_at(instance.local_addr(), "POST", &path).json(&body))
    };
    let replies = futures::future::join_all((0..200).map(|_| search())).await;
    let count = done(&replies);
    assert!((20..120).contains(&count), "{count}");
    // Everything else goes on.
    let path = desk.path("directory", "");
    assert_eq!(at(&world, instance.local_addr(), "GET", &path, "").await.status, 200);
    tokio::time::sleep(Duration::from_millis(250)).await;
    assert_eq!(search().await.status, 200);
}

#[tokio::test]
async fn an_address_that_guesses_tokens_and_secrets() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let limits = Limits { wrong_credentials: Rate::new(1, 10), ..NO_LIMITS };
    let instance = limited(&world, limits, &["127.0.0.0/8"]).await;
    let address = instance.local_addr();
    let with = |token: &str| Desk { token: token.to_owned(), ..desk.clone() };
    let ask = async |desk: &Desk, from: &str| {
        at(&world, address, "GET", &desk.path("directory", ""), from).await
    };
    // A client that comes again and again with a token that has ended guesses nothing.
    for _ in 0..40 {
        ask(&with("acctk-ended"), "10.0.0.1").await.is(403, "InvalidAccessToken");
    }
    assert_eq!(ask(&desk, "10.0.0.1").await.status, 200);
    for guess in 0..40 {
        ask(&with(&format!("acctk{guess}")), "10.0.0.2").await;
    }
    // Not even a right one now: it could be a lucky guess.
    is_held_back(&ask(&desk, "10.0.0.2").await);
    is_held_back(&ask(&with("acctk-new"), "10.0.0.2").await);
    assert_eq!(ask(&desk, "10.0.0.3").await.status, 200);
    // A back end at the same address is let in, until its own kind of guess is too many.
    let library = &desk.library;
    let mint = async |secret: &str| {
        let path = "/api/v1/token";
        let body = json!({"library_id": library.id, "library_secret": secret, "grant": "admin"});
        let request = world.request_at(address, "POST", path).json(&body);
        world.send(request.header("x-forwarded-for", "10.0.0.2")).await
    };
    assert_eq!(mint(&library.secret).await.status, 200);
    for guess in 0..40 {
        mint(&format!("guess-{guess}")).await;
    }
    is_held_back(&mint(&library.secret).await);
    let text = World::metrics(&instance);
    assert!(text.contains(r#"limit="wrongCredentials""#), "{text}");
}

#[tokio::test]
async fn an_address_that_guesses_console_keys_and_extraction_codes() {
    let world = World::start().await;
    let limits = Limits { wrong_credentials: Rate::new(1, 5), ..NO_LIMITS };
    let instance = limited(&world, limits, &["127.0.0.0/8"]).await;
    let address = instance.local_addr();
    let console = async |key: &str, from: &str| {
        let request = world.request_at(address, "GET", "/console/v1/libraries").bearer_auth(key);
        world.send(request.header("x-forwarded-for", from)).await
    };
    for guess in 0..40 {
        console(&format!("guess-{guess}"), "10.0.0.1").await;
    }
    is_held_back(&console(crate::world::CONSOLE_KEY, "10.0.0.1").await);
    assert_eq!(console(crate::world::CONSOLE_KEY, "10.0.0.2").await.status, 200);

    let desk = world.file_desk().await;
    world.upload(&desk, "a.txt", "", b"x").await;
    let mut shares = Vec::new();
    for _ in 0..3 {
        let body = json!({
            "name": "s", "filePath": ["a.txt"],
            "config": {"isPermanent": true, "extractionCode": "7"},
        });
        let made = world.at_with(&desk, "POST", "share", "", body).await;
        assert_eq!(made.status, 200, "{made:?}");
        shares.push(made.text("code"));
    }
    let verify = async |code: &str, given: &str, from: &str| {
        let path = format!("/api/v1/share/verify/{code}");
        let request = world.request_at(address, "POST", &path);
        let request = request.json(&json!({"extractionCode": given}));
        world.send(request.header("x-forwarded-for", from)).await
    };
    // A few at each share, so that none of them closes by itself.
    for guess in 0..9 {
        for code in &shares {
            verify(code, &format!("x{guess}"), "10.0.0.1").await;
        }
    }
    is_held_back(&verify(&shares[0], "7", "10.0.0.1").await);
    assert_eq!(verify(&shares[0], "7", "10.0.0.2").await.status, 200);
}
