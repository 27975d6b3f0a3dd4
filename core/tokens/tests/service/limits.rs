//! Guessing is slowed down, and nobody is locked out by strangers who guess.

use std::time::Duration;

use albumen_client::DeviceKey;
use albumen_model::ErrorCode;
use albumen_tokens::TokensHandle;

use crate::{
    kit::{OWNER, PASSWORD, World},
    operations::{sign_in, sign_in_by},
};

/// Longer than any password: as wrong as another, and quickly looked at.
const WRONG: &str = match std::str::from_utf8(&[b'x'; 1025]) {
    Ok(text) => text,
    Err(_) => panic!("not a text"),
};

/// Two instances behind a proxy, and the id that requests to either are signed for.
struct Behind {
    world: World,
    instances: [TokensHandle; 2],
    service: String,
}

impl Behind {
    async fn start() -> Self {
        let world = World::start().await;
        let service = world.handle.service().service_id().as_str().to_owned();
        let proxies = &["127.0.0.0/8"];
        let instances = [world.second_behind(proxies).await, world.second_behind(proxies).await];
        Self { world, instances, service }
    }

    fn base(&self, n: usize) -> String {
        format!("http://{}", self.instances[n % 2].local_addr())
    }

    /// A try from an address, by one of the instances in turn.
    async fn try_from(&self, n: usize, password: &str, from: &str) -> String {
        sign_in(&self.base(n), &self.service, password, from).await
    }

    async fn stop(self) {
        for instance in self.instances {
            instance.shutdown().await;
        }
    }
}

#[tokio::test]
async fn strangers_from_everywhere_never_lock_out_who_is_known() {
    let behind = Behind::start().await;
    let home = "192.0.2.7";
    assert_eq!(behind.try_from(0, PASSWORD, home).await, "");
    let laptop = DeviceKey::generate().unwrap();
    let base = behind.base(0);
    let code = sign_in_by(&laptop, &base, &behind.service, PASSWORD, "192.0.2.8").await;
    assert_eq!(code, "");

    // A try from each of many places, until the account has no more for strangers.
    let mut looked_at = 0;
    for n in 0..70 {
        let from = format!("10.{}.0.1", n + 1);
        match behind.try_from(n, WRONG, &from).await.as_str() {
            "WrongCredentials" => looked_at += 1,
            code => assert_eq!(code, "RateLimitExceeded"),
        }
    }
    assert_eq!(looked_at, 50, "guessing is bounded over all places and both instances");
    assert_eq!(behind.try_from(0, PASSWORD, "203.0.113.5").await, "RateLimitExceeded");

    // At home, with a new device; and on the laptop, wherever it is.
    for n in 0..2 {
        assert_eq!(behind.try_from(n, PASSWORD, home).await, "");
        let (base, abroad) = (behind.base(n), "203.0.113.6");
        let code = sign_in_by(&laptop, &base, &behind.service, PASSWORD, abroad).await;
        assert_eq!(code, "");
    }
    behind.stop().await;
}

#[tokio::test]
async fn guessing_stays_bounded_where_somebody_is_known() {
    let behind = Behind::start().await;
    let home = "192.0.2.7";
    let laptop = DeviceKey::generate().unwrap();
    let on_laptop = async |n: usize, password: &str, from: &str| {
        sign_in_by(&laptop, &behind.base(n), &behind.service, password, from).await
    };
    assert_eq!(on_laptop(0, PASSWORD, home).await, "");
    for n in 0..5 {
        assert_eq!(behind.try_from(n, WRONG, home).await, "WrongCredentials");
        let from = format!("10.0.0.{n}");
        assert_eq!(on_laptop(n, WRONG, &from).await, "WrongCredentials", "wherever it is");
    }
    assert_eq!(behind.try_from(0, PASSWORD, home).await, "RateLimitExceeded");
    assert_eq!(on_laptop(1, PASSWORD, "10.0.0.9").await, "RateLimitExceeded");
    behind.world.clock.advance(Duration::from_secs(1));
    assert_eq!(behind.try_from(1, PASSWORD, home).await, "");
    assert_eq!(on_laptop(0, PASSWORD, "10.0.0.9").await, "");
    behind.stop().await;
}

#[tokio::test]
async fn a_place_is_known_for_90_days() {
    let behind = Behind::start().await;
    let home = "192.0.2.7";
    assert_eq!(behind.try_from(0, PASSWORD, home).await, "");
    let attack = async || {
        for n in 0..51 {
            behind.try_from(n, WRONG, &format!("10.{n}.0.1")).await;
        }
    };
    behind.world.clock.advance(Duration::from_secs(89 * 24 * 3600));
    attack().await;
    assert_eq!(behind.try_from(1, PASSWORD, home).await, "");
    behind.world.clock.advance(Duration::from_secs(90 * 24 * 3600 + 1));
    attack().await;
    assert_eq!(behind.try_from(0, PASSWORD, home).await, "RateLimitExceeded");
    behind.stop().await;
}

#[tokio::test]
async fn signing_in_at_an_own_account_buys_no_tries_at_others() {
    let world = World::start().await;
    let owner = world.owner().await;
    world.someone(&owner, "eve", albumen_model::auth::Role::Member).await;
    let stranger = world.stranger();
    let about = ("a laptop", "TestOS", "1");
    // From one place, each account once, and her own in between.
    let mut looked_at = 0;
    for n in 0..60 {
        let key = DeviceKey::generate().unwrap();
        let victim = format!("person {n}");
        match stranger.sign_in(&key, &victim, WRONG, about).await.unwrap_err().code() {
            Some(ErrorCode::WrongCredentials) => looked_at += 1,
            code => assert_eq!(code, Some(ErrorCode::RateLimitExceeded)),
        }
        stranger.sign_in(&key, "eve", PASSWORD, about).await.unwrap();
    }
    assert_eq!(looked_at, 50);
}

#[tokio::test]
async fn a_device_that_guesses_its_persons_password_waits_wherever_it_is() {
    let world = World::start().await;
    let owner = world.owner().await;
    let change = |old: &str| albumen_model::auth::ChangePassword {
        old: old.to_owned(),
        new: "a wholly new secret".to_owned(),
    };
    for _ in 0..5 {
        let wrong = owner.service.change_password(&change(WRONG)).await.unwrap_err();
        assert_eq!(wrong.code(), Some(ErrorCode::WrongCredentials));
    }
    let held = owner.service.change_password(&change(PASSWORD)).await.unwrap_err();
    assert_eq!(held.code(), Some(ErrorCode::RateLimitExceeded));
    let other = world.sign_in(OWNER, PASSWORD, "another laptop").await;
    other.service.change_password(&change(PASSWORD)).await.unwrap();
}
