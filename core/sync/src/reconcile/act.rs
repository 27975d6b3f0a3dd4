//! Does one step of a plan. Owns what must still hold when it is done, and which tree learns what
//! after it; an effect that is not durable is never written down.

use super::{
    Reconciler,
    failure::Failure,
    places::{local_path, remote_path},
    record::{InCloud, Intent, Note, OnDisk},
};
use crate::{
    cloud::{CloudError, CloudErrorKind, NodeKind},
    effect::Version,
    plan::{
        Action, Op,
        tree::{Agreed, Base, Content, Entry, Gone, NodeId, Place, ROOT, Side, Sight},
    },
};
use albumen_model::{Inode, RemotePath};

/// A node as both trees have it, at the moment a step begins.
#[derive(Clone)]
pub(super) struct Standing {
    pub(super) node: NodeId,
    /// The node of the cloud that becomes one with this one, if it is another.
    pub(super) twin: Option<NodeId>,
    pub(super) local: Option<OnDisk>,
    pub(super) remote: Option<InCloud>,
    pub(super) base: Option<Base>,
}

impl Reconciler {
    /// Does one step, if both sides are as it was decided on.
    pub(super) async fn act(&self, action: &Action) -> Result<(), Failure> {
        let at = self.standing(action)?;
        let node = action.node;
        match &action.op {
            Op::Look => self.look_at(&at),
            Op::Adopt => self.adopt(&at),
            Op::Upload { replace } => self.upload(&at, *replace).await,
            Op::UploadBeside => self.upload_beside(&at).await,
            Op::Download { replace } => self.download(&at, *replace).await,
            Op::MakeDirectory(Side::Local) => self.make_folder(&at),
            Op::MakeDirectory(Side::Remote) => self.make_remote(&at).await,
            Op::Move { side: Side::Local, to } => self.move_local(&at, to),
            Op::Move { side: Side::Remote, to } => self.move_remote(&at, to).await,
            Op::KeepBoth => self.keep_both(&at),
            Op::Split => self.split(&at),
            Op::Trash(Side::Local) => self.trash_local(&at),
            Op::Trash(Side::Remote) => self.trash_remote(&at).await,
            Op::RemoveDirectory(Side::Local) => self.remove_folder(&at),
            Op::RemoveDirectory(Side::Remote) => self.remove_remote(&at).await,
            Op::RestoreRemote => self.restore(&at).await,
            Op::Forget => Ok(self.record.write(vec![Note::Forgot(node)])?),
            Op::SetAside(why) => Ok(self.record.write(vec![Note::SetAside(node, *why)])?),
            Op::Hold => Ok(()),
        }
    }

    /// What the trees hold now, if that is what the step was decided on.
    fn standing(&self, action: &Action) -> Result<Standing, Failure> {
        let node = action.node;
        let twin = self.twin(action);
        let local = match self.record.on_disk(node) {
            Some(Sight::Present(seen)) => Some(seen),
            None => None,
            Some(Sight::Unknown) => return Err(Failure::Changed),
        };
        let of = twin.unwrap_or(node);
        let remote = match self.record.entry(Side::Remote, of) {
            Some(Sight::Present(entry)) => {
                let inode = self.record.inode(of).ok_or(Failure::Changed)?;
                Some(InCloud { entry, inode })
            }
            None => None,
            Some(Sight::Unknown) => return Err(Failure::Changed),
        };
        let base = self.record.base(node);
        self.record.sound()?;
        let same = local.as_ref().map(|seen| &seen.entry) == action.local.as_ref()
            && remote.as_ref().map(|seen| &seen.entry) == action.remote.as_ref();
        if same { Ok(Standing { node, twin, local, remote, base }) } else { Err(Failure::Changed) }
    }

    /// The node of the cloud that the step takes for its own.
    fn twin(&self, action: &Action) -> Option<NodeId> {
        let there = self.record.at(Side::Remote, &action.remote.as_ref()?.place)?;
        (there != action.node && self.record.base(there).is_none()).then_some(there)
    }

    /// Two nodes become one: what the cloud has is this node's from now on, and what is in it, if
    /// it is a directory, is in this one.
    pub(super) fn join(&self, at: &Standing) -> Vec<Note> {
        let (Some(twin), Some(there)) = (at.twin, &at.remote) else { return Vec::new() };
        let mut notes = vec![
            Note::InCloud(twin, None),
            Note::InCloud(at.node, Some(Sight::Present(there.clone()))),
        ];
        for child in self.record.children(Side::Remote, twin) {
            let Some(Sight::Present(mut entry)) = self.record.entry(Side::Remote, child) else {
                continue;
            };
            let Some(inode) = self.record.inode(child) else { continue };
            entry.place.parent = at.node;
            notes.push(Note::InCloud(child, Some(Sight::Present(InCloud { entry, inode }))));
        }
        notes
    }

    fn adopt(&self, at: &Standing) -> Result<(), Failure> {
        let (Some(local), Some(remote)) = (&at.local, &at.remote) else {
            return Err(Failure::Changed);
        };
        let content = match (local.entry.content(), remote.entry.content()) {
            (Some(here), Some(there)) => {
                let path = local_path(self.record.as_ref(), at.node).ok_or(Failure::Changed)?;
                self.make_durable(&path)?;
                Some(self.agreed(at, here, there)?)
            }
            (None, None) => None,
            _ => return Err(Failure::Changed),
        };
        let mut notes = self.join(at);
        let base = Base {
            local: local.entry.place.clone(),
            remote: remote.entry.place.clone(),
            content,
            inode: Some(remote.inode.clone()),
        };
        notes.push(Note::Agreed(at.node, base));
        Ok(self.record.write(notes)?)
    }

    fn agreed(&self, at: &Standing, here: &Content, there: &Content) -> Result<Agreed, Failure> {
        let before = at.base.as_ref().and_then(|base| base.content.as_ref());
        let kept = before.filter(|agreed| here.stat == Some(agreed.stat));
        let crc64 = here.crc64.or_else(|| kept.map(|agreed| agreed.crc64));
        let (Some(crc64), Some(stat)) = (crc64.or(there.crc64), here.stat) else {
            return Err(Failure::Changed);
        };
        Ok(Agreed { size: there.size, crc64, stat, cas: there.cas.clone() })
    }

    async fn make_remote(&self, at: &Standing) -> Result<(), Failure> {
        let local = at.local.as_ref().ok_or(Failure::Changed)?;
        let place = local.entry.place.clone();
        let path = self.remote_place(&place)?;
        self.same_above(&place, &path).await?;
        let intent = Intent::MakeDirectory { to: place.clone() };
        self.record.write(vec![Note::Began(at.node, intent)])?;
        // Whatever the answer: the look before the next plan tells what came of it.
        self.cloud.create_directory(&path).await?;
        let item = self.cloud.info(&path).await?.filter(|item| item.node_type.is_dir());
        let inode: Inode = item.and_then(|item| item.inode).ok_or(Failure::Changed)?;
        if self.record.by_inode(&inode).is_some_and(|other| other != at.node) {
            return Err(Failure::Changed);
        }
        // Somebody else made it, and there is something in it: it is seen first, then adopted.
        if !self.cloud.list(&path, None).await?.contents.is_empty() {
            return Err(Failure::Changed);
        }
        let entry = Entry { place: place.clone(), what: local.entry.what.clone() };
        let base =
            Base { local: place.clone(), remote: place, content: None, inode: Some(inode.clone()) };
        Ok(self.record.write(vec![
            Note::InCloud(at.node, Some(Sight::Present(InCloud { entry, inode }))),
            Note::Agreed(at.node, base),
            Note::Ended(at.node),
        ])?)
    }

    /// Whether the directory that a path goes through is the one that is meant: the service makes
    /// all that is missing above, and a directory that was moved away would be there twice.
    async fn same_above(&self, place: &Place, path: &RemotePath) -> Result<(), Failure> {
        let Some(above) = path.parent().filter(|_| place.parent != ROOT) else { return Ok(()) };
        let there = self.cloud.info(&above).await?.and_then(|item| item.inode);
        let meant = there.is_some() && self.record.inode(place.parent) == there;
        if meant { Ok(()) } else { Err(Failure::Changed) }
    }

    async fn trash_remote(&self, at: &Standing) -> Result<(), Failure> {
        let remote = at.remote.as_ref().ok_or(Failure::Changed)?;
        let path = self.remote_path(at.node)?;
        let cas = remote.entry.content().and_then(|content| content.cas.as_deref());
        let item = self.cloud.trash(NodeKind::File, &path, cas).await?;
        let gone = Gone::Deleted { in_bin: item.is_some() };
        Ok(self.record.write(vec![
            Note::InCloud(at.node, None),
            Note::Went(at.node, gone, item),
            Note::Deleted(at.node, Side::Remote, self.clock.now_ms()),
        ])?)
    }

    async fn remove_remote(&self, at: &Standing) -> Result<(), Failure> {
        let path = self.remote_path(at.node)?;
        // Whatever is in it, node or not, keeps it.
        if !self.cloud.list(&path, None).await?.contents.is_empty() {
            return Err(Failure::Changed);
        }
        let intent = Intent::RemoveDirectory { path: path.clone() };
        self.record.write(vec![Note::Began(at.node, intent)])?;
        let item = match self.cloud.trash(NodeKind::Directory, &path, None).await {
            Ok(item) => item,
            Err(error) => return self.ask_again(error),
        };
        let gone = Gone::Deleted { in_bin: item.is_some() };
        let went = Note::Went(at.node, gone, item);
        self.record.write(vec![Note::InCloud(at.node, None), went])?;
        self.settle_removing(at.node, &path).await
    }

    /// A directory that was removed as an empty one, and into which somebody put something in the
    /// last moment, comes back.
    pub(super) async fn settle_removing(
        &self,
        node: NodeId,
        path: &RemotePath,
    ) -> Result<(), Failure> {
        match self.cloud.binned(path).await {
            Ok(Some(binned)) if binned.bytes > 0 => match self.cloud.restore(binned.item).await {
                Ok(_) => {}
                Err(error) if is_final(error.kind) => {
                    tracing::warn!(%path, "A directory stays in the bin with what is in it");
                }
                Err(error) => return self.ask_again(error),
            },
            Ok(_) => {}
            Err(error) => return self.ask_again(error),
        }
        Ok(self.record.write(vec![Note::Ended(node)])?)
    }

    /// What came of it is asked for before the next round.
    fn ask_again(&self, error: CloudError) -> Result<(), Failure> {
        self.memory().recovered = false;
        Err(error.into())
    }

    /// Takes a file out of the bin. The feed tells what came of it.
    async fn restore(&self, at: &Standing) -> Result<(), Failure> {
        let lost = Note::Went(at.node, Gone::Deleted { in_bin: false }, None);
        let Some(item) = self.record.binned(at.node) else {
            return Ok(self.record.write(vec![lost])?);
        };
        match self.cloud.restore(item).await {
            Ok(_) => Ok(()),
            Err(error) if error.kind == CloudErrorKind::Missing => {
                Ok(self.record.write(vec![lost])?)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The file on disk as it was planned for.
    pub(super) fn version(&self, at: &Standing) -> Result<Version, Failure> {
        let content = at.local.as_ref().and_then(|seen| seen.entry.content());
        let content = content.ok_or(Failure::Changed)?;
        let stat = content.stat.ok_or(Failure::Changed)?;
        let agreed = at.base.as_ref().and_then(|base| base.content.as_ref());
        let same = agreed.filter(|agreed| agreed.stat == stat).map(|agreed| agreed.crc64);
        Ok(Version { stat, crc64: content.crc64.or(same) })
    }

    pub(super) fn remote_path(&self, node: NodeId) -> Result<RemotePath, Failure> {
        remote_path(self.record.as_ref(), &self.settings, node).ok_or(Failure::Changed)
    }

    pub(super) fn remote_place(&self, place: &Place) -> Result<RemotePath, Failure> {
        super::places::remote_place(self.record.as_ref(), &self.settings, place)
            .ok_or(Failure::Changed)
    }
}

/// Whether a refusal stays one however often one asks.
const fn is_final(kind: CloudErrorKind) -> bool {
    matches!(kind, CloudErrorKind::Missing | CloudErrorKind::Taken | CloudErrorKind::NoPermission)
}
