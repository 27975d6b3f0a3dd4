//! What FORMAT.md promises: crashes, full disks, cut bodies, and what lies in the folders
//! afterwards.

use std::{
    fs, io,
    path::PathBuf,
    sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    time::Duration,
};

use albumen_model::Crc64;
use bytes::Bytes;
use futures::future;
use tempfile::TempDir;

use super::*;
use crate::{CommitGate, Expected, ManualClock};

/// A disk that can be made to fail.
#[derive(Default)]
struct Faults {
    /// Bytes that still fit; `u64::MAX` means no limit.
    room: AtomicU64,
    free: AtomicU64,
    fails_to_sync: AtomicBool,
    fails_to_sync_dir: AtomicBool,
    fails_to_rename: AtomicBool,
    dir_syncs: AtomicUsize,
}

struct FaultyDisk(Arc<Faults>);

fn failing(flag: &AtomicBool) -> io::Result<()> {
    if flag.load(Ordering::SeqCst) { Err(io::Error::other("fault")) } else { Ok(()) }
}

impl Disk for FaultyDisk {
    fn write(&self, file: &mut fs::File, pieces: &[Bytes]) -> io::Result<()> {
        let wanted = pieces.iter().map(|piece| piece.len() as u64).sum::<u64>();
        let room = self.0.room.load(Ordering::SeqCst);
        if room != u64::MAX {
            self.0.room.store(room.saturating_sub(wanted), Ordering::SeqCst);
        }
        if wanted > room {
            // Half of it was written before the disk was full.
            RealDisk.write(file, &pieces[..pieces.len() / 2])?;
            return Err(io::ErrorKind::StorageFull.into());
        }
        RealDisk.write(file, pieces)
    }

    fn sync(&self, file: &fs::File) -> io::Result<()> {
        failing(&self.0.fails_to_sync)?;
        RealDisk.sync(file)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.0.dir_syncs.fetch_add(1, Ordering::SeqCst);
        failing(&self.0.fails_to_sync_dir)?;
        RealDisk.sync_dir(dir)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        failing(&self.0.fails_to_rename)?;
        RealDisk.rename(from, to)
    }

    fn free_bytes(&self, _: &Path) -> io::Result<u64> {
        Ok(self.0.free.load(Ordering::SeqCst))
    }
}

struct World {
    folder: TempDir,
    faults: Arc<Faults>,
    clock: ManualClock,
}

impl World {
    fn new() -> Self {
        let faults = Faults {
            room: AtomicU64::new(u64::MAX),
            free: AtomicU64::new(u64::MAX),
            ..Faults::default()
        };
        let clock = ManualClock::at(Timestamp::from_millis(1_700_000_000_000));
        Self { folder: tempfile::tempdir().unwrap(), faults: Arc::new(faults), clock }
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    async fn open(&self) -> DiskStore {
        let disk = Box::new(FaultyDisk(Arc::clone(&self.faults)));
        let clock = Arc::new(self.clock.clone());
        let store = DiskStore::open_on(&self.root(), clock, disk).await.unwrap();
        store.create_bucket(&bucket()).await.unwrap();
        store
    }

    fn staged(&self) -> usize {
        fs::read_dir(self.root().join("staging")).unwrap().count()
    }

    fn blobs(&self) -> usize {
        let folders = fs::read_dir(self.root().join("blobs")).unwrap();
        folders.map(|folder| fs::read_dir(folder.unwrap().path()).unwrap().count()).sum()
    }
}

fn bucket() -> BucketName {
    "photos".parse().unwrap()
}

fn at(key: &str) -> ObjectAddress {
    ObjectAddress::new(bucket(), key.parse().unwrap())
}

async fn put(store: &DiskStore, key: &str, bytes: Vec<u8>) -> Result<ObjectMeta, Error> {
    store.put(&at(key), Body::from(bytes), PutOptions::default()).await
}

async fn read(store: &DiskStore, key: &str) -> Vec<u8> {
    let content = store.get(&at(key), None).await.unwrap();
    let pieces: Vec<Bytes> = content.stream.map(Result::unwrap).collect().await;
    pieces.concat()
}

#[tokio::test]
async fn killed_between_staging_and_commit_leaves_nothing() {
    let world = World::new();
    let store = world.open().await;
    let staged = staged::receive(&store.volume, Body::from(vec![1; 1000])).await.unwrap();
    staged.release();
    drop(store);
    assert_eq!(world.staged(), 1, "what a kill leaves behind");
    let store = world.open().await;
    assert_eq!((world.staged(), world.blobs()), (0, 0));
    assert!(matches!(store.head(&at("a")).await, Err(Error::NotFound(_))));
}

#[tokio::test]
async fn killed_between_commit_and_rename_loses_nothing() {
    let world = World::new();
    let store = world.open().await;
    world.faults.fails_to_rename.store(true, Ordering::SeqCst);
    put(&store, "a", vec![7; 1000]).await.unwrap();
    assert_eq!((world.staged(), world.blobs()), (1, 0));
    assert_eq!(read(&store, "a").await, vec![7; 1000], "read where it is");
    drop(store);
    world.faults.fails_to_rename.store(false, Ordering::SeqCst);
    let store = world.open().await;
    assert_eq!((world.staged(), world.blobs()), (0, 1));
    assert_eq!(read(&store, "a").await, vec![7; 1000]);
}

#[tokio::test]
async fn a_full_disk_keeps_nothing_and_goes_on_reading() {
    let world = World::new();
    let store = world.open().await;
    put(&store, "before", vec![1; 10]).await.unwrap();
    world.faults.room.store(1_000_000, Ordering::SeqCst);
    let full = put(&store, "large", vec![2; 3_000_000]).await;
    assert!(matches!(full, Err(Error::Full)), "{full:?}");
    assert_eq!((world.staged(), world.blobs()), (0, 1));
    assert_eq!(read(&store, "before").await, vec![1; 10]);
    store.delete(&at("before")).await.unwrap();
    world.faults.room.store(u64::MAX, Ordering::SeqCst);
    put(&store, "large", vec![2; 3_000_000]).await.unwrap();
}

#[tokio::test]
async fn a_put_that_will_not_fit_is_refused_before_its_first_byte() {
    let world = World::new();
    let store = world.open().await;
    world.faults.free.store(64 * 1024 * 1024 + 99, Ordering::SeqCst);
    assert!(matches!(put(&store, "a", vec![1; 100]).await, Err(Error::Full)));
    put(&store, "a", vec![1; 99]).await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_made_durable_is_not_acknowledged() {
    let world = World::new();
    let store = world.open().await;
    for fault in [&world.faults.fails_to_sync, &world.faults.fails_to_sync_dir] {
        fault.store(true, Ordering::SeqCst);
        assert!(matches!(put(&store, "a", vec![1; 100]).await, Err(Error::Io { .. })));
        assert!(matches!(store.head(&at("a")).await, Err(Error::NotFound(_))));
        assert_eq!((world.staged(), world.blobs()), (0, 0));
        fault.store(false, Ordering::SeqCst);
    }
    put(&store, "a", vec![1; 100]).await.unwrap();
}

#[tokio::test]
async fn refused_bodies_leave_no_file() {
    let world = World::new();
    let store = world.open().await;
    let cut = Body { length: 2_000_000, ..Body::from(vec![1; 1_900_000]) };
    let cut = store.put(&at("a"), cut, PutOptions::default()).await;
    assert!(matches!(cut, Err(Error::Incomplete { received: 1_900_000, .. })), "{cut:?}");
    let expected = Expected { crc64: Some(Crc64::new(1)), md5: None };
    let options = PutOptions { expected, ..PutOptions::default() };
    let wrong = store.put(&at("a"), Body::from(vec![1; 10]), options).await;
    assert!(matches!(wrong, Err(Error::BadCrc64 { .. })), "{wrong:?}");
    let gate = Some(CommitGate::new(|| Err(Error::Revoked)));
    let options = PutOptions { gate, ..PutOptions::default() };
    let revoked = store.put(&at("a"), Body::from(vec![1; 10]), options).await;
    assert!(matches!(revoked, Err(Error::Revoked)), "{revoked:?}");
    assert_eq!((world.staged(), world.blobs()), (0, 0));
}

#[tokio::test]
async fn a_caller_that_goes_away_leaves_no_file() {
    let world = World::new();
    let store = world.open().await;
    let first = stream::iter([Ok(Bytes::from(vec![1; 700_000]))]);
    let body = Body::new(first.chain(stream::pending()).boxed(), 1_000_000);
    let key = at("a");
    let put = store.put(&key, body, PutOptions::default());
    assert!(tokio::time::timeout(Duration::from_millis(200), put).await.is_err());
    for _ in 0..100 {
        if world.staged() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the staged file stays");
}

#[tokio::test]
async fn replaced_and_deleted_bytes_are_unlinked() {
    let world = World::new();
    let store = world.open().await;
    put(&store, "a", vec![1; 10]).await.unwrap();
    put(&store, "a", vec![2; 10]).await.unwrap();
    assert_eq!(world.blobs(), 1);
    store.delete(&at("a")).await.unwrap();
    assert_eq!(world.blobs(), 0);
    drop(store);
    let store = world.open().await;
    // The rows of what was unlinked go with the next change.
    put(&store, "b", vec![3; 10]).await.unwrap();
    assert_eq!(store.index.garbage().unwrap(), []);
}

#[tokio::test]
async fn every_part_ends_as_a_piece_or_is_unlinked() {
    let world = World::new();
    let store = world.open().await;
    let id = store.create_multipart(&at("a"), Attributes::default()).await.unwrap();
    let full = usize::try_from(crate::MIN_PART_BYTES).unwrap();
    for (number, byte) in [(1, 1), (1, 2), (2, 3), (3, 4)] {
        let number = PartNumber::try_from(number).unwrap();
        let body = Body::from(vec![byte; full]);
        store.put_part(&at("a"), &id, number, body, PartOptions::default()).await.unwrap();
    }
    assert_eq!(world.blobs(), 3, "the part that was sent again is gone");
    let parts = store.parts(&at("a"), &id).await.unwrap();
    let list: Vec<_> = parts.into_iter().take(2).map(ListedPart::from).collect();
    store.complete_multipart(&at("a"), &id, &list, WriteMode::Replace).await.unwrap();
    assert_eq!(world.blobs(), 2, "the part that was not listed is gone");
    drop(store);
    let store = world.open().await;
    assert!(read(&store, "a").await == [vec![2; full], vec![3; full]].concat());
    store.delete(&at("a")).await.unwrap();
    assert_eq!(world.blobs(), 0);
}

#[tokio::test]
async fn uploads_that_nobody_continues_are_given_up() {
    let world = World::new();
    let store = world.open().await;
    let old = store.create_multipart(&at("a"), Attributes::default()).await.unwrap();
    let body = Body::from(vec![1; 10]);
    let options = PartOptions::default();
    store.put_part(&at("a"), &old, PartNumber::FIRST, body, options).await.unwrap();
    world.clock.advance_seconds(recovery::IDLE_UPLOAD_SECONDS);
    let young = store.create_multipart(&at("b"), Attributes::default()).await.unwrap();
    world.clock.advance_seconds(1);
    drop(store);
    let store = world.open().await;
    assert!(matches!(store.parts(&at("a"), &old).await, Err(Error::NoSuchUpload(_))));
    assert!(store.parts(&at("b"), &young).await.is_ok());
    assert_eq!(world.blobs(), 0);
}

#[tokio::test]
async fn drafts_may_be_replaced_until_they_are_sealed() {
    let world = World::new();
    let store = world.open().await;
    let draft = |byte| {
        let options = PutOptions { mode: WriteMode::Draft, ..PutOptions::default() };
        let body = Body::from(vec![byte; 3]);
        let (store, key) = (&store, at("a"));
        async move { store.put(&key, body, options).await }
    };
    draft(1).await.unwrap();
    draft(2).await.unwrap();
    let wrong = store.seal(&at("a"), Some(Crc64::new(1))).await;
    assert!(matches!(wrong, Err(Error::BadCrc64 { .. })), "{wrong:?}");
    let crc64 = draft(2).await.unwrap().crc64;
    let sealed = store.seal(&at("a"), crc64).await.unwrap();
    assert!(matches!(draft(3).await, Err(Error::PreconditionFailed(_))));
    assert_eq!(store.seal(&at("a"), None).await.unwrap(), sealed, "sealing twice is harmless");
    assert_eq!(read(&store, "a").await, [2; 3]);
    put(&store, "a", vec![4; 3]).await.unwrap();
    assert!(matches!(draft(5).await, Err(Error::PreconditionFailed(_))), "not a draft again");
}

#[tokio::test]
async fn puts_that_wait_together_share_their_fsyncs() {
    let world = World::new();
    let store = world.open().await;
    let keys: Vec<_> = (0..200).map(|n| n.to_string()).collect();
    let before = world.faults.dir_syncs.load(Ordering::SeqCst);
    let puts = keys.iter().map(|key| put(&store, key, vec![1; 1000]));
    assert!(future::join_all(puts).await.iter().all(Result::is_ok));
    let syncs = world.faults.dir_syncs.load(Ordering::SeqCst) - before;
    assert!(syncs < 150, "{syncs} of 200 synced alone");
    assert_eq!((world.blobs(), world.staged()), (200, 0));
}

#[tokio::test]
async fn one_process_owns_a_store() {
    let world = World::new();
    let _store = world.open().await;
    let second = DiskStore::open(&world.root()).await;
    assert!(matches!(second.err(), Some(Error::Index(_))));
}

#[tokio::test]
async fn foreign_and_newer_folders_are_left_alone() {
    let world = World::new();
    fs::create_dir(world.root()).unwrap();
    fs::write(world.root().join("holiday.jpg"), b"mine").unwrap();
    let opened = DiskStore::open(&world.root()).await;
    assert!(matches!(opened.err(), Some(Error::WrongFormat(_))));
    assert_eq!(fs::read_dir(world.root()).unwrap().count(), 1);
    fs::remove_file(world.root().join("holiday.jpg")).unwrap();
    drop(world.open().await);
    fs::write(world.root().join("FORMAT"), "albumen-store 2\n").unwrap();
    let opened = DiskStore::open(&world.root()).await;
    assert!(matches!(opened.err(), Some(Error::WrongFormat(_))));
}
