//! Corners that chance seldom finds, told one by one.

use crate::canopy::{seen, settle};
use albumen_model::Crc64;
use albumen_sync::plan::{
    Forest, Mode, Op, Policy,
    ideal::Ideal,
    plan,
    tree::{Agreed, Base, Entry, Name, NodeId, Place, Side, Sight},
};

/// A node's place and, for a file, its content.
type At = (i64, &'static str, Option<u64>);

/// A node as disk, cloud and base hold it.
type Told = (i64, Option<At>, Option<At>, Option<At>);

/// Trees from what each of them holds; a local file is read already.
fn world(nodes: &[Told]) -> Ideal {
    let mut forest = Forest::default();
    let place = |at: At| Place { parent: NodeId(at.0), name: Name::new(at.1) };
    for (node, local, remote, base) in nodes {
        let node = NodeId(*node);
        let entry = |side: Side, at: At| -> Entry {
            match (side, at.2) {
                (_, None) => Ideal::directory(place(at)),
                (Side::Local, Some(content)) => Ideal::on_disk(place(at), content, true),
                (Side::Remote, Some(content)) => Ideal::in_cloud(place(at), content),
            }
        };
        for (side, at) in [(Side::Local, local), (Side::Remote, remote)] {
            let seen = at.map(|at| Sight::Present(entry(side, at)));
            assert!(forest.put(side, node, seen));
        }
        if let Some(at) = *base {
            let content = at.2.map(|content| Agreed {
                size: content,
                crc64: Crc64::new(content),
                stat: entry(Side::Local, at).content().unwrap().stat.unwrap(),
                cas: Some(content.to_string()),
            });
            let base = Base { local: place(at), remote: place(at), content, inode: None };
            forest.agree(node, base);
        }
    }
    Ideal::new(forest, 100)
}

/// What both sides hold in the end, and every step on the way.
fn told(mut world: Ideal, mode: Mode) -> (Vec<String>, Vec<Op>) {
    let mut steps = Vec::new();
    let policy = Policy::of(mode);
    settle(&mut world, &policy, 1, &mut |_, op, _| steps.push(op.clone()));
    let line = |(path, content): (String, Option<u64>)| match content {
        Some(content) => format!("{path} = {content}"),
        None => path,
    };
    let [here, there] = [Side::Local, Side::Remote]
        .map(|side| seen(&world, side).into_iter().map(line).collect::<Vec<_>>());
    assert_eq!(here, there);
    (here, steps)
}

#[test]
fn a_directory_and_the_one_in_it_change_places() {
    let world = world(&[
        (1, Some((2, "b", None)), Some((0, "a", None)), Some((0, "a", None))),
        (2, Some((0, "a", None)), Some((1, "b", None)), Some((1, "b", None))),
        (3, Some((1, "x", Some(1))), Some((1, "x", Some(1))), Some((1, "x", Some(1)))),
    ]);
    let (end, steps) = told(world, Mode::TwoWay);
    assert_eq!(end, ["a", "a/b", "a/b/x = 1"], "as one person wanted it");
    assert!(steps.iter().all(|op| matches!(op, Op::Move { side: Side::Remote, .. })), "{steps:?}");
}

#[test]
fn two_that_were_moved_into_each_other() {
    let world = world(&[
        (1, Some((2, "a", None)), Some((0, "a", None)), Some((0, "a", None))),
        (2, Some((0, "b", None)), Some((1, "b", None)), Some((0, "b", None))),
    ]);
    let (end, _) = told(world, Mode::TwoWay);
    assert_eq!(end, ["a", "a/b"], "the cloud's move stays");
}

#[test]
fn two_moves_are_not_made_at_once_where_one_would_shut_the_other_out() {
    // On disk 2 is to go into 1, and 1 into 3, which is in 2 until it leaves.
    let world = world(&[
        (1, Some((0, "a", None)), Some((3, "a", None)), Some((0, "a", None))),
        (2, Some((0, "b", None)), Some((0, "b", None)), Some((0, "b", None))),
        (3, Some((4, "c", None)), Some((2, "c", None)), Some((4, "c", None))),
        (4, Some((0, "d", None)), Some((0, "d", None)), Some((0, "d", None))),
    ]);
    let nodes = world.trees.nodes();
    let first = plan(&world.trees, nodes, &Policy::of(Mode::TwoWay));
    let moving: Vec<NodeId> = first.actions.iter().map(|action| action.node).collect();
    assert_eq!(moving, [NodeId(3)], "from the top down");
    assert_eq!(told(world, Mode::TwoWay).0, ["b", "b/c", "b/c/a", "d"]);
}

#[test]
fn a_directory_that_goes_gives_its_name_to_one_that_its_child_waits_for() {
    // The cloud made 1 by the name that the local 4 took, which is to go, and put 5 into it.
    let world = world(&[
        (1, None, Some((0, "d", None)), Some((0, "d", None))),
        (4, Some((0, "d", None)), None, Some((0, "c", None))),
        (5, Some((4, "x", Some(1))), Some((1, "x", Some(1))), Some((4, "x", Some(1)))),
    ]);
    let (end, steps) = told(world, Mode::MirrorDown);
    assert_eq!(end, ["d", "d/x = 1"]);
    assert!(!steps.iter().any(|op| matches!(op, Op::Trash(_) | Op::Download { .. })), "{steps:?}");
}

#[test]
fn who_loses_the_name_is_called_the_same_on_both_sides() {
    let world = world(&[
        (1, Some((0, "c", Some(1))), Some((0, "a", Some(1))), Some((0, "a", Some(1)))),
        (2, Some((0, "b", Some(2))), Some((0, "c", Some(2))), Some((0, "b", Some(2)))),
    ]);
    let (end, steps) = told(world, Mode::TwoWay);
    assert_eq!(end, ["c = 2", "c (conflict 1) = 1"], "the cloud's keeps the name");
    assert!(!steps.iter().any(|op| matches!(op, Op::Upload { .. } | Op::Download { .. })));
}

/// Reads first, then judges: neither travels.
#[test]
fn a_touched_file_is_read_and_no_more() {
    let mut touched =
        world(&[(1, Some((0, "a", Some(1))), Some((0, "a", Some(1))), Some((0, "a", Some(1))))]);
    let mut entry = touched.trees.present(Side::Local, NodeId(1)).unwrap().clone();
    let albumen_sync::plan::tree::What::File(content) = &mut entry.what else { panic!("a file") };
    content.crc64 = None;
    content.stat.as_mut().unwrap().ctime_ns = 99;
    touched.trees.put(Side::Local, NodeId(1), Some(Sight::Present(entry)));
    let (end, steps) = told(touched, Mode::TwoWay);
    assert_eq!((end, steps), (vec!["a = 1".to_owned()], vec![Op::Look, Op::Adopt]));
}

#[test]
fn what_both_edited_alike_is_no_conflict() {
    let mut alike =
        world(&[(1, Some((0, "a", Some(2))), Some((0, "a", Some(2))), Some((0, "a", Some(1))))]);
    let unread = Ideal::on_disk(Place { parent: NodeId(0), name: Name::new("a") }, 2, false);
    alike.trees.put(Side::Local, NodeId(1), Some(Sight::Present(unread)));
    let (end, steps) = told(alike, Mode::TwoWay);
    assert_eq!((end, steps), (vec!["a = 2".to_owned()], vec![Op::Look, Op::Adopt]));
}
