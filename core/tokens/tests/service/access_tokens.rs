//! Access tokens: how little they may do, how long they live, and who gets none.

use std::time::Duration;

use crate::kit::{World, until, wanting};
use albumen_client::ErrorKind;
use albumen_model::{
    ErrorCode,
    auth::{RevocationKind, Role, TokenPurpose},
};

#[tokio::test]
async fn a_token_has_the_least_grants_and_names_its_device() {
    let world = World::start().await;
    let owner = world.owner().await;
    let place = world.library(&owner).await;
    let space = world.smh.inside().spaces[0].clone();
    assert_eq!(space["allowPhoto"], true, "a new space must accept something");
    assert_eq!(world.smh.inside().live.len(), 0, "the token that made the space is gone");

    let member = world.someone(&owner, "mia", Role::Member).await;
    let reply = member.service.token(&wanting(&place, TokenPurpose::Backup)).await.unwrap();
    assert_eq!(reply.grants.to_string(), "create_directory,upload_file,upload_file_force");
    assert_eq!(reply.hosting_url, world.smh.url());
    assert_eq!(reply.hard_limit_in, 12 * 3600);
    let asked = world.smh.inside().live[reply.access_token.expose()].clone();
    assert_eq!(asked.user_id.as_str(), member.reply.account.account_id.as_str());
    assert_eq!(asked.client_id, member.reply.client_id);
    assert_eq!(asked.space_id, place.1.as_str());
    assert_eq!(asked.period, Some(1200));

    let viewer = world.someone(&owner, "vic", Role::Viewer).await;
    viewer.service.token(&wanting(&place, TokenPurpose::Browse)).await.unwrap();
    let denied = viewer.service.token(&wanting(&place, TokenPurpose::Backup)).await.unwrap_err();
    assert_eq!(denied.code(), Some(ErrorCode::NoPermission));
    assert!(!viewer.service.libraries().await.unwrap().libraries[0].spaces[0].can_upload);
}

#[tokio::test]
async fn a_token_is_deleted_after_twelve_hours_however_often_it_is_used() {
    let world = World::start().await;
    let owner = world.owner().await;
    let place = world.library(&owner).await;
    let reply = owner.service.token(&wanting(&place, TokenPurpose::Browse)).await.unwrap();
    let text = reply.access_token.expose().to_owned();
    world.clock.advance(Duration::from_secs(12 * 3600 - 1));
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(world.smh.inside().live.contains_key(&text));
    world.smh.inside().down = true;
    world.clock.advance(Duration::from_secs(1));
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(world.smh.inside().live.contains_key(&text), "the library service was away");
    world.smh.inside().down = false;
    until("the token is deleted", async || !world.smh.inside().live.contains_key(&text)).await;
}

#[tokio::test]
async fn narrowing_a_role_deletes_what_it_allowed() {
    let world = World::start().await;
    let owner = world.owner().await;
    let place = world.library(&owner).await;
    let member = world.someone(&owner, "mia", Role::Member).await;
    member.service.token(&wanting(&place, TokenPurpose::Backup)).await.unwrap();
    let mia = &member.reply.account.account_id;
    owner.service.change_role(mia, Role::Viewer).await.unwrap();
    until("the token is deleted", async || world.smh.inside().live.is_empty()).await;
    let denied = member.service.token(&wanting(&place, TokenPurpose::Backup)).await.unwrap_err();
    assert_eq!(denied.kind(), ErrorKind::NoPermission);
    let own = &owner.reply.account.account_id;
    let kept = owner.service.change_role(own, Role::Viewer).await.unwrap_err();
    assert_eq!(kept.code(), Some(ErrorCode::NoPermission), "the owner stays the owner");
}

#[tokio::test]
async fn a_token_minted_in_a_race_with_a_revocation_is_deleted_before_the_answer() {
    let world = World::start().await;
    let owner = world.owner().await;
    let place = world.library(&owner).await;
    let phone = world.owner().await;
    world.smh.inside().hold_mints = true;
    let (service, wanted) = (phone.service.clone(), wanting(&place, TokenPurpose::Backup));
    let minting = tokio::spawn(async move { service.token(&wanted).await });
    world.smh.mint_waits().await;
    let (service, device) = (owner.service.clone(), phone.reply.device_id.clone());
    let revoking =
        tokio::spawn(async move { service.revoke(&device, RevocationKind::SignOut).await });
    until("the revocation is written down", async || {
        let devices = owner.service.devices().await.unwrap().devices;
        devices.iter().any(|d| d.device_id == phone.reply.device_id && d.revoked_at.is_some())
    })
    .await;
    until("what it had is ended at once", async || world.smh.inside().fences.len() == 1).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!revoking.is_finished(), "the receipt waits for the mint");
    world.smh.open_gate();
    let refused = minting.await.unwrap().unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Revoked);
    assert!(!world.smh.inside().live.values().any(|t| t.client_id == phone.reply.client_id));
    let receipt = revoking.await.unwrap().unwrap();
    assert!(receipt.confirmed_at.is_some());
    assert_eq!(world.smh.inside().fences.len(), 2, "once more after the mint");
}

#[tokio::test]
async fn a_library_service_that_is_away_is_said_to_be_away() {
    let world = World::start().await;
    let owner = world.owner().await;
    let place = world.library(&owner).await;
    world.smh.inside().down = true;
    let error = owner.service.token(&wanting(&place, TokenPurpose::Browse)).await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::LibraryServiceUnreachable));
    assert!(error.is_transient());
    let elsewhere = (place.0.clone(), albumen_model::SpaceId::parse("other").unwrap());
    let error = owner.service.token(&wanting(&elsewhere, TokenPurpose::Browse)).await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::SpaceNotFound));
}
