//! Revoking a device: at once, for good, and with a receipt that says what is done and what is not.

use std::time::Duration;

use crate::kit::{World, until, wanting};
use albumen_client::{ErrorKind, TokenSource};
use albumen_model::auth::{AuthEvent, RevocationKind, TokenPurpose};
use futures::StreamExt;

#[tokio::test]
async fn a_revoked_device_gets_nothing_and_the_receipt_says_what_ended() {
    let world = World::start().await;
    let owner = world.owner().await;
    let place = world.library(&owner).await;
    let phone = world.owner().await;
    let wanted = wanting(&place, TokenPurpose::Backup);
    phone.service.token(&wanted).await.unwrap();
    let receipt =
        owner.service.revoke(&phone.reply.device_id, RevocationKind::SignOut).await.unwrap();
    assert!(receipt.executed_at.is_some() && receipt.confirmed_at.is_some());
    assert_eq!((receipt.tokens_deleted, receipt.uploads_fenced), (Some(1), Some(3)));
    assert_eq!(receipt.writable_until, None);
    assert!(world.smh.inside().live.is_empty());

    let refused = phone.service.token(&wanted).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Revoked);
    let tokens = TokenSource::new(std::sync::Arc::clone(&phone.service));
    let refused = tokens.access(&place.0, &place.1, TokenPurpose::Browse).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Revoked);

    let again =
        owner.service.revoke(&phone.reply.device_id, RevocationKind::SignOut).await.unwrap();
    assert_eq!(again, receipt, "revoking twice changes nothing");
    let fences = world.smh.inside().fences.clone();
    let account = owner.reply.account.account_id.to_string();
    assert_eq!(fences, [(account, phone.reply.client_id.to_string())]);
    assert!(owner.service.receipt(&owner.reply.device_id).await.is_err(), "not revoked");
}

#[tokio::test]
async fn a_revocation_is_carried_on_after_an_outage_and_a_restart() {
    let world = World::start().await;
    let owner = world.owner().await;
    let place = world.library(&owner).await;
    let phone = world.owner().await;
    phone.service.token(&wanting(&place, TokenPurpose::Backup)).await.unwrap();
    world.smh.inside().down = true;
    let open = owner.service.revoke(&phone.reply.device_id, RevocationKind::SignOut).await.unwrap();
    assert_eq!((open.executed_at, open.confirmed_at), (None, None));
    let refused = phone.service.me().await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Revoked, "durable before it is carried out");

    let world = world.restart().await;
    let owner = world.device(owner.key, owner.reply);
    world.clock.advance(Duration::from_secs(60));
    let still = owner.service.receipt(&phone.reply.device_id).await.unwrap();
    assert_eq!(still, open);
    world.smh.inside().down = false;
    until("the receipt is closed", async || {
        let receipt = owner.service.receipt(&phone.reply.device_id).await.unwrap();
        receipt.confirmed_at.is_some_and(|at| at > receipt.requested_at)
    })
    .await;
    assert!(world.smh.inside().live.is_empty());
    world.handle.service().verify_audit(None).await.unwrap();
}

#[tokio::test]
async fn a_library_service_that_cannot_fence_deletes_tokens_and_the_receipt_says_until_when() {
    let world = World::start().await;
    let owner = world.owner().await;
    let place = world.library(&owner).await;
    let phone = world.owner().await;
    phone.service.token(&wanting(&place, TokenPurpose::Backup)).await.unwrap();
    owner.service.token(&wanting(&place, TokenPurpose::Backup)).await.unwrap();
    world.smh.inside().cannot_fence = true;
    let receipt =
        owner.service.revoke(&phone.reply.device_id, RevocationKind::SignOut).await.unwrap();
    assert!(receipt.confirmed_at.is_some());
    assert_eq!((receipt.tokens_deleted, receipt.uploads_fenced), (None, None), "it does not tell");
    assert_eq!(receipt.writable_until, Some(receipt.requested_at.plus_seconds(7200)));
    assert_eq!(world.smh.inside().live.len(), 1, "the owner's own token lives");
}

#[tokio::test]
async fn a_device_hears_at_once_that_it_is_revoked() {
    let world = World::start().await;
    let owner = world.owner().await;
    let phone = world.owner().await;
    let mut events = Box::pin(phone.service.events());
    let first = tokio::spawn(async move { (events.next().await, events) });
    until("somebody listens", async || {
        owner.service.devices().await.unwrap();
        // Any event proves the connection; renames are the gentlest.
        world.library(&owner).await;
        true
    })
    .await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    owner.service.revoke(&phone.reply.device_id, RevocationKind::SignOut).await.unwrap();
    let heard = async {
        let (mut event, mut events) = first.await.unwrap();
        let mut heard = Vec::new();
        while let Some(next) = event {
            heard.push(next);
            event = events.next().await;
        }
        heard
    };
    let heard = tokio::time::timeout(Duration::from_secs(5), heard).await.unwrap();
    assert_eq!(heard.last(), Some(&AuthEvent::Revoked), "and then the stream ends");
}
