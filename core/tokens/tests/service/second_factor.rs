//! A second factor: switched on by a first code, asked for from then on, never the same code twice.

use std::time::Duration;

use albumen_client::{DeviceKey, Error};
use albumen_db::testing;
use albumen_model::{
    ErrorCode, OneTimeCode,
    auth::{Role, SignInReply},
};
use albumen_tokens::Clock;
use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};

use crate::kit::{Device, OWNER, PASSWORD, World};

const ABOUT: (&str, &str, &str) = ("phone", "TestOS", "1");
const STEP: Duration = Duration::from_secs(30);

/// An authenticator: what a person has in their pocket.
pub(crate) struct Authenticator(Vec<u8>);

impl Authenticator {
    pub(crate) fn of(uri: &str) -> Self {
        let secret = uri.split_once("secret=").unwrap().1.split('&').next().unwrap();
        Self(BASE32_NOPAD.decode(secret.as_bytes()).unwrap())
    }

    /// What it shows now, written after the standard and not after the service.
    pub(crate) fn shows(&self, world: &World) -> String {
        let step = world.clock.now().millis() / 1000 / 30;
        let mut mac = Hmac::<sha1::Sha1>::new_from_slice(&self.0).unwrap();
        mac.update(&step.to_be_bytes());
        let digest = mac.finalize().into_bytes();
        let at = (digest[19] & 15) as usize;
        let number = u32::from_be_bytes(digest[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
        format!("{:06}", number % 1_000_000)
    }
}

/// Switches it on, and lets the step of the first code pass.
pub(crate) async fn switch_on(
    device: &Device,
    password: &str,
    world: &World,
) -> (Authenticator, Vec<OneTimeCode>) {
    let begun = device.service.begin_second_factor(password).await.unwrap();
    let authenticator = Authenticator::of(begun.uri.expose());
    let on = device.service.confirm_second_factor(&authenticator.shows(world)).await.unwrap();
    world.clock.advance(STEP * 2);
    (authenticator, on.recovery_codes)
}

async fn enter(world: &World, code: Option<&str>) -> Result<SignInReply, Error> {
    let key = DeviceKey::generate().unwrap();
    world.stranger().sign_in_with(&key, OWNER, PASSWORD, code, ABOUT).await
}

async fn refused(world: &World, code: Option<&str>) -> Option<ErrorCode> {
    enter(world, code).await.unwrap_err().code()
}

#[tokio::test]
async fn it_counts_once_it_is_confirmed_and_each_code_works_once() {
    let world = World::start().await;
    let owner = world.owner().await;
    let wrong = owner.service.begin_second_factor("wrong password").await.unwrap_err();
    assert_eq!(wrong.code(), Some(ErrorCode::WrongCredentials), "an unlocked device is not enough");
    let early = owner.service.confirm_second_factor("123456").await.unwrap_err();
    assert_eq!(early.code(), Some(ErrorCode::SecondFactorOff));
    let begun = owner.service.begin_second_factor(PASSWORD).await.unwrap();
    enter(&world, None).await.unwrap();
    let authenticator = Authenticator::of(begun.uri.expose());
    let code = authenticator.shows(&world);
    let other = if code == "000000" { "000001" } else { "000000" };
    let wrong = owner.service.confirm_second_factor(other).await.unwrap_err();
    assert_eq!(wrong.code(), Some(ErrorCode::SecondFactorWrong));
    assert!(!owner.service.second_factor().await.unwrap().on);
    let on = owner.service.confirm_second_factor(&code).await.unwrap();
    assert_eq!(on.recovery_codes.len(), 10);
    let twice = owner.service.begin_second_factor(PASSWORD).await.unwrap_err();
    assert_eq!(twice.code(), Some(ErrorCode::SecondFactorOn), "the secret is told once");

    assert_eq!(refused(&world, None).await, Some(ErrorCode::SecondFactorRequired));
    assert_eq!(refused(&world, Some(&code)).await, Some(ErrorCode::SecondFactorWrong), "used");
    world.clock.advance(STEP);
    let code = authenticator.shows(&world);
    enter(&world, Some(&code)).await.unwrap();
    assert_eq!(refused(&world, Some(&code)).await, Some(ErrorCode::SecondFactorWrong), "used");
    world.clock.advance(STEP * 10);
    let late = authenticator.shows(&world);
    world.clock.advance(STEP * 2);
    assert_eq!(refused(&world, Some(&late)).await, Some(ErrorCode::SecondFactorWrong), "old");
    let key = DeviceKey::generate().unwrap();
    let code = Some("000000");
    let wrong = world.stranger().sign_in_with(&key, OWNER, "wrong password", code, ABOUT).await;
    assert_eq!(wrong.unwrap_err().code(), Some(ErrorCode::WrongCredentials));
}

#[tokio::test]
async fn a_code_used_at_two_instances_at_once_lets_one_in() {
    let world = World::start().await;
    let owner = world.owner().await;
    let (authenticator, _) = switch_on(&owner, PASSWORD, &world).await;
    let second = world.second().await;
    let bases = [world.base(), format!("http://{}", second.local_addr())];
    let code = authenticator.shows(&world);
    let tries = (0..4).map(|n| {
        let stranger = albumen_client::TokenService::new(world.http.clone(), &bases[n % 2]);
        let code = code.clone();
        async move {
            let key = DeviceKey::generate().unwrap();
            let code = Some(code.as_str());
            stranger.unwrap().sign_in_with(&key, OWNER, PASSWORD, code, ABOUT).await.is_ok()
        }
    });
    let entered = futures::future::join_all(tries).await;
    assert_eq!(entered.iter().filter(|entered| **entered).count(), 1, "{entered:?}");
    second.shutdown().await;
}

#[tokio::test]
async fn guessing_codes_is_bounded_even_for_who_knows_the_password() {
    let world = World::start().await;
    let owner = world.owner().await;
    let (authenticator, _) = switch_on(&owner, PASSWORD, &world).await;
    let right = authenticator.shows(&world);
    let mut looked_at = 0;
    for n in 0..20 {
        // Leaving the code out in between gives no more tries.
        let _ = enter(&world, None).await;
        let guess = format!("{:06}", (right.parse::<u32>().unwrap() + 7 + n) % 1_000_000);
        match refused(&world, Some(&guess)).await {
            Some(ErrorCode::SecondFactorWrong) => looked_at += 1,
            code => assert_eq!(code, Some(ErrorCode::RateLimitExceeded)),
        }
    }
    assert_eq!(looked_at, 5);
    assert_eq!(refused(&world, Some(&right)).await, Some(ErrorCode::RateLimitExceeded));
    world.clock.advance(Duration::from_secs(3600));
    enter(&world, Some(&authenticator.shows(&world))).await.unwrap();
}

#[tokio::test]
async fn a_recovery_code_replaces_the_authenticator_once() {
    let world = World::start().await;
    let owner = world.owner().await;
    let (_, codes) = switch_on(&owner, PASSWORD, &world).await;
    let typed = codes[3].expose().to_uppercase().replace('-', " ");
    enter(&world, Some(&typed)).await.unwrap();
    let again = refused(&world, Some(codes[3].expose())).await;
    assert_eq!(again, Some(ErrorCode::SecondFactorWrong));
    let state = owner.service.second_factor().await.unwrap();
    assert_eq!((state.on, state.recovery_codes_left), (true, 9));
    assert!(world.acts().await.contains(&"recovery_code_used".to_owned()));
    for code in &codes {
        let kept = code.expose().replace('-', "");
        for text in [code.expose(), kept.as_str()] {
            assert!(!testing::holds(&world.database, text.as_bytes()).await, "in a row");
        }
    }
}

#[tokio::test]
async fn it_is_switched_off_by_password_and_code_or_taken_by_who_manages() {
    let world = World::start().await;
    let owner = world.owner().await;
    let mia = world.someone(&owner, "mia", Role::Member).await;
    let none = mia.service.end_second_factor(PASSWORD, "123456").await.unwrap_err();
    assert_eq!(none.code(), Some(ErrorCode::SecondFactorOff));
    let (authenticator, codes) = switch_on(&mia, PASSWORD, &world).await;
    let code = authenticator.shows(&world);
    let wrong = mia.service.end_second_factor("wrong password", &code).await.unwrap_err();
    assert_eq!(wrong.code(), Some(ErrorCode::WrongCredentials));
    let wrong = mia.service.end_second_factor(PASSWORD, "").await.unwrap_err();
    assert_eq!(wrong.code(), Some(ErrorCode::SecondFactorWrong));
    let off = mia.service.end_second_factor(PASSWORD, codes[0].expose()).await.unwrap();
    assert!(!off.on);
    world.sign_in("mia", PASSWORD, "her laptop").await;

    let (_, old) = (codes, switch_on(&mia, PASSWORD, &world).await);
    let people = owner.service.accounts().await.unwrap().accounts;
    for person in people {
        assert_eq!(person.second_factor, person.account.name == "mia");
    }
    let refused = mia.service.reset_second_factor(&mia.reply.account.account_id).await;
    assert_eq!(refused.unwrap_err().code(), Some(ErrorCode::NoPermission));
    let reset = owner.service.reset_second_factor(&mia.reply.account.account_id).await.unwrap();
    assert!(!reset.second_factor);
    world.sign_in("mia", PASSWORD, "her tablet").await;
    drop(old);
    let acts = world.acts().await;
    for act in ["second_factor_on", "second_factor_off", "second_factor_reset"] {
        assert!(acts.iter().any(|known| known == act), "{act}");
    }
}
