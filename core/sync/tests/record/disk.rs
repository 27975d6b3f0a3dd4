//! What holds of the record on disk alone: several mappings in one journal, a volume of other
//! rules, a database that refuses, and who may wait for it.

use std::sync::Arc;

use albumen_sync::{
    Error, Journal, LocalPath,
    effect::Version,
    name::{CaseRule, VolumeRules},
    plan::tree::{Gone, NodeId, ROOT, Side, Sight, Trees},
    reconcile::record::{Intent, Note, Placing, Record},
};
use rusqlite::Connection;

use crate::kit::{
    OnPaper, agreement, file_here, file_there, folder_in_sync, here, in_sync, number, place, stat,
};

#[test]
fn mappings_do_not_see_each_other() {
    let paper = OnPaper::new(VolumeRules::LINUX);
    let journal: &Arc<Journal> = paper.journal.as_ref().unwrap();
    let (one, other) = (paper.record(), paper.of_mapping(journal, 1));
    one.write(in_sync(1, 0, "a", "10")).unwrap();
    other.write(in_sync(2, 0, "a", "10")).unwrap();
    for (record, own, foreign) in [(one, 1, 2), (&other, 2, 1)] {
        assert_eq!(record.at(Side::Local, &place(0, "a")), Some(NodeId(own)));
        assert_eq!(record.children(Side::Remote, ROOT), [NodeId(own)]);
        assert_eq!(record.by_inode(&number("10")), Some(NodeId(own)));
        assert_eq!(record.entry(Side::Local, NodeId(foreign)), None);
        assert_eq!(record.tally(0).unwrap().agreed, 1);
        // The number of the other's node is taken.
        let taken = record.write(vec![here(foreign, file_here(0, "x", 1))]);
        assert!(matches!(taken, Err(Error::Torn)));
    }
    assert_ne!(one.fresh().unwrap(), other.fresh().unwrap());
}

#[test]
fn a_removed_mapping_leaves_nothing() {
    let paper = OnPaper::new(VolumeRules::LINUX);
    paper.record().write(in_sync(1, 0, "a", "10")).unwrap();
    paper.record().write(vec![here(1, file_here(0, "b", 9))]).unwrap();
    paper.record().write(vec![Note::Deleted(NodeId(7), Side::Local, 1)]).unwrap();
    let conn = Connection::open(paper.path()).unwrap();
    conn.execute_batch("PRAGMA foreign_keys=ON; DELETE FROM mapping WHERE id = 1").unwrap();
    for table in ["node", "sight", "trees", "deletion", "under_way"] {
        let sql = format!("SELECT count(*) FROM {table}");
        let left: i64 = conn.query_row(&sql, [], |row| row.get(0)).unwrap();
        assert_eq!(left, 0, "{table}");
    }
    assert!(paper.record().write(in_sync(1, 0, "a", "10")).is_err());
    assert!(paper.record().write(vec![Note::Followed(None)]).is_err());
}

#[test]
fn on_a_volume_of_other_rules_nobody_can_tell_what_is_there() {
    let mut paper = OnPaper::new(VolumeRules::LINUX);
    paper.record().write(folder_in_sync(1, 0, "trip", "10")).unwrap();
    paper.record().write(in_sync(2, 1, "A", "20")).unwrap();
    paper.record().write(vec![here(3, file_here(1, "a", 3))]).unwrap();
    let base = paper.record().base(NodeId(2));
    paper.rules = VolumeRules { case: CaseRule::Insensitive, ..VolumeRules::LINUX };
    for _ in 0..2 {
        paper.reopen();
        let record = paper.record();
        let all = [1, 2, 3].map(NodeId);
        assert_eq!(record.unknown(Side::Local).unwrap(), all);
        assert_eq!(record.unsettled().unwrap(), all);
        assert_eq!(record.on_disk(NodeId(2)), Some(Sight::Unknown));
        assert_eq!(record.base(NodeId(2)), base);
        assert_eq!(record.tally(0).unwrap().local, 0);
        assert_eq!(record.at(Side::Remote, &place(1, "A")), Some(NodeId(2)));
    }
    let seen = [folder_in_sync(1, 0, "trip", "10"), in_sync(2, 1, "A", "20")].concat();
    paper.record().write(seen).unwrap();
    assert_eq!(paper.record().at(Side::Local, &place(1, "a")), Some(NodeId(2)));
    assert_eq!(paper.record().unsettled().unwrap(), [NodeId(3)]);
}

#[test]
fn where_the_database_refuses_nobody_can_tell() {
    let paper = OnPaper::new(VolumeRules::LINUX);
    let record = paper.record();
    record.write(in_sync(1, 0, "a", "10")).unwrap();
    let alter = |sql| Connection::open(paper.path()).unwrap().execute_batch(sql).unwrap();
    alter("ALTER TABLE node RENAME TO lost");
    let node = NodeId(1);
    assert_eq!(record.entry(Side::Local, node), Some(Sight::Unknown));
    assert!(matches!(record.sound(), Err(Error::Journal(_))));
    record.sound().unwrap();
    assert_eq!(record.on_disk(node), Some(Sight::Unknown));
    assert_eq!(record.gone(node), Gone::Withdrawn, "never followed");
    assert_eq!(record.at(Side::Local, &place(0, "a")), None);
    assert_eq!((record.base(node), record.inode(node)), (None, None));
    assert!(record.sound().is_err());
    assert!(record.unsettled().is_err());
    assert!(matches!(record.write(in_sync(2, 0, "b", "20")), Err(Error::Journal(_))));
    alter("ALTER TABLE lost RENAME TO node");
    assert!(matches!(record.entry(Side::Local, node), Some(Sight::Present(_))));
    record.sound().unwrap();
}

#[test]
fn a_row_that_nobody_wrote_is_no_answer() {
    for damage in [
        "UPDATE node SET local = 7",
        "UPDATE node SET local = 3",
        "UPDATE node SET crc = NULL",
        "UPDATE node SET inode = x'00'",
        "UPDATE node SET aside = 99",
        "UPDATE node SET parent = NULL",
        "UPDATE sight SET id_ino = NULL",
    ] {
        let paper = OnPaper::new(VolumeRules::LINUX);
        let kept = if damage.contains("sight") { folder_in_sync } else { in_sync };
        paper.record().write(kept(1, 0, "a", "10")).unwrap();
        Connection::open(paper.path()).unwrap().execute_batch(damage).unwrap();
        let seen = paper.record().entry(Side::Local, NodeId(1));
        assert_eq!(seen, Some(Sight::Unknown), "{damage}");
        assert!(paper.record().sound().is_err(), "{damage}");
    }
}

#[test]
fn what_is_under_way_is_never_guessed() {
    let stand = |damage: &str| {
        let paper = OnPaper::new(VolumeRules::LINUX);
        let base = agreement(&file_here(0, "a", 1).entry, &file_there(0, "a", 1, "1").entry, None);
        let version = Version { stat: stat(1), crc64: None };
        let placing = Placing {
            op: 1,
            day: "2026-02-03".to_owned(),
            to: place(0, "a"),
            path: LocalPath::from("a"),
            old: Some(version),
            fetched: version,
            base: base.unwrap(),
        };
        let placing = Intent::Place(Box::new(placing));
        paper.record().write(vec![Note::Began(NodeId(1), placing)]).unwrap();
        let moved = Intent::Move { to: place(0, "b"), passing: false };
        paper.record().write(vec![Note::Began(NodeId(2), moved)]).unwrap();
        Connection::open(paper.path()).unwrap().execute_batch(damage).unwrap();
        paper.record().intents()
    };
    assert_eq!(stand("").unwrap().len(), 2);
    for damage in [
        "UPDATE under_way SET kind = 6",
        "UPDATE under_way SET kind = -1",
        // A version half there is no file that is not there.
        "UPDATE under_way SET old_size = NULL",
        "UPDATE under_way SET old_btime = NULL",
        "UPDATE under_way SET new_mtime = NULL",
        "UPDATE under_way SET day = NULL",
        "UPDATE under_way SET path = NULL",
        "UPDATE under_way SET op = NULL",
        "UPDATE under_way SET name = NULL",
        "UPDATE under_way SET l_name = NULL",
        // A content half there is no directory.
        "UPDATE under_way SET size = NULL",
        "UPDATE under_way SET crc = NULL",
        "UPDATE under_way SET inode = x'00'",
        "UPDATE under_way SET passing = NULL",
        "UPDATE under_way SET passing = 2",
        // Words of another kind.
        "UPDATE under_way SET kind = 1",
        "UPDATE under_way SET passing = 1",
        "UPDATE under_way SET r_path = 'a'",
        "UPDATE under_way SET r_path = 'a//b'",
    ] {
        assert!(matches!(stand(damage), Err(Error::Journal(_))), "{damage}");
    }
}

/// More writes than a task of the runtime may make in one go.
#[tokio::test]
async fn a_task_of_the_runtime_may_write() {
    let paper = OnPaper::new(VolumeRules::LINUX);
    for n in 1..=200 {
        let name = format!("f{n}");
        paper.record().write(vec![here(n, file_here(0, &name, 1))]).unwrap();
    }
    assert_eq!(paper.record().tally(0).unwrap().local, 200);
}
