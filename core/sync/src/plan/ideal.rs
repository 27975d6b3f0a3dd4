//! What the steps of a plan do to the trees when nothing goes wrong. Owns the contract between the
//! planner and whoever carries its steps out: which tree learns what after which step. The
//! simulations of the planner run on it; it knows no disk and no cloud.

use std::collections::BTreeMap;

use albumen_model::Crc64;

use super::{
    Action, Forest, Op, Spot,
    tree::{
        Agreed, Base, Content, Entry, Gone, LocalStat, Name, NodeId, Place, ROOT, Side, Sight,
        Trees, What, upwards,
    },
};

/// A faultless disk and a faultless cloud under the three trees. The content of a file is told by
/// one number: the time of its last change on disk, and its length and check value on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ideal {
    /// The trees.
    pub trees: Forest,
    /// The cloud's bin.
    pub bin: Vec<(NodeId, Entry)>,
    /// Nodes that became one with another, and which.
    joined: BTreeMap<NodeId, NodeId>,
    next: i64,
    tick: i64,
}

impl Ideal {
    /// Over trees whose nodes are all below `next`.
    pub fn new(trees: Forest, next: i64) -> Self {
        Self { trees, bin: Vec::new(), joined: BTreeMap::new(), next, tick: 1 }
    }

    /// A file's entry as the disk shows it, read or not yet read.
    pub fn on_disk(place: Place, content: u64, read: bool) -> Entry {
        let stat = LocalStat {
            size: content,
            mtime_ns: content.cast_signed(),
            ctime_ns: 0,
            inode: 1,
            btime_ns: 1,
        };
        let crc64 = read.then(|| Crc64::new(content));
        let what = What::File(Content { size: content, crc64, stat: Some(stat), cas: None });
        Entry { place, what }
    }

    /// A file's entry as the cloud shows it.
    pub fn in_cloud(place: Place, content: u64) -> Entry {
        let cas = Some(content.to_string());
        let crc64 = Some(Crc64::new(content));
        Entry { place, what: What::File(Content { size: content, crc64, stat: None, cas }) }
    }

    /// A directory's entry.
    pub fn directory(place: Place) -> Entry {
        Entry { place, what: What::Directory { lived_in: false } }
    }

    /// Does one step, if what it was decided on still holds. Whether it was done.
    pub fn apply(&mut self, action: &Action) -> bool {
        let node = action.node;
        let local = self.trees.present(Side::Local, node).cloned();
        let twin = self.twin(action);
        let remote = self.trees.present(Side::Remote, twin.unwrap_or(node)).cloned();
        if local != action.local || remote != self.renumbered(action.remote.clone()) {
            return false;
        }
        match &action.op {
            Op::Look => self.look(node, local),
            Op::Adopt => {
                self.join(node, twin);
                self.agree(node)
            }
            Op::Upload { replace } => self.upload(node, twin, local, *replace),
            Op::UploadBeside => self.upload_beside(node, local),
            Op::Download { replace } => self.download(node, remote, *replace),
            Op::MakeDirectory(side) => self.make_directory(node, *side),
            Op::Move { side, to } => self.shift(node, *side, to),
            Op::KeepBoth => self.detach(node, local, true),
            Op::Split => self.detach(node, local, false),
            Op::Trash(side) => self.trash(node, *side),
            Op::RemoveDirectory(side) => {
                self.trees.children(*side, node).is_empty() && self.trees.put(*side, node, None)
            }
            Op::RestoreRemote => self.restore(node),
            Op::Forget => {
                self.trees.forget(node);
                true
            }
            Op::SetAside(why) => {
                self.trees.set_aside(node, *why);
                true
            }
            Op::Hold => true,
        }
    }

    /// An entry as it is called since its directory became one with another.
    fn renumbered(&self, entry: Option<Entry>) -> Option<Entry> {
        let mut entry = entry?;
        if let Some(now) = self.joined.get(&entry.place.parent) {
            entry.place.parent = *now;
        }
        Some(entry)
    }

    /// The node of the cloud that the step takes for its own.
    fn twin(&self, action: &Action) -> Option<NodeId> {
        let place = self.renumbered(action.remote.clone())?.place;
        let there = self.trees.at(Side::Remote, &place)?;
        (there != action.node && self.trees.base(there).is_none()).then_some(there)
    }

    /// Two nodes become one; what is in the cloud's directory follows it.
    fn join(&mut self, node: NodeId, twin: Option<NodeId>) {
        let Some(twin) = twin else { return };
        let Some(entry) = self.trees.present(Side::Remote, twin).cloned() else { return };
        self.trees.put(Side::Remote, twin, None);
        self.trees.put(Side::Remote, node, Some(Sight::Present(entry)));
        self.joined.insert(twin, node);
        self.adopt_children(Side::Remote, twin, node);
    }

    fn adopt_children(&mut self, side: Side, from: NodeId, to: NodeId) {
        for child in self.trees.children(side, from) {
            let Some(mut entry) = self.trees.present(side, child).cloned() else { continue };
            entry.place.parent = to;
            self.put(side, child, entry);
        }
    }

    fn put(&mut self, side: Side, node: NodeId, entry: Entry) -> bool {
        let parent = entry.place.parent;
        let stands =
            parent == ROOT || self.trees.present(side, parent).is_some_and(Entry::is_directory);
        stands && self.trees.put(side, node, Some(Sight::Present(entry)))
    }

    fn look(&mut self, node: NodeId, local: Option<Entry>) -> bool {
        let Some(mut entry) = local else { return false };
        let What::File(content) = &mut entry.what else { return false };
        content.crc64 = content.stat.map(|stat| Crc64::new(stat.mtime_ns.cast_unsigned()));
        self.put(Side::Local, node, entry)
    }

    /// Both sides are as they are: that is agreed on now.
    fn agree(&mut self, node: NodeId) -> bool {
        let sides = [Side::Local, Side::Remote].map(|side| self.trees.present(side, node).cloned());
        let [Some(local), Some(remote)] = sides else { return false };
        let content = local.content().zip(remote.content()).map(|(here, there)| Agreed {
            size: there.size,
            crc64: there.crc64.unwrap_or_default(),
            stat: here.stat.unwrap_or_default(),
            cas: there.cas.clone(),
        });
        let base = Base { local: local.place, remote: remote.place, content, inode: None };
        self.trees.agree(node, base);
        true
    }

    /// The content is agreed on; each side's place stays what it was agreed to be.
    fn agree_on_content(&mut self, node: NodeId) -> bool {
        let before = self.trees.base(node);
        let agreed = self.agree(node);
        if let (true, Some(before), Some(now)) = (agreed, before, self.trees.base(node)) {
            let base = Base { local: before.local, remote: before.remote, ..now };
            self.trees.agree(node, base);
        }
        agreed
    }

    fn upload(
        &mut self,
        node: NodeId,
        twin: Option<NodeId>,
        local: Option<Entry>,
        replace: bool,
    ) -> bool {
        self.join(node, twin);
        let Some(here) = local else { return false };
        let Some(stat) = here.content().and_then(|content| content.stat) else { return false };
        let place = match self.trees.present(Side::Remote, node) {
            Some(there) if replace => there.place.clone(),
            None if !replace => here.place.clone(),
            _ => return false,
        };
        let sent = Self::in_cloud(place, stat.mtime_ns.cast_unsigned());
        if !self.put(Side::Remote, node, sent) {
            return false;
        }
        self.look(node, Some(here));
        if replace { self.agree_on_content(node) } else { self.agree(node) }
    }

    fn upload_beside(&mut self, node: NodeId, local: Option<Entry>) -> bool {
        let Some(here) = local else { return false };
        let Some(stat) = here.content().and_then(|content| content.stat) else { return false };
        let place = self.conflict_place(Side::Remote, &here.place, node);
        // What has the name there, of this node or another's, is a node of its own from now on.
        if let Some(there) = self.trees.present(Side::Remote, node).cloned() {
            let fresh = self.fresh();
            self.trees.put(Side::Remote, node, None);
            self.put(Side::Remote, fresh, there);
        }
        let sent = Self::in_cloud(place, stat.mtime_ns.cast_unsigned());
        self.put(Side::Remote, node, sent) && self.look(node, Some(here)) && self.agree(node)
    }

    fn download(&mut self, node: NodeId, remote: Option<Entry>, replace: bool) -> bool {
        let Some(there) = remote else { return false };
        let Some(content) = there.content() else { return false };
        let place = match self.trees.present(Side::Local, node) {
            Some(here) if replace => here.place.clone(),
            None if !replace => there.place.clone(),
            _ => return false,
        };
        let mut fetched = Self::on_disk(place, content.size, true);
        self.tick += 1;
        if let What::File(Content { stat: Some(stat), .. }) = &mut fetched.what {
            stat.ctime_ns = self.tick;
        }
        if !self.put(Side::Local, node, fetched) {
            return false;
        }
        if replace { self.agree_on_content(node) } else { self.agree(node) }
    }

    fn make_directory(&mut self, node: NodeId, side: Side) -> bool {
        let Some(there) = self.trees.present(side.other(), node) else { return false };
        let made = Self::directory(there.place.clone());
        self.put(side, node, made) && self.agree(node)
    }

    fn shift(&mut self, node: NodeId, side: Side, to: &Spot) -> bool {
        let Some(mut entry) = self.trees.present(side, node).cloned() else { return false };
        let place = match to {
            Spot::Place(place) => place.clone(),
            Spot::ConflictName => self.conflict_place(side, &entry.place, node),
            Spot::Passing(parent) => Place { parent: *parent, name: Name::passing(node) },
        };
        if upwards(&self.trees, side, place.parent).contains(&node) {
            return false;
        }
        entry.place = place;
        let at = entry.place.clone();
        if !self.put(side, node, entry) {
            return false;
        }
        let Some(mut base) = self.trees.base(node) else { return true };
        match (to, side) {
            (Spot::ConflictName, _) => return true,
            (Spot::Passing(_), Side::Local) => base.local = at,
            (Spot::Passing(_), Side::Remote) => base.remote = at,
            (Spot::Place(_), _) => (base.local, base.remote) = (at.clone(), at),
        }
        self.trees.agree(node, base);
        true
    }

    fn conflict_place(&self, side: Side, place: &Place, node: NodeId) -> Place {
        let mut name = format!("{} (conflict {})", place.name.as_str(), node.0);
        loop {
            let spot = Place { parent: place.parent, name: Name::new(name.as_str()) };
            let other = self.trees.at(side.other(), &spot);
            if self.trees.at(side, &spot).is_none() && other.is_none_or(|other| other == node) {
                return spot;
            }
            name.push_str(" 2");
        }
    }

    fn fresh(&mut self) -> NodeId {
        self.next += 1;
        NodeId(self.next)
    }

    /// The local file becomes a node of its own, under a conflict name or where it is.
    fn detach(&mut self, node: NodeId, local: Option<Entry>, renamed: bool) -> bool {
        let Some(mut entry) = local else { return false };
        if renamed {
            entry.place = self.conflict_place(Side::Local, &entry.place, node);
            self.trees.forget(node);
        }
        let fresh = self.fresh();
        self.trees.put(Side::Local, node, None);
        self.put(Side::Local, fresh, entry)
    }

    fn trash(&mut self, node: NodeId, side: Side) -> bool {
        let Some(entry) = self.trees.present(side, node).cloned() else { return false };
        if side == Side::Remote {
            self.bin.push((node, entry));
            self.trees.went(node, Gone::Deleted { in_bin: true });
        }
        self.trees.put(side, node, None)
    }

    fn restore(&mut self, node: NodeId) -> bool {
        let Some(index) = self.bin.iter().rposition(|(of, _)| *of == node) else { return false };
        let mut entry = self.bin[index].1.clone();
        if let Some(base) = self.trees.base(node) {
            entry.place = base.remote;
        }
        if !self.put(Side::Remote, node, entry) {
            return false;
        }
        self.bin.remove(index);
        self.trees.went(node, Gone::Deleted { in_bin: false });
        true
    }
}
