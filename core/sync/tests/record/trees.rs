//! What a record promises of the trees, story by story.

use albumen_sync::{
    name::{CaseRule, Normalisation, VolumeRules},
    plan::tree::{Aside, NodeId, Side, Sight, What},
    reconcile::record::{InCloud, Note, OnDisk},
};

use crate::kit::{
    N1, N2, N3, SIDES, agreement, both, children, file_here, file_there, folder_here,
    folder_in_sync, folder_there, here, in_sync, number, on, place, there, torn, unsettled, write,
};

#[test]
fn what_is_seen_is_answered_as_it_was_seen() {
    both(|form| {
        let mut odd = file_here(0, "caf\u{e9}.jpg", 7);
        odd.spelling = Some("cafe\u{301}.jpg".into());
        odd.racy = true;
        odd.identity = (3, 4);
        let mut kept = folder_here(0, "kept");
        kept.entry.what = What::Directory { lived_in: true };
        kept.identity = (u64::MAX, i64::MIN);
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
        write(form, [there(1, file_there(0, "b", 1, "20")), there(2, file_there(0, "a", 2, "10"))]);
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
    for (rules, one, other) in [(folding, "IMG.JPG", "img.jpg"), (composing, "\u{e9}", "e\u{301}")]
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
fn a_node_of_one_side_becomes_one_of_all() {
    both(|form| {
        let one: OnDisk = file_here(0, "a", 1);
        let other: InCloud = file_there(0, "a2", 1, "10");
        write(form, [here(1, one.clone())]);
        write(form, [there(1, other.clone())]);
        form.reopen();
        assert_eq!(form.get().on_disk(N1), Some(Sight::Present(one.clone())));
        assert_eq!(form.get().entry(Side::Remote, N1), Some(Sight::Present(other.entry.clone())));
        let base = agreement(&one.entry, &other.entry, None).unwrap();
        write(form, [Note::Agreed(N1, base.clone())]);
        write(form, [Note::OnDisk(N1, None)]);
        form.reopen();
        assert_eq!(form.get().base(N1), Some(base));
        assert_eq!(form.get().entry(Side::Remote, N1), Some(Sight::Present(other.entry)));
    });
}
