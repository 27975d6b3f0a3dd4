//! Scans over real folders and a real journal.

use std::{fs, path::Path, sync::atomic::AtomicBool, time::Duration};

use albumen_model::{LibraryId, SpaceId};

use super::*;
use crate::{
    env::{SystemChance, SystemClock},
    journal::{Counts, FileState},
    mapping::{MappingId, NewMapping, Target},
};

struct Stage {
    folder: tempfile::TempDir,
    _home: tempfile::TempDir,
    journal: Journal,
    mapping: Mapping,
}

impl Stage {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = tempfile::tempdir().unwrap();
        let journal = Journal::open(&home.path().join("journal.db")).unwrap();
        let id = MappingId::new(&SystemChance);
        let bound = NewMapping {
            folder: folder.path().to_owned(),
            library: LibraryId::parse("smh1").unwrap(),
            space: SpaceId::single(),
            space_name: "Family".to_owned(),
            target: Target::PerFolder,
            nested: false,
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let root = root::identity(folder.path()).unwrap();
        root::mark(folder.path(), &id).unwrap();
        runtime.block_on(journal.add_mapping(id.clone(), bound, root, 0)).unwrap();
        let mapping = journal.mapping(&id).unwrap();
        Self { folder, _home: home, journal, mapping }
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn with_scan<T>(&self, work: impl FnOnce(&Scan<'_>) -> T) -> T {
        let limits = Limits { settled_age: Duration::ZERO, ..Limits::default() };
        let stop = AtomicBool::new(false);
        work(&Scan {
            journal: &self.journal,
            mapping: &self.mapping,
            limits: &limits,
            clock: &SystemClock::new(),
            stop: &stop,
            before_batch: &|| {},
        })
    }

    fn scan(&self) -> ScanSummary {
        self.with_scan(|scan| scan.below(&LocalPath::default())).unwrap()
    }

    fn counts(&self) -> Counts {
        self.journal.counts(self.mapping.row).unwrap()
    }

    fn row(&self, path: &str) -> Option<FileRow> {
        self.journal.file_at(self.mapping.row, &path.into()).unwrap()
    }
}

#[test]
fn every_entry_is_in_one_bucket_and_a_second_look_finds_no_news() {
    let stage = Stage::new();
    stage.write("a.jpg", "1");
    stage.write("trip/b.jpg", "22");
    stage.write("trip/.DS_Store", "x");
    stage.write("trip/half.part", "x");
    stage.write("bad:name.jpg", "333");
    let first = stage.scan();
    assert_eq!((first.seen, first.news), (5, 5));
    let counts = stage.counts();
    assert_eq!(
        (counts.pending.files, counts.skipped.files, counts.failed.files, counts.files()),
        (2, 2, 1, 5)
    );
    assert_eq!(counts.pending.bytes, 3);
    assert_eq!(stage.row("trip/.DS_Store").unwrap().reason.as_deref(), Some("system_file"));
    let problems = stage.journal.problems(None, 10).unwrap();
    assert_eq!(problems[0].code, "file_name_invalid");
    assert_eq!(problems[0].path, "bad:name.jpg".into());
    let again = stage.scan();
    assert_eq!((again.seen, again.news), (5, 0));
}

#[test]
fn changes_and_losses_are_seen() {
    let stage = Stage::new();
    for path in ["a.jpg", "b.jpg", "d/c.jpg"] {
        stage.write(path, "1");
    }
    stage.scan();
    stage.write("a.jpg", "longer");
    fs::remove_file(stage.folder.path().join("b.jpg")).unwrap();
    fs::remove_dir_all(stage.folder.path().join("d")).unwrap();
    assert_eq!(stage.scan().news, 3);
    assert_eq!(stage.row("a.jpg").unwrap().stat.size, 6);
    // Never agreed on, so nothing is kept of them.
    assert_eq!(stage.row("b.jpg"), None);
    assert_eq!(stage.row("d/c.jpg"), None);
    assert_eq!(stage.counts().files(), 1);
}

#[test]
fn a_name_heard_of_is_looked_at_alone() {
    let stage = Stage::new();
    stage.write("trip/a.jpg", "1");
    stage.write("trip/b.jpg", "1");
    stage.write("new/deep/c.jpg", "1");
    let hear = |folder: &str, name: &str| {
        let names = BTreeSet::from([name.as_bytes().to_vec()]);
        stage.with_scan(|scan| scan.names(&folder.into(), &names)).unwrap()
    };
    assert_eq!(hear("trip", "a.jpg").news, 1);
    assert_eq!(stage.row("trip/b.jpg"), None);
    assert_eq!(hear("", "new").news, 1);
    assert!(stage.row("new/deep/c.jpg").is_some());
    fs::remove_dir_all(stage.folder.path().join("new")).unwrap();
    assert_eq!(hear("", "new").news, 1);
    assert_eq!(stage.row("new/deep/c.jpg"), None);
    assert_eq!(hear("", ".albumen").news, 0);
    assert_eq!(hear(".albumen", "root.json").news, 0, "our own mark is no photo");
    assert_eq!(stage.with_scan(|scan| scan.below(&".albumen".into())).unwrap().seen, 0);
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_read_proves_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let stage = Stage::new();
    stage.write("d/a.jpg", "1");
    stage.write("e.jpg", "1");
    stage.scan();
    let closed = stage.folder.path().join("d");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    let as_root = fs::read_dir(&closed).is_ok();
    let summary = stage.scan();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(summary.news, 0);
    assert!(as_root || summary.incomplete == [LocalPath::from("d")]);
    assert!(stage.row("d/a.jpg").is_some());
}

#[cfg(unix)]
#[test]
fn a_name_that_is_no_text_is_a_problem_not_a_guess() {
    use std::os::unix::ffi::OsStrExt;
    let stage = Stage::new();
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.jpg");
    fs::write(stage.folder.path().join(name), "x").unwrap();
    stage.scan();
    assert_eq!(stage.counts().failed.files, 1);
    assert_eq!(stage.journal.problems(None, 1).unwrap()[0].code, "file_name_invalid");
}

/// Puts a file on record as verified, as an upload would.
fn agree(stage: &Stage, path: &str) {
    use albumen_model::{Crc64, RemotePath};
    let row = stage.row(path).unwrap();
    let remote = crate::trees::RemoteVersion {
        path: row.target.clone().unwrap_or_else(|| RemotePath::parse("album/a.jpg").unwrap()),
        size: row.stat.size,
        crc64: Some(Crc64::new(7)),
        inode: None,
        content_cas: None,
    };
    let agreed = crate::journal::Agreement {
        node: row.node,
        stat: row.stat,
        racy: false,
        crc64: Crc64::new(7),
        remote,
        kind: None,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(stage.journal.agree(stage.mapping.row, agreed, 0)).unwrap();
    assert_eq!(stage.row(path).unwrap().state, FileState::Verified);
}

fn set_rules(stage: &Stage, text: &str) {
    ignoring::write_ignore_text(stage.folder.path(), text).unwrap();
}

fn states(stage: &Stage, paths: &[&str]) -> Vec<String> {
    let state = |path: &&str| match stage.row(path) {
        None => "none".to_owned(),
        Some(row) => format!("{:?} {}", row.state, row.reason.unwrap_or_default()),
    };
    paths.iter().map(state).collect()
}

#[test]
fn a_rule_takes_synced_files_out_and_lets_them_in_again_without_a_deletion() {
    let stage = Stage::new();
    let paths = ["raw/a.dng", "raw/b.dng", "keep.jpg"];
    for path in paths {
        stage.write(path, "1");
    }
    stage.scan();
    paths.iter().for_each(|path| agree(&stage, path));
    set_rules(&stage, "raw/\n");
    assert_eq!(stage.scan().news, 2);
    let out = "Skipped ignored_by_rule";
    assert_eq!(states(&stage, &paths), [out, out, "Verified "]);
    assert_eq!(stage.scan().news, 0, "said once");
    // One is deleted while nobody looks after it, by a scan and by its name alone.
    fs::remove_file(stage.folder.path().join("raw/a.dng")).unwrap();
    assert_eq!(stage.scan().news, 0);
    fs::remove_file(stage.folder.path().join("raw/b.dng")).unwrap();
    let names = BTreeSet::from([b"b.dng".to_vec()]);
    assert_eq!(stage.with_scan(|scan| scan.names(&"raw".into(), &names)).unwrap().news, 0);
    assert_eq!(states(&stage, &paths), [out, out, "Verified "]);
    // A file that never travelled leaves no row behind.
    stage.write("raw/new.dng", "1");
    stage.scan();
    assert_eq!(states(&stage, &["raw/new.dng"]), [out]);
    fs::remove_file(stage.folder.path().join("raw/new.dng")).unwrap();
    stage.scan();
    assert_eq!(states(&stage, &["raw/new.dng"]), ["none"]);
    // The rule goes: what is still there is looked at again.
    stage.write("raw/a.dng", "1");
    set_rules(&stage, "");
    stage.scan();
    assert_eq!(states(&stage, &["raw/a.dng"]), ["Pending "]);
}

#[test]
fn a_rule_and_a_deletion_at_once_are_no_deletion() {
    let stage = Stage::new();
    stage.write("raw/a.dng", "1");
    stage.scan();
    agree(&stage, "raw/a.dng");
    fs::remove_dir_all(stage.folder.path().join("raw")).unwrap();
    set_rules(&stage, "*.dng");
    stage.scan();
    assert_eq!(states(&stage, &["raw/a.dng"]), ["Skipped ignored_by_rule"]);
}

#[test]
fn what_is_left_out_by_itself_can_be_taken_in() {
    let stage = Stage::new();
    stage.write("a.tmp", "1");
    stage.write("b.part", "1");
    set_rules(&stage, "!*.tmp\n[broken by hand\n");
    stage.scan();
    assert_eq!(states(&stage, &["a.tmp", "b.part"]), ["Pending ", "Skipped temporary_file"]);
}

#[cfg(unix)]
#[test]
fn rules_that_cannot_be_read_let_nothing_travel() {
    let stage = Stage::new();
    stage.write("secret/a.jpg", "1");
    let rules = stage.folder.path().join(".albumen/ignore");
    fs::create_dir_all(&rules).unwrap();
    let summary = stage.scan();
    assert_eq!((summary.seen, summary.incomplete), (0, vec![LocalPath::default()]));
    assert_eq!(stage.counts().files(), 0);
    fs::remove_dir(rules).unwrap();
    assert_eq!(stage.scan().seen, 1);
}

#[test]
fn the_rules_go_with_the_last_mapping() {
    let stage = Stage::new();
    let folder = stage.folder.path();
    set_rules(&stage, "*.dng\n");
    assert_eq!(ignoring::read_ignore_text(folder).unwrap(), "*.dng\n");
    root::unmark(folder, &stage.mapping.id);
    assert!(!folder.join(".albumen").exists());
    assert_eq!(ignoring::read_ignore_text(folder).unwrap(), "");
}

#[test]
fn another_folder_in_its_place_is_not_the_mapped_one() {
    let stage = Stage::new();
    let path: &Path = stage.folder.path();
    assert_eq!(root::check(&stage.mapping), RootCheck::Same);
    // Somebody removed the mark: the folder's inode still tells.
    fs::remove_dir_all(path.join(".albumen")).unwrap();
    assert_eq!(root::check(&stage.mapping), RootCheck::Same);
    assert!(path.join(".albumen/root.json").is_file());
    // Moved away, with an empty folder in its place, as a mount point is without its disk.
    let aside = tempfile::tempdir().unwrap();
    fs::rename(path, aside.path().join("moved")).unwrap();
    assert_eq!(root::check(&stage.mapping), RootCheck::Absent);
    fs::create_dir(path).unwrap();
    assert_eq!(root::check(&stage.mapping), RootCheck::Absent);
    fs::remove_dir(path).unwrap();
    fs::rename(aside.path().join("moved"), path).unwrap();
    assert_eq!(root::check(&stage.mapping), RootCheck::Same);
}

use root::RootCheck;

/// Rows and entries from a few letters, so that they collide often.
mod any {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::super::{merge::Merge, walk::Entry};
    use super::*;
    use crate::trees::NodeId;

    fn row(path: &str, size: u64, node: i64) -> FileRow {
        FileRow {
            node: NodeId(node),
            path: path.into(),
            state: FileState::Verified,
            reason: None,
            stat: LocalStat { size, ..LocalStat::default() },
            racy: false,
            target: None,
            tries: 0,
            next_at: 0,
        }
    }

    proptest! {
        #[test]
        fn a_merge_finds_what_two_whole_maps_would(
            disk in proptest::collection::btree_map("[ab-]{1,2}(/[ab]){0,2}", 1..3u64, 0..20),
            known in proptest::collection::btree_map("[ab-]{1,2}(/[ab]){0,2}", 1..3u64, 0..20),
            closed in proptest::option::of("[ab]"),
        ) {
            let disk: BTreeMap<LocalPath, u64> = disk
                .into_iter()
                .map(|(path, size)| (LocalPath::from(path.as_str()), size))
                .filter(|(path, _)| {
                    closed.as_ref().is_none_or(|closed| !path.is_under(&closed.as_str().into()))
                })
                .collect();
            let rows: BTreeMap<LocalPath, FileRow> = known
                .into_iter()
                .zip(0..)
                .map(|((path, size), node)| (path.as_str().into(), row(&path, size, node)))
                .collect();
            let mut walk: Vec<Entry> = disk
                .iter()
                .map(|(path, size)| Entry::File {
                    path: path.clone(),
                    stat: LocalStat { size: *size, ..LocalStat::default() },
                })
                .collect();
            if let Some(closed) = &closed {
                walk.push(Entry::Incomplete { folder: closed.as_str().into() });
                walk.sort_by(|a, b| a.path().cmp(b.path()));
            }
            let rules = IgnoreRules::new(crate::ignore::Letters::Exact);
            let (walk, rows_seen) = (walk.into_iter(), rows.values().cloned());
            let merge = Merge::new(&rules, walk, rows_seen, |_: &_| 0);
            let mut news: Vec<String> = merge.map(|seen| match seen {
                Observation::Found(found) => format!("found {}", found.path),
                Observation::Vanished(node) => format!("vanished {}", node.0),
                other => format!("{other:?}"),
            }).collect();
            let mut wanted: Vec<String> = disk
                .iter()
                .filter(|(path, size)| rows.get(path).is_none_or(|row| row.stat.size != **size))
                .map(|(path, _)| format!("found {path}"))
                .collect();
            wanted.extend(rows.values().filter(|row| {
                let under = |folder: &String| row.path.is_under(&folder.as_str().into());
                let unknown = closed.as_ref().is_some_and(under);
                !disk.contains_key(&row.path) && !unknown
            }).map(|row| format!("vanished {}", row.node.0)));
            news.sort();
            wanted.sort();
            prop_assert_eq!(news, wanted);
        }
    }
}
