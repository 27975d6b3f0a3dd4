//! A device of which nothing was heard for days is told once, and shown as long as it lasts.

use std::{pin::pin, time::Duration};

use albumen_model::{
    DeviceId,
    auth::{AuthEvent, DeviceRecord, DeviceReport, Role},
};
use futures::StreamExt;

use crate::kit::{Device, World, until};

const DAY: Duration = Duration::from_secs(86_400);

#[tokio::test]
async fn three_days_of_silence_are_told_once_and_shown() {
    let world = World::start().await;
    let owner = world.owner().await;
    let mia = world.someone(&owner, "mia", Role::Member).await;
    mia.service.me().await.unwrap();
    let silent = async || {
        let devices = owner.service.devices().await.unwrap().devices;
        let silent = devices.into_iter().filter(|one| one.silent_since.is_some());
        silent.map(|one| one.device_id).collect::<Vec<_>>()
    };
    world.clock.advance(3 * DAY - Duration::from_secs(1));
    assert_eq!(silent().await, []);
    let events = owner.service.events();
    let heard = tokio::spawn(async move {
        let mut events = pin!(events);
        let mut told = Vec::new();
        while let Ok(Some(event)) =
            tokio::time::timeout(Duration::from_secs(2), events.next()).await
        {
            if let AuthEvent::DeviceSilent { device_id, .. } = event {
                told.push(device_id);
            }
        }
        told
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    world.clock.advance(Duration::from_secs(2));
    let phone = mia.reply.device_id.clone();
    until("it is shown", async || silent().await == [phone.clone()]).await;
    assert_eq!(heard.await.unwrap(), [phone], "told, and once");
    mia.service.me().await.unwrap();
    assert_eq!(silent().await, [], "heard of again");
}

/// What a device says that keeps folders.
fn report(mappings: u32, synced_seconds_ago: Option<u64>) -> DeviceReport {
    let (os, app_version) = ("TestOS".to_owned(), "0.1.0".to_owned());
    DeviceReport { os, app_version, mappings, pending: 3, synced_seconds_ago }
}

async fn shown(owner: &Device, id: &DeviceId) -> DeviceRecord {
    let devices = owner.service.devices().await.unwrap().devices;
    devices.into_iter().find(|one| one.device_id == *id).unwrap()
}

/// A day on which the device is heard of and tells this.
async fn a_day(world: &World, device: &Device, report: &DeviceReport) {
    world.clock.advance(DAY);
    device.service.report(report).await.unwrap();
}

#[tokio::test]
async fn a_device_that_talks_and_keeps_nothing_safe_is_silent() {
    let world = World::start().await;
    let owner = world.owner().await;
    let stuck = world.someone(&owner, "mia", Role::Member).await;
    let id = stuck.reply.device_id.clone();
    stuck.service.report(&report(2, Some(0))).await.unwrap();
    let synced = shown(&owner, &id).await.last_synced_at.expect("it told");
    let heard = tokio::spawn({
        let service = owner.service.clone();
        async move {
            let mut events = pin!(service.events());
            loop {
                if let Some(AuthEvent::DeviceSilent { device_id, since }) = events.next().await {
                    return (device_id, since);
                }
            }
        }
    });
    for age in [1, 2] {
        a_day(&world, &stuck, &report(2, Some(age * DAY.as_secs()))).await;
        assert_eq!(shown(&owner, &id).await.silent_since, None, "after {age} days");
    }
    // It is there every day, and says itself that nothing arrives.
    a_day(&world, &stuck, &report(2, Some(3 * DAY.as_secs()))).await;
    let record = shown(&owner, &id).await;
    assert_eq!((record.silent_since, record.last_synced_at), (Some(synced), Some(synced)));
    let told = tokio::time::timeout(Duration::from_secs(5), heard).await;
    assert_eq!(told.expect("it is told").unwrap(), (id.clone(), synced));

    world.clock.advance(Duration::from_secs(60));
    stuck.service.report(&report(2, Some(0))).await.unwrap();
    let record = shown(&owner, &id).await;
    assert_eq!(record.silent_since, None, "something arrived");
    assert!(record.last_synced_at > Some(synced));
}

#[tokio::test]
async fn a_device_without_folders_is_judged_by_when_it_was_seen() {
    let world = World::start().await;
    let owner = world.owner().await;
    let phone = world.someone(&owner, "mia", Role::Member).await;
    let id = phone.reply.device_id.clone();
    for _ in 0..4 {
        a_day(&world, &phone, &report(0, None)).await;
    }
    assert_eq!(shown(&owner, &id).await.silent_since, None, "it is there every day");
    // A folder that is new has three days for its first sync.
    a_day(&world, &phone, &report(1, None)).await;
    let began = shown(&owner, &id).await.reported_at;
    for _ in 0..2 {
        a_day(&world, &phone, &report(1, None)).await;
        assert_eq!(shown(&owner, &id).await.silent_since, None);
    }
    a_day(&world, &phone, &report(1, None)).await;
    assert_eq!(shown(&owner, &id).await.silent_since, began, "and no more");
}
