//! Facts of pictures and films, for the grid. Owns the rows and their order; whoever decodes
//! pictures hands the facts in.

use std::path::PathBuf;

use rusqlite::{OptionalExtension, Row, params};

use super::{FileState, Journal};
use crate::{error::Result, local_path::LocalPath, mapping::MappingId, trees::NodeId};

/// What is known of a picture or film.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhotoFacts {
    /// Days since 1970-01-01 of the capture, in its own time zone.
    pub day: i32,
    /// The capture's wall time as ms since 1970, in its own time zone.
    pub taken_ms: i64,
    /// Its time zone in minutes east of UTC, if recorded.
    pub offset_min: Option<i32>,
    /// From the picture itself, not from the file's time.
    pub from_exif: bool,
    /// A film.
    pub video: bool,
    /// Pixels across, as shown.
    pub width: u32,
    /// Pixels down, as shown.
    pub height: u32,
    /// Average colour.
    pub rgb: [u8; 3],
    /// What took it.
    pub camera: Option<String>,
}

/// One row of the grid's index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhotoRow {
    /// Its number.
    pub node: NodeId,
    /// Days since 1970-01-01 of the capture.
    pub day: i32,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// A film.
    pub video: bool,
    /// Its file's bucket.
    pub state: FileState,
    /// Average colour.
    pub rgb: [u8; 3],
}

/// One picture with everything known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhotoDetail {
    /// Its number.
    pub node: NodeId,
    /// Whose.
    pub mapping: MappingId,
    /// The mapped folder.
    pub folder: PathBuf,
    /// Where it is below that.
    pub path: LocalPath,
    /// Bytes.
    pub bytes: u64,
    /// Its file's bucket.
    pub state: FileState,
    /// Where it is, or goes, in the cloud.
    pub target: Option<String>,
    /// What its space is called.
    pub space_name: String,
    /// Changes with its content: last change on disk, nanoseconds since 1970.
    pub mtime_ns: i64,
    /// The facts; `None` until they were handed in.
    pub facts: Option<PhotoFacts>,
}

const FACTS: &str = "day, taken_ms, offset_min, from_exif, video, width, height, rgb, camera";

impl Journal {
    /// Takes facts in. Those of files that are gone meanwhile are dropped.
    pub(crate) async fn record_facts(&self, facts: Vec<(NodeId, PhotoFacts)>) -> Result<()> {
        self.write(move |conn| {
            let mut row = conn.prepare_cached(&format!(
                "INSERT OR REPLACE INTO photo(file, {FACTS})
                 SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10
                 WHERE EXISTS(SELECT 1 FROM file WHERE id = ?1)"
            ))?;
            for (node, facts) in facts {
                let [red, green, blue] = facts.rgb;
                row.execute(params![
                    node.0,
                    facts.day,
                    facts.taken_ms,
                    facts.offset_min,
                    facts.from_exif,
                    facts.video,
                    facts.width,
                    facts.height,
                    u32::from_be_bytes([0, red, green, blue]),
                    facts.camera
                ])?;
            }
            Ok(())
        })
        .await
    }

    /// Files without facts behind number `after`, lowest first, at most `limit`, with their places
    /// on disk. Which of them are pictures is for the caller to say.
    pub(crate) fn without_facts(
        &self,
        after: NodeId,
        limit: usize,
    ) -> Result<Vec<(NodeId, PathBuf)>> {
        self.read(|conn| {
            let mut rows = conn.prepare_cached(
                "SELECT f.id, m.folder, f.path FROM file f JOIN mapping m ON m.id = f.mapping
                 WHERE f.id > ?1 AND f.state IN (0, 1, 3)
                 AND NOT EXISTS(SELECT 1 FROM photo WHERE photo.file = f.id)
                 ORDER BY f.id LIMIT ?2",
            )?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let found = rows.query_map(params![after.0, limit], |row| {
                Ok((NodeId(row.get(0)?), on_disk(row, 1, 2)?))
            })?;
            let found: Vec<(NodeId, Option<PathBuf>)> = found.collect::<rusqlite::Result<_>>()?;
            Ok(found.into_iter().filter_map(|(node, path)| Some((node, path?))).collect())
        })
    }

    /// Hands every picture to `each`, newest capture first. Only files that are on disk.
    pub(crate) fn photo_rows(&self, mut each: impl FnMut(PhotoRow)) -> Result<()> {
        self.read(|conn| {
            let mut rows = conn.prepare_cached(
                "SELECT p.file, p.day, p.width, p.height, p.video, f.state, p.rgb
                 FROM photo p CROSS JOIN file f ON f.id = p.file WHERE f.state <> 4
                 ORDER BY p.day DESC, p.taken_ms DESC, p.file DESC",
            )?;
            let mut found = rows.query([])?;
            while let Some(row) = found.next()? {
                each(PhotoRow {
                    node: NodeId(row.get(0)?),
                    day: row.get(1)?,
                    width: row.get(2)?,
                    height: row.get(3)?,
                    video: row.get(4)?,
                    state: FileState::read(row.get(5)?).unwrap_or(FileState::Pending),
                    rgb: rgb(row.get(6)?),
                });
            }
            Ok(())
        })
    }

    /// How many pictures have facts.
    pub(crate) fn photo_count(&self) -> Result<u64> {
        self.read(|conn| {
            let count: i64 = conn.query_row("SELECT count(*) FROM photo", [], |row| row.get(0))?;
            Ok(count.cast_unsigned())
        })
    }

    /// One file with what is known of its picture.
    pub(crate) fn photo(&self, node: NodeId) -> Result<Option<PhotoDetail>> {
        self.read(|conn| {
            let mut row = conn.prepare_cached(&format!(
                "SELECT f.id, m.uuid, m.folder, f.path, f.size, f.state,
                   coalesce(s.path, f.target), m.space_name, f.mtime, {FACTS}
                 FROM file f JOIN mapping m ON m.id = f.mapping
                 LEFT JOIN synced s ON s.file = f.id LEFT JOIN photo p ON p.file = f.id
                 WHERE f.id = ?1"
            ))?;
            Ok(row.query_row([node.0], detail).optional()?)
        })
    }
}

fn on_disk(row: &Row<'_>, folder: usize, path: usize) -> rusqlite::Result<Option<PathBuf>> {
    let folder = LocalPath::from_bytes(row.get::<_, Vec<u8>>(folder)?);
    let path = LocalPath::from_bytes(row.get::<_, Vec<u8>>(path)?);
    let folder = folder.on_disk(std::path::Path::new(""));
    Ok(folder.and_then(|folder| path.on_disk(&folder)))
}

fn rgb(packed: u32) -> [u8; 3] {
    let [_, red, green, blue] = packed.to_be_bytes();
    [red, green, blue]
}

fn detail(row: &Row<'_>) -> rusqlite::Result<PhotoDetail> {
    let uuid: String = row.get(1)?;
    let folder = LocalPath::from_bytes(row.get::<_, Vec<u8>>(2)?);
    Ok(PhotoDetail {
        node: NodeId(row.get(0)?),
        mapping: uuid.parse().map_err(|_| super::mappings::unreadable(1))?,
        folder: folder.on_disk(std::path::Path::new("")).unwrap_or_default(),
        path: LocalPath::from_bytes(row.get::<_, Vec<u8>>(3)?),
        bytes: row.get::<_, i64>(4)?.cast_unsigned(),
        state: FileState::read(row.get(5)?).unwrap_or(FileState::Pending),
        target: row.get(6)?,
        space_name: row.get(7)?,
        mtime_ns: row.get(8)?,
        facts: facts(row, 9)?,
    })
}

fn facts(row: &Row<'_>, first: usize) -> rusqlite::Result<Option<PhotoFacts>> {
    let Some(day) = row.get::<_, Option<i32>>(first)? else { return Ok(None) };
    Ok(Some(PhotoFacts {
        day,
        taken_ms: row.get(first + 1)?,
        offset_min: row.get(first + 2)?,
        from_exif: row.get(first + 3)?,
        video: row.get(first + 4)?,
        width: row.get(first + 5)?,
        height: row.get(first + 6)?,
        rgb: rgb(row.get(first + 7)?),
        camera: row.get(first + 8)?,
    }))
}
