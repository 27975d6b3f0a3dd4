//! The rows of mappings. Owns reading and writing them; does not know what a mapping does.

use std::path::PathBuf;

use albumen_model::{LibraryId, NodeName, SpaceId};
use rusqlite::{Connection, Row, params, types::Type};

use super::{ActivityKind, Journal};
use crate::{
    error::{Error, Result},
    local_path::LocalPath,
    mapping::{Mapping, MappingId, NewMapping, Target},
    plan::Mode,
};

const ROOT: i64 = 0;
const ALBUM: i64 = 1;
const PER_FOLDER: i64 = 2;

const COLUMNS: &str = "id, uuid, folder, root_ino, root_btime, library, space, space_name,
  target_kind, target_name, nested, paused, added_at, last_scan_at, last_success_at, listed_at";

/// Which moment of a mapping is written.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Milestone {
    Scanned,
    Listed,
    Succeeded,
}

impl Journal {
    /// Every mapping, oldest first.
    pub fn mappings(&self) -> Result<Vec<Mapping>> {
        self.read(|conn| {
            let mut rows =
                conn.prepare_cached(&format!("SELECT {COLUMNS} FROM mapping ORDER BY id"))?;
            Ok(rows.query_map([], mapping)?.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// One mapping.
    ///
    /// # Errors
    /// [`Error::NoMapping`].
    pub fn mapping(&self, id: &MappingId) -> Result<Mapping> {
        let found = self.mappings()?.into_iter().find(|mapping| mapping.id == *id);
        found.ok_or_else(|| Error::NoMapping(id.clone()))
    }

    pub(crate) async fn add_mapping(
        &self,
        id: MappingId,
        new: NewMapping,
        root: (u64, i64),
        now: i64,
    ) -> Result<()> {
        self.write(move |conn| {
            let (kind, name) = match &new.target {
                Target::Root => (ROOT, None),
                Target::Album(name) => (ALBUM, Some(name.as_str())),
                Target::PerFolder => (PER_FOLDER, None),
            };
            conn.execute(
                "INSERT INTO mapping(uuid, mode, folder, root_ino, root_btime, library, space,
                   space_name, target_kind, target_name, nested, added_at)
                 VALUES(?1, 0, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                params![
                    id.as_str(),
                    new.folder.as_os_str().as_encoded_bytes(),
                    root.0.cast_signed(),
                    root.1,
                    new.library.as_str(),
                    new.space.as_str(),
                    new.space_name,
                    kind,
                    name,
                    new.nested,
                    now
                ],
            )?;
            let folder = new.folder.to_string_lossy();
            super::activity::add(conn, now, ActivityKind::MappingAdded, Some(&folder), None, None)
        })
        .await
    }

    /// Forgets a mapping and all its rows; files stay where they are, on both sides.
    pub(crate) async fn remove_mapping(&self, mapping: &Mapping, now: i64) -> Result<()> {
        let row = mapping.row;
        let folder = mapping.bound.folder.to_string_lossy().into_owned();
        self.write(move |conn| {
            conn.execute("DELETE FROM mapping WHERE id = ?1", [row])?;
            conn.execute("DELETE FROM tally WHERE mapping = ?1", [row])?;
            super::activity::add(conn, now, ActivityKind::MappingRemoved, Some(&folder), None, None)
        })
        .await
    }

    pub(crate) async fn set_paused(&self, row: i64, paused: bool) -> Result<()> {
        self.write(move |conn| {
            conn.execute("UPDATE mapping SET paused = ?2 WHERE id = ?1", params![row, paused])?;
            Ok(())
        })
        .await
    }

    pub(crate) async fn reached(&self, row: i64, what: Milestone, now: i64) -> Result<()> {
        let column = match what {
            Milestone::Scanned => "last_scan_at",
            Milestone::Listed => "listed_at",
            Milestone::Succeeded => "last_success_at",
        };
        self.write(move |conn| {
            let sql = format!("UPDATE mapping SET {column} = ?2 WHERE id = ?1");
            conn.execute(&sql, params![row, now])?;
            Ok(())
        })
        .await
    }
}

pub(super) fn epoch(conn: &Connection, mapping: i64) -> Result<i64> {
    let mut found = conn.prepare_cached("SELECT epoch FROM mapping WHERE id = ?1")?;
    Ok(found.query_row([mapping], |row| row.get(0))?)
}

fn mapping(row: &Row<'_>) -> rusqlite::Result<Mapping> {
    let uuid: String = row.get(1)?;
    let folder: Vec<u8> = row.get(2)?;
    let folder = folder_path(folder).ok_or_else(|| unreadable(2))?;
    let kind: i64 = row.get(8)?;
    let name: Option<String> = row.get(9)?;
    let target = match (kind, name.and_then(|name| NodeName::parse(name).ok())) {
        (ROOT, _) => Target::Root,
        (ALBUM, Some(name)) => Target::Album(name),
        (PER_FOLDER, _) => Target::PerFolder,
        _ => return Err(unreadable(8)),
    };
    Ok(Mapping {
        row: row.get(0)?,
        id: uuid.parse().map_err(|_| unreadable(1))?,
        mode: Mode::Backup,
        root: (row.get::<_, i64>(3)?.cast_unsigned(), row.get(4)?),
        bound: NewMapping {
            folder,
            library: LibraryId::parse(row.get::<_, String>(5)?).map_err(|_| unreadable(5))?,
            space: SpaceId::parse(row.get::<_, String>(6)?).map_err(|_| unreadable(6))?,
            space_name: row.get(7)?,
            target,
            nested: row.get(10)?,
        },
        paused: row.get(11)?,
        added_at: row.get(12)?,
        last_scan_at: row.get(13)?,
        last_success_at: row.get(14)?,
        listed_at: row.get(15)?,
    })
}

fn folder_path(bytes: Vec<u8>) -> Option<PathBuf> {
    LocalPath::from_bytes(bytes).on_disk(std::path::Path::new(""))
}

/// A stored value that this program would not have written.
pub(super) fn unreadable(column: usize) -> rusqlite::Error {
    let why = "The stored value is not valid".into();
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, why)
}
