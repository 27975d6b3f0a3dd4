//! Libraries and spaces by the names the token service gives them (SMH spaces have none).

use serde::{Deserialize, Serialize};

use super::policy::SpaceLimits;
use crate::{Fingerprint, LibraryId, LibrarySecret, SpaceId};

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
    /// Its spaces that the account may see, oldest first. Who manages sees all.
    pub spaces: Vec<SpaceView>,
    /// Where it is hosted, when that is elsewhere; told to those who manage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hosting_url: Option<String>,
    /// The authority that is trusted there beside the system's own; told to those who manage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<Fingerprint>,
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
    /// Whether the asking account may look into it; who manages sees others named.
    #[serde(default = "yes")]
    pub can_read: bool,
    /// Whether the asking account may upload into it.
    pub can_upload: bool,
    /// Whether it may delete into the bin and restore.
    #[serde(default)]
    pub can_delete: bool,
    /// What clients keep to.
    #[serde(default)]
    pub limits: SpaceLimits,
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

/// Body of `POST /auth/v1/libraries/adopt`, for administrators: a library that is hosted elsewhere.
/// The reply is a [`LibraryView`]. The only request that carries a library's secret; it is sealed
/// and never told again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AdoptForeignLibrary {
    /// Base URL of the library service: https, or http on the token service's own computer.
    pub hosting_url: String,
    /// The library's id there.
    pub library_id: LibraryId,
    /// Its secret.
    pub secret: LibrarySecret,
    /// A name for people, 1 to 80 characters.
    pub name: String,
    /// A file library, not a media library; the service there cannot be asked.
    #[serde(default)]
    pub is_file_library: bool,
    /// The authority to trust there.
    #[serde(default)]
    pub authority: LibraryAuthority,
}

/// The certificate authority that a library's service elsewhere is trusted by, beside the token
/// service's system; also the body of `PUT /auth/v1/libraries/{LibraryId}/authority`, for
/// administrators, whose reply is a [`LibraryView`]. At most one of the two; neither: the system's
/// own do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LibraryAuthority {
    /// Its certificate, PEM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_pem: Option<String>,
    /// The SHA-256 of that; the service must show the certificate itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_sha256: Option<Fingerprint>,
}

/// Reply to `DELETE /auth/v1/libraries/{LibraryId}`. No token of it is given out any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LibraryRemoval {
    /// The library.
    pub library_id: LibraryId,
    /// Tokens that are still to be deleted where it is hosted; 0: the secret is forgotten.
    pub tokens_left: u64,
}

const fn yes() -> bool {
    true
}
