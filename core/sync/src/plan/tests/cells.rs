//! Every cell of every mode's table, written out.

use crate::plan::{
    Change, Facts, Goal, Mode, Policy, Where, Whose,
    tree::{Aside, Side},
    wanted,
};
use Change::{Absent, Deleted, Edited, Moved, MovedEdited, New, Same, Unknown, Withdrawn};

const HERE: Goal = Goal::Keep(Whose::One(Side::Local), Where::As(Side::Local));
const THERE: Goal = Goal::Keep(Whose::One(Side::Remote), Where::As(Side::Remote));

const fn keep(whose: Whose, side: Side) -> Goal {
    Goal::Keep(whose, Where::As(side))
}

fn cell(mode: Mode, local: Change, remote: Change, equal: bool) -> Goal {
    wanted(&Policy::of(mode), Facts { local, remote, equal })
}

/// Pairs of changes that three trees can hold.
fn possible(local: Change, remote: Change) -> bool {
    let based = |change| !matches!(change, New | Absent);
    local == Unknown || remote == Unknown || local != Withdrawn && based(local) == based(remote)
}

#[test]
fn two_way() {
    use Side::{Local, Remote};
    use Whose::{Both, Either, One};
    for (local, remote, goal) in [
        (Same, Same, keep(Either, Remote)),
        (Same, Edited, keep(One(Remote), Remote)),
        (Same, Moved, keep(Either, Remote)),
        (Same, MovedEdited, keep(One(Remote), Remote)),
        (Same, Deleted, Goal::Drop),
        (Same, Withdrawn, Goal::Leave(Aside::Withdrawn)),
        (Edited, Same, keep(One(Local), Remote)),
        (Edited, Edited, keep(Both, Remote)),
        (Edited, Moved, keep(One(Local), Remote)),
        (Edited, MovedEdited, keep(Both, Remote)),
        (Edited, Deleted, HERE),
        (Edited, Withdrawn, HERE),
        (Moved, Same, keep(Either, Local)),
        (Moved, Edited, keep(One(Remote), Local)),
        (Moved, Moved, keep(Either, Remote)),
        (Moved, MovedEdited, keep(One(Remote), Remote)),
        (Moved, Deleted, HERE),
        (Moved, Withdrawn, Goal::Leave(Aside::Withdrawn)),
        (MovedEdited, Same, keep(One(Local), Local)),
        (MovedEdited, Edited, keep(Both, Local)),
        (MovedEdited, Moved, keep(One(Local), Remote)),
        (MovedEdited, MovedEdited, keep(Both, Remote)),
        (MovedEdited, Deleted, HERE),
        (MovedEdited, Withdrawn, HERE),
        (Deleted, Same, Goal::Drop),
        (Deleted, Edited, THERE),
        (Deleted, Moved, THERE),
        (Deleted, MovedEdited, THERE),
        (Deleted, Deleted, Goal::Drop),
        (Deleted, Withdrawn, Goal::Drop),
        (New, New, keep(Both, Remote)),
        (New, Absent, HERE),
        (Absent, New, THERE),
        (Absent, Absent, Goal::Rest),
    ] {
        assert_eq!(cell(Mode::TwoWay, local, remote, false), goal, "{local:?} / {remote:?}");
    }
    for (local, remote) in [(New, New), (Edited, Edited), (MovedEdited, Edited)] {
        let goal = cell(Mode::TwoWay, local, remote, true);
        assert!(matches!(goal, Goal::Keep(Either, _)), "equal is no conflict: {goal:?}");
    }
}

#[test]
fn mirror_up() {
    use Side::Local;
    use Whose::Either;
    for (local, remote, goal) in [
        (Same, Same, keep(Either, Local)),
        (Same, Edited, HERE),
        (Same, Moved, keep(Either, Local)),
        (Same, Deleted, HERE),
        (Same, Withdrawn, Goal::Leave(Aside::Withdrawn)),
        (Edited, Same, HERE),
        (Edited, Edited, HERE),
        (Edited, Deleted, HERE),
        (Edited, Withdrawn, HERE),
        (Moved, Same, keep(Either, Local)),
        (Moved, Moved, keep(Either, Local)),
        (Moved, Edited, HERE),
        (Deleted, Same, Goal::Drop),
        (Deleted, Edited, Goal::Drop),
        (Deleted, Deleted, Goal::Drop),
        (New, New, HERE),
        (New, Absent, HERE),
        (Absent, New, Goal::Rest),
    ] {
        assert_eq!(cell(Mode::MirrorUp, local, remote, false), goal, "{local:?} / {remote:?}");
    }
    let strict = Policy { strict: true, ..Policy::of(Mode::MirrorUp) };
    let facts = Facts { local: Absent, remote: New, equal: false };
    assert_eq!(wanted(&strict, facts), Goal::Drop, "and only when it is asked for");
}

#[test]
fn mirror_down() {
    use Side::Remote;
    use Whose::{Both, Either};
    for (local, remote, goal) in [
        (Same, Same, keep(Either, Remote)),
        (Same, Edited, THERE),
        (Same, Moved, keep(Either, Remote)),
        (Same, Deleted, Goal::Drop),
        (Same, Withdrawn, Goal::Leave(Aside::Withdrawn)),
        (Edited, Same, keep(Both, Remote)),
        (Edited, Edited, keep(Both, Remote)),
        (Edited, Deleted, Goal::Forget),
        (Edited, Withdrawn, Goal::Forget),
        (Moved, Same, keep(Either, Remote)),
        (Moved, Edited, THERE),
        (Deleted, Same, THERE),
        (Deleted, Edited, THERE),
        (Deleted, Deleted, Goal::Drop),
        (New, New, keep(Both, Remote)),
        (New, Absent, Goal::Rest),
        (Absent, New, THERE),
    ] {
        assert_eq!(cell(Mode::MirrorDown, local, remote, false), goal, "{local:?} / {remote:?}");
    }
}

#[test]
fn backup() {
    let up = Goal::Keep(Whose::One(Side::Local), Where::Free);
    let fine = Goal::Keep(Whose::Either, Where::Free);
    for (story, local, remote, equal, goal) in [
        ("new here", New, Absent, false, up),
        ("the same is there already", New, New, true, fine),
        ("another has the name", New, New, false, Goal::Beside),
        ("nothing happened", Same, Same, false, fine),
        ("edited here", Edited, Same, false, up),
        ("edited on both", Edited, Edited, false, Goal::Beside),
        ("edited alike on both", Edited, Edited, true, fine),
        ("deleted there", Same, Deleted, false, Goal::Leave(Aside::DeletedInCloud)),
        ("taken away there", Same, Withdrawn, false, Goal::Leave(Aside::Withdrawn)),
        ("deleted there, edited here", Edited, Deleted, false, up),
        ("changed there", Same, Edited, false, Goal::Leave(Aside::ChangedInCloud)),
        ("deleted here", Deleted, Same, false, Goal::Leave(Aside::Archived)),
        ("gone on both", Deleted, Deleted, false, Goal::Drop),
        ("only there", Absent, New, false, Goal::Rest),
        ("moved there", Same, Moved, false, fine),
        ("moved there, edited here", Edited, Moved, false, up),
        ("moved here", Moved, Same, false, Goal::Split),
    ] {
        assert_eq!(cell(Mode::Backup, local, remote, equal), goal, "{story}");
    }
}

#[test]
fn what_cannot_be_told_leads_to_nothing() {
    for mode in Mode::ALL {
        for other in Change::ALL {
            assert_eq!(cell(*mode, Unknown, *other, false), Goal::Blocked);
            assert_eq!(cell(*mode, *other, Unknown, false), Goal::Blocked);
        }
    }
}

/// What no mode may want, whatever happened.
#[test]
fn no_cell_destroys_what_the_other_side_never_saw() {
    for mode in Mode::ALL {
        for (local, remote) in Change::ALL.iter().flat_map(|l| Change::ALL.iter().map(|r| (*l, *r)))
        {
            if !possible(local, remote) {
                continue;
            }
            let goal = cell(*mode, local, remote, false);
            if goal == Goal::Drop {
                assert!(!local.present() || matches!(local, Same | Moved), "{mode:?} {local:?}");
                let mirror = *mode == Mode::MirrorUp;
                assert!(!remote.present() || remote == Same || mirror, "{mode:?} {remote:?}");
            }
            if remote == Withdrawn && local.present() {
                assert_ne!(goal, Goal::Drop, "{mode:?}: the service's own deletions stay there");
            }
        }
    }
}
