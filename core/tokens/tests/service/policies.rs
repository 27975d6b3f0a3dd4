//! Policies of spaces: who may see, fill and empty one; what follows at once, what when the library
//! service is back.

use std::{collections::BTreeMap, time::Duration};

use albumen_client::ErrorKind;
use albumen_model::{
    AccountId, ErrorCode, LibraryId, SpaceId,
    auth::{AuthEvent, CreateSpace, MassDelete, Role, SpacePolicy, TokenPurpose, Who},
};
use futures::StreamExt;
use serde_json::json;

use crate::kit::{Device, World, until, wanting};

type Place = (LibraryId, SpaceId);

fn only(account: &Device) -> Who {
    Who { least_role: None, accounts: vec![account.reply.account.account_id.clone()] }
}

async fn set(owner: &Device, place: &Place, policy: &SpacePolicy) {
    let reply = owner.service.set_policy(&place.0, &place.1, policy).await.unwrap();
    assert_eq!(reply.policy, *policy);
}

/// The spaces somebody is shown, by name.
async fn seen(device: &Device) -> Vec<String> {
    let libraries = device.service.libraries().await.unwrap().libraries;
    let spaces = libraries.iter().flat_map(|library| &library.spaces);
    spaces.map(|space| space.name.clone()).collect()
}

#[tokio::test]
async fn who_may_not_read_does_not_learn_that_a_space_is_there() {
    let world = World::start().await;
    let owner = world.owner().await;
    let place = world.library(&owner).await;
    let wish = CreateSpace { name: "Diary".to_owned(), is_multi_album: true };
    let diary = owner.service.create_space(&place.0, &wish).await.unwrap().space_id;
    let diary = (place.0.clone(), diary);
    let mia = world.someone(&owner, "mia", Role::Member).await;
    let ben = world.someone(&owner, "ben", Role::Member).await;
    let ada = world.someone(&owner, "ada", Role::Admin).await;
    set(&owner, &diary, &SpacePolicy { read: only(&mia), ..SpacePolicy::default() }).await;

    assert_eq!(seen(&mia).await, ["Family", "Diary"]);
    assert_eq!(seen(&ben).await, ["Family"]);
    // Who manages finds it, to change who may; what is inside stays closed, and the log would tell.
    assert_eq!(seen(&ada).await, ["Family", "Diary"]);
    let spaces = ada.service.libraries().await.unwrap().libraries.remove(0).spaces;
    assert!(spaces[0].can_read && !spaces[1].can_read && !spaces[1].can_upload);

    mia.service.token(&wanting(&diary, TokenPurpose::Backup)).await.unwrap();
    let nowhere = (place.0.clone(), SpaceId::parse("nowhere").unwrap());
    let missing = ben.service.token(&wanting(&nowhere, TokenPurpose::Browse)).await.unwrap_err();
    for other in [&ben, &ada, &owner] {
        for purpose in TokenPurpose::ALL {
            let hidden = other.service.token(&wanting(&diary, *purpose)).await.unwrap_err();
            assert_eq!(hidden.code(), missing.code(), "{purpose:?}");
            assert_eq!(hidden.code(), Some(ErrorCode::SpaceNotFound));
        }
    }
    for asked in [
        ben.service.policy(&diary.0, &diary.1).await.unwrap_err(),
        ben.service.set_policy(&diary.0, &diary.1, &SpacePolicy::default()).await.unwrap_err(),
        ben.service.policy(&nowhere.0, &nowhere.1).await.unwrap_err(),
    ] {
        assert_eq!(asked.code(), Some(ErrorCode::NoPermission), "the same for what is not there");
    }

    // A library whose spaces are all hidden is hidden with them.
    set(&owner, &place, &SpacePolicy { read: only(&mia), ..SpacePolicy::default() }).await;
    assert!(ben.service.libraries().await.unwrap().libraries.is_empty());
}

#[tokio::test]
async fn a_narrower_policy_ends_exactly_the_tokens_that_had_more() {
    let world = World::start().await;
    let owner = world.owner().await;
    let place = world.library(&owner).await;
    let wish = CreateSpace { name: "Other".to_owned(), is_multi_album: true };
    let other = owner.service.create_space(&place.0, &wish).await.unwrap().space_id;
    let other = (place.0.clone(), other);
    let mia = world.someone(&owner, "mia", Role::Member).await;
    let ben = world.someone(&owner, "ben", Role::Member).await;
    let mut live = BTreeMap::new();
    for (name, device, place, purpose) in [
        ("mia looks", &mia, &place, TokenPurpose::Browse),
        ("mia uploads", &mia, &place, TokenPurpose::Backup),
        ("mia uploads elsewhere", &mia, &other, TokenPurpose::Backup),
        ("ben uploads", &ben, &place, TokenPurpose::Backup),
        ("ben deletes", &ben, &place, TokenPurpose::Organise),
        ("ben syncs", &ben, &place, TokenPurpose::Sync),
        ("ben syncs elsewhere", &ben, &other, TokenPurpose::Sync),
        ("the owner manages", &owner, &place, TokenPurpose::Manage),
    ] {
        let reply = device.service.token(&wanting(place, purpose)).await.unwrap();
        live.insert(name, reply.access_token.expose().to_owned());
    }
    let mut told = Box::pin(mia.service.events());
    let policy = SpacePolicy {
        upload: Who { least_role: Some(Role::Admin), ..only(&ben) },
        delete: Who::from_role(Role::Admin),
        ..SpacePolicy::default()
    };
    set(&owner, &place, &policy).await;
    let lives = |name: &str| world.smh.inside().live.contains_key(&live[name]);
    until("the tokens that had more are deleted", async || {
        !lives("mia uploads") && !lives("ben deletes") && !lives("ben syncs")
    })
    .await;
    let kept = ["mia looks", "mia uploads elsewhere", "ben uploads", "ben syncs elsewhere"];
    for kept in kept.into_iter().chain(["the owner manages"]) {
        assert!(lives(kept), "{kept}");
    }
    let denied = mia.service.token(&wanting(&place, TokenPurpose::Backup)).await.unwrap_err();
    assert_eq!(denied.kind(), ErrorKind::NoPermission);
    mia.service.token(&wanting(&place, TokenPurpose::Browse)).await.unwrap();

    // Connected devices hear of the next change at once, and ask again.
    let asked = tokio::spawn(async move { told.next().await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    set(&owner, &place, &SpacePolicy::default()).await;
    let heard = tokio::time::timeout(Duration::from_secs(5), asked).await.unwrap().unwrap();
    assert_eq!(heard, Some(AuthEvent::PolicyChanged));
    mia.service.token(&wanting(&place, TokenPurpose::Backup)).await.unwrap();
    world.handle.service().verify_audit(None).await.unwrap();
}

#[tokio::test]
async fn a_policy_never_gives_more_than_the_role() {
    let world = World::start().await;
    let owner = world.owner().await;
    let place = world.library(&owner).await;
    let vic = world.someone(&owner, "vic", Role::Viewer).await;
    let all = Who { least_role: Some(Role::Viewer), ..only(&vic) };
    let policy = SpacePolicy {
        read: all.clone(),
        upload: all.clone(),
        delete: all,
        ..SpacePolicy::default()
    };
    set(&owner, &place, &policy).await;
    for purpose in TokenPurpose::ALL.iter().copied().filter(|it| *it != TokenPurpose::Browse) {
        let denied = vic.service.token(&wanting(&place, purpose)).await.unwrap_err();
        assert_eq!(denied.kind(), ErrorKind::NoPermission, "{purpose:?}");
    }
}

#[tokio::test]
async fn a_token_minted_in_a_race_with_a_narrower_policy_is_deleted_before_the_answer() {
    let world = World::start().await;
    let owner = world.owner().await;
    let place = world.library(&owner).await;
    let mia = world.someone(&owner, "mia", Role::Member).await;
    world.smh.inside().hold_mints = true;
    let (service, wanted) = (mia.service.clone(), wanting(&place, TokenPurpose::Backup));
    let minting = tokio::spawn(async move { service.token(&wanted).await });
    world.smh.mint_waits().await;
    world.smh.inside().hold_mints = false;
    let policy = SpacePolicy { upload: Who::from_role(Role::Admin), ..SpacePolicy::default() };
    set(&owner, &place, &policy).await;
    world.smh.open_gate();
    let refused = minting.await.unwrap().unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NoPermission);
    until("the token is deleted", async || world.smh.inside().live.is_empty()).await;
}

#[tokio::test]
async fn quota_and_kinds_reach_the_library_service_also_after_an_outage() {
    let world = World::start().await;
    let owner = world.owner().await;
    let place = world.library(&owner).await;
    let space = place.1.to_string();
    let mut policy = SpacePolicy::default();
    policy.limits.quota_bytes = Some(5_000_000_000);
    policy.limits.kinds.videos = false;
    policy.limits.kinds.extensions = vec![".heic".to_owned(), ".jpg".to_owned()];
    let reply = owner.service.set_policy(&place.0, &place.1, &policy).await.unwrap();
    assert!(reply.is_applied);
    let settled = world.smh.inside().settled.clone();
    let extension = json!({ "allowPhoto": true, "allowVideo": false,
        "allowPhotoExtname": [".heic", ".jpg"], "allowVideoExtname": [".heic", ".jpg"] });
    assert_eq!(settled[0], (format!("space {space}"), extension));
    assert_eq!(world.smh.inside().quotas[&space], "5000000000");
    assert!(world.smh.inside().live.is_empty(), "the service's own token is gone");

    // What only clients have to know is not told to the library service.
    let told = world.smh.inside().settled.len();
    policy.limits.mass_delete = MassDelete { locked: true, ..MassDelete::USUAL };
    let reply = owner.service.set_policy(&place.0, &place.1, &policy).await.unwrap();
    assert!(reply.is_applied);
    assert_eq!(world.smh.inside().settled.len(), told);
    let shown = owner.service.libraries().await.unwrap().libraries[0].spaces[0].limits.clone();
    assert_eq!(shown, policy.limits, "clients are told");

    world.smh.inside().down = true;
    policy.limits.quota_bytes = None;
    let reply = owner.service.set_policy(&place.0, &place.1, &policy).await.unwrap();
    assert!(!reply.is_applied, "and the reply says so");
    world.smh.inside().down = false;
    until("the policy is applied", async || {
        owner.service.policy(&place.0, &place.1).await.unwrap().is_applied
    })
    .await;
    assert_eq!(world.smh.inside().quotas[&space], i64::MAX.to_string(), "no limit any more");
    let entries = world.handle.service().audit_entries(0, 100).await.unwrap();
    let acts = |act: &str| entries.iter().filter(|entry| entry.act == act).count();
    assert_eq!((acts("policy_set"), acts("policy_applied")), (3, 2));
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let world = World::start().await;
    let owner = world.owner().await;
    let place = world.library(&owner).await;
    let refused = async |change: &dyn Fn(&mut SpacePolicy)| {
        let mut policy = SpacePolicy::default();
        change(&mut policy);
        let refused = owner.service.set_policy(&place.0, &place.1, &policy).await.unwrap_err();
        refused.code().unwrap()
    };
    let nobody = AccountId::parse("acc-nobody").unwrap();
    let stranger = refused(&|p| p.read.accounts = vec![nobody.clone()]).await;
    assert_eq!(stranger, ErrorCode::AccountNotFound);
    for code in [
        refused(&|p| p.limits.kinds.extensions = vec!["jpg".to_owned()]).await,
        refused(&|p| p.limits.quota_bytes = Some(u64::MAX)).await,
        refused(&|p| p.limits.mass_delete.guard.percent = 101).await,
    ] {
        assert_eq!(code, ErrorCode::ParamInvalid);
    }
    let policy = owner.service.policy(&place.0, &place.1).await.unwrap();
    assert_eq!(policy.policy, SpacePolicy::default(), "nothing of it was kept");
}
