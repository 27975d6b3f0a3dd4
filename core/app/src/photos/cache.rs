//! Thumbnails on disk, for a while: the least recently used go when there are too many bytes. Owns
//! files below one folder; does not know what a photo is. Losing all of it costs time only.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, SystemTime},
};

use crate::places;

/// After a sweep this share of the limit is left, so that sweeps are rare.
const KEEP_PERCENT: u64 = 80;
/// A use is written down at most this often, so that looking is not writing.
const TOUCH_EVERY: Duration = Duration::from_secs(24 * 3600);
/// The total before it was counted.
const UNCOUNTED: u64 = u64::MAX;

/// The cache.
#[derive(Debug)]
pub(crate) struct ThumbCache {
    folder: PathBuf,
    limit_bytes: u64,
    total_bytes: AtomicU64,
}

/// A file of the cache as a sweep sees it.
struct Kept {
    used: SystemTime,
    bytes: u64,
    path: PathBuf,
}

impl ThumbCache {
    /// Below this folder, which may not be there yet.
    pub(crate) fn new(folder: PathBuf, limit_bytes: u64) -> Self {
        Self { folder, limit_bytes, total_bytes: AtomicU64::new(UNCOUNTED) }
    }

    /// Fetches what is kept under a key of letters, digits and hyphens.
    pub(crate) fn get(&self, key: &str) -> Option<Vec<u8>> {
        let path = self.path(key);
        let bytes = fs::read(&path).ok()?;
        if let Ok(file) = fs::File::options().append(true).open(&path)
            && file.metadata().and_then(|m| m.modified()).is_ok_and(is_long_ago)
        {
            // Only the order of the next sweep depends on it.
            let _ = file.set_modified(now());
        }
        Some(bytes)
    }

    /// Keeps bytes under a key. A half-written file is never seen under its name.
    ///
    /// # Errors
    /// When the disk refuses; the caller has its thumbnail anyway.
    pub(crate) fn put(&self, key: &str, bytes: &[u8]) -> io::Result<()> {
        self.counted();
        let path = self.path(key);
        let folder = path.parent().expect("a key lies in a folder");
        places::private_folder(folder)?;
        let staged = folder.join(format!("{key}.{:016x}", rand::random::<u64>()));
        fs::write(&staged, bytes)?;
        fs::rename(&staged, &path)?;
        let size = bytes.len() as u64;
        let total = self.total_bytes.fetch_add(size, Ordering::Relaxed) + size;
        if total > self.limit_bytes {
            self.sweep();
        }
        Ok(())
    }

    fn path(&self, key: &str) -> PathBuf {
        // Two letters make 256 folders: no folder gets so many files that listing it is slow.
        self.folder.join(key.get(..2).unwrap_or("00")).join(key)
    }

    /// The bytes kept, counted from the disk the first time.
    fn counted(&self) -> u64 {
        let known = self.total_bytes.load(Ordering::Relaxed);
        if known != UNCOUNTED {
            return known;
        }
        let total = self.files().iter().map(|kept| kept.bytes).sum();
        self.total_bytes.store(total, Ordering::Relaxed);
        total
    }

    /// Deletes the least recently used.
    fn sweep(&self) {
        let mut files = self.files();
        files.sort_by_key(|kept| kept.used);
        let mut total: u64 = files.iter().map(|kept| kept.bytes).sum();
        for kept in files {
            if total <= self.limit_bytes / 100 * KEEP_PERCENT {
                break;
            }
            if fs::remove_file(&kept.path).is_ok() {
                total -= kept.bytes;
            }
        }
        self.total_bytes.store(total, Ordering::Relaxed);
    }

    fn files(&self) -> Vec<Kept> {
        let folders = entries(&self.folder);
        folders
            .iter()
            .flat_map(|folder| entries(folder))
            .filter_map(|path| {
                let metadata = fs::metadata(&path).ok()?;
                Some(Kept { used: metadata.modified().ok()?, bytes: metadata.len(), path })
            })
            .collect()
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let listed = fs::read_dir(folder).into_iter().flatten();
    listed.filter_map(|entry| entry.ok().map(|e| e.path())).collect()
}

/// File times are set and compared on this machine only.
fn now() -> SystemTime {
    SystemTime::now()
}

fn is_long_ago(moment: SystemTime) -> bool {
    now().duration_since(moment).is_ok_and(|age| age > TOUCH_EVERY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_can_be_fetched() {
        let folder = tempfile::tempdir().unwrap();
        let cache = ThumbCache::new(folder.path().join("thumbs"), 1000);
        assert_eq!(cache.get("abc-256"), None);
        cache.put("abc-256", b"jpeg").unwrap();
        assert_eq!(cache.get("abc-256").unwrap(), b"jpeg");
        assert_eq!(cache.get("abc-1024"), None);
    }

    #[test]
    fn the_longest_unused_go_first() {
        let folder = tempfile::tempdir().unwrap();
        let cache = ThumbCache::new(folder.path().to_owned(), 1000);
        for (age_hours, key) in [(90, "aa"), (80, "bb"), (70, "cc")] {
            cache.put(key, &[0; 300]).unwrap();
            let file = fs::File::options().append(true).open(cache.path(key)).unwrap();
            file.set_modified(now() - Duration::from_secs(age_hours * 3600)).unwrap();
        }
        assert!(cache.get("aa").is_some(), "looking at it makes it the youngest");
        cache.put("dd", &[0; 300]).unwrap();
        let left: Vec<bool> =
            ["aa", "bb", "cc", "dd"].iter().map(|key| cache.get(key).is_some()).collect();
        assert_eq!(left, [true, false, false, true]);
        assert!(cache.counted() <= 800);
    }

    #[test]
    fn what_an_earlier_run_kept_counts() {
        let folder = tempfile::tempdir().unwrap();
        ThumbCache::new(folder.path().to_owned(), 1000).put("aa", &[0; 900]).unwrap();
        let cache = ThumbCache::new(folder.path().to_owned(), 1000);
        cache.put("bb", &[0; 200]).unwrap();
        assert!(cache.counted() <= 800, "{}", cache.counted());
    }
}
