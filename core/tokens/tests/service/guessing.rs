//! Guessing at pairing codes: five wrong tries burn one, and no stranger gets further than the
//! bound of all strangers together.

use std::{collections::HashMap, time::Duration};

use albumen_client::{DeviceKey, TokenService};
use albumen_model::{
    ErrorCode,
    auth::{PairingCode, PairingState},
};
use albumen_tokens::TokensHandle;
use futures::future::join_all;
use reqwest::Method;

use crate::kit::{
    Device, World,
    raw::{self, Raw},
};

const PHONE: (&str, &str, &str) = ("phone", "TestOS 2", "0.0.1");
const WRONG: &str = "PairingCodeWrong";
const TOO_MANY: &str = "RateLimitExceeded";

/// A wrong code for the slot of a right one; a different one for each number.
fn beside(code: &PairingCode, number: u32) -> PairingCode {
    let rest: u32 = code.expose()[3..].parse().unwrap();
    PairingCode::from_halves(code.slot(), rest + 1 + number)
}

/// A code in another slot than the right one.
fn elsewhere(code: &PairingCode, number: u32) -> PairingCode {
    PairingCode::from_halves(code.slot() + 1 + number % 500, number)
}

async fn try_here(service: &TokenService, code: PairingCode) -> Option<ErrorCode> {
    let key = DeviceKey::generate().unwrap();
    service.pair(&key, code, PHONE).await.err().and_then(|error| error.code())
}

/// Brings a code from an address, as a trusted proxy tells it; the word of the refusal, empty for
/// none.
async fn try_from(at: &TokensHandle, owner: &Device, code: &PairingCode, from: &str) -> String {
    let key = DeviceKey::generate().unwrap();
    let base = format!("http://{}", at.local_addr());
    let device = serde_json::json!({
        "name": "x", "os": "y", "app_version": "1", "public_key": key.public().to_string(),
    });
    let body = serde_json::json!({ "code": code.expose(), "device": device });
    let body = body.to_string().into_bytes();
    let raw = Raw {
        key: &key,
        key_id: "new",
        service: owner.reply.service_id.as_str(),
        method: Method::POST,
        path: "/auth/v1/pair",
        nonce: raw::nonce(&base).await,
        signed_body: body.clone(),
        sent_body: body,
    };
    raw::send_from(&base, raw, from).await.1
}

#[tokio::test]
async fn five_wrong_tries_burn_a_code_and_all_wrong_ones_look_the_same() {
    let world = World::start().await;
    let owner = world.owner().await;
    let offer = owner.service.begin_pairing().await.unwrap();
    let stranger = world.stranger();
    for number in 0..5 {
        let code = beside(&offer.code, number);
        assert_eq!(try_here(&stranger, code).await, Some(ErrorCode::PairingCodeWrong));
    }
    world.clock.advance(Duration::from_secs(2));
    let right = try_here(&stranger, offer.code.clone()).await;
    assert_eq!(right, Some(ErrorCode::PairingCodeWrong), "burnt, and it looks like any wrong one");
    let burnt = owner.service.pairing(&offer.pairing_id).await.unwrap();
    assert_eq!((burnt.state, burnt.expires_in), (PairingState::Burnt, 0));
    let entries = world.handle.service().audit_entries(0, 100).await.unwrap();
    assert_eq!(entries.last().unwrap().act, "pairing_burnt");
}

#[tokio::test]
async fn four_wrong_tries_and_those_at_other_codes_leave_it_good() {
    let world = World::start().await;
    let owner = world.owner().await;
    let proxy = world.second_behind(&["127.0.0.1/32"]).await;
    let offer = owner.service.begin_pairing().await.unwrap();
    for number in 0..4 {
        let code = beside(&offer.code, number);
        assert_eq!(try_from(&proxy, &owner, &code, "192.0.2.1").await, WRONG);
    }
    for number in 0..20 {
        let from = format!("192.0.2.{}", 10 + number);
        assert_eq!(try_from(&proxy, &owner, &elsewhere(&offer.code, number), &from).await, WRONG);
    }
    assert_eq!(try_from(&proxy, &owner, &offer.code, "198.51.100.7").await, "", "still good");
    let pending = owner.service.pairing(&offer.pairing_id).await.unwrap();
    assert_eq!(pending.device.unwrap().address, "198.51.100.7");
    proxy.shutdown().await;
}

#[tokio::test]
async fn one_address_has_five_tries_and_must_then_wait() {
    let world = World::start().await;
    let owner = world.owner().await;
    let offer = owner.service.begin_pairing().await.unwrap();
    let stranger = world.stranger();
    for number in 0..5 {
        let code = elsewhere(&offer.code, number);
        assert_eq!(try_here(&stranger, code).await, Some(ErrorCode::PairingCodeWrong));
    }
    let key = DeviceKey::generate().unwrap();
    let held = stranger.pair(&key, offer.code.clone(), PHONE).await.unwrap_err();
    assert_eq!(held.code(), Some(ErrorCode::RateLimitExceeded), "even with the right code");
    assert_eq!(held.retry_after(), Some(Duration::from_secs(1)));
    let world = world.restart().await;
    let held = try_here(&world.stranger(), offer.code.clone()).await;
    assert_eq!(held, Some(ErrorCode::RateLimitExceeded), "counted across restarts");
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(try_here(&world.stranger(), offer.code).await, None);
}

#[tokio::test]
async fn all_strangers_together_are_bounded_and_do_not_shut_a_household_out() {
    let world = World::start().await;
    let owner = world.owner().await;
    let proxy = world.second_behind(&["127.0.0.1/32"]).await;
    let offer = owner.service.begin_pairing().await.unwrap();
    let mut words: HashMap<String, u32> = HashMap::new();
    for number in 0..130 {
        // Each from another network, and each at another code.
        let from = format!("2001:db8:{number:x}::1");
        let word = try_from(&proxy, &owner, &elsewhere(&offer.code, number), &from).await;
        *words.entry(word).or_default() += 1;
    }
    let counted = (words.get(WRONG).copied(), words.get(TOO_MANY).copied());
    assert_eq!(counted, (Some(100), Some(30)), "{words:?}");
    let stranger = try_from(&proxy, &owner, &offer.code, "203.0.113.9").await;
    assert_eq!(stranger, TOO_MANY, "even the right code, from an address nobody knows");
    // The owner's laptop was seen at this address: who sits beside it is still served.
    assert_eq!(try_from(&proxy, &owner, &offer.code, "127.0.0.1").await, "");
    let pending = owner.service.pairing(&offer.pairing_id).await.unwrap();
    assert_eq!(pending.state, PairingState::Pending);
    world.clock.advance(Duration::from_secs(6));
    let next = owner.service.begin_pairing().await.unwrap();
    let later = try_from(&proxy, &owner, &next.code, "203.0.113.9").await;
    assert_eq!(later, "", "and tries come back with time");
    proxy.shutdown().await;
}

#[tokio::test]
async fn addresses_of_one_network_count_as_one() {
    let world = World::start().await;
    let owner = world.owner().await;
    let proxy = world.second_behind(&["127.0.0.1/32"]).await;
    let offer = owner.service.begin_pairing().await.unwrap();
    let mut last = String::new();
    for number in 0..6 {
        let from = format!("2001:db8:1:2::{number}");
        last = try_from(&proxy, &owner, &elsewhere(&offer.code, number), &from).await;
    }
    assert_eq!(last, TOO_MANY);
    proxy.shutdown().await;
}

#[tokio::test]
async fn two_instances_count_wrong_tries_together() {
    let world = World::start().await;
    let owner = world.owner().await;
    let proxies = [
        world.second_behind(&["127.0.0.1/32"]).await,
        world.second_behind(&["127.0.0.1/32"]).await,
    ];
    let offer = owner.service.begin_pairing().await.unwrap();
    let (proxies_of, owner_of, code_of) = (&proxies, &owner, &offer.code);
    let tries = (0..12_u32).map(|number| async move {
        let from = format!("192.0.2.{}", 1 + number);
        let at = &proxies_of[number as usize % 2];
        try_from(at, owner_of, &beside(code_of, number), &from).await
    });
    let words = join_all(tries).await;
    assert!(words.iter().all(|word| word == WRONG), "{words:?}");
    let right = try_from(&proxies[0], &owner, &offer.code, "198.51.100.7").await;
    assert_eq!(right, WRONG, "burnt by tries at either");
    let service = world.handle.service();
    let entries = service.audit_entries(0, 100).await.unwrap();
    let burnt = entries.iter().filter(|entry| entry.act == "pairing_burnt").count();
    assert_eq!(burnt, 1, "and burnt once");
    service.verify_audit(None).await.unwrap();
    for proxy in proxies {
        proxy.shutdown().await;
    }
}

/// One code, brought to two instances by many devices at the same moment: one of them is pending.
#[tokio::test]
async fn of_many_who_bring_a_code_at_once_one_gets_it() {
    let world = World::start().await;
    let owner = world.owner().await;
    let second = world.second().await;
    let bases = [world.base(), format!("http://{}", second.local_addr())];
    let offer = owner.service.begin_pairing().await.unwrap();
    let code_of = &offer.code;
    let brought = (0..4).map(|n| {
        let stranger = TokenService::new(world.http.clone(), &bases[n % 2]).unwrap();
        async move { try_here(&stranger, code_of.clone()).await }
    });
    let outcomes = join_all(brought).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_none()).count(), 1, "{outcomes:?}");
    let wrong = Some(ErrorCode::PairingCodeWrong);
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == wrong).count(), 3, "{outcomes:?}");
    second.shutdown().await;
}
