//! Our own work whose answer was lost, found in the cloud. Owns what is agreed on then.

use albumen_model::Inode;

use super::sighting::Sighting;
use crate::{
    cloud::{CloudError, CloudErrorKind},
    error::Result,
    plan::tree::{Base, Content, Entry, NodeId, Place, Side, Sight, What},
    reconcile::{
        Reconciler,
        record::{InCloud, Intent, Note},
    },
};

impl Reconciler {
    /// Which node it is: one that has this number, the one of an upload whose end nobody had heard
    /// of, or a new one.
    pub(super) fn whose(
        &self,
        sighting: &mut Sighting,
        inode: &Inode,
        entry: &Entry,
    ) -> Result<NodeId, CloudError> {
        let known = self.node_of(sighting, inode);
        if let Some(node) = self.landed(sighting, inode, known, entry) {
            sighting.new.insert(inode.clone(), node);
            return Ok(node);
        }
        if let Some(node) = known {
            return Ok(node);
        }
        let fault = |error: crate::Error| {
            CloudError::new(CloudErrorKind::Fault, format!("No number for a new node: {error}"))
        };
        let node = self.record.fresh().map_err(fault)?;
        sighting.new.insert(inode.clone(), node);
        Ok(node)
    }

    /// The node that something of ours happened to when an end came, or its answer was lost: an
    /// upload that landed, a move that was made. Both sides agree on it then.
    pub(super) fn landed(
        &self,
        sighting: &mut Sighting,
        inode: &Inode,
        known: Option<NodeId>,
        entry: &Entry,
    ) -> Option<NodeId> {
        let content = entry.content();
        let is = |node: NodeId, intent: &Intent| match intent {
            Intent::Upload { to, base } => {
                let crc64 = base.content.as_ref().map(|agreed| agreed.crc64);
                *to == entry.place
                    && content.is_some_and(|content| content.crc64 == crc64)
                    && known.is_none_or(|known| known == node)
            }
            Intent::MakeDirectory { to } => {
                *to == entry.place
                    && entry.is_directory()
                    && known.is_none_or(|known| known == node)
            }
            Intent::Move { to, .. } => *to == entry.place && known == Some(node),
            _ => false,
        };
        let mut open = sighting.open.iter();
        let (node, intent) = open.find(|(node, intent)| is(*node, intent))?.clone();
        let elsewhere = self.record.inode(node).is_some_and(|other| other != *inode)
            && matches!(self.record.entry(Side::Remote, node), Some(Sight::Present(_)));
        if elsewhere {
            return None;
        }
        let base = match intent {
            Intent::Upload { base, .. } => uploaded(*base, content?.cas.clone(), inode),
            Intent::MakeDirectory { to } => {
                let inode = Some(inode.clone());
                Base { local: to.clone(), remote: to, content: None, inode }
            }
            Intent::Move { to, passing } => {
                let before = self.record.base(node)?;
                let local = if passing { before.local } else { to.clone() };
                Base { local, remote: to, ..before }
            }
            _ => return None,
        };
        sighting.landed.insert(node, base);
        Some(node)
    }

    /// Moves and directories whose answer was lost and that were not seen: they were not made.
    pub(in crate::reconcile) fn forget_unmade(&self) -> Result<()> {
        let unmade = |(node, intent)| match intent {
            Intent::Move { .. } | Intent::MakeDirectory { .. } => Some(Note::Ended(node)),
            _ => None,
        };
        let notes: Vec<Note> = self.record.intents()?.into_iter().filter_map(unmade).collect();
        if notes.is_empty() { Ok(()) } else { self.record.write(notes) }
    }
}

/// What is agreed on after an upload, with what the cloud told of it.
pub(in crate::reconcile) fn uploaded(mut base: Base, cas: Option<String>, inode: &Inode) -> Base {
    if let Some(agreed) = &mut base.content {
        agreed.cas = cas;
    }
    base.inode = Some(inode.clone());
    base
}

/// What is remembered of an upload that is there.
pub(in crate::reconcile) fn arrived(node: NodeId, place: Place, base: Base) -> Option<Vec<Note>> {
    let (agreed, inode) = (base.content.as_ref()?, base.inode.clone()?);
    let content = Content {
        size: agreed.size,
        crc64: Some(agreed.crc64),
        stat: None,
        cas: agreed.cas.clone(),
    };
    let entry = Entry { place, what: What::File(content) };
    Some(vec![
        Note::InCloud(node, Some(Sight::Present(InCloud { entry, inode }))),
        Note::Agreed(node, base),
        Note::Ended(node),
    ])
}
