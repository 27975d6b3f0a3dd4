//! What a record promises, story by story.

use albumen_model::Crc64;
use albumen_sync::{
    Error, LocalPath,
    cloud::Cursor,
    effect::Version,
    name::{CaseRule, Normalisation, VolumeRules},
    plan::{
        guard::Tally,
        tree::{Aside, Gone, NodeId, Side, Sight, What},
    },
    reconcile::record::{InCloud, Intent, Note, OnDisk},
};

use crate::kit::{
    Form, SIDES, both, file_here, file_there, folder_here, folder_in_sync, folder_there, here,
    in_sync, number, on, place, stat, there,
};

const N1: NodeId = NodeId(1);
const N2: NodeId = NodeId(2);
const N3: NodeId = NodeId(3);

fn write(form: &Form, notes: impl IntoIterator<Item = Note>) {
    form.get().write(notes.into_iter().collect()).unwrap();
}

/// The notes are refused, and nothing of them is remembered: not what came first either.
fn torn(form: &mut Form, notes: impl IntoIterator<Item = Note>) {
    let mut all = vec![Note::Followed(Some(Cursor::new("torn")))];
    all.extend(notes);
    let before = form.get().followed().unwrap();
    assert!(matches!(form.get().write(all), Err(Error::Torn)));
    form.reopen();
    assert_eq!(form.get().followed().unwrap(), before);
}

fn unsettled(form: &Form) -> Vec<i64> {
    form.get().unsettled().unwrap().into_iter().map(|node| node.0).collect()
}

fn children(form: &Form, side: Side, node: i64) -> Vec<i64> {
    let mut all: Vec<i64> =
        form.get().children(side, NodeId(node)).into_iter().map(|node| node.0).collect();
    all.sort_unstable();
    all
}

#[test]
fn what_is_seen_is_answered_as_it_was_seen() {
    both(|form| {
        let mut odd = file_here(0, "caf\u{e9}.jpg", 7);
        odd.spelling = Some("cafe\u{301}.jpg".into());
        odd.racy = true;
        let mut kept = folder_here(0, "kept");
        kept.entry.what = What::Directory { lived_in: true };
        let far = file_there(0, "far.jpg", 8, "80");
        write(form, [here(1, odd.clone()), here(2, kept.clone()), there(3, far.clone())]);
        form.reopen();
        let record = form.get();
        assert_eq!(record.on_disk(N1), Some(Sight::Present(odd.clone())));
        assert_eq!(record.entry(Side::Local, N1), Some(Sight::Present(odd.entry)));
        assert_eq!(record.entry(Side::Remote, N1), None);
        assert_eq!(record.on_disk(N2), Some(Sight::Present(kept)));
        assert_eq!(record.entry(Side::Remote, N3), Some(Sight::Present(far.entry)));
        assert_eq!(record.inode(N3), Some(number("80")));
        assert_eq!(record.at(Side::Local, &place(0, "caf\u{e9}.jpg")), Some(N1));
        assert_eq!(record.at(Side::Remote, &place(0, "caf\u{e9}.jpg")), None);
        assert_eq!(children(form, Side::Local, 0), [1, 2]);
        assert_eq!(children(form, Side::Remote, 0), [3]);
    });
}

#[test]
fn the_last_of_two_sights_counts_and_absence_is_one() {
    both(|form| {
        write(form, [here(1, file_here(0, "a", 1)), here(1, file_here(0, "b", 2))]);
        assert_eq!(form.get().at(Side::Local, &place(0, "a")), None);
        assert_eq!(form.get().at(Side::Local, &place(0, "b")), Some(N1));
        write(form, [Note::OnDisk(N1, Some(Sight::Unknown))]);
        form.reopen();
        assert_eq!(form.get().on_disk(N1), Some(Sight::Unknown));
        assert_eq!(form.get().at(Side::Local, &place(0, "b")), None, "nobody can tell where");
        assert_eq!(form.get().unknown(Side::Local).unwrap(), [N1]);
        assert!(form.get().unknown(Side::Remote).unwrap().is_empty());
        write(form, [Note::OnDisk(N1, None)]);
        assert_eq!(form.get().on_disk(N1), None);
        assert!(form.get().unknown(Side::Local).unwrap().is_empty());
    });
}

#[test]
fn what_is_equal_everywhere_is_settled() {
    both(|form| {
        write(form, folder_in_sync(1, 0, "trip", "10"));
        write(form, in_sync(2, 1, "a.jpg", "20"));
        assert_eq!(unsettled(form), [0i64; 0]);
        // Not read again, but in the state that was agreed on.
        let mut unread = file_here(1, "a.jpg", 2);
        if let What::File(content) = &mut unread.entry.what {
            content.crc64 = None;
        }
        write(form, [here(2, unread.clone())]);
        form.reopen();
        assert_eq!(unsettled(form), [0i64; 0]);
        assert_eq!(form.get().on_disk(N2), Some(Sight::Present(unread)));
        for (case, note) in [
            ("another state", here(2, file_here(1, "a.jpg", 3))),
            ("another name", here(2, file_here(1, "b.jpg", 2))),
            ("another directory", here(2, file_here(0, "a.jpg", 2))),
            ("another content", there(2, file_there(1, "a.jpg", 9, "20"))),
            ("gone from the disk", Note::OnDisk(N2, None)),
            ("gone from the cloud", Note::InCloud(N2, None)),
            ("nobody can tell", Note::InCloud(N2, Some(Sight::Unknown))),
            ("left aside", Note::SetAside(N2, Aside::Archived)),
            ("agreed on no more", Note::Forgot(N2)),
        ] {
            write(form, [note]);
            form.reopen();
            assert_eq!(unsettled(form), [2], "{case}");
            write(form, in_sync(2, 1, "a.jpg", "20"));
            assert_eq!(unsettled(form), [0i64; 0], "{case}, and back");
        }
    });
}

#[test]
fn what_is_no_tree_is_refused_whole() {
    both(|form| {
        write(form, folder_in_sync(1, 0, "trip", "10"));
        write(form, in_sync(2, 1, "a.jpg", "20"));
        write(form, folder_in_sync(4, 1, "day", "40"));
        for notes in [
            // A place twice, on either side.
            vec![here(3, file_here(1, "a.jpg", 3))],
            vec![there(3, file_there(1, "a.jpg", 3, "30"))],
            vec![here(3, file_here(0, "x", 3)), here(5, file_here(0, "x", 5))],
            // A number of the cloud's twice.
            vec![there(3, file_there(0, "x", 3, "20"))],
            // In nothing, in a file, in what nobody can tell of.
            vec![here(3, file_here(9, "x", 3))],
            vec![here(3, file_here(2, "x", 3))],
            vec![Note::OnDisk(N1, Some(Sight::Unknown))],
            // A directory goes and something stays in it.
            vec![Note::OnDisk(N1, None)],
            vec![Note::OnDisk(N1, None), Note::OnDisk(N2, None)],
            // A ring.
            vec![here(1, folder_here(4, "trip"))],
            vec![here(1, folder_here(1, "trip"))],
            // Of two kinds.
            vec![here(2, folder_here(1, "a.jpg"))],
            vec![here(3, file_here(0, "x", 3)), there(3, folder_there(0, "x", "30"))],
        ] {
            torn(form, notes);
            assert_eq!(form.get().at(Side::Local, &place(1, "a.jpg")), Some(N2));
            assert_eq!(unsettled(form), [0i64; 0]);
            assert_eq!(form.get().entry(Side::Local, N3), None);
        }
        // What is refused together may well be noted with what it lacks.
        write(form, [1, 2, 4].map(|node| Note::OnDisk(NodeId(node), None)));
        assert_eq!(unsettled(form), [1, 2, 4]);
    });
}

#[test]
fn two_nodes_change_places_and_numbers() {
    both(|form| {
        write(form, in_sync(1, 0, "a", "10"));
        write(form, in_sync(2, 0, "b", "20"));
        write(form, [here(1, file_here(0, "b", 1)), here(2, file_here(0, "a", 2))]);
        write(
            form,
            [there(1, file_there(0, "b", 1, "20")), there(2, file_there(0, "a", 2, "10"))],
        );
        form.reopen();
        for side in SIDES {
            assert_eq!(form.get().at(side, &place(0, "a")), Some(N2));
            assert_eq!(form.get().at(side, &place(0, "b")), Some(N1));
        }
        assert_eq!(form.get().by_inode(&number("10")), Some(N2));
        assert_eq!(form.get().inode(N1), Some(number("20")));
    });
}

#[test]
fn a_directory_moves_with_all_below_it() {
    both(|form| {
        write(form, folder_in_sync(1, 0, "old", "10"));
        write(form, folder_in_sync(2, 0, "new", "20"));
        write(form, in_sync(3, 1, "a", "30"));
        write(form, [here(1, folder_here(2, "inner"))]);
        form.reopen();
        assert_eq!(form.get().at(Side::Local, &place(2, "inner")), Some(N1));
        assert_eq!(form.get().at(Side::Local, &place(0, "old")), None);
        assert_eq!(form.get().at(Side::Local, &place(1, "a")), Some(N3), "below it still");
        assert_eq!(children(form, Side::Local, 2), [1]);
        assert_eq!(children(form, Side::Remote, 0), [1, 2]);
        assert_eq!(unsettled(form), [1]);
    });
}

#[test]
fn a_volume_says_which_names_are_one() {
    let folding = VolumeRules { case: CaseRule::Insensitive, ..VolumeRules::LINUX };
    let composing = VolumeRules { normalisation: Normalisation::Same, ..VolumeRules::LINUX };
    for (rules, one, other) in
        [(folding, "IMG.JPG", "img.jpg"), (composing, "\u{e9}", "e\u{301}")]
    {
        on(rules, |form| {
            write(form, [here(1, file_here(0, one, 1)), there(1, file_there(0, one, 1, "10"))]);
            assert_eq!(form.get().at(Side::Local, &place(0, other)), Some(N1));
            assert_eq!(form.get().at(Side::Remote, &place(0, other)), None, "the cloud does not");
            torn(form, [here(2, file_here(0, other, 2))]);
            write(form, [there(2, file_there(0, other, 2, "20"))]);
            // Its own other spelling is free to a node.
            write(form, [here(1, file_here(0, other, 1))]);
        });
        on(VolumeRules::LINUX, |form| {
            write(form, [here(1, file_here(0, one, 1)), here(2, file_here(0, other, 2))]);
            assert_eq!(form.get().at(Side::Local, &place(0, other)), Some(N2));
        });
    }
}

#[test]
fn what_was_decided_lasts_until_it_is_agreed_on_or_forgotten() {
    both(|form| {
        write(form, in_sync(1, 0, "a", "10"));
        let decided = [
            Note::Went(N1, Gone::Deleted { in_bin: true }, Some(77)),
            Note::SetAside(N1, Aside::DeletedInCloud),
            Note::InCloud(N1, None),
        ];
        let told = |form: &Form| (form.get().aside(N1), form.get().gone(N1), form.get().binned(N1));
        let nothing = (None, Gone::Deleted { in_bin: false }, None);
        let base = form.get().base(N1).unwrap();
        for undone in [Note::Agreed(N1, base.clone()), Note::Forgot(N1)] {
            assert_eq!(told(form), nothing);
            write(form, decided.clone());
            form.reopen();
            let gone = Gone::Deleted { in_bin: true };
            assert_eq!(told(form), (Some(Aside::DeletedInCloud), gone, Some(77)));
            write(form, [undone]);
        }
        assert_eq!((told(form), form.get().base(N1)), (nothing, None));
        write(form, [Note::Went(N1, Gone::Withdrawn, Some(5)), Note::Went(N1, Gone::Withdrawn, None)]);
        assert_eq!(told(form), (None, Gone::Withdrawn, None), "the bin's number is of the last");
    });
}

#[test]
fn a_node_of_which_nothing_is_left_is_forgotten() {
    let decided = || [Note::Went(N1, Gone::Withdrawn, Some(5)), Note::SetAside(N1, Aside::Archived)];
    let intent = Intent::Detach { to: place(0, "b") };
    let forgotten = |form: &Form| {
        let said = (form.get().aside(N1), form.get().gone(N1), form.get().binned(N1));
        said == (None, Gone::Deleted { in_bin: false }, None)
    };
    both(|form| {
        write(form, decided());
        assert!(forgotten(form), "nobody knew it in the first place");
        write(form, in_sync(1, 0, "a", "10"));
        write(form, decided());
        write(form, [Note::Began(N1, intent.clone())]);
        for last in [
            Note::OnDisk(N1, None),
            Note::InCloud(N1, None),
            Note::Ended(N1),
        ] {
            assert!(!forgotten(form));
            write(form, [last]);
        }
        assert!(!forgotten(form), "it was agreed on");
        write(form, [Note::Forgot(N1)]);
        assert!(forgotten(form));
        assert_eq!(unsettled(form), [0i64; 0]);
        // What is under way is enough to know it by, but nothing to plan for.
        write(form, [Note::Began(N1, intent.clone())]);
        write(form, decided());
        form.reopen();
        assert!(!forgotten(form));
        assert_eq!(unsettled(form), [0i64; 0]);
        write(form, [Note::Ended(N1)]);
        assert!(forgotten(form));
    });
}

#[test]
fn what_is_under_way_is_told_until_it_ended() {
    both(|form| {
        let upload = Intent::Upload { to: place(0, "a"), stat: stat(1), crc64: Crc64::new(1) };
        let version = |n| Version { stat: stat(n), crc64: None };
        let replace = Intent::Replace {
            op: u64::MAX,
            path: LocalPath::from_bytes(b"dir/\xff".to_vec()),
            old: version(1),
            fetched: Version { crc64: Some(Crc64::new(u64::MAX)), ..version(2) },
        };
        let detach = Intent::Detach { to: place(0, "b") };
        write(form, [Note::Began(N2, replace.clone()), Note::Began(N1, detach)]);
        write(form, [Note::Began(N1, upload.clone())]);
        form.reopen();
        assert_eq!(form.get().intents().unwrap(), [(N1, upload), (N2, replace.clone())]);
        write(form, [Note::Ended(N1), Note::Ended(N3)]);
        assert_eq!(form.get().intents().unwrap(), [(N2, replace)]);
    });
}

#[test]
fn numbers_are_never_given_twice() {
    both(|form| {
        let mut last = NodeId(0);
        for _ in 0..3 {
            for _ in 0..1_100 {
                let next = form.get().fresh().unwrap();
                assert!(next > last);
                last = next;
            }
            form.reopen();
        }
    });
}

#[test]
fn the_clouds_number_finds_who_is_there_then_who_was_agreed_on() {
    both(|form| {
        let find = |form: &Form, text| form.get().by_inode(&number(text));
        write(form, in_sync(2, 0, "b", "20"));
        write(form, in_sync(1, 0, "a", "10"));
        assert_eq!(find(form, "10"), Some(N1));
        write(form, [Note::InCloud(N1, None)]);
        form.reopen();
        assert_eq!(find(form, "10"), Some(N1), "it was agreed on");
        assert_eq!(form.get().inode(N1), Some(number("10")));
        // The number goes on with another node.
        write(form, [there(3, file_there(0, "c", 3, "10"))]);
        assert_eq!(find(form, "10"), Some(N3), "it is there");
        // Uploaded anew: there by another number than agreed on.
        write(form, [there(2, file_there(0, "b", 2, "21"))]);
        assert_eq!((find(form, "20"), find(form, "21")), (Some(N2), Some(N2)));
        assert_eq!(form.get().inode(N2), Some(number("21")));
        assert_eq!(find(form, "99"), None);
    });
}

#[test]
fn files_are_counted_and_the_deletions_of_a_day() {
    const DAY: i64 = 24 * 3_600_000;
    both(|form| {
        let tally = |form: &Form, since| form.get().tally(since).unwrap();
        assert_eq!(tally(form, 0), Tally::default());
        write(form, folder_in_sync(9, 0, "trip", "90"));
        for node in 1..=3 {
            write(form, in_sync(node, 9, &format!("f{node}"), &format!("{node}")));
        }
        let all = Tally { agreed: 3, local: 3, remote: 3, ..Tally::default() };
        assert_eq!(tally(form, 0), all);
        write(form, [Note::OnDisk(N1, None), Note::Deleted(N1, Side::Local, DAY)]);
        write(form, [Note::InCloud(N2, Some(Sight::Unknown))]);
        write(form, [Note::Deleted(N2, Side::Local, 2 * DAY), Note::Deleted(N1, Side::Remote, DAY)]);
        form.reopen();
        let some = Tally { agreed: 3, local: 2, remote: 2, local_day: 2, remote_day: 1 };
        assert_eq!(tally(form, DAY), some);
        assert_eq!(tally(form, DAY + 1), Tally { local_day: 1, remote_day: 0, ..some });
        // Twice of one node is once, at its last moment.
        write(form, [Note::Deleted(N2, Side::Local, 3 * DAY)]);
        assert_eq!(tally(form, DAY), some);
        // Forgetting a node forgets no deletion; only time does.
        let gone = [Note::InCloud(N1, None), Note::Forgot(N1)];
        write(form, gone);
        assert_eq!(tally(form, DAY), Tally { agreed: 2, remote: 1, ..some });
        write(form, [Note::Deleted(N3, Side::Local, 3 * DAY + 1)]);
        assert_eq!(tally(form, i64::MIN).local_day, 2, "those of the first day are past");
    });
}

#[test]
fn the_feed_is_followed_until_nothing_is_known_any_more() {
    both(|form| {
        assert_eq!(form.get().followed().unwrap(), None);
        write(form, [Note::Followed(Some(Cursor::new("c1")))]);
        write(form, [Note::Followed(Some(Cursor::new("c2"))), here(1, file_here(0, "a", 1))]);
        form.reopen();
        assert_eq!(form.get().followed().unwrap(), Some(Cursor::new("c2")));
        write(form, [Note::Followed(None)]);
        assert_eq!(form.get().followed().unwrap(), None);
    });
}

#[test]
fn a_node_of_one_side_becomes_one_of_all() {
    both(|form| {
        let one: OnDisk = file_here(0, "a", 1);
        let other: InCloud = file_there(0, "a2", 1, "10");
        write(form, [here(1, one.clone())]);
        write(form, [there(1, other.clone())]);
        form.reopen();
        assert_eq!(form.get().on_disk(N1), Some(Sight::Present(one.clone())));
        assert_eq!(form.get().entry(Side::Remote, N1), Some(Sight::Present(other.entry.clone())));
        let base = crate::kit::agreement(&one.entry, &other.entry, None).unwrap();
        write(form, [Note::Agreed(N1, base.clone())]);
        write(form, [Note::OnDisk(N1, None)]);
        form.reopen();
        assert_eq!(form.get().base(N1), Some(base));
        assert_eq!(form.get().entry(Side::Remote, N1), Some(Sight::Present(other.entry)));
    });
}
