//! One lock for each device in this process: who carries out its revocation does so alone. What
//! keeps mints and revocations apart, over every instance, are rows (see [`crate::minting`]).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use albumen_model::DeviceId;
use tokio::sync::OwnedMutexGuard;

/// Above this many, locks that nobody holds are thrown away.
const IDLE_MAX: usize = 1024;

#[derive(Default)]
pub(crate) struct DeviceLocks(Mutex<HashMap<DeviceId, Arc<tokio::sync::Mutex<()>>>>);

impl DeviceLocks {
    pub(crate) async fn alone(&self, device: &DeviceId) -> OwnedMutexGuard<()> {
        self.of(device).lock_owned().await
    }

    fn of(&self, device: &DeviceId) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if locks.len() > IDLE_MAX {
            locks.retain(|_, lock| Arc::strong_count(lock) > 1);
        }
        Arc::clone(locks.entry(device.clone()).or_default())
    }
}
