//! What a device remembers from one program to the next: in memory, or in a journal on a real disk.
//! Owns the file of the latter, which a power cut leaves as it is: what was written outlives it.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use albumen_sync::{
    Journal,
    name::VolumeRules,
    reconcile::{Remembered, TreeRecord, record::Record},
};
use rusqlite::Connection;
use tempfile::TempDir;

/// What each device's volume takes for one name.
pub(crate) const VOLUME: VolumeRules = VolumeRules::LINUX;

/// One for each device.
pub(crate) enum Memory {
    Process(Arc<Remembered>),
    Paper(TempDir),
}

impl Memory {
    /// Nothing yet.
    pub(crate) fn new() -> Self {
        Self::Process(Arc::new(Remembered::new(VOLUME)))
    }

    /// The same, in a journal.
    pub(crate) fn on_paper() -> Self {
        static BLANK: OnceLock<Vec<u8>> = OnceLock::new();
        let home = home();
        fs::write(journal(home.path()), BLANK.get_or_init(blank)).unwrap();
        Self::Paper(home)
    }

    /// For one program; the one before must have ended.
    pub(crate) fn open(&self) -> Arc<dyn Record + Send + Sync> {
        match self {
            Self::Process(record) => record.clone(),
            Self::Paper(home) => {
                let journal = Arc::new(Journal::open(&journal(home.path())).unwrap());
                let mapping = &journal.mappings().unwrap()[0];
                Arc::new(TreeRecord::open(Arc::clone(&journal), mapping, VOLUME).unwrap())
            }
        }
    }
}

/// Where nothing is waited for, if there is such a place: that a write reaches the disk is proved
/// of the record by itself, and a world cannot tell.
fn home() -> TempDir {
    let quick = Path::new("/dev/shm");
    if quick.is_dir() { tempfile::tempdir_in(quick) } else { tempfile::tempdir() }.unwrap()
}

fn journal(home: &Path) -> PathBuf {
    home.join("journal.db")
}

/// A journal with one mapping, made once: most of the time goes into its tables.
fn blank() -> Vec<u8> {
    let home = home();
    let path = journal(home.path());
    drop(Journal::open(&path).unwrap());
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch(
        "INSERT INTO mapping(id, uuid, mode, folder, root_ino, root_btime, library, space,
           space_name, target_kind, nested, added_at)
         VALUES(1, printf('%032x', 1), 0, x'2f', 1, 1, 'smh1', '-', 'S', 0, 1, 1)",
    )
    .unwrap();
    drop(conn);
    fs::read(path).unwrap()
}
