//! How a node lies in its row. Owns the form: what the trees share is written once, and a side has
//! words of its own only where it differs. A file of which all three trees say the same is one row.

use albumen_model::Inode;

use super::kept::Kept;
use crate::{
    name::{VolumeRules, compare_key},
    plan::tree::{Agreed, Base, Content, Entry, Name, NodeId, Place, Sight, What},
    reconcile::record::{InCloud, OnDisk},
};

/// What a row says of one side. Present ones are above 0, which the indices are made by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Nobody can tell.
    Unknown,
    /// It is not there.
    Absent,
    /// It is what the row shares.
    Shared,
    /// It is that too, but its content was not read.
    Unread,
    /// It is what its own row says.
    Own,
}

impl Form {
    const ALL: [Self; 5] = [Self::Unknown, Self::Absent, Self::Shared, Self::Unread, Self::Own];

    pub(super) const fn number(self) -> i64 {
        match self {
            Self::Unknown => -1,
            Self::Absent => 0,
            Self::Shared => 1,
            Self::Unread => 2,
            Self::Own => 3,
        }
    }

    pub(super) fn read(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.number() == number)
    }
}

/// What a side's own row says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Own {
    /// `None`: a directory.
    pub(super) content: Option<Content>,
    pub(super) lived_in: bool,
    pub(super) spelling: Option<Vec<u8>>,
    pub(super) racy: bool,
    /// Which one of the volume it is, where its content does not say so.
    pub(super) identity: Option<(u64, i64)>,
}

/// Parts of a place that differ from another's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Apart {
    pub(super) parent: Option<NodeId>,
    pub(super) name: Option<Name>,
}

impl Apart {
    fn of(place: &Place, from: &Place) -> Self {
        Self {
            parent: (place.parent != from.parent).then_some(place.parent),
            name: (place.name != from.name).then(|| place.name.clone()),
        }
    }

    fn from(self, place: &Place) -> Place {
        Place {
            parent: self.parent.unwrap_or(place.parent),
            name: self.name.unwrap_or_else(|| place.name.clone()),
        }
    }
}

/// A node's row with the rows of its sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rows {
    /// Whether what is shared was agreed on.
    pub(super) agreed: bool,
    pub(super) local: Form,
    pub(super) remote: Form,
    /// The shared place; on disk, where the sides differ.
    pub(super) place: Option<Place>,
    /// The shared content; `None`: a directory, or nothing is shared.
    pub(super) content: Option<Content>,
    pub(super) inode: Option<Inode>,
    /// The shared place in the cloud, from the one on disk.
    pub(super) to: Apart,
    /// Where it is on disk, from the shared place.
    pub(super) here: Apart,
    /// What its name on disk is compared by, where that is not the name itself.
    pub(super) key: Option<String>,
    /// Where it is in the cloud, from the shared place there.
    pub(super) there: Apart,
    /// The cloud's number for what is there, where it is not the shared one.
    pub(super) own_inode: Option<Inode>,
    pub(super) own_local: Option<Own>,
    pub(super) own_remote: Option<Own>,
}

/// Rows that this program would not have written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Contradiction;

/// What was agreed on, as a content.
pub(super) fn shared(agreed: Agreed) -> Content {
    let Agreed { size, crc64, stat, cas } = agreed;
    Content { size, crc64: Some(crc64), stat: Some(stat), cas }
}

/// What [`shared`] was made of.
///
/// # Errors
/// [`Contradiction`] where it was made of nothing like that.
pub(super) fn agreed(content: Content) -> Result<Agreed, Contradiction> {
    let Content { size, crc64: Some(crc64), stat: Some(stat), cas } = content else {
        return Err(Contradiction);
    };
    Ok(Agreed { size, crc64, stat, cas })
}

/// What a node's trees share: what was agreed on, else what is seen.
struct Common {
    place: Option<Place>,
    remote: Option<Place>,
    content: Option<Content>,
    inode: Option<Inode>,
}

impl Common {
    fn of(kept: &Kept) -> Self {
        if let Some(base) = &kept.base {
            return Self {
                place: Some(base.local.clone()),
                remote: Some(base.remote.clone()),
                content: base.content.clone().map(shared),
                inode: base.inode.clone(),
            };
        }
        let (here, there) = (kept.here(), kept.there());
        let first = here.or(there);
        let cas = there.and_then(Entry::content).and_then(|content| content.cas.clone());
        let content = first.and_then(Entry::content).cloned();
        Self {
            place: first.map(|entry| entry.place.clone()),
            remote: there.or(here).map(|entry| entry.place.clone()),
            content: content.map(|content| Content { cas: content.cas.or(cas), ..content }),
            inode: match &kept.remote {
                Some(Sight::Present(seen)) => Some(seen.inode.clone()),
                _ => None,
            },
        }
    }
}

/// What a side has by itself of a shared content.
fn share(content: Option<&Content>, local: bool, read: bool) -> What {
    let Some(content) = content else { return What::Directory { lived_in: false } };
    What::File(Content {
        size: content.size,
        crc64: content.crc64.filter(|_| read),
        stat: content.stat.filter(|_| local),
        cas: content.cas.clone().filter(|_| !local),
    })
}

fn form(what: &What, shared: Option<&Content>, local: bool) -> Form {
    let of_kind = shared.is_some() == matches!(what, What::File(_));
    [(Form::Shared, true), (Form::Unread, false)]
        .into_iter()
        .find(|(_, read)| of_kind && *what == share(shared, local, *read))
        .map_or(Form::Own, |(form, _)| form)
}

fn own(what: &What) -> Own {
    let (content, lived_in) = match what {
        What::File(content) => (Some(content.clone()), false),
        What::Directory { lived_in } => (None, *lived_in),
    };
    Own { content, lived_in, spelling: None, racy: false, identity: None }
}

/// What tells a file from every other is in its state.
fn identity(what: &What) -> (u64, i64) {
    match what {
        What::File(Content { stat: Some(stat), .. }) => stat.identity(),
        _ => (0, 0),
    }
}

impl Rows {
    /// How a node is written on a volume of these rules.
    pub(super) fn write(kept: &Kept, rules: &VolumeRules) -> Self {
        let Common { place, remote, content, inode } = Common::of(kept);
        let to = match (&place, &remote) {
            (Some(place), Some(remote)) => Apart::of(remote, place),
            _ => Apart::default(),
        };
        let mut rows = Self {
            agreed: kept.base.is_some(),
            local: Form::Absent,
            remote: Form::Absent,
            place,
            content,
            inode,
            to,
            here: Apart::default(),
            key: None,
            there: Apart::default(),
            own_inode: None,
            own_local: None,
            own_remote: None,
        };
        match &kept.local {
            None => {}
            Some(Sight::Unknown) => rows.local = Form::Unknown,
            Some(Sight::Present(seen)) => rows.see_disk(seen, rules),
        }
        match &kept.remote {
            None => {}
            Some(Sight::Unknown) => rows.remote = Form::Unknown,
            Some(Sight::Present(seen)) => rows.see_cloud(seen, remote.as_ref()),
        }
        rows
    }

    fn see_disk(&mut self, seen: &OnDisk, rules: &VolumeRules) {
        let place = &seen.entry.place;
        self.here = self.place.as_ref().map(|from| Apart::of(place, from)).unwrap_or_default();
        let key = compare_key(place.name.as_str(), rules);
        self.key = (key != place.name.as_str()).then_some(key);
        let identity = Some(seen.identity).filter(|own| *own != identity(&seen.entry.what));
        let plain = seen.spelling.is_none() && !seen.racy && identity.is_none();
        self.local = match form(&seen.entry.what, self.content.as_ref(), true) {
            form if plain => form,
            _ => Form::Own,
        };
        if self.local == Form::Own {
            let (spelling, racy) = (seen.spelling.clone(), seen.racy);
            self.own_local = Some(Own { spelling, racy, identity, ..own(&seen.entry.what) });
        }
    }

    fn see_cloud(&mut self, seen: &InCloud, shared: Option<&Place>) {
        let place = &seen.entry.place;
        self.there = shared.map(|from| Apart::of(place, from)).unwrap_or_default();
        self.own_inode = (self.inode.as_ref() != Some(&seen.inode)).then(|| seen.inode.clone());
        self.remote = form(&seen.entry.what, self.content.as_ref(), false);
        if self.remote == Form::Own {
            self.own_remote = Some(own(&seen.entry.what));
        }
    }

    /// What the rows say; what was decided on the node is left open.
    ///
    /// # Errors
    /// [`Contradiction`] where they cannot have been written by [`Self::write`].
    pub(super) fn read(self) -> Result<Kept, Contradiction> {
        let local = match self.local {
            Form::Absent => None,
            Form::Unknown => Some(Sight::Unknown),
            form => Some(Sight::Present(self.disk(form).ok_or(Contradiction)?)),
        };
        let remote = match self.remote {
            Form::Absent => None,
            Form::Unknown => Some(Sight::Unknown),
            form => Some(Sight::Present(self.cloud(form).ok_or(Contradiction)?)),
        };
        let base = match self.agreed {
            true => Some(self.base().ok_or(Contradiction)?),
            false => None,
        };
        Ok(Kept { local, remote, base, ..Kept::default() })
    }

    fn what(&self, form: Form, side: Option<&Own>, local: bool) -> Option<What> {
        if form != Form::Own {
            return Some(share(self.content.as_ref(), local, form == Form::Shared));
        }
        let own = side?;
        Some(match &own.content {
            Some(content) => What::File(content.clone()),
            None => What::Directory { lived_in: own.lived_in },
        })
    }

    fn disk(&self, form: Form) -> Option<OnDisk> {
        let own = self.own_local.as_ref();
        let what = self.what(form, own, true)?;
        let place = self.here.clone().from(self.place.as_ref()?);
        let own_identity = own.and_then(|own| own.identity);
        Some(OnDisk {
            identity: own_identity.unwrap_or_else(|| identity(&what)),
            entry: Entry { place, what },
            spelling: own.and_then(|own| own.spelling.clone()),
            racy: own.is_some_and(|own| own.racy),
        })
    }

    fn cloud(&self, form: Form) -> Option<InCloud> {
        let what = self.what(form, self.own_remote.as_ref(), false)?;
        let shared = self.to.clone().from(self.place.as_ref()?);
        let place = self.there.clone().from(&shared);
        let inode = self.own_inode.clone().or_else(|| self.inode.clone())?;
        Some(InCloud { entry: Entry { place, what }, inode })
    }

    fn base(&self) -> Option<Base> {
        let local = self.place.clone()?;
        let content = self.content.clone().map(agreed).transpose().ok()?;
        let remote = self.to.clone().from(&local);
        Some(Base { local, remote, content, inode: self.inode.clone() })
    }
}
