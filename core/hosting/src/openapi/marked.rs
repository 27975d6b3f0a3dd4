//! Favourites and recently used files (SMH section 16).

use albumen_model::ErrorCode as C;

use super::{
    operation::{DONE, Operation, get, ok, post},
    parameters::{
        BY_MARKER, LIMIT, MARKER, OFFSET, ORDER_BY, ORDER_BY_OLD, ORDER_TYPE, ORDER_TYPE_OLD, PAGE,
        PAGE_SIZE, WITH_PATH, flag,
    },
};
use crate::{
    routes::{
        favorite::{Body, List, Marked},
        recent::{Body as RecentBody, List as RecentList},
    },
    rules::grant::Operation as Right,
};

const FAVORITE: &str = "/api/v1/favorite/{LibraryId}/{SpaceId}";

pub(super) const OPERATIONS: &[Operation] = &[
    post("createFavorite", FAVORITE)
        .row(&[87], "16")
        .says("Mark a directory or a file, by path or by inode.")
        .needs(&[Right::ReadWithToken])
        .body::<Body>()
        .replies(&[ok::<Marked>("It is marked.")])
        .refuses(&[
            C::EmptyPath,
            C::PathNotFound,
            C::RootDirectoryNotAllowed,
            C::IllegalFileName,
            C::FileNameLengthExceed,
            C::DirectoryLevelExceed,
            C::DuplicateFavoriteRecord,
        ]),
    post("deleteFavorite", FAVORITE)
        .flag("cancel")
        .row(&[88], "16")
        .says("Take a mark off.")
        .needs(&[Right::ReadWithToken])
        .body::<Body>()
        .replies(&[DONE])
        .refuses(&[
            C::EmptyPath,
            C::PathNotFound,
            C::RootDirectoryNotAllowed,
            C::IllegalFileName,
            C::FileNameLengthExceed,
            C::DirectoryLevelExceed,
            C::FavoriteIdNotFound,
        ]),
    get("listFavorite", "/api/v1/favorite/{LibraryId}/{SpaceId}/list")
        .row(&[89], "16")
        .says("What the user has marked in a space; what is gone has an empty name.")
        .needs(&[Right::ReadWithToken])
        .takes(&[
            BY_MARKER,
            flag("by-page", "Pages by number, with the number of all."),
            LIMIT,
            MARKER,
            PAGE,
            PAGE_SIZE,
            OFFSET,
            ORDER_BY,
            ORDER_BY_OLD,
            ORDER_TYPE,
            ORDER_TYPE_OLD,
            WITH_PATH,
        ])
        .replies(&[ok::<List>("A page.")])
        .refuses(&[C::OrderByNotAllowed, C::MarkerNotFound]),
    post("listRecentlyUsedFile", "/api/v1/recent/{LibraryId}/{SpaceId}/recently-used-file")
        .row(&[90], "16")
        .says("Files that the user looked at or changed lately.")
        .needs(&[Right::ReadWithToken])
        .body::<RecentBody>()
        .replies(&[ok::<RecentList>("A page.")])
        .refuses(&[C::MarkerNotFound]),
];
