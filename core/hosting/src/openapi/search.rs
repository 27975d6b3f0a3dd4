//! Searches (SMH section 15).

use albumen_model::ErrorCode as C;

use super::{
    operation::{DONE, Operation, delete, get, ok, post},
    parameters::{LIMIT, MARKER, WITH_CONTENT_CAS, WITH_FAVORITE, WITH_INODE, number},
};
use crate::{
    routes::search::{
        Results, Statistics,
        body::{Body, OlderBody, StatsBody},
        older::Page,
    },
    rules::grant::Operation as Right,
};

const SEARCH: &str = "/api/v1/search/{LibraryId}/{SpaceId}/{SearchId}";

const QUESTION: &[C] = &[
    C::SearchNotEnabled,
    C::SearchTooComplex,
    C::InvalidSpaceOrDirectoryPath,
    C::InvalidTimeFormat,
    C::DirectoryNotFound,
    C::MarkerNotFound,
    C::FunctionNotEnabled,
];

pub(super) const OPERATIONS: &[Operation] = &[
    post("searchFs", "/api/v1/search/{LibraryId}/{SpaceId}/search-fs")
        .row(&[85], "15.1")
        .says("Nodes of a space by name and by what is known of them; a page may be short.")
        .needs(&[Right::ReadWithToken])
        .takes(&[LIMIT, MARKER, WITH_INODE, WITH_CONTENT_CAS, WITH_FAVORITE])
        .body::<Body>()
        .replies(&[ok::<Results>("A page; go on while there is a marker.")])
        .refuses(QUESTION),
    post("searchFsStats", "/api/v1/search/{LibraryId}/{SpaceId}/search-fs-stats")
        .row(&[86], "15.2")
        .says("Counts and sums over what a search finds.")
        .needs(&[Right::ReadWithToken])
        .body::<StatsBody>()
        .replies(&[ok::<Statistics>("The numbers.")])
        .refuses(QUESTION),
    post("startSearch", "/api/v1/search/{LibraryId}/{SpaceId}/space-contents")
        .row(&[118], "15.4")
        .says("Begin a search of the older kind, and its first page.")
        .needs(&[Right::ReadWithToken])
        .takes(&[WITH_INODE, WITH_CONTENT_CAS, WITH_FAVORITE])
        .body::<OlderBody>()
        .replies(&[ok::<Page>("A page.")])
        .refuses(QUESTION),
    get("continueSearch", SEARCH)
        .row(&[119], "15.4")
        .says("Go on with it; for an hour.")
        .needs(&[Right::ReadWithToken])
        .takes(&[number("marker", "Where to go on."), WITH_INODE, WITH_CONTENT_CAS, WITH_FAVORITE])
        .replies(&[ok::<Page>("A page.")])
        .refuses(&[
            C::SearchNotEnabled,
            C::SearchIdInvalid,
            C::SearchIdNotFound,
            C::MarkerNotFound,
            C::DirectoryNotFound,
        ]),
    delete("endSearch", SEARCH)
        .row(&[120], "15.4")
        .says("End it.")
        .needs(&[Right::ReadWithToken])
        .replies(&[DONE])
        .refuses(&[C::SearchNotEnabled, C::SearchIdInvalid, C::SearchIdNotFound]),
];
