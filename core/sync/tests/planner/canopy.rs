//! The planner against a world where nothing fails but the order of things: whatever two people did
//! to one tree, asking for a plan and carrying it out in any order ends, ends equal, and loses
//! nothing.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::story::{Story, story};
use albumen_sync::plan::{
    Mode, Op, Policy,
    ideal::Ideal,
    plan,
    tree::{Aside, Entry, Gone, NodeId, Place, ROOT, Side, Sight, Trees},
};

/// Plans until a tree is at rest. No story here needs a third of it.
const ROUNDS: usize = 100;

/// Asks and does until nothing is left; checks each step on the way.
pub(crate) fn settle(
    world: &mut Ideal,
    policy: &Policy,
    mut order: u64,
    check: &mut dyn FnMut(&Ideal, &Op, NodeId),
) {
    for _ in 0..ROUNDS {
        let made = plan(&world.trees, world.trees.nodes(), policy);
        if made.is_empty() {
            return;
        }
        let mut actions = made.actions;
        assert!(
            !actions.is_empty(),
            "all wait for each other: {:?}\n{}",
            made.waiting,
            told(world)
        );
        while !actions.is_empty() {
            order = order
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let index = usize::try_from(order >> 33).unwrap() % actions.len();
            let action = actions.swap_remove(index);
            if let Some(side) = action.op.writes() {
                assert!(policy.mode.writes(side), "{:?} must not do {:?}", policy.mode, action.op);
            }
            check(world, &action.op, action.node);
            // Where case does not tell names apart, the second of two comes too late.
            let done = world.apply(&action) || world.trees.folds();
            assert!(done, "{action:?} could not be done\n{}", told(world));
        }
    }
    let made = plan(&world.trees, world.trees.nodes(), policy);
    let ops: Vec<_> = made.actions.iter().map(|action| (action.node, &action.op)).collect();
    panic!("still at it after {ROUNDS} plans: {ops:?}\n{}", told(world));
}

/// A tree as people see it: paths and contents.
pub(crate) fn seen(world: &Ideal, side: Side) -> BTreeMap<String, Option<u64>> {
    world.trees.side(side).map(|(_, entry)| (path(world, side, entry), number(entry))).collect()
}

fn path(world: &Ideal, side: Side, entry: &Entry) -> String {
    let name = entry.place.name.as_str();
    if entry.place.parent == ROOT {
        return name.to_owned();
    }
    let parent = world.trees.present(side, entry.place.parent).expect("each parent is there");
    format!("{}/{name}", path(world, side, parent))
}

/// What is in a file, whether it was read or not.
fn number(entry: &Entry) -> Option<u64> {
    entry.content().map(|content| content.size)
}

/// The world in a few lines, for who reads a failure.
fn told(world: &Ideal) -> String {
    let at = |place: &Place| format!("{}/{}", place.parent.0, place.name.as_str());
    let on = |side, node| match world.trees.present(side, node) {
        Some(entry) => format!("{} {:?}", at(&entry.place), number(entry)),
        None => "-".to_owned(),
    };
    let line = |node: NodeId| {
        let base = world.trees.base(node).map_or_else(
            || "-".to_owned(),
            |base| format!("{} {} {:?}", at(&base.local), at(&base.remote), agreed(world, node)),
        );
        let aside = world.trees.aside(node);
        let (here, there) = (on(Side::Local, node), on(Side::Remote, node));
        format!("{}: {here} | {there} | {base} {aside:?}\n", node.0)
    };
    world.trees.nodes().into_iter().map(line).collect()
}

fn agreed(world: &Ideal, node: NodeId) -> Option<u64> {
    world.trees.base(node)?.content.map(|agreed| agreed.size)
}

/// What a step destroys was agreed on before: the other side knew it and decided otherwise.
fn only_what_was_agreed(world: &Ideal, op: &Op, node: NodeId) {
    let side = match op {
        Op::Trash(side) => *side,
        Op::Upload { replace: true } => Side::Remote,
        Op::Download { replace: true } => Side::Local,
        _ => return,
    };
    let entry = world.trees.present(side, node).expect("something is there");
    assert_eq!(number(entry), agreed(world, node), "{op:?} of {node:?}\n{}", told(world));
}

fn conflicts(world: &Ideal) -> usize {
    let all = world.trees.side(Side::Local).chain(world.trees.side(Side::Remote));
    all.filter(|(_, entry)| entry.place.name.as_str().contains("conflict")).count()
}

fn contents(world: &Ideal, side: Side) -> Vec<u64> {
    world.trees.side(side).filter_map(|(_, entry)| number(entry)).collect()
}

/// What both people had and one of them deleted while the other did nothing to it.
fn deleted(world: &Ideal) -> Vec<NodeId> {
    let gone = |node: &NodeId| {
        let Some(base) = world.trees.base(*node) else { return false };
        let sides = [Side::Local, Side::Remote].map(|side| world.trees.present(side, *node));
        match sides {
            [None, Some(there)] => {
                there.place == base.remote && number(there) == agreed(world, *node)
            }
            [Some(here), None] => here.place == base.local && number(here) == agreed(world, *node),
            _ => false,
        }
    };
    let files = |node: &NodeId| agreed(world, *node).is_some();
    world.trees.nodes().into_iter().filter(files).filter(gone).collect()
}

/// Takes nodes out of sight on disk, with all below them; what the cloud holds of each.
fn hide(world: &mut Ideal, veil: u64) -> BTreeMap<NodeId, Option<Entry>> {
    let mut hidden = BTreeMap::new();
    for node in world.trees.nodes() {
        if veil >> (node.0 % 64) & 1 == 1 && world.trees.present(Side::Local, node).is_some() {
            conceal(world, node, &mut hidden);
        }
    }
    hidden
}

fn conceal(world: &mut Ideal, node: NodeId, hidden: &mut BTreeMap<NodeId, Option<Entry>>) {
    for child in world.trees.children(Side::Local, node) {
        conceal(world, child, hidden);
    }
    hidden.insert(node, world.trees.present(Side::Remote, node).cloned());
    world.trees.put(Side::Local, node, Some(Sight::Unknown));
}

fn two_way(story: &Story) -> Ideal {
    let mut world = story.told();
    let deleted = deleted(&world);
    settle(&mut world, &Policy::of(Mode::TwoWay), story.order, &mut only_what_was_agreed);
    assert_eq!(seen(&world, Side::Local), seen(&world, Side::Remote), "{}", told(&world));
    for node in deleted {
        assert!(world.trees.present(Side::Local, node).is_none(), "{node:?} came back");
        assert!(world.trees.base(node).is_none(), "{node:?} is remembered");
    }
    world
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn two_way_ends_equal_whatever_both_did(story in story()) {
        two_way(&story);
    }

    #[test]
    fn who_is_alone_never_meets_a_conflict(story in story(), here in any::<bool>()) {
        let mut story = story;
        if here { story.remote.clear() } else { story.local.clear() }
        let wanted = seen(&story.told(), if here { Side::Local } else { Side::Remote });
        let world = two_way(&story);
        prop_assert_eq!(conflicts(&world), 0, "{}", told(&world));
        prop_assert_eq!(seen(&world, Side::Local), wanted, "what the one did is what both have");
    }

    #[test]
    fn a_mirror_up_makes_the_cloud_hold_what_the_disk_holds(
        story in story(),
        strict in any::<bool>(),
    ) {
        let mut world = story.told();
        let before = seen(&world, Side::Local);
        let policy = Policy { strict, ..Policy::of(Mode::MirrorUp) };
        settle(&mut world, &policy, story.order, &mut |_, _, _| {});
        let (here, there) = (seen(&world, Side::Local), seen(&world, Side::Remote));
        prop_assert_eq!(&here, &before, "the disk is not touched");
        for (path, content) in &here {
            prop_assert_eq!(there.get(path), Some(content), "{}\n{}", path, told(&world));
        }
        if strict {
            prop_assert_eq!(here, there);
        }
    }

    #[test]
    fn a_mirror_down_makes_the_disk_hold_what_the_cloud_holds(story in story()) {
        let mut world = story.told();
        let before = seen(&world, Side::Remote);
        let had = contents(&world, Side::Local);
        let mut trashed = Vec::new();
        settle(&mut world, &Policy::of(Mode::MirrorDown), story.order, &mut |world, op, node| {
            only_what_was_agreed(world, op, node);
            if matches!(op, Op::Trash(_) | Op::Download { replace: true }) {
                trashed.extend(agreed(world, node));
            }
        });
        let (here, there) = (seen(&world, Side::Local), seen(&world, Side::Remote));
        prop_assert_eq!(&there, &before, "the cloud is not touched");
        for (path, content) in &there {
            prop_assert_eq!(here.get(path), Some(content), "{}\n{}", path, told(&world));
        }
        let now = contents(&world, Side::Local);
        for content in had {
            prop_assert!(now.contains(&content) || trashed.contains(&content));
        }
    }

    #[test]
    fn a_backup_has_all_that_is_on_disk_and_takes_nothing_away(story in story()) {
        let mut world = story.told();
        let before = seen(&world, Side::Local);
        let cloud: BTreeMap<NodeId, Entry> =
            world.trees.side(Side::Remote).map(|(node, entry)| (node, entry.clone())).collect();
        let mut replaced = Vec::new();
        settle(&mut world, &Policy::of(Mode::Backup), story.order, &mut |world, op, node| {
            only_what_was_agreed(world, op, node);
            if *op == (Op::Upload { replace: true }) {
                replaced.extend(agreed(world, node));
            }
        });
        prop_assert_eq!(seen(&world, Side::Local), before, "the disk is not touched");
        let there = contents(&world, Side::Remote);
        for entry in cloud.values() {
            let (name, content) = (&entry.place.name, number(entry));
            let kept = world.trees.side(Side::Remote).any(|(_, now)| now.place.name == *name);
            prop_assert!(kept, "{:?} left the cloud\n{}", name, told(&world));
            let held = |content| there.contains(&content) || replaced.contains(&content);
            prop_assert!(content.is_none_or(held), "{}", told(&world));
        }
        let made = plan(&world.trees, world.trees.nodes(), &Policy::of(Mode::Backup));
        for (node, entry) in world.trees.side(Side::Local).filter(|(_, e)| !e.is_directory()) {
            let stuck = made.stuck.iter().any(|(of, _)| *of == node);
            let safe = agreed(&world, node) == number(entry);
            prop_assert!(safe || stuck || world.trees.aside(node).is_some(), "{}", told(&world));
        }
    }

    #[test]
    fn a_plan_for_some_is_the_plan_for_all_restricted(story in story(), pick in any::<u32>()) {
        let world = story.told();
        for mode in Mode::ALL {
            let policy = Policy::of(*mode);
            let chosen = |node: &NodeId| pick >> (node.0 % 32) & 1 == 1;
            let nodes = world.trees.nodes();
            let mut all = plan(&world.trees, nodes.iter().copied(), &policy);
            all.actions.retain(|action| chosen(&action.node));
            all.waiting.retain(|(node, _)| chosen(node));
            all.stuck.retain(|(node, _)| chosen(node));
            let some = plan(&world.trees, nodes.into_iter().filter(chosen).rev(), &policy);
            let sorted = |mut plan: albumen_sync::plan::Plan| {
                plan.actions.sort_by_key(|action| action.node);
                plan.waiting.sort();
                plan.stuck.sort();
                plan
            };
            prop_assert_eq!(sorted(some), sorted(all));
        }
    }

    #[test]
    fn what_cannot_be_seen_is_left_alone(story in story(), veil in any::<u64>()) {
        for mode in Mode::ALL {
            let mut world = story.told();
            let hidden = hide(&mut world, veil);
            settle(&mut world, &Policy::of(*mode), story.order, &mut |_, op, node| {
                assert!(!hidden.contains_key(&node), "{op:?} of {node:?}, which nobody sees");
            });
            for (node, entry) in hidden {
                let name = |entry: &Entry| (entry.place.name.clone(), number(entry));
                let now = world.trees.present(Side::Remote, node).map(name);
                prop_assert_eq!(now, entry.as_ref().map(name), "{:?}\n{}", node, told(&world));
            }
        }
    }

    #[test]
    fn what_the_service_took_away_stays_on_disk(story in story(), taken in any::<u64>()) {
        for mode in Mode::ALL {
            let mut world = story.told();
            let mut kept = Vec::new();
            for node in world.trees.nodes() {
                let here = world.trees.present(Side::Local, node).and_then(number);
                if taken >> (node.0 % 64) & 1 == 1
                    && let Some(content) = here
                    && world.trees.base(node).is_some()
                {
                    world.trees.put(Side::Remote, node, None);
                    world.trees.went(node, Gone::Withdrawn);
                    kept.push(content);
                }
            }
            settle(&mut world, &Policy::of(*mode), story.order, &mut |_, _, _| {});
            let now = contents(&world, Side::Local);
            for content in kept {
                prop_assert!(now.contains(&content), "{:?}: {}\n{}", mode, content, told(&world));
            }
        }
    }

    #[test]
    fn a_volume_that_takes_two_names_for_one_loses_neither(story in story()) {
        let mut world = story.told_on(true);
        settle(&mut world, &Policy::of(Mode::TwoWay), story.order, &mut only_what_was_agreed);
        let made = plan(&world.trees, world.trees.nodes(), &Policy::of(Mode::TwoWay));
        for (node, entry) in world.trees.side(Side::Remote) {
            let here = world.trees.present(Side::Local, node);
            let stuck = made.stuck.iter().any(|(of, _)| *of == node);
            let aside = world.trees.aside(node) == Some(Aside::NameClash);
            prop_assert!(here.is_none() || here.map(number) == Some(number(entry)));
            prop_assert!(here.is_some() || aside || stuck, "{:?}\n{}", node, told(&world));
        }
        for (node, _) in world.trees.side(Side::Local) {
            let there = world.trees.present(Side::Remote, node).is_some();
            let stuck = made.stuck.iter().any(|(of, _)| *of == node);
            prop_assert!(there || stuck, "{:?}\n{}", node, told(&world));
        }
    }

    #[test]
    fn without_deletions_nothing_is_deleted(story in story()) {
        for mode in Mode::ALL {
            let world = story.told();
            let policy = Policy { deletions: false, ..Policy::of(*mode) };
            let made = plan(&world.trees, world.trees.nodes(), &policy);
            let deletes = |op: &Op| matches!(op, Op::Trash(_) | Op::RemoveDirectory(_));
            prop_assert!(!made.actions.iter().any(|action| deletes(&action.op)));
        }
    }
}
