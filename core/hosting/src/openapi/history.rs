//! Earlier content of files (SMH section 13).

use albumen_model::{
    ErrorCode as C,
    smh::{TaskReply, TextNumber},
};

use super::{
    operation::{DONE, Operation, delete, get, ok, post, reply},
    parameters::{
        BY_MARKER, LIMIT, MARKER, OFFSET, ORDER_BY, ORDER_BY_OLD, ORDER_TYPE, ORDER_TYPE_OLD, PAGE,
        PAGE_SIZE, flag,
    },
};
use crate::{
    routes::{
        history::{Latest, Page},
        history_settings::Settings,
    },
    rules::grant::Operation as Right,
};

const LIBRARY: &str = "/api/v1/directory-history/{LibraryId}/library-history";
const LIST: &str = "/api/v1/directory-history/{LibraryId}/{SpaceId}/history-list/{FilePath}";
const LATEST: &str = "/api/v1/directory-history/{LibraryId}/{SpaceId}/latest-version/{HistoryId}";

pub(super) const OPERATIONS: &[Operation] = &[
    get("listHistory", LIST)
        .row(&[75], "13")
        .says("Versions of a file, the latest first.")
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
        ])
        .replies(&[ok::<Page>("A page.")])
        .refuses(&[
            C::FunctionNotEnabled,
            C::FileNotFound,
            C::UnsupportedFileType,
            C::MarkerNotFound,
        ]),
    post("deleteHistory", "/api/v1/directory-history/{LibraryId}/{SpaceId}/delete")
        .row(&[72], "13")
        .says("Delete earlier versions.")
        .needs(&[Right::DeleteHistory])
        .body::<Vec<TextNumber>>()
        .replies(&[DONE])
        .refuses(&[
            C::FunctionNotEnabled,
            C::NoItemsProvided,
            C::TooManyItems,
            C::DirectoryHistoryNotFound,
            C::DirectoryHistoryNotBeDeleted,
        ]),
    post("setHistoryLatest", LATEST)
        .row(&[77], "13")
        .says("Make an earlier version the latest.")
        .needs(&[Right::SetHistoryLatest])
        .replies(&[ok::<Latest>("The file.")])
        .refuses(&[
            C::FunctionNotEnabled,
            C::DirectoryHistoryNotFound,
            C::QuotaLimitReached,
            C::LibraryQuotaLimitReached,
        ]),
    get("getHistoryConfig", LIBRARY)
        .row(&[74], "13")
        .says("Whether and how long a library keeps earlier content.")
        .needs(&[Right::ManageLibrary])
        .replies(&[ok::<Settings>("The settings.")]),
    post("setHistoryConfig", LIBRARY)
        .row(&[76], "13")
        .says("Change it; what is left out stays.")
        .needs(&[Right::ManageLibrary])
        .body::<Settings>()
        .replies(&[DONE])
        .refuses(&[
            C::InvalidFileHistoryCount,
            C::InvalidFileHistoryExpireDay,
            C::InvalidFileHistoryMergeInterval,
        ]),
    delete("emptyHistory", LIBRARY)
        .row(&[73], "13")
        .says("Delete all earlier content of a library that keeps none; once a minute.")
        .needs(&[Right::ManageLibrary])
        .replies(&[reply::<TaskReply>(202, "It goes on as a task of the library.")])
        .refuses(&[C::BadRequest]),
];
