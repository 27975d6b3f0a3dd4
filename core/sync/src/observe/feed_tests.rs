//! Event by event what is looked at.

use albumen_model::{Inode, smh::ChangeEvent};
use serde_json::json;

use super::feed::{OwnWork, ToLookAt, to_look_at};
use crate::plan::tree::Gone;

fn inode(text: &str) -> Inode {
    Inode::parse(text).unwrap()
}

fn event(kind: &str, node: &str, more: &serde_json::Value) -> ChangeEvent {
    let mut event = json!({
        "eventType": kind, "eventTime": "1", "inode": node, "parentInode": "album",
        "name": "x.jpg", "type": "file", "creationTime": "2026-01-01T00:00:00.000Z",
        "modificationTime": "2026-01-01T00:00:00.000Z", "userId": "mia", "location": 0,
    });
    for (key, value) in more.as_object().unwrap() {
        event[key] = value.clone();
    }
    serde_json::from_value(event).unwrap()
}

fn read(events: &[ChangeEvent]) -> ToLookAt {
    to_look_at(events, &OwnWork::new())
}

#[test]
fn each_kind() {
    let user = Some(Gone::Deleted { in_bin: true });
    let (past, service) = (Some(Gone::Deleted { in_bin: false }), Some(Gone::Withdrawn));
    for (kind, quota, looked, gone) in [
        ("FILE.CREATE", false, true, None),
        ("FILE.MODIFY", false, true, None),
        ("FILE.MOVE", false, true, None),
        ("FILE.COPY", false, true, None),
        ("FILE.RESTORE", false, true, None),
        ("FILE.TRASH", false, true, user),
        ("FILE.TRASH", true, true, service),
        ("FILE.DELETE", false, true, past),
        ("FILE.DELETE", true, true, service),
        ("TASK.FILE.TRASH", false, true, service),
        ("TASK.FILE.DELETE", false, true, service),
        ("TASK.FILE.RESTORE", false, true, None),
        ("RECYCLE.DELETE", false, false, None),
        ("RECYCLE.DELETE", true, false, service),
        ("RECYCLE.MODIFY", false, false, None),
        ("HISTORY.CREATE", false, false, None),
        ("HISTORY.LATEST", false, true, None),
    ] {
        let told = read(&[event(kind, "n", &json!({ "removedByQuota": quota }))]);
        assert_eq!(told.nodes.contains(&inode("n")), looked, "{kind}");
        assert_eq!(told.gone.get(&inode("n")).copied(), gone, "{kind}, by a quota: {quota}");
    }
}

#[test]
fn what_was_replaced_by_another_is_looked_for() {
    let replaced = json!({ "extraInfo": { "owInode": "old" } });
    let told = read(&[event("FILE.MOVE_OVERWRITE", "n", &replaced)]);
    assert!(told.nodes.contains(&inode("old")) && told.nodes.contains(&inode("n")));
    assert_eq!(told.gone.get(&inode("old")), Some(&Gone::Deleted { in_bin: false }));
    let own = json!({ "extraInfo": { "owInode": "n" } });
    assert_eq!(read(&[event("FILE.CREATE_OVERWRITE", "n", &own)]).gone.len(), 0);
}

#[test]
fn many_in_one_directory_are_listed_but_for_those_that_went() {
    let made = |n: usize| event("FILE.CREATE", &format!("n{n}"), &json!({}));
    let seven: Vec<_> = (0..7).map(made).collect();
    assert_eq!((read(&seven).nodes.len(), read(&seven).directories.len()), (7, 0));
    let mut many: Vec<_> = (0..20).map(made).collect();
    many.push(event("FILE.TRASH", "gone", &json!({})));
    let told = read(&many);
    assert_eq!(told.directories, [inode("album")].into());
    assert_eq!(told.nodes, [inode("gone")].into());
}

#[test]
fn our_own_work_is_no_news() {
    let mine = event("FILE.MODIFY", "n", &json!({ "versionId": 3 }));
    let later = event("FILE.MODIFY", "n", &json!({ "versionId": 4 }));
    let own = OwnWork::from([(inode("n"), Some(3))]);
    assert_eq!(to_look_at(std::slice::from_ref(&mine), &own), ToLookAt::default());
    assert!(to_look_at(&[mine, later], &own).nodes.contains(&inode("n")));
}

#[test]
fn what_others_do_to_what_we_sent_is_news() {
    let own = OwnWork::from([(inode("n"), Some(3)), (inode("album"), None)]);
    for kind in ["FILE.MOVE", "FILE.TRASH", "FILE.DELETE", "FILE.RESTORE", "HISTORY.LATEST"] {
        let told = to_look_at(&[event(kind, "n", &json!({ "versionId": 3 }))], &own);
        assert!(told.nodes.contains(&inode("n")), "{kind}");
        let told = to_look_at(&[event(kind, "album", &json!({ "type": "dir" }))], &own);
        assert!(told.nodes.contains(&inode("album")), "{kind} of a directory");
    }
}

#[test]
fn what_went_into_another_space_is_looked_for_one_by_one() {
    let into = json!({ "location": 3, "parentInode": "elsewhere" });
    let moved: Vec<_> = (0..20).map(|n| event("FILE.MOVE", &format!("n{n}"), &into)).collect();
    let told = read(&moved);
    assert_eq!((told.nodes.len(), told.directories.len()), (20, 0));
    assert_eq!(told.gone.get(&inode("n0")), Some(&Gone::Deleted { in_bin: false }));
}

#[test]
fn what_made_room_in_the_bin_is_in_the_bin() {
    let replaced = json!({ "extraInfo": { "owInode": "old" } });
    let told = read(&[
        event("FILE.TRASH", "old", &json!({ "location": 1 })),
        event("FILE.MOVE_OVERWRITE", "n", &replaced),
    ]);
    assert_eq!(told.gone.get(&inode("old")), Some(&Gone::Deleted { in_bin: true }));
}

#[test]
fn twice_or_in_another_order_asks_the_same() {
    let events = [
        event("FILE.CREATE", "a", &json!({})),
        event("FILE.MOVE", "b", &json!({ "parentInode": "other" })),
        event("FILE.MODIFY", "a", &json!({ "versionId": 2 })),
    ];
    let once = read(&events);
    let twice: Vec<_> = events.iter().chain(&events).cloned().collect();
    let back: Vec<_> = events.iter().rev().cloned().collect();
    assert_eq!(read(&twice).nodes, once.nodes);
    assert_eq!(read(&back).nodes, once.nodes);
}
