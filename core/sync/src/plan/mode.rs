//! The decision tables: what each mode wants of a node from what became of its two sides. Owns the
//! rules and nothing of how they are carried out.

use super::{
    change::Change,
    tree::{Aside, Side},
};

/// What a mapping is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mode {
    /// Add-only: what is on disk gets into the cloud and stays there. Nothing is ever deleted,
    /// moved or fetched on either side.
    Backup,
    /// The cloud follows the disk. Nothing is ever written to the disk.
    MirrorUp,
    /// The disk follows the cloud. Nothing is ever written to the cloud.
    MirrorDown,
    /// Both sides follow each other.
    TwoWay,
}

impl Mode {
    /// Every mode.
    pub const ALL: &[Self] = &[Self::Backup, Self::MirrorUp, Self::MirrorDown, Self::TwoWay];

    /// Whether it may change this side at all.
    pub const fn writes(self, side: Side) -> bool {
        matches!(
            (self, side),
            (Self::TwoWay, _)
                | (Self::Backup | Self::MirrorUp, Side::Remote)
                | (Self::MirrorDown, Side::Local)
        )
    }
}

/// The rules a plan is made by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The mode.
    pub mode: Mode,
    /// With [`Mode::MirrorUp`]: whether files that only the cloud ever had are deleted as well.
    pub strict: bool,
    /// Whether a deletion may be carried to the other side now. Off after a change of mode, filters
    /// or mapping until a person has seen what it would delete, and while a listing is incomplete.
    pub deletions: bool,
}

impl Policy {
    /// A mode with deletions allowed and nothing strict.
    pub const fn of(mode: Mode) -> Self {
        Self { mode, strict: false, deletions: true }
    }
}

/// Whose content is to be on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Whose {
    /// That of one side.
    One(Side),
    /// They are the same.
    Either,
    /// Both stay: the cloud's keeps the name, the local one becomes a file of its own.
    Both,
}

/// Where it is to be on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Where {
    /// Where that side has it.
    As(Side),
    /// Each side keeps its own place.
    Free,
}

/// What is wanted of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Goal {
    /// Nothing: it is not this mode's.
    Rest,
    /// Nobody can tell; nothing is done, and nothing above it is deleted.
    Blocked,
    /// It is to be on both sides.
    Keep(Whose, Where),
    /// It is to be on neither side.
    Drop,
    /// What was agreed on is forgotten; each side keeps what it has.
    Forget,
    /// Left as it is, with the reason.
    Leave(Aside),
    /// The local content goes up under a free name, beside another's.
    Beside,
    /// The local file becomes a node of its own; the agreed one has left the disk.
    Split,
}

/// The two changes and what else the tables look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Facts {
    /// On disk.
    pub local: Change,
    /// In the cloud.
    pub remote: Change,
    /// Whether both are there and hold the same.
    pub equal: bool,
}

/// What a mode wants of a file, or of a directory as far as its children do not matter.
pub fn wanted(policy: &Policy, facts: Facts) -> Goal {
    if facts.local == Change::Unknown || facts.remote == Change::Unknown {
        return Goal::Blocked;
    }
    match policy.mode {
        Mode::Backup => backup(facts),
        Mode::MirrorUp => mirror_up(facts, policy.strict),
        Mode::MirrorDown => mirror_down(facts),
        Mode::TwoWay => two_way(facts),
    }
}

const fn only(side: Side) -> Goal {
    Goal::Keep(Whose::One(side), Where::As(side))
}

/// An edit beats a deletion, a move beats a deletion, equal contents are never a conflict. Where
/// both moved the cloud's place wins, so that all devices agree without asking each other.
fn two_way(facts: Facts) -> Goal {
    use Change::{Absent, Deleted, Edited, Moved, MovedEdited, New, Same, Unknown, Withdrawn};
    let Facts { local, remote, equal } = facts;
    match (local, remote) {
        (Unknown, _) | (_, Unknown) => Goal::Blocked,
        (Absent, Absent) => Goal::Rest,
        (New, Absent) => only(Side::Local),
        (Absent, New) => only(Side::Remote),
        (Same | Moved, Withdrawn) => Goal::Leave(Aside::Withdrawn),
        (Deleted, Deleted | Withdrawn | Same) | (Same, Deleted) => Goal::Drop,
        (Deleted, Edited | Moved | MovedEdited) => only(Side::Remote),
        (Edited | Moved | MovedEdited, Deleted) | (Edited | MovedEdited, Withdrawn) => {
            only(Side::Local)
        }
        _ => Goal::Keep(whose(local, remote, equal), Where::As(nearer(local, remote))),
    }
}

/// Whose content two equal partners keep when both have the file.
const fn whose(local: Change, remote: Change, equal: bool) -> Whose {
    let here = local.edited() || matches!(local, Change::New);
    let there = remote.edited() || matches!(remote, Change::New);
    match (here, there) {
        (false, false) => Whose::Either,
        (true, false) => Whose::One(Side::Local),
        (false, true) => Whose::One(Side::Remote),
        (true, true) if equal => Whose::Either,
        (true, true) => Whose::Both,
    }
}

const fn nearer(local: Change, remote: Change) -> Side {
    if local.moved() && !remote.moved() { Side::Local } else { Side::Remote }
}

/// The disk is right. What the cloud had instead stays in its history or its bin.
fn mirror_up(facts: Facts, strict: bool) -> Goal {
    use Change::{Absent, Deleted, New, Withdrawn};
    let Facts { local, remote, equal } = facts;
    match (local, remote) {
        (Absent, New) if strict => Goal::Drop,
        (Absent, _) => Goal::Rest,
        (Deleted, _) => Goal::Drop,
        (_, Withdrawn) if !local.edited() => Goal::Leave(Aside::Withdrawn),
        _ if equal || (local, remote) == (Change::Same, Change::Same) => {
            Goal::Keep(Whose::Either, Where::As(Side::Local))
        }
        _ if local.edited() || remote.edited() || !remote.present() || remote == New => {
            only(Side::Local)
        }
        _ => Goal::Keep(Whose::Either, Where::As(Side::Local)),
    }
}

/// The cloud is right. What was changed on disk is kept there under another name.
fn mirror_down(facts: Facts) -> Goal {
    use Change::{Absent, Deleted, Edited, Moved, MovedEdited, New, Same, Withdrawn};
    let Facts { local, remote, equal } = facts;
    match (local, remote) {
        (Absent | New, Absent) => Goal::Rest,
        (Same | Moved, Deleted) | (Deleted, Deleted | Withdrawn) => Goal::Drop,
        (Edited | MovedEdited, Deleted | Withdrawn) => Goal::Forget,
        (Same | Moved, Withdrawn) => Goal::Leave(Aside::Withdrawn),
        (Absent | Deleted, _) => only(Side::Remote),
        _ if equal => Goal::Keep(Whose::Either, Where::As(Side::Remote)),
        (Edited | MovedEdited | New, _) => Goal::Keep(Whose::Both, Where::As(Side::Remote)),
        (_, Edited | MovedEdited) => only(Side::Remote),
        _ => Goal::Keep(Whose::Either, Where::As(Side::Remote)),
    }
}

/// What is on disk gets there; nothing else is touched. A move in the cloud is a person's order and
/// stays; a move on disk is a new file, and the cloud keeps the old one as well.
fn backup(facts: Facts) -> Goal {
    use Change::{Absent, Deleted, Edited, Moved, MovedEdited, New, Same, Withdrawn};
    let Facts { local, remote, equal } = facts;
    let up = Goal::Keep(Whose::One(Side::Local), Where::Free);
    match (local, remote) {
        (Absent, _) => Goal::Rest,
        (Deleted, Deleted | Withdrawn) => Goal::Drop,
        (Deleted, _) => Goal::Leave(Aside::Archived),
        (Moved | MovedEdited, _) => Goal::Split,
        (Same, Withdrawn) => Goal::Leave(Aside::Withdrawn),
        (Same, Deleted) => Goal::Leave(Aside::DeletedInCloud),
        (Same, Edited | MovedEdited) if !equal => Goal::Leave(Aside::ChangedInCloud),
        (Edited, Edited | MovedEdited) | (New, New) if !equal => Goal::Beside,
        (Edited, Same | Moved | Deleted | Withdrawn) | (New, Absent) => up,
        _ => Goal::Keep(Whose::Either, Where::Free),
    }
}
