//! The journal over real files: versions, locks, grouped commits, exact tallies.

use std::{fs, time::Instant};

use albumen_model::{Inode, LibraryId, SpaceId};

use super::*;
use crate::{
    cloud::Cursor,
    env::SystemChance,
    local_path::LocalPath,
    mapping::{Mapping, MappingId, NewMapping, Target},
    name::VolumeRules,
    plan::{
        guard::Tally,
        tree::{Agreed, Base, Name, NodeId, Place, ROOT, Side, Sight, Trees},
    },
    reconcile::record::{Intent, Record},
    trees::LocalStat,
};

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

fn mapped(journal: &Journal) -> Mapping {
    let id = MappingId::new(&SystemChance);
    let bound = NewMapping {
        folder: "/photos".into(),
        library: LibraryId::parse("smh1").unwrap(),
        space: SpaceId::single(),
        space_name: "Family".to_owned(),
        target: Target::PerFolder,
        nested: false,
    };
    block_on(journal.add_mapping(id.clone(), bound.clone(), (7, 8), 99)).unwrap();
    let mapping = journal.mapping(&id).unwrap();
    assert_eq!((&mapping.bound, mapping.root, mapping.added_at), (&bound, (7, 8), 99));
    mapping
}

fn found(path: &str, size: u64) -> Observation {
    let stat = LocalStat { size, mtime_ns: 1, ..LocalStat::default() };
    Observation::Found(Found { node: None, path: path.into(), stat, next_at: 0 })
}

#[test]
fn one_process_at_a_time() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("journal.db");
    let first = Journal::open(&path).unwrap();
    assert!(matches!(Journal::open(&path), Err(Error::InUse(_))));
    drop(first);
    assert!(Journal::open(&path).is_ok());
}

#[test]
fn a_newer_or_foreign_file_is_refused_and_left_alone() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("journal.db");
    drop(Journal::open(&path).unwrap());
    let conn = Connection::open(&path).unwrap();
    conn.pragma_update(None, "user_version", 99).unwrap();
    drop(conn);
    assert!(matches!(Journal::open(&path), Err(Error::JournalTooNew { found: 99, .. })));

    let text = home.path().join("text.db");
    fs::write(&text, "this is no database, but long enough to have a header of one ".repeat(20))
        .unwrap();
    assert!(matches!(Journal::open(&text), Err(Error::JournalDamaged(_))));
    assert!(fs::read_to_string(&text).unwrap().starts_with("this is"));

    let other = home.path().join("other.db");
    let conn = Connection::open(&other).unwrap();
    conn.execute_batch("PRAGMA application_id=5; CREATE TABLE theirs(x)").unwrap();
    drop(conn);
    assert!(matches!(Journal::open(&other), Err(Error::JournalDamaged(_))));
}

/// Rows as version n wrote them. One entry a released version; they are never changed.
const FIXTURES: &[&str] = &[include_str!("fixtures/v1.sql"), include_str!("fixtures/v2.sql")];

#[test]
fn every_past_version_opens_with_its_rows() {
    assert_eq!(FIXTURES.len(), schema::MIGRATIONS.len(), "each version needs its fixture");
    for (index, fixture) in FIXTURES.iter().enumerate() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("journal.db");
        let conn = Connection::open(&path).unwrap();
        conn.execute_batch(fixture).unwrap();
        drop(conn);
        let journal = Journal::open(&path).unwrap();
        let mapping = &journal.mappings().unwrap()[0];
        assert_eq!(mapping.bound.folder.to_str(), Some("/photos"), "version {}", index + 1);
        let counts = journal.counts(mapping.row).unwrap();
        assert_eq!((counts.verified.files, counts.pending.files, counts.failed.files), (1, 1, 1));
        let row = journal.file_at(mapping.row, &"trip/a.jpg".into()).unwrap().unwrap();
        let node = journal.node(row.node).unwrap().unwrap();
        assert_eq!(node.synced.unwrap().remote.path.to_string(), "trip/a.jpg");
        assert_eq!(journal.problems(None, 9).unwrap()[0].code, "file_name_invalid");
        assert_eq!(journal.activity(9, None).unwrap().len(), 1);
        let pending = journal.file_at(mapping.row, &"film.mp4".into()).unwrap().unwrap();
        let (intent, parts) = journal.intent(pending.node).unwrap().unwrap();
        assert_eq!((intent.part_size, parts.len()), (Some(8_388_608), 2));
        // Still writable.
        journal.observe(mapping, vec![found("new.jpg", 3)], 5).unwrap();
        three_trees_are_there(journal, index + 1);
    }
}

/// From version 2 on, with what its fixture holds of them.
fn three_trees_are_there(journal: Journal, version: usize) {
    let mapping = journal.mappings().unwrap().remove(0);
    let record = TreeRecord::open(journal.into(), &mapping, VolumeRules::LINUX).unwrap();
    let fresh = record.fresh().unwrap();
    let name = |name: &str, parent| Place { parent, name: Name::new(name) };
    let trip = record.at(Side::Local, &name("trip", ROOT));
    if version < 2 {
        assert_eq!((fresh, trip), (NodeId(1), None));
        return;
    }
    assert_eq!((fresh, trip), (NodeId(1025), Some(NodeId(1))));
    let photo = record.at(Side::Remote, &name("a.jpg", NodeId(1)));
    assert_eq!(photo, Some(NodeId(2)));
    assert_eq!(record.unsettled().unwrap(), [NodeId(2)]);
    assert_eq!(record.base(NodeId(2)).unwrap().content.unwrap().cas.as_deref(), Some("00ff"));
    let there = record.entry(Side::Remote, NodeId(2));
    assert!(matches!(there, Some(Sight::Present(entry)) if entry.content().unwrap().size == 4));
    assert_eq!(record.by_inode(&Inode::parse("12").unwrap()), Some(NodeId(2)));
    let base = Base { inode: None, ..record.base(NodeId(2)).unwrap() };
    let base = Base { content: base.content.map(|agreed| Agreed { cas: None, ..agreed }), ..base };
    let upload = Intent::Upload { to: name("a.jpg", NodeId(1)), base: Box::new(base) };
    assert_eq!(record.intents().unwrap(), [(NodeId(2), upload)]);
    let folder = record.on_disk(NodeId(1));
    assert!(matches!(folder, Some(Sight::Present(seen)) if seen.identity == (41, 7)));
    assert_eq!(record.followed().unwrap(), Some(Cursor::new("c-7")));
    let tally = Tally { agreed: 1, local: 1, remote: 1, local_day: 0, remote_day: 1 };
    assert_eq!(record.tally(50).unwrap(), tally);
    record.sound().unwrap();
}

#[test]
fn the_newest_fixture_is_what_a_new_journal_looks_like() {
    let shape = |conn: &Connection| -> Vec<String> {
        let mut rows = conn
            .prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
            .unwrap();
        let found = rows.query_map([], |row| row.get(0)).unwrap();
        found.map(|sql: rusqlite::Result<String>| sql.unwrap()).collect()
    };
    let mut fresh = Connection::open_in_memory().unwrap();
    schema::migrate(&mut fresh).unwrap();
    let old = Connection::open_in_memory().unwrap();
    old.execute_batch(FIXTURES[FIXTURES.len() - 1]).unwrap();
    assert_eq!(shape(&fresh), shape(&old));
}

#[test]
fn one_bad_write_does_not_undo_its_neighbours() {
    let home = tempfile::tempdir().unwrap();
    let journal = Journal::open(&home.path().join("journal.db")).unwrap();
    let mapping = mapped(&journal);
    block_on(async {
        let row = mapping.row;
        let add = |name: &'static str| {
            journal.write(move |conn| {
                conn.execute(
                    "INSERT INTO album(mapping, folder, name, fold) VALUES(?1, ?2, ?3, ?3)",
                    rusqlite::params![row, name.as_bytes(), name],
                )?;
                Ok(())
            })
        };
        let (a, again, b) = tokio::join!(add("a"), add("a"), add("b"));
        assert!(a.is_ok() && again.is_err() && b.is_ok());
    });
    let albums: i64 = journal
        .read(|conn| Ok(conn.query_row("SELECT count(*) FROM album", [], |row| row.get(0))?))
        .unwrap();
    assert_eq!(albums, 2);
}

#[test]
fn commits_are_shared() {
    let home = tempfile::tempdir().unwrap();
    let journal = Journal::open(&home.path().join("journal.db")).unwrap();
    let mapping = mapped(&journal);
    let begun = Instant::now();
    block_on(async {
        let writes = (0..2_000).map(|_| journal.set_paused(mapping.row, true));
        futures::future::try_join_all(writes).await.unwrap();
    });
    // One durable commit takes milliseconds; two thousand of them would take many seconds.
    assert!(begun.elapsed().as_secs() < 4, "{:?}", begun.elapsed());
}

#[test]
fn only_what_must_outlive_a_power_cut_waits_for_the_disk() {
    const NORMAL: i64 = 1;
    const FULL: i64 = 2;
    fn level(conn: &Connection) -> Result<i64> {
        Ok(conn.query_row("PRAGMA synchronous", [], |row| row.get(0))?)
    }
    let home = tempfile::tempdir().unwrap();
    let journal = Journal::open(&home.path().join("journal.db")).unwrap();
    block_on(async {
        for _ in 0..2 {
            assert_eq!(journal.note(level).await.unwrap(), NORMAL);
            assert_eq!(journal.write(level).await.unwrap(), FULL);
        }
        // While one commit is under way the next group gathers, and goes by its strongest member.
        let (open, gate) = std::sync::mpsc::channel::<()>();
        let holding = journal.note(move |_| Ok(gate.recv().is_ok()));
        let group = async {
            let both = async { tokio::join!(journal.note(level), journal.write(level)) };
            let let_go = async { open.send(()).unwrap() };
            tokio::join!(both, let_go).0
        };
        let (held, (note, write)) = tokio::join!(holding, group);
        assert!(held.unwrap());
        assert_eq!((note.unwrap(), write.unwrap()), (FULL, FULL));
    });
}

#[test]
fn the_tally_is_exact_after_any_change() {
    let home = tempfile::tempdir().unwrap();
    let journal = Journal::open(&home.path().join("journal.db")).unwrap();
    let mapping = mapped(&journal);
    let batch = (0..40).map(|n| found(&format!("{}/f{n}.jpg", n % 5), n)).collect();
    journal.observe(&mapping, batch, 0).unwrap();
    let rows = journal.page(mapping.row, &LocalPath::default(), None, i64::MAX, 100).unwrap();
    assert_eq!(rows.len(), 40);
    let mut batch = Vec::new();
    for (n, row) in rows.iter().enumerate() {
        let (node, path, stat) = (Some(row.node), row.path.clone(), row.stat);
        batch.push(match n % 4 {
            0 => Observation::Vanished(row.node),
            1 => Observation::Skipped { node, path, stat, rule: "link" },
            2 => Observation::Unreadable { node, path },
            _ => found(&path.to_string(), 1_000),
        });
    }
    journal.observe(&mapping, batch, 0).unwrap();
    let counts = journal.counts(mapping.row).unwrap();
    let counted: Vec<(i64, i64, i64)> = journal
        .read(|conn| {
            let mut rows = conn
                .prepare("SELECT state, count(*), sum(size) FROM file GROUP BY state ORDER BY 1")?;
            let found = rows.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
        .unwrap();
    let told = [
        (0, counts.pending.files.cast_signed(), counts.pending.bytes.cast_signed()),
        (2, counts.skipped.files.cast_signed(), counts.skipped.bytes.cast_signed()),
        (3, counts.failed.files.cast_signed(), counts.failed.bytes.cast_signed()),
    ];
    assert_eq!(counted, told);
    block_on(journal.remove_mapping(&mapping, 0)).unwrap();
    assert_eq!(journal.counts(mapping.row).unwrap(), Counts::default());
}

#[test]
fn a_file_that_leaves_while_it_travels_does_not_come_back() {
    let home = tempfile::tempdir().unwrap();
    let journal = Journal::open(&home.path().join("journal.db")).unwrap();
    let mapping = mapped(&journal);
    journal.observe(&mapping, vec![found("a.jpg", 1), found("b.jpg", 2)], 0).unwrap();
    let agreement = |path: &str| {
        let row = journal.file_at(mapping.row, &path.into()).unwrap().unwrap();
        let remote = crate::trees::RemoteVersion {
            path: row.target.clone().unwrap(),
            size: row.stat.size,
            crc64: None,
            inode: None,
            content_cas: None,
        };
        let crc64 = albumen_model::Crc64::new(7);
        Agreement { node: row.node, stat: row.stat, racy: false, crc64, remote, kind: None }
    };
    let seen = |news| journal.observe(&mapping, vec![news], 0).unwrap();
    let counts = || journal.counts(mapping.row).unwrap();
    // Never agreed on: its row is gone before the turn ends.
    let a = agreement("a.jpg");
    seen(Observation::Vanished(a.node));
    block_on(journal.saw_remote(a.node, Some(a.remote.clone()))).unwrap();
    block_on(journal.agree(mapping.row, a, 0)).unwrap();
    assert_eq!(counts().files(), 1);
    // Agreed on before: it is archived, and a late turn leaves it so.
    let b = agreement("b.jpg");
    block_on(journal.agree(mapping.row, b.clone(), 0)).unwrap();
    assert_eq!(counts().verified.files, 1);
    seen(Observation::Vanished(b.node));
    block_on(journal.agree(mapping.row, b, 0)).unwrap();
    assert_eq!(counts(), Counts::default());
    // A newer state seen meanwhile keeps its turn.
    seen(found("c.jpg", 3));
    let c = agreement("c.jpg");
    seen(found("c.jpg", 4));
    block_on(journal.agree(mapping.row, c, 0)).unwrap();
    assert_eq!(counts().pending.files, 1);
}

#[test]
fn pages_come_in_path_order_below_a_folder() {
    let home = tempfile::tempdir().unwrap();
    let journal = Journal::open(&home.path().join("journal.db")).unwrap();
    let mapping = mapped(&journal);
    let paths = ["a-b", "a/c", "a/d/e", "a0", "b"];
    journal.observe(&mapping, paths.iter().map(|path| found(path, 1)).collect(), 0).unwrap();
    let below = |folder: &str, after: Option<&str>| -> Vec<String> {
        let after = after.map(LocalPath::from);
        let (under, row) = (folder.into(), mapping.row);
        let page = journal.page(row, &under, after.as_ref(), i64::MAX, 10).unwrap();
        page.into_iter().map(|row| row.path.to_string()).collect()
    };
    assert_eq!(below("", None), paths);
    assert_eq!(below("a", None), ["a/c", "a/d/e"]);
    assert_eq!(below("a", Some("a/c")), ["a/d/e"]);
    assert_eq!(below("a/d", None), ["a/d/e"]);
}
