//! What a record promises beside the trees: decisions, intents, numbers, counts.

use albumen_model::{Crc64, RemotePath};
use albumen_sync::{
    LocalPath,
    cloud::Cursor,
    effect::Version,
    plan::{
        guard::Tally,
        tree::{Agreed, Aside, Base, Gone, NodeId, Side, Sight},
    },
    reconcile::record::{Intent, Note, Placing},
};

use crate::kit::{
    Form, N1, N2, N3, both, file_here, file_there, folder_in_sync, here, in_sync, number, place,
    stat, there, unsettled, write,
};

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
        write(
            form,
            [Note::Went(N1, Gone::Withdrawn, Some(5)), Note::Went(N1, Gone::Withdrawn, None)],
        );
        assert_eq!(told(form), (None, Gone::Withdrawn, None), "the bin's number is of the last");
    });
}

#[test]
fn a_node_of_which_nothing_is_left_is_forgotten() {
    let decided =
        || [Note::Went(N1, Gone::Withdrawn, Some(5)), Note::SetAside(N1, Aside::Archived)];
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
        for last in [Note::OnDisk(N1, None), Note::InCloud(N1, None), Note::Ended(N1)] {
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

/// One of each kind, with and without what it need not have.
fn all_intents() -> Vec<Intent> {
    let version = |n| Version { stat: stat(n), crc64: None };
    let base =
        |content| Base { local: place(1, "a\u{e9}"), remote: place(2, "a"), content, inode: None };
    let (crc64, cas) = (Crc64::new(u64::MAX), Some("00ff".to_owned()));
    let agreed = Agreed { size: 9, crc64, stat: stat(9), cas };
    let placing = Placing {
        op: u64::MAX,
        day: "2026-02-03".to_owned(),
        to: place(0, "dir"),
        path: LocalPath::from_bytes(b"dir/\xff".to_vec()),
        old: None,
        fetched: Version { crc64: Some(crc64), ..version(2) },
        base: Base { inode: Some(number("17")), ..base(Some(agreed.clone())) },
    };
    let old = Placing { old: Some(version(1)), base: base(None), ..placing.clone() };
    let path = |text: &str| RemotePath::parse(text).unwrap();
    vec![
        Intent::Upload { to: place(0, "a"), base: Box::new(base(Some(agreed))) },
        Intent::Upload { to: place(0, ""), base: Box::new(base(None)) },
        Intent::Detach { to: place(0, "b") },
        Intent::MakeDirectory { to: place(1, "c") },
        Intent::Move { to: place(3, "d"), passing: true },
        Intent::Move { to: place(3, "d"), passing: false },
        Intent::RemoveDirectory { path: path("trips/100% \u{e9}") },
        Intent::RemoveDirectory { path: RemotePath::root() },
        Intent::Place(Box::new(placing)),
        Intent::Place(Box::new(old)),
    ]
}

#[test]
fn what_is_under_way_is_told_until_it_ended() {
    both(|form| {
        let detach = Intent::Detach { to: place(0, "b") };
        write(form, [Note::Began(N2, detach.clone())]);
        for intent in all_intents() {
            write(form, [Note::Began(N1, intent.clone())]);
            form.reopen();
            assert_eq!(form.get().intents().unwrap(), [(N1, intent), (N2, detach.clone())]);
        }
        write(form, [Note::Ended(N1), Note::Ended(N3)]);
        assert_eq!(form.get().intents().unwrap(), [(N2, detach)]);
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
        write(
            form,
            [Note::Deleted(N2, Side::Local, 2 * DAY), Note::Deleted(N1, Side::Remote, DAY)],
        );
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
