//! Who gets in by the provider, and what one sign-in is good for.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use albumen_client::{BroughtBack, DeviceKey, Newcomer};
use albumen_model::{AuthorizationCode, ErrorCode, FlowState, auth::RevocationKind};

use super::{ABOUT, Home, PORT};
use crate::kit::{OWNER, PASSWORD, provider::CLIENT_SECRET};

fn nobody() -> Newcomer<'static> {
    Newcomer::default()
}

#[tokio::test]
async fn who_bound_an_identity_signs_in_by_it_alone() {
    let home = Home::start().await;
    let offer = home.stranger().service_info().await.unwrap().openid.unwrap();
    assert_eq!(offer.name, "Home ID");
    home.provider.signs_in("olga-at-home", Some("Olga"));
    let owner = home.owner().await;
    home.bind(&owner).await.unwrap();

    let phone = home.sign_in().await.unwrap();
    assert_eq!(phone.reply.account, owner.reply.account);
    assert_ne!(phone.reply.device_id, owner.reply.device_id, "it is a device like any other");
    assert_eq!(phone.service.me().await.unwrap().name, OWNER);
    assert_eq!(owner.service.devices().await.unwrap().devices.len(), 2);
    owner.service.revoke(&phone.reply.device_id, RevocationKind::SignOut).await.unwrap();
    let gone = phone.service.me().await.unwrap_err();
    assert_eq!(gone.code(), Some(ErrorCode::DeviceRevoked));
    let acts = home.world.acts().await;
    assert!(["identity_bound", "identity_used"].iter().all(|act| acts.iter().any(|a| a == act)));
    home.stop().await;
}

#[tokio::test]
async fn an_unknown_identity_is_refused_and_makes_nothing() {
    let home = Home::start().await;
    let owner = home.owner().await;
    home.provider.signs_in("eve-at-home", Some(OWNER));
    let refused = home.sign_in().await.map(drop).unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::IdentityUnknown), "a like name is no identity");
    assert_eq!(owner.service.accounts().await.unwrap().accounts.len(), 1);
    assert_eq!(owner.service.devices().await.unwrap().devices.len(), 1);
    home.stop().await;
}

#[tokio::test]
async fn a_sign_in_is_ended_by_the_device_that_began_it_and_once() {
    let home = Home::start().await;
    home.provider.signs_in("olga-at-home", None);
    home.bind(&home.owner().await).await.unwrap();
    let (stranger, key) = (home.stranger(), DeviceKey::generate().unwrap());
    let brought = home.browse(&stranger.begin_openid(&key, PORT).await.unwrap()).await;

    // Somebody else's browser is led to our callback with the state of another device.
    let other = DeviceKey::generate().unwrap();
    let stolen = stranger.finish_openid(&other, brought.clone(), nobody(), ABOUT).await;
    assert_eq!(stolen.unwrap_err().code(), Some(ErrorCode::IdentityFlowOver));
    let made_up = BroughtBack { state: FlowState::new("made up"), ..brought.clone() };
    let made_up = stranger.finish_openid(&key, made_up, nobody(), ABOUT).await;
    assert_eq!(made_up.unwrap_err().code(), Some(ErrorCode::IdentityFlowOver));
    let asked = home.provider.asked().tokens;

    stranger.finish_openid(&key, brought.clone(), nobody(), ABOUT).await.unwrap();
    assert_eq!(home.provider.asked().tokens, asked + 1, "nothing was sent for the wrong ones");
    let again = stranger.finish_openid(&key, brought, nobody(), ABOUT).await.unwrap_err();
    assert_eq!(again.code(), Some(ErrorCode::IdentityFlowOver));
    home.stop().await;
}

#[tokio::test]
async fn a_sign_in_is_over_after_ten_minutes() {
    let home = Home::start().await;
    home.provider.signs_in("olga-at-home", None);
    home.bind(&home.owner().await).await.unwrap();
    let (stranger, key) = (home.stranger(), DeviceKey::generate().unwrap());
    let begun = stranger.begin_openid(&key, PORT).await.unwrap();
    assert_eq!(begun.expires_in, 600);
    let brought = home.browse(&begun).await;
    home.world.clock.advance(Duration::from_secs(600));
    let late = stranger.finish_openid(&key, brought, nobody(), ABOUT).await.unwrap_err();
    assert_eq!(late.code(), Some(ErrorCode::IdentityFlowOver));
    home.stop().await;
}

#[tokio::test]
async fn a_code_of_another_sign_in_is_refused() {
    let home = Home::start().await;
    home.provider.signs_in("olga-at-home", None);
    home.bind(&home.owner().await).await.unwrap();
    let (stranger, key) = (home.stranger(), DeviceKey::generate().unwrap());
    let first = home.browse(&stranger.begin_openid(&key, PORT).await.unwrap()).await;
    let second = home.browse(&stranger.begin_openid(&key, PORT).await.unwrap()).await;
    // The code is good, but was asked for with another verifier.
    let mixed = BroughtBack { state: first.state, code: second.code.clone() };
    let mixed = stranger.finish_openid(&key, mixed, nobody(), ABOUT).await.unwrap_err();
    assert_eq!(mixed.code(), Some(ErrorCode::IdentityRefused));
    // That burned it at the provider too.
    let burned = stranger.finish_openid(&key, second, nobody(), ABOUT).await.unwrap_err();
    assert_eq!(burned.code(), Some(ErrorCode::IdentityRefused));
    home.stop().await;
}

#[tokio::test]
async fn a_code_that_was_used_is_refused() {
    let home = Home::start().await;
    home.provider.signs_in("olga-at-home", None);
    home.bind(&home.owner().await).await.unwrap();
    let (stranger, key) = (home.stranger(), DeviceKey::generate().unwrap());
    let brought = home.browse(&stranger.begin_openid(&key, PORT).await.unwrap()).await;
    let replayed = AuthorizationCode::new(brought.code.expose());
    stranger.finish_openid(&key, brought, nobody(), ABOUT).await.unwrap();
    let again = stranger.begin_openid(&key, PORT).await.unwrap();
    let brought = BroughtBack { state: again.state, code: replayed };
    let replayed = stranger.finish_openid(&key, brought, nobody(), ABOUT).await.unwrap_err();
    assert_eq!(replayed.code(), Some(ErrorCode::IdentityRefused));
    home.stop().await;
}

#[tokio::test]
async fn what_is_under_way_survives_a_restart_and_another_instance_ends_it() {
    let home = Home::start().await;
    home.provider.signs_in("olga-at-home", None);
    home.bind(&home.owner().await).await.unwrap();
    let (stranger, key) = (home.stranger(), DeviceKey::generate().unwrap());
    let brought = home.browse(&stranger.begin_openid(&key, PORT).await.unwrap()).await;
    let Home { world, provider, handle } = home;
    handle.shutdown().await;
    let handle = world.second_with(super::config(&provider)).await;
    let home = Home { world, provider, handle };
    home.stranger().finish_openid(&key, brought, nobody(), ABOUT).await.unwrap();
    home.stop().await;
}

#[tokio::test]
async fn sign_ins_under_way_are_bounded() {
    let home = Home::start().await;
    let (stranger, key) = (home.stranger(), DeviceKey::generate().unwrap());
    for _ in 0..20 {
        stranger.begin_openid(&key, PORT).await.unwrap();
    }
    let held = stranger.begin_openid(&key, PORT).await.unwrap_err();
    assert_eq!(held.code(), Some(ErrorCode::RateLimitExceeded));
    home.world.clock.advance(Duration::from_secs(600));
    stranger.begin_openid(&key, PORT).await.unwrap();
    home.stop().await;
}

#[tokio::test]
async fn without_a_provider_nothing_is_offered() {
    let home = Home::start().await;
    assert_eq!(home.world.stranger().service_info().await.unwrap().openid, None);
    let key = DeviceKey::generate().unwrap();
    let refused = home.world.stranger().begin_openid(&key, PORT).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::OpenIdNotOffered));
    let owner = home.world.owner().await;
    let refused = owner.service.begin_identity(PASSWORD, PORT).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::OpenIdNotOffered));
    home.stop().await;
}

#[tokio::test]
async fn what_is_under_way_cannot_be_read_from_the_files() {
    let home = Home::start().await;
    let (stranger, key) = (home.stranger(), DeviceKey::generate().unwrap());
    let begun = stranger.begin_openid(&key, PORT).await.unwrap();
    let (_, rest) = begun.url.split_once("nonce=").unwrap();
    let nonce = rest.split('&').next().unwrap();
    assert_eq!(nonce.len(), 43);
    let written = bytes_below(home.world.dir.path());
    assert!(!written.is_empty());
    for (what, text) in
        [("state", begun.state.expose()), ("nonce", nonce), ("client secret", CLIENT_SECRET)]
    {
        let found = written.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(!found, "the {what} is in a file");
    }
    assert!(!format!("{begun:?} {:?}", super::config(&home.provider)).contains(CLIENT_SECRET));
    assert!(!format!("{begun:?}").contains(nonce));
    home.stop().await;
}

/// Everything in a folder, its log of writes included.
fn bytes_below(folder: &Path) -> Vec<u8> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let read = |path: PathBuf| {
        if path.is_dir() { bytes_below(&path) } else { fs::read(path).unwrap_or_default() }
    };
    entries.flat_map(read).collect()
}
