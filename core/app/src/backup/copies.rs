//! A backup's folder: one folder for each copy of the databases, beside the objects that all copies
//! share. Owns names, the manifest and its check value; copying is done elsewhere.
//!
//! ```text
//! DIR/ALBUMEN-BACKUP        marks the folder as ours
//!     recovery-kit.txt      the keys, sealed
//!     objects/<library>/... content, one file an object, never changed once it is there
//!     copies/<moment>/      manifest.json, tokens.db, hosting.db, objects.jsonl, small files;
//!                           of a token service alone neither hosting.db nor objects.jsonl
//! ```
//!
//! A copy is complete when its folder has no `.partial` at its end: it is renamed last.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{AppError, Code, places};

const MARKER: &str = "ALBUMEN-BACKUP";
const MARKER_TEXT: &str = "A backup of an Albumen media library, format 1.\n";
const COPIES: &str = "copies";
const OBJECTS: &str = "objects";
const PARTIAL: &str = ".partial";
const MANIFEST: &str = "manifest.json";
/// Objects of a copy, one JSON value a line.
pub(super) const OBJECT_LIST: &str = "objects.jsonl";
/// The kit.
pub(super) const KIT: &str = "recovery-kit.txt";
/// The databases.
pub(super) const TOKENS: &str = albumen_tokens::DATABASE_FILE;
pub(super) const HOSTING: &str = "hosting.db";

/// What a copy is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Manifest {
    /// Version of the program that made it.
    pub(super) program: String,
    /// When.
    pub(super) made_at: String,
    /// Every file beside this one: its name, bytes and BLAKE3.
    pub(super) files: Vec<FileEntry>,
    /// Objects of the library.
    pub(super) objects: u64,
    /// Their bytes.
    pub(super) object_bytes: u64,
    /// Objects that lie at object stores of others and are not in the backup.
    pub(super) elsewhere: u64,
    /// Number of the last entry of the audit log, and its check value.
    pub(super) audit_entry: i64,
    /// See `audit_entry`.
    pub(super) audit_mac: String,
}

/// A file of a copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileEntry {
    /// Its name.
    pub(super) name: String,
    /// Its size in bytes.
    pub(super) bytes: u64,
    /// Its BLAKE3, hex.
    pub(super) blake3: String,
}

/// The manifest with its check value by a key that only the kit has.
#[derive(Serialize, Deserialize)]
struct Signed {
    manifest: Manifest,
    check: String,
}

/// A backup's folder.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// Takes a folder that is empty, not there yet, or a backup already.
    ///
    /// # Errors
    /// [`Code::FolderNotEmpty`] for any other.
    pub(super) fn claim(folder: &Path) -> Result<Self, AppError> {
        let refused = |error: &dyn std::error::Error| {
            AppError::new(Code::FolderNotEmpty).with("path", folder.display()).because(error)
        };
        places::private_folder(folder).map_err(|error| refused(&error))?;
        let marker = folder.join(MARKER);
        if !marker.is_file() {
            let mut entries = fs::read_dir(folder).map_err(|error| refused(&error))?;
            if entries.next().is_some() {
                let path = folder.display();
                return Err(AppError::new(Code::FolderNotEmpty).with("path", path));
            }
            places::replace_file(&marker, MARKER_TEXT.as_bytes()).map_err(|e| refused(&e))?;
        }
        let own = Self::there(folder)?;
        for part in [COPIES, OBJECTS] {
            places::private_folder(&folder.join(part)).map_err(|error| refused(&error))?;
        }
        Ok(own)
    }

    /// A backup that is there.
    ///
    /// # Errors
    /// [`Code::BackupDamaged`] when it is none.
    pub(super) fn there(folder: &Path) -> Result<Self, AppError> {
        let marker = fs::read_to_string(folder.join(MARKER));
        match marker {
            Ok(text) if text == MARKER_TEXT => Ok(Self(folder.to_owned())),
            _ => Err(damaged(folder, "it is no backup, or of another format")),
        }
    }

    pub(super) fn kit(&self) -> PathBuf {
        self.0.join(KIT)
    }

    /// Where an object lies; `None` for a key that none of our services makes.
    pub(super) fn object(&self, key: &str) -> Option<PathBuf> {
        let plain = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        let parts: Vec<&str> = key.split('/').collect();
        if parts.len() < 2 || !parts.iter().all(|part| plain(part)) {
            return None;
        }
        let mut path = self.0.join(OBJECTS);
        path.extend(parts);
        Some(path)
    }

    /// Begins a copy; what an earlier run left half done is removed.
    pub(super) fn begin(&self, moment: &str) -> io::Result<PathBuf> {
        let copies = self.0.join(COPIES);
        for entry in fs::read_dir(&copies)? {
            let path = entry?.path();
            if path.to_string_lossy().ends_with(PARTIAL) {
                fs::remove_dir_all(path)?;
            }
        }
        let partial = copies.join(format!("{moment}{PARTIAL}"));
        places::private_folder(&partial)?;
        Ok(partial)
    }

    /// Ends a copy: from now on it counts.
    pub(super) fn finish(&self, partial: &Path, moment: &str) -> io::Result<()> {
        let copies = self.0.join(COPIES);
        fs::rename(partial, copies.join(moment))?;
        #[cfg(unix)]
        fs::File::open(&copies)?.sync_all()?;
        Ok(())
    }

    /// The newest complete copy, or the one of that moment.
    ///
    /// # Errors
    /// [`Code::BackupDamaged`] when there is none.
    pub(super) fn copy(&self, wanted: Option<&str>) -> Result<PathBuf, AppError> {
        let copies = self.0.join(COPIES);
        let listed = fs::read_dir(&copies).into_iter().flatten();
        let mut names: Vec<String> = listed
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| !name.ends_with(PARTIAL))
            .filter(|name| wanted.is_none_or(|wanted| name == wanted))
            .collect();
        names.sort();
        let newest = names.pop().ok_or_else(|| damaged(&self.0, "it has no such copy"))?;
        Ok(copies.join(newest))
    }
}

impl Manifest {
    /// Whether a file is in the copy.
    pub(super) fn has(&self, file: &str) -> bool {
        self.files.iter().any(|known| known.name == file)
    }

    /// Writes it into a copy's folder, with its check value.
    pub(super) fn write(&self, copy: &Path, key: &[u8; 32]) -> io::Result<()> {
        let signed = Signed { manifest: self.clone(), check: check(self, key)? };
        places::replace_file(&copy.join(MANIFEST), &serde_json::to_vec_pretty(&signed)?)
    }

    /// Reads it and holds every file against it.
    ///
    /// # Errors
    /// [`Code::BackupDamaged`] for the first thing that does not fit.
    pub(super) fn verified(copy: &Path, key: &[u8; 32]) -> Result<Self, AppError> {
        let wrong = |what: &str| damaged(copy, what);
        let text = fs::read(copy.join(MANIFEST)).map_err(|_| wrong("there is no manifest"))?;
        let signed: Signed =
            serde_json::from_slice(&text).map_err(|_| wrong("the manifest cannot be read"))?;
        let expected = check(&signed.manifest, key).map_err(|_| wrong("the manifest"))?;
        // Hashes of a keyed function compare in constant time.
        let told = blake3::Hash::from_hex(&signed.check).map_err(|_| wrong("the manifest"))?;
        if blake3::Hash::from_hex(&expected).ok() != Some(told) {
            return Err(wrong("the manifest was changed, or the kit belongs to another backup"));
        }
        for file in &signed.manifest.files {
            let found = FileEntry::of(&copy.join(&file.name), &file.name);
            if found.ok().as_ref() != Some(file) {
                return Err(wrong(&format!("a file was changed: {}", file.name)));
            }
        }
        Ok(signed.manifest)
    }
}

impl FileEntry {
    /// Reads a file of a copy.
    pub(super) fn of(path: &Path, name: &str) -> io::Result<Self> {
        let mut hasher = blake3::Hasher::new();
        let (mut file, mut buffer) = (fs::File::open(path)?, vec![0; 1 << 20]);
        let mut bytes = 0;
        loop {
            let count = file.read(&mut buffer)?;
            if count == 0 {
                break;
            }
            hasher.update(&buffer[..count]);
            bytes += count as u64;
        }
        let blake3 = hasher.finalize().to_hex().to_string();
        Ok(Self { name: name.to_owned(), bytes, blake3 })
    }
}

fn check(manifest: &Manifest, key: &[u8; 32]) -> io::Result<String> {
    let text = serde_json::to_vec(manifest)?;
    Ok(blake3::keyed_hash(key, &text).to_hex().to_string())
}

/// The key of check values, from the sealing key.
pub(super) fn check_key(seal: &[u8]) -> [u8; 32] {
    blake3::derive_key("albumen backup manifest v1", seal)
}

/// A backup that cannot be used.
pub(super) fn damaged(path: &Path, what: &str) -> AppError {
    AppError::new(Code::BackupDamaged).with("path", path.display()).with("detail", what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(files: Vec<FileEntry>) -> Manifest {
        Manifest {
            program: "0".into(),
            made_at: "now".into(),
            files,
            objects: 1,
            object_bytes: 2,
            elsewhere: 0,
            audit_entry: 3,
            audit_mac: "ab".into(),
        }
    }

    #[test]
    fn only_an_empty_folder_or_a_backup_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("own");
        Folder::claim(&own).unwrap();
        Folder::claim(&own).unwrap();
        let other = folder.path().join("other");
        fs::create_dir(&other).unwrap();
        fs::write(other.join("a.jpg"), "x").unwrap();
        assert_eq!(Folder::claim(&other).err().unwrap().code, Code::FolderNotEmpty);
        assert_eq!(Folder::there(&other).err().unwrap().code, Code::BackupDamaged);
    }

    #[test]
    fn no_key_leads_out_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let own = Folder::claim(folder.path()).unwrap();
        let path = own.object("smh1/0a1b").unwrap();
        assert!(path.starts_with(folder.path().join(OBJECTS)));
        for key in ["", "a", "../x", "a/../b", "a//b", "/a/b", "a/.b", "a\\b/c", "main:a/b"] {
            assert_eq!(own.object(key), None, "{key}");
        }
    }

    #[test]
    fn a_changed_copy_is_noticed_and_a_half_one_never_taken() {
        let folder = tempfile::tempdir().unwrap();
        let own = Folder::claim(folder.path()).unwrap();
        own.begin("0").unwrap();
        let partial = own.begin("1").unwrap();
        assert_eq!(own.copy(None).unwrap_err().code, Code::BackupDamaged, "half done");
        fs::write(partial.join(TOKENS), "rows").unwrap();
        let entry = FileEntry::of(&partial.join(TOKENS), TOKENS).unwrap();
        let key = check_key(b"seal");
        manifest(vec![entry]).write(&partial, &key).unwrap();
        own.finish(&partial, "1").unwrap();
        let copy = own.copy(None).unwrap();
        assert!(copy.ends_with("1") && own.copy(Some("0")).is_err());
        assert_eq!(Manifest::verified(&copy, &key).unwrap().objects, 1);

        let refused = |copy: &Path, key: &[u8; 32]| Manifest::verified(copy, key).unwrap_err().code;
        assert_eq!(refused(&copy, &check_key(b"other")), Code::BackupDamaged);
        fs::write(copy.join(TOKENS), "rowz").unwrap();
        assert_eq!(refused(&copy, &key), Code::BackupDamaged);
        fs::write(copy.join(TOKENS), "rows").unwrap();
        let text = fs::read_to_string(copy.join(MANIFEST)).unwrap();
        fs::write(copy.join(MANIFEST), text.replace("\"objects\": 1", "\"objects\": 9")).unwrap();
        assert_eq!(refused(&copy, &key), Code::BackupDamaged);
    }
}
