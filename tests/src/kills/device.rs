//! `albumen sync --once` under blows, beside services that live on.

use std::path::Path;
use std::time::Duration;

use super::held::{holds_the_same, objects};
use super::{ALBUM, Blow, Blows, Moments, Run, Struck, fill, strike};
use crate::device::Running;
use crate::world::Front;
use crate::{Device, Smh, World};

/// Held back each way, so that a moment is as likely between two steps of an upload as within one.
const DELAY: Duration = Duration::from_millis(2);
/// The latest moment that is chosen by the clock.
const LATEST: Duration = Duration::from_millis(1500);
/// What a look at a collection that is complete may send to the object store.
const LOOK_BYTES_MAX: u64 = 10_000;

/// Kills `albumen sync --once` so often, and then holds what there is against what must be. Returns
/// where the blows fell.
///
/// # Panics
/// When something is missing, different, there twice or part of no file.
pub async fn a_device_survives(blows: Blows) -> Vec<Blow> {
    let mut world = World::new();
    let (services, front) = world.serve_behind_proxies().await;
    for proxy in [&front.hosting, &front.tokens, &front.store] {
        proxy.set_delay(DELAY);
    }
    let device = world.device("anna");
    device.set_up(&services, ALBUM);
    let bytes = fill(device.folder(), 0..blows.files);
    let mut syncing = Syncing { device: &device, front: &front, blows };
    let (files, fell) = strike(&mut syncing, blows, bytes, Moments::new(blows.seed, LATEST));

    let report = device.sync_all();
    assert_eq!(report.files, files as u64, "{blows:?}: {report:?}");
    // Without a moment's patience: sessions are ended by the sync itself.
    let there = objects(&services, &world);
    let keys = holds_the_same(&Smh::admin(&services).await, device.folder(), blows).await;
    assert_eq!(keys.len(), files, "{blows:?}: two files share an object");
    assert_eq!(there, keys, "{blows:?}: the bucket holds more than the files");

    let before = front.store.counts().up;
    assert_eq!(device.sync_all().files, files as u64, "{blows:?}");
    let sent = front.store.counts().up - before;
    assert!(sent < LOOK_BYTES_MAX, "{blows:?}: {sent} bytes were sent though all was there");
    fell
}

/// The device with the proxies that count what it sends.
struct Syncing<'a> {
    device: &'a Device,
    front: &'a Front,
    blows: Blows,
}

impl<'a> Struck for Syncing<'a> {
    type Run = Sync<'a>;

    fn begin(&mut self, _files: usize) -> Sync<'a> {
        let sent = sent(self.front);
        Sync { running: self.device.begin_sync(), front: self.front, before: sent }
    }

    fn ended(&mut self, run: Sync<'a>, files: usize) {
        let (report, blows, files) = (run.running.end().is(0).report(), self.blows, files as u64);
        assert_eq!((report.files, report.verified), (files, files), "{blows:?}");
    }

    fn folder(&self) -> &Path {
        self.device.folder()
    }
}

/// One sync.
struct Sync<'a> {
    running: Running,
    front: &'a Front,
    /// Sent when it began: to the library service, to the object store.
    before: (u64, u64),
}

impl Run for Sync<'_> {
    fn asked(&self) -> u64 {
        sent(self.front).0 - self.before.0
    }

    fn stored(&self) -> u64 {
        sent(self.front).1 - self.before.1
    }

    fn is_over(&mut self) -> bool {
        self.running.is_over()
    }

    fn kill(self) {
        self.running.kill();
    }
}

fn sent(front: &Front) -> (u64, u64) {
    (front.hosting.counts().up, front.store.counts().up)
}
