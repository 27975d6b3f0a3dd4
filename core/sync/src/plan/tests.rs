//! The table cell by cell, and what must hold for any trees.

use albumen_model::{Crc64, RemotePath};
use proptest::prelude::*;

use super::*;
use crate::local_path::LocalPath;

const NEW: Op = Op::Upload { replace: false };
const REPLACE: Op = Op::Upload { replace: true };

fn path(text: &str) -> RemotePath {
    RemotePath::parse(text).unwrap()
}

fn stat(content: u64) -> LocalStat {
    LocalStat { size: content, mtime_ns: 1, ctime_ns: 1, inode: 7, btime_ns: 1 }
}

/// Content is told by one number: its length, its check value and its stamp all follow from it.
fn on_disk(name: &str, content: u64) -> LocalVersion {
    LocalVersion {
        path: name.into(),
        target: path(name),
        stat: stat(content),
        crc64: Some(Crc64::new(content)),
    }
}

fn in_cloud(name: &str, content: u64) -> RemoteVersion {
    RemoteVersion {
        path: path(name),
        size: content,
        crc64: Some(Crc64::new(content)),
        inode: None,
        content_cas: Some(content.to_string()),
    }
}

fn agreed(name: &str, content: u64) -> SyncedVersion {
    SyncedVersion {
        local_path: LocalPath::from(name),
        stat: stat(content),
        remote: in_cloud(name, content),
        crc64: Crc64::new(content),
        aside: None,
    }
}

fn ops(
    local: Option<LocalVersion>,
    remote: Option<RemoteVersion>,
    synced: Option<SyncedVersion>,
    policy: &Policy,
) -> Vec<Op> {
    let local = local.map(Sight::Present);
    let remote = remote.map(Sight::Present);
    plan_node(NodeId(1), local.as_ref(), remote.as_ref(), synced.as_ref(), policy)
        .into_iter()
        .map(|action| action.op)
        .collect()
}

#[test]
fn backup_cell_by_cell() {
    let disk = |content| Some(on_disk("a", content));
    let cloud = |content| Some(in_cloud("a", content));
    let base = || Some(agreed("a", 1));
    let aside = |why| Some(SyncedVersion { aside: Some(why), ..agreed("a", 1) });
    let deleted = Aside::DeletedInCloud;
    for (story, local, remote, synced, wanted) in [
        ("new here", disk(1), None, None, vec![NEW]),
        ("the same is there already", disk(1), cloud(1), None, vec![Op::Adopt]),
        ("another has the name", disk(1), cloud(2), None, vec![Op::UploadBeside]),
        ("nothing happened", disk(1), cloud(1), base(), vec![]),
        ("edited here", disk(2), cloud(1), base(), vec![REPLACE]),
        ("edited on both", disk(2), cloud(3), base(), vec![Op::UploadBeside]),
        ("edited alike on both", disk(2), cloud(2), base(), vec![Op::Adopt]),
        ("deleted there", disk(1), None, base(), vec![Op::SetAside(deleted)]),
        ("deleted there, known", disk(1), None, aside(deleted), vec![]),
        ("deleted there, edited here", disk(2), None, aside(deleted), vec![NEW]),
        ("restored there", disk(1), cloud(1), aside(deleted), vec![Op::Adopt]),
        ("changed there", disk(1), cloud(2), base(), vec![Op::SetAside(Aside::ChangedInCloud)]),
        ("deleted here", None, cloud(1), base(), vec![Op::SetAside(Aside::Archived)]),
        ("deleted here, known", None, cloud(1), aside(Aside::Archived), vec![]),
        ("back on disk", disk(1), cloud(1), aside(Aside::Archived), vec![Op::Adopt]),
        ("gone on both", None, None, base(), vec![Op::ForgetBase]),
        ("only there", None, cloud(1), None, vec![]),
        ("moved there", disk(1), Some(in_cloud("b", 1)), base(), vec![Op::Adopt]),
        ("moved there, edited here", disk(2), Some(in_cloud("b", 1)), base(), vec![REPLACE]),
        ("moved here", Some(on_disk("b", 1)), cloud(1), base(), vec![NEW]),
    ] {
        assert_eq!(ops(local, remote, synced, &Policy::BACKUP), wanted, "{story}");
    }
}

#[test]
fn two_way_cell_by_cell() {
    use Change::*;
    let fetch = Op::Download { replace: false };
    let refetch = Op::Download { replace: true };
    for (local, remote, wanted) in [
        (Same, Edited, vec![refetch]),
        (Same, Deleted, vec![Op::LocalTrash]),
        (Same, Moved, vec![Op::LocalMove]),
        (Same, MovedEdited, vec![Op::LocalMove, refetch]),
        (Edited, Same, vec![REPLACE]),
        (Edited, Edited, vec![Op::KeepBoth]),
        (Edited, Deleted, vec![Op::RestoreRemote, REPLACE]),
        (Edited, Moved, vec![Op::LocalMove, REPLACE]),
        (Deleted, Same, vec![Op::RemoteTrash]),
        (Deleted, Edited, vec![fetch]),
        (Deleted, Deleted, vec![Op::ForgetBase]),
        (Deleted, Moved, vec![fetch]),
        (Moved, Same, vec![Op::RemoteMove]),
        (Moved, Deleted, vec![Op::RestoreRemote, Op::RemoteMove]),
        (Moved, Moved, vec![Op::LocalMove]),
        (MovedEdited, Same, vec![Op::RemoteMove, REPLACE]),
        (MovedEdited, Deleted, vec![NEW]),
        (New, Absent, vec![NEW]),
        (Absent, New, vec![fetch]),
        (New, New, vec![Op::KeepBoth]),
    ] {
        assert_eq!(cell(local, remote, false, false), wanted, "{local:?} / {remote:?}");
    }
    assert_eq!(cell(Edited, Edited, true, false), vec![Op::Adopt]);
    assert_eq!(cell(New, New, true, false), vec![Op::Adopt]);
    assert_eq!(cell(Moved, Moved, false, true), vec![Op::Adopt]);
}

#[test]
fn what_cannot_be_told_leads_to_nothing() {
    for other in Change::ALL {
        assert!(cell(Change::Unknown, *other, false, false).is_empty());
        assert!(cell(*other, Change::Unknown, false, false).is_empty());
    }
    let unknown = Sight::Unknown;
    let seen = Sight::Present(in_cloud("a", 1));
    let base = agreed("a", 1);
    for policy in [Policy::BACKUP, Policy::TWO_WAY] {
        assert!(plan_node(NodeId(1), Some(&unknown), Some(&seen), Some(&base), &policy).is_empty());
    }
}

#[test]
fn nodes_that_want_the_same_place_are_looked_at_together() {
    let local = LocalTree::from([(NodeId(1), Sight::Present(on_disk("a", 5)))]);
    let remote = RemoteTree::from([(NodeId(2), Sight::Present(in_cloud("a", 5)))]);
    let made = plan(&local, &remote, &SyncedTree::new(), &Policy::BACKUP);
    assert_eq!(made.actions.len(), 1);
    assert_eq!((made.actions[0].node, made.actions[0].op), (NodeId(1), Op::Adopt));
}

#[derive(Clone, Debug, Default)]
struct World {
    local: LocalTree,
    remote: RemoteTree,
    synced: SyncedTree,
}

fn one_node(id: i64) -> impl Strategy<Value = (i64, [Option<(u8, u8)>; 3], u8)> {
    let side = || proptest::option::of((0..3u8, 1..4u8));
    (Just(id), [side(), side(), side()], 0..5u8)
}

fn world() -> impl Strategy<Value = World> {
    proptest::collection::vec(any::<()>(), 0..12)
        .prop_flat_map(|nodes| (0..nodes.len()).map(|id| one_node(id as i64)).collect::<Vec<_>>())
        .prop_map(|nodes| {
            let mut world = World::default();
            for (id, [local, remote, synced], aside) in nodes {
                let node = NodeId(id);
                let name = |place: u8| format!("n{id}-{place}");
                if let Some((place, content)) = local {
                    let version = on_disk(&name(place), u64::from(content));
                    let sight = if aside == 4 { Sight::Unknown } else { Sight::Present(version) };
                    world.local.insert(node, sight);
                }
                if let Some((place, content)) = remote {
                    let version = in_cloud(&name(place), u64::from(content));
                    world.remote.insert(node, Sight::Present(version));
                }
                if let Some((place, content)) = synced {
                    let mut base = agreed(&name(place), u64::from(content));
                    base.aside = match aside {
                        0 => Some(Aside::DeletedInCloud),
                        1 => Some(Aside::Archived),
                        _ => None,
                    };
                    world.synced.insert(node, base);
                }
            }
            world
        })
}

/// Does to the trees what the executor would do to disk and cloud.
fn apply(world: &mut World, action: &Action) {
    let node = action.node;
    let local = match world.local.get(&node) {
        Some(Sight::Present(version)) => Some(version.clone()),
        _ => None,
    };
    match action.op {
        Op::Adopt => {
            let Some(Sight::Present(remote)) = world.remote.get(&node).cloned() else { return };
            let local = local.expect("only files on disk are adopted");
            let crc64 = local.crc64.expect("read");
            let base = SyncedVersion {
                local_path: local.path,
                stat: local.stat,
                remote,
                crc64,
                aside: None,
            };
            world.synced.insert(node, base);
        }
        Op::Upload { .. } | Op::UploadBeside => {
            let local = local.expect("only files on disk are sent");
            let mut name = local.target.to_string();
            if action.op == Op::UploadBeside {
                name.push_str(" beside");
            }
            let remote = in_cloud(&name, local.stat.size);
            let mut moved = local.clone();
            moved.target = remote.path.clone();
            let base = SyncedVersion {
                local_path: local.path,
                stat: local.stat,
                remote: remote.clone(),
                crc64: local.crc64.expect("read"),
                aside: None,
            };
            world.local.insert(node, Sight::Present(moved));
            world.remote.insert(node, Sight::Present(remote));
            world.synced.insert(node, base);
        }
        Op::SetAside(why) => {
            world.synced.get_mut(&node).expect("agreed before").aside = Some(why);
        }
        Op::ForgetBase => {
            world.synced.remove(&node);
        }
        other => panic!("a backup never does {other:?}"),
    }
}

proptest! {
    #[test]
    fn a_backup_converges_and_never_deletes(mut world in world()) {
        let before = world.remote.clone();
        let first = plan(&world.local, &world.remote, &world.synced, &Policy::BACKUP);
        for action in &first.actions {
            let Op::Upload { replace } = action.op else { apply(&mut world, action); continue };
            // An upload that replaces does so only over what was agreed on.
            if replace {
                let agreed = &world.synced[&action.node].remote;
                prop_assert_eq!(&action.content_cas, &agreed.content_cas);
            }
            apply(&mut world, action);
        }
        let again = plan(&world.local, &world.remote, &world.synced, &Policy::BACKUP);
        prop_assert!(again.actions.is_empty(), "{:?}", again.actions);
        for node in before.keys() {
            prop_assert!(world.remote.contains_key(node), "{node:?} left the cloud");
        }
    }

    #[test]
    fn a_plan_for_some_is_the_plan_for_all_restricted(world in world(), pick in any::<u16>()) {
        for policy in [Policy::BACKUP, Policy::TWO_WAY] {
            let all = plan(&world.local, &world.remote, &world.synced, &policy);
            let chosen = |node: &NodeId| pick >> (node.0 % 16) & 1 == 1;
            let mut some = world.clone();
            some.local.retain(|node, _| chosen(node));
            some.remote.retain(|node, _| chosen(node));
            some.synced.retain(|node, _| chosen(node));
            let part = plan(&some.local, &some.remote, &some.synced, &policy);
            let wanted: Vec<_> = all.actions.into_iter().filter(|a| chosen(&a.node)).collect();
            prop_assert_eq!(part.actions, wanted);
        }
    }
}
