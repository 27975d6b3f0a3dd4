//! A library gets another secret: the old one ends, tokens are made anew, and the order survives
//! outages and restarts.

use albumen_model::{
    ErrorCode, LibrarySecret, UserId,
    auth::{Role, TokenPurpose},
};

use crate::kit::{World, smh::LIBRARY_SECRET, until, wanting};

#[tokio::test]
async fn a_rotation_ends_the_old_secret_and_every_token_made_with_it() {
    let world = World::start().await;
    let owner = world.owner().await;
    let place = world.library(&owner).await;
    let mia = world.someone(&owner, "mia", Role::Member).await;
    let wanted = wanting(&place, TokenPurpose::Backup);
    mia.service.token(&wanted).await.unwrap();
    let refused = mia.service.rotate_secret(&place.0).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::NoPermission));

    let receipt = owner.service.rotate_secret(&place.0).await.unwrap();
    assert!(receipt.executed_at.is_some() && receipt.confirmed_at.is_some(), "{receipt:?}");
    assert_eq!(receipt.tokens_deleted, 1);
    assert!(world.smh.inside().live.is_empty());
    assert_ne!(world.smh.inside().secret, LIBRARY_SECRET);
    let fresh = mia.service.token(&wanted).await.unwrap();
    assert_eq!(world.smh.inside().live.len(), 1, "a token of the new secret");
    assert!(world.smh.inside().live.contains_key(fresh.access_token.expose()));
    assert_eq!(owner.service.rotation(&place.0).await.unwrap(), receipt);
    // The old secret opens nothing any more.
    let backend = albumen_client::HostingBackend::new(world.http.clone(), &world.smh.url());
    let (old, user) = (LibrarySecret::new(LIBRARY_SECRET), UserId::parse("u").unwrap());
    let client = &mia.reply.client_id;
    let dead = backend.unwrap().delete_tokens_of(&place.0, &old, &user, client).await.unwrap_err();
    assert_eq!(dead.code(), Some(ErrorCode::WrongLibraryIdOrSecret));
    let entries = world.handle.service().audit_entries(0, 100).await.unwrap();
    let acts: Vec<_> = entries.iter().map(|entry| entry.act.as_str()).collect();
    for act in ["rotation_asked", "secret_rotated", "rotation_confirmed"] {
        assert!(acts.contains(&act), "{act}: {acts:?}");
    }
}

#[tokio::test]
async fn a_rotation_is_carried_on_after_an_outage_and_a_restart() {
    let world = World::start().await;
    let owner = world.owner().await;
    let place = world.library(&owner).await;
    let wanted = wanting(&place, TokenPurpose::Browse);
    owner.service.token(&wanted).await.unwrap();
    world.smh.inside().down = true;
    let open = owner.service.rotate_secret(&place.0).await.unwrap();
    assert_eq!((open.executed_at, open.confirmed_at), (None, None));
    let world = world.restart().await;
    let owner = world.device(owner.key, owner.reply);
    world.smh.inside().down = false;
    until("the rotation is confirmed", async || {
        owner.service.rotation(&place.0).await.unwrap().confirmed_at.is_some()
    })
    .await;
    assert!(world.smh.inside().live.is_empty());
    owner.service.token(&wanted).await.unwrap();
}

#[tokio::test]
async fn a_secret_that_was_lost_on_its_way_is_made_once_more() {
    let world = World::start().await;
    let owner = world.owner().await;
    let place = world.library(&owner).await;
    // As after a crash between the library service's answer and the seal.
    world.smh.inside().secret = "a secret that nobody kept".to_owned();
    let wanted = wanting(&place, TokenPurpose::Browse);
    owner.service.token(&wanted).await.unwrap_err();
    let receipt = owner.service.rotate_secret(&place.0).await.unwrap();
    assert!(receipt.confirmed_at.is_some());
    owner.service.token(&wanted).await.unwrap();
}
