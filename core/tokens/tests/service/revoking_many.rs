//! Several devices at once, three ways of revoking, and what a revoked device may still ask.

use std::time::Duration;

use albumen_client::{DeviceKey, ErrorKind};
use albumen_db::testing;
use albumen_model::{
    ErrorCode,
    auth::{AuthEvent, CopiesRemoved, RevocationKind, Role, TokenPurpose},
};
use futures::StreamExt;

use crate::kit::{Device, OWNER, PASSWORD, World, server, until, wanting};

async fn is_revoked(device: &Device) -> bool {
    match device.service.me().await {
        Ok(_) => false,
        Err(error) => error.kind() == ErrorKind::Revoked,
    }
}

#[tokio::test]
async fn everywhere_else_is_every_other_device_of_the_account_and_no_other() {
    let world = World::start().await;
    let owner = world.owner().await;
    let place = world.library(&owner).await;
    let (phone, tablet) = (world.owner().await, world.owner().await);
    let mia = world.someone(&owner, "mia", Role::Member).await;
    for device in [&owner, &phone, &tablet, &mia] {
        device.service.token(&wanting(&place, TokenPurpose::Browse)).await.unwrap();
    }
    let receipts = phone.service.revoke_others(RevocationKind::SignOut).await.unwrap().receipts;
    let mut revoked: Vec<_> = receipts.iter().map(|one| one.device_id.clone()).collect();
    let mut expected = vec![owner.reply.device_id.clone(), tablet.reply.device_id.clone()];
    revoked.sort();
    expected.sort();
    assert_eq!(revoked, expected);
    assert!(receipts.iter().all(|one| one.confirmed_at.is_some() && one.tokens_deleted == Some(1)));
    assert!(is_revoked(&owner).await && is_revoked(&tablet).await);
    assert!(!is_revoked(&phone).await && !is_revoked(&mia).await);
    assert_eq!(world.smh.inside().live.len(), 2, "the phone's and mia's tokens live");
    let none = phone.service.revoke_others(RevocationKind::SignOut).await.unwrap();
    assert_eq!(none.receipts, [], "once is enough");
    world.handle.service().verify_audit(None).await.unwrap();
}

#[tokio::test]
async fn a_person_is_revoked_as_a_whole_by_those_who_manage_alone() {
    let world = World::start().await;
    let owner = world.owner().await;
    let mia = world.someone(&owner, "mia", Role::Member).await;
    let also_mia = world.sign_in("mia", PASSWORD, "mia's tablet").await;
    let account = &mia.reply.account.account_id;
    let refused = mia.service.revoke_account(account, RevocationKind::SignOut).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::NoPermission));
    let receipts =
        owner.service.revoke_account(account, RevocationKind::SignOut).await.unwrap().receipts;
    assert_eq!(receipts.len(), 2);
    assert!(is_revoked(&mia).await && is_revoked(&also_mia).await);
    // An administrator's own device stays: somebody has to see the receipts.
    let own = &owner.reply.account.account_id;
    let receipts = owner.service.revoke_account(own, RevocationKind::SignOut).await.unwrap();
    assert_eq!(receipts.receipts, []);
    assert!(!is_revoked(&owner).await);
    let nobody = albumen_model::AccountId::parse("acc0").unwrap();
    let unknown = owner.service.revoke_account(&nobody, RevocationKind::SignOut).await.unwrap_err();
    assert_eq!(unknown.code(), Some(ErrorCode::AccountNotFound));
}

#[tokio::test]
async fn who_was_signed_out_comes_back_at_once_with_another_key() {
    let world = World::start().await;
    let owner = world.owner().await;
    let phone = world.owner().await;
    owner.service.revoke(&phone.reply.device_id, RevocationKind::SignOut).await.unwrap();
    let again = world
        .stranger()
        .sign_in(&phone.key, OWNER, PASSWORD, ("a phone", "TestOS 1", "0.0.0"))
        .await
        .unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Revoked, "the key is dead for good");
    world.owner().await;
}

#[tokio::test]
async fn a_blocked_device_keeps_the_password_from_enrolling_until_somebody_allows_it() {
    let world = World::start().await;
    let owner = world.owner().await;
    let mia = world.someone(&owner, "mia", Role::Member).await;
    let phone = world.sign_in("mia", PASSWORD, "mia's phone").await;
    let receipt = mia.service.revoke(&phone.reply.device_id, RevocationKind::Block).await.unwrap();
    assert_eq!(receipt.kind, RevocationKind::Block);

    let about = ("another", "TestOS 1", "0.0.0");
    let enrol = async || {
        let key = DeviceKey::generate().unwrap();
        world.stranger().sign_in(&key, "mia", PASSWORD, about).await
    };
    let held = enrol().await.unwrap_err();
    assert_eq!(held.code(), Some(ErrorCode::ApprovalNeeded));
    // Whoever does not know the password learns nothing of it.
    let key = DeviceKey::generate().unwrap();
    let wrong = world.stranger().sign_in(&key, "mia", "a wrong password", about).await.unwrap_err();
    assert_eq!(wrong.code(), Some(ErrorCode::WrongCredentials));
    assert!(!is_revoked(&mia).await, "her other device goes on");
    world.owner().await;

    let id = &phone.reply.device_id;
    let refused = mia.service.allow_again(id).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::NoPermission), "not by herself");
    owner.service.allow_again(id).await.unwrap();
    enrol().await.unwrap();
    let dead = world.stranger().sign_in(&phone.key, "mia", PASSWORD, about).await.unwrap_err();
    assert_eq!(dead.kind(), ErrorKind::Revoked, "the blocked key stays refused");
    let acts: Vec<_> = world.handle.service().audit_entries(0, 100).await.unwrap();
    let acts: Vec<_> = acts.iter().map(|entry| entry.act.as_str()).collect();
    assert!(acts.contains(&"device_blocked") && acts.contains(&"sign_in_allowed"), "{acts:?}");
}

#[tokio::test]
async fn a_device_does_not_block_itself() {
    let world = World::start().await;
    let owner = world.owner().await;
    for kind in [RevocationKind::Block, RevocationKind::RemoveCopies] {
        let refused = owner.service.revoke(&owner.reply.device_id, kind).await.unwrap_err();
        assert_eq!(refused.code(), Some(ErrorCode::ParamInvalid), "{kind:?}");
    }
    owner.service.sign_out().await.unwrap();
    assert!(is_revoked(&owner).await);
}

#[tokio::test]
async fn a_revoked_device_learns_why_and_says_what_it_did_and_nothing_else() {
    let world = World::start().await;
    let owner = world.owner().await;
    let phone = world.owner().await;
    assert_eq!(phone.service.own_revocation().await.unwrap(), None);
    let id = &phone.reply.device_id;
    let receipt = owner.service.revoke(id, RevocationKind::RemoveCopies).await.unwrap();
    assert_eq!(receipt.copies, None);
    let told = phone.service.own_revocation().await.unwrap().unwrap();
    assert_eq!(
        (told.kind, told.requested_at),
        (RevocationKind::RemoveCopies, receipt.requested_at)
    );
    let did = CopiesRemoved { files: 7, bytes: 700, kept: 2 };
    phone.service.told_copies(did).await.unwrap();
    phone.service.told_copies(CopiesRemoved::default()).await.unwrap();
    let receipt = owner.service.receipt(id).await.unwrap();
    assert_eq!(receipt.copies, Some(did), "the first word counts");
    assert!(is_revoked(&phone).await);
    for refused in [
        phone.service.devices().await.map(drop).unwrap_err(),
        phone.service.revoke_others(RevocationKind::SignOut).await.map(drop).unwrap_err(),
        phone.service.receipt(id).await.map(drop).unwrap_err(),
    ] {
        assert_eq!(refused.kind(), ErrorKind::Revoked);
    }
    // One that was not asked to say anything is not believed.
    let tablet = world.owner().await;
    let id = &tablet.reply.device_id;
    owner.service.revoke(id, RevocationKind::SignOut).await.unwrap();
    tablet.service.told_copies(did).await.unwrap();
    assert_eq!(owner.service.receipt(id).await.unwrap().copies, None);
}

#[tokio::test]
async fn a_mint_of_an_instance_that_is_gone_keeps_no_revocation_open_for_ever() {
    let world = World::start().await;
    let owner = world.owner().await;
    world.library(&owner).await;
    let phone = world.owner().await;
    let id = &phone.reply.device_id;
    let sql = format!("INSERT INTO mint (device_id, began_at) VALUES ('{id}', 1)");
    // The next round of the background work would give up a note that is this old.
    let sql = sql.replace("1)", &format!("{})", 1_800_000_000_000_i64));
    testing::run(&world.database, &sql).await.unwrap();
    let (service, device) = (owner.service.clone(), id.clone());
    let revoking =
        tokio::spawn(async move { service.revoke(&device, RevocationKind::SignOut).await });
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(!revoking.is_finished(), "it may still be at work");
    // The answer does not wait for all of it; the receipt is closed behind it.
    revoking.await.unwrap().unwrap();
    let mut looks = 0;
    while owner.service.receipt(id).await.unwrap().confirmed_at.is_none() {
        assert!(looks < 200, "it stays open");
        looks += 1;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let left = testing::number(&world.database, "SELECT count(*) FROM mint").await;
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_device_hears_of_a_revocation_by_another_instance() {
    let world = World::start().await;
    if server(&world.database).is_none() {
        // A file has one instance.
        return;
    }
    let owner = world.owner().await;
    let phone = world.owner().await;
    let second = world.second().await;
    let there = format!("http://{}", second.local_addr());
    let there = world.device_at(&there, phone.key.clone(), phone.reply.clone());
    let events = there.service.events();
    let heard = tokio::spawn(async move {
        let mut events = std::pin::pin!(events);
        let mut last = None;
        while let Some(event) = events.next().await {
            last = Some(event);
        }
        last
    });
    tokio::time::sleep(Duration::from_millis(500)).await;
    owner.service.revoke(&phone.reply.device_id, RevocationKind::SignOut).await.unwrap();
    let heard = tokio::time::timeout(Duration::from_secs(5), heard).await;
    assert_eq!(heard.expect("within five seconds").unwrap(), Some(AuthEvent::Revoked));
    until("and nothing else of it is left", async || is_revoked(&there).await).await;
    second.shutdown().await;
}
