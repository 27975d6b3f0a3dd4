//! However much of the journal reached the disk when the power went: what is opened then is the
//! state after some whole number of writes, and no earlier one than was answered for.

use std::fs;

use albumen_sync::{
    name::VolumeRules,
    reconcile::{Remembered, record::Record},
};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use rusqlite::Connection;

use crate::{
    kit::{Answers, OnPaper, answers},
    property::{UNIVERSE, batches, notes_of},
};

/// Bytes before the first frame of a write-ahead log.
const LOG_HEADER: usize = 32;
/// Bytes of a frame: its header and a page.
const FRAME: usize = 24 + 4096;

/// A journal as it lay on disk at some moments, and what it should say.
struct Lived {
    /// The database before the log came into being, and after the log was carried over.
    databases: [Vec<u8>; 2],
    log: Vec<u8>,
    /// After each write, with the log's length then.
    states: Vec<(usize, Answers)>,
}

fn live(story: &[Vec<crate::property::Deed>]) -> Lived {
    let memory = Remembered::new(VolumeRules::LINUX);
    let paper = OnPaper::new(VolumeRules::LINUX);
    let log_path = paper.home.path().join("journal.db-wal");
    let log_now = || fs::read(&log_path).unwrap_or_default();
    let before = fs::read(paper.path()).unwrap();
    let mut states = vec![(log_now().len(), answers(&memory, &UNIVERSE))];
    for batch in story {
        let notes = notes_of(batch, &memory);
        let outcome = memory.write(notes.clone());
        assert_eq!(paper.record().write(notes).is_ok(), outcome.is_ok());
        states.push((log_now().len(), answers(&memory, &UNIVERSE)));
    }
    let log = log_now();
    Connection::open(paper.path())
        .unwrap()
        .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
        .unwrap();
    let after = fs::read(paper.path()).unwrap();
    Lived { databases: [before, after], log, states }
}

/// What a program says that starts with these files.
fn started(database: &[u8], log: &[u8]) -> Answers {
    let mut paper = OnPaper::new(VolumeRules::LINUX);
    paper.close();
    fs::write(paper.path(), database).unwrap();
    fs::write(paper.home.path().join("journal.db-wal"), log).unwrap();
    paper.reopen();
    answers(paper.record(), &UNIVERSE)
}

fn lived() -> Lived {
    let mut runner = TestRunner::deterministic();
    live(&batches(40).new_tree(&mut runner).unwrap().current())
}

#[test]
fn a_log_cut_anywhere_is_a_whole_number_of_writes() {
    let Lived { databases: [database, _], log, states } = lived();
    assert!(states.len() > 8, "a story worth telling");
    let frames = (log.len() - LOG_HEADER) / FRAME;
    let ends = (0..=frames).map(|frame| LOG_HEADER + frame * FRAME);
    let mut reached = 0;
    for end in ends.flat_map(|end| [end, end + FRAME / 3, end + FRAME - 1]) {
        let end = end.min(log.len());
        let said = started(&database, &log[..end]);
        // What was answered for by then is there: the log had this length when it was.
        let due = states.iter().rposition(|(length, _)| *length <= end).unwrap_or(0);
        let is = (due.max(reached)..states.len()).find(|at| states[*at].1 == said);
        assert!(is.is_some(), "cut at {end}: no state of {due} or later");
        reached = is.unwrap_or(reached);
    }
    assert_eq!(states[reached].1, states[states.len() - 1].1);
}

#[test]
fn a_log_half_carried_over_loses_nothing() {
    let Lived { databases: [before, after], log, states } = lived();
    let (_, last) = states.last().unwrap();
    for seed in 1..24usize {
        let mut database = after.clone();
        for (index, page) in before.chunks(4096).enumerate() {
            if (index * 7 + seed * 13) % 5 < seed % 5 {
                database[index * 4096..][..4096].copy_from_slice(page);
            }
        }
        assert_eq!(started(&database, &log), *last, "mixed by {seed}");
    }
}
