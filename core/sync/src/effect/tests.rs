//! Each effect as it should go; then with a fault, with a power cut, and with somebody at work, at
//! every single call of it.

use std::{
    collections::BTreeSet,
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use super::*;
use crate::disk::simulated::{Fault, Rules, SimulatedDisk, chance};

const OLD: &[u8] = b"the old content";
const NEW: &[u8] = b"what the cloud has";
const EDIT: &[u8] = b"what somebody just wrote";

fn path(text: &str) -> LocalPath {
    LocalPath::from(text)
}

fn crc(bytes: &[u8]) -> Crc64 {
    Crc64Digest::of(bytes)
}

fn workplace() -> Workplace {
    Workplace::new(7, "2026-11-27")
}

/// A folder with one file in it, at rest, and that file's state.
fn folder(rules: Rules) -> (SimulatedDisk, Version) {
    let disk = SimulatedDisk::new(rules);
    disk.write("a/x.jpg", OLD);
    disk.write("a/other.jpg", b"other");
    disk.wait(1);
    let stat = disk.look(&path("a/x.jpg")).unwrap().unwrap().stat;
    (disk, Version { stat, crc64: Some(crc(OLD)) })
}

/// One effect, from the beginning.
type Act = fn(&SimulatedDisk, &Version) -> Result<Outcome<LocalStat>, IncomingError>;

fn fetch(disk: &SimulatedDisk, workplace: &Workplace) -> Result<LocalStat, IncomingError> {
    let mut incoming = Incoming::begin(disk, workplace, NEW.len() as u64)?;
    for chunk in NEW.chunks(5) {
        incoming.take(chunk)?;
    }
    incoming.finish(crc(NEW), Some(123_000_000_000))
}

fn replacing(disk: &SimulatedDisk, old: &Version) -> Result<Outcome<LocalStat>, IncomingError> {
    let fetched = Version { stat: fetch(disk, &workplace())?, crc64: Some(crc(NEW)) };
    Ok(replace(disk, &workplace(), &path("a/x.jpg"), old, &fetched)?)
}

fn placing(disk: &SimulatedDisk, _: &Version) -> Result<Outcome<LocalStat>, IncomingError> {
    fetch(disk, &workplace())?;
    Ok(place_new(disk, &workplace(), &path("a/new.jpg"))?)
}

fn trashing(disk: &SimulatedDisk, old: &Version) -> Result<Outcome<LocalStat>, IncomingError> {
    Ok(trash(disk, &workplace(), &path("a/x.jpg"), old)?)
}

fn shifting(disk: &SimulatedDisk, old: &Version) -> Result<Outcome<LocalStat>, IncomingError> {
    Ok(shift(disk, &path("a/x.jpg"), Some(&old.stat), &path("y.jpg"))?)
}

const ALL: [(&str, Act); 4] =
    [("replace", replacing), ("place", placing), ("trash", trashing), ("move", shifting)];

/// Each of these effects on each sort of volume, with the calls that it makes there.
fn each(effects: &[(&str, Act)], mut attempt: impl FnMut(&str, Act, Rules, Range<u64>)) {
    for exchanges in [true, false] {
        for (name, act) in effects {
            let rules = Rules { exchanges, ..Rules::default() };
            let (disk, old) = folder(rules);
            let first = disk.calls();
            act(&disk, &old).expect(name);
            attempt(name, *act, rules, first..disk.calls());
        }
    }
}

fn live(disk: &SimulatedDisk) -> Vec<(String, Vec<u8>)> {
    let theirs = |path: &LocalPath| !path.is_under(&path_of_own());
    let files = disk.files().into_iter().filter(|(path, _)| theirs(path));
    files.map(|(path, bytes)| (path.to_string(), bytes)).collect()
}

fn path_of_own() -> LocalPath {
    path(OWN_FOLDER)
}

fn everywhere(disk: &SimulatedDisk) -> BTreeSet<Vec<u8>> {
    disk.files().into_iter().map(|(_, bytes)| bytes).collect()
}

#[test]
fn as_it_should_go() {
    let at_rest = ("a/other.jpg", b"other".to_vec());
    for (name, act, wanted) in [
        ("replace", replacing as Act, vec![at_rest.clone(), ("a/x.jpg", NEW.to_vec())]),
        (
            "place",
            placing,
            vec![("a/new.jpg", NEW.to_vec()), at_rest.clone(), ("a/x.jpg", OLD.to_vec())],
        ),
        ("trash", trashing, vec![at_rest.clone()]),
        ("move", shifting, vec![at_rest.clone(), ("y.jpg", OLD.to_vec())]),
    ] {
        for exchanges in [true, false] {
            let (disk, old) = folder(Rules { exchanges, ..Rules::default() });
            let done = act(&disk, &old).expect(name);
            let Outcome::Done(stat) = done else { panic!("{name}: {done:?}") };
            let wanted: Vec<_> =
                wanted.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.clone())).collect();
            assert_eq!(live(&disk), wanted, "{name}");
            assert!(everywhere(&disk).contains(OLD), "{name}: the old content is in the bin");
            if matches!(name, "replace" | "place") {
                assert_eq!(stat.mtime_ns, 123_000_000_000, "{name}");
            }
            assert_eq!(disk.content(&workplace().incoming().to_string()), None, "{name}");
        }
    }
}

#[test]
fn what_is_not_as_planned_is_left_alone() {
    for (name, act) in ALL {
        let (disk, old) = folder(Rules::default());
        disk.retouch("a/x.jpg", b"the new content");
        disk.write("a/new.jpg", EDIT);
        let before = live(&disk);
        assert_eq!(act(&disk, &old), Ok(Outcome::Changed), "{name}");
        assert_eq!(live(&disk), before, "{name}");
    }
    let (disk, old) = folder(Rules::default());
    disk.write("y.jpg", EDIT);
    assert_eq!(shifting(&disk, &old), Ok(Outcome::Changed), "the name is taken");
}

#[test]
fn only_the_whole_and_right_content_is_taken() {
    let (disk, _) = folder(Rules::default());
    let place = workplace();
    let begun = |size| Incoming::begin(&disk, &place, size).unwrap();
    let mut short = begun(NEW.len() as u64);
    short.take(&NEW[..5]).unwrap();
    let length = IncomingError::Length { wanted: NEW.len() as u64, got: 5 };
    assert_eq!(short.finish(crc(NEW), None), Err(length));
    let mut long = begun(5);
    assert!(matches!(long.take(NEW), Err(IncomingError::Length { .. })));
    let mut other = begun(NEW.len() as u64);
    other.take(&[b'?'; NEW.len()]).unwrap();
    assert!(matches!(other.finish(crc(NEW), None), Err(IncomingError::Content { .. })));
    assert_eq!(disk.content(&place.incoming().to_string()), None, "nothing is left of them");
}

#[test]
fn what_was_fetched_is_known_by_its_state_before_it_has_a_name() {
    let (disk, _) = folder(Rules::default());
    let stat = fetch(&disk, &workplace()).unwrap();
    assert_eq!(disk.look(&workplace().incoming()).unwrap().unwrap().stat, stat);
}

#[test]
fn without_a_known_content_the_state_has_to_be_the_planned_one_to_the_last() {
    for (name, act) in [("replace", replacing as Act), ("trash", trashing)] {
        let (disk, old) = folder(Rules::default());
        assert!(disk.retouch("a/x.jpg", b"THE OLD CONTENT"));
        let before = live(&disk);
        let unknown = Version { crc64: None, ..old };
        assert_eq!(act(&disk, &unknown), Ok(Outcome::Changed), "{name}");
        assert_eq!(live(&disk), before, "{name}");
    }
}

/// Somebody edits it in the last moment, and makes a new one as soon as it is away.
#[test]
fn what_cannot_get_its_name_back_lies_beside_it() {
    each(&[("replace", replacing), ("trash", trashing)], |name, act, rules, calls| {
        let mut beside = 0;
        for (at, later) in calls.clone().flat_map(|at| (at + 1..calls.end).map(move |l| (at, l))) {
            let (disk, old) = folder(rules);
            disk.meanwhile(at, move |disk| {
                disk.write("a/x.jpg", EDIT);
                disk.meanwhile(later, |disk| disk.write("a/x.jpg", b"and anew"));
            });
            let outcome = act(&disk, &old).expect(name);
            let live: Vec<_> = live(&disk).into_iter().map(|(_, bytes)| bytes).collect();
            let anew = live.contains(&b"and anew".to_vec());
            assert!(anew || disk.calls() <= later, "{name} {at} {later}: {outcome:?}");
            if let Outcome::Elsewhere(path) = &outcome {
                beside += 1;
                assert!(disk.content(&path.to_string()).is_some(), "{path}");
                let both = anew && live.contains(&EDIT.to_vec());
                assert!(both, "{name} {at} {later}");
            }
        }
        assert!(beside > 0, "{name} {rules:?}");
    });
}

/// The longest names there are: on most volumes, and on those that encrypt names.
#[test]
fn a_long_name_leaves_room_for_what_is_added_beside_it() {
    for (stem, ending) in [("\u{5b57}".repeat(83), ".jpeg"), ("x".repeat(255), "")] {
        let (disk, _) = folder(Rules::default());
        let taken = path("a").join(format!("{stem}{ending}").as_bytes());
        disk.write(&taken.to_string(), b"and anew");
        disk.write("a/y", EDIT);
        let outcome = place::give_back(&disk, &workplace(), &path("a/y"), &taken);
        let Ok(Outcome::Elsewhere(beside)) = &outcome else { panic!("{stem}: {outcome:?}") };
        assert_eq!(disk.content(&beside.to_string()), Some(EDIT.to_vec()));
        assert_eq!(disk.content(&taken.to_string()), Some(b"and anew".to_vec()));
        let name = beside.to_string();
        assert!(name.ends_with(&format!(" (kept 2026-11-27 7){ending}")), "{name}");
    }
}

/// Each content that somebody has is still somewhere, whole, and nothing else has their names.
fn nothing_lost(disk: &SimulatedDisk, story: &str) {
    assert!(everywhere(disk).contains(OLD), "{story}: the old content is lost\n{disk:?}");
    for (path, bytes) in live(disk) {
        let whole = [OLD, NEW, b"other"].contains(&bytes.as_slice());
        assert!(whole, "{story}: {path} is {:?}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn a_fault_or_a_power_cut_at_any_call_loses_nothing() {
    each(&ALL, |name, act, rules, calls| {
        let ends = [(false, false), (false, true), (true, false), (true, true)];
        for (at, (lasting, done)) in calls.flat_map(|at| ends.map(|end| (at, end))) {
            let (disk, old) = folder(rules);
            disk.fail(Some(Fault { at, kind: DiskErrorKind::Device, lasting, done }));
            let story = format!("{name}, call {at}, {lasting} {done}");
            let outcome = act(&disk, &old);
            nothing_lost(&disk, &story);
            for seed in 0..40 {
                let left = disk.cut_power(&mut chance(seed));
                nothing_lost(&left, &format!("{story}, power cut {seed}, {outcome:?}"));
            }
        }
    });
}

#[test]
fn what_is_done_is_durable() {
    for (name, act) in ALL {
        let (disk, old) = folder(Rules::default());
        act(&disk, &old).expect(name);
        for seed in 0..100 {
            assert_eq!(live(&disk.cut_power(&mut chance(seed))), live(&disk), "{name} {seed}");
        }
    }
}

/// What somebody may do to the file right between two calls; whether they wrote something.
type Habit = (&'static str, fn(&SimulatedDisk) -> bool);

const PEOPLE: [Habit; 5] = [
    ("writes into it", |disk| {
        disk.write("a/x.jpg", EDIT);
        true
    }),
    ("replaces it", |disk| {
        disk.replace("a/x.jpg", EDIT);
        true
    }),
    ("writes into it and puts the time back", |disk| disk.retouch("a/x.jpg", b"THE OLD CONTENT")),
    ("makes the new name", |disk| {
        disk.write("a/new.jpg", EDIT);
        disk.write("y.jpg", EDIT);
        true
    }),
    ("moves it away and writes anew", |disk| {
        disk.shift("a/x.jpg", "mine.jpg");
        disk.write("a/x.jpg", EDIT);
        true
    }),
];

#[test]
fn what_somebody_writes_between_two_calls_stays_theirs() {
    each(&ALL, |name, act, rules, calls| {
        for (at, (habit, person)) in calls.flat_map(|at| PEOPLE.map(|habit| (at, habit))) {
            let (disk, old) = folder(rules);
            let wrote = Arc::new(AtomicBool::new(false));
            let noted = Arc::clone(&wrote);
            disk.meanwhile(at, move |disk| noted.store(person(disk), Ordering::Relaxed));
            let outcome = act(&disk, &old);
            let story = format!("{name} ({rules:?}), call {at}, somebody {habit}");
            assert!(outcome.is_ok(), "{story}: {outcome:?}");
            let written = [EDIT, b"THE OLD CONTENT"];
            let theirs =
                live(&disk).into_iter().any(|(_, bytes)| written.contains(&bytes.as_slice()));
            let theirs = theirs || !wrote.load(Ordering::Relaxed);
            assert!(theirs, "{story}: {outcome:?}\n{:?}", live(&disk));
        }
    });
}

#[test]
fn folders() {
    let (disk, _) = folder(Rules::default());
    assert_eq!(make_folder(&disk, &path("b")), Ok(Outcome::Done(())));
    assert_eq!(make_folder(&disk, &path("b")), Ok(Outcome::Done(())), "as good as made");
    assert_eq!(
        make_folder(&disk, &path("a/x.jpg")).map_err(|error| error.kind),
        Ok(Outcome::Changed)
    );
    assert_eq!(remove_folder(&disk, &path("a")), Ok(Outcome::Changed), "something lives in it");
    assert_eq!(remove_folder(&disk, &path("b")), Ok(Outcome::Done(())));
    assert_eq!(
        trash(
            &disk,
            &workplace(),
            &path(".albumen/tmp/1"),
            &Version { stat: LocalStat::default(), crc64: None }
        ),
        Ok(Outcome::Changed),
        "nothing of our own goes to the bin"
    );
}
