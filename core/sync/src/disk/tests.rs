//! What holds for every disk, the operating system's and the one in memory; that the two answer
//! alike whatever is asked; and what a power cut leaves of the one in memory.

use proptest::prelude::*;

use super::{
    Disk, DiskErrorKind, Found, Kind,
    simulated::{Fault, Rules, SimulatedDisk, Unplugged, chance},
};
use crate::local_path::LocalPath;

fn path(text: &str) -> LocalPath {
    LocalPath::from(text)
}

fn put(disk: &dyn Disk, name: &str, bytes: &[u8]) -> Result<(), DiskErrorKind> {
    let kind = |error: super::DiskError| error.kind;
    let mut file = disk.create(&path(name)).map_err(kind)?;
    file.write(bytes).map_err(kind)?;
    file.sync().map(|_| ()).map_err(kind)
}

fn get(disk: &dyn Disk, name: &str) -> Result<Vec<u8>, DiskErrorKind> {
    let kind = |error: super::DiskError| error.kind;
    let mut file = disk.open(&path(name)).map_err(kind)?;
    let (mut all, mut buffer) = (Vec::new(), [0; 7]);
    loop {
        match file.read(&mut buffer).map_err(kind)? {
            0 => return Ok(all),
            read => all.extend_from_slice(&buffer[..read]),
        }
    }
}

fn look(disk: &dyn Disk, name: &str) -> Option<Found> {
    disk.look(&path(name)).expect("a look")
}

fn kind<T>(done: Result<T, super::DiskError>) -> Result<(), DiskErrorKind> {
    done.map(|_| ()).map_err(|error| error.kind)
}

/// What each disk has to do, story by story.
fn contract(disk: &dyn Disk) {
    assert_eq!(disk.list(&LocalPath::default()).expect("a list"), vec![]);
    disk.make_folder(&path("a")).expect("a folder");
    assert_eq!(kind(disk.make_folder(&path("a"))), Err(DiskErrorKind::Taken));
    put(disk, "a/x", b"one and more than seven").expect("a file");
    assert_eq!(put(disk, "a/x", b"two"), Err(DiskErrorKind::Taken), "nothing is overwritten");
    assert_eq!(get(disk, "a/x").expect("content"), b"one and more than seven");
    assert_eq!(
        look(disk, "a/x").map(|found| (found.kind, found.stat.size)),
        Some((Kind::File, 23))
    );
    assert_eq!(look(disk, "a/y"), None);
    assert_eq!(kind(disk.look(&path("b/y"))), Err(DiskErrorKind::NoFolder), "not an absence");
    assert_eq!(kind(disk.look(&path("a/x/y"))), Err(DiskErrorKind::NoFolder));

    put(disk, "a/y", b"two").expect("a file");
    assert_eq!(kind(disk.rename(&path("a/x"), &path("a/y"))), Err(DiskErrorKind::Taken));
    let before = look(disk, "a/x").expect("x");
    disk.exchange(&path("a/x"), &path("a/y")).expect("both names");
    assert_eq!(get(disk, "a/x").expect("content"), b"two");
    let after = look(disk, "a/y").expect("y");
    let same = |found: Found| (found.stat.inode, found.stat.size, found.stat.mtime_ns);
    assert_eq!(same(before), same(after), "the file went with its number and time");
    disk.rename(&path("a/y"), &path("y")).expect("a free name");
    assert_eq!(look(disk, "a/y"), None);

    assert_eq!(kind(disk.remove_folder(&path("a"))), Err(DiskErrorKind::NotEmpty));
    assert_eq!(kind(disk.remove_folder(&path("y"))), Err(DiskErrorKind::NoFolder));
    assert_eq!(kind(disk.discard(&path("a"))), Err(DiskErrorKind::IsFolder));
    assert_eq!(kind(disk.rename(&path("a"), &path("a/b"))), Err(DiskErrorKind::BadName));
    assert_eq!(kind(disk.create(&path(".."))), Err(DiskErrorKind::BadName));
    assert_eq!(kind(disk.open(&path("a"))), Err(DiskErrorKind::IsFolder));
    assert_eq!(kind(disk.open(&path("nothing"))), Err(DiskErrorKind::Missing));

    // An open file stays the one that was opened.
    let mut open = disk.open(&path("y")).expect("open");
    put(disk, "z", b"another").expect("a file");
    disk.exchange(&path("y"), &path("z")).expect("both names");
    let mut start = [0; 3];
    open.read(&mut start).expect("bytes");
    assert_eq!((&start, open.stat().expect("state").size), (b"one", 23));

    let mut made = disk.create(&path("old")).expect("a file");
    made.write(b"from long ago").expect("room");
    made.set_modified(-86_400_000_000_000).expect("a day before 1970");
    let stat = made.sync().expect("durable");
    assert_eq!(stat.mtime_ns, -86_400_000_000_000);
    assert_eq!(look(disk, "old").map(|found| found.stat), Some(stat));
    disk.sync_folder(&LocalPath::default()).expect("durable names");
    for name in ["a/x", "old", "y", "z"] {
        disk.discard(&path(name)).expect(name);
    }
    disk.remove_folder(&path("a")).expect("empty");
    assert_eq!(disk.list(&LocalPath::default()).expect("a list"), vec![]);
}

#[test]
fn the_disk_in_memory() {
    contract(&SimulatedDisk::new(Rules::default()));
}

#[cfg(target_os = "linux")]
mod on_linux {
    use super::{super::RealDisk, *};

    #[test]
    fn the_operating_systems_disk() {
        let dir = tempfile::tempdir().unwrap();
        contract(&RealDisk::open(dir.path()).unwrap());
    }

    #[test]
    fn no_link_leads_out_of_the_folder() {
        let dir = tempfile::tempdir().unwrap();
        let (inside, outside) = (dir.path().join("in"), dir.path().join("out"));
        std::fs::create_dir_all(&inside).unwrap();
        std::fs::create_dir_all(&outside).unwrap();
        std::fs::write(outside.join("secret"), b"secret").unwrap();
        std::os::unix::fs::symlink(&outside, inside.join("link")).unwrap();
        std::os::unix::fs::symlink(outside.join("secret"), inside.join("file")).unwrap();
        let disk = RealDisk::open(&inside).unwrap();
        assert_eq!(look(&disk, "link").map(|found| found.kind), Some(Kind::Link));
        for name in ["link/secret", "link/new"] {
            assert_eq!(get(&disk, name), Err(DiskErrorKind::NoFolder), "{name}");
            assert_eq!(put(&disk, name, b"x"), Err(DiskErrorKind::NoFolder), "{name}");
        }
        assert_eq!(get(&disk, "file"), Err(DiskErrorKind::NoFolder));
        assert_eq!(kind(disk.list(&path("link"))), Err(DiskErrorKind::NoFolder));
        let moved = disk.rename(&path("file"), &path("link/file"));
        assert_eq!(kind(moved), Err(DiskErrorKind::NoFolder));
        assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_that_was_exchanged_or_removed_is_gone_and_not_empty() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("photos");
        std::fs::create_dir(&folder).unwrap();
        let disk = RealDisk::open(&folder).unwrap();
        put(&disk, "a", b"a").unwrap();
        std::fs::rename(&folder, dir.path().join("elsewhere")).unwrap();
        assert_eq!(kind(disk.list(&LocalPath::default())), Err(DiskErrorKind::Gone));
        assert_eq!(kind(disk.look(&path("b"))), Err(DiskErrorKind::Gone), "no evidence of absence");
        std::fs::create_dir(&folder).unwrap();
        assert_eq!(kind(disk.list(&LocalPath::default())), Err(DiskErrorKind::Gone));
        assert_eq!(kind(disk.look(&path("b"))), Err(DiskErrorKind::Gone));
    }

    #[derive(Clone, Debug)]
    enum Call {
        Put(usize, u8),
        Folder(usize),
        Rename(usize, usize),
        Exchange(usize, usize),
        Discard(usize),
        RemoveFolder(usize),
        Read(usize),
        List(usize),
    }

    const PLACES: [&str; 9] = ["a", "b", "c", "a/a", "a/b", "b/a", "b/b", "a/b/a", "b/a/c"];

    fn call() -> impl Strategy<Value = Call> {
        let place = || 0..PLACES.len();
        prop_oneof![
            (place(), any::<u8>()).prop_map(|(at, content)| Call::Put(at, content)),
            place().prop_map(Call::Folder),
            (place(), place()).prop_map(|(from, to)| Call::Rename(from, to)),
            (place(), place()).prop_map(|(one, other)| Call::Exchange(one, other)),
            place().prop_map(Call::Discard),
            place().prop_map(Call::RemoveFolder),
            place().prop_map(Call::Read),
            place().prop_map(Call::List),
        ]
    }

    /// What a disk answers, in a form two disks can be compared by.
    fn ask(disk: &dyn Disk, call: &Call) -> String {
        let at = |place: &usize| path(PLACES[*place]);
        match call {
            Call::Put(place, content) => format!("{:?}", put(disk, PLACES[*place], &[*content; 9])),
            Call::Folder(place) => format!("{:?}", kind(disk.make_folder(&at(place)))),
            Call::Rename(from, to) => format!("{:?}", kind(disk.rename(&at(from), &at(to)))),
            Call::Exchange(one, other) => {
                format!("{:?}", kind(disk.exchange(&at(one), &at(other))))
            }
            Call::Discard(place) => format!("{:?}", kind(disk.discard(&at(place)))),
            Call::RemoveFolder(place) => format!("{:?}", kind(disk.remove_folder(&at(place)))),
            Call::Read(place) => format!("{:?}", get(disk, PLACES[*place])),
            Call::List(place) => {
                let mut listed = disk.list(&at(place)).map_err(|error| error.kind);
                if let Ok(listed) = &mut listed {
                    listed.sort();
                }
                format!("{listed:?}")
            }
        }
    }

    proptest! {
        #[test]
        fn both_answer_alike(calls in proptest::collection::vec(call(), 1..40)) {
            let dir = tempfile::tempdir().unwrap();
            let real = RealDisk::open(dir.path()).unwrap();
            let simulated = SimulatedDisk::new(Rules::default());
            for call in calls {
                prop_assert_eq!(ask(&simulated, &call), ask(&real, &call), "{:?}", call);
            }
        }
    }
}

/// Fetches a file the way it has to be done.
fn place(disk: &SimulatedDisk, name: &str, bytes: &[u8]) -> Result<(), super::DiskError> {
    let part = path(".part");
    let mut file = disk.create(&part)?;
    file.write(bytes)?;
    file.sync()?;
    match disk.look(&path(name))? {
        Some(_) => {
            disk.exchange(&part, &path(name))?;
            disk.sync_folder(&LocalPath::default())?;
            disk.discard(&part)
        }
        None => disk.rename(&part, &path(name)),
    }?;
    disk.sync_folder(&LocalPath::default())
}

/// Whether a power cut can leave something else under a name than one of these.
fn torn(disk: &SimulatedDisk, name: &str, whole: &[Option<&[u8]>]) -> bool {
    (0..200).any(|seed| {
        let left = disk.cut_power(&mut chance(seed));
        !whole.contains(&left.content(name).as_deref())
    })
}

#[test]
fn what_was_made_durable_outlives_a_power_cut_at_every_call() {
    let new: &[u8] = b"the new content";
    let old: &[u8] = b"the old one";
    for before in [None, Some(old)] {
        let calls = {
            let disk = SimulatedDisk::new(Rules::default());
            place(&disk, "x", new).expect("done");
            disk.calls() + 4
        };
        for at in 0..calls {
            let disk = SimulatedDisk::new(Rules::default());
            if let Some(old) = before {
                disk.write("x", old);
                disk.wait(1);
            }
            let kind = DiskErrorKind::Device;
            disk.fail(Some(Fault { at, kind, lasting: true, done: true }));
            let done = place(&disk, "x", new).is_ok();
            let whole = if done { vec![Some(new)] } else { vec![before, Some(new)] };
            assert!(!torn(&disk, "x", &whole), "call {at}, {before:?} before");
        }
    }
}

/// The same without each of the two waits: a simulation that cannot tell proves nothing.
#[test]
fn what_was_not_made_durable_is_lost_by_some_power_cut() {
    let disk = SimulatedDisk::new(Rules::default());
    let mut file = disk.create(&path(".part")).expect("a file");
    file.write(b"the new content").expect("room");
    disk.rename(&path(".part"), &path("x")).expect("a free name");
    disk.sync_folder(&LocalPath::default()).expect("durable names");
    assert!(torn(&disk, "x", &[Some(b"the new content")]), "the content was not waited for");

    let disk = SimulatedDisk::new(Rules::default());
    put(&disk, "x", b"the new content").expect("a file");
    assert!(torn(&disk, "x", &[Some(b"the new content")]), "the name was not waited for");
}

#[test]
fn a_volume_of_its_own_kind() {
    let disk = SimulatedDisk::new(Rules { folds: true, exchanges: false, ..Rules::default() });
    put(&disk, "A", b"1").expect("a file");
    assert_eq!(put(&disk, "a", b"2"), Err(DiskErrorKind::Taken));
    assert_eq!(get(&disk, "a").expect("content"), b"1");
    put(&disk, "b", b"2").expect("a file");
    let exchanged = disk.exchange(&path("A"), &path("b"));
    assert_eq!(kind(exchanged), Err(DiskErrorKind::Unsupported));

    let coarse = SimulatedDisk::new(Rules { granularity_ns: 2_000_000_000, ..Rules::default() });
    coarse.write("x", b"1");
    let before = look(&coarse, "x").expect("x").stat;
    coarse.write("x", b"2");
    assert_eq!(look(&coarse, "x").expect("x").stat, before, "an edit within one step of time");

    let full = SimulatedDisk::new(Rules { capacity: 4, ..Rules::default() });
    assert_eq!(put(&full, "x", b"12345"), Err(DiskErrorKind::Full));
}

#[test]
fn people_and_numbers() {
    let disk = SimulatedDisk::new(Rules::default());
    disk.write("in/x", b"one");
    let first = look(&disk, "in/x").expect("x").stat;
    assert!(disk.delete("in/x"));
    disk.write("in/y", b"two");
    assert_eq!(look(&disk, "in/y").expect("y").stat.inode, first.inode, "given out again at once");
    let before = look(&disk, "in/y").expect("y").stat;
    disk.retouch("in/y", b"owt");
    let after = look(&disk, "in/y").expect("y").stat;
    assert_eq!(
        (after.size, after.mtime_ns, after.inode),
        (before.size, before.mtime_ns, before.inode)
    );
    assert_ne!(after.ctime_ns, before.ctime_ns, "only this tells");
    disk.replace("in/y", b"new");
    assert_ne!(look(&disk, "in/y").expect("y").stat.inode, before.inode);
    assert!(disk.shift("in/y", "out/z"));
    assert_eq!(disk.files(), vec![(path("out/z"), b"new".to_vec())]);
    disk.folder("empty");
    assert!(disk.delete("out"));

    disk.unplug(Some(Unplugged::EmptyFolder));
    assert_eq!(disk.list(&LocalPath::default()).expect("what was mounted over"), vec![]);
    disk.unplug(Some(Unplugged::Told));
    assert_eq!(kind(disk.list(&LocalPath::default())), Err(DiskErrorKind::Gone));
    disk.unplug(None);
    assert_eq!(disk.list(&LocalPath::default()).expect("back").len(), 2);
}
