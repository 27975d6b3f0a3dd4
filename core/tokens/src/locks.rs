//! One lock for each device: mints share it, a revocation has it alone. So a revocation waits for
//! the mints under way, and none begins while it runs.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use albumen_model::DeviceId;
use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};

/// Above this many, locks that nobody holds are thrown away.
const IDLE_MAX: usize = 1024;

#[derive(Default)]
pub(crate) struct DeviceLocks(Mutex<HashMap<DeviceId, Arc<RwLock<()>>>>);

impl DeviceLocks {
    pub(crate) async fn mint(&self, device: &DeviceId) -> OwnedRwLockReadGuard<()> {
        self.of(device).read_owned().await
    }

    pub(crate) async fn revoke(&self, device: &DeviceId) -> OwnedRwLockWriteGuard<()> {
        self.of(device).write_owned().await
    }

    fn of(&self, device: &DeviceId) -> Arc<RwLock<()>> {
        let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if locks.len() > IDLE_MAX {
            locks.retain(|_, lock| Arc::strong_count(lock) > 1);
        }
        Arc::clone(locks.entry(device.clone()).or_default())
    }
}
