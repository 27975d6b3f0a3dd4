//! The change feed: what it tells, how often, in which order, and how far back.

use albumen_model::smh::{
    ChangeEvent,
    ChangeKind::{
        self, Create, Delete, Modify, Move, MoveOverwrite, RecycleDelete, Restore, Trash,
    },
    location,
};

use super::ground::{Ground, kind, number, path};
use crate::cloud::{
    CloudErrorKind::CursorExpired,
    Cursor,
    NodeKind::{Directory, File},
};

/// What happened to which name, but for what concerns earlier content alone.
fn told(events: &[ChangeEvent]) -> Vec<(ChangeKind, &str)> {
    let about_history =
        [ChangeKind::HistoryCreate, ChangeKind::HistoryDelete, ChangeKind::HistoryModify];
    let events = events.iter().filter(|event| !about_history.contains(&event.event_type));
    events.map(|event| (event.event_type, event.name.as_str())).collect()
}

/// The one event that something led to.
async fn only(ground: &Ground, since: &Cursor) -> ChangeEvent {
    let events = ground.since(since).await;
    let [event] = &events[..] else { panic!("not one event: {events:?}") };
    event.clone()
}

pub async fn begins_at_its_end(ground: Ground) {
    ground.upload("before", b"1").await;
    let cursor = ground.cursor().await;
    let page = ground.tree.changes(&cursor).await.unwrap();
    assert_eq!((&page.events[..], page.more), (&[][..], false));
    // From the cursor of an empty page one goes on as well.
    ground.make("a").await;
    assert_eq!(told(&ground.since(&page.next).await), [(Create, "a")]);
}

pub async fn tells_each_kind_of_change(ground: Ground) {
    let cursor = ground.cursor().await;
    ground.make("a").await;
    let file = ground.upload("x", b"1").await;
    ground.overwrite("x", b"22").await;
    ground.rename(File, "x", "a/y").await.unwrap();
    let item = ground.trash(File, "a/y").await;
    ground.tree.restore(item).await.unwrap();
    ground.upload("over", b"333").await;
    ground.elsewhere.move_onto(&path("over"), &path("a/y")).await;
    ground.upload("z", b"4444").await;
    ground.elsewhere.delete_for_good(&path("z")).await;
    ground.upload("w", b"55555").await;
    let item = ground.trash(File, "w").await;
    ground.elsewhere.purge(item).await;
    let events = ground.since(&cursor).await;
    let wanted = [
        (Create, "a"),
        (Create, "x"),
        (Modify, "x"),
        (Move, "y"),
        (Trash, "y"),
        (Restore, "y"),
        (Create, "over"),
        // What makes room goes into the bin first.
        (Trash, "y"),
        (MoveOverwrite, "y"),
        (Create, "z"),
        (Delete, "z"),
        (Create, "w"),
        (Trash, "w"),
        (RecycleDelete, "w"),
    ];
    assert_eq!(told(&events), wanted);
    for event in &events {
        let place = match event.event_type {
            ChangeKind::HistoryCreate => location::HISTORY,
            Trash => location::BIN,
            Delete | RecycleDelete => location::GONE,
            _ => location::TREE,
        };
        assert_eq!(event.location, place, "{event:?}");
        assert!(!event.removed_by_quota);
    }
    let first = number(&file);
    let of_first: Vec<_> = events.iter().filter(|event| event.inode == first).collect();
    assert!(of_first.iter().any(|event| event.event_type == Modify), "the number stays");
    let over = events.iter().find(|event| event.event_type == MoveOverwrite).unwrap();
    assert_eq!(over.extra_info["owInode"], first.as_str());
    assert_ne!(over.inode, first);
}

pub async fn tells_a_directory_once(ground: Ground) {
    let directory = number(&ground.make("a").await);
    ground.make("a/b").await;
    ground.upload("a/b/x", b"1").await;
    ground.make("c").await;
    let mut cursor = ground.cursor().await;
    ground.rename(Directory, "a", "c/d").await.unwrap();
    let moved = only(&ground, &cursor).await;
    assert_eq!((moved.event_type, &moved.inode), (Move, &directory));
    cursor = ground.cursor().await;
    let item = ground.trash(Directory, "c/d").await;
    let trashed = only(&ground, &cursor).await;
    assert_eq!((trashed.event_type, &trashed.inode), (Trash, &directory));
    assert_eq!(trashed.location, location::BIN);
    cursor = ground.cursor().await;
    ground.tree.restore(item).await.unwrap();
    let restored = only(&ground, &cursor).await;
    assert_eq!((restored.event_type, &restored.inode), (Restore, &directory));
    cursor = ground.cursor().await;
    let item = ground.trash(Directory, "c/d").await;
    ground.elsewhere.purge(item).await;
    let kinds: Vec<_> = ground.since(&cursor).await.iter().map(|e| e.event_type).collect();
    assert_eq!(kinds, [Trash, RecycleDelete]);
}

pub async fn names_the_directory_of_the_time_after(ground: Ground) {
    let (a, b) = (number(&ground.make("a").await), number(&ground.make("b").await));
    let root = number(&ground.look("").await.unwrap());
    let cursor = ground.cursor().await;
    ground.upload("a/x", b"1").await;
    ground.rename(File, "a/x", "b/x").await.unwrap();
    let item = ground.trash(File, "b/x").await;
    ground.tree.restore(item).await.unwrap();
    ground.rename(File, "b/x", "x").await.unwrap();
    let events = ground.since(&cursor).await;
    let parents: Vec<_> =
        events.iter().map(|event| (event.event_type, event.parent_inode.clone())).collect();
    let wanted = [(Create, a), (Move, b.clone()), (Trash, b.clone()), (Restore, b), (Move, root)];
    assert_eq!(parents, wanted.map(|(kind, parent)| (kind, Some(parent))));
}

pub async fn comes_in_pages_in_order(ground: Ground) {
    let tree = ground.elsewhere.with_events_at_once(3);
    let begin = tree.cursor().await.unwrap();
    let names: Vec<String> = (0..7).map(|n| format!("d{n}")).collect();
    for name in &names {
        ground.make(name).await;
    }
    let (mut at, mut found, mut pages) = (begin.clone(), Vec::new(), Vec::new());
    loop {
        let page = tree.changes(&at).await.unwrap();
        // Asked again, a cursor says the same again.
        assert_eq!(tree.changes(&at).await.unwrap().events, page.events);
        pages.push((page.events.len(), page.more));
        found.extend(page.events);
        if !page.more {
            break;
        }
        at = page.next;
    }
    assert_eq!(pages, [(3, true), (3, true), (1, false)]);
    let of_names: Vec<_> = names.iter().map(|name| (Create, name.as_str())).collect();
    assert_eq!(told(&found), of_names);
    assert_eq!(ground.since(&begin).await, found, "however long the pages are");
}

pub async fn tells_our_own_work_by_its_version(ground: Ground) {
    let cursor = ground.cursor().await;
    let directory = ground.make("a").await;
    let first = ground.upload("a/x", b"1").await;
    let second = ground.overwrite("a/x", b"22").await;
    let events = ground.since(&cursor).await;
    let arrived = |kind: ChangeKind| {
        let of_kind = events.iter().filter(move |event| event.event_type == kind);
        of_kind.map(|event| (event.inode.clone(), event.version_id)).collect::<Vec<_>>()
    };
    let made = [(number(&directory), None), (number(&first), first.version_id)];
    assert_eq!(arrived(Create), made);
    assert_eq!(arrived(Modify), [(number(&second), second.version_id)]);
    // What comes later happens to the same version.
    let cursor = ground.cursor().await;
    ground.rename(File, "a/x", "a/y").await.unwrap();
    assert_eq!(only(&ground, &cursor).await.version_id, second.version_id);
}

pub async fn does_not_reach_back_for_ever(ground: Ground) {
    let old = ground.cursor().await;
    ground.make("a").await;
    assert_eq!(told(&ground.since(&old).await), [(Create, "a")]);
    ground.elsewhere.half_a_year_passes().await;
    assert_eq!(kind(ground.tree.changes(&old).await), Some(CursorExpired));
    let never = Cursor::new("never was one");
    assert_eq!(kind(ground.tree.changes(&never).await), Some(CursorExpired));
    let fresh = ground.cursor().await;
    ground.make("b").await;
    assert_eq!(told(&ground.since(&fresh).await), [(Create, "b")]);
}
