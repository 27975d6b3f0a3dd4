//! A folder before and after, story by story, on the disk in memory.

use std::time::Duration;

use super::*;
use crate::{
    disk::{
        Disk,
        simulated::{Rules, SimulatedDisk},
    },
    local_path::LocalPath,
};

/// All files and folders below a folder, as a complete look gives them.
fn seen(disk: &SimulatedDisk) -> Vec<(LocalPath, Seen)> {
    let mut all = Vec::new();
    let mut folders = vec![LocalPath::default()];
    while let Some(folder) = folders.pop() {
        for listed in disk.list(&folder).unwrap() {
            let path = folder.join(&listed.name);
            let found = disk.look(&path).unwrap().unwrap();
            if found.kind == Kind::Folder {
                folders.push(path.clone());
            }
            all.push((path, Seen { name: listed.name, kind: found.kind, stat: found.stat }));
        }
    }
    all
}

/// The same, remembered; the whole path stands for the name, so that one comparison does for all.
fn known(disk: &SimulatedDisk) -> Vec<Known> {
    let numbered = seen(disk).into_iter().zip(1..);
    numbered
        .map(|((path, seen), node)| Known {
            node: NodeId(node),
            name: path.as_bytes().to_vec(),
            kind: seen.kind,
            stat: seen.stat,
            racy: false,
        })
        .collect()
}

fn now(disk: &SimulatedDisk) -> Vec<Seen> {
    let full = |(path, seen): (LocalPath, Seen)| Seen { name: path.as_bytes().to_vec(), ..seen };
    seen(disk).into_iter().map(full).collect()
}

/// What a look finds after somebody did something: changed, went, came, and (from, to, edited).
type Found = (Vec<String>, Vec<String>, Vec<String>, Vec<(String, String, bool)>);

fn after(before: &[(&str, &str)], act: impl FnOnce(&SimulatedDisk)) -> Found {
    let disk = SimulatedDisk::new(Rules::default());
    for (path, content) in before {
        disk.write(path, content.as_bytes());
    }
    let known = known(&disk);
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let name = |node: &NodeId| {
        let of = known.iter().find(|known| known.node == *node).unwrap();
        text(&of.name)
    };
    disk.wait(1_000_000_000);
    act(&disk);
    let compared = compare(known.clone(), now(&disk));
    let moved = moves(&compared.went, &compared.came);
    let told = |moved: &Moved| {
        let (from, to) = (&compared.went[moved.from], &compared.came[moved.to]);
        (text(&from.name), text(&to.name), moved.edited)
    };
    let pairs = moved.iter().map(told).collect();
    let went = compared.went.iter().map(|known| text(&known.name)).collect();
    let came = compared.came.iter().map(|seen| text(&seen.name)).collect();
    (compared.changed.iter().map(|(node, _)| name(node)).collect(), went, came, pairs)
}

fn words(of: &[&str]) -> Vec<String> {
    of.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn edits_keep_the_node_however_they_are_made() {
    for (how, act) in [
        ("in place", (|disk| disk.write("x", b"two")) as fn(&SimulatedDisk)),
        ("beside and renamed", |disk| disk.replace("x", b"two")),
        ("with the time put back", |disk| assert!(disk.retouch("x", b"owt"))),
        ("deleted and made anew", |disk| {
            disk.delete("x");
            disk.write("x", b"one");
        }),
    ] {
        let (changed, went, came, moved) = after(&[("x", "one"), ("y", "y")], act);
        assert_eq!((changed, went, came), (words(&["x"]), vec![], vec![]), "{how}");
        assert!(moved.is_empty(), "{how}");
    }
}

#[test]
fn a_rename_is_no_new_file() {
    let (changed, went, came, moved) = after(&[("a/x", "one"), ("b/y", "y")], |disk| {
        disk.shift("a/x", "b/z");
    });
    assert_eq!((changed, went, came), (vec![], words(&["a/x"]), words(&["b/z"])));
    assert_eq!(moved, [("a/x".to_owned(), "b/z".to_owned(), false)]);
}

#[test]
fn a_renamed_folder_takes_its_files_with_it() {
    let (_, _, _, moved) = after(&[("a/x", "one"), ("a/y", "two")], |disk| {
        disk.shift("a", "b");
    });
    let all: Vec<(&str, &str)> = moved.iter().map(|(a, b, _)| (a.as_str(), b.as_str())).collect();
    assert_eq!(all.len(), 3);
    for pair in [("a", "b"), ("a/x", "b/x"), ("a/y", "b/y")] {
        assert!(all.contains(&pair), "{pair:?} in {all:?}");
    }
}

#[test]
fn moved_and_edited_is_both() {
    let (_, _, _, moved) = after(&[("x", "one")], |disk| {
        disk.shift("x", "y");
        disk.write("y", b"other");
    });
    assert_eq!(moved, [("x".to_owned(), "y".to_owned(), true)]);
}

#[test]
fn a_number_given_out_again_is_no_move() {
    let (_, went, came, moved) = after(&[("x", "one")], |disk| {
        disk.delete("x");
        disk.write("y", b"one");
    });
    assert_eq!((went, came, moved), (words(&["x"]), words(&["y"]), vec![]));
}

#[test]
fn names_that_change_their_files_are_edits() {
    let (changed, went, came, _) = after(&[("x", "one"), ("y", "two")], |disk| {
        disk.shift("x", "z");
        disk.shift("y", "x");
        disk.shift("z", "y");
    });
    assert_eq!((changed, went, came), (words(&["x", "y"]), vec![], vec![]));
}

#[test]
fn a_file_where_a_folder_was_is_another() {
    let (changed, went, came, moved) = after(&[("a/x", "one")], |disk| {
        disk.shift("a/x", "x");
        disk.delete("a");
        disk.shift("x", "a");
    });
    assert_eq!((changed, came), (vec![], words(&["a"])));
    assert_eq!(went, words(&["a", "a/x"]));
    assert_eq!(moved, [("a/x".to_owned(), "a".to_owned(), false)]);
}

#[test]
fn an_edit_within_one_step_of_time_is_not_believed_away() {
    let disk = SimulatedDisk::new(Rules { granularity_ns: 2_000_000_000, ..Rules::default() });
    disk.write("x", b"one");
    let mut before = known(&disk);
    disk.write("x", b"two");
    assert!(compare(before.clone(), now(&disk)).changed.is_empty(), "the state alone cannot tell");
    before[0].racy = true;
    assert_eq!(compare(before, now(&disk)).changed.len(), 1);
}

#[test]
fn twins_of_one_file_are_left_apart() {
    let stat = LocalStat { size: 1, mtime_ns: 1, ctime_ns: 1, inode: 7, btime_ns: 1 };
    let went =
        [Known { node: NodeId(1), name: b"a".to_vec(), kind: Kind::File, stat, racy: false }];
    let came = |name: &[u8]| Seen { name: name.to_vec(), kind: Kind::File, stat };
    assert_eq!(moves(&went, &[came(b"b")]).len(), 1);
    assert!(moves(&went, &[came(b"b"), came(b"c")]).is_empty());
    let nameless = LocalStat { btime_ns: 0, ..stat };
    let old = [Known { stat: nameless, ..went[0].clone() }];
    let seen = [Seen { stat: nameless, ..came(b"b") }];
    assert!(moves(&old, &seen).is_empty(), "without a birth the number proves nothing");
}

#[test]
fn missed_once_is_not_gone() {
    let at = Duration::from_secs;
    for (first, now, removable, gone) in [
        (100, 100, false, false),
        (100, 109, false, false),
        (100, 110, false, true),
        (100, 159, true, false),
        (100, 160, true, true),
        (100, 50, false, false),
    ] {
        assert_eq!(is_gone(at(first), at(now), removable), gone, "{first} {now} {removable}");
    }
}
