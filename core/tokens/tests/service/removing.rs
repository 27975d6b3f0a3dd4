//! Going: disabled for a while, or removed for good.

use std::time::Duration;

use albumen_client::{DeviceKey, Error, ErrorKind};
use albumen_model::{
    ErrorCode,
    auth::{AccountState, AuthEvent, Invite, Role, TokenPurpose},
};
use futures::StreamExt;

use crate::kit::{PASSWORD, World, until, wanting};

const ABOUT: (&str, &str, &str) = ("phone", "TestOS", "1");

fn code<T: std::fmt::Debug>(outcome: Result<T, Error>) -> Option<ErrorCode> {
    outcome.unwrap_err().code()
}

#[tokio::test]
async fn a_disabled_account_has_no_tokens_and_no_device_until_it_is_enabled() {
    let world = World::start().await;
    let owner = world.owner().await;
    let place = world.library(&owner).await;
    let mia = world.someone(&owner, "mia", Role::Member).await;
    let id = &mia.reply.account.account_id;
    let wanted = wanting(&place, TokenPurpose::Backup);
    mia.service.token(&wanted).await.unwrap();

    let person = owner.service.disable(id).await.unwrap();
    assert_eq!(person.state, AccountState::Disabled);
    until("the token is deleted", async || world.smh.inside().live.is_empty()).await;
    assert_eq!(code(mia.service.token(&wanted).await), Some(ErrorCode::AccountDisabled));
    assert_eq!(code(mia.service.me().await), Some(ErrorCode::AccountDisabled));
    let key = DeviceKey::generate().unwrap();
    let stranger = world.stranger();
    let refused = stranger.sign_in(&key, "mia", PASSWORD, ABOUT).await;
    assert_eq!(code(refused), Some(ErrorCode::AccountDisabled));
    let guessed = stranger.sign_in(&key, "mia", "wrong password", ABOUT).await;
    assert_eq!(code(guessed), Some(ErrorCode::WrongCredentials), "a guess learns nothing");
    let world = world.restart().await;
    let (mia, owner) = (world.device(mia.key, mia.reply), world.device(owner.key, owner.reply));
    assert_eq!(code(mia.service.me().await), Some(ErrorCode::AccountDisabled), "it is kept");

    let id = &mia.reply.account.account_id;
    owner.service.enable(id).await.unwrap();
    mia.service.token(&wanted).await.unwrap();
    let acts = world.acts().await;
    assert!(["account_disabled", "account_enabled"].iter().all(|a| acts.iter().any(|b| b == a)));
}

#[tokio::test]
async fn a_token_minted_while_its_account_is_disabled_is_deleted_before_the_answer() {
    let world = World::start().await;
    let owner = world.owner().await;
    let place = world.library(&owner).await;
    let mia = world.someone(&owner, "mia", Role::Member).await;
    world.smh.inside().hold_mints = true;
    let (service, wanted) = (mia.service.clone(), wanting(&place, TokenPurpose::Backup));
    let minting = tokio::spawn(async move { service.token(&wanted).await });
    world.smh.mint_waits().await;
    owner.service.disable(&mia.reply.account.account_id).await.unwrap();
    world.smh.open_gate();
    assert_eq!(code(minting.await.unwrap()), Some(ErrorCode::AccountDisabled));
    until("the token is deleted", async || world.smh.inside().live.is_empty()).await;
}

#[tokio::test]
async fn a_device_that_listens_hears_nothing_more_once_its_account_is_disabled() {
    let world = World::start().await;
    let owner = world.owner().await;
    let mia = world.someone(&owner, "mia", Role::Member).await;
    let mut events = Box::pin(mia.service.events());
    let listening = tokio::spawn(async move { (events.next().await, events) });
    tokio::time::sleep(Duration::from_millis(500)).await;
    owner.service.disable(&mia.reply.account.account_id).await.unwrap();
    let (first, mut events) =
        tokio::time::timeout(Duration::from_secs(5), listening).await.unwrap().unwrap();
    assert_eq!(first, Some(AuthEvent::PolicyChanged), "ask again, and be refused");
    world.library(&owner).await;
    let more = tokio::time::timeout(Duration::from_millis(500), events.next()).await;
    assert!(more.is_err(), "{more:?}");
}

#[tokio::test]
async fn a_removed_account_is_over_and_the_log_still_knows_who_it_was() {
    let world = World::start().await;
    let owner = world.owner().await;
    let place = world.library(&owner).await;
    let ada = world.someone(&owner, "Ada", Role::Admin).await;
    ada.service.token(&wanting(&place, TokenPurpose::Backup)).await.unwrap();
    let invite = Invite { role: Role::Member, name: None, expires_in: None };
    ada.service.invite(&invite).await.unwrap();

    let id = &ada.reply.account.account_id;
    let person = owner.service.remove(id).await.unwrap();
    assert_eq!(person.state, AccountState::Removed);
    assert_eq!(ada.service.me().await.unwrap_err().kind(), ErrorKind::Revoked);
    until("the revocation is carried out", async || {
        let receipt = owner.service.receipt(&ada.reply.device_id).await.unwrap();
        receipt.confirmed_at.is_some()
    })
    .await;
    assert!(world.smh.inside().live.is_empty());
    assert!(owner.service.invitations().await.unwrap().invitations.is_empty());
    let key = DeviceKey::generate().unwrap();
    let refused = world.stranger().sign_in(&key, "ada", PASSWORD, ABOUT).await;
    assert_eq!(code(refused), Some(ErrorCode::WrongCredentials), "as if it had never been");
    assert_eq!(code(owner.service.enable(id).await), Some(ErrorCode::AccountNotFound));
    let role = owner.service.change_role(id, Role::Viewer).await;
    assert_eq!(code(role), Some(ErrorCode::AccountNotFound));

    // The name is free again, for somebody else.
    let other = world.someone(&owner, "ada", Role::Viewer).await;
    assert_ne!(other.reply.account.account_id, *id);
    world.handle.service().verify_audit(None).await.unwrap();
    let entries = world.handle.service().audit_entries(0, 1000).await.unwrap();
    let by_ada = entries.iter().find(|entry| entry.act == "invitation_made").unwrap();
    let people = owner.service.accounts().await.unwrap().accounts;
    let named = people.iter().find(|p| p.account.account_id.as_str() == by_ada.account).unwrap();
    assert_eq!((named.account.name.as_str(), named.state), ("Ada", AccountState::Removed));
}

#[tokio::test]
async fn the_owner_and_oneself_stay_and_others_have_no_say() {
    let world = World::start().await;
    let owner = world.owner().await;
    let ada = world.someone(&owner, "ada", Role::Admin).await;
    let mia = world.someone(&owner, "mia", Role::Member).await;
    let own = &owner.reply.account.account_id;
    let adas = &ada.reply.account.account_id;
    for (device, whom) in [(&ada, own), (&ada, adas), (&owner, own), (&mia, adas)] {
        for refused in [
            device.service.disable(whom).await,
            device.service.enable(whom).await,
            device.service.remove(whom).await,
            device.service.reset_second_factor(whom).await,
        ] {
            assert_eq!(code(refused), Some(ErrorCode::NoPermission));
        }
    }
    ada.service.disable(&mia.reply.account.account_id).await.unwrap();
}
