//! How long the rows are of files of which all trees say the same, and how long an answer takes.
//! Figures are printed; judged is what the journal promises of its size.

#![allow(clippy::print_stdout, reason = "the figures are what it is run for")]

use std::{
    fs,
    time::{Duration, Instant},
};

use albumen_model::Crc64;
use albumen_sync::{
    name::VolumeRules,
    plan::tree::{Content, Entry, LocalStat, NodeId, Side, Trees, What},
    reconcile::record::{InCloud, Note, OnDisk, Record},
};

use super::kit::{OnPaper, agreement, folder_in_sync, here, identity, number, place, there};

/// On disk, all indices included.
const BYTES_A_FILE_MAX: u64 = 300;
const IN_A_FOLDER: i64 = 500;

/// A number that looks like any other: of a state or a content.
const fn scattered(n: i64) -> u64 {
    n.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
}

fn name(n: i64) -> String {
    format!("IMG_2026{:04}_{:06}.jpg", n / IN_A_FOLDER % 1231, n * 7919 % 1_000_000)
}

fn folder(n: i64) -> i64 {
    1 + n / IN_A_FOLDER
}

fn on_disk(n: i64) -> OnDisk {
    let made = 1_700_000_000_000_000_000 + (scattered(n) % 30_000_000_000_000_000).cast_signed();
    let copied = 1_790_000_000_000_000_000 + n * 3_141_592;
    let size = 2_000_000 + scattered(n) % 6_000_000;
    let stat = LocalStat {
        size,
        mtime_ns: made,
        ctime_ns: copied + 77,
        inode: 20_000_000 + n.cast_unsigned(),
        btime_ns: copied,
    };
    let content = Content { size, crc64: None, stat: Some(stat), cas: None };
    let entry = Entry { place: place(folder(n), &name(n)), what: What::File(content) };
    OnDisk { entry, spelling: None, racy: false, identity: identity(&stat) }
}

fn read(n: i64) -> OnDisk {
    let mut seen = on_disk(n);
    if let What::File(content) = &mut seen.entry.what {
        content.crc64 = Some(Crc64::new(scattered(n + 1)));
    }
    seen
}

fn in_cloud(n: i64) -> InCloud {
    let mut entry = read(n).entry;
    if let What::File(content) = &mut entry.what {
        content.stat = None;
        content.cas = Some(format!("{:016x}{:08x}", scattered(n + 2), n));
    }
    InCloud { entry, inode: number(&(5_000_000 + n).to_string()) }
}

fn agreed(n: i64) -> Vec<Note> {
    let (one, other) = (read(n), in_cloud(n));
    let base = agreement(&one.entry, &other.entry, Some(other.inode.clone())).unwrap();
    let node = 1_000_000 + n;
    vec![here(node, one), there(node, other), Note::Agreed(NodeId(node), base)]
}

/// In batches as a scan and a worker would write them: all is seen first, then one file after the
/// other gets to the cloud.
fn fill(record: &dyn Record, files: i64) -> [Duration; 2] {
    let folders = (1..=folder(files - 1)).collect::<Vec<_>>();
    let begun = Instant::now();
    for some in folders.chunks(1000) {
        let notes = some.iter().flat_map(|n| {
            folder_in_sync(*n, 0, &format!("2026-{n:05} A trip"), &(1_000 + n).to_string())
        });
        record.write(notes.collect()).unwrap();
    }
    let numbers: Vec<i64> = (0..files).collect();
    for some in numbers.chunks(1000) {
        record.write(some.iter().map(|n| here(1_000_000 + n, on_disk(*n))).collect()).unwrap();
    }
    let seen = begun.elapsed();
    for some in numbers.chunks(64) {
        record.write(some.iter().flat_map(|n| agreed(*n)).collect()).unwrap();
    }
    [seen, begun.elapsed() - seen]
}

fn micros(duration: Duration, of: i64) -> f64 {
    duration.as_secs_f64() * 1e6 / f64::from(i32::try_from(of).unwrap())
}

/// How long this thread has had a processor. A busy machine makes each answer wait for one.
fn processor() -> Duration {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let spent = text.split(' ').next().and_then(|text| text.parse().ok());
    Duration::from_nanos(spent.unwrap_or(0))
}

fn timed(what: &str, asked: i64, question: impl Fn(i64)) {
    let (begun, before) = (Instant::now(), processor());
    (0..asked).for_each(question);
    let (whole, own) = (begun.elapsed(), processor().saturating_sub(before));
    println!(
        "{what}: {:.1} us an answer, {:.1} us of a processor",
        micros(whole, asked),
        micros(own, asked)
    );
}

/// Fills a record, asks it, and judges its size.
pub(crate) fn measure(files: i64) {
    let mut paper = OnPaper::new(VolumeRules::LINUX);
    let empty = {
        paper.close();
        fs::metadata(paper.path()).unwrap().len()
    };
    paper.reopen();
    let [seen, done] = fill(paper.record(), files);
    println!(
        "{files} files: seen in {:.1} us each, agreed on in {:.1} us each",
        micros(seen, files),
        micros(done, files)
    );
    paper.reopen();
    let record = paper.record();
    let some = |n: i64| (scattered(n) % files.cast_unsigned()).cast_signed();
    let asked = 20_000;
    timed("a node", asked, |n| drop(record.base(NodeId(1_000_000 + some(n)))));
    timed("a node over and over", asked, |_| drop(record.base(NodeId(1_000_000))));
    timed("a place", asked, |n| {
        let place = place(folder(some(n)), &name(some(n)));
        assert_eq!(record.at(Side::Local, &place), Some(NodeId(1_000_000 + some(n))));
    });
    let begun = Instant::now();
    assert!(record.unsettled().unwrap().is_empty());
    assert_eq!(record.tally(0).unwrap().agreed, files.cast_unsigned());
    println!("nothing to do, and the tally: {:.0} us", micros(begun.elapsed(), 1));
    record.sound().unwrap();
    paper.close();
    let size = (fs::metadata(paper.path()).unwrap().len() - empty) / files.cast_unsigned();
    println!("{size} B a file, all indices and the folders included");
    assert!(size <= BYTES_A_FILE_MAX, "{size} B a file");
}

#[test]
fn a_file_in_sync_is_a_short_row() {
    measure(20_000);
}
