//! What lists show of a device: where and when it was seen, what it reports, what it is called.

use std::time::Duration;

use albumen_model::{
    ErrorCode,
    auth::{AuthEvent, DeviceRecord, DeviceReport, Role},
};
use futures::StreamExt;

use crate::kit::{Device, World};

fn report(mappings: u32, pending: u64) -> DeviceReport {
    let (os, app_version) = ("TestOS 3".into(), "0.2.0".into());
    DeviceReport { os, app_version, mappings, pending, synced_seconds_ago: None }
}

async fn record(asks: &Device, of: &Device) -> DeviceRecord {
    let devices = asks.service.devices().await.unwrap().devices;
    devices.into_iter().find(|device| device.device_id == of.reply.device_id).unwrap()
}

#[tokio::test]
async fn a_device_reports_counts_and_its_version() {
    let world = World::start().await;
    let owner = world.owner().await;
    let phone = world.owner().await;
    let before = record(&owner, &phone).await;
    assert_eq!((before.mappings, before.pending, before.reported_at), (None, None, None));
    let told = phone.service.report(&report(2, 340)).await.unwrap();
    assert_eq!((told.mappings, told.pending), (Some(2), Some(340)));
    let seen = record(&owner, &phone).await;
    assert_eq!((seen.mappings, seen.pending), (Some(2), Some(340)));
    assert_eq!((seen.os.as_str(), seen.app_version.as_str()), ("TestOS 3", "0.2.0"));
    assert_eq!(seen.last_address.as_deref(), Some("127.0.0.1"));
    assert!(seen.last_seen_at.is_some());

    // What comes too fast is dropped, and is no error.
    phone.service.report(&report(2, 339)).await.unwrap();
    assert_eq!(record(&owner, &phone).await.pending, Some(340));
    world.clock.advance(Duration::from_secs(60));
    phone.service.report(&report(3, 0)).await.unwrap();
    let seen = record(&owner, &phone).await;
    assert_eq!((seen.mappings, seen.pending), (Some(3), Some(0)));
    assert_eq!(record(&owner, &owner).await.mappings, None, "of nobody else");
}

#[tokio::test]
async fn a_device_is_renamed_by_its_person_or_by_who_manages() {
    let world = World::start().await;
    let owner = world.owner().await;
    let mia = world.someone(&owner, "mia", Role::Member).await;
    let ben = world.someone(&owner, "ben", Role::Member).await;
    let (id, audit) = (&mia.reply.device_id, world.handle.service());
    let mut events = Box::pin(mia.service.events());
    let heard = tokio::spawn(async move { events.next().await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let named = mia.service.rename_device(id, "  米娅的手机 ").await.unwrap();
    assert_eq!(named.name, "米娅的手机");
    let heard = tokio::time::timeout(Duration::from_secs(5), heard).await.unwrap().unwrap();
    assert_eq!(heard, Some(AuthEvent::DevicesChanged));
    assert_eq!(record(&owner, &mia).await.name, "米娅的手机");
    owner.service.rename_device(id, "phone 2").await.unwrap();

    let stolen = ben.service.rename_device(id, "mine").await.unwrap_err();
    assert_eq!(stolen.code(), Some(ErrorCode::DeviceNotFound));
    for name in ["", " ", "a\nb", &"x".repeat(81)] {
        let refused = mia.service.rename_device(id, name).await.unwrap_err();
        assert_eq!(refused.code(), Some(ErrorCode::ParamInvalid), "{name:?}");
    }
    mia.service.rename_device(id, "phone 2").await.unwrap();
    let entries = audit.audit_entries(0, 100).await.unwrap();
    let renames: Vec<_> = entries.iter().filter(|entry| entry.act == "device_renamed").collect();
    assert_eq!(renames.len(), 2, "a name that stays is no change");
    assert_eq!(renames[1].device, owner.reply.device_id.as_str());
    assert_eq!(renames[1].subject, id.as_str());
}
