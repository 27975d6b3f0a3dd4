//! Letting a new device in: a code, a device that brings it, a yes or no where it was made.

use std::time::Duration;

use albumen_client::{DeviceKey, ErrorKind, pairing_check};
use albumen_model::{
    ErrorCode,
    auth::{AuthEvent, PairingCode, PairingOffer, PairingState, RevocationKind, Role, SignInReply},
};
use futures::StreamExt;

use crate::kit::{
    Device, World,
    raw::{self, Raw},
    until,
};

const PHONE: (&str, &str, &str) = ("phone", "TestOS 2", "0.0.1");

/// A device that brought a code and waits.
struct Waiting {
    key: DeviceKey,
    pairing: albumen_model::PairingId,
    service: albumen_model::ServiceId,
}

async fn bring(world: &World, code: &PairingCode) -> Waiting {
    let key = DeviceKey::generate().unwrap();
    let reply = world.stranger().pair(&key, code.clone(), PHONE).await.unwrap();
    Waiting { key, pairing: reply.pairing_id, service: reply.service_id }
}

async fn refused_with(world: &World, code: &PairingCode) -> Option<ErrorCode> {
    let key = DeviceKey::generate().unwrap();
    world.stranger().pair(&key, code.clone(), PHONE).await.unwrap_err().code()
}

async fn acts(world: &World) -> Vec<String> {
    let entries = world.handle.service().audit_entries(0, 100).await.unwrap();
    entries.into_iter().map(|entry| entry.act).collect()
}

async fn let_in(world: &World, owner: &Device, waiting: Waiting) -> Device {
    owner.service.approve_pairing(&waiting.pairing).await.unwrap();
    let Waiting { key, pairing, service } = waiting;
    let outcome = world.stranger().wait_for_pairing(&key, &service, &pairing).await.unwrap();
    assert_eq!(outcome.state, PairingState::Approved);
    world.device(key, outcome.enrolled.unwrap())
}

#[tokio::test]
async fn who_made_the_code_sees_the_device_and_lets_it_in() {
    let world = World::start().await;
    let owner = world.owner().await;
    let mut events = Box::pin(owner.service.events());
    let heard = tokio::spawn(async move { events.next().await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let offer = owner.service.begin_pairing().await.unwrap();
    assert_eq!(offer.expires_in, 600);
    let open = owner.service.pairing(&offer.pairing_id).await.unwrap();
    assert_eq!((open.state, open.device), (PairingState::Open, None));

    let waiting = bring(&world, &offer.code).await;
    let event = AuthEvent::PairingChanged { pairing_id: offer.pairing_id.clone() };
    let heard = tokio::time::timeout(Duration::from_secs(5), heard).await.unwrap().unwrap();
    assert_eq!(heard, Some(event), "the issuer is told at once");
    let pending = owner.service.pairing(&offer.pairing_id).await.unwrap();
    assert_eq!(pending.state, PairingState::Pending);
    let device = pending.device.unwrap();
    assert_eq!((device.name.as_str(), device.os.as_str()), ("phone", "TestOS 2"));
    assert_eq!(device.address, "127.0.0.1");
    let shown_there = pairing_check(&waiting.pairing, &waiting.key.public().to_string());
    assert_eq!(pairing_check(&offer.pairing_id, &device.public_key), shown_there);
    assert_eq!(owner.service.devices().await.unwrap().devices.len(), 1, "not a device yet");

    // It waits while it is decided, and hears of it without asking again.
    let stranger = world.stranger();
    let (key, service) = (waiting.key.clone(), waiting.service.clone());
    let id = waiting.pairing.clone();
    let waits =
        tokio::spawn(async move { stranger.wait_for_pairing(&key, &service, &id).await.unwrap() });
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!waits.is_finished(), "nothing is decided");
    owner.service.approve_pairing(&offer.pairing_id).await.unwrap();
    let outcome = tokio::time::timeout(Duration::from_secs(5), waits).await.unwrap().unwrap();
    let reply = outcome.enrolled.unwrap();
    assert_eq!(reply.account, owner.reply.account);
    let phone = world.device(waiting.key, reply);
    assert_eq!(phone.service.me().await.unwrap(), owner.reply.account);
    assert_eq!(owner.service.devices().await.unwrap().devices.len(), 2);

    let again = owner.service.approve_pairing(&offer.pairing_id).await.unwrap();
    assert_eq!(again.state, PairingState::Approved, "saying yes twice changes nothing");
    assert_eq!(owner.service.devices().await.unwrap().devices.len(), 2);
    let told = ["pairing_begun", "pairing_claimed", "device_paired"];
    assert_eq!(acts(&world).await[2..], told);
    world.handle.service().verify_audit(None).await.unwrap();
}

#[tokio::test]
async fn a_pending_device_can_do_nothing() {
    let world = World::start().await;
    let owner = world.owner().await;
    let offer = owner.service.begin_pairing().await.unwrap();
    let waiting = bring(&world, &offer.code).await;
    // As the device it would like to be, it is not known.
    let reply = SignInReply {
        device_id: albumen_model::DeviceId::parse(waiting.pairing.as_str()).unwrap(),
        ..owner.reply.clone()
    };
    let hopeful = world.device(waiting.key.clone(), reply);
    let refused = hopeful.service.me().await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::SignatureInvalid));
    let refused = hopeful.service.approve_pairing(&waiting.pairing).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::SignatureInvalid), "nor let itself in");
}

#[tokio::test]
async fn a_code_is_good_once() {
    let world = World::start().await;
    let owner = world.owner().await;
    let offer = owner.service.begin_pairing().await.unwrap();
    let waiting = bring(&world, &offer.code).await;
    assert_eq!(refused_with(&world, &offer.code).await, Some(ErrorCode::PairingCodeWrong));
    // The same device may ask again: its answer may have been lost.
    let again = world.stranger().pair(&waiting.key, offer.code.clone(), PHONE).await.unwrap();
    assert_eq!(again.pairing_id, offer.pairing_id);
    let key = waiting.key.clone();
    let phone = let_in(&world, &owner, waiting).await;
    let late = world.stranger().pair(&key, offer.code.clone(), PHONE).await.unwrap();
    assert_eq!(late.pairing_id, offer.pairing_id, "also after it was let in");
    assert_eq!(refused_with(&world, &offer.code).await, Some(ErrorCode::PairingCodeWrong));
    assert!(phone.service.me().await.is_ok());
}

#[tokio::test]
async fn a_new_code_takes_the_place_of_the_one_before() {
    let world = World::start().await;
    let owner = world.owner().await;
    let first = owner.service.begin_pairing().await.unwrap();
    let second = owner.service.begin_pairing().await.unwrap();
    assert_eq!(refused_with(&world, &first.code).await, Some(ErrorCode::PairingCodeWrong));
    bring(&world, &second.code).await;
}

#[tokio::test]
async fn a_code_and_who_waits_on_it_end_after_ten_minutes() {
    let world = World::start().await;
    let owner = world.owner().await;
    let offer = owner.service.begin_pairing().await.unwrap();
    world.clock.advance(Duration::from_secs(600));
    assert_eq!(refused_with(&world, &offer.code).await, Some(ErrorCode::PairingCodeWrong));
    let over = owner.service.pairing(&offer.pairing_id).await.unwrap();
    assert_eq!((over.state, over.expires_in), (PairingState::Expired, 0));

    let offer = owner.service.begin_pairing().await.unwrap();
    world.clock.advance(Duration::from_secs(599));
    let waiting = bring(&world, &offer.code).await;
    world.clock.advance(Duration::from_secs(1));
    let late = owner.service.approve_pairing(&offer.pairing_id).await.unwrap_err();
    assert_eq!(late.code(), Some(ErrorCode::PairingOver));
    let Waiting { key, pairing, service } = waiting;
    let told = world.stranger().wait_for_pairing(&key, &service, &pairing).await.unwrap();
    assert_eq!((told.state, told.enrolled), (PairingState::Expired, None));
    assert_eq!(owner.service.devices().await.unwrap().devices.len(), 1);

    // And an hour later nothing of the device that wanted in is kept.
    world.clock.advance(Duration::from_secs(3601));
    until("the code is forgotten", async || {
        let looked = owner.service.pairing(&offer.pairing_id).await;
        looked.is_err_and(|error| error.code() == Some(ErrorCode::PairingNotFound))
    })
    .await;
}

#[tokio::test]
async fn a_device_that_is_sent_away_stays_away() {
    let world = World::start().await;
    let owner = world.owner().await;
    let offer = owner.service.begin_pairing().await.unwrap();
    let Waiting { key, pairing, service } = bring(&world, &offer.code).await;
    let refused = owner.service.refuse_pairing(&pairing).await.unwrap();
    assert_eq!(refused.state, PairingState::Refused);
    let told = world.stranger().wait_for_pairing(&key, &service, &pairing).await.unwrap();
    assert_eq!((told.state, told.enrolled), (PairingState::Refused, None));
    let late = owner.service.approve_pairing(&pairing).await.unwrap_err();
    assert_eq!(late.code(), Some(ErrorCode::PairingOver));
    let again = world.stranger().pair(&key, offer.code.clone(), PHONE).await.unwrap_err();
    assert_eq!(again.code(), Some(ErrorCode::PairingCodeWrong));
    assert_eq!(acts(&world).await.last().map(String::as_str), Some("pairing_refused"));
}

#[tokio::test]
async fn only_who_made_a_code_learns_of_it_and_decides() {
    let world = World::start().await;
    let owner = world.owner().await;
    let other_of_owner = world.owner().await;
    let mia = world.someone(&owner, "mia", Role::Member).await;
    let PairingOffer { pairing_id, code, .. } = mia.service.begin_pairing().await.unwrap();
    let waiting = bring(&world, &code).await;
    for stranger in [&owner, &other_of_owner] {
        let service = &stranger.service;
        for refused in [
            service.pairing(&pairing_id).await.unwrap_err(),
            service.approve_pairing(&pairing_id).await.unwrap_err(),
            service.refuse_pairing(&pairing_id).await.unwrap_err(),
        ] {
            assert_eq!(refused.code(), Some(ErrorCode::PairingNotFound));
        }
    }
    // Nor does another key learn how it ends.
    let other = DeviceKey::generate().unwrap();
    let (pairing, service) = (&waiting.pairing, &waiting.service);
    let peeked = world.stranger().wait_for_pairing(&other, service, pairing).await.unwrap_err();
    assert_eq!(peeked.code(), Some(ErrorCode::SignatureInvalid));
    let phone = let_in(&world, &mia, waiting).await;
    assert_eq!(phone.reply.account.name, "mia", "in the account of who made the code");
    assert_eq!(phone.reply.account.role, Role::Member);
}

#[tokio::test]
async fn a_revoked_device_lets_nobody_in() {
    let world = World::start().await;
    let owner = world.owner().await;
    let laptop = world.owner().await;
    let unused = laptop.service.begin_pairing().await.unwrap();
    let tablet = world.owner().await;
    let used = tablet.service.begin_pairing().await.unwrap();
    let waiting = bring(&world, &used.code).await;
    for device in [&laptop, &tablet] {
        owner.service.revoke(&device.reply.device_id, RevocationKind::SignOut).await.unwrap();
    }
    assert_eq!(refused_with(&world, &unused.code).await, Some(ErrorCode::PairingCodeWrong));
    let refused = tablet.service.approve_pairing(&waiting.pairing).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Revoked);
    let before = owner.service.devices().await.unwrap().devices.len();
    assert_eq!(before, 3, "nobody came");
}

#[tokio::test]
async fn a_revoked_key_stays_out_and_a_new_one_is_a_new_device() {
    let world = World::start().await;
    let owner = world.owner().await;
    let offer = owner.service.begin_pairing().await.unwrap();
    let waiting = bring(&world, &offer.code).await;
    let phone = let_in(&world, &owner, waiting).await;
    owner.service.revoke(&phone.reply.device_id, RevocationKind::SignOut).await.unwrap();
    let offer = owner.service.begin_pairing().await.unwrap();
    let burnt = world.stranger().pair(&phone.key, offer.code.clone(), PHONE).await.unwrap_err();
    assert_eq!(burnt.code(), Some(ErrorCode::DeviceRevoked), "its old key stays revoked");
    let known = world.stranger().pair(&owner.key, offer.code.clone(), PHONE).await.unwrap_err();
    assert_eq!(known.code(), Some(ErrorCode::ParamInvalid), "nor is a key enrolled twice");
    let waiting = bring(&world, &offer.code).await;
    let back = let_in(&world, &owner, waiting).await;
    assert_ne!(back.reply.device_id, phone.reply.device_id);
    assert_ne!(back.reply.client_id, phone.reply.client_id);
}

#[tokio::test]
async fn a_restart_forgets_no_code_and_nobody_who_waits() {
    let world = World::start().await;
    let owner = world.owner().await;
    let offer = owner.service.begin_pairing().await.unwrap();
    let world = world.restart().await;
    let waiting = bring(&world, &offer.code).await;
    let world = world.restart().await;
    let owner = world.device(owner.key, owner.reply);
    let phone = let_in(&world, &owner, waiting).await;
    assert!(phone.service.me().await.is_ok());
}

#[tokio::test]
async fn what_is_not_signed_by_the_new_key_is_refused() {
    let world = World::start().await;
    let owner = world.owner().await;
    let offer = owner.service.begin_pairing().await.unwrap();
    let (key, other) = (DeviceKey::generate().unwrap(), DeviceKey::generate().unwrap());
    let body = |key: &DeviceKey, code: serde_json::Value| {
        let device = serde_json::json!({
            "name": "x", "os": "y", "app_version": "1", "public_key": key.public().to_string(),
        });
        serde_json::json!({ "code": code, "device": device }).to_string().into_bytes()
    };
    let right = serde_json::json!(offer.code.expose());
    let service = owner.reply.service_id.as_str();
    for (body, key_id, refused) in [
        (body(&other, right.clone()), "new", "SignatureInvalid"),
        (body(&key, right.clone()), owner.reply.device_id.as_str(), "SignatureInvalid"),
        (body(&key, serde_json::json!(12_345_678)), "new", "BadRequest"),
        (body(&key, serde_json::json!("1234567٨")), "new", "BadRequest"),
        (body(&key, serde_json::json!("' OR 1=1")), "new", "BadRequest"),
        (b"{}".to_vec(), "new", "BadRequest"),
    ] {
        let (base, nonce) = (world.base(), raw::nonce(&world.base()).await);
        let (method, path) = (reqwest::Method::POST, "/auth/v1/pair");
        let (signed_body, sent_body) = (body.clone(), body);
        let raw = Raw { key: &key, key_id, service, method, path, nonce, signed_body, sent_body };
        let (_, code, _) = raw::send(&base, raw).await;
        assert_eq!(code, refused);
    }
    bring(&world, &offer.code).await;
}

#[tokio::test]
async fn a_viewer_lets_in_a_viewer() {
    let world = World::start().await;
    let owner = world.owner().await;
    let vera = world.someone(&owner, "vera", Role::Viewer).await;
    let offer = vera.service.begin_pairing().await.unwrap();
    let waiting = bring(&world, &offer.code).await;
    let tablet = let_in(&world, &vera, waiting).await;
    assert_eq!(tablet.service.me().await.unwrap().role, Role::Viewer);
    let refused = tablet.service.accounts().await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::NoPermission));
}
