//! Folders before they are chosen.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use albumen_sync::{Inspection, inspect};

use super::args::{Empty, FolderPath};
use crate::{
    App, AppError, Code,
    blocking::off_thread,
    views::{FolderPreview, SubfolderPreview},
};

/// From here on the first upload is worth a word.
const LARGE_FILES: u64 = 50_000;
/// Likewise, in bytes.
const LARGE_BYTES: u64 = 100_000_000_000;
/// A library of the Photos app: a folder that looks like one file.
const PHOTOS_LIBRARY: &str = ".photoslibrary";

pub(super) async fn suggested_folders(_: &App, _: Empty) -> Result<Vec<String>, AppError> {
    off_thread(|| {
        let pictures = dirs::picture_dir();
        let camera = dirs::home_dir().map(|home| home.join("DCIM"));
        let there = pictures.into_iter().chain(camera).filter(|folder| folder.is_dir());
        there.map(|folder| folder.to_string_lossy().into_owned()).collect()
    })
    .await
}

pub(super) async fn inspect_folder(_: &App, args: FolderPath) -> Result<FolderPreview, AppError> {
    let path = absolute(&args.path)?;
    off_thread(move || Ok(preview(&path, &inspect(&path)?))).await?
}

/// A folder's path as it was typed or chosen.
///
/// # Errors
/// [`Code::FolderNotAbsolute`].
pub(super) fn absolute(typed: &str) -> Result<PathBuf, AppError> {
    let path = PathBuf::from(typed.trim());
    if path.is_absolute() {
        // Without what a shell adds when a name is completed, so that equal folders have equal
        // paths.
        Ok(path.components().collect())
    } else {
        Err(AppError::new(Code::FolderNotAbsolute).with("path", typed))
    }
}

fn preview(path: &Path, found: &Inspection) -> FolderPreview {
    let media = found.photos + found.videos;
    let root = found.folders.iter().find(|count| count.folder.is_root());
    FolderPreview {
        path: path.to_string_lossy().into_owned(),
        files: media,
        photos: found.photos,
        videos: found.videos,
        skipped: found.skipped + (found.files - media.min(found.files)),
        bytes: found.bytes,
        loose_files: root.map_or(0, |count| count.files),
        subfolders: subfolders(found),
        warnings: warnings(found).into_iter().map(str::to_owned).collect(),
    }
}

/// Folders of the first level, each with everything below it.
fn subfolders(found: &Inspection) -> Vec<SubfolderPreview> {
    let mut folders: BTreeMap<String, SubfolderPreview> = BTreeMap::new();
    for count in found.folders.iter().filter(|count| !count.folder.is_root()) {
        let path = count.folder.to_string();
        let first = path.split('/').next().unwrap_or_default();
        let folder = folders.entry(first.to_owned()).or_insert_with(|| SubfolderPreview {
            relative_path: first.to_owned(),
            files: 0,
            bytes: 0,
        });
        folder.files += count.files;
        folder.bytes += count.bytes;
    }
    folders.into_values().collect()
}

fn warnings(found: &Inspection) -> Vec<&'static str> {
    let mut codes = Vec::new();
    if found.photos + found.videos == 0 {
        codes.push("folder_empty");
    }
    if found.files > LARGE_FILES || found.bytes > LARGE_BYTES {
        codes.push("folder_large");
    }
    if !found.unreadable.is_empty() {
        codes.push("files_unreadable");
    }
    let inside = |path: &str| path.split('/').any(|name| name.ends_with(PHOTOS_LIBRARY));
    if found.folders.iter().any(|count| inside(&count.folder.to_string())) {
        codes.push("photos_library");
    }
    codes
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_folder_is_described_by_its_first_level() {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in [
            ("loose.jpg", "a"),
            ("2023/a.jpg", "bb"),
            ("2023/Trip/b.MOV", "ccc"),
            ("2024/c.heic", "dddd"),
            ("2024/notes.txt", "e"),
        ] {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let found = preview(folder.path(), &inspect(folder.path()).unwrap());
        assert_eq!((found.files, found.photos, found.videos, found.skipped), (4, 3, 1, 1));
        assert_eq!(found.loose_files, 1);
        let folders: Vec<(&str, u64)> =
            found.subfolders.iter().map(|f| (f.relative_path.as_str(), f.files)).collect();
        assert_eq!(folders, [("2023", 2), ("2024", 2)]);
        assert!(found.warnings.is_empty());
    }

    #[test]
    fn what_is_no_folder_is_said_so() {
        assert_eq!(absolute("Pictures").unwrap_err().code, Code::FolderNotAbsolute);
        let folder = tempfile::tempdir().unwrap();
        let typed = format!(" {}/ ", folder.path().display());
        assert_eq!(absolute(&typed).unwrap(), folder.path());
        let empty = preview(folder.path(), &inspect(folder.path()).unwrap());
        assert_eq!(empty.warnings, ["folder_empty"]);
    }
}
