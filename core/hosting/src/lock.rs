//! Which locks keep the instances of the service out of each other's way. A rule that looks before
//! it writes (a name is free, a space is empty) holds only under the lock of what it looked at.
//!
//! Whoever changes a space has that space alone and shares its library; whoever changes a library
//! has it alone, and with it all its spaces. Locks of spaces and libraries are taken in one call,
//! at the beginning of a write; those of quotas come after them, and that of the objects after
//! those (see `quota::lock_ahead`).

use albumen_db::{LockKey, Tx};
use albumen_model::{LibraryId, SpaceId};

use crate::{error::Error, repository::space};

const LIBRARY: &str = "library";
const SPACE: &str = "space";
const OBJECTS: &str = "objects";

/// Of a write to the library itself, or to any of its spaces.
pub(crate) fn library(id: &LibraryId) -> LockKey {
    LockKey::alone(LIBRARY, id.as_str())
}

/// Of a write to these spaces of a library.
pub(crate) fn spaces<'a>(
    library: &LibraryId,
    spaces: impl IntoIterator<Item = &'a SpaceId>,
) -> Vec<LockKey> {
    let of_space = |space| LockKey::alone(SPACE, name(library, space));
    let of_library = LockKey::shared(LIBRARY, library.as_str());
    spaces.into_iter().map(of_space).chain([of_library]).collect()
}

/// Of a write that needs these spaces to be there, and changes none of them.
pub(crate) fn spaces_to_stay<'a>(
    library: &LibraryId,
    spaces: impl IntoIterator<Item = &'a SpaceId>,
) -> Vec<LockKey> {
    let of_space = |space| LockKey::shared(SPACE, name(library, space));
    let of_library = LockKey::shared(LIBRARY, library.as_str());
    spaces.into_iter().map(of_space).chain([of_library]).collect()
}

/// Of a write that lets go of objects: whether somebody else refers to one must not change
/// meanwhile.
pub(crate) fn objects() -> LockKey {
    LockKey::alone(OBJECTS, "")
}

/// Takes the lock of a space that is known by its key; false when it is gone.
pub(crate) fn take_space(tx: &Tx<'_>, key: i64) -> Result<bool, Error> {
    // What a key stands for never changes, so it may be asked before.
    let Some((library, id)) = space::names(tx, key)? else { return Ok(false) };
    tx.lock(&spaces(&library, [&id]))?;
    Ok(space::names(tx, key)?.is_some())
}

fn name(library: &LibraryId, space: &SpaceId) -> String {
    format!("{library}/{space}")
}
