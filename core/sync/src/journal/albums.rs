//! Which album each folder was given, and which place each file. Owns the stored choices: made
//! once, never computed again, so that a changed rule or a new folder renames nothing.

use albumen_model::{NodeName, RemotePath};
use rusqlite::{Connection, OptionalExtension, params};

use crate::{
    album::{self, Layout, PlaceError},
    error::{Error, Result},
    local_path::LocalPath,
    mapping::Mapping,
};

/// No place, or no database.
pub(super) enum PlaceFailure {
    Place(PlaceError),
    Journal(Error),
}

impl From<PlaceError> for PlaceFailure {
    fn from(error: PlaceError) -> Self {
        Self::Place(error)
    }
}

impl From<Error> for PlaceFailure {
    fn from(error: Error) -> Self {
        Self::Journal(error)
    }
}

impl From<rusqlite::Error> for PlaceFailure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Journal(error.into())
    }
}

/// Chooses the place of a file that has none yet.
pub(super) fn place(
    conn: &Connection,
    mapping: &Mapping,
    layout: &Layout,
    path: &LocalPath,
) -> Result<RemotePath, PlaceFailure> {
    let name = album::file_name(path)?;
    let folder = path.parent();
    let album = if layout.per_folder() {
        Some(album_of(conn, mapping.row, layout, &folder)?)
    } else {
        None
    };
    let directory = layout.directory(&folder, album.as_ref())?;
    album::free_place(&directory, &name, |place| Ok(taken(conn, mapping, place)?))
}

/// Whether any file of any mapping into the same space has this place.
pub(super) fn taken(conn: &Connection, mapping: &Mapping, place: &RemotePath) -> Result<bool> {
    let mut found = conn.prepare_cached(
        "SELECT 1 FROM file JOIN mapping ON mapping.id = file.mapping
         WHERE file.target = ?1 AND mapping.library = ?2 AND mapping.space = ?3",
    )?;
    let bound = &mapping.bound;
    let place = place.to_string();
    Ok(found.exists(params![place, bound.library.as_str(), bound.space.as_str()])?)
}

fn album_of(
    conn: &Connection,
    mapping: i64,
    layout: &Layout,
    folder: &LocalPath,
) -> Result<NodeName> {
    let mut stored =
        conn.prepare_cached("SELECT name FROM album WHERE mapping = ?1 AND folder = ?2")?;
    let name: Option<String> =
        stored.query_row(params![mapping, folder.as_bytes()], |row| row.get(0)).optional()?;
    if let Some(name) = name.and_then(|name| NodeName::parse(name).ok()) {
        return Ok(name);
    }
    let mut same = conn.prepare_cached("SELECT 1 FROM album WHERE mapping = ?1 AND fold = ?2")?;
    let name = album::free_album(&layout.wanted_album(folder), |fold| {
        Ok::<_, Error>(same.exists(params![mapping, fold])?)
    })?;
    let mut add = conn
        .prepare_cached("INSERT INTO album(mapping, folder, name, fold) VALUES(?1, ?2, ?3, ?4)")?;
    add.execute(params![mapping, folder.as_bytes(), name.as_str(), album::fold(&name)])?;
    Ok(name)
}
