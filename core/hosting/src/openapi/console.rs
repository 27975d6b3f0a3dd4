//! The console: libraries.

use albumen_model::{
    ErrorCode as C,
    smh::{CreateLibraryRequest, LibraryList, LibraryRecord, NewLibrary, NewSecret},
};

use super::operation::{Access, DONE, Operation, delete, get, ok, patch, post, reply};
use crate::console::Change;

const ALL: &str = "/console/v1/libraries";
const ONE: &str = "/console/v1/libraries/{LibraryId}";

pub(super) const OPERATIONS: &[Operation] = &[
    post("createLibrary", ALL)
        .says("Make a library; its secret is told here and nowhere else.")
        .by(Access::Console)
        .body::<CreateLibraryRequest>()
        .replies(&[reply::<NewLibrary>(201, "The new library.")]),
    get("listLibraries", ALL)
        .says("All libraries, oldest first.")
        .by(Access::Console)
        .replies(&[ok::<LibraryList>("The libraries.")]),
    get("getLibrary", ONE)
        .says("One library.")
        .by(Access::Console)
        .replies(&[ok::<LibraryRecord>("The library.")]),
    patch("changeLibrary", ONE)
        .says("Change settings or the remark of a library; what is left out stays.")
        .by(Access::Console)
        .body::<Change>()
        .replies(&[ok::<LibraryRecord>("The library.")]),
    delete("deleteLibrary", ONE)
        .says("Remove a library that holds nothing.")
        .by(Access::Console)
        .replies(&[DONE])
        .refuses(&[C::LibraryNotEmpty]),
    post("rotateSecret", "/console/v1/libraries/{LibraryId}/secret")
        .says("Give a library another secret; the old one is worth nothing from then on.")
        .by(Access::Console)
        .replies(&[ok::<NewSecret>("The new secret.")]),
];
