//! A desk for stories: a folder, a profile, a cloud, and engines that come and go over them.

use std::{
    fs,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use albumen_media::digest::Crc64Digest;
use albumen_model::{LibraryId, NodeName, SpaceId};
use albumen_sync::{
    CrashPoint, CrashSeam, Engine, EngineConfig, Limits, MappingId, NewMapping, SyncReport, Target,
    no_crash,
    watch::{PollWatcher, Watcher},
};
use tokio::task::JoinHandle;

use crate::cloud::{MemoryCloud, MemoryClouds};

/// Real rules, short waits.
pub(crate) fn quick() -> Limits {
    Limits {
        settle: Duration::from_millis(40),
        settled_age: Duration::from_millis(30),
        retry_base: Duration::from_millis(4),
        retry_cap: Duration::from_millis(20),
        breaker_base: Duration::from_millis(20),
        breaker_cap: Duration::from_millis(60),
        debounce: Duration::from_millis(40),
        debounce_max: Duration::from_millis(400),
        ..Limits::default()
    }
}

pub(crate) struct Desk {
    pub(crate) folder: tempfile::TempDir,
    home: tempfile::TempDir,
    pub(crate) cloud: Arc<MemoryCloud>,
    pub(crate) limits: Limits,
    pub(crate) watcher: Arc<dyn Watcher>,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            home: tempfile::tempdir().unwrap(),
            cloud: Arc::default(),
            limits: quick(),
            watcher: Arc::new(PollWatcher),
        }
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.home.path().join("journal.db")
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub(crate) fn write(&self, path: &str, content: &[u8]) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Lets every file so far come to rest, so that it is read at once.
    pub(crate) fn rest(&self) {
        std::thread::sleep(self.limits.settled_age + Duration::from_millis(15));
    }

    pub(crate) fn config(&self, crash: CrashSeam) -> EngineConfig {
        let mut config = EngineConfig::new(self.journal(), "Anna's PC".to_owned());
        config.limits = self.limits.clone();
        config.watcher = Arc::clone(&self.watcher);
        config.crash = crash;
        config
    }

    pub(crate) fn engine(&self) -> Engine {
        self.engine_with(no_crash())
    }

    pub(crate) fn engine_with(&self, crash: CrashSeam) -> Engine {
        let clouds = Arc::new(MemoryClouds(Arc::clone(&self.cloud)));
        // An engine dropped a moment ago may still be closing its files.
        let begun = Instant::now();
        loop {
            match Engine::open(self.config(crash.clone()), clouds.clone()) {
                Ok(engine) => return engine,
                Err(albumen_sync::Error::InUse(_)) if begun.elapsed() < Duration::from_secs(5) => {
                    std::thread::sleep(Duration::from_millis(5));
                }
                Err(error) => panic!("{error:?}"),
            }
        }
    }

    pub(crate) fn bound(&self, target: Target) -> NewMapping {
        NewMapping {
            folder: self.folder.path().to_owned(),
            library: LibraryId::parse("smh1").unwrap(),
            space: SpaceId::parse("space1").unwrap(),
            space_name: "Family".to_owned(),
            target,
            nested: false,
        }
    }

    pub(crate) async fn map(&self, engine: &Engine, target: Target) -> MappingId {
        engine.add_mapping(self.bound(target)).await.unwrap().id
    }

    /// The folder mapped to the album "All" and synced, by an engine that comes to a sudden end at
    /// the n-th passing of a point.
    pub(crate) async fn ends_at(&self, point: CrashPoint, nth: u32) -> MappingId {
        let (seam, passed) = stop_at(point, nth);
        let engine = self.engine_with(seam);
        let id = self.map(&engine, album("All")).await;
        let once = {
            let (engine, id) = (engine.clone(), id.clone());
            tokio::spawn(async move { engine.sync_once(&id).await })
        };
        until(&format!("{point:?} is passed"), || *passed.lock().unwrap() >= nth).await;
        // What was already on its way to the cloud arrives; what waits at the point does not go on.
        tokio::time::sleep(Duration::from_millis(50)).await;
        once.abort();
        let _ = once.await;
        id
    }

    /// An engine that has mapped the folder and synced it once.
    pub(crate) async fn synced(&self, target: Target) -> (Engine, MappingId, SyncReport) {
        let engine = self.engine();
        let id = self.map(&engine, target).await;
        let report = engine.sync_once(&id).await.unwrap();
        (engine, id, report)
    }

    /// What the cloud must hold of a local file.
    pub(crate) fn is_there(&self, local: &str, remote: &str) {
        let content = fs::read(self.path(local)).unwrap();
        let files = self.cloud.files();
        let there = files.get(remote).unwrap_or_else(|| panic!("{remote} is not in {files:?}"));
        assert_eq!(
            (there.size, there.crc64),
            (content.len() as u64, Crc64Digest::of(&content)),
            "{remote}"
        );
    }
}

pub(crate) fn album(name: &str) -> Target {
    Target::Album(NodeName::parse(name).unwrap())
}

/// Files, verified, pending, skipped, failed.
pub(crate) fn buckets(report: &SyncReport) -> (u64, u64, u64, u64, u64) {
    (report.files, report.verified, report.pending, report.skipped, report.failed)
}

/// Content that differs from file to file.
pub(crate) fn content(seed: usize, len: usize) -> Vec<u8> {
    let mut state = seed as u64 ^ 0x9e37_79b9_7f4a_7c15;
    let mut bytes = Vec::with_capacity(len);
    while bytes.len() < len {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(len);
    bytes
}

/// Stands still at the n-th passing of a point, and tells.
fn stop_at(point: CrashPoint, nth: u32) -> (CrashSeam, Arc<Mutex<u32>>) {
    let passed = Arc::new(Mutex::new(0));
    let counter = Arc::clone(&passed);
    let seam: CrashSeam = Arc::new(move |at| {
        let mut passed = counter.lock().unwrap();
        if at != point {
            return *passed >= nth;
        }
        *passed += 1;
        *passed >= nth
    });
    (seam, passed)
}

/// Runs an engine in the background until dropped.
pub(crate) struct Running(JoinHandle<()>);

pub(crate) fn run(engine: &Engine) -> Running {
    let engine = engine.clone();
    Running(tokio::spawn(async move { engine.run().await.unwrap() }))
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Waits until something is so.
pub(crate) async fn until(what: &str, mut so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < Duration::from_secs(15), "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
