//! What to look at in the cloud after a page of its change feed. Owns the reading of events: they
//! say where something happened and how something went, never how it is now. An event may come
//! twice, late, or after another that was before it; the look that follows it is the judge.

use std::collections::{BTreeMap, BTreeSet};

use albumen_model::{
    Inode,
    smh::{ChangeEvent, ChangeKind, location},
};

use crate::plan::tree::Gone;

/// From this many changed nodes of one directory on, the directory is listed instead.
const LISTED_FROM: usize = 8;

/// What to look at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ToLookAt {
    /// Nodes to ask for, one by one.
    pub nodes: BTreeSet<Inode>,
    /// Directories to list, without what is below their own directories.
    pub directories: BTreeSet<Inode>,
    /// How nodes went, for those that a look does not find any more.
    pub gone: BTreeMap<Inode, Gone>,
}

/// What we sent ourselves: which node, and the version of its content after it. A directory that we
/// made has none.
pub type OwnWork = BTreeSet<(Inode, Option<u64>)>;

/// Reads one page. `own` holds what this device was told of its own work: that a node was made or
/// got this content is no news then. Whatever else happened to it is, as it keeps that version.
pub fn to_look_at(events: &[ChangeEvent], own: &OwnWork) -> ToLookAt {
    let mut changed: BTreeMap<&Inode, Option<&Inode>> = BTreeMap::new();
    let mut told = ToLookAt::default();
    for event in events {
        if let Some(how) = went(event) {
            told.gone.insert(event.inode.clone(), how);
        }
        if concerns(event.event_type) && !is_own(event, own) {
            changed.insert(&event.inode, event.parent_inode.as_ref());
        }
        if let Some(overwritten) = overwritten(event) {
            // Put into the bin for it, it was said so before.
            told.gone.entry(overwritten.clone()).or_insert(Gone::Deleted { in_bin: false });
            told.nodes.insert(overwritten);
        }
    }
    let mut by_parent: BTreeMap<&Inode, Vec<&Inode>> = BTreeMap::new();
    for (node, parent) in changed {
        match parent {
            Some(parent) => by_parent.entry(parent).or_default().push(node),
            None => {
                told.nodes.insert(node.clone());
            }
        }
    }
    for (parent, nodes) in by_parent {
        // Those that went are not found by a listing: only the look itself is evidence.
        let (gone, there): (Vec<&Inode>, Vec<&Inode>) =
            nodes.into_iter().partition(|node| told.gone.contains_key(*node));
        told.nodes.extend(gone.into_iter().cloned());
        if there.len() >= LISTED_FROM {
            told.directories.insert(parent.clone());
        } else {
            told.nodes.extend(there.into_iter().cloned());
        }
    }
    told
}

/// Whether it tells that something arrived which this device sent.
fn is_own(event: &ChangeEvent, own: &OwnWork) -> bool {
    matches!(event.event_type, ChangeKind::Create | ChangeKind::Modify)
        && own.contains(&(event.inode.clone(), event.version_id))
}

/// Whether an event can change what the tree holds.
const fn concerns(kind: ChangeKind) -> bool {
    !matches!(
        kind,
        ChangeKind::RecycleDelete
            | ChangeKind::RecycleModify
            | ChangeKind::HistoryCreate
            | ChangeKind::HistoryDelete
            | ChangeKind::HistoryModify
    )
}

/// How a node went, if the event says that it did. What the service does by itself is no person's
/// wish, whatever the event is called.
fn went(event: &ChangeEvent) -> Option<Gone> {
    use ChangeKind::{Delete, Move, RecycleDelete, TaskDelete, TaskTrash, Trash};
    match event.event_type {
        Trash | Delete if event.removed_by_quota => Some(Gone::Withdrawn),
        TaskDelete | TaskTrash => Some(Gone::Withdrawn),
        Trash => Some(Gone::Deleted { in_bin: true }),
        Delete => Some(Gone::Deleted { in_bin: false }),
        // Into another space; the directory that is named is one of that.
        Move if event.location == location::GONE => Some(Gone::Deleted { in_bin: false }),
        // Purged later; who put it into the bin was told before, unless this is all we hear.
        RecycleDelete if event.removed_by_quota => Some(Gone::Withdrawn),
        _ => None,
    }
}

/// The node that another one took the place of.
fn overwritten(event: &ChangeEvent) -> Option<Inode> {
    use ChangeKind::{CopyOverwrite, CreateOverwrite, MoveOverwrite, RestoreOverwrite};
    let replaces = matches!(
        event.event_type,
        CreateOverwrite | MoveOverwrite | CopyOverwrite | RestoreOverwrite
    );
    let inode = event.extra_info.get("owInode").filter(|_| replaces)?.as_str()?;
    Inode::parse(inode).ok().filter(|inode| *inode != event.inode)
}
