//! A device that is killed again and again while it syncs: whatever the moment, the next start goes
//! on, and in the end every file is in the media library, whole and once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use reqwest::Method;
use serde_json::Value;

use crate::device::Running;
use crate::programs::peer;
use crate::smh::{Smh, http, send};
use crate::world::{Front, Services};
use crate::{Device, World, photos};

/// Held back each way, so that a moment is as likely between two steps of an upload as within one.
const DELAY: Duration = Duration::from_millis(2);
/// The latest moment that is chosen by the clock: start, scan and first uploads are before it.
const LATEST_MS: u64 = 1500;
/// A moment that is chosen by progress comes a little later than the progress.
const LATER_MS: u64 = 25;
/// A moment that does not come by itself comes now.
const PATIENCE: Duration = Duration::from_secs(20);
/// Files that are put beside the others when all is done before the last blow.
const MORE_FILES: usize = 25;
/// What a look at a collection that is complete may send to the object store.
const LOOK_BYTES_MAX: u64 = 10_000;
/// Uploads that a device has under way at most.
const UNDER_WAY_MAX: usize = 16;
/// The album that everything goes to.
const ALBUM: &str = "Blows";

/// What a device has to stand.
#[derive(Clone, Copy, Debug)]
pub struct Blows {
    /// Files to sync.
    pub files: usize,
    /// Times that it is killed.
    pub kills: usize,
    /// Decides over the moments: the same seed chooses the same ones.
    pub seed: u64,
}

/// A seed that nobody has seen before, or the one in `ALBUMEN_SEED`.
pub fn seed() -> u64 {
    let given = std::env::var("ALBUMEN_SEED").ok().and_then(|seed| seed.parse().ok());
    given.unwrap_or_else(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::from(now.subsec_nanos())
    })
}

/// Where a blow fell.
#[derive(Clone, Copy, Debug)]
pub struct Blow {
    /// The moment that was chosen.
    pub moment: Moment,
    /// Bytes that this start had sent to the library service by then.
    pub asked: u64,
    /// Bytes that it had sent to the object store.
    pub stored: u64,
}

/// What is left to tell when all is as it must be.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Where the blows fell.
    pub fell: Vec<Blow>,
    /// Objects that were sent and never confirmed: part of no file, to be swept by the service.
    pub forgotten: usize,
}

/// Kills `albumen sync --once` so often, and then holds what there is against what must be.
///
/// # Panics
/// When something is missing, different or there twice.
pub async fn a_device_survives(blows: Blows) -> Outcome {
    let mut world = World::new();
    let (services, front) = world.serve_behind_proxies().await;
    for proxy in [&front.hosting, &front.tokens, &front.store] {
        proxy.set_delay(DELAY);
    }
    let device = world.device("anna");
    device.set_up(&services, ALBUM);
    let bytes = fill(&device, 0..blows.files);
    let share = bytes / u64::try_from(blows.kills.max(1) + 1).expect("few kills");
    let (files, fell) = strike(&device, &front, blows, share);

    let report = device.sync_all();
    assert_eq!(report.files, files as u64, "{blows:?}: {report:?}");
    let before = front.store.counts().up;
    assert_eq!(device.sync_all().files, files as u64, "{blows:?}");
    let sent = front.store.counts().up - before;
    assert!(sent < LOOK_BYTES_MAX, "{blows:?}: {sent} bytes were sent though all was there");

    let keys = holds_the_same(&Smh::admin(&services).await, device.folder(), blows).await;
    let objects = objects(&services, &world);
    assert_eq!((keys.len(), objects.intersection(&keys).count()), (files, files), "{blows:?}");
    // What was sent and never confirmed: an upload whose session the device lost sight of. The
    // service forgets it by itself; a device has only so many under way.
    let forgotten = objects.len() - files;
    assert!(forgotten <= blows.kills * UNDER_WAY_MAX, "{blows:?}: {forgotten} forgotten objects");
    Outcome { fell, forgotten }
}

/// The blows; returns how many files there are after them, and where they fell.
fn strike(device: &Device, front: &Front, blows: Blows, share: u64) -> (usize, Vec<Blow>) {
    let mut moments = Moments { state: blows.seed };
    let (mut files, mut fell) = (blows.files, Vec::new());
    while fell.len() < blows.kills {
        let moment = moments.next(share);
        let before = (front.hosting.counts().up, front.store.counts().up);
        let mut running = device.begin_sync();
        if moment.comes(front, &mut running) {
            running.kill();
            let asked = front.hosting.counts().up - before.0;
            fell.push(Blow { moment, asked, stored: front.store.counts().up - before.1 });
        } else {
            // It was quicker than the blow, so all must be there; something new to do for the next.
            let report = running.end().is(0).report();
            assert_eq!((report.files, report.verified), (files as u64, files as u64), "{blows:?}");
            fill(device, files..files + MORE_FILES);
            files += MORE_FILES;
        }
    }
    (files, fell)
}

/// Photographs of different sizes, none like another; returns their bytes.
fn fill(device: &Device, numbers: std::ops::Range<usize>) -> u64 {
    let photo = |number: usize| {
        let number = u32::try_from(number).expect("few files");
        let width = 160 + number * 37 % 320;
        let photo = photos::make(number, width, 240);
        device.write(&format!("IMG_{number:05}.jpg"), &photo);
        photo.len() as u64
    };
    numbers.map(photo).sum()
}

/// When to kill.
#[derive(Clone, Copy, Debug)]
pub enum Moment {
    /// So long after the start.
    After(Duration),
    /// When so many bytes have gone to the object store, and then so long.
    Stored(u64, Duration),
    /// When so many bytes have gone to the library service, and then so long.
    Asked(u64, Duration),
}

/// A sequence of moments (splitmix64).
struct Moments {
    state: u64,
}

impl Moments {
    fn below(&mut self, end: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ mixed >> 31) % end.max(1)
    }

    /// `share`: bytes that one of them should let through at most, so that there is work for all.
    fn next(&mut self, share: u64) -> Moment {
        let kind = self.below(3);
        let later = Duration::from_millis(self.below(LATER_MS));
        match kind {
            0 => Moment::After(Duration::from_millis(self.below(LATEST_MS))),
            1 => Moment::Stored(self.below(share), later),
            // Requests are small: a begin and a confirm are about two kilobytes.
            _ => Moment::Asked(self.below(40_000), later),
        }
    }
}

impl Moment {
    /// Waits for it; false when the program ended before.
    fn comes(self, front: &Front, running: &mut Running) -> bool {
        let start = Instant::now();
        let (stored, asked) = (front.store.counts().up, front.hosting.counts().up);
        let is_now = || match self {
            Self::After(time) => start.elapsed() >= time,
            Self::Stored(bytes, _) => front.store.counts().up - stored >= bytes,
            Self::Asked(bytes, _) => front.hosting.counts().up - asked >= bytes,
        };
        while !is_now() && start.elapsed() < PATIENCE {
            if running.is_over() {
                return false;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        if let Self::Stored(_, later) | Self::Asked(_, later) = self {
            std::thread::sleep(later);
        }
        !running.is_over()
    }
}

/// The album has the folder's names, each once, and the bytes of each; also the check value that
/// the service tells is that of the local file. Returns the object that each file lies in.
async fn holds_the_same(smh: &Smh, folder: &Path, blows: Blows) -> BTreeSet<String> {
    let mut local = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("our own folder can be read") {
        let path = entry.expect("our own folder can be read").path();
        if path.is_file() {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            local.insert(name, std::fs::read(path).expect("our own file can be read"));
        }
    }
    let listed = list(smh).await;
    let names: Vec<&String> = listed.iter().map(|(name, _)| name).collect();
    assert_eq!(names, local.keys().collect::<Vec<_>>(), "{blows:?}");
    let (http, mut keys) = (http(), BTreeSet::new());
    for (name, crc64) in &listed {
        let bytes = &local[name];
        let expected = crc_fast::checksum(crc_fast::CrcAlgorithm::Crc64Xz, bytes);
        assert_eq!(*crc64, expected.to_string(), "{blows:?}: {name}");
        let reply = smh.ask(Method::GET, "file", &format!("{ALBUM}/{name}")).await.is(302);
        let url = reply.location.expect("a redirect says where to");
        let response = http.get(&url).send().await.expect("the store answers");
        let stored = response.bytes().await.expect("the content comes whole");
        assert!(stored == *bytes, "{blows:?}: the store holds other bytes: {name}");
        keys.insert(object_key(&url));
    }
    keys
}

/// `{bucket}/{key}` in a signed URL.
fn object_key(url: &str) -> String {
    let path = url.splitn(4, '/').nth(3).expect("a URL has a path");
    path.split('?').next().unwrap_or_default().to_owned()
}

/// Every name with its check value, sorted; a name that is there twice is in it twice.
async fn list(smh: &Smh) -> Vec<(String, String)> {
    let mut listed = Vec::new();
    let mut marker: Option<String> = None;
    loop {
        let page = smh.request(Method::GET, "directory", &format!("{ALBUM}?by-marker=1&limit=200"));
        let page = send(page.query(&marker.map(|marker| [("marker", marker)]))).await.is(200).json;
        for row in page["contents"].as_array().expect("a list has contents") {
            let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
            listed.push((text("name"), text("crc64")));
        }
        marker = page["nextMarker"].as_str().map(str::to_owned);
        if marker.is_none() {
            break;
        }
    }
    listed.sort();
    listed
}

/// `{bucket}/{key}` of every object that a tool of others sees in the bucket.
fn objects(services: &Services, world: &World) -> BTreeSet<String> {
    let mut s5cmd = Command::new(peer("s5cmd"));
    s5cmd.args(["--endpoint-url", &services.store, "--json", "ls"]);
    s5cmd.arg(format!("s3://{}/*", services.bucket));
    s5cmd.env("AWS_ACCESS_KEY_ID", &services.access_key_id);
    s5cmd.env("AWS_SECRET_ACCESS_KEY", &services.secret_access_key);
    s5cmd.env("AWS_REGION", "us-east-1").env("HOME", world.root()).env("NO_PROXY", "127.0.0.1");
    let output = s5cmd.output().expect("s5cmd starts");
    assert!(output.status.success(), "{output:?}");
    let key = |line: &str| {
        let row: Value = serde_json::from_str(line).expect("s5cmd prints JSON");
        let key = row["key"].as_str().expect("each row has a key");
        key.trim_start_matches("s3://").to_owned()
    };
    String::from_utf8_lossy(&output.stdout).lines().map(key).collect()
}
