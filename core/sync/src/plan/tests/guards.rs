//! When a person is asked, number by number.

use crate::plan::{
    Action, Change, Facts, Op, Plan,
    guard::{Cause, Held, Tally, Thresholds, hold, judge},
    tree::{NodeId, Side},
};

fn plan_of(op: &Op, files: u64) -> Plan {
    let facts = Facts { local: Change::Deleted, remote: Change::Same, equal: false };
    let action = |node| Action { node, op: op.clone(), local: None, remote: None, facts };
    let nodes = (1..=files).map(|node| NodeId(node.cast_signed()));
    Plan { actions: nodes.map(action).collect(), ..Plan::default() }
}

fn asked(op: &Op, files: u64, tally: Tally) -> Option<Cause> {
    let held = judge(&plan_of(op, files), &tally, &Thresholds::default());
    assert!(held.len() <= 1);
    held.first().map(|held| held.cause)
}

#[test]
fn deletions() {
    let gone = Op::Trash(Side::Remote);
    for (files, agreed, local, day, wanted) in [
        (0, 1_000, 1_000, 0, None),
        (20, 1_000, 980, 0, None),
        (21, 1_000, 979, 0, Some(Cause::Many)),
        (200, 10_000, 9_800, 0, None),
        (201, 10_000, 9_799, 0, Some(Cause::Many)),
        // Small mappings.
        (1, 3, 2, 0, None),
        (2, 3, 1, 0, None),
        (2, 4, 2, 0, None),
        (3, 4, 1, 0, Some(Cause::Many)),
        // The whole side is gone, be it one file.
        (1, 1, 0, 0, Some(Cause::EmptySide)),
        (500, 500, 0, 0, Some(Cause::EmptySide)),
        // Little by little.
        (20, 10_000, 9_980, 980, None),
        (20, 10_000, 9_980, 981, Some(Cause::ManyInADay)),
        (1, 500, 499, 99, None),
        (1, 500, 499, 100, Some(Cause::ManyInADay)),
    ] {
        let tally = Tally { agreed, local, remote: agreed, remote_day: day, local_day: 0 };
        assert_eq!(asked(&gone, files, tally), wanted, "{files} of {agreed}, {day} before");
    }
}

#[test]
fn each_direction_is_counted_for_itself() {
    let tally = Tally { agreed: 1_000, local: 1_000, remote: 0, local_day: 0, remote_day: 5_000 };
    assert_eq!(asked(&Op::Trash(Side::Local), 1, tally), Some(Cause::EmptySide));
    let tally = Tally { agreed: 1_000, local: 0, remote: 1_000, local_day: 0, remote_day: 5_000 };
    assert_eq!(asked(&Op::Trash(Side::Local), 1, tally), None);
}

#[test]
fn replaced_contents() {
    let tally = Tally { agreed: 100, local: 100, remote: 100, ..Tally::default() };
    let up = Op::Upload { replace: true };
    assert_eq!(asked(&up, 25, tally), None);
    assert_eq!(asked(&up, 26, tally), Some(Cause::ManyReplaced));
    let small = Tally { agreed: 10, local: 10, remote: 10, ..Tally::default() };
    assert_eq!(asked(&Op::Download { replace: true }, 10, small), None, "all ten of ten are few");
    assert_eq!(asked(&Op::Upload { replace: false }, 5_000, tally), None, "new files are welcome");
}

#[test]
fn what_is_held_waits_and_all_else_goes_on() {
    let mut made = plan_of(&Op::Trash(Side::Remote), 30);
    made.actions[0].op = Op::Upload { replace: false };
    made.actions[1].op = Op::RemoveDirectory(Side::Remote);
    let held = [Held { side: Side::Remote, cause: Cause::Many, files: 28 }];
    let left = hold(made, &held);
    assert_eq!(left.actions[0].op, Op::Upload { replace: false });
    assert!(left.actions[1..].iter().all(|action| action.op == Op::Hold));
}
