//! Batches, tasks and the change feed (SMH sections 10, 11 and 17).

use albumen_model::{
    ErrorCode as C,
    smh::{BatchReply, DeltaCursor, DeltaPage, TaskReply, TaskResult, TaskState},
};

use super::{
    operation::{Operation, Reply, get, ok, post, reply},
    parameters::{LIMIT, needed, text},
};
use crate::{
    routes::{
        batch::Wire,
        library_task::{State, Task},
    },
    rules::grant::Operation as Right,
};

const BATCH: &str = "/api/v1/batch/{LibraryId}/{SpaceId}";

const DONE_OR_NOT: &[Reply] = &[
    ok::<BatchReply>("All is done."),
    reply::<BatchReply>(207, "Some of it failed."),
    reply::<TaskReply>(202, "It goes on as a task."),
];
const REFUSALS: &[C] = &[C::NoItemsProvided, C::TooManyItems];

pub(super) const OPERATIONS: &[Operation] = &[
    post("batchCopy", BATCH)
        .flag("copy")
        .row(&[55], "10")
        .says("Copy files and directories; each by itself.")
        .needs(&[
            Right::CopyDirectory,
            Right::CopyFile { overwrite: false },
            Right::CopyFile { overwrite: true },
        ])
        .body::<Vec<Wire>>()
        .replies(DONE_OR_NOT)
        .refuses(REFUSALS),
    post("batchMove", BATCH)
        .flag("move")
        .row(&[57], "10")
        .says("Move files and directories; each by itself.")
        .needs(&[
            Right::MoveDirectory,
            Right::MoveFile { overwrite: false },
            Right::MoveFile { overwrite: true },
        ])
        .body::<Vec<Wire>>()
        .replies(DONE_OR_NOT)
        .refuses(REFUSALS),
    post("batchDelete", BATCH)
        .flag("delete")
        .row(&[56], "10")
        .says("Delete files and directories; each by itself.")
        .needs(&[
            Right::DeleteDirectory { permanent: false },
            Right::DeleteDirectory { permanent: true },
            Right::DeleteFile { permanent: false },
            Right::DeleteFile { permanent: true },
        ])
        .body::<Vec<Wire>>()
        .replies(DONE_OR_NOT)
        .refuses(REFUSALS),
    get("queryTask", "/api/v1/task/{LibraryId}/{SpaceId}/{TaskIds}")
        .row(&[60], "11.1")
        .says("How some tasks of a space went; those that are unknown are left out.")
        .needs(&[Right::ReadWithToken])
        .replies(&[ok::<Vec<TaskState>>("The tasks.")]),
    get("queryTaskV2", "/api/v1/task-result/{LibraryId}/{SpaceId}/{TaskId}")
        .row(&[61], "11.3")
        .says("How one task of a space went, in the newer form.")
        .needs(&[Right::ReadWithToken])
        .replies(&[ok::<TaskResult>("The task.")])
        .refuses(&[C::PathNotFound]),
    get("queryLibraryTask", "/api/v1/task/{LibraryId}/{TaskIds}")
        .row(&[58], "11.2")
        .says("How some tasks of a library went; those that are unknown are left out.")
        .needs(&[Right::ManageLibrary])
        .replies(&[ok::<Vec<State>>("The tasks.")]),
    get("queryLibraryTaskV2", "/api/v1/task-result/{LibraryId}/{TaskId}")
        .row(&[59], "11.4")
        .says("How one task of a library went, in the newer form.")
        .needs(&[Right::ManageLibrary])
        .replies(&[ok::<Task>("The task.")])
        .refuses(&[C::PathNotFound]),
    get("getDeltaCursor", "/api/v1/fs-delta/{LibraryId}/{SpaceId}/cursor")
        .row(&[42], "17")
        .says("Where the change feed of a space ends now.")
        .needs(&[Right::ReadWithToken])
        .replies(&[ok::<DeltaCursor>("A cursor, good for 180 days.")]),
    get("queryDeltaLog", "/api/v1/fs-delta/{LibraryId}/{SpaceId}/delta")
        .row(&[51], "17")
        .says("What changed in a space since a cursor.")
        .needs(&[Right::ReadWithToken])
        .takes(&[needed(text("cursor", "Where to go on.")), LIMIT])
        .replies(&[ok::<DeltaPage>("Events in the order they happened.")])
        .refuses(&[C::CursorExpired]),
];
