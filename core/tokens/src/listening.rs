//! Which devices listen to this instance, so that it can look for revocations and disabled accounts
//! that another instance wrote down. Owns the count of each; what is told is the notice board's
//! business.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use albumen_model::{DeviceId, auth::AuthEvent};
use tokio_util::sync::CancellationToken;

use crate::{Error, notice::Audience, repository::device, service::Service};

/// How often the database is asked: a device hears within five seconds, wherever it listens.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Places of one device, of which it needs one: connections that broke unnoticed still have theirs.
/// One more ends the oldest, so that no device takes the places of others.
const PLACES_MAX: usize = 4;

/// Those who listen, each by what ends it; the oldest first.
#[derive(Default)]
pub(crate) struct Listening(Mutex<HashMap<DeviceId, VecDeque<Arc<CancellationToken>>>>);

/// Stands for one listener; dropping it takes it off the list.
pub(crate) struct Place {
    list: Arc<Listening>,
    device: DeviceId,
    left: Arc<CancellationToken>,
}

impl Listening {
    pub(crate) fn enter(self: &Arc<Self>, device: &DeviceId) -> Place {
        let left = Arc::new(CancellationToken::new());
        let mut list = self.list();
        let places = list.entry(device.clone()).or_default();
        places.push_back(Arc::clone(&left));
        if places.len() > PLACES_MAX
            && let Some(oldest) = places.pop_front()
        {
            oldest.cancel();
        }
        Place { list: Arc::clone(self), device: device.clone(), left }
    }

    fn devices(&self) -> Vec<DeviceId> {
        self.list().keys().cloned().collect()
    }

    fn list(&self) -> MutexGuard<'_, HashMap<DeviceId, VecDeque<Arc<CancellationToken>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Ends when the device has taken too many places after this one.
    pub(crate) fn left(&self) -> CancellationToken {
        CancellationToken::clone(&self.left)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut list = self.list.list();
        if let Some(places) = list.get_mut(&self.device) {
            places.retain(|place| !Arc::ptr_eq(place, &self.left));
            if places.is_empty() {
                list.remove(&self.device);
            }
        }
    }
}

/// Looks until the service stops. Only instances that share their data need it.
pub(crate) async fn watch(service: Arc<Service>) {
    let stopping = service.stopping.clone();
    let looking = async {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            if let Err(error) = look(&service).await {
                tracing::warn!(%error, "Revocations by other instances could not be looked for");
            }
        }
    };
    stopping.run_until_cancelled(looking).await;
}

async fn look(service: &Service) -> Result<(), Error> {
    let devices = service.listening.devices();
    if devices.is_empty() {
        return Ok(());
    }
    let ended = service.read(move |tx| Ok(device::ended_among(tx, &devices)?)).await?;
    for (device, account, is_revoked) in ended {
        if is_revoked {
            service.notices.tell(Audience::Device(device), AuthEvent::Revoked);
        } else {
            // As the instance that disabled the account tells its own: the stream looks and ends.
            service.notices.tell(Audience::Account(account), AuthEvent::PolicyChanged);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_listens_too_often_leaves_its_oldest_place() {
        let (list, device) = (Arc::new(Listening::default()), DeviceId::parse("d1").unwrap());
        let places: Vec<_> = (0..=PLACES_MAX).map(|_| list.enter(&device)).collect();
        let left: Vec<_> = places.iter().map(|place| place.left().is_cancelled()).collect();
        assert_eq!(left.iter().filter(|left| **left).count(), 1);
        assert!(left[0], "the newest is the one that somebody hears");
        let other = list.enter(&DeviceId::parse("d2").unwrap());
        assert!(!other.left().is_cancelled());
        drop((places, other));
        assert!(list.devices().is_empty());
    }

    #[test]
    fn a_device_listens_until_its_last_place_is_left() {
        let (list, device) = (Arc::new(Listening::default()), DeviceId::parse("d1").unwrap());
        let (first, second) = (list.enter(&device), list.enter(&device));
        drop(first);
        assert_eq!(list.devices(), [device]);
        drop(second);
        assert!(list.devices().is_empty());
    }
}
