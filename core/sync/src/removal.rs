//! Putting local copies away, when whoever manages the account asked for it: files that are in the
//! cloud for certain, and no others, are moved into a trash inside our own folder of the mapped
//! one, beside a record of what was moved. Nothing is ever deleted here, and nothing is followed:
//! whoever finds the record can put everything back.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use serde_json::json;

use crate::{
    engine::Engine,
    error::{Error, Result},
    journal::{Journal, VerifiedFile},
    mapping::Mapping,
    scan::rules::OWN_FOLDER,
    stable::Source,
    trees::NodeId,
};

/// Files looked up at once.
const PAGE: u32 = 500;
/// Where moved files lie, below our own folder.
pub(crate) const TRASH: &str = "trash";
/// The record in a trash, one JSON object a line, each written before its file is moved.
const RECORD: &str = "record.jsonl";
/// Names tried for a trash of the same moment.
const NAMES_MAX: u32 = 100;

/// What was put away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Removal {
    /// Files moved.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Files of the mappings that stayed: not uploaded, changed since, or held by the disk.
    pub kept: u64,
    /// Where the moved ones lie now; one for each folder that had any.
    pub trash: Vec<PathBuf>,
}

impl Engine {
    /// Moves every local copy that is verified in the cloud into the trash of its folder. Waits for
    /// what works on a mapping; [`Engine::run`] must not be running. `named` tells the trashes of
    /// different times apart and is part of a folder's name: letters, digits and dashes.
    ///
    /// # Errors
    /// What the journal says. A folder that is missing or refuses keeps its files.
    pub async fn remove_copies(&self, named: &str) -> Result<Removal> {
        let mut whole = Removal::default();
        for mapping in self.journal().mappings()? {
            let working = self.working(mapping.row).await;
            let (journal, named) = (self.journal_shared(), named.to_owned());
            let of = mapping.clone();
            let one = tokio::task::spawn_blocking(move || remove_of(&journal, &of, &named));
            let one = one.await.map_err(|_| Error::JournalClosed)??;
            drop(working);
            whole.files += one.files;
            whole.bytes += one.bytes;
            whole.kept += one.kept;
            whole.trash.extend(one.trash);
        }
        Ok(whole)
    }
}

fn remove_of(journal: &Journal, mapping: &Mapping, named: &str) -> Result<Removal> {
    let counts = journal.counts(mapping.row)?;
    let all = counts.pending.files + counts.verified.files + counts.failed.files;
    let (mut removal, mut trash, mut after) = (Removal::default(), None, NodeId(0));
    loop {
        let files = journal.verified(mapping.row, after, PAGE)?;
        let Some(last) = files.last() else { break };
        after = last.node;
        for file in files {
            match put_away(&mapping.bound.folder, &file, named, &mut trash) {
                Ok(()) => {
                    removal.files += 1;
                    removal.bytes += file.stat.size;
                }
                Err(error) => tracing::info!(%error, "A local copy stays where it is"),
            }
        }
    }
    removal.kept = all.saturating_sub(removal.files);
    removal.trash = trash.map(|trash: Trash| trash.folder).into_iter().collect();
    Ok(removal)
}

/// A folder for what is moved, with its record open.
struct Trash {
    folder: PathBuf,
    record: File,
}

/// Moves one file, if what is on disk is what is in the cloud, byte for byte.
fn put_away(
    folder: &Path,
    file: &VerifiedFile,
    named: &str,
    trash: &mut Option<Trash>,
) -> io::Result<()> {
    let strange = || io::Error::other("its name cannot be used here");
    let from = file.path.on_disk(folder).ok_or_else(strange)?;
    no_links(folder, &from)?;
    let source = Source::open(&from, &file.stat).map_err(io::Error::other)?;
    let found = source.digest(0, file.stat.size).map_err(io::Error::other)?;
    if found != file.crc64 {
        return Err(io::Error::other("its content is not the one that was uploaded"));
    }
    let trash = match trash {
        Some(trash) => trash,
        None => trash.insert(Trash::make(folder, named)?),
    };
    let to = file.path.on_disk(&trash.folder.join("files")).ok_or_else(strange)?;
    fs::create_dir_all(to.parent().ok_or_else(strange)?)?;
    let line = json!({
        "from": from.display().to_string(), "to": to.display().to_string(),
        "size": file.stat.size, "crc64": file.crc64.to_string(),
    });
    writeln!(trash.record, "{line}")?;
    trash.record.sync_data()?;
    source.current(&from).map_err(io::Error::other)?;
    fs::rename(&from, &to)
}

/// A folder on the way that is a link leads out of what was mapped.
fn no_links(folder: &Path, file: &Path) -> io::Result<()> {
    let mut above = file.parent();
    while let Some(place) = above.filter(|place| *place != folder) {
        if !fs::symlink_metadata(place)?.is_dir() {
            return Err(io::Error::other("a folder above it is a link"));
        }
        above = place.parent();
    }
    Ok(())
}

impl Trash {
    fn make(folder: &Path, named: &str) -> io::Result<Self> {
        let mut place = folder.to_owned();
        for name in [OWN_FOLDER, TRASH] {
            place.push(name);
            match fs::create_dir(&place) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
            if !fs::symlink_metadata(&place)?.is_dir() {
                return Err(io::Error::other("the place for a trash is a link"));
            }
        }
        for number in 0..NAMES_MAX {
            let end = if number == 0 { String::new() } else { format!("-{number}") };
            let folder = place.join(format!("{named}{end}"));
            match fs::create_dir(&folder) {
                Ok(()) => {
                    let mut options = OpenOptions::new();
                    options.append(true).create_new(true);
                    let record = options.open(folder.join(RECORD))?;
                    return Ok(Self { folder, record });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }
}
