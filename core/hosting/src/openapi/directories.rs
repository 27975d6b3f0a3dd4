//! Directories and albums (SMH section 6).

use albumen_model::{
    ErrorCode as C,
    smh::{DeletedToBin, DirectoryList, FinalPath, NodeItem, TaskReply},
};

use super::{
    operation::{
        DONE, Operation, Parameter, TO_BYTES, delete, empty, get, head, ok, post, put, reply,
    },
    parameters::{
        BY_MARKER, FORCE, FRAME, HEIGHT, LIMIT, MARKER, OFFSET, ORDER_BY, ORDER_BY_OLD, ORDER_TYPE,
        ORDER_TYPE_OLD, PAGE, PAGE_SIZE, PERMANENT, SCALE, SIZE, STRATEGY, WIDTH, WITH_CONTENT_CAS,
        WITH_FAVORITE, WITH_INODE, header, number, switch, text, words,
    },
};
use crate::{
    routes::{
        annotate::Body as Annotations,
        directory::{CreateBody, CreateReply},
        stats::Stats,
        transfer::Body as Source,
    },
    rules::grant::Operation as Right,
};

const DIRECTORY: &str = "/api/v1/directory/{LibraryId}/{SpaceId}/{DirectoryPath}";
const NODE: &str = "/api/v1/directory/{LibraryId}/{SpaceId}/{NodePath}";
const ACROSS: &str = "/api/v1/cross-space/directory/{LibraryId}/{SpaceId}/copy/{DirectoryPath}";

const STATS: &[Parameter] = &[
    words("stats_type", &["normal", "recycle", "history"], "What is counted."),
    number("recycled_id", "With `recycle`: an item of the bin."),
];
const COPY: &[C] = &[
    C::InvalidSourceDirectory,
    C::SourceDirectoryNotFound,
    C::SourceDirectoryIsParentOfDestination,
    C::InvalidConflictResolutionStrategy,
    C::SameNameDirectoryOrFileExists,
    C::RenameTooManyTimes,
    C::RootDirectoryNotAllowed,
    C::DirectoryNotAllowed,
    C::QuotaLimitReached,
    C::LibraryQuotaLimitReached,
    C::SpaceNotFound,
    C::AccessTokenNotMatchSpace,
    C::ExtnameNotAllowed,
    C::FileTypeNotMatched,
    C::UploadToRootDirectoryNotAllowed,
    C::RootLinkFileNotFound,
];
const LIST: &[Parameter] = &[
    BY_MARKER,
    LIMIT,
    MARKER,
    PAGE,
    PAGE_SIZE,
    OFFSET,
    ORDER_BY,
    ORDER_BY_OLD,
    ORDER_TYPE,
    ORDER_TYPE_OLD,
    words("filter", &["onlyDir", "onlyFile"], "Directories only, or all else only."),
    words("sort_type", &["union"], "Directories and files mixed."),
    text("prefix", "Only names that begin so, in a list by name."),
    text("start_name", "Only names from this one on, in a list by name."),
    WITH_INODE,
    WITH_CONTENT_CAS,
    WITH_FAVORITE,
    header("If-None-Match", "The `eTag` of the list that the client has."),
];

pub(super) const OPERATIONS: &[Operation] = &[
    get("listDirectory", DIRECTORY)
        .row(&[24], "6.2")
        .says("What is in a directory, by marker unless a page is asked for.")
        .needs(&[Right::Read])
        .takes(LIST)
        .replies(&[ok::<DirectoryList>("A page."), empty(304, "The list is the one of the eTag.")])
        .refuses(&[C::DirectoryNotFound, C::MarkerNotFound]),
    get("listDirectoryByPage", DIRECTORY)
        .flag("by-page")
        .row(&[25], "6.4")
        .says("The same by pages, with counts.")
        .needs(&[Right::Read])
        .takes(LIST)
        .replies(&[ok::<DirectoryList>("A page."), empty(304, "The list is the one of the eTag.")])
        .refuses(&[C::DirectoryNotFound, C::MarkerNotFound]),
    get("infoFileOrDirectory", NODE)
        .flag("info")
        .row(&[23], "6.5")
        .says("What is known of a directory or a file; the name of a root is empty.")
        .needs(&[Right::Read])
        .takes(&[WITH_INODE, WITH_CONTENT_CAS, WITH_FAVORITE])
        .replies(&[ok::<NodeItem>("It.")])
        .refuses(&[C::PathNotFound]),
    get("getDirectoryStats", DIRECTORY)
        .flag("stats")
        .row(&[22], "6.11")
        .says("How much is in a directory, in the bin or in the history.")
        .needs(&[Right::ReadWithToken])
        .takes(STATS)
        .replies(&[ok::<Stats>("The numbers.")])
        .refuses(&[
            C::InvalidDirectoryStatsType,
            C::DirectoryNotFound,
            C::RecycledItemNotFound,
            C::RecycleBinNotEnabled,
        ]),
    head("checkDirectoryStatus", DIRECTORY)
        .row(&[18], "6.6")
        .says("Whether a directory is there.")
        .needs(&[Right::Read])
        .replies(&[empty(200, "It is.")])
        .refuses(&[C::DirectoryNotFound]),
    put("createDirectory", DIRECTORY)
        .row(&[20], "6.1")
        .says("Make a directory, with those above it.")
        .needs(&[Right::CreateDirectory])
        .takes(&[STRATEGY, FORCE, WITH_INODE])
        .body::<CreateBody>()
        .replies(&[reply::<CreateReply>(201, "The new directory.")])
        .refuses(&[
            C::SameNameDirectoryOrFileExists,
            C::InvalidConflictResolutionStrategy,
            C::RootDirectoryNotAllowed,
            C::DirectoryNotAllowed,
            C::RenameTooManyTimes,
        ]),
    put("calibrateDirectoryStats", DIRECTORY)
        .flag("calibrate")
        .row(&[17], "6.12")
        .says("Count a space anew, as a task.")
        .needs(&[Right::InspectSpace])
        .takes(STATS)
        .replies(&[ok::<TaskReply>("The task.")])
        .refuses(&[C::InvalidDirectoryStatsType, C::DirectoryNotFound]),
    put("moveDirectory", DIRECTORY)
        .key("from")
        .row(&[26], "6.7")
        .says("Move or rename a directory to this path.")
        .needs(&[Right::MoveDirectory])
        .takes(&[STRATEGY, FORCE])
        .body::<Source>()
        .replies(&[ok::<FinalPath>("Where it is, with the strategy `rename`."), DONE])
        .refuses(&[
            C::InvalidSourceDirectory,
            C::SourceDirectoryNotFound,
            C::SourceDirectoryIsParentOfDestination,
            C::InvalidConflictResolutionStrategy,
            C::SameNameDirectoryOrFileExists,
            C::RenameTooManyTimes,
            C::RootDirectoryNotAllowed,
            C::DirectoryNotAllowed,
        ]),
    put("copyDirectory", DIRECTORY)
        .key("copyFrom")
        .row(&[19], "6.8")
        .says("Copy a directory to this path; a large one as a task.")
        .needs(&[Right::CopyDirectory])
        .takes(&[STRATEGY, FORCE])
        .body::<Source>()
        .replies(COPIED)
        .refuses(COPY),
    put("copyDirectoryAcross", ACROSS)
        .row(&[116], "21")
        .says("Copy a directory of another space to this path.")
        .needs(&[Right::CopyDirectory])
        .takes(&[STRATEGY, FORCE])
        .body::<Source>()
        .replies(COPIED)
        .refuses(COPY),
    post("updateLabels", NODE)
        .flag("update")
        .row(&[27, 28], "6.10")
        .says("Change what is said of a directory or a file; what is left out stays.")
        .needs(&[Right::Annotate])
        .body::<Annotations>()
        .replies(&[DONE])
        .refuses(&[
            C::PathNotFound,
            C::RootDirectoryNotAllowed,
            C::QuotaLimitReached,
            C::LibraryQuotaLimitReached,
        ]),
    delete("deleteDirectory", DIRECTORY)
        .row(&[21], "6.9")
        .says("Delete a directory with all in it, into the bin where there is one.")
        .needs(&[
            Right::DeleteDirectory { permanent: false },
            Right::DeleteDirectory { permanent: true },
        ])
        .takes(&[PERMANENT, switch("directory_only", "Only one that is empty.")])
        .replies(&[ok::<DeletedToBin>("It is in the bin."), DONE])
        .refuses(&[C::DirectoryNotFound, C::DirectoryNotEmpty, C::RootDirectoryNotAllowed]),
    get("getCoverOfSpace", "/api/v1/album/{LibraryId}/{SpaceId}/cover")
        .row(&[114], "6.13")
        .says("A picture of a space: its first one.")
        .needs(&[Right::Read])
        .takes(&[SIZE, SCALE, WIDTH, HEIGHT, FRAME])
        .replies(&[TO_BYTES])
        .refuses(COVER),
    get("getCoverOfAlbum", "/api/v1/album/{LibraryId}/{SpaceId}/cover/{AlbumName}")
        .row(&[115], "6.13")
        .says("A picture of an album: its first one.")
        .needs(&[Right::Read])
        .takes(&[SIZE, SCALE, WIDTH, HEIGHT, FRAME])
        .replies(&[TO_BYTES])
        .refuses(COVER),
];

const COPIED: &[super::operation::Reply] = &[
    ok::<FinalPath>("Where it is, with the strategy `rename`."),
    reply::<TaskReply>(202, "It goes on as a task."),
    DONE,
];
const COVER: &[C] = &[
    C::CoverNotSupportedInFileLibrary,
    C::CoverNotSupportedInRootDirectory,
    C::DirectoryNotFound,
    C::FileNotFound,
];
