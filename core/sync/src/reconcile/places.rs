//! Where nodes are on either side: their paths, from the record of the trees. Owns the translation
//! of names between the trees, a disk and the cloud.

use albumen_model::{NodeName, RemotePath};
use unicode_normalization::UnicodeNormalization;

use super::{
    Settings,
    record::{OnDisk, Record},
};
use crate::{
    local_path::LocalPath,
    plan::tree::{Name, NodeId, Place, ROOT, Side, Sight},
};

/// More directories in directories than any volume or library holds: what is deeper is a ring.
const DEPTH_MAX: usize = 512;

/// A disk's name as the trees have it, with its bytes where those are others. `None`: the cloud can
/// hold no such name.
pub(super) fn name_of(bytes: &[u8]) -> Option<(Name, Option<Vec<u8>>)> {
    let text: String = std::str::from_utf8(bytes).ok()?.nfc().collect();
    NodeName::parse(text.as_str()).ok()?;
    let spelling = (text.as_bytes() != bytes).then(|| bytes.to_vec());
    Some((Name::new(text), spelling))
}

/// The bytes of a node's name on disk.
pub(super) fn spelt(seen: &OnDisk) -> Vec<u8> {
    let name = seen.entry.place.name.as_str();
    seen.spelling.clone().unwrap_or_else(|| name.as_bytes().to_vec())
}

/// The path of a node on disk; `None` where it, or a directory above it, is not known to be there.
pub(super) fn local_path(record: &dyn Record, node: NodeId) -> Option<LocalPath> {
    let mut names = Vec::new();
    let mut at = node;
    while at != ROOT {
        let Some(Sight::Present(seen)) = record.on_disk(at) else { return None };
        names.push(spelt(&seen));
        at = seen.entry.place.parent;
        if names.len() > DEPTH_MAX {
            return None;
        }
    }
    Some(names.iter().rev().fold(LocalPath::default(), |path, name| path.join(name)))
}

/// The path of a place on disk that nothing has yet.
pub(super) fn local_place(record: &dyn Record, place: &Place) -> Option<LocalPath> {
    Some(local_path(record, place.parent)?.join(place.name.as_str().as_bytes()))
}

/// The path of a node in the cloud, below this one.
pub(super) fn remote_path(
    record: &dyn Record,
    settings: &Settings,
    node: NodeId,
) -> Option<RemotePath> {
    let mut names = Vec::new();
    let mut at = node;
    while at != ROOT {
        let Some(Sight::Present(entry)) = record.entry(Side::Remote, at) else { return None };
        names.push(entry.place.name);
        at = entry.place.parent;
        if names.len() > DEPTH_MAX {
            return None;
        }
    }
    names
        .iter()
        .rev()
        .try_fold(settings.root.clone(), |path, name| below(&path, name, &settings.tag))
}

/// The path of a place in the cloud.
pub(super) fn remote_place(
    record: &dyn Record,
    settings: &Settings,
    place: &Place,
) -> Option<RemotePath> {
    below(&remote_path(record, settings, place.parent)?, &place.name, &settings.tag)
}

/// Our own passing names bear our tag in the cloud: to others they are names like any other.
fn below(path: &RemotePath, name: &Name, tag: &str) -> Option<RemotePath> {
    let text = match name.is_passing() {
        true => format!("{}.{tag}", name.as_str()),
        false => name.as_str().to_owned(),
    };
    path.join(NodeName::parse(text).ok()?).ok()
}

/// A name of the cloud as the trees have it.
pub(super) fn remote_name(name: &NodeName, tag: &str) -> Name {
    let ours = name.as_str().strip_suffix(tag).and_then(|rest| rest.strip_suffix('.'));
    match ours.map(Name::new) {
        Some(passing) if passing.is_passing() => passing,
        _ => Name::new(name.as_str()),
    }
}
