//! The audit log for those who manage: filtered, exported, checked without any secret, cut only
//! against an export.

use albumen_client::{ExportError, check_export, check_head};
use albumen_db::testing;
use albumen_model::{
    ErrorCode,
    auth::{AuditFilter, Role},
};

use crate::kit::{Device, World, server};

async fn world() -> (World, Device, Device) {
    let world = World::start().await;
    let owner = world.owner().await;
    world.library(&owner).await;
    let mia = world.someone(&owner, "mia", Role::Member).await;
    (world, owner, mia)
}

async fn exported(device: &Device) -> String {
    let mut text = String::new();
    let end = device
        .service
        .export_audit(|line| {
            text.push_str(line);
            Ok::<_, albumen_client::Error>(())
        })
        .await
        .unwrap();
    text + &serde_json::to_string(&end).unwrap() + "\n"
}

#[tokio::test]
async fn only_those_who_manage_read_it_and_they_find_what_they_look_for() {
    let (world, owner, mia) = world().await;
    let all = AuditFilter::default();
    let refused = mia.service.audit(&all).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::NoPermission));
    assert!(mia.service.check_audit().await.is_err());
    let entries = owner.service.audit(&all).await.unwrap().entries;
    assert_eq!(entries[0].act, "owner_made");
    let (now, last) = (entries[0].at, entries.len());
    let (owner_id, mia_id) = (&owner.reply.account.account_id, &mia.reply.account.account_id);
    let act = |act: &str| AuditFilter { act: Some(act.to_owned()), ..all.clone() };
    let of = |id: &str| AuditFilter { account: Some(id.to_owned()), ..all.clone() };
    for (what, wanted, count) in [
        ("an act", act("library_made"), 1),
        ("an act that never was", act("nothing & more=1"), 0),
        ("a person", of(mia_id.as_str()), 1),
        ("behind a number", AuditFilter { after: 2, ..all.clone() }, last - 2),
        ("a page", AuditFilter { limit: 2, ..all.clone() }, 2),
        ("before it began", AuditFilter { until: Some(now), ..all.clone() }, 0),
        ("since it began", AuditFilter { from: Some(now), ..all.clone() }, last),
    ] {
        let found = owner.service.audit(&wanted).await.unwrap().entries;
        assert_eq!(found.len(), count, "{what}: {found:?}");
    }
    let own = owner.service.audit(&of(owner_id.as_str())).await.unwrap().entries;
    assert!(own.len() > 2 && own.iter().all(|entry| entry.account == owner_id.as_str()));
    drop(world);
}

#[tokio::test]
async fn an_export_is_checked_without_a_secret_and_a_hand_in_it_shows() {
    let (world, owner, _) = world().await;
    let check = owner.service.check_audit().await.unwrap();
    let key = check.head.as_ref().unwrap().public_key.clone();
    check_head(check.head.as_ref().unwrap(), Some(&key)).unwrap();
    let export = exported(&owner).await;
    let end = check_export(&export, Some(&key)).unwrap();
    assert_eq!(end.first, 1);
    check_export(&export, None).unwrap();
    let forged = export.replacen("library_made", "library_lost", 1);
    assert_eq!(check_export(&forged, Some(&key)), Err(ExportError::Changed));
    // The key outlives a restart: it comes from the seal key.
    let world = world.restart().await;
    let owner = world.device(owner.key, owner.reply);
    let again = owner.service.check_audit().await.unwrap().head.unwrap();
    assert_eq!(again.public_key, key);
}

#[tokio::test]
async fn the_log_is_cut_only_against_an_export_and_goes_on_from_there() {
    let (world, owner, mia) = world().await;
    let export = exported(&owner).await;
    let end = check_export(&export, None).unwrap();
    assert!(mia.service.cut_audit(&end).await.is_err());
    let mut forged = end.clone();
    forged.head.entry += 1;
    let mut unsigned = owner.service.check_audit().await.unwrap().head.unwrap();
    unsigned.lines = end.head.lines.clone();
    let without = albumen_model::auth::ExportEnd { first: 1, head: unsigned };
    for wrong in [forged, without] {
        let refused = owner.service.cut_audit(&wrong).await.unwrap_err();
        assert_eq!(refused.code(), Some(ErrorCode::ParamInvalid));
    }
    let check = owner.service.cut_audit(&end).await.unwrap();
    assert_eq!(check.tampered_at, None, "{check:?}");
    let left = owner.service.audit(&AuditFilter::default()).await.unwrap().entries;
    assert_eq!(left.len(), 1, "the cut itself is told: {left:?}");
    assert_eq!((left[0].entry, left[0].act.as_str()), (end.head.entry + 1, "audit_cut"));
    // Twice is nothing, and what follows is chained to what was cut.
    assert!(owner.service.cut_audit(&end).await.is_err());
    let next = exported(&owner).await;
    assert_eq!(check_export(&next, None).unwrap().first, end.head.entry + 1);
    world.handle.service().verify_audit(None).await.unwrap();
}

#[tokio::test]
async fn a_cut_that_nobody_signed_is_found_and_other_entries_stay() {
    let (world, owner, _) = world().await;
    let hand = async |sql: &str| testing::run(&world.database, sql).await;
    assert!(hand("DELETE FROM audit WHERE entry = 1").await.is_err(), "not even by mistake");
    let blob = if server(&world.database).is_some() { "'\\x00'" } else { "x'00'" };
    hand(&format!("INSERT INTO audit_checkpoint VALUES (2, {blob}, '{{}}')")).await.unwrap();
    hand("DELETE FROM audit WHERE entry <= 2").await.unwrap();
    assert!(hand("DELETE FROM audit WHERE entry = 3").await.is_err(), "only what is behind it");
    assert!(hand("DELETE FROM audit_checkpoint").await.is_err());
    assert!(hand("UPDATE audit_checkpoint SET entry = 9").await.is_err());
    let check = owner.service.check_audit().await.unwrap();
    assert!(check.tampered_at.is_some() && check.head.is_none(), "{check:?}");
    let refused = owner.service.export_audit(|_| Ok::<_, albumen_client::Error>(())).await;
    assert!(refused.is_err(), "nothing is signed that does not fit");
}
