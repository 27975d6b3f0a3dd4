//! What an album per folder would look like before anything is made. Owns the preview's values;
//! pure.

use std::collections::{BTreeMap, BTreeSet};

use albumen_model::NodeName;

use super::{Layout, fold, free_album};
use crate::{local_path::LocalPath, mapping::Target};

/// How much one folder holds directly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FolderCount {
    /// Which folder; the root for loose files.
    pub folder: LocalPath,
    /// Files directly in it that would travel.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// One album that a mapping would fill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlbumPlan {
    /// The name its folders ask for; empty for the root of the space.
    pub wanted: String,
    /// The name it gets.
    pub album: String,
    /// Which folders fill it.
    pub folders: Vec<LocalPath>,
    /// Files in it.
    pub files: u64,
    /// Bytes in it.
    pub bytes: u64,
    /// Whether the space has an album of that name already.
    pub exists: bool,
    /// Whether another folder asked for the same name first.
    pub clash: bool,
}

/// The albums a mapping would fill, in the order of their folders. `existing` are the space's
/// albums.
pub fn preview(layout: &Layout, folders: &[FolderCount], existing: &[NodeName]) -> Vec<AlbumPlan> {
    let exists = |album: &str| existing.iter().any(|name| name.as_str() == album);
    if !layout.per_folder() {
        let album = match &layout.target {
            Target::Album(name) => name.as_str().to_owned(),
            Target::Root | Target::PerFolder => String::new(),
        };
        return vec![AlbumPlan {
            wanted: album.clone(),
            exists: exists(&album),
            album,
            folders: folders.iter().map(|count| count.folder.clone()).collect(),
            files: folders.iter().map(|count| count.files).sum(),
            bytes: folders.iter().map(|count| count.bytes).sum(),
            clash: false,
        }];
    }
    let ordered: BTreeMap<&LocalPath, &FolderCount> =
        folders.iter().filter(|count| count.files > 0).map(|c| (&c.folder, c)).collect();
    let mut taken = BTreeSet::new();
    ordered
        .into_values()
        .map(|count| {
            let wanted = layout.wanted_album(&count.folder);
            let free = |name: &str| Ok::<_, std::convert::Infallible>(taken.contains(name));
            let Ok(album) = free_album(&wanted, free);
            taken.insert(fold(&album));
            AlbumPlan {
                clash: album != wanted,
                exists: exists(album.as_str()),
                wanted: wanted.to_string(),
                album: album.to_string(),
                folders: vec![count.folder.clone()],
                files: count.files,
                bytes: count.bytes,
            }
        })
        .collect()
}
