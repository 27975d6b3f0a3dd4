//! Libraries and spaces by the names the token service gives them (SMH spaces have none).

use serde::{Deserialize, Serialize};

use crate::{LibraryId, SpaceId};

/// `GET /auth/v1/libraries`: what the account may see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LibrariesReply {
    /// Oldest first.
    pub libraries: Vec<LibraryView>,
}

/// A library.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LibraryView {
    /// Its id.
    pub library_id: LibraryId,
    /// Its name for people.
    pub name: String,
    /// A file library, not a media library.
    pub is_file_library: bool,
    /// It holds several spaces.
    pub is_multi_space: bool,
    /// Its spaces, oldest first.
    pub spaces: Vec<SpaceView>,
}

/// A space.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpaceView {
    /// Its id.
    pub space_id: SpaceId,
    /// Its name for people.
    pub name: String,
    /// Files live in albums.
    pub is_multi_album: bool,
    /// Whether the asking account may upload into it.
    pub can_upload: bool,
}

/// Body of `POST /auth/v1/libraries`, for administrators; the reply is a [`LibraryView`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateLibrary {
    /// Its name, 1 to 80 characters.
    pub name: String,
    /// A file library, not a media library.
    #[serde(default)]
    pub is_file_library: bool,
    /// Whether it holds several spaces.
    #[serde(default = "yes")]
    pub is_multi_space: bool,
    /// Whether files live in albums; media libraries with one space only.
    #[serde(default)]
    pub is_multi_album: bool,
}

/// Body of `POST /auth/v1/libraries/{LibraryId}/spaces`, for administrators; the reply is a
/// [`SpaceView`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateSpace {
    /// Its name, 1 to 80 characters.
    pub name: String,
    /// Whether files live in albums; media libraries only.
    #[serde(default)]
    pub is_multi_album: bool,
}

const fn yes() -> bool {
    true
}
