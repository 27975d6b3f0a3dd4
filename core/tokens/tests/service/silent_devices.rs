//! A device of which nothing was heard for days is told once, and shown as long as it lasts.

use std::{pin::pin, time::Duration};

use albumen_model::auth::{AuthEvent, Role};
use futures::StreamExt;

use crate::kit::{World, until};

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
