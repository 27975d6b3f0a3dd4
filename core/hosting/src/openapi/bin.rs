//! The bin (SMH section 12).

use albumen_model::{
    ErrorCode as C,
    smh::{BatchReply, FinalPath, RecycledList, TextNumber},
};

use super::{
    operation::{DONE, Operation, Parameter, TO_BYTES, delete, get, ok, post, reply},
    parameters::{
        BY_MARKER, FORCE, FRAME, HEIGHT, INTERNAL_DOMAIN, LIMIT, MARKER, OFFSET, ORDER_BY,
        ORDER_BY_OLD, ORDER_TYPE, ORDER_TYPE_OLD, PAGE, PAGE_SIZE, SCALE, SIZE, STRATEGY, WIDTH,
        words,
    },
};
use crate::{
    routes::recycled::{ItemInfo, Lifecycle},
    rules::grant::Operation as Right,
};

const BIN: &str = "/api/v1/recycled/{LibraryId}/{SpaceId}";
const ITEM: &str = "/api/v1/recycled/{LibraryId}/{SpaceId}/{RecycledItemId}";

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
];
const WHERE_TO: Parameter = words(
    "restore_path_strategy",
    &["originalPath", "fallbackToRoot"],
    "What if the directory it was in is gone: refuse, or put it into the root.",
);

pub(super) const OPERATIONS: &[Operation] = &[
    get("recycleList", BIN)
        .row(&[64], "12.1")
        .says("What is in the bin, by marker unless a page is asked for.")
        .needs(&[Right::ReadWithToken])
        .takes(LIST)
        .replies(&[ok::<RecycledList>("A page.")])
        .refuses(&[C::RecycleBinNotEnabled, C::MarkerNotFound]),
    get("recycleListByPage", BIN)
        .flag("by-page")
        .row(&[65], "12.1")
        .says("The same by pages, with the number of all.")
        .needs(&[Right::ReadWithToken])
        .takes(LIST)
        .replies(&[ok::<RecycledList>("A page.")])
        .refuses(&[C::RecycleBinNotEnabled, C::MarkerNotFound]),
    get("recycleInfo", ITEM)
        .flag("info")
        .row(&[63], "12.2")
        .says("What is known of an item, with a signed address of its bytes.")
        .needs(&[Right::ReadWithToken])
        .takes(&[INTERNAL_DOMAIN])
        .replies(&[ok::<ItemInfo>("The item.")])
        .refuses(&[C::RecycleBinNotEnabled, C::RecycledItemNotFound]),
    get("recyclePreview", ITEM)
        .flag("preview")
        .row(&[66], "12.3")
        .says("Where a small picture of an item is.")
        .needs(&[Right::ReadWithToken])
        .takes(&[SIZE, SCALE, WIDTH, HEIGHT, FRAME])
        .replies(&[TO_BYTES])
        .refuses(&[C::RecycledItemNotFound, C::UnsupportedFileType, C::CosObjectNonexistent]),
    post("recycleRestore", ITEM)
        .flag("restore")
        .row(&[69], "12.4")
        .says("Put an item back to where it was.")
        .needs(&[Right::Restore])
        .takes(&[STRATEGY, FORCE, WHERE_TO])
        .replies(&[ok::<FinalPath>("Where it is.")])
        .refuses(&[
            C::RecycleBinNotEnabled,
            C::RecycledItemNotFound,
            C::DirectoryNotFound,
            C::SameNameDirectoryOrFileExists,
            C::InvalidConflictResolutionStrategy,
            C::SymlinkOverwriteConflict,
            C::RenameTooManyTimes,
            C::UploadToRootDirectoryNotAllowed,
            C::FileNameLengthExceed,
            C::DirectoryNameLengthExceed,
            C::DirectoryLevelExceed,
        ]),
    post("recycleRestoreBatch", BIN)
        .flag("restore")
        .row(&[70], "12.5")
        .says("Put several items back; a name that is taken gets a number.")
        .needs(&[Right::Restore])
        .takes(&[WHERE_TO])
        .body::<Vec<TextNumber>>()
        .replies(&[ok::<BatchReply>("All are back."), reply::<BatchReply>(207, "Some are not.")])
        .refuses(&[C::RecycleBinNotEnabled, C::NoItemsProvided, C::TooManyItems]),
    delete("recyclePurge", ITEM)
        .row(&[67], "12.6")
        .says("Delete an item for good.")
        .needs(&[Right::Purge])
        .replies(&[DONE])
        .refuses(&[C::RecycleBinNotEnabled, C::RecycledItemNotFound]),
    post("recyclePurgeBatch", BIN)
        .flag("delete")
        .row(&[68], "12.6")
        .says("Delete several items for good; those that are gone are passed over.")
        .needs(&[Right::Purge])
        .body::<Vec<TextNumber>>()
        .replies(&[DONE])
        .refuses(&[C::RecycleBinNotEnabled, C::NoItemsProvided, C::TooManyItems]),
    delete("recycleEmpty", BIN)
        .row(&[62], "12.6")
        .says("Delete all of the bin for good.")
        .needs(&[Right::Purge])
        .replies(&[DONE])
        .refuses(&[C::RecycleBinNotEnabled]),
    post("recycleSetLifecycle", BIN)
        .flag("lifecycle")
        .row(&[71], "12.7")
        .says("Set how many days this space's bin keeps things: 1 to 10000.")
        .needs(&[Right::UpdateSpace])
        .body::<Lifecycle>()
        .replies(&[DONE])
        .refuses(&[C::RecycleBinNotEnabled]),
];
